"""Packets: case tables, and properties against a reading of one address at a time."""

from ipaddress import IPv4Address, IPv4Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.facts import AclEntry, Route, RouteTable, Rule, SecurityGroup
from wizard.packets import Peer, Taken, acl_admits_connection, acl_gaps, admits, route_taken, table_of


def rule(source: str, ports: tuple[int, int] | None = (443, 443), protocol: str = "tcp", egress: bool = False) -> Rule:
    return Rule(f"sgr-{source}", egress, protocol, ports, source)


def group(*rules: Rule, identity: str = "sg-1") -> SecurityGroup:
    return SecurityGroup(identity, "name", "vpc-1", rules)


SUBNET = Peer(cidr="10.110.3.0/24")


@pytest.mark.parametrize(
    ("rules", "peer", "admitted"),
    [
        ([], SUBNET, False),
        ([rule("10.110.0.0/16")], SUBNET, True),
        ([rule("10.110.3.0/24")], SUBNET, True),
        ([rule("10.110.3.0/25")], SUBNET, False),
        ([rule("10.110.3.0/25"), rule("10.110.3.128/25")], SUBNET, True),
        ([rule("10.110.0.0/16", (80, 80))], SUBNET, False),
        ([rule("10.110.0.0/16", (0, 65535))], SUBNET, True),
        ([rule("10.110.0.0/16", None, "-1")], SUBNET, True),
        ([rule("10.110.0.0/16", None, "6")], SUBNET, True),
        ([rule("10.110.0.0/16", (443, 443), "udp")], SUBNET, False),
        ([rule("10.110.0.0/16", egress=True)], SUBNET, False),
        ([rule("sg-nodes")], SUBNET, False),
        ([rule("sg-nodes")], Peer(groups=("sg-other", "sg-nodes")), True),
        ([rule("sg-nodes")], Peer(groups=("sg-other",)), False),
        ([rule("10.0.0.0/8")], Peer(groups=("sg-nodes",)), False),
        ([rule("10.0.0.0/8")], Peer(cidr="10.110.3.0/24", groups=("sg-nodes",)), True),
        ([rule("pl-s3")], Peer(prefix_list="pl-s3"), True),
        ([rule("pl-dynamodb")], Peer(prefix_list="pl-s3"), False),
        ([rule("pl-office")], SUBNET, True),
        ([rule("pl-unknown")], SUBNET, False),
        ([rule("::/0")], SUBNET, False),
        ([rule("::/0")], Peer(cidr="fd12::/64"), True),
    ],
)
def test_who_is_admitted_on_443(rules: list[Rule], peer: Peer, admitted: bool) -> None:
    lists = {"pl-office": ["192.168.0.0/16", "10.110.0.0/17"]}
    assert admits([group(*rules)], "tcp", 443, peer, prefix_lists=lists).admitted is admitted


def test_the_groups_of_an_interface_count_together_and_the_rules_are_named() -> None:
    low, high = rule("10.110.3.0/25"), rule("10.110.3.128/25")
    found = admits([group(low), group(high, identity="sg-2")], "tcp", 443, SUBNET)
    assert (found.admitted, found.by, found.gaps) == (True, (low, high), ())


def test_what_is_missing_is_told() -> None:
    found = admits([group(rule("10.110.3.0/26"))], "tcp", 443, SUBNET)
    assert found.gaps == ("10.110.3.64/26", "10.110.3.128/25")


def test_way_out() -> None:
    assert admits([group(rule("0.0.0.0/0", None, "-1", egress=True))], "tcp", 443, SUBNET, egress=True).admitted


def test_every_port_needs_a_rule_for_every_port() -> None:
    assert not admits([group(rule("10.0.0.0/8", (1025, 65535)))], "tcp", None, SUBNET).admitted
    assert admits([group(rule("10.0.0.0/8", (-1, -1), "icmp"))], "icmp", None, SUBNET).admitted


LOCAL = Route("10.110.0.0/16", "local")
PREMISES = Route("10.0.0.0/8", "vgw-1")
S3 = Route("pl-s3", "vpce-1")


@pytest.mark.parametrize(
    ("destination", "taken"),
    [
        ("10.110.3.4", (Taken("10.110.3.4/32", LOCAL),)),
        ("10.0.0.0/16", (Taken("10.0.0.0/16", PREMISES),)),
        ("192.168.0.0/16", (Taken("192.168.0.0/16", None),)),
        ("52.219.1.0/24", (Taken("52.219.1.0/24", S3),)),
        ("10.110.0.0/15", (Taken("10.110.0.0/16", LOCAL), Taken("10.111.0.0/16", PREMISES))),
        ("fd00::/8", (Taken("fd00::/8", None),)),
    ],
)
def test_the_longest_prefix_wins(destination: str, taken: tuple[Taken, ...]) -> None:
    assert route_taken([PREMISES, S3, LOCAL], destination, {"pl-s3": ["52.219.0.0/16"]}) == taken


def test_a_longer_blackhole_takes_the_packets_and_an_equal_one_does_not() -> None:
    hole = Route("10.0.0.0/16", "vgw-old", active=False)
    assert route_taken([PREMISES, hole], "10.0.1.0/24") == (Taken("10.0.1.0/24", hole),)
    alive = Route("10.0.0.0/16", "tgw-1")
    assert route_taken([hole, alive], "10.0.1.0/24") == (Taken("10.0.1.0/24", alive),)


def test_a_subnet_without_a_table_of_its_own_uses_the_main_one() -> None:
    main = RouteTable("rtb-main", True, (), ())
    own = RouteTable("rtb-own", False, ("subnet-1",), ())
    assert table_of([main, own], "subnet-1") is own
    assert table_of([main, own], "subnet-2") is main
    assert table_of([own], "subnet-2") is None


OPEN = [AclEntry(100, egress, True, "-1", None, "0.0.0.0/0") for egress in (False, True)]


def test_the_default_acl_lets_everything_pass() -> None:
    assert acl_admits_connection(OPEN, 443, "10.0.0.0/16", outward=False)


def test_an_acl_keeps_no_state() -> None:
    inward_only = [OPEN[0], AclEntry(100, True, True, "tcp", (443, 443), "0.0.0.0/0")]
    assert acl_gaps(inward_only, "tcp", (443, 443), "10.0.0.0/16", egress=False) == ()
    assert not acl_admits_connection(inward_only, 443, "10.0.0.0/16", outward=False)
    assert acl_admits_connection(inward_only, 443, "10.0.0.0/16", outward=True)


@pytest.mark.parametrize(("number", "passes"), [(99, False), (101, True)])
def test_the_lowest_number_decides(number: int, passes: bool) -> None:
    deny = AclEntry(number, False, False, "tcp", (443, 443), "10.0.7.0/24")
    gaps = acl_gaps([*OPEN, deny], "tcp", (443, 443), "10.0.0.0/16", egress=False)
    assert gaps == (() if passes else (("10.0.7.0/24", (443, 443)),))


# A world of 16 addresses and 8 ports, small enough to try each.
WORLD = IPv4Network("10.0.0.0/28")


@st.composite
def cidrs(draw: st.DrawFn) -> str:
    length = draw(st.integers(26, 32))
    address = int(WORLD.network_address) + draw(st.integers(0, 15))
    return str(ip_network((address, length), strict=False))


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    first, last = sorted(draw(st.tuples(st.integers(0, 7), st.integers(0, 7))))
    return first, last


def holds(cidr: str, address: IPv4Address) -> bool:
    return address in ip_network(cidr)


@given(st.lists(st.tuples(cidrs(), spans()), max_size=6), cidrs(), st.integers(0, 7))
def test_groups_agree_with_trying_every_address(
    rules: list[tuple[str, tuple[int, int]]], asked: str, port: int
) -> None:
    found = admits([group(*(rule(cidr, span) for cidr, span in rules))], "tcp", port, Peer(cidr=asked))
    left_out = {
        address
        for address in IPv4Network(asked)
        if not any(holds(cidr, address) and span[0] <= port <= span[1] for cidr, span in rules)
    }
    assert {address for gap in found.gaps for address in ip_network(gap)} == left_out
    assert found.admitted is not bool(left_out)


@given(st.lists(st.tuples(cidrs(), st.booleans()), max_size=6), cidrs())
def test_routes_agree_with_trying_every_address(table: list[tuple[str, bool]], asked: str) -> None:
    routes = [Route(cidr, f"tgw-{index}", active) for index, (cidr, active) in enumerate(table)]
    taken = {address: part.route for part in route_taken(routes, asked) for address in ip_network(part.cidr)}
    assert set(taken) == set(ip_network(asked))
    for address, found in taken.items():
        matching = [route for route in routes if address in ip_network(route.destination)]
        longest = max((ip_network(route.destination).prefixlen for route in matching), default=None)
        best = [route for route in matching if ip_network(route.destination).prefixlen == longest]
        if not best:
            assert found is None
        else:
            assert found in best
            assert found is not None
            assert found.active is any(route.active for route in best)


@given(st.lists(st.tuples(cidrs(), spans(), st.booleans()), max_size=6), cidrs(), spans())
def test_acls_agree_with_trying_every_packet(
    rules: list[tuple[str, tuple[int, int], bool]], asked: str, ports: tuple[int, int]
) -> None:
    entries = [
        AclEntry(number, False, allow, "tcp", span, cidr) for number, (cidr, span, allow) in enumerate(rules, start=1)
    ]
    blocked = set()
    for address in ip_network(asked):
        for port in range(ports[0], ports[1] + 1):
            first = next(
                (e for e in entries if address in ip_network(e.cidr) and e.ports and e.ports[0] <= port <= e.ports[1]),
                None,
            )
            if first is None or not first.allow:
                blocked.add((address, port))
    gaps = acl_gaps(entries[::-1], "tcp", ports, asked, egress=False)
    told = [
        (address, port) for cidr, span in gaps for address in ip_network(cidr) for port in range(span[0], span[1] + 1)
    ]
    assert len(told) == len(set(told))
    assert set(told) == blocked
