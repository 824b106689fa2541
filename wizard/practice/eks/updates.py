"""Changing a cluster that exists, and following the change."""

import json
from typing import Any
from uuid import uuid4

from wizard.practice import protocol
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.eks import rules, state
from wizard.practice.eks.paging import page
from wizard.practice.eks.state import Cluster, Update
from wizard.practice.protocol import AwsError, Params

_MODES = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"]


def _update_config(call: Call) -> Params:
    asked = {key: value for key, value in call.params.items() if key not in ("name", "clientRequestToken")}
    protocol.validate("eks", "UpdateClusterConfig", call.params)
    with state.lock:
        cluster = _idle(call)
        if len(asked) != 1:
            raise rules.invalid("Exactly one type of update can be made at a time", clusterName=cluster.name)
        [(kind, change)] = asked.items()
        match kind:
            case "resourcesVpcConfig":
                return started(cluster, *_vpc_config(call, cluster, change))
            case "accessConfig":
                return started(cluster, "AccessConfigUpdate", _access_config(cluster, change))
            case "deletionProtection":
                cluster.described["deletionProtection"] = change
                return started(cluster, "DeletionProtectionUpdate", {"DeletionProtection": change})
            case "upgradePolicy":
                cluster.described["upgradePolicy"] = change
                return started(cluster, "UpgradePolicyUpdate", {"UpgradePolicy": change})
            case "logging":
                cluster.described["logging"] = change
                return started(cluster, "LoggingUpdate", {"ClusterLogging": change})
            case "zonalShiftConfig":
                cluster.described["zonalShiftConfig"] = change
                return started(cluster, "ZonalShiftConfigUpdate", {"ZonalShiftConfig": change})
    raise AwsError("NotImplementedInPractice", f"The practice account cannot update {kind} of a cluster.", 501)


def _vpc_config(call: Call, cluster: Cluster, change: Params) -> tuple[str, dict[str, Any]]:
    current = cluster.described["resourcesVpcConfig"]
    wanted = {**current, **change}
    rules.check_endpoint_access(wanted)
    if "subnetIds" in change or "securityGroupIds" in change:
        vpc = rules.check_subnets(call, cluster.name, wanted["subnetIds"])
        if vpc["VpcId"] != cluster.vpc_id:
            raise rules.invalid("Subnets must be in the cluster's VPC", clusterName=cluster.name)
        rules.check_security_groups(call, cluster.vpc_id, wanted["securityGroupIds"])
        said = {"Subnets": wanted["subnetIds"], "SecurityGroups": wanted["securityGroupIds"]}
        kind = "VpcConfigUpdate"
    else:
        kind = "EndpointAccessUpdate"
        said = {name[0].upper() + name[1:]: value for name, value in change.items()}
        if all(current.get(name) == value for name, value in change.items()):
            raise rules.invalid("Cluster is already at the desired configuration", clusterName=cluster.name)
    if wanted["endpointPublicAccess"] and not wanted["publicAccessCidrs"]:
        wanted["publicAccessCidrs"] = ["0.0.0.0/0"]
    cluster.described["resourcesVpcConfig"] = wanted
    return kind, said


def _access_config(cluster: Cluster, change: Params) -> dict[str, Any]:
    mode = change.get("authenticationMode", "")
    if _MODES.index(mode) <= _MODES.index(cluster.authentication_mode):
        message = f"Unsupported authentication mode update from {cluster.authentication_mode} to {mode}"
        raise rules.invalid(message, clusterName=cluster.name)
    cluster.described["accessConfig"] = {**cluster.described["accessConfig"], "authenticationMode": mode}
    return {"AuthenticationMode": mode}


def _update_version(call: Call) -> Params:
    with state.lock:
        cluster = _idle(call)
        wanted = rules.checked_version(call.params["version"])
        current = int(cluster.described["version"].partition(".")[2])
        if int(wanted.partition(".")[2]) != current + 1:
            message = f"Unsupported Kubernetes minor version update from {cluster.described['version']} to {wanted}"
            raise rules.invalid(message, clusterName=cluster.name)
        cluster.described["version"] = wanted
        return started(cluster, "VersionUpdate", {"Version": wanted})


def _idle(call: Call) -> Cluster:
    cluster = state.active(call.region, call.params["name"])
    if cluster.status != "ACTIVE":
        message = "Cannot update because cluster has an update in progress"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name)
    return cluster


def started(cluster: Cluster, kind: str, said: dict[str, Any]) -> Params:
    """Begins an update of this type, and answers as EKS does; ``said`` are its parameters by EKS's names for them."""
    params = [
        {"type": name, "value": value if isinstance(value, str) else json.dumps(value)} for name, value in said.items()
    ]
    update = Update(str(uuid4()), kind, params, account.clock.now())
    cluster.updates[update.id] = update
    return {"update": _described(update)}


def _described(update: Update) -> Params:
    return {
        "id": update.id,
        "status": update.status,
        "type": update.type,
        "params": update.params,
        "createdAt": account.moment(update.created),
        "errors": [],
    }


def _describe(call: Call) -> Params:
    cluster = state.named(call.region, call.params["name"])
    update = cluster.updates.get(call.params["updateId"])
    if update is None:
        raise AwsError("ResourceNotFoundException", f"No update found for ID: {call.params['updateId']}")
    return {"update": _described(update)}


def _list(call: Call) -> Params:
    cluster = state.named(call.region, call.params["name"])
    return page(list(cluster.updates), "updateIds", call.params)


HANDLERS: dict[str, Handler] = {
    "eks.UpdateClusterConfig": _update_config,
    "eks.UpdateClusterVersion": _update_version,
    "eks.DescribeUpdate": _describe,
    "eks.ListUpdates": _list,
}
