"""Faults by name, and what the files that hold them share."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from oracle.right_world import ANYWHERE, INTERFACES, PREMISES, Draw, one_of
from oracle.worlds import World

from wizard.practice.boot.snapshot import Rule

Fault = Callable[[Draw[Any], World], None]
FAULTS: dict[str, Fault] = {}


def fault(put: Fault) -> Fault:
    """Registers a fault under its function's name. A few look like faults and are none."""
    FAULTS[put.__name__] = put
    return put


def change_endpoint(world: World, identity: str, **changes: Any) -> None:
    """Changes fields of one endpoint."""
    world.endpoints = [replace(one, **changes) if one.id == identity else one for one in world.endpoints]


def any_interface(draw: Draw[Any], world: World) -> str:
    """An interface endpoint that nodes need."""
    there = [one.id for one in world.endpoints if one.kind == "Interface" and one.service in INTERFACES]
    return one_of(draw, *(there or ["vpce-none"]))


def change_user_data(world: World, **changes: Any) -> None:
    """Changes fields of the user data."""
    world.launch = replace(world.launch, user_data=replace(world.launch.user_data, **changes))


def change_cluster(world: World, **changes: Any) -> None:
    """Changes fields of the cluster."""
    world.plane = replace(world.plane, cluster=replace(world.plane.cluster, **changes))


def change_role(world: World, **changes: Any) -> None:
    """Changes fields of the nodes' role, if there is one."""
    if world.launch.role is not None:
        world.launch = replace(world.launch, role=replace(world.launch.role, **changes))


def change_subnet(world: World, name: str, **changes: Any) -> None:
    """Changes fields of one subnet."""
    world.subnets[name] = replace(world.subnets[name], **changes)


def any_cidr(draw: Draw[Any], world: World, *, of_nodes: bool = False) -> IPv4Network:
    """A network that may matter: the VPC, a subnet, the premises, one that is nobody's.

    ``of_nodes`` also half a subnet: nodes may have any address. Where AWS put its own interfaces in a subnet the wizard
    does not read, so that half a subnet of theirs decides nothing that it could tell.
    """
    subnets = [place.cidr for place in world.subnets.values()]
    halves = [half for cidr in subnets[:2] for half in cidr.subnets(prefixlen_diff=1)] if of_nodes else []
    return one_of(draw, ANYWHERE, *world.cidrs, *subnets, *halves, PREMISES, IPv4Network("198.51.100.0/24"))


def any_rules(draw: Draw[Any], world: World, *, ingress: bool) -> tuple[Rule, ...]:
    """None to three rules of a security group, as they come; ``ingress`` are such that let nodes in."""
    return tuple(_any_rule(draw, world, ingress) for _ in range(one_of(draw, 0, 1, 2, 3)))


def _any_rule(draw: Draw[Any], world: World, ingress: bool) -> Rule:
    protocol = one_of(draw, "tcp", "tcp", "tcp", "-1", "udp")
    first, last = one_of(draw, (443, 443), (443, 443), (0, 65535), (80, 80), (1025, 65535), (10250, 10250), (400, 500))
    if protocol == "-1":
        first, last = 0, 65535
    kind = one_of(draw, "cidr", "cidr", "group", "list")
    if kind == "group":
        return Rule(protocol, first, last, groups=(one_of(draw, *world.groups),))
    if kind == "list":
        return Rule(protocol, first, last, prefix_lists=(one_of(draw, *world.prefix_lists),))
    return Rule(protocol, first, last, cidrs=(any_cidr(draw, world, of_nodes=ingress),))
