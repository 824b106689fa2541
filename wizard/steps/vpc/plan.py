"""Plans the VPC, its subnets, its route table and the way to the premises."""

from collections.abc import Iterator

from wizard.answer_types import Create, TransitGateway, VpnGateway
from wizard.facts import Facts, Gateway, State, Subnet, known
from wizard.network import ROUTE_TABLE, VPC, Id, Network, subnet_change
from wizard.plan import Call, Change, Ref, Wait, tag_filters, tag_specifications, tags
from wizard.profile import Profile

DNS_SUPPORT = "vpc.dns-support"
DNS_HOSTNAMES = "vpc.dns-hostnames"
GATEWAY = "vpc.vpn-gateway"
GATEWAY_ATTACHMENT = "vpc.vpn-gateway.attachment"
TRANSIT_ATTACHMENT = "vpc.transit-gateway.attachment"


def route_change(cidr: str) -> str:
    """The id of the change that routes a network of the premises."""
    return f"vpc.route.{cidr}"


def association_change(cidr: str) -> str:
    """The id of the change that puts the subnet of this CIDR on our route table."""
    return f"vpc.route-table.association.{cidr}"


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """What is missing of the VPC that the profile describes. A VPC that exists is not changed here."""
    if not isinstance(profile.vpc, Create):
        return
    cluster = profile.cluster.name
    yield from _vpc(profile, facts, network)
    yield from _subnets(profile, facts, network)
    if isinstance(network.route_table, Ref):
        yield Change(
            ROUTE_TABLE,
            "vpc",
            "create",
            Call(
                "ec2",
                "CreateRouteTable",
                {
                    "VpcId": network.vpc,
                    "TagSpecifications": tag_specifications(
                        "route-table", tags(cluster, ROUTE_TABLE, profile.tags, Name=f"{cluster}-nodes")
                    ),
                },
            ),
            Wait(
                Call("ec2", "DescribeRouteTables", {"Filters": tag_filters(cluster, ROUTE_TABLE)}),
                "RouteTables[].RouteTableId",
            ),
        )
    yield from _associations(facts, network)
    yield from _gateway(profile, profile.vpc.create.connect, facts, network)


def _vpc(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    cluster = profile.cluster.name
    vpc = facts.vpc.vpc
    there = Wait(
        Call("ec2", "DescribeVpcs", {"Filters": tag_filters(cluster, VPC)}),
        "Vpcs[].VpcId",
        ready="Vpcs[0].State=='available'",
    )
    if not known(vpc):
        action = Call(
            "ec2",
            "CreateVpc",
            {
                "CidrBlock": network.cidrs[0],
                "TagSpecifications": tag_specifications("vpc", tags(cluster, VPC, profile.tags, Name=cluster)),
            },
        )
        yield Change(VPC, "vpc", "create", action, there)
    elif vpc.state is State.UNDER_WAY:
        yield Change(VPC, "vpc", "wait", None, there)
    for change, attribute, answer, before in (
        (DNS_SUPPORT, "EnableDnsSupport", vpc.dns_support if known(vpc) else False, ()),
        # AWS refuses host names while resolution is off.
        (DNS_HOSTNAMES, "EnableDnsHostnames", vpc.dns_hostnames if known(vpc) else False, (DNS_SUPPORT,)),
    ):
        if answer is False:
            name = attribute[0].lower() + attribute[1:]
            yield Change(
                change,
                "vpc",
                "modify",
                Call("ec2", "ModifyVpcAttribute", {"VpcId": network.vpc, attribute: {"Value": True}}),
                Wait(
                    Call("ec2", "DescribeVpcAttribute", {"VpcId": network.vpc, "Attribute": name}),
                    f"[{attribute}][?Value].Value",
                ),
                after=before,
            )


def _subnets(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    cluster = profile.cluster.name
    seen = {subnet.id: subnet for subnet in facts.vpc.subnets} if known(facts.vpc.subnets) else {}
    for subnet in network.subnets:
        change = subnet_change(subnet.cidr)
        there = Wait(
            Call("ec2", "DescribeSubnets", {"Filters": tag_filters(cluster, change)}),
            "Subnets[].SubnetId",
            ready="Subnets[0].State=='available'",
        )
        existing: Subnet | None = seen.get(subnet.id) if isinstance(subnet.id, str) else None
        if existing is None:
            subnet_tags = {
                # Load balancers for the inside find their subnets by the first; old controllers ask for the second.
                "kubernetes.io/role/internal-elb": "1",
                f"kubernetes.io/cluster/{cluster}": "shared",
                "Name": f"{cluster}-{subnet.zone}",
            }
            yield Change(
                change,
                "vpc",
                "create",
                Call(
                    "ec2",
                    "CreateSubnet",
                    {
                        "VpcId": network.vpc,
                        "CidrBlock": subnet.cidr,
                        "AvailabilityZone": subnet.zone,
                        "TagSpecifications": tag_specifications(
                            "subnet", tags(cluster, change, profile.tags, **subnet_tags)
                        ),
                    },
                ),
                there,
            )
        elif existing.state is State.UNDER_WAY:
            yield Change(change, "vpc", "wait", None, there)


def _associations(facts: Facts, network: Network) -> Iterator[Change]:
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    ours = next((table for table in tables if table.id == network.route_table), None)
    for subnet in network.subnets:
        if ours is None or subnet.id not in ours.subnets:
            yield Change(
                association_change(subnet.cidr),
                "vpc",
                "create",
                Call("ec2", "AssociateRouteTable", {"RouteTableId": network.route_table, "SubnetId": subnet.id}),
                Wait(
                    Call(
                        "ec2",
                        "DescribeRouteTables",
                        {
                            "RouteTableIds": [network.route_table],
                            "Filters": [{"Name": "association.subnet-id", "Values": [subnet.id]}],
                        },
                    ),
                    "RouteTables[].RouteTableId",
                ),
            )


def _gateway(
    profile: Profile, connect: VpnGateway | TransitGateway, facts: Facts, network: Network
) -> Iterator[Change]:
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
    ours = next((table for table in tables if table.id == network.route_table), None)
    routed = {route.destination for route in ours.routes} if ours else set()
    for cidr in map(str, profile.site.on_premises_cidrs):
        if cidr not in routed:
            yield Change(
                route_change(cidr),
                "vpc",
                "create",
                Call(
                    "ec2",
                    "CreateRoute",
                    {
                        "RouteTableId": network.route_table,
                        "DestinationCidrBlock": cidr,
                        **target,
                    },
                ),
                Wait(
                    Call("ec2", "DescribeRouteTables", {"RouteTableIds": [network.route_table]}),
                    f"RouteTables[].Routes[] | [?DestinationCidrBlock=='{cidr}' && State=='active']"
                    ".DestinationCidrBlock",
                ),
                after=() if attached else (attachment,),
            )


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
    if gateway is None or gateway.attached is None:
        call = Call("ec2", "AttachVpnGateway", {"VpcId": network.vpc, "VpnGatewayId": gateway_id})
        yield Change(GATEWAY_ATTACHMENT, "vpc", "create", call, there)
    elif gateway.attached is State.UNDER_WAY:
        yield Change(GATEWAY_ATTACHMENT, "vpc", "wait", None, there)


def _transit_attachment(profile: Profile, transit: str, gateway: Gateway | None, network: Network) -> Iterator[Change]:
    cluster = profile.cluster.name
    filters = [{"Name": "vpc-id", "Values": [network.vpc]}, *tag_filters(cluster, TRANSIT_ATTACHMENT)]
    there = Wait(
        Call("ec2", "DescribeTransitGatewayVpcAttachments", {"Filters": filters}),
        "TransitGatewayVpcAttachments[?State!='deleted' && State!='deleting'].TransitGatewayAttachmentId",
        # pendingAcceptance is waited for as well: the owner of the transit gateway has to accept.
        ready="TransitGatewayVpcAttachments[?State!='deleted' && State!='deleting'] | [0].State=='available'",
        failed="TransitGatewayVpcAttachments[?State!='deleted' && State!='deleting'] | [0]"
        ' | contains(`["failing","failed","rejecting","rejected"]`, State)',
        usual=60,
        limit=1800,
    )
    if gateway is None or gateway.attached is None:
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
        )
    elif gateway.attached is State.UNDER_WAY:
        yield Change(TRANSIT_ATTACHMENT, "vpc", "wait", None, there)
