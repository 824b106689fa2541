"""Subnets to be made, put where AWS and EKS take them."""

from collections.abc import Sequence
from ipaddress import IPv4Network

import pytest

from wizard.steps.vpc.answers import Subnet
from wizard.subnets import apart, in_zones, typed

VPC = IPv4Network("10.1.0.0/16")
ABC = ("aa-b-1a", "aa-b-1b", "aa-b-1c")


def subnets(*texts: str) -> tuple[Subnet, ...]:
    """Subnets written as zone letter and CIDR."""
    return tuple(Subnet(zone=f"aa-b-1{text[0]}", cidr=IPv4Network(text[2:])) for text in texts)


def short(found: Sequence[Subnet] | None) -> list[str] | None:
    """Subnets as they are written here."""
    return None if found is None else [f"{one.zone[-1]} {one.cidr}" for one in found]


ONE, TWO, THREE = "10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"


@pytest.mark.parametrize(
    ("given", "zones", "standing", "found"),
    [
        ([f"a {ONE}", f"b {TWO}"], ABC, {}, [f"a {ONE}", f"b {TWO}"]),
        ([f"x {ONE}", f"a {TWO}"], ABC, {}, [f"b {ONE}", f"a {TWO}"]),
        ([f"x {ONE}", f"y {TWO}"], ABC, {}, [f"a {ONE}", f"b {TWO}"]),
        ([f"a {ONE}", f"a {TWO}"], ABC, {}, [f"a {ONE}", f"b {TWO}"]),
        ([f"a {ONE}", f"a {TWO}", f"b {THREE}"], ABC, {}, [f"a {ONE}", f"a {TWO}", f"b {THREE}"]),
        ([f"a {ONE}", f"b {TWO}", f"x {THREE}"], ABC[:2], {}, [f"a {ONE}", f"b {TWO}", f"a {THREE}"]),
        # What stands stays where it stands, whatever the answers say.
        ([f"a {ONE}", f"a {TWO}"], ABC, {TWO: "aa-b-1a"}, [f"b {ONE}", f"a {TWO}"]),
        ([f"b {ONE}", f"a {TWO}"], ABC, {TWO: "aa-b-1b"}, [f"a {ONE}", f"b {TWO}"]),
        ([f"a {ONE}", f"b {TWO}"], ABC, {ONE: "aa-b-1b", TWO: "aa-b-1b"}, None),
        ([f"a {ONE}", f"x {TWO}"], ABC[:1], {}, None),
        ([f"a {ONE}", f"x {TWO}"], (), {}, None),
    ],
)
def test_in_zones(given: list[str], zones: tuple[str, ...], standing: dict[str, str], found: list[str] | None) -> None:
    assert short(in_zones(subnets(*given), zones, standing)) == found


@pytest.mark.parametrize(
    ("given", "standing", "found"),
    [
        ([ONE, TWO], {}, [ONE, TWO]),
        (["10.2.0.0/24", ONE], {}, [TWO, ONE]),
        (["10.2.0.0/20", ONE], {}, ["10.1.16.0/20", ONE]),
        ([ONE, "10.1.0.128/25"], {}, [ONE, "10.1.1.0/25"]),
        ([ONE, ONE], {}, [ONE, TWO]),
        # What stands stays, and what nobody asked for is in the way.
        (["10.1.0.0/25", ONE], {ONE: "z"}, ["10.1.1.0/25", ONE]),
        (["10.2.0.0/24", TWO], {ONE: "z"}, [THREE, TWO]),
        # What is too small grows in its place, or elsewhere where that is taken.
        (["10.1.7.16/29", TWO], {}, ["10.1.7.0/24", TWO]),
        (["10.1.1.16/29", TWO], {}, [ONE, TWO]),
        (["10.1.7.0/29", "10.1.7.8/29"], {}, ["10.1.7.0/24", "10.1.0.0/24"]),
        # The next smaller size where there is no room; and nothing where there is none at all.
        (["10.1.0.0/17", "10.1.128.0/18", "10.2.0.0/17"], {}, ["10.1.0.0/17", "10.1.128.0/18", "10.1.192.0/18"]),
        (["10.1.0.0/16", ONE], {}, ["10.1.0.0/16", None]),
    ],
)
def test_apart(given: list[str], standing: dict[str, str], found: list[str | None]) -> None:
    placed = apart(subnets(*(f"a {cidr}" for cidr in given)), VPC, standing)
    assert short(placed) == (None if None in found else [f"a {cidr}" for cidr in found])


def test_apart_makes_larger_what_is_too_small_for_eks() -> None:
    assert short(apart(subnets("a 10.1.0.0/28", f"b {TWO}"), VPC, {}, narrowest=27)) == [f"a {ONE}", f"b {TWO}"]
    small = IPv4Network("10.1.0.0/26")
    given = subnets("a 10.1.0.0/28", "b 10.1.0.16/28")
    assert short(apart(given, small, {}, narrowest=27)) == ["a 10.1.0.0/27", "b 10.1.0.32/27"]


def test_subnets_as_they_are_typed() -> None:
    assert typed(subnets(f"a {ONE}", f"b {TWO}")) == f"aa-b-1a {ONE}\naa-b-1b {TWO}"
