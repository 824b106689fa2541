"""Plans and checks a managed node group, which starts from the launch template of the nodes' stack."""

from collections.abc import Iterator
from typing import Any

from wizard.facts import Facts, NodeGroup, Stack, State, Unknown, is_replaced, known
from wizard.findings import Finding, note, stop, warn
from wizard.mending import mended
from wizard.network import NODE_GROUP, STACK, Id, Network
from wizard.plan import CHANGE_TAG, CLUSTER_TAG, Call, Change, Ref, Wait, making_way, tags
from wizard.profile import Profile
from wizard.steps.nodes.observe import NODE_GROUP_NAME, architecture_of

GROUP_GONE = "nodes.group.gone"
# What EKS calls the images, by the system and the architecture (EKS API reference, Nodegroup, amiType).
IMAGE_TYPES = {
    ("al2023", "x86_64"): "AL2023_x86_64_STANDARD",
    ("al2023", "arm64"): "AL2023_ARM_64_STANDARD",
    ("bottlerocket", "x86_64"): "BOTTLEROCKET_x86_64",
    ("bottlerocket", "arm64"): "BOTTLEROCKET_ARM_64",
}
# EKS waits fifteen minutes for the nodes to join, after it made the group (EKS user guide, NodeCreationFailure).
LIMIT = 2400
# So many nodes' logs are kept; further ones say the same.
MOST_LOGS = 5
# A parameter of the stack that only the one kind of nodes has.
OF_KIND = {"stack": "ControlPlaneSecurityGroup", "managed": "ClusterSecurityGroup"}


def plan(profile: Profile, facts: Facts, network: Network, before: tuple[str, ...]) -> Iterator[Change]:
    """The node group where it is not there; one of ours that failed is deleted first."""
    group = facts.nodes.group
    named = {"clusterName": profile.cluster.name, "nodegroupName": NODE_GROUP_NAME}
    read = Call("eks", "DescribeNodegroup", named)
    cluster = profile.cluster.name
    ours = f"nodegroup.tags.\"{CLUSTER_TAG}\"=='{cluster}' && nodegroup.tags.\"{CHANGE_TAG}\"=='{NODE_GROUP}'"
    there = Wait(
        read,
        "[nodegroup.nodegroupArn]" if known(group) else f"({ours}) && [nodegroup.nodegroupArn] || `[]`",
        ready="nodegroup.status=='ACTIVE'",
        failed="nodegroup.status=='CREATE_FAILED'",
        usual=180,
        limit=LIMIT,
        reasons="nodegroup.health.issues[].join(': ', [code, message])",
    )
    if is_replaced(group):
        # The nodes that did not join go with their group, and with them what they logged while they booted.
        logged = (Call("ec2", "GetConsoleOutput", {"InstanceId": one}) for one in group.ailing[:MOST_LOGS])
        gone = Wait(read, "[nodegroup.nodegroupArn]", usual=180, limit=LIMIT, evidence=(read, *logged), gone=True)
        delete = Call("eks", "DeleteNodegroup", named)
        yield making_way(GROUP_GONE, "nodes", delete, gone, failed=group.state is State.FAILED)
        before = (GROUP_GONE, *before)
    if not known(group) or is_replaced(group):
        yield Change(NODE_GROUP, "nodes", "create", _create(profile, facts, network), there, before)
    elif group.state is State.UNDER_WAY:
        yield Change(NODE_GROUP, "nodes", "wait", None, there)


def _create(profile: Profile, facts: Facts, network: Network) -> Call:
    nodes, kind = profile.nodes, facts.nodes.instance_type
    params: dict[str, Any] = {
        "clusterName": profile.cluster.name,
        "nodegroupName": NODE_GROUP_NAME,
        "scalingConfig": {"minSize": nodes.min, "maxSize": nodes.max, "desiredSize": nodes.desired},
        "subnets": [subnet.id for subnet in network.subnets],
        "instanceTypes": [nodes.instance_type],
        "nodeRole": network.node_role,
        "launchTemplate": {
            "id": _output(facts.nodes.stack, "LaunchTemplate"),
            "version": _output(facts.nodes.stack, "LaunchTemplateVersion"),
        },
        "tags": tags(profile.cluster.name, NODE_GROUP, profile.tags),
    }
    if nodes.ami is None and known(kind):
        # With an image in the launch template EKS takes no word about its kind.
        params["amiType"] = IMAGE_TYPES[nodes.os, architecture_of(kind) or "x86_64"]
    return Call("eks", "CreateNodegroup", params)


def _output(stack: Stack | Unknown | None, name: str) -> Id:
    if known(stack) and stack.state is State.USABLE and name in stack.outputs:
        return stack.outputs[name]
    return Ref(STACK, f"Stacks[0].Outputs[?OutputKey=='{name}'].OutputValue | [0]")


def check(profile: Profile, group: NodeGroup) -> Iterator[Finding]:
    """Findings about the node group as it is."""
    about: dict[str, Any] = {"group": group.name, "status": group.status, "issues": list(group.issues)}
    if not group.ours:
        yield stop("NODE620", "nodes", group=group.name)
    elif is_replaced(group):
        yield note("NODE621", "nodes", **about)
    elif group.status == "DEGRADED":
        yield warn("NODE622", "nodes", **about)
    if group.ours and not is_replaced(group):
        yield from _differences(profile, group)


def _differences(profile: Profile, group: NodeGroup) -> Iterator[Finding]:
    nodes = profile.nodes
    sizes = {
        "nodes.min": (group.minimum, nodes.min),
        "nodes.max": (group.maximum, nodes.max),
        "nodes.desired": (group.desired, nodes.desired),
    }
    # The sizes go together: alone one might contradict the others.
    as_made = {path: str(there) for path, (there, _) in sizes.items()}
    for path, (there, wanted) in sizes.items():
        if there != wanted:
            yield mended(warn("NODE623", path, name=path, there=there, wanted=wanted), profile, as_made)
    if group.instance_types and nodes.instance_type not in group.instance_types:
        there_type = group.instance_types[0]
        found = warn(
            "NODE623", "nodes.instance_type", name="nodes.instance_type", there=there_type, wanted=nodes.instance_type
        )
        yield mended(found, profile, {"nodes.instance_type": there_type})


def other_kind(profile: Profile, stack: Stack) -> Iterator[Finding]:
    """A stop where the stack of ours was made for nodes of the other kind."""
    other = "managed" if profile.nodes.kind == "stack" else "stack"
    if stack.ours and OF_KIND[other] in stack.parameters:
        found = stop("NODE624", "nodes.kind", stack=stack.name, kind=other, wanted=profile.nodes.kind)
        yield mended(found, profile, {"nodes.kind": other})
