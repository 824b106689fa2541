"""Managed add-ons."""

from uuid import uuid4

from wizard.practice import protocol
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.eks import rules, state
from wizard.practice.eks.paging import page
from wizard.practice.eks.state import Addon, Cluster
from wizard.practice.eks.updates import started
from wizard.practice.protocol import AwsError, Params


def _create(call: Call) -> Params:
    asked = call.params
    protocol.validate("eks", "CreateAddon", asked)
    cluster = state.active(call.region, asked["clusterName"])
    name = asked["addonName"]
    offered = account.catalogue.addons.get(name)
    if not offered:
        raise rules.invalid(f"Addon {name} specified is not supported", clusterName=cluster.name, addonName=name)
    version = asked.get("addonVersion") or offered[0]
    if version not in offered:
        raise rules.invalid("Addon version specified is not supported", clusterName=cluster.name, addonName=name)
    with state.lock:
        if name in cluster.addons:
            raise AwsError("ResourceInUseException", "Addon already exists.", clusterName=cluster.name, addonName=name)
        arn = f"{cluster.arn.replace(':cluster/', ':addon/')}/{name}/{uuid4()}"
        addon = Addon(name, cluster.name, version, arn, account.clock.now(), asked)
        cluster.addons[name] = addon
    return {"addon": _described(addon)}


def _described(addon: Addon) -> Params:
    status = addon.status
    issues = []
    if status == "DEGRADED":
        message = "The add-on is unhealthy because it doesn't have the desired number of replicas."
        issues.append({"code": "InsufficientNumberOfReplicas", "message": message, "resourceIds": []})
    return {
        "addonName": addon.name,
        "clusterName": addon.cluster_name,
        "status": status,
        "addonVersion": addon.version,
        "health": {"issues": issues},
        "addonArn": addon.arn,
        "createdAt": account.moment(addon.created),
        "modifiedAt": account.moment(addon.created),
        "serviceAccountRoleArn": addon.asked.get("serviceAccountRoleArn"),
        "configurationValues": addon.asked.get("configurationValues"),
        "tags": addon.asked.get("tags", {}),
    }


def _addon(call: Call) -> tuple[Cluster, Addon]:
    cluster = state.named(call.region, call.params["clusterName"])
    name = call.params["addonName"]
    addon = cluster.addons.get(name)
    if addon is None:
        message = f"No addon: {name} found in cluster: {cluster.name}"
        raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name, addonName=name)
    return cluster, addon


def _describe(call: Call) -> Params:
    return {"addon": _described(_addon(call)[1])}


def _list(call: Call) -> Params:
    cluster = state.named(call.region, call.params["clusterName"])
    return page(sorted(cluster.addons), "addons", call.params)


def _delete(call: Call) -> Params:
    cluster, addon = _addon(call)
    cluster.addons.pop(addon.name, None)
    return {"addon": {**_described(addon), "status": "DELETING"}}


def _describe_versions(call: Call) -> Params:
    asked = call.params
    name, wanted = asked.get("addonName"), asked.get("kubernetesVersion")
    if name and name not in account.catalogue.addons:
        raise AwsError("ResourceNotFoundException", f"Addon {name} not found", addonName=name)
    versions = [offered.version for offered in account.catalogue.versions if wanted in (None, offered.version)]
    found = [
        {
            "addonName": addon,
            "type": "networking" if addon in ("vpc-cni", "coredns", "kube-proxy") else "utility",
            "publisher": "eks",
            "owner": "aws",
            "defaultNamespace": "kube-system",
            "addonVersions": [
                {
                    "addonVersion": version,
                    "architecture": ["amd64", "arm64"],
                    "computeTypes": ["ec2"],
                    "requiresConfiguration": False,
                    "requiresIamPermissions": addon in ("vpc-cni", "aws-ebs-csi-driver"),
                    "compatibilities": [
                        {"clusterVersion": cluster, "platformVersions": ["*"], "defaultVersion": number == 0}
                        for cluster in versions
                    ],
                }
                for number, version in enumerate(offered)
            ],
        }
        for addon, offered in account.catalogue.addons.items()
        if name in (None, addon) and versions
    ]
    return page(found, "addons", asked)


def _update(call: Call) -> Params:
    protocol.validate("eks", "UpdateAddon", call.params)
    cluster, addon = _addon(call)
    if addon.status == "CREATING":
        message = f"The addon {addon.name} is CREATING and cannot be updated."
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name, addonName=addon.name)
    changed: Params = {
        key: call.params[key] for key in ("configurationValues", "serviceAccountRoleArn") if key in call.params
    }
    addon.asked = {**addon.asked, **changed}
    return started(cluster, "AddonUpdate", {key[0].upper() + key[1:]: value for key, value in changed.items()})


HANDLERS: dict[str, Handler] = {
    "eks.CreateAddon": _create,
    "eks.DescribeAddon": _describe,
    "eks.ListAddons": _list,
    "eks.DeleteAddon": _delete,
    "eks.DescribeAddonVersions": _describe_versions,
    "eks.UpdateAddon": _update,
}
