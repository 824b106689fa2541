"""The VPC step: CIDRs, zones, addresses, DNS, and the way to the premises."""

from dataclasses import replace
from typing import Any

import adopted_vpc_cases
import pytest
from article_facts import (
    EMPTY,
    FINISHED,
    GATEWAY,
    HIDDEN,
    MAIN_TABLE,
    SUBNETS,
    TABLE,
    VPC,
    changed,
    ours,
)
from step_cases import Findings, Plans, call_of, changes, checked, shown, wait_of

from wizard.facts import Facts, Gateway, Route, State, Unknown, Zone
from wizard.plan import Ref
from wizard.steps.vpc.observe import route_table

GIVEN = ("vpc.create.connect.vpn_gateway=vgw-0000000000000000a",)
TRANSIT = ("vpc.create.connect.transit_gateway=tgw-0000000000000000a",)
TGW = Gateway("tgw-0000000000000000a", State.USABLE)
ONE_ZONE = ("vpc.create.subnets.1.zone=ap-northeast-1a",)
THREE_ZONES = ("vpc.create.subnets.2={zone: ap-northeast-1d, cidr: 10.110.5.0/24}",)


def vpc(**fields: Any) -> Facts:
    """The finished build with the VPC otherwise."""
    return changed(FINISHED, "vpc", vpc=replace(VPC, **fields))


def gateway(base: Facts, found: Gateway | Unknown | None) -> Facts:
    """These facts with another gateway."""
    return changed(base, "vpc", gateway=found)


def zones(*found: Zone) -> Facts:
    """An empty account with these zones."""
    return replace(EMPTY, account=replace(EMPTY.account, zones=found))


def route(destination: str, *, active: bool = True, target: str = GATEWAY.id) -> Facts:
    """The finished build with another route beside the VPC's own."""
    table = replace(TABLE, routes=(TABLE.routes[0], Route(destination, target, active)))
    return changed(FINISHED, "vpc", route_tables=(MAIN_TABLE, table))


def transit(*subnets: str) -> Facts:
    """The finished build with a transit gateway that is attached in these subnets."""
    table = replace(TABLE, routes=(TABLE.routes[0], Route("10.0.0.0/16", TGW.id)))
    found = replace(TGW, attached=State.USABLE, subnets=subnets)
    return gateway(changed(FINISHED, "vpc", route_tables=(MAIN_TABLE, table)), found)


SOUND = "VPC220 ok vpc.create.subnets"
DNS = "VPC222 ok vpc"

CHECKS = (
    Findings("nothing there", EMPTY, (SOUND,)),
    Findings("all there", FINISHED, (SOUND, DNS)),
    Findings(
        "a subnet outside the VPC",
        EMPTY,
        ("VPC201 stop vpc.create.subnets.1.cidr", SOUND),
        ("vpc.create.subnets.1.cidr=10.111.4.0/24",),
    ),
    Findings(
        "subnets overlap",
        EMPTY,
        ("VPC202 stop vpc.create.subnets", SOUND),
        ("vpc.create.subnets.1.cidr=10.110.3.128/25",),
    ),
    Findings("one zone only", EMPTY, ("VPC203 stop vpc.create.subnets",), ONE_ZONE),
    Findings("three zones", EMPTY, (SOUND,), THREE_ZONES),
    Findings(
        "a zone of another region",
        EMPTY,
        ("VPC204 stop vpc.create.subnets.0.zone",),
        ("vpc.create.subnets.0.zone=us-east-1a",),
    ),
    Findings(
        "a zone without room for control planes, by its id",
        zones(Zone("ap-northeast-1a", "use1-az3"), Zone("ap-northeast-1c", "use1-az4")),
        ("VPC205 stop vpc.create.subnets.0.zone",),
    ),
    Findings(
        "a zone without room for control planes, beside two others",
        zones(
            Zone("ap-northeast-1a", "use1-az3"),
            Zone("ap-northeast-1c", "use1-az4"),
            Zone("ap-northeast-1d", "use1-az5"),
        ),
        ("VPC205 stop vpc.create.subnets.0.zone",),
    ),
    Findings(
        "a local zone, beside two others",
        zones(
            Zone("ap-northeast-1a", "apne1-az4"),
            Zone("ap-northeast-1c", "x", "local-zone"),
            Zone("ap-northeast-1d", "apne1-az2"),
        ),
        ("VPC206 stop vpc.create.subnets.1.zone",),
    ),
    Findings(
        "a local zone",
        zones(Zone("ap-northeast-1a", "apne1-az4"), Zone("ap-northeast-1c", "x", "local-zone")),
        ("VPC206 stop vpc.create.subnets.1.zone",),
    ),
    Findings(
        "the premises are in the VPC",
        EMPTY,
        ("VPC207 stop site.on_premises_cidrs", SOUND),
        ("site.on_premises_cidrs=[10.110.9.0/24]",),
    ),
    Findings(
        "the premises are the VPC's own CIDR",
        EMPTY,
        ("VPC207 stop site.on_premises_cidrs", SOUND),
        ("site.on_premises_cidrs=[10.110.0.0/16]",),
    ),
    Findings(
        "the premises surround the VPC, whose own route is narrower",
        EMPTY,
        ("VPC207 warn site.on_premises_cidrs", SOUND),
        ("site.on_premises_cidrs=[10.0.0.0/8]",),
    ),
    Findings(
        "service addresses in the VPC",
        EMPTY,
        ("VPC208 stop cluster.service_cidr", SOUND),
        ("cluster.service_cidr=10.110.128.0/20",),
    ),
    Findings(
        "service addresses on the premises",
        EMPTY,
        ("VPC209 warn cluster.service_cidr", SOUND),
        ("cluster.service_cidr=10.0.128.0/20",),
    ),
    Findings(
        "a VPC wider than AWS makes",
        EMPTY,
        ("VPC210 stop vpc.create.cidr", SOUND),
        ("vpc.create.cidr=10.96.0.0/12",),
    ),
    Findings(
        "a subnet smaller than AWS makes",
        EMPTY,
        ("VPC210 stop vpc.create.subnets.0.cidr", "VPC211 stop vpc.create.subnets.0.cidr", SOUND),
        ("vpc.create.subnets.0.cidr=10.110.3.0/29",),
    ),
    Findings(
        "a subnet with eleven addresses",
        EMPTY,
        ("VPC212 warn vpc.create.subnets.0.cidr", SOUND),
        ("vpc.create.subnets.0.cidr=10.110.3.0/28",),
    ),
    Findings("a subnet with twenty-seven addresses", EMPTY, (SOUND,), ("vpc.create.subnets.0.cidr=10.110.3.0/27",)),
    Findings(
        "subnets that are there may be full: the cluster has its own, and finds no more for an upgrade",
        changed(
            FINISHED, "vpc", subnets=(replace(SUBNETS[0], free_addresses=0), replace(SUBNETS[1], free_addresses=5))
        ),
        (SOUND, DNS, "VPC271 note vpc"),
    ),
    Findings(
        "two VPCs with our tags",
        changed(EMPTY, "vpc", twins=("vpc-1", "vpc-2")),
        ("VPC213 stop vpc", SOUND),
    ),
    Findings(
        "two subnets with the same tags of ours",
        changed(FINISHED, "vpc", subnets=(*SUBNETS, replace(SUBNETS[0], id="subnet-9"))),
        ("VPC213 stop vpc", SOUND, DNS),
    ),
    Findings(
        "a subnet failed",
        changed(FINISHED, "vpc", subnets=(SUBNETS[0], replace(SUBNETS[1], state=State.FAILED))),
        (SOUND, "VPC236 stop vpc", DNS),
    ),
    Findings(
        "the VPN gateway's attachment is going away",
        gateway(FINISHED, replace(GATEWAY, attached=State.DELETING)),
        (SOUND, "VPC233 note vpc.create.connect", DNS),
    ),
    Findings(
        "the VPN gateway's attachment is going away, and its routes lead nowhere until it is back",
        gateway(route("10.0.0.0/16", active=False), replace(GATEWAY, attached=State.DELETING)),
        (SOUND, "VPC233 note vpc.create.connect", DNS),
    ),
    Findings(
        "the transit gateway's attachment was rejected",
        gateway(FINISHED, replace(TGW, attached=State.FAILED)),
        (SOUND, "VPC223 stop vpc.create.connect", "VPC225 stop vpc.create.connect", DNS),
        TRANSIT,
    ),
    Findings(
        "the transit gateway's attachment has a subnet in each zone",
        transit(*(one.id for one in SUBNETS)),
        (SOUND, DNS),
        TRANSIT,
    ),
    Findings(
        "the transit gateway's attachment lacks a zone",
        transit(SUBNETS[0].id),
        (SOUND, "VPC235 stop vpc.create.connect.transit_gateway", DNS),
        TRANSIT,
    ),
    Findings("our gateway is on the VPC", changed(FINISHED, "vpc", vpn_gateways=(GATEWAY.id,)), (SOUND, DNS)),
    Findings(
        "another gateway is on the VPC",
        gateway(changed(FINISHED, "vpc", vpn_gateways=("vgw-00000000000000009",), route_tables=(MAIN_TABLE,)), None),
        (SOUND, "VPC234 stop vpc.create.connect.vpn_gateway", DNS),
    ),
    Findings(
        "the gateways of the VPC can't be looked at",
        changed(FINISHED, "vpc", vpn_gateways=HIDDEN),
        (SOUND, DNS, "VPC290 unknown vpc.create.connect"),
    ),
    *adopted_vpc_cases.CHECKS,
    Findings(
        "our VPC has another CIDR",
        changed(EMPTY, "vpc", vpc=replace(VPC, cidrs=("10.99.0.0/16",))),
        ("VPC215 stop vpc.create.cidr", SOUND, DNS),
    ),
    Findings(
        "our VPC and its subnets are elsewhere",
        changed(
            vpc(cidrs=("10.99.0.0/16",)),
            "vpc",
            subnets=tuple(replace(one, cidr=one.cidr.replace("10.110", "10.99")) for one in SUBNETS),
        ),
        ("VPC215 stop vpc.create.cidr", SOUND, DNS),
    ),
    Findings(
        "our VPC is wider than the profile says",
        changed(EMPTY, "vpc", vpc=VPC),
        ("VPC215 stop vpc.create.cidr", SOUND, DNS),
        ("vpc.create.cidr=10.110.0.0/17",),
    ),
    Findings("our VPC has a second CIDR too", vpc(cidrs=("10.99.0.0/16", "10.110.0.0/16")), (SOUND, DNS)),
    Findings("the given VPN gateway is not there", EMPTY, ("VPC216 stop vpc.create.connect.vpn_gateway", SOUND), GIVEN),
    Findings("the given VPN gateway is there", gateway(EMPTY, replace(GATEWAY, attached=None)), (SOUND,), GIVEN),
    Findings(
        "the given transit gateway is not there",
        EMPTY,
        ("VPC217 stop vpc.create.connect.transit_gateway", SOUND),
        TRANSIT,
    ),
    Findings("the given transit gateway is there", gateway(EMPTY, TGW), (SOUND,), TRANSIT),
    Findings(
        "the VPN gateway is on another VPC",
        gateway(EMPTY, replace(GATEWAY, attached=None, other_vpc="vpc-9")),
        ("VPC218 stop vpc.create.connect.vpn_gateway", SOUND),
        GIVEN,
    ),
    Findings(
        "the route to the premises is a black hole",
        route("10.0.0.0/16", active=False),
        ("VPC219 stop vpc.create.connect", SOUND, DNS),
    ),
    Findings(
        "the route to the premises leads elsewhere",
        route("10.0.0.0/16", target="eni-00000000000000001"),
        (SOUND, "VPC225 stop vpc.create.connect", DNS),
    ),
    Findings(
        "a subnet of ours stands in another zone",
        changed(FINISHED, "vpc", subnets=(replace(SUBNETS[0], zone="ap-northeast-1d"), *SUBNETS[1:])),
        ("VPC224 stop vpc.create.subnets", SOUND, DNS),
    ),
    Findings("another route is a black hole", route("10.77.0.0/16", active=False), (SOUND, DNS)),
    Findings(
        "name servers of the company's only",
        vpc(domain_name_servers=("10.0.0.53",)),
        (SOUND, "VPC221 stop vpc", DNS),
    ),
    Findings(
        "name servers of the company's beside Amazon's",
        vpc(domain_name_servers=("AmazonProvidedDNS", "10.0.0.53")),
        (SOUND, DNS),
    ),
    Findings("DHCP options without a name server", vpc(domain_name_servers=()), (SOUND, "VPC221 stop vpc", DNS)),
    Findings("Amazon's DNS by its address in the VPC", vpc(domain_name_servers=("10.110.0.2",)), (SOUND, DNS)),
    Findings("Amazon's DNS by its local address", vpc(domain_name_servers=("169.254.169.253",)), (SOUND, DNS)),
    Findings("host names are off", vpc(dns_hostnames=False), (SOUND,)),
    Findings("resolution is off", vpc(dns_support=False), (SOUND,)),
    Findings("an attribute can't be looked at", vpc(dns_hostnames=HIDDEN), (SOUND, "VPC290 unknown vpc")),
    Findings("name servers can't be looked at", vpc(domain_name_servers=HIDDEN), (SOUND, DNS, "VPC290 unknown vpc")),
    Findings("the VPC can't be looked at", changed(EMPTY, "vpc", vpc=HIDDEN), (SOUND, "VPC290 unknown vpc")),
    Findings(
        "subnets and route tables can't be looked at",
        changed(FINISHED, "vpc", subnets=HIDDEN, route_tables=HIDDEN),
        (SOUND, DNS, "VPC290 unknown vpc", "VPC290 unknown vpc"),
    ),
    Findings(
        "the gateway can't be looked at", gateway(EMPTY, HIDDEN), (SOUND, "VPC290 unknown vpc.create.connect"), GIVEN
    ),
    Findings(
        "the zones can't be looked at",
        replace(EMPTY, account=replace(EMPTY.account, zones=HIDDEN)),
        ("VPC290 unknown vpc.create.subnets",),
    ),
)

MAKE_VPC = (
    "vpc create ec2.CreateVpc",
    "vpc.dns-support modify ec2.ModifyVpcAttribute < vpc",
    "vpc.dns-hostnames modify ec2.ModifyVpcAttribute < vpc vpc.dns-support",
    "vpc.subnet.10.110.3.0/24 create ec2.CreateSubnet < vpc",
    "vpc.subnet.10.110.4.0/24 create ec2.CreateSubnet < vpc",
    "vpc.route-table create ec2.CreateRouteTable < vpc",
    "vpc.route-table.association.10.110.3.0/24 create ec2.AssociateRouteTable"
    " < vpc.route-table vpc.subnet.10.110.3.0/24",
    "vpc.route-table.association.10.110.4.0/24 create ec2.AssociateRouteTable"
    " < vpc.route-table vpc.subnet.10.110.4.0/24",
)
MAKE_GATEWAY = (
    "vpc.vpn-gateway create ec2.CreateVpnGateway",
    "vpc.vpn-gateway.attachment create ec2.AttachVpnGateway < vpc vpc.vpn-gateway",
    "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.route-table vpc.vpn-gateway vpc.vpn-gateway.attachment",
)

ATTACH = "vpc.vpn-gateway.attachment create ec2.AttachVpnGateway"
UNROUTED = changed(FINISHED, "vpc", route_tables=(MAIN_TABLE, replace(TABLE, routes=TABLE.routes[:1])))

PLANS = (
    Plans("nothing there", EMPTY, (*MAKE_VPC, *MAKE_GATEWAY)),
    Plans("all there", FINISHED, ()),
    *adopted_vpc_cases.PLANS,
    Plans(
        "the VPC alone, as AWS makes it",
        changed(EMPTY, "vpc", vpc=replace(VPC, dns_hostnames=False), route_tables=(MAIN_TABLE,)),
        (
            "vpc.dns-hostnames modify ec2.ModifyVpcAttribute < vpc.dns-support",
            "vpc.subnet.10.110.3.0/24 create ec2.CreateSubnet",
            "vpc.subnet.10.110.4.0/24 create ec2.CreateSubnet",
            "vpc.route-table create ec2.CreateRouteTable",
            "vpc.route-table.association.10.110.3.0/24 create ec2.AssociateRouteTable"
            " < vpc.route-table vpc.subnet.10.110.3.0/24",
            "vpc.route-table.association.10.110.4.0/24 create ec2.AssociateRouteTable"
            " < vpc.route-table vpc.subnet.10.110.4.0/24",
            "vpc.vpn-gateway create ec2.CreateVpnGateway",
            "vpc.vpn-gateway.attachment create ec2.AttachVpnGateway < vpc.vpn-gateway",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.route-table vpc.vpn-gateway vpc.vpn-gateway.attachment",
        ),
    ),
    Plans("the VPC is under way", vpc(state=State.UNDER_WAY), ("vpc wait nothing",)),
    Plans("resolution is off", vpc(dns_support=False), ("vpc.dns-support modify ec2.ModifyVpcAttribute",)),
    Plans(
        "host names are off",
        vpc(dns_hostnames=False),
        ("vpc.dns-hostnames modify ec2.ModifyVpcAttribute < vpc.dns-support",),
    ),
    Plans("what can't be looked at is not changed", vpc(dns_support=HIDDEN, dns_hostnames=HIDDEN), ()),
    Plans(
        "one subnet is missing",
        changed(
            FINISHED, "vpc", subnets=SUBNETS[:1], route_tables=(MAIN_TABLE, replace(TABLE, subnets=(SUBNETS[0].id,)))
        ),
        (
            "vpc.subnet.10.110.4.0/24 create ec2.CreateSubnet",
            "vpc.route-table.association.10.110.4.0/24 create ec2.AssociateRouteTable < vpc.subnet.10.110.4.0/24",
        ),
    ),
    Plans(
        "one subnet is under way",
        changed(FINISHED, "vpc", subnets=(SUBNETS[0], replace(SUBNETS[1], state=State.UNDER_WAY))),
        ("vpc.subnet.10.110.4.0/24 wait nothing",),
    ),
    Plans(
        "one association is missing",
        changed(FINISHED, "vpc", route_tables=(MAIN_TABLE, replace(TABLE, subnets=(SUBNETS[1].id,)))),
        ("vpc.route-table.association.10.110.3.0/24 create ec2.AssociateRouteTable",),
    ),
    Plans(
        "the route table is missing, the gateway is attached",
        changed(FINISHED, "vpc", route_tables=(MAIN_TABLE,)),
        (
            "vpc.route-table create ec2.CreateRouteTable",
            "vpc.route-table.association.10.110.3.0/24 create ec2.AssociateRouteTable < vpc.route-table",
            "vpc.route-table.association.10.110.4.0/24 create ec2.AssociateRouteTable < vpc.route-table",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.route-table",
        ),
    ),
    Plans("one route is missing", UNROUTED, ("vpc.route.10.0.0.0/16 create ec2.CreateRoute",)),
    Plans(
        "a network more on the premises",
        FINISHED,
        ("vpc.route.192.168.0.0/24 create ec2.CreateRoute",),
        ("site.on_premises_cidrs=[10.0.0.0/16, 192.168.0.0/24]",),
    ),
    Plans(
        "the gateway is there but not attached",
        gateway(UNROUTED, replace(GATEWAY, attached=None)),
        (ATTACH, "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.vpn-gateway.attachment"),
    ),
    Plans(
        "the gateway is being attached",
        gateway(UNROUTED, replace(GATEWAY, attached=State.UNDER_WAY)),
        (
            "vpc.vpn-gateway.attachment wait nothing",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.vpn-gateway.attachment",
        ),
    ),
    Plans(
        "a given VPN gateway",
        gateway(EMPTY, replace(GATEWAY, id="vgw-0000000000000000a", attached=None)),
        (
            *MAKE_VPC,
            "vpc.vpn-gateway.attachment create ec2.AttachVpnGateway < vpc",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.route-table vpc.vpn-gateway.attachment",
        ),
        GIVEN,
    ),
    Plans(
        "a transit gateway",
        gateway(EMPTY, TGW),
        (
            *MAKE_VPC,
            "vpc.transit-gateway.attachment create ec2.CreateTransitGatewayVpcAttachment"
            " < vpc vpc.subnet.10.110.3.0/24 vpc.subnet.10.110.4.0/24",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.route-table vpc.transit-gateway.attachment",
        ),
        TRANSIT,
    ),
    Plans(
        "the transit gateway's owner has not accepted yet",
        gateway(UNROUTED, replace(TGW, attached=State.UNDER_WAY)),
        (
            "vpc.transit-gateway.attachment wait nothing",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.transit-gateway.attachment",
        ),
        TRANSIT,
    ),
    Plans(
        "the VPN gateway's attachment is going away",
        gateway(UNROUTED, replace(GATEWAY, attached=State.DELETING)),
        (
            "vpc.vpn-gateway.attachment.gone wait nothing",
            "vpc.vpn-gateway.attachment create ec2.AttachVpnGateway < vpc.vpn-gateway.attachment.gone",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.vpn-gateway.attachment",
        ),
    ),
    Plans(
        "the transit gateway's attachment is being deleted",
        gateway(UNROUTED, replace(TGW, attached=State.DELETING)),
        (
            "vpc.transit-gateway.attachment.gone wait nothing",
            "vpc.transit-gateway.attachment create ec2.CreateTransitGatewayVpcAttachment"
            " < vpc.transit-gateway.attachment.gone",
            "vpc.route.10.0.0.0/16 create ec2.CreateRoute < vpc.transit-gateway.attachment",
        ),
        TRANSIT,
    ),
    Plans(
        "the transit gateway is attached",
        gateway(UNROUTED, replace(TGW, attached=State.USABLE)),
        ("vpc.route.10.0.0.0/16 create ec2.CreateRoute",),
        TRANSIT,
    ),
    Plans(
        "three zones",
        EMPTY,
        (
            *MAKE_VPC[:5],
            "vpc.subnet.10.110.5.0/24 create ec2.CreateSubnet < vpc",
            *MAKE_VPC[5:],
            "vpc.route-table.association.10.110.5.0/24 create ec2.AssociateRouteTable"
            " < vpc.route-table vpc.subnet.10.110.5.0/24",
            *MAKE_GATEWAY,
        ),
        THREE_ZONES,
    ),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("vpc", case) == tuple(sorted(case.found))


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_plan(case: Plans) -> None:
    assert shown(changes("vpc", case)) == case.changes


def tags_of(call: Any, resource_type: str) -> dict[str, str]:
    (specification,) = call.params["TagSpecifications"]
    assert specification["ResourceType"] == resource_type
    return {tag["Key"]: tag["Value"] for tag in specification["Tags"]}


@pytest.mark.parametrize(
    ("change", "resource_type"),
    [
        ("vpc", "vpc"),
        ("vpc.subnet.10.110.3.0/24", "subnet"),
        ("vpc.route-table", "route-table"),
        ("vpc.vpn-gateway", "vpn-gateway"),
    ],
)
def test_things_are_tagged_in_the_call_that_makes_them(change: str, resource_type: str) -> None:
    call = call_of("vpc", change, Plans("", EMPTY, (), ("tags.Department=network", "tags.Name=mine")))
    tags = tags_of(call, resource_type)
    assert tags.items() >= {**ours(change), "Department": "network"}.items()
    assert tags["Name"] != "mine"


def test_a_transit_gateway_attachment_is_tagged_too() -> None:
    call = call_of("vpc", "vpc.transit-gateway.attachment", Plans("", gateway(EMPTY, TGW), (), TRANSIT))
    tags = tags_of(call, "transit-gateway-attachment")
    assert tags == {**ours("vpc.transit-gateway.attachment"), "Name": "eksCluster"}


def test_subnets_carry_what_load_balancers_look_for() -> None:
    tags = tags_of(call_of("vpc", "vpc.subnet.10.110.4.0/24", Plans("", EMPTY, ())), "subnet")
    assert tags["kubernetes.io/role/internal-elb"] == "1"
    assert tags["kubernetes.io/cluster/eksCluster"] == "shared"
    assert tags["Name"] == "eksCluster-ap-northeast-1c"


def test_a_subnet_lies_in_its_zone() -> None:
    params = dict(call_of("vpc", "vpc.subnet.10.110.4.0/24", Plans("", EMPTY, ())).params)
    del params["TagSpecifications"]
    assert params == {
        "VpcId": Ref("vpc", "Vpcs[0].VpcId"),
        "CidrBlock": "10.110.4.0/24",
        "AvailabilityZone": "ap-northeast-1c",
    }


@pytest.mark.parametrize(
    ("change", "attribute"), [("vpc.dns-support", "EnableDnsSupport"), ("vpc.dns-hostnames", "EnableDnsHostnames")]
)
def test_each_dns_attribute_is_a_call_of_its_own(change: str, attribute: str) -> None:
    case = Plans("", vpc(dns_support=False, dns_hostnames=False), ())
    assert call_of("vpc", change, case).params == {"VpcId": VPC.id, attribute: {"Value": True}}
    read = wait_of("vpc", change, case).read
    assert read.params == {"VpcId": VPC.id, "Attribute": attribute[0].lower() + attribute[1:]}


def test_a_transit_gateway_takes_one_subnet_of_each_zone() -> None:
    settings = (*TRANSIT, "vpc.create.subnets.2={zone: ap-northeast-1a, cidr: 10.110.5.0/24}")
    params = call_of("vpc", "vpc.transit-gateway.attachment", Plans("", gateway(EMPTY, TGW), (), settings)).params
    assert params["SubnetIds"] == [
        Ref("vpc.subnet.10.110.3.0/24", "Subnets[0].SubnetId"),
        Ref("vpc.subnet.10.110.4.0/24", "Subnets[0].SubnetId"),
    ]


@pytest.mark.parametrize(
    ("facts", "settings", "target"),
    [
        (UNROUTED, (), {"GatewayId": GATEWAY.id}),
        (EMPTY, GIVEN, {"GatewayId": "vgw-0000000000000000a"}),
        (gateway(EMPTY, TGW), TRANSIT, {"TransitGatewayId": "tgw-0000000000000000a"}),
    ],
)
def test_a_route_leads_to_the_gateway(facts: Facts, settings: tuple[str, ...], target: dict[str, str]) -> None:
    params = dict(call_of("vpc", "vpc.route.10.0.0.0/16", Plans("", facts, (), settings)).params)
    assert params.pop("DestinationCidrBlock") == "10.0.0.0/16"
    del params["RouteTableId"]
    assert params == target


@pytest.mark.parametrize(
    ("state", "there"),
    [(None, True), ("associating", True), ("associated", True), ("disassociating", False), ("failed", False)],
)
def test_an_association_that_is_going_is_none(state: str | None, there: bool) -> None:
    association = {"SubnetId": "subnet-1"} | ({"AssociationState": {"State": state}} if state else {})
    assert bool(route_table({"RouteTableId": "rtb-1", "Associations": [association]}).subnets) is there
