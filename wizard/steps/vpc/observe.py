"""Reads the VPC, its subnets and route tables, and the gateway towards the premises."""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from wizard.answer_types import Create, Use, VpnGateway
from wizard.doors import Doors, together
from wizard.facts import (
    AclEntry,
    Facts,
    Gateway,
    NetworkAcl,
    Route,
    RouteTable,
    State,
    Subnet,
    Unknown,
    Vpc,
    VpcFacts,
)
from wizard.name_servers import LINK_LOCAL
from wizard.network import VPC, connection
from wizard.plan import tag_filters
from wizard.profile import Profile
from wizard.steps.account.proxy import is_name
from wizard.steps.ec2 import DELETING, GONE, state, tag_map
from wizard.steps.prefix_lists import entries_of, of_gateways
from wizard.steps.vpc.premises import GATEWAY

TARGETS = (
    "GatewayId",
    "TransitGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
)


def observe(doors: Doors, profile: Profile, _seen: Facts) -> VpcFacts:
    """The VPC's facts; only of the VPC that the profile names or that carries the cluster's tags."""
    vpcs = _vpcs(doors, profile)
    if isinstance(vpcs, Unknown):
        return VpcFacts(vpc=vpcs)
    if len(vpcs) > 1:
        return VpcFacts(twins=tuple(vpc["VpcId"] for vpc in vpcs))
    vpc_id = vpcs[0]["VpcId"] if vpcs else None
    gateway = partial(_gateway, doors, profile, vpc_id)
    if vpc_id is None:
        return VpcFacts(gateway=gateway())
    used = isinstance(profile.vpc, Use)
    facts: VpcFacts
    facts, found_gateway, attached, forwarded, lists = together(
        partial(read, doors, vpcs[0], acls=used),
        gateway,
        partial(_attached, doors, vpc_id) if isinstance(connection(profile), VpnGateway) else lambda: (),
        partial(_forwarded, doors, vpc_id) if used and _looks_up_proxy(profile) else lambda: (),
        # A gateway endpoint leads to S3's public addresses, which an ACL may not let pass.
        partial(of_gateways, doors) if used else lambda: (),
    )
    return replace(facts, gateway=found_gateway, vpn_gateways=attached, forwarded=forwarded, prefix_lists=lists)


def read(doors: Doors, vpc: dict[str, Any], *, acls: bool) -> VpcFacts:
    """What stands in a VPC of DescribeVpcs' answer: subnets, route tables and DNS; network ACLs on demand."""
    of_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    attribute = partial(doors.cloud.see, "ec2", "DescribeVpcAttribute", VpcId=vpc["VpcId"])
    support, hostnames, subnets, tables, servers, told = together(
        partial(attribute, Attribute="enableDnsSupport"),
        partial(attribute, Attribute="enableDnsHostnames"),
        partial(doors.cloud.see, "ec2", "DescribeSubnets", Filters=of_vpc),
        partial(doors.cloud.see, "ec2", "DescribeRouteTables", Filters=of_vpc),
        partial(_name_servers, doors, vpc.get("DhcpOptionsId", "default")),
        partial(doors.cloud.see, "ec2", "DescribeNetworkAcls", Filters=of_vpc) if acls else lambda: None,
    )
    return VpcFacts(
        vpc=Vpc(
            id=vpc["VpcId"],
            cidrs=_cidrs(vpc),
            state=state(vpc["State"]),
            name=tag_map(vpc).get("Name", ""),
            dns_support=_attribute(support, "EnableDnsSupport"),
            dns_hostnames=_attribute(hostnames, "EnableDnsHostnames"),
            domain_name_servers=servers,
            tags=tag_map(vpc),
        ),
        subnets=subnets if isinstance(subnets, Unknown) else of_ipv4((subnets or {}).get("Subnets", [])),
        route_tables=_with_entries(doors, _all(tables, "RouteTables", route_table)),
        network_acls=_all(told, "NetworkAcls", network_acl),
    )


def _looks_up_proxy(profile: Profile) -> bool:
    return profile.site.proxy is not None and is_name(urlsplit(profile.site.proxy.url).hostname or "")


def _forwarded(doors: Doors, vpc_id: str) -> tuple[str, ...] | Unknown:
    """The domains that Route 53 resolver rules forward for this VPC, without the last dot."""
    of_vpc = [{"Name": "VPCId", "Values": [vpc_id]}]
    associated, rules = together(
        partial(doors.cloud.see, "route53resolver", "ListResolverRuleAssociations", Filters=of_vpc),
        partial(doors.cloud.see, "route53resolver", "ListResolverRules"),
    )
    for answer in (associated, rules):
        if isinstance(answer, Unknown):
            return answer
    ids = {one["ResolverRuleId"] for one in (associated or {}).get("ResolverRuleAssociations", [])}
    found = (rules or {}).get("ResolverRules", [])
    forwarding = (one for one in found if one["Id"] in ids and one.get("RuleType") == "FORWARD")
    return tuple(sorted(one["DomainName"].rstrip(".") for one in forwarding))


def _with_entries(doors: Doors, tables: tuple[RouteTable, ...] | Unknown) -> tuple[RouteTable, ...] | Unknown:
    """The tables, with the CIDRs of the prefix lists to which routes lead; those of gateway endpoints are not asked."""
    if isinstance(tables, Unknown):
        return tables
    written = [route for table in tables for route in table.routes if not route.target.startswith("vpce-")]
    lists = entries_of(doors, (route.destination for route in written))
    if not lists:
        return tables
    return tuple(
        replace(
            table,
            routes=tuple(replace(route, entries=lists.get(route.destination, ())) for route in table.routes),
        )
        for table in tables
    )


def _vpcs(doors: Doors, profile: Profile) -> list[dict[str, Any]] | Unknown:
    if isinstance(profile.vpc, Create):
        answer = doors.cloud.see("ec2", "DescribeVpcs", Filters=tag_filters(profile.cluster.name, VPC))
    else:
        answer = doors.cloud.see("ec2", "DescribeVpcs", VpcIds=[profile.vpc.use.id])
    if isinstance(answer, Unknown):
        return answer
    vpcs: list[dict[str, Any]] = (answer or {}).get("Vpcs", [])
    return vpcs


def _cidrs(vpc: dict[str, Any]) -> tuple[str, ...]:
    associated = [
        association["CidrBlock"]
        for association in vpc.get("CidrBlockAssociationSet", [])
        if association.get("CidrBlockState", {}).get("State", "associated") == "associated"
    ]
    return tuple(dict.fromkeys([vpc["CidrBlock"], *sorted(associated)]))


def _attribute(answer: Any, name: str) -> bool | Unknown:
    if isinstance(answer, Unknown):
        return answer
    return bool((answer or {}).get(name, {}).get("Value", False))


def _all(answer: Any, key: str, read: Any) -> Any:
    return answer if isinstance(answer, Unknown) else tuple(read(thing) for thing in (answer or {}).get(key, []))


def of_ipv4(subnets: list[dict[str, Any]]) -> tuple[Subnet, ...]:
    """The subnets that have IPv4 addresses: EKS takes no others (EKS user guide, network requirements)."""
    return tuple(_subnet(subnet) for subnet in subnets if subnet.get("CidrBlock"))


def _subnet(subnet: dict[str, Any]) -> Subnet:
    return Subnet(
        id=subnet["SubnetId"],
        vpc_id=subnet["VpcId"],
        zone=subnet["AvailabilityZone"],
        zone_id=subnet["AvailabilityZoneId"],
        cidr=subnet["CidrBlock"],
        free_addresses=subnet["AvailableIpAddressCount"],
        state=state(subnet["State"]),
        public_addresses=bool(subnet.get("MapPublicIpOnLaunch")),
        tags=tag_map(subnet),
    )


def route_table(table: dict[str, Any]) -> RouteTable:
    associations = table.get("Associations", [])
    return RouteTable(
        id=table["RouteTableId"],
        main=any(association.get("Main") for association in associations),
        subnets=tuple(association["SubnetId"] for association in associations if _associated(association)),
        routes=tuple(_route(route) for route in table.get("Routes", [])),
        propagating=tuple(gateway["GatewayId"] for gateway in table.get("PropagatingVgws", [])),
        tags=tag_map(table),
    )


def _associated(association: dict[str, Any]) -> bool:
    """Whether a subnet takes its routes from the table, or will in a moment."""
    state = association.get("AssociationState", {}).get("State", "associated")
    return bool(association.get("SubnetId")) and state in ("associating", "associated")


def _route(route: dict[str, Any]) -> Route:
    destination = (
        route.get("DestinationCidrBlock")
        or route.get("DestinationIpv6CidrBlock")
        or route.get("DestinationPrefixListId")
    )
    target = next((route[name] for name in TARGETS if route.get(name)), "")
    return Route(destination or "", target, route.get("State", "active") == "active")


def network_acl(acl: dict[str, Any]) -> NetworkAcl:
    return NetworkAcl(
        id=acl["NetworkAclId"],
        subnets=tuple(association["SubnetId"] for association in acl.get("Associations", [])),
        # Entries for IPv6 have another key: the wizard builds for IPv4.
        entries=tuple(_acl_entry(entry) for entry in acl.get("Entries", []) if entry.get("CidrBlock")),
    )


def _acl_entry(entry: dict[str, Any]) -> AclEntry:
    ports = entry.get("PortRange")
    return AclEntry(
        number=int(entry["RuleNumber"]),
        egress=bool(entry["Egress"]),
        allow=entry["RuleAction"] == "allow",
        protocol=str(entry["Protocol"]),
        ports=(int(ports["From"]), int(ports["To"])) if ports else None,
        cidr=entry["CidrBlock"],
    )


def _name_servers(doors: Doors, options: str) -> tuple[str, ...] | Unknown:
    if options == "default":
        # "default" is no set of options at all: instances then ask Amazon's resolver by this address.
        return (LINK_LOCAL,)
    answer = doors.cloud.see("ec2", "DescribeDhcpOptions", DhcpOptionsIds=[options])
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        value["Value"]
        for entry in (answer or {}).get("DhcpOptions", [])
        for configuration in entry.get("DhcpConfigurations", [])
        if configuration["Key"] == "domain-name-servers"
        for value in configuration["Values"]
    )


def _gateway(doors: Doors, profile: Profile, vpc_id: str | None) -> Gateway | Unknown | None:
    connect = connection(profile)
    if connect is None:
        return None
    if not isinstance(connect, VpnGateway):
        return _transit_gateway(doors, connect.transit_gateway, vpc_id)
    if connect.vpn_gateway == "create":
        answer = doors.cloud.see("ec2", "DescribeVpnGateways", Filters=tag_filters(profile.cluster.name, GATEWAY))
    else:
        answer = doors.cloud.see("ec2", "DescribeVpnGateways", VpnGatewayIds=[connect.vpn_gateway])
    if answer is None or isinstance(answer, Unknown):
        return answer
    # One of ours that is being deleted is in nobody's way: it has no name, and it hangs on no VPC any more.
    over = GONE | DELETING if connect.vpn_gateway == "create" else GONE
    gateways = [gateway for gateway in answer["VpnGateways"] if gateway["State"] not in over]
    if not gateways:
        return None
    attachments = [a for a in gateways[0].get("VpcAttachments", []) if a["State"] not in GONE]
    ours = [a for a in attachments if a["VpcId"] == vpc_id]
    others = [a["VpcId"] for a in attachments if a["VpcId"] != vpc_id]
    return Gateway(
        id=gateways[0]["VpnGatewayId"],
        state=state(gateways[0]["State"]),
        attached=state(ours[0]["State"]) if ours else None,
        other_vpc=others[0] if others else None,
        tags=tag_map(gateways[0]),
    )


def _attached(doors: Doors, vpc_id: str) -> tuple[str, ...] | Unknown:
    """The VPN gateways on the VPC; one that is leaving it counts until it is gone."""
    of_vpc = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    answer = doors.cloud.see("ec2", "DescribeVpnGateways", Filters=of_vpc)
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        gateway["VpnGatewayId"]
        for gateway in (answer or {}).get("VpnGateways", [])
        if any(one["VpcId"] == vpc_id and one["State"] not in GONE for one in gateway.get("VpcAttachments", []))
    )


def _transit_gateway(doors: Doors, gateway: str, vpc_id: str | None) -> Gateway | Unknown | None:
    """The transit gateway, and its attachment to the VPC, whoever made it: AWS makes no second one."""
    answer = doors.cloud.see("ec2", "DescribeTransitGateways", TransitGatewayIds=[gateway])
    if answer is None or isinstance(answer, Unknown) or not answer["TransitGateways"]:
        return answer if isinstance(answer, Unknown) else None
    found = Gateway(gateway, state(answer["TransitGateways"][0]["State"]))
    if vpc_id is None:
        return found
    of_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}]
    told = doors.cloud.see("ec2", "DescribeTransitGatewayVpcAttachments", Filters=of_vpc)
    if isinstance(told, Unknown):
        return told
    attachments = (
        replace(found, attached=state(one["State"]), subnets=tuple(one.get("SubnetIds", [])))
        for one in (told or {}).get("TransitGatewayVpcAttachments", [])
        if one["TransitGatewayId"] == gateway and one["State"] not in GONE
    )
    # One that failed is told of for two hours more.
    order = list(State)
    return min(attachments, key=lambda one: order.index(one.attached or State.FAILED), default=found)
