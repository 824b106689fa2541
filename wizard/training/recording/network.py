"""The VPC of a recording: subnets, routes, network ACLs, security groups, DNS and endpoints. Pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from wizard.facts import AclEntry, Endpoint, Facts, NetworkAcl, RouteTable, Rule, SecurityGroup, State, Unknown, known
from wizard.training.recording.disguise import REGION, Disguise
from wizard.training.recording.named import Named, RecordedStep, step
from wizard.training.recording.policies import disguised

# The services whose endpoints nodes, pods and tools ask for; an endpoint of another one says more than it helps.
SERVICES: Final = frozenset(
    {
        "ec2", "ecr.api", "ecr.dkr", "s3", "sts", "eks", "eks-auth", "logs", "elasticloadbalancing", "autoscaling",
        "ssm", "ssmmessages", "ec2messages", "kms",
    }
)  # fmt: skip
S3_LIST: Final = f"com.amazonaws.{REGION}.s3"
_EVERYWHERE: Final = "0.0.0.0/0"
_LAST_ACL_RULE: Final = 32767


def place(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The VPC, its subnets, where their packets go, and the ACLs that stop some."""
    vpc = facts.vpc.vpc
    subnets = facts.vpc.subnets
    if not known(vpc) or not known(subnets):
        return
    first, *others = [cidr for one in vpc.cidrs if (cidr := named.disguise.cidr(one))]
    yield step("ec2.CreateVpc", {"CidrBlock": first}, **{named.new("vpc", vpc.id): "Vpc.VpcId"})
    mine = named.ref(vpc.id)
    for cidr in others:
        yield step("ec2.AssociateVpcCidrBlock", {"VpcId": mine, "CidrBlock": cidr})
    # An endpoint with private DNS is taken only where both are on; how they stand comes last.
    yield from _dns(mine, support=True, hostnames=True)
    for subnet in subnets:
        about = {"VpcId": mine, "CidrBlock": named.disguise.cidr(subnet.cidr)}
        about["AvailabilityZone"] = named.disguise.zone(subnet.zone)
        yield step("ec2.CreateSubnet", about, **{named.new("subnet", subnet.id): "Subnet.SubnetId"})
        if subnet.public_addresses:
            given = {"SubnetId": named.ref(subnet.id), "MapPublicIpOnLaunch": {"Value": "true"}}
            yield step("ec2.ModifySubnetAttribute", given)
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    for table in tables:
        yield from _table(table, facts, mine, named)
    for acl in facts.vpc.network_acls if known(facts.vpc.network_acls) else ():
        yield from _acl(acl, mine, named)


def _dns(vpc: str | None, *, support: bool, hostnames: bool) -> Iterator[RecordedStep]:
    for name, on in (("EnableDnsSupport", support), ("EnableDnsHostnames", hostnames)):
        yield step("ec2.ModifyVpcAttribute", {"VpcId": vpc, name: {"Value": str(on).lower()}})


def dns(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The VPC's DNS as it stands."""
    vpc = facts.vpc.vpc
    if not known(vpc):
        return
    servers = vpc.domain_name_servers
    if known(servers) and servers != ("AmazonProvidedDNS",):
        listed = [_name_server(one, named.disguise) for one in servers]
        given = [{"Key": "domain-name-servers", "Values": listed}] if listed else []
        if vpc.domain_name:
            given.append({"Key": "domain-name", "Values": [named.disguise.host(vpc.domain_name)]})
        if given:
            yield step("ec2.CreateDhcpOptions", {"DhcpConfigurations": given}, dhcp="DhcpOptions.DhcpOptionsId")
        options = "$dhcp" if given else "default"
        yield step("ec2.AssociateDhcpOptions", {"DhcpOptionsId": options, "VpcId": named.ref(vpc.id)})
    support, hostnames = vpc.dns_support is not False, vpc.dns_hostnames is not False
    if not (support and hostnames):
        yield from _dns(named.ref(vpc.id), support=support, hostnames=hostnames)


def _name_server(server: str, disguise: Disguise) -> str:
    return server if server == "AmazonProvidedDNS" else disguise.address(server) or "10.0.0.2"


def _table(table: RouteTable, facts: Facts, vpc: str | None, named: Named) -> Iterator[RecordedStep]:
    if table.main:
        # Whatever no other table has belongs to it.
        known_subnets = facts.vpc.subnets if known(facts.vpc.subnets) else ()
        tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
        elsewhere = {name for one in tables if not one.main for name in one.subnets}
        subnets = tuple(one.id for one in known_subnets if one.id not in elsewhere)
    else:
        subnets = table.subnets
    kept = {named.new("table", table.id): "RouteTable.RouteTableId"}
    yield step("ec2.CreateRouteTable", {"VpcId": vpc}, **kept)
    mine = named.ref(table.id)
    for subnet in named.refs(subnets):
        yield step("ec2.AssociateRouteTable", {"RouteTableId": mine, "SubnetId": subnet})
    for route in table.routes:
        destination = named.disguise.cidr(route.destination)
        if not route.active or destination is None:
            continue
        key, steps = _gateway(route.target, subnets, vpc, named)
        yield from steps
        if key and (target := named.ref(route.target)):
            yield step("ec2.CreateRoute", {"RouteTableId": mine, "DestinationCidrBlock": destination, key: target})


def _gateway(
    target: str, subnets: tuple[str, ...], vpc: str | None, named: Named
) -> tuple[str | None, list[RecordedStep]]:
    """The parameter of CreateRoute that takes the target, and what makes one like it where there is none yet."""
    kind = target.partition("-")[0]
    is_new = target not in named.values
    match kind:
        case "vgw" if is_new:
            name = named.new("gateway", target)
            made = [
                step("ec2.CreateVpnGateway", {"Type": "ipsec.1"}, **{name: "VpnGateway.VpnGatewayId"}),
                step("ec2.AttachVpnGateway", {"VpcId": vpc, "VpnGatewayId": f"${name}"}),
            ]
            return "GatewayId", made
        case "tgw" if is_new and subnets:
            name = named.new("transit_gateway", target)
            attached = {"TransitGatewayId": f"${name}", "VpcId": vpc, "SubnetIds": named.refs(subnets)[:1]}
            made = [
                step("ec2.CreateTransitGateway", {}, **{name: "TransitGateway.TransitGatewayId"}),
                step("ec2.CreateTransitGatewayVpcAttachment", attached),
            ]
            return "TransitGatewayId", made
        case "igw" if is_new:
            name = named.new("internet_gateway", target)
            made = [
                step("ec2.CreateInternetGateway", {}, **{name: "InternetGateway.InternetGatewayId"}),
                step("ec2.AttachInternetGateway", {"VpcId": vpc, "InternetGatewayId": f"${name}"}),
            ]
            return "GatewayId", made
        case "nat" if is_new and subnets:
            name = named.new("nat_gateway", target)
            about = {"SubnetId": named.refs(subnets)[0], "ConnectivityType": "private"}
            return "NatGatewayId", [step("ec2.CreateNatGateway", about, **{name: "NatGateway.NatGatewayId"})]
        case "vgw" | "igw":
            return "GatewayId", []
        case "tgw":
            return "TransitGatewayId", []
        case "nat":
            return "NatGatewayId", []
    return None, []


def _acl(acl: NetworkAcl, vpc: str | None, named: Named) -> Iterator[RecordedStep]:
    entries = [one for one in acl.entries if one.number < _LAST_ACL_RULE]
    if _lets_all_pass(entries) or not named.refs(acl.subnets):
        return
    name = named.new("acl", acl.id)
    yield step("ec2.CreateNetworkAcl", {"VpcId": vpc}, **{name: "NetworkAcl.NetworkAclId"})
    for entry in entries:
        if (cidr := named.disguise.cidr(entry.cidr)) is not None:
            yield step("ec2.CreateNetworkAclEntry", _acl_entry(entry, cidr, f"${name}"))
    for subnet in named.refs(acl.subnets):
        there = {"Filters": [{"Name": "association.subnet-id", "Values": [subnet]}]}
        inner = f"NetworkAcls[0].Associations[?SubnetId=='${{{subnet[1:]}}}'] | [0].NetworkAclAssociationId"
        yield step("ec2.DescribeNetworkAcls", there, association=inner)
        given = {"AssociationId": "$association", "NetworkAclId": f"${name}"}
        yield step("ec2.ReplaceNetworkAclAssociation", given)


def _lets_all_pass(entries: list[AclEntry]) -> bool:
    return {(one.egress, one.allow, one.protocol, one.cidr) for one in entries} == {
        (True, True, "-1", _EVERYWHERE),
        (False, True, "-1", _EVERYWHERE),
    }


def _acl_entry(entry: AclEntry, cidr: str, acl: str) -> dict[str, Any]:
    about: dict[str, Any] = {
        "NetworkAclId": acl,
        "RuleNumber": str(entry.number),
        "Protocol": entry.protocol,
        "RuleAction": "allow" if entry.allow else "deny",
        "Egress": str(entry.egress).lower(),
        "CidrBlock": cidr,
    }
    if entry.ports:
        about["PortRange"] = {"From": str(entry.ports[0]), "To": str(entry.ports[1])}
    return about


def groups(found: Iterable[SecurityGroup], facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The security groups, without rules: these may name each other, and the cluster's own group."""
    vpc = facts.vpc.vpc
    for group in found:
        if known(vpc) and group.id not in named.values:
            name = named.new("group", group.id)
            about = {"GroupName": name.replace("_", "-"), "Description": "Recorded", "VpcId": named.ref(vpc.id)}
            yield step("ec2.CreateSecurityGroup", about, **{name: "GroupId"})


def rules(found: Iterable[SecurityGroup], facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The rules of groups that exist by now; what was made with them is not made again."""
    cluster = facts.cluster.cluster
    own = cluster.security_group if known(cluster) else None
    lists = {one.id: one for one in facts.vpc.prefix_lists} if known(facts.vpc.prefix_lists) else {}
    for group in {one.id: one for one in found}.values():
        mine = named.ref(group.id)
        opens = [rule for rule in group.rules if rule.egress and rule.protocol == "-1" and rule.source == _EVERYWHERE]
        if not opens:
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": _EVERYWHERE}]}]
            yield step("ec2.RevokeSecurityGroupEgress", {"GroupId": mine, "IpPermissions": everything})
        for rule in group.rules:
            if rule in opens or (group.id == own and rule.source == own and not rule.egress):
                continue
            if rule.source in lists and rule.source not in named.values:
                yield from _prefix_list(lists[rule.source].id, lists[rule.source].name, lists, named)
            permission = _permission(rule, named)
            if permission:
                way = "Egress" if rule.egress else "Ingress"
                yield step(f"ec2.AuthorizeSecurityGroup{way}", {"GroupId": mine, "IpPermissions": [permission]})


def _prefix_list(original: str, name: str, lists: dict[str, Any], named: Named) -> Iterator[RecordedStep]:
    mine = named.new("list", original)
    if name.startswith("com.amazonaws.") and name.endswith(".s3"):
        there = {"Filters": [{"Name": "prefix-list-name", "Values": [S3_LIST]}]}
        yield step("ec2.DescribePrefixLists", there, **{mine: "PrefixLists[0].PrefixListId"})
        return
    entries = [{"Cidr": cidr} for one in lists[original].entries if (cidr := named.disguise.cidr(one))]
    about = {
        "PrefixListName": mine.replace("_", "-"),
        "AddressFamily": "IPv4",
        "MaxEntries": str(max(1, len(entries))),
        "Entries": entries,
    }
    yield step("ec2.CreateManagedPrefixList", about, **{mine: "PrefixList.PrefixListId"})


def _permission(rule: Rule, named: Named) -> dict[str, Any] | None:
    """The rule's permission; None where its source is not recorded."""
    about: dict[str, Any] = {"IpProtocol": rule.protocol}
    if rule.protocol != "-1":
        first, last = rule.ports or ((0, 65535) if rule.protocol in ("tcp", "udp", "6", "17") else (-1, -1))
        about.update(FromPort=str(first), ToPort=str(last))
    if "/" in rule.source:
        cidr = named.disguise.cidr(rule.source)
        return {**about, "IpRanges": [{"CidrIp": cidr}]} if cidr else None
    source = named.ref(rule.source)
    if source is None:
        return None
    if rule.source.startswith("pl-"):
        return {**about, "PrefixListIds": [{"PrefixListId": source}]}
    return {**about, "UserIdGroupPairs": [{"GroupId": source}]}


def endpoints(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The endpoints that work; one that does not serves nobody."""
    seen = facts.endpoints.endpoints
    vpc = facts.vpc.vpc
    if isinstance(seen, Unknown) or not known(vpc):
        return
    zones = {one.id: named.disguise.zone(one.zone) for one in (facts.vpc.subnets if known(facts.vpc.subnets) else ())}
    for endpoint in seen:
        if endpoint.suffix in SERVICES and endpoint.state is State.USABLE:
            about = {"VpcId": named.ref(vpc.id), "ServiceName": f"com.amazonaws.{REGION}.{endpoint.suffix}"}
            yield step("ec2.CreateVpcEndpoint", {**about, **_placed(endpoint, zones, named)})


def _placed(endpoint: Endpoint, zones: dict[str, str], named: Named) -> dict[str, Any]:
    policy = disguised(endpoint.policy, named) if endpoint.policy else None
    given = {"PolicyDocument": json.dumps(policy)} if policy else {}
    if endpoint.kind == "Gateway":
        tables = named.refs(endpoint.route_tables)
        return {"VpcEndpointType": "Gateway", **({"RouteTableIds": tables} if tables else {}), **given}
    # It takes one subnet of each zone.
    subnets = tuple({zones[one]: one for one in reversed(endpoint.subnets) if one in zones}.values())
    carried = named.refs(endpoint.groups)
    return {
        "VpcEndpointType": "Interface",
        "SubnetIds": named.refs(subnets),
        **({"SecurityGroupIds": carried} if carried else {}),
        "PrivateDnsEnabled": str(endpoint.private_dns).lower(),
        **given,
    }
