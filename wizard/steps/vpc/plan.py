"""Plans the VPC, its subnets, its route table and the way to the premises."""

from collections.abc import Iterator

from wizard.answer_types import Create
from wizard.facts import Facts, State, Subnet, known
from wizard.network import ROUTE_TABLE, VPC, Id, Network, NetworkSubnet, has_place, subnet_change
from wizard.plan import Call, Change, Ref, Wait, tag_filters, tag_list, tag_specifications, tags
from wizard.profile import Profile
from wizard.steps.vpc import premises

DNS_SUPPORT = "vpc.dns-support"
DNS_HOSTNAMES = "vpc.dns-hostnames"
# By this tag load balancers for the inside find their subnets.
INTERNAL_ELB = "kubernetes.io/role/internal-elb"


def association_change(cidr: str) -> str:
    """The id of the change that puts the subnet of this CIDR on our route table."""
    return f"vpc.route-table.association.{cidr}"


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """What is missing of the VPC that the profile describes, or of one that it uses."""
    if not has_place(profile, facts):
        return
    yield from _vpc(profile, facts, network)
    if isinstance(profile.vpc, Create):
        yield from _subnets(profile, facts, network)
        yield from _table(profile, network.route_tables[0], network.vpc)
        yield from _associations(facts, network)
    else:
        yield from _subnet_tags(profile, facts, network)
    yield from premises.plan(profile, facts, network)


def missing_tags(profile: Profile, subnet: Subnet) -> dict[str, str]:
    """The tags by which Kubernetes finds a subnet, and this one lacks. A value that somebody chose is left as it is."""
    return {key: value for key, value in _kubernetes_tags(profile).items() if key not in subnet.tags}


def _kubernetes_tags(profile: Profile) -> dict[str, str]:
    # Old controllers ask for the second as well.
    return {INTERNAL_ELB: "1", f"kubernetes.io/cluster/{profile.cluster.name}": "shared"}


def _subnet_tags(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    seen = {subnet.id: subnet for subnet in facts.vpc.subnets} if known(facts.vpc.subnets) else {}
    for subnet in network.subnets:
        missing = missing_tags(profile, seen[str(subnet.id)])
        if missing:
            tagged = [{"Name": f"tag:{key}", "Values": [value]} for key, value in missing.items()]
            yield Change(
                f"vpc.subnet-tags.{subnet.id}",
                "vpc",
                "modify",
                Call("ec2", "CreateTags", {"Resources": [subnet.id], "Tags": tag_list(missing)}),
                Wait(
                    Call("ec2", "DescribeSubnets", {"SubnetIds": [subnet.id], "Filters": tagged}),
                    "Subnets[].SubnetId",
                ),
            )


def _table(profile: Profile, route_table: Id, vpc: Id) -> Iterator[Change]:
    cluster = profile.cluster.name
    if isinstance(route_table, Ref):
        named = tags(cluster, ROUTE_TABLE, profile.tags, Name=f"{cluster}-nodes")
        yield Change(
            ROUTE_TABLE,
            "vpc",
            "create",
            Call(
                "ec2",
                "CreateRouteTable",
                {"VpcId": vpc, "TagSpecifications": tag_specifications("route-table", named)},
            ),
            Wait(
                Call("ec2", "DescribeRouteTables", {"Filters": tag_filters(cluster, ROUTE_TABLE)}),
                "RouteTables[].RouteTableId",
            ),
        )


def _vpc(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    cluster = profile.cluster.name
    vpc = facts.vpc.vpc
    own = isinstance(profile.vpc, Create)
    there = Wait(
        Call("ec2", "DescribeVpcs", {"Filters": tag_filters(cluster, VPC)} if own else {"VpcIds": [network.vpc]}),
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
            subnet_tags = {**_kubernetes_tags(profile), "Name": f"{cluster}-{subnet.zone}"}
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
    for subnet in network.subnets:
        table = next((table for table in tables if table.id == subnet.route_table), None)
        if table is None or subnet.id not in table.subnets:
            yield _association(subnet)


def _association(subnet: NetworkSubnet) -> Change:
    return Change(
        association_change(subnet.cidr),
        "vpc",
        "create",
        Call("ec2", "AssociateRouteTable", {"RouteTableId": subnet.route_table, "SubnetId": subnet.id}),
        Wait(
            Call(
                "ec2",
                "DescribeRouteTables",
                {
                    "RouteTableIds": [subnet.route_table],
                    "Filters": [{"Name": "association.subnet-id", "Values": [subnet.id]}],
                },
            ),
            "RouteTables[].RouteTableId",
        ),
    )
