"""Managed node groups: made, described, scaled, deleted. What they are made of is in ``nodegroup_parts``."""

from uuid import uuid4

from wizard.practice import protocol
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.boot import fleet
from wizard.practice.calls import digest
from wizard.practice.eks import nodegroup_parts, nodegroup_rules, state
from wizard.practice.eks.paging import page
from wizard.practice.eks.state import Cluster, Nodegroup
from wizard.practice.eks.updates import started
from wizard.practice.patches import service_linked_roles
from wizard.practice.protocol import AwsError, Params

# AWS seconds: how long a group takes at least, and how long EKS waits for its nodes (EKS user guide, troubleshooting,
# NodeCreationFailure).
CREATING = 90.0
PATIENCE = 900.0


def _create(call: Call) -> Params:
    asked = call.params
    protocol.validate("eks", "CreateNodegroup", asked)
    with state.lock:
        cluster = state.active(call.region, asked["clusterName"])
        name = asked["nodegroupName"]
        nodegroup_rules.check_name(name)
        if existing := state.node_groups(cluster).get(name):
            return {"nodegroup": _described(cluster, _same(call, existing))}
        group = _new(call, cluster, nodegroup_rules.checked(call, cluster))
        service_linked_roles.ensure(call, "eks-nodegroup.amazonaws.com")
        cluster.nodegroups[name] = group
        nodegroup_parts.admit(call, cluster, group)
        nodegroup_parts.make(call, cluster, group)
    return {"nodegroup": _described(cluster, group)}


def _same(call: Call, existing: Nodegroup) -> Nodegroup:
    """A call that is sent again finds its group; any other finds the name taken."""
    token = call.params.get("clientRequestToken")
    same = token and token == existing.asked.get("clientRequestToken")
    if same and digest("eks", "CreateNodegroup", call.params) == digest("eks", "CreateNodegroup", existing.asked):
        return existing
    name = call.params["nodegroupName"]
    message = f"NodeGroup already exists with name {name} and cluster name {call.params['clusterName']}"
    raise AwsError("ResourceInUseException", message, clusterName=call.params["clusterName"], nodegroupName=name)


def _new(call: Call, cluster: Cluster, template: Params) -> Nodegroup:
    """``template`` is the data of the launch template; the answer describes the group but for what time decides."""
    asked, now, unique = call.params, account.clock.now(), str(uuid4())
    name = asked["nodegroupName"]
    own_image = "ImageId" in template
    version = asked.get("version") or cluster.described["version"]
    kind = "CUSTOM" if own_image else nodegroup_rules.image_type(asked)
    described: Params = {
        "nodegroupName": name,
        "nodegroupArn": f"{cluster.arn.replace(':cluster/', ':nodegroup/')}/{name}/{unique}",
        "clusterName": cluster.name,
        "createdAt": account.moment(now),
        "capacityType": asked.get("capacityType", "ON_DEMAND"),
        "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 2, **asked.get("scalingConfig", {})},
        "subnets": asked["subnets"],
        "amiType": kind,
        "nodeRole": asked["nodeRole"],
        "labels": asked.get("labels", {}),
        "taints": asked.get("taints", []),
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{unique}"}]},
        "updateConfig": asked.get("updateConfig", {"maxUnavailable": 1}),
        "tags": asked.get("tags", {}),
    }
    if own_image:
        described["releaseVersion"] = template["ImageId"]
    else:
        described["version"] = version
        described["releaseVersion"] = asked.get("releaseVersion") or nodegroup_rules.release(kind, version)
    if "InstanceType" not in template:
        described["instanceTypes"] = asked.get("instanceTypes") or ["t3.medium"]
    if "launchTemplate" in asked:
        described["launchTemplate"] = nodegroup_rules.named_template(call, asked["launchTemplate"])
    else:
        described["diskSize"] = asked.get("diskSize", 20)
    return Nodegroup(name, described, asked, template, unique, now)


def _named(call: Call) -> tuple[Cluster, Nodegroup]:
    cluster = state.named(call.region, call.params["clusterName"])
    name = call.params["nodegroupName"]
    group = state.node_groups(cluster).get(name)
    if group is None:
        message = f"No node group found for name: {name}."
        raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name, nodegroupName=name)
    return cluster, group


def _status(cluster: Cluster, group: Nodegroup) -> str:
    """As EKS says it: ACTIVE once the nodes have joined, CREATE_FAILED when they have not in fifteen minutes."""
    if group.deleted is not None:
        return "DELETING"
    age = account.clock.now() - group.created
    if group.became:
        lost = group.became == "ACTIVE" and any(not one.is_ready for one in _nodes(cluster, group))
        return "DEGRADED" if lost else group.became
    if age < CREATING:
        return "CREATING"
    missing = _missing(cluster, group)
    if not missing and not group.issues:
        group.became = "ACTIVE"
    elif age >= PATIENCE:
        group.became = "CREATE_FAILED"
        if missing and not group.issues:
            message = "Instances failed to join the kubernetes cluster"
            group.issues = [{"code": "NodeCreationFailure", "message": message, "resourceIds": missing}]
    return group.became or "CREATING"


def _nodes(cluster: Cluster, group: Nodegroup) -> list[fleet.Booted]:
    return [one for one in fleet.booted(cluster.region) if one.machine.id in group.instances]


def _missing(cluster: Cluster, group: Nodegroup) -> list[str]:
    """The instances that are no nodes of the cluster, or not Ready."""
    joined = {one.machine.id for one in _nodes(cluster, group) if one.is_ready and one.boot.cluster == cluster.name}
    return [instance for instance in group.instances if instance not in joined]


def _described(cluster: Cluster, group: Nodegroup) -> Params:
    status = _status(cluster, group)
    return {**group.described, "status": status, "modifiedAt": account.moment(), "health": {"issues": group.issues}}


def _describe(call: Call) -> Params:
    return {"nodegroup": _described(*_named(call))}


def _list(call: Call) -> Params:
    cluster = state.named(call.region, call.params["clusterName"])
    return page(sorted(state.node_groups(cluster)), "nodegroups", call.params)


def _delete(call: Call) -> Params:
    cluster, group = _named(call)
    with state.lock:
        if group.deleted is None:
            group.deleted = account.clock.now()
            nodegroup_parts.remove(call, group)
            others = [one for one in cluster.nodegroups.values() if one.deleted is None]
            if all(one.described["nodeRole"] != group.described["nodeRole"] for one in others):
                nodegroup_parts.dismiss(cluster, group)
    return {"nodegroup": _described(cluster, group)}


def _update_config(call: Call) -> Params:
    protocol.validate("eks", "UpdateNodegroupConfig", call.params)
    asked = call.params
    with state.lock:
        cluster, group = _named(call)
        if _status(cluster, group) not in ("ACTIVE", "DEGRADED"):
            message = "Nodegroup cannot be updated as it is currently not in Active State"
            raise AwsError("ResourceInUseException", message, clusterName=cluster.name, nodegroupName=group.name)
        if unknown := set(asked) - {"clusterName", "nodegroupName", "clientRequestToken", "scalingConfig"}:
            message = f"The practice account cannot update {sorted(unknown)[0]} of a node group."
            raise AwsError("NotImplementedInPractice", message, 501)
        sizes = {**group.described["scalingConfig"], **asked.get("scalingConfig", {})}
        nodegroup_rules.check_sizes(sizes)
        group.described["scalingConfig"] = sizes
        nodegroup_parts.scale(call, group)
    said = {key[0].upper() + key[1:]: value for key, value in asked.get("scalingConfig", {}).items()}
    return started(cluster, "ConfigUpdate", said)


HANDLERS: dict[str, Handler] = {
    "eks.CreateNodegroup": _create,
    "eks.DescribeNodegroup": _describe,
    "eks.ListNodegroups": _list,
    "eks.DeleteNodegroup": _delete,
    "eks.UpdateNodegroupConfig": _update_config,
}
