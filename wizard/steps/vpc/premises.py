"""Plans the way to the premises: the gateway, its attachment to the VPC, and the routes of the nodes' tables."""

from collections.abc import Iterator
from dataclasses import replace

from wizard.answer_types import Create, VpnGateway
from wizard.facts import Facts, Gateway, RouteTable, State, known
from wizard.network import Id, Network, connection
from wizard.packets import leads_to_premises
from wizard.plan import Call, Change, Ref, Wait, tag_filters, tag_specifications, tags
from wizard.profile import Profile

GATEWAY = "vpc.vpn-gateway"
GATEWAY_ATTACHMENT = "vpc.vpn-gateway.attachment"
TRANSIT_ATTACHMENT = "vpc.transit-gateway.attachment"


def route_change(profile: Profile, cidr: str, table: Id) -> str:
    """The id of the change that routes a network of the premises, from our own table or from one that was there."""
    return f"vpc.route.{cidr}" if isinstance(profile.vpc, Create) else f"vpc.route.{table}.{cidr}"


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """What is missing of the way: nothing where the profile takes it as it stands."""
    connect = connection(profile)
    if connect is None:
        return
    gateway = facts.vpc.gateway if known(facts.vpc.gateway) else None
    if isinstance(connect, VpnGateway):
        yield from _vpn_gateway(profile, connect, gateway, network)
        target: dict[str, Id] = {"GatewayId": _gateway_id(connect, gateway)}
        attachment = GATEWAY_ATTACHMENT
    else:
        yield from _transit_attachment(profile, connect.transit_gateway, gateway, network)
        target = {"TransitGatewayId": connect.transit_gateway}
        attachment = TRANSIT_ATTACHMENT
    attached = gateway is not None and gateway.attached is State.USABLE
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    for table in network.route_tables:
        seen = next((one for one in tables if one.id == table), None)
        for cidr in unrouted(profile, seen):
            yield Change(
                route_change(profile, cidr, table),
                "vpc",
                "create",
                Call("ec2", "CreateRoute", {"RouteTableId": table, "DestinationCidrBlock": cidr, **target}),
                Wait(
                    Call("ec2", "DescribeRouteTables", {"RouteTableIds": [table]}),
                    f"RouteTables[].Routes[] | [?DestinationCidrBlock=='{cidr}' && State=='active']"
                    ".DestinationCidrBlock",
                ),
                after=() if attached else (attachment,),
            )


def unrouted(profile: Profile, table: RouteTable | None) -> tuple[str, ...]:
    """The networks of the premises to which the table (None: one to be made) gets a route.

    A table of the company's may lead there by a wider route, or by those that the gateway propagates.
    """
    cidrs = tuple(map(str, profile.site.on_premises_cidrs))
    if table is None:
        return cidrs
    there = {route.destination for route in table.routes}
    own = isinstance(profile.vpc, Create)
    return tuple(cidr for cidr in cidrs if cidr not in there and (own or not leads_to_premises(table.routes, cidr)))


def _gateway_id(connect: VpnGateway, gateway: Gateway | None) -> Id:
    if gateway is not None:
        return gateway.id
    if connect.vpn_gateway != "create":
        return connect.vpn_gateway
    return Ref(GATEWAY, "VpnGateways[?State!='deleted'] | [0].VpnGatewayId")


def _vpn_gateway(profile: Profile, connect: VpnGateway, gateway: Gateway | None, network: Network) -> Iterator[Change]:
    cluster = profile.cluster.name
    gateway_id = _gateway_id(connect, gateway)
    if gateway is None and connect.vpn_gateway == "create":
        yield Change(
            GATEWAY,
            "vpc",
            "create",
            Call(
                "ec2",
                "CreateVpnGateway",
                {
                    "Type": "ipsec.1",
                    "TagSpecifications": tag_specifications(
                        "vpn-gateway", tags(cluster, GATEWAY, profile.tags, Name=cluster)
                    ),
                },
            ),
            Wait(
                Call("ec2", "DescribeVpnGateways", {"Filters": tag_filters(cluster, GATEWAY)}),
                "VpnGateways[?State!='deleted' && State!='deleting'].VpnGatewayId",
                ready="VpnGateways[?State!='deleted' && State!='deleting'] | [0].State=='available'",
            ),
        )
    there = Wait(
        Call(
            "ec2",
            "DescribeVpnGateways",
            {
                "VpnGatewayIds": [gateway_id],
                "Filters": [{"Name": "attachment.vpc-id", "Values": [network.vpc]}],
            },
        ),
        "VpnGateways[].VpcAttachments[] | [?State=='attaching' || State=='attached'].VpcId",
        ready="VpnGateways[].VpcAttachments[] | [?State=='attached'] | length(@) > `0`",
        usual=30,
        limit=600,
    )
    if gateway is None or gateway.attached in (None, State.DELETING):
        leaving = "VpnGateways[].VpcAttachments[] | [?State=='detaching'].VpcId"
        gone = tuple(_leaving(GATEWAY_ATTACHMENT, gateway, replace(there, items=leaving, ready=None, gone=True)))
        yield from gone
        call = Call("ec2", "AttachVpnGateway", {"VpcId": network.vpc, "VpnGatewayId": gateway_id})
        yield Change(GATEWAY_ATTACHMENT, "vpc", "create", call, there, tuple(change.id for change in gone))
    elif gateway.attached is State.UNDER_WAY:
        yield Change(GATEWAY_ATTACHMENT, "vpc", "wait", None, there)


def _transit_attachment(profile: Profile, transit: str, gateway: Gateway | None, network: Network) -> Iterator[Change]:
    cluster = profile.cluster.name
    of_vpc = [{"Name": "vpc-id", "Values": [network.vpc]}]
    # What stands may be anybody's; of what is made here the tags tell.
    ours = tag_filters(cluster, TRANSIT_ATTACHMENT) if gateway is None or gateway.attached is None else []
    here = f"TransitGatewayVpcAttachments[?TransitGatewayId=='{transit}' && State!='deleted' && State!='deleting']"
    there = Wait(
        Call("ec2", "DescribeTransitGatewayVpcAttachments", {"Filters": [*of_vpc, *ours]}),
        f"{here}.TransitGatewayAttachmentId",
        # pendingAcceptance is waited for as well: the owner of the transit gateway has to accept.
        ready=f"{here} | [0].State=='available'",
        failed=f'{here} | [0] | contains(`["failing","failed","rejecting","rejected"]`, State)',
        usual=60,
        limit=1800,
    )
    if gateway is None or gateway.attached in (None, State.DELETING):
        leaving = (
            f"TransitGatewayVpcAttachments[?TransitGatewayId=='{transit}' && State=='deleting']"
            ".TransitGatewayAttachmentId"
        )
        left = replace(there, items=leaving, ready=None, failed=None, gone=True)
        gone = tuple(_leaving(TRANSIT_ATTACHMENT, gateway, left))
        yield from gone
        zones: dict[str, Id] = {}
        for subnet in network.subnets:
            zones.setdefault(subnet.zone, subnet.id)
        yield Change(
            TRANSIT_ATTACHMENT,
            "vpc",
            "create",
            Call(
                "ec2",
                "CreateTransitGatewayVpcAttachment",
                {
                    "TransitGatewayId": transit,
                    "VpcId": network.vpc,
                    "SubnetIds": list(zones.values()),
                    "TagSpecifications": tag_specifications(
                        "transit-gateway-attachment", tags(cluster, TRANSIT_ATTACHMENT, profile.tags, Name=cluster)
                    ),
                },
            ),
            there,
            tuple(change.id for change in gone),
        )
    elif gateway.attached is State.UNDER_WAY:
        yield Change(TRANSIT_ATTACHMENT, "vpc", "wait", None, there)


def _leaving(attachment: str, gateway: Gateway | None, wait: Wait) -> Iterator[Change]:
    """The wait for an attachment that somebody is taking away: until then AWS makes no other to this VPC."""
    if gateway is not None and gateway.attached is State.DELETING:
        yield Change(f"{attachment}.gone", "vpc", "wait", None, wait)
