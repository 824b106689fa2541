"""Whether packets from a node reach an address and answers come back: routes, security groups, network ACLs.

Security groups are stateful: what may leave may also be answered. Network ACLs are not, and do not stand between two
addresses of one subnet. Neither stands before Amazon's resolver and the instance metadata (VPC user guide, "Network
ACL basics" and "Security groups"; Transit gateway and peering guides for references between VPCs).
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import AclEntry, Group, Machine, PrefixList, Premises, Rule, Subnet

Protocol = Literal["tcp", "udp"]

# Linux's net.ipv4.ip_local_port_range: what a client's own port can be.
_EPHEMERAL = (32768, 60999)
_PREMISES = ("vgw-", "tgw-", "lgw-", "pcx-")
_OTHER_VPC = ("pcx-", "tgw-")


@dataclass(frozen=True)
class Peer:
    """The other end of a connection.

    ``place`` says what way leads there: "gateway" is AWS's public address behind a gateway endpoint, whose prefix
    list ``prefix_list`` is. ``groups`` None: no security group stands before it, as far as AWS knows.
    """

    address: IPv4Address
    place: Literal["vpc", "gateway", "internet", "premises", "other vpc"]
    groups: tuple[Group, ...] | None = None
    subnet: Subnet | None = None
    prefix_list: str = ""


@dataclass(frozen=True)
class Flow:
    """A connection from a machine to a port of a peer."""

    machine: Machine
    peer: Peer
    port: int
    premises: Premises
    prefix_lists: tuple[PrefixList, ...] = ()
    protocol: Protocol = "tcp"


def obstacle(flow: Flow) -> Obstacle | None:
    """The first thing that stops the packets of a flow, or their answers."""
    return no_route(flow) or egress_refused(flow) or ingress_refused(flow) or acl_refused(flow) or no_way_back(flow)


@rule("no-route")
def no_route(flow: Flow) -> str | None:
    """The route of the longest prefix decides; without one, or with one whose target is gone, packets are dropped."""
    peer, machine = flow.peer, flow.machine
    to = target(machine.subnet, peer.address)
    match peer.place:
        case "vpc" | "gateway":
            return None
        case "internet":
            there = to.startswith("nat-") or (machine.public_address and to.startswith("igw-"))
        case "premises":
            there = to.startswith(_PREMISES)
        case "other vpc":
            there = to.startswith(_OTHER_VPC)
    return None if there else _timeout(flow)


@rule("egress-refused")
def egress_refused(flow: Flow) -> str | None:
    """The machine's security groups must let it out."""
    peers = _referable(flow, flow.peer.groups or ())
    for group in flow.machine.groups:
        for one in group.egress:
            if _admits(one, flow, flow.peer.address, peers) or (
                flow.peer.prefix_list in one.prefix_lists and covers(one, flow.protocol, flow.port)
            ):
                return None
    return _timeout(flow)


@rule("ingress-refused")
def ingress_refused(flow: Flow) -> str | None:
    """The security groups before the peer must let the machine in."""
    if flow.peer.groups is None:
        return None
    own = _referable(flow, flow.machine.groups)
    for group in flow.peer.groups:
        for one in group.ingress:
            if _admits(one, flow, flow.machine.address, own):
                return None
    return _timeout(flow)


@rule("acl-refused")
def acl_refused(flow: Flow) -> str | None:
    """Network ACLs judge each packet: the request at its port, the answer at whatever port the client had."""
    near, far, protocol, ports = flow.machine.subnet, flow.peer.subnet, flow.protocol, (flow.port, flow.port)
    if far is not None and far.id == near.id:
        return None
    here, there = flow.machine.address, flow.peer.address
    passes = acl_admits(near.acl, protocol, there, ports, outward=True)
    passes = passes and acl_admits(near.acl, protocol, there, _EPHEMERAL, outward=False)
    if far is not None:
        passes = passes and acl_admits(far.acl, protocol, here, ports, outward=False)
        passes = passes and acl_admits(far.acl, protocol, here, _EPHEMERAL, outward=True)
    return None if passes else _timeout(flow)


@rule("no-way-back")
def no_way_back(flow: Flow) -> str | None:
    """The company's routers must know the way into the VPC."""
    return _timeout(flow) if flow.peer.place == "premises" and not flow.premises.routes_back else None


def _timeout(flow: Flow) -> str:
    return f"dial {flow.protocol} {flow.peer.address}:{flow.port}: i/o timeout"


def target(subnet: Subnet, address: IPv4Address) -> str:
    """Where a subnet's routes send packets to an address: the longest prefix decides; empty without a route."""
    matching = [route for route in subnet.routes if address in route.destination]
    return max(matching, key=lambda route: route.destination.prefixlen).target if matching else ""


def _referable(flow: Flow, groups: tuple[Group, ...]) -> frozenset[str]:
    """The groups by which rules of the other side can name this one: none beyond a transit gateway or a VPN."""
    if flow.peer.place == "other vpc" and not target(flow.machine.subnet, flow.peer.address).startswith("pcx-"):
        return frozenset()
    return frozenset(group.id for group in groups)


def _admits(one: Rule, flow: Flow, address: IPv4Address, groups: frozenset[str]) -> bool:
    return covers(one, flow.protocol, flow.port) and (
        any(address in cidr for cidr in one.cidrs)
        or not groups.isdisjoint(one.groups)
        or any(address in cidr for found in flow.prefix_lists if found.id in one.prefix_lists for cidr in found.cidrs)
    )


def covers(one: Rule | AclEntry, protocol: Protocol, port: int) -> bool:
    """Whether a rule or an entry is about a port. Protocols are given by name, or by IANA's number."""
    number = "6" if protocol == "tcp" else "17"
    return one.protocol in ("-1", "all") or (
        one.protocol in (protocol, number) and one.from_port <= port <= one.to_port
    )


def acl_admits(
    acl: tuple[AclEntry, ...], protocol: Protocol, address: IPv4Address, ports: tuple[int, int], *, outward: bool
) -> bool:
    """Whether an ACL admits packets to or from an address at every port from the first to the last.

    The lowest number that matches decides, and what no entry matches is denied; no ACL at all lets everything pass. A
    client's port is any of its system's: one that is refused is a connection that fails.
    """
    if not acl:
        return True
    entries = sorted(
        (entry for entry in acl if entry.egress == outward and address in entry.cidr), key=lambda entry: entry.number
    )
    first, last = ports
    # Between two of these the answer is the same for every port.
    edges = {first} | {
        edge for entry in entries for edge in (entry.from_port, entry.to_port + 1) if first < edge <= last
    }
    return all(next((entry.allow for entry in entries if covers(entry, protocol, port)), False) for port in edges)
