"""Security groups, network ACLs and routes, evaluated as AWS does. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from wizard.facts import AclEntry, Route, RouteTable, Rule, SecurityGroup, Unknown

Cidr = IPv4Network | IPv6Network

_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}

EPHEMERAL = (1024, 65535)
"""Ports that the answers of any client may go to; a network ACL has to let them pass."""


TO_THE_INTERNET = ("igw-", "nat-", "eigw-")
"""How the ids of the targets begin through which packets leave for the internet."""


@dataclass(frozen=True)
class Peer:
    """The other end: every address of ``cidr``, an interface that carries ``groups``, or a prefix list's service."""

    cidr: str | None = None
    groups: tuple[str, ...] = ()
    prefix_list: str | None = None


@dataclass(frozen=True)
class Admission:
    """``by`` are the rules that matched, ``gaps`` the addresses of the peer's CIDR that none of them covers."""

    admitted: bool
    by: tuple[Rule, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """Where a part of a destination goes; ``route`` is None where no route leads."""

    cidr: str
    route: Route | None


def admits(
    groups: Iterable[SecurityGroup],
    protocol: str,
    port: int | None,
    peer: Peer,
    *,
    egress: bool = False,
    prefix_lists: Mapping[str, Sequence[str]] | None = None,
) -> Admission:
    """Whether an interface that carries ``groups`` lets in (or, ``egress``, out to) the peer on this port.

    The rules of all groups count together, and several of them may cover a CIDR only in sum. A rule that names a
    group matches the interfaces that carry it, and never an address. ``prefix_lists`` are the entries of prefix lists
    by id, where the rules themselves do not have them; a list whose entries are not given covers no address. ``port``
    None asks for every port (and is what ICMP has). AWS, EC2 user guide, "Security group rules".
    """
    rules = [rule for group in groups for rule in group.rules if rule.egress == egress]
    matching = [rule for rule in rules if _fits(rule.protocol, rule.ports, protocol, port)]
    named = tuple(rule for rule in matching if rule.source in peer.groups or rule.source == peer.prefix_list)
    if named:
        return Admission(True, named)
    if peer.cidr is None:
        return Admission(False)
    asked = ip_network(peer.cidr)
    gaps: list[Any] = [asked]
    by = []
    for rule in matching:
        covered = [network for network in _networks(rule.source, rule.entries, prefix_lists) if network.overlaps(asked)]
        if covered:
            by.append(rule)
            gaps = [rest for gap in gaps for rest in _without(gap, covered)]
    return Admission(not gaps, tuple(by), tuple(str(gap) for gap in sorted(gaps)))


def table_of(tables: Iterable[RouteTable], subnet: str) -> RouteTable | None:
    """The route table of a subnet: the one associated with it, else the VPC's main one."""
    known = list(tables)
    explicit = next((table for table in known if subnet in table.subnets), None)
    return explicit or next((table for table in known if table.main), None)


def route_taken(
    routes: Iterable[Route], destination: str, prefix_lists: Mapping[str, Sequence[str]] | None = None
) -> tuple[Taken, ...]:
    """Which routes the addresses of ``destination`` (a CIDR or an address) take, as disjoint parts in order.

    The longest prefix wins, also when it is a blackhole (``active`` is False): its packets are dropped. Of equally
    long ones a route to a written CIDR goes before one to a prefix list, an active one before a blackhole.
    """
    asked = ip_network(destination)
    found: list[tuple[Cidr, Route]] = [
        (network, route)
        for route in routes
        for network in _networks(route.destination, route.entries, prefix_lists)
        if network.overlaps(asked)
    ]
    found.sort(key=lambda pair: (-pair[0].prefixlen, pair[1].destination.startswith("pl-"), not pair[1].active))
    parts: list[tuple[Any, Route | None]] = []
    rest: list[Cidr] = [asked]
    for network, route in found:
        parts += [(common, route) for part in rest if (common := _common(part, network)) is not None]
        rest = [left for part in rest for left in _without(part, [network])]
    parts += [(part, None) for part in rest]
    return tuple(Taken(str(part), route) for part, route in sorted(parts, key=lambda pair: pair[0]))


def leads_to_premises(routes: Iterable[Route], cidr: str) -> bool:
    """Whether every address of the premises' network has an active route that may lead there.

    A default route to the internet does not, one to a gateway, an appliance or another VPC may.
    """
    return all(
        part.route is not None and part.route.active and not part.route.target.startswith(TO_THE_INTERNET)
        for part in route_taken(routes, cidr)
    )


def acl_gaps(
    entries: Iterable[AclEntry], protocol: str, ports: tuple[int, int], cidr: str, *, egress: bool
) -> tuple[tuple[str, tuple[int, int]], ...]:
    """The parts of CIDR and port range that a network ACL does not let pass in this one direction.

    The lowest number that matches decides, allow or deny; what no rule matches is denied. An ACL keeps no state:
    the answer is a packet of its own.
    """
    rest: list[tuple[Cidr, tuple[int, int]]] = [(ip_network(cidr), ports)]
    gaps: list[tuple[Any, tuple[int, int]]] = []
    for entry in sorted(entries, key=lambda entry: entry.number):
        if entry.egress != egress or _protocol(entry.protocol) not in ("-1", _protocol(protocol)):
            continue
        network, span = ip_network(entry.cidr), entry.ports or (0, 65535)
        if not entry.allow:
            gaps += [common for part in rest if (common := _shared(part, network, span)) is not None]
        rest = [left for part in rest for left in _outside(part, network, span)]
    return tuple((str(network), span) for network, span in sorted(gaps + rest, key=lambda gap: (gap[0], gap[1])))


def acl_admits_connection(
    entries: Sequence[AclEntry],
    port: int,
    cidr: str,
    *,
    outward: bool,
    answers: tuple[int, int] = EPHEMERAL,
    protocol: str = "tcp",
) -> bool:
    """Whether a connection with every address of ``cidr`` passes both ways: to ``port``, and the answers back.

    ``outward`` is a connection that starts in the subnet; ``answers`` are the ports that its client may use.
    """
    there = acl_gaps(entries, protocol, (port, port), cidr, egress=outward)
    back = acl_gaps(entries, protocol, answers, cidr, egress=not outward)
    return not there and not back


def _protocol(name: str) -> str:
    return _PROTOCOLS.get(name.lower(), name.lower())


def _fits(rule_protocol: str, rule_ports: tuple[int, int] | None, protocol: str, port: int | None) -> bool:
    if _protocol(rule_protocol) == "-1":
        return True
    if _protocol(rule_protocol) != _protocol(protocol):
        return False
    # AWS writes "every port" as no ports, and as -1 for ICMP.
    if rule_ports is None or rule_ports[0] == -1 or rule_ports == (0, 65535):
        return True
    return port is not None and rule_ports[0] <= port <= rule_ports[1]


def _networks(
    source: str, entries: Sequence[str] | Unknown, prefix_lists: Mapping[str, Sequence[str]] | None
) -> list[Cidr]:
    if source.startswith("pl-"):
        own = () if isinstance(entries, Unknown) else entries
        return [ip_network(entry) for entry in own or (prefix_lists or {}).get(source, ())]
    return [ip_network(source)] if "/" in source else []


def _common(one: Any, other: Any) -> Any:
    """CIDRs are nested or apart, so what two share is the smaller one."""
    if not one.overlaps(other):
        return None
    return one if one.prefixlen >= other.prefixlen else other


def _without(network: Any, taken: Iterable[Any]) -> list[Any]:
    """The network in as few pieces as remain when what ``taken`` holds is cut out."""
    rest = [network]
    for other in taken:
        rest = [left for part in rest for left in _cut(part, other)]
    return rest


def _cut(part: Any, other: Any) -> Iterable[Any]:
    if not part.overlaps(other):
        return (part,)
    return () if part.prefixlen >= other.prefixlen else part.address_exclude(other)


def _shared(part: tuple[Cidr, tuple[int, int]], network: Cidr, span: tuple[int, int]) -> tuple[Any, Any] | None:
    common = _common(part[0], network)
    first, last = max(part[1][0], span[0]), min(part[1][1], span[1])
    return None if common is None or first > last else (common, (first, last))


def _outside(
    part: tuple[Cidr, tuple[int, int]], network: Cidr, span: tuple[int, int]
) -> Iterator[tuple[Cidr, tuple[int, int]]]:
    """What is left of addresses and ports when ``network`` and ``span`` are taken out together."""
    shared = _shared(part, network, span)
    if shared is None:
        yield part
        return
    common, (first, last) = shared
    for left in _without(part[0], [common]):
        yield left, part[1]
    if part[1][0] < first:
        yield common, (part[1][0], first - 1)
    if last < part[1][1]:
        yield common, (last + 1, part[1][1])
