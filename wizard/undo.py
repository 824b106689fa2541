"""What deletes what a profile made: findings that forbid it, and the plan in the order that AWS needs. Pure."""

from collections.abc import Iterator
from typing import Any

from wizard.findings import Finding, note, stop
from wizard.made import Made, Thing
from wizard.made.network import KINDS, VISITORS
from wizard.plan import CHANGE_TAG, CLUSTER_TAG, Call, Change, Plan, RemoveEntry, Wait
from wizard.profile import Profile, digest

# What is deleted at once stands on one line; each line waits for the one before. Rules go with their group, routes with
# their table, a subnet's association with the subnet.
NETWORK = (
    ("add-on",),
    ("node group",),
    ("stack",),
    ("access entry",),
    ("deletion protection",),
    ("cluster",),
    (
        "VPC endpoint",
        "VPN gateway attachment",
        "transit gateway attachment",
        "network interface",
        "security group rule",
    ),
    ("security group", "VPN gateway", "subnet"),
    ("route table",),
    ("VPC",),
)
ROLES = (*NETWORK[: NETWORK.index(("cluster",)) + 1], ("role policy",), ("role",))
STEPS = {
    "add-on": "cluster",
    "access entry": "cluster",
    "cluster": "cluster",
    "deletion protection": "cluster",
    "stack": "nodes",
    "node group": "nodes",
    "network interface": "nodes",
    "VPC endpoint": "endpoints",
    "security group": "security_group",
    "security group rule": "security_group",
    "role": "role",
    "role policy": "role",
}

# EC2's calls that delete by an id alone.
DELETE = {
    "VPC": ("DeleteVpc", "VpcId"),
    "subnet": ("DeleteSubnet", "SubnetId"),
    "route table": ("DeleteRouteTable", "RouteTableId"),
    "security group": ("DeleteSecurityGroup", "GroupId"),
    "network interface": ("DeleteNetworkInterface", "NetworkInterfaceId"),
    "VPN gateway": ("DeleteVpnGateway", "VpnGatewayId"),
    "transit gateway attachment": ("DeleteTransitGatewayVpcAttachment", "TransitGatewayAttachmentId"),
}
# The parameter that names one of a kind in the call that describes it.
IDS = {
    "VPC": "VpcIds",
    "subnet": "SubnetIds",
    "route table": "RouteTableIds",
    "security group": "GroupIds",
    "network interface": "NetworkInterfaceIds",
    "VPC endpoint": "VpcEndpointIds",
    "VPN gateway": "VpnGatewayIds",
    "transit gateway attachment": "TransitGatewayAttachmentIds",
}


def check(made: Made) -> tuple[Finding, ...]:
    """Foreign things in ours and what AWS would not tell forbid it; what is switched off and what stays is noted."""
    return tuple(_findings(made))


def _findings(made: Made) -> Iterator[Finding]:
    for place, thing in made.foreign:
        called = f"{thing.id} ({thing.name})" if thing.name else thing.id
        about = {"kind": thing.kind, "id": thing.id, "name": thing.name, "place": f"{place.kind} {place.id}"}
        yield stop("UNDO801", thing.id, called=called, **about)
    for thing in made.ours:
        if thing.kind == "deletion protection":
            yield note("UNDO802", "cluster.deletion_protection", cluster=thing.id)
        elif thing.kind == "cluster":
            yield note("UNDO805", "cluster", cluster=thing.id)
    for unknown in made.untold:
        yield stop("UNDO803", "account", action=unknown.action, said=unknown.why)
    for thing in made.left:
        yield note("UNDO804", thing.id, kind=thing.kind, id=thing.id)


def plan(profile: Profile, made: Made) -> Plan:
    """Deletes all that is ours; nothing where nothing is."""
    things = list(made.ours)
    for thing in made.ours:
        if thing.kind == "VPN gateway" and thing.vpc:
            attachment = f"{thing.change}.attachment"
            things.append(Thing("VPN gateway attachment", thing.id, attachment, vpc=thing.vpc))
    changes: dict[str, Change] = {}
    if made.kubeconfig:
        context = profile.kubeconfig.context or made.cluster_arn
        entry = RemoveEntry(made.kubeconfig, made.cluster_arn, context)
        changes["kubeconfig"] = Change("kubeconfig", "kubeconfig", "delete", entry)
    for way in (NETWORK, ROLES):
        before: tuple[str, ...] = ()
        for kinds in way:
            layer = sorted(
                (thing for thing in things if thing.kind in kinds), key=lambda thing: (thing.change, thing.id)
            )
            twins = [thing.change for thing in layer]
            named = {_id(thing, twins): thing for thing in layer}
            for name, thing in named.items():
                changes.setdefault(name, _change(name, thing, profile.cluster.name, before))
            before = tuple(named) or before
    return Plan(
        account=made.account.id,
        region=made.account.region,
        cluster=profile.cluster.name,
        profile_digest=digest(profile),
        changes=tuple(changes.values()),
    )


def _id(thing: Thing, changes: list[str]) -> str:
    """The id of the change that made it: the journal's last word on a thing is then that it was deleted."""
    return thing.change if changes.count(thing.change) == 1 else f"{thing.change} {thing.id}"


def _change(name: str, thing: Thing, cluster: str, after: tuple[str, ...]) -> Change:
    action, wait = _deletion(thing, cluster)
    step = STEPS.get(thing.kind, "vpc")
    if thing.deleting:
        return Change(name, step, "wait", None, wait, after)
    if thing.kind == "deletion protection":
        return Change(name, step, "modify", action, wait, after)
    return Change(name, step, "delete", action, wait, after)


def _deletion(thing: Thing, cluster: str) -> tuple[Call, Wait]:
    match thing.kind:
        case "add-on":
            params = {"clusterName": cluster, "addonName": thing.id}
            failed = "addon.status=='DELETE_FAILED'"
            read = Call("eks", "DescribeAddon", params)
            reasons = "addon.health.issues[].join(': ', [code, message])"
            return Call("eks", "DeleteAddon", params), Wait(
                read, "[addon.addonName]", failed=failed, usual=30, limit=900, reasons=reasons, gone=True
            )
        case "access entry":
            params = {"clusterName": cluster, "principalArn": thing.id}
            read = Call("eks", "DescribeAccessEntry", params)
            return Call("eks", "DeleteAccessEntry", params), Wait(read, "[accessEntry.principalArn]", gone=True)
        case "deletion protection":
            params = {"name": cluster}
            off = Call("eks", "UpdateClusterConfig", {**params, "deletionProtection": False})
            read = Call("eks", "DescribeCluster", params)
            items, ready = "[cluster][?!deletionProtection].arn", "cluster.status=='ACTIVE'"
            return off, Wait(read, items, ready=ready, usual=60, limit=900)
        case "cluster":
            params = {"name": cluster}
            read = Call("eks", "DescribeCluster", params)
            # A cluster that is being created can only be deleted once it stands.
            return Call("eks", "DeleteCluster", params), Wait(
                read, "[cluster.name]", failed="cluster.status=='FAILED'", usual=300, limit=2400, gone=True
            )
        case "node group":
            params = {"clusterName": cluster, "nodegroupName": thing.id}
            read = Call("eks", "DescribeNodegroup", params)
            return Call("eks", "DeleteNodegroup", params), Wait(
                read,
                "[nodegroup.nodegroupArn]",
                failed="nodegroup.status=='DELETE_FAILED'",
                usual=300,
                limit=2400,
                reasons="nodegroup.health.issues[].join(': ', [code, message])",
                gone=True,
            )
        case "stack":
            params = {"StackName": thing.id}
            ours = (
                f"Tags[?Key=='{CLUSTER_TAG}' && Value=='{cluster}']"
                f" && Tags[?Key=='{CHANGE_TAG}' && Value=='{thing.change}']"
            )
            return Call("cloudformation", "DeleteStack", params), Wait(
                Call("cloudformation", "DescribeStacks", params),
                f"Stacks[?StackStatus!='DELETE_COMPLETE' && {ours}].StackId",
                failed="Stacks[0].StackStatus=='DELETE_FAILED'",
                usual=300,
                limit=1800,
                evidence=(Call("cloudformation", "DescribeStackEvents", params),),
                reasons="evidence[].StackEvents[] | [?ends_with(ResourceStatus, 'FAILED')]"
                ".join(' ', [LogicalResourceId, ResourceStatus, not_null(ResourceStatusReason, '')])",
                gone=True,
            )
        case "role":
            params = {"RoleName": thing.id}
            return Call("iam", "DeleteRole", params), Wait(Call("iam", "GetRole", params), "[Role.RoleName]", gone=True)
        case "role policy":
            read = Call("iam", "ListAttachedRolePolicies", {"RoleName": thing.name})
            items = f"AttachedPolicies[?PolicyArn=='{thing.id}'].PolicyArn"
            call = Call("iam", "DetachRolePolicy", {"RoleName": thing.name, "PolicyArn": thing.id})
            return call, Wait(read, items, gone=True)
        case "VPN gateway attachment":
            call = Call("ec2", "DetachVpnGateway", {"VpnGatewayId": thing.id, "VpcId": thing.vpc})
            items = f"VpnGateways[].VpcAttachments[] | [?State!='detached' && VpcId=='{thing.vpc}'].VpcId"
            read = Call("ec2", "DescribeVpnGateways", {"VpnGatewayIds": [thing.id]})
            return call, Wait(read, items, usual=30, limit=900, gone=True)
        case "security group rule":
            # Ours in a group that somebody else made.
            call = Call(
                "ec2", "RevokeSecurityGroupIngress", {"GroupId": thing.name, "SecurityGroupRuleIds": [thing.id]}
            )
            read = Call("ec2", "DescribeSecurityGroupRules", {"SecurityGroupRuleIds": [thing.id]})
            return call, Wait(read, "SecurityGroupRules[].SecurityGroupRuleId", gone=True)
        case "VPC endpoint":
            return Call("ec2", "DeleteVpcEndpoints", {"VpcEndpointIds": [thing.id]}), _gone(thing, usual=90)
    operation, parameter = DELETE[thing.kind]
    return Call("ec2", operation, {parameter: thing.id}), _gone(thing)


def _gone(thing: Thing, usual: int = 5) -> Wait:
    operation, key, identity, _ = {"VPC": ("DescribeVpcs", "Vpcs", "VpcId", ""), **KINDS, **VISITORS}[thing.kind]
    # Interfaces of endpoints and of the cluster go some minutes after it, and keep subnets and groups until then.
    read: dict[str, Any] = {IDS[thing.kind]: [thing.id]}
    items = f'{key}[?!contains(`["deleted","Deleted"]`, not_null(State, \'\'))].{identity}'
    return Wait(Call("ec2", operation, read), items, usual=usual, limit=900, gone=True)
