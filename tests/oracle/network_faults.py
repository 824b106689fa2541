"""Faults of the network: endpoints, security groups, network ACLs, routes, DNS."""

import json
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from oracle.faults import any_cidr, any_interface, any_rules, change_endpoint, change_subnet, fault
from oracle.right_world import ANYWHERE, INTERFACES, PREMISES, Draw, one_of, some_of
from oracle.worlds import ACCOUNT, Entrance, Place, World

from wizard.practice.boot.snapshot import AclEntry, DhcpOptions, Route


@fault
def endpoint_missing(draw: Draw[Any], world: World) -> None:
    gone = one_of(draw, *INTERFACES, "s3", "sts")
    world.endpoints = [one for one in world.endpoints if one.service != gone]


@fault
def endpoint_not_available(draw: Draw[Any], world: World) -> None:
    service, state = one_of(draw, *INTERFACES, "s3"), one_of(draw, "pending", "pendingAcceptance", "failed", "deleting")
    change_endpoint(world, f"vpce-{service}", state=state)


@fault
def private_dns_off(draw: Draw[Any], world: World) -> None:
    change_endpoint(world, any_interface(draw, world), private_dns=False)


@fault
def endpoint_twice(draw: Draw[Any], world: World) -> None:
    """A second endpoint of a service, without private DNS, that nobody minds."""
    service = one_of(draw, *INTERFACES)
    subnets = tuple(world.subnets)[:1]
    world.endpoints.append(
        Entrance(f"vpce-second-{service}", service, private_dns=False, groups=("sg-closed",), subnets=subnets)
    )


@fault
def endpoint_shut(draw: Draw[Any], world: World) -> None:
    change_endpoint(world, any_interface(draw, world), groups=("sg-closed",))


@fault
def endpoint_rules(draw: Draw[Any], world: World) -> None:
    group = world.groups["sg-endpoints"]
    world.groups["sg-endpoints"] = replace(group, ingress=any_rules(draw, world, ingress=True))


@fault
def endpoint_moved(draw: Draw[Any], world: World) -> None:
    subnets = tuple(world.subnets)
    change_endpoint(world, any_interface(draw, world), subnets=some_of(draw, subnets, least=1))


@fault
def endpoint_nowhere(draw: Draw[Any], world: World) -> None:
    """An interface endpoint without any interface."""
    change_endpoint(world, any_interface(draw, world), subnets=())


@fault
def gateway_tables(draw: Draw[Any], world: World) -> None:
    change_endpoint(world, "vpce-s3", tables=some_of(draw, ("rtb-main", "rtb-other")))


def _statement(effect: str, action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": "*", "Action": action, "Resource": resource, **more}


@fault
def endpoint_policy(draw: Draw[Any], world: World) -> None:
    """An endpoint policy that somebody wrote, wide enough or too narrow."""
    account = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    layers = f"arn:aws:s3:::prod-{world.region}-starport-layer-bucket/*"
    by_service: dict[str, tuple[list[dict[str, Any]], ...]] = {
        "ec2": (
            [_statement("Allow", "*")],
            [_statement("Allow", ["ec2:Describe*", "ec2:*NetworkInterface*", "ec2:*PrivateIpAddresses"])],
            [_statement("Allow", "ec2:Describe*")],
            [_statement("Allow", "ec2:RunInstances")],
            [_statement("Allow", "*"), _statement("Deny", "ec2:DescribeInstances")],
            [_statement("Allow", "*"), _statement("Deny", "ec2:Terminate*")],
        ),
        "ecr.api": (
            [_statement("Allow", "ecr:*")],
            [_statement("Allow", "ecr:BatchGetImage")],
            [_statement("Allow", "*"), _statement("Deny", "ecr:GetAuthorizationToken")],
        ),
        "ecr.dkr": (
            [_statement("Allow", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])],
            [_statement("Allow", "ecr:*", f"arn:aws:ecr:{world.region}:{ACCOUNT}:repository/*")],
            [_statement("Allow", "ecr:GetAuthorizationToken")],
        ),
        "s3": (
            [_statement("Allow", "s3:GetObject", layers)],
            [_statement("Allow", "s3:*", ["arn:aws:s3:::company-*", "arn:aws:s3:::company-*/*"])],
            [_statement("Allow", "s3:GetObject", "*", Condition=account)],
            [_statement("Allow", "*"), _statement("Deny", "s3:GetObject", layers)],
            [],
        ),
    }  # fmt: skip
    service = one_of(draw, *by_service)
    statements = one_of(draw, *by_service[service])
    change_endpoint(world, f"vpce-{service}", policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


# security groups, ACLs, routes


@fault
def node_egress(draw: Draw[Any], world: World) -> None:
    group = world.groups["sg-nodes"]
    world.groups["sg-nodes"] = replace(group, egress=any_rules(draw, world, ingress=False))


@fault
def node_ingress(draw: Draw[Any], world: World) -> None:
    """What nobody notices until somebody asks for a pod's log, or a pod for a name."""
    group = world.groups["sg-nodes"]
    world.groups["sg-nodes"] = replace(group, ingress=any_rules(draw, world, ingress=False))


@fault
def node_groups(draw: Draw[Any], world: World) -> None:
    world.launch = replace(world.launch, groups=some_of(draw, ("sg-cluster", "sg-nodes", "sg-closed"), least=1))


@fault
def cluster_egress(draw: Draw[Any], world: World) -> None:
    group = world.groups["sg-cluster"]
    world.groups["sg-cluster"] = replace(group, egress=any_rules(draw, world, ingress=False))


@fault
def plane_rules(draw: Draw[Any], world: World) -> None:
    group = world.groups["sg-plane"]
    world.groups["sg-plane"] = replace(group, ingress=any_rules(draw, world, ingress=True))


@fault
def plane_shut(draw: Draw[Any], world: World) -> None:
    world.plane = replace(world.plane, groups=("sg-cluster", "sg-closed"))


@fault
def acl_entries(draw: Draw[Any], world: World) -> None:
    """A few lines more at the top of an ACL that some subnets have."""
    lines = []
    for index in range(one_of(draw, 1, 1, 2)):
        protocol = one_of(draw, "6", "-1", "17")
        first, last = one_of(draw, (443, 443), (1024, 65535), (32768, 60999), (0, 65535), (1024, 50000))
        if protocol == "-1":
            first, last = 0, 65535
        cidr = any_cidr(draw, world)
        lines.append(AclEntry(10 + index, one_of(draw, True, False), False, cidr, protocol, first, last))
    _acl_of_some(draw, world, lambda entries: (*lines, *entries))


@fault
def acl_lines_gone(draw: Draw[Any], world: World) -> None:
    _acl_of_some(draw, world, lambda entries: some_of(draw, entries))


def _acl_of_some(draw: Draw[Any], world: World, change: Callable[[tuple[AclEntry, ...]], tuple[AclEntry, ...]]) -> None:
    names = some_of(draw, tuple(world.subnets), least=1)
    world.acls["acl-changed"] = change(world.acls[world.subnets[names[0]].acl])
    for name in names:
        change_subnet(world, name, acl="acl-changed")


@fault
def premises_route_gone(draw: Draw[Any], world: World) -> None:
    routes = world.tables["rtb-nodes"]
    world.tables["rtb-nodes"] = tuple(route for route in routes if route.destination != PREMISES)


@fault
def default_route(draw: Draw[Any], world: World) -> None:
    """A way to the internet: through a NAT gateway for whoever sits behind it, to nothing through an igw."""
    target = one_of(draw, "nat-1", "nat-1", "igw-1")
    world.tables["rtb-nodes"] = (*world.tables["rtb-nodes"], Route(ANYWHERE, target))


@fault
def blackhole(draw: Draw[Any], world: World) -> None:
    """A route whose target is gone: to the premises, to everything, or to a part of the VPC's neighbourhood."""
    destination = one_of(draw, PREMISES, ANYWHERE, IPv4Network("10.0.8.0/22"), IPv4Network("52.92.0.0/14"))
    kept = tuple(route for route in world.tables["rtb-nodes"] if route.destination != destination)
    world.tables["rtb-nodes"] = (*kept, Route(destination, "blackhole"))


@fault
def another_table(draw: Draw[Any], world: World) -> None:
    name = one_of(draw, *world.launch.subnets)
    change_subnet(world, name, table=one_of(draw, "rtb-main", "rtb-other"))


@fault
def another_vpc(draw: Draw[Any], world: World) -> None:
    """Nodes in another VPC than the cluster's, with or without a way to the internet."""
    cidr = IPv4Network("10.200.0.0/24")
    routes = (Route(cidr, "local"), *one_of(draw, (), (Route(ANYWHERE, "nat-2"),)))
    world.tables["rtb-far"] = routes
    world.subnets["subnet-far"] = Place(cidr, f"{world.region}a", "rtb-far", "acl-default")
    world.elsewhere = frozenset({"subnet-far"})
    world.launch = replace(world.launch, subnets=("subnet-far",))


@fault
def dns_support_off(_draw: Draw[Any], world: World) -> None:
    world.dns_support = False


@fault
def dns_hostnames_off(_draw: Draw[Any], world: World) -> None:
    world.dns_hostnames = False


@fault
def dhcp_options(draw: Draw[Any], world: World) -> None:
    """Name servers of the company's, or a domain of its own."""
    company = ("10.0.0.53", "10.0.1.53")
    servers = one_of(
        draw, company, (*company, "AmazonProvidedDNS"), ("AmazonProvidedDNS", *company), ("10.110.0.2",),
        ("169.254.169.253",), (),
    )  # fmt: skip
    domain = one_of(draw, "", "example.internal", f"{world.region}.compute.internal")
    world.dhcp = DhcpOptions(domain, servers)


@fault
def companys_name_servers(_draw: Draw[Any], world: World) -> None:
    """The company's name servers, where a node asks them; Amazon's resolver behind them is never asked."""
    world.dhcp = DhcpOptions("example.internal", ("10.0.0.53", "AmazonProvidedDNS"))


@fault
def metadata_off(_draw: Draw[Any], world: World) -> None:
    """Neither user data nor credentials are to be had."""
    world.launch = replace(world.launch, metadata=False)


@fault
def no_name_server(_draw: Draw[Any], world: World) -> None:
    """DHCP options that name no server."""
    world.dhcp = DhcpOptions("", ())


@fault
def name_servers_beyond_reach(draw: Draw[Any], world: World) -> None:
    """The company's name servers, to which no route leads, or which no group or ACL lets a node ask."""
    world.dhcp = DhcpOptions("", one_of(draw, ("10.0.0.53",), ("10.0.0.53", "AmazonProvidedDNS")))
    if one_of(draw, True, False):
        world.tables["rtb-nodes"] = tuple(one for one in world.tables["rtb-nodes"] if one.destination != PREMISES)
        return
    for name, entries in world.acls.items():
        world.acls[name] = (AclEntry(5, True, False, PREMISES, "17", 53, 53), *entries)


@fault
def subnet_full(draw: Draw[Any], world: World) -> None:
    names = one_of(draw, world.launch.subnets, some_of(draw, world.launch.subnets, least=1))
    for name in names:
        change_subnet(world, name, free_addresses=one_of(draw, 0, 0, 1, 2, 40))
