"""What of EC2's carries our tags, and what of somebody else's stands in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from wizard.answer_types import Create, Use, VpnGateway
from wizard.doors import together
from wizard.made.look import Look, Thing, Visit
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.steps.ec2 import DELETING, GONE, tag_map
from wizard.steps.nodes.observe import NODE_GROUP_NAME
from wizard.steps.vpc.observe import TARGETS

# EC2's kinds of things that we tag: our word for it, the operation and the list that tell them, their id, the filter
# that selects those of a VPC, and the VPC's attachments among them.
KINDS = {
    "subnet": ("DescribeSubnets", "Subnets", "SubnetId", "vpc-id"),
    "route table": ("DescribeRouteTables", "RouteTables", "RouteTableId", "vpc-id"),
    "security group": ("DescribeSecurityGroups", "SecurityGroups", "GroupId", "vpc-id"),
    "VPC endpoint": ("DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointId", "vpc-id"),
    "VPN gateway": ("DescribeVpnGateways", "VpnGateways", "VpnGatewayId", "attachment.vpc-id"),
    "transit gateway attachment": (
        "DescribeTransitGatewayVpcAttachments",
        "TransitGatewayVpcAttachments",
        "TransitGatewayAttachmentId",
        "vpc-id",
    ),
}
# What others may have put into our VPC, beside those: load balancers, NAT gateways and the like have interfaces.
VISITORS = {
    "network interface": ("DescribeNetworkInterfaces", "NetworkInterfaces", "NetworkInterfaceId", "vpc-id"),
    "instance": ("DescribeInstances", "Reservations", "InstanceId", "vpc-id"),
    "internet gateway": ("DescribeInternetGateways", "InternetGateways", "InternetGatewayId", "attachment.vpc-id"),
    "network ACL": ("DescribeNetworkAcls", "NetworkAcls", "NetworkAclId", "vpc-id"),
}
LIVING = ("pending", "running", "stopping", "stopped")
# Of a peering that was refused, or that nobody accepted, AWS tells for some days more.
OVER = ("deleting", "deleted", "rejected", "expired", "failed")


def _own(look: Look) -> list[dict[str, Any]]:
    """EC2's filters that select what is ours."""
    return [
        {"Name": f"tag:{CLUSTER_TAG}", "Values": [look.name]},
        {"Name": "tag-key", "Values": [CHANGE_TAG]},
    ]


def tagged(look: Look) -> list[Thing]:
    """The VPC of ours, and what of ours stands in it or in another one."""
    filters = _own(look)
    kinds = {"VPC": ("DescribeVpcs", "Vpcs", "VpcId", ""), **KINDS}
    found = together(*(partial(_things, look, kind, about, filters) for kind, about in kinds.items()))
    # What the nodes' stack made carries its tags, too, and goes with it.
    return [thing for things in found for thing, tags in things if thing.change and not _of_stack(look, tags)]


def rules_elsewhere(look: Look, groups: set[str]) -> list[Thing]:
    """Our rules in security groups that are not ours; those in ours go with their group."""
    rules = look.see("ec2", "DescribeSecurityGroupRules", Filters=_own(look)).get("SecurityGroupRules", [])
    return [
        Thing("security group rule", rule["SecurityGroupRuleId"], look.change(_tags(rule)), rule["GroupId"])
        for rule in rules
        if rule["GroupId"] not in groups
    ]


def _of_stack(look: Look, tags: Mapping[str, str]) -> bool:
    return tags.get("aws:cloudformation:stack-name") == look.stack


def _things(
    look: Look, kind: str, about: tuple[str, str, str, str], filters: list[dict[str, Any]]
) -> list[tuple[Thing, dict[str, str]]]:
    operation, key, identity, _ = about
    things = look.see("ec2", operation, Filters=filters).get(key, [])
    if kind == "instance":
        things = [instance for reservation in things for instance in reservation["Instances"]]
    return [
        (_thing(look, kind, identity, thing), _tags(thing)) for thing in things if _state(thing).lower() not in GONE
    ]


def _thing(look: Look, kind: str, identity: str, thing: Mapping[str, Any]) -> Thing:
    tags = _tags(thing)
    attached = [one["VpcId"] for one in thing.get("VpcAttachments", []) if one["State"] != "detached"]
    return Thing(
        kind=kind,
        id=thing[identity],
        change=look.change(tags),
        name=thing.get("GroupName") or thing.get("Description") or tags.get("Name", ""),
        deleting=_state(thing).lower() in DELETING,
        vpc=attached[0] if attached else "",
    )


def in_vpc(look: Look, vpc: Thing, tagged: list[Thing]) -> Iterator[Visit]:
    """What stands in our VPC without our tags; what goes with the VPC all the same names a change."""
    known = {thing.id for thing in tagged}
    kinds = {**KINDS, **VISITORS}
    found = together(
        *(partial(_raw, look, kind, about, [{"Name": about[3], "Values": [vpc.id]}]) for kind, about in kinds.items())
    )
    yield from ((vpc, one) for one in _peerings(look, vpc))
    connect = look.profile.vpc.create.connect if isinstance(look.profile.vpc, Create) else None
    given = connect.vpn_gateway if isinstance(connect, VpnGateway) else None
    for kind, things in zip(kinds, found, strict=True):
        for thing in things:
            seen = _thing(look, kind, kinds[kind][2], thing)
            if kind == "route table" and (seen.change or _belongs(look, kind, thing)):
                yield from ((seen, one) for one in _routes(thing))
            if seen.id in known or _state(thing).lower() in GONE | DELETING:
                continue
            if kind == "VPN gateway" and seen.id == given:
                # The attachment has no tags. It is the profile's, on a VPC that was made for it; the gateway stays.
                look.left.append(seen)
                if seen.vpc == vpc.id:
                    yield vpc, Thing("VPN gateway attachment", seen.id, "vpc.vpn-gateway.attachment", vpc=vpc.id)
            elif kind == "network interface" and _is_left_over(look, thing):
                yield vpc, replace(seen, change=f"nodes.network-interface.{seen.id}")
            elif not _belongs(look, kind, thing):
                yield vpc, seen


def _peerings(look: Look, vpc: Thing) -> Iterator[Thing]:
    """The peerings of our VPC with others: they would end with it, and their routes on the other side as well."""
    for one in look.see("ec2", "DescribeVpcPeeringConnections").get("VpcPeeringConnections", []):
        ends = {one.get(end, {}).get("VpcId"): one.get(end, {}) for end in ("RequesterVpcInfo", "AccepterVpcInfo")}
        if ends.pop(vpc.id, None) is not None and one.get("Status", {}).get("Code") not in OVER:
            other = " ".join(f"with {name}" for name in ends if name)
            yield Thing("VPC peering connection", one["VpcPeeringConnectionId"], name=_tags(one).get("Name") or other)


def _routes(table: Mapping[str, Any]) -> Iterator[Thing]:
    """The routes that somebody wrote into the table by hand.

    Gateways to the premises and endpoints are told themselves, and a route whose target is gone serves nobody.
    """
    for route in table.get("Routes", []):
        target = next((route[name] for name in TARGETS if route.get(name)), "")
        written = route.get("Origin", "CreateRoute") == "CreateRoute" and route.get("State", "active") == "active"
        if written and target != "local" and not target.startswith(("vgw-", "tgw-", "vpce-")):
            keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
            destination = next(route[key] for key in keys if route.get(key))
            yield Thing("route", destination, name=f"to {target or 'nothing'}")


def _raw(
    look: Look, kind: str, about: tuple[str, str, str, str], filters: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    things: list[dict[str, Any]] = look.see("ec2", about[0], Filters=filters).get(about[1], [])
    if kind == "instance":
        return [one for group in things for one in group["Instances"] if one["State"]["Name"] in LIVING]
    return things


def _belongs(look: Look, kind: str, thing: Mapping[str, Any]) -> bool:
    """Whether a thing without our tags is a part of what we made: AWS's own, the cluster's or the stack's."""
    tags = _tags(thing)
    if _of_stack(look, tags):
        # A stack of this name may be somebody else's: then it stays, and what it made with it.
        return not any(one.kind == "stack" for one in look.left)
    match kind:
        case "instance":
            # With a node group of others' its instances are told as well; ours has this name.
            return (tags.get("eks:cluster-name"), tags.get("eks:nodegroup-name")) == (look.name, NODE_GROUP_NAME)
        case "route table":
            return any(one.get("Main") for one in thing.get("Associations", []))
        case "network ACL":
            return bool(thing.get("IsDefault"))
        case "security group":
            # EKS makes one for each cluster, and takes it away with it.
            of_cluster = re.fullmatch(rf"eks-cluster-sg-{re.escape(look.name)}-\w+", thing["GroupName"])
            return bool(thing["GroupName"] == "default" or of_cluster)
        case "network interface":
            # An endpoint's and an instance's are told with the endpoint and the instance.
            return (
                thing.get("InterfaceType") == "vpc_endpoint"
                or "InstanceId" in thing.get("Attachment", {})
                or thing.get("Description") == f"Amazon EKS {look.name}"
            )
    return False


def _is_left_over(look: Look, interface: Mapping[str, Any]) -> bool:
    """Whether the VPC CNI of our cluster left it behind when its node went (amazon-vpc-cni-k8s issue 608)."""
    of_cluster = _tags(interface).get("cluster.k8s.amazonaws.com/name") == look.name
    return of_cluster and interface.get("Status") == "available"


def rules(look: Look, group: Thing) -> Iterator[Visit]:
    """The rules in a group of ours that neither we nor the stack nor AWS made."""
    filters = [{"Name": "group-id", "Values": [group.id]}]
    rules = look.see("ec2", "DescribeSecurityGroupRules", Filters=filters).get("SecurityGroupRules", [])
    named = sorted({rule.get("ReferencedGroupInfo", {}).get("GroupId", "") for rule in rules} - {"", group.id})
    ours = set()
    if named:
        groups = _things(look, "security group", KINDS["security group"], [{"Name": "group-id", "Values": named}])
        ours = {one.id for one, tags in groups if one.change or _of_stack(look, tags)}
    for rule in rules:
        source = rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
        all_out = rule["IsEgress"] and rule["IpProtocol"] == "-1"
        if not (look.change(_tags(rule)) or all_out or source in ours):
            about = source or rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId", "")
            yield group, Thing("rule", rule["SecurityGroupRuleId"], name=about)


def carriers(look: Look, group: Thing) -> Iterator[Visit]:
    """The interfaces that carry a group of ours in somebody else's VPC: EC2 deletes no group that one has."""
    filters = [{"Name": "group-id", "Values": [group.id]}]
    kind = "network interface"
    for one in _raw(look, kind, VISITORS[kind], filters):
        # Nodes carry the group of their stack; an endpoint's interfaces go with it.
        if "InstanceId" in one.get("Attachment", {}) or not _belongs(look, kind, one):
            yield group, _thing(look, kind, VISITORS[kind][2], one)


def connections(look: Look, gateway: Thing) -> Iterator[Visit]:
    """The VPN connections that end at our gateway: the wizard makes none."""
    filters = [{"Name": "vpn-gateway-id", "Values": [gateway.id]}]
    for one in look.see("ec2", "DescribeVpnConnections", Filters=filters).get("VpnConnections", []):
        if one["State"].lower() not in GONE | DELETING:
            yield gateway, Thing("VPN connection", one["VpnConnectionId"], name=_tags(one).get("Name", ""))


def used(look: Look) -> list[Thing]:
    """The VPC and the control plane's group that the profile uses and did not make."""
    found: list[Thing] = []
    vpc, group = look.profile.vpc, look.profile.security_group
    if isinstance(vpc, Use) and look.see("ec2", "DescribeVpcs", VpcIds=[vpc.use.id]).get("Vpcs"):
        found.append(Thing("VPC", vpc.use.id))
    if isinstance(group, Use) and look.see("ec2", "DescribeSecurityGroups", GroupIds=[group.use]).get("SecurityGroups"):
        found.append(Thing("security group", group.use))
    return found


def _state(thing: Mapping[str, Any]) -> str:
    state = thing.get("State", "")
    return str(state["Name"] if isinstance(state, Mapping) else state)


def _tags(thing: Mapping[str, Any]) -> dict[str, str]:
    return tag_map(thing) or {tag["Key"]: tag["Value"] for tag in thing.get("TagSet", [])}
