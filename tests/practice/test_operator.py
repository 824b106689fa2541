"""The operator's side of the practice account: what loses packets from the premises, and how that is steered."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from wizard.practice.boot.snapshot import AclEntry, Cluster, Group, Route, Rule, Subnet
from wizard.practice.operator.settings import Settings, parsed
from wizard.practice.operator.way import obstacle

VPC = IPv4Network("10.110.0.0/16")
PREMISES = IPv4Network("10.0.0.0/16")
ANYWHERE = IPv4Network("0.0.0.0/0")
LOCAL = Route(VPC, "local")
BACK = Route(PREMISES, "vgw-1")
SUBNET = Subnet("subnet-a", IPv4Network("10.110.3.0/24"), "rtb-1", (LOCAL, BACK))
OTHER = Subnet("subnet-c", IPv4Network("10.110.4.0/24"), "rtb-2", (LOCAL, BACK))
OWN = Group("sg-own", ingress=(Rule(groups=("sg-own",)),))
PLANE = Group("sg-plane", ingress=(Rule("tcp", 443, 443, (PREMISES,)),))
CLUSTER = Cluster("eksCluster", "", "", groups=(OWN, PLANE), subnets=(SUBNET, OTHER))
OUT = AclEntry(100, True, True, ANYWHERE)
IN = AclEntry(100, False, True, ANYWHERE)


def admitting(*rules: Rule) -> Cluster:
    return replace(CLUSTER, groups=(OWN, Group("sg-plane", ingress=rules)))


def routed(*routes: Route, other: tuple[Route, ...] | None = None) -> Cluster:
    others = routes if other is None else other
    return replace(CLUSTER, subnets=(replace(SUBNET, routes=(LOCAL, *routes)), replace(OTHER, routes=(LOCAL, *others))))


def filtered(*entries: AclEntry) -> Cluster:
    return replace(CLUSTER, subnets=(replace(SUBNET, acl=entries), replace(OTHER, acl=entries)))


def at(address: str) -> Settings:
    return Settings(address=IPv4Address(address))


HERE = at("10.0.7.7")
NARROW = Route(IPv4Network("10.0.7.0/24"), "eni-1")


@pytest.mark.parametrize(
    ("cluster", "settings", "lost"),
    [
        (CLUSTER, Settings(), None),
        (CLUSTER, HERE, None),
        (CLUSTER, at("192.168.1.5"), "no rule admits port 443 from 192.168.1.5"),
        (CLUSTER, Settings(vpn=False), "no tunnel of the VPN is up"),
        (replace(CLUSTER, private_access=False), Settings(), "the private endpoint is switched off"),
        (replace(CLUSTER, private_access=False), Settings(inside=True), "the private endpoint is switched off"),
        (admitting(), Settings(), "no rule admits port 443 from 10.0.0.10"),
        (admitting(), Settings(inside=True), None),
        (admitting(Rule("udp", 443, 443, (PREMISES,))), HERE, "no rule admits port 443 from 10.0.7.7"),
        (admitting(Rule("tcp", 80, 442, (PREMISES,))), HERE, "no rule admits port 443 from 10.0.7.7"),
        (admitting(Rule("6", 1, 1000, (PREMISES,))), HERE, None),
        (admitting(Rule(cidrs=(ANYWHERE,))), HERE, None),
        (
            admitting(Rule("tcp", 443, 443, (IPv4Network("10.0.8.0/24"),))),
            HERE,
            "no rule admits port 443 from 10.0.7.7",
        ),
        # Somewhere on the premises is where a rule admits somebody.
        (admitting(Rule("tcp", 443, 443, (IPv4Network("10.0.8.0/24"),))), Settings(), None),
        (routed(), Settings(), "no route leads to any premises"),
        (routed(), HERE, "no route leads from subnet-a back to 10.0.7.7"),
        (routed(Route(ANYWHERE, "tgw-1")), HERE, None),
        (routed(Route(ANYWHERE, "tgw-1")), Settings(), None),
        (routed(Route(ANYWHERE, "igw-1")), HERE, "no route leads from subnet-a back to 10.0.7.7"),
        (routed(BACK, NARROW), HERE, "no route leads from subnet-a back to 10.0.7.7"),
        # One interface that answers is enough.
        (routed(other=(BACK,)), HERE, None),
        (filtered(IN, OUT), HERE, None),
        (filtered(OUT), HERE, "the network ACL of subnet-a drops packets from or to 10.0.7.7"),
        (filtered(IN), HERE, "the network ACL of subnet-a drops packets from or to 10.0.7.7"),
        (filtered(IN, replace(OUT, protocol="6", from_port=32768, to_port=60999)), HERE, "the network ACL of"),
        (filtered(IN, replace(OUT, protocol="6", from_port=1024)), HERE, None),
        (filtered(replace(IN, number=50, allow=False, cidr=PREMISES), IN, OUT), HERE, "the network ACL of subnet-a"),
        # A machine in the VPC needs no VPN, and in the very subnet no ACL.
        (admitting(Rule(cidrs=(VPC,))), replace(at("10.110.9.9"), vpn=False), None),
        (replace(filtered(OUT), groups=(Group("sg", ingress=(Rule(cidrs=(VPC,)),)),)), at("10.110.3.9"), None),
    ],
)
def test_what_loses_packets(cluster: Cluster, settings: Settings, lost: str | None) -> None:
    found = obstacle(cluster, settings)
    assert found == lost or (lost and found and found.startswith(lost))


def test_the_settings_are_those_named_and_else_the_defaults() -> None:
    assert parsed({}) == Settings()
    assert parsed({"address": "10.0.7.7", "vpn": False}) == Settings(address=IPv4Address("10.0.7.7"), vpn=False)
    assert parsed({"address": None, "resolver": "strips private answers"}) == Settings(
        resolver="strips private answers"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], "an object"),
        ({"tunnel": True}, "has no tunnel"),
        ({"vpn": "up"}, "vpn is true or false"),
        ({"firewall": "shut"}, "open, drops, refuses"),
        ({"resolver": True}, "complete, strips private answers"),
        ({"address": "10.0.0.0/16"}, "10.0.0.0/16"),
    ],
)
def test_settings_that_are_none(content: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parsed(content)


def test_the_steering_answers_in_json_and_refuses_nonsense(account: Any) -> None:
    account.control("POST", "operator", {"address": "10.0.7.7", "vpn": False})
    told = account.control("GET", "operator")
    assert (told["settings"]["address"], told["settings"]["vpn"], told["lost"]) == ("10.0.7.7", False, {})
    with pytest.raises(AssertionError, match="has no tunnel"):
        account.control("POST", "operator", {"tunnel": True})
    assert account.control("GET", "operator")["settings"]["address"] == "10.0.7.7"
    account.reset()
    assert account.control("GET", "operator")["settings"]["address"] is None
