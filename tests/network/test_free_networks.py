"""Free networks: found in order, none of them taken, and without counting through what is large."""

from ipaddress import IPv4Network
from itertools import islice

import pytest

from wizard.answer_types import read_service_cidr
from wizard.free_networks import free, service_cidr


def networks(*texts: str) -> list[IPv4Network]:
    """These CIDRs."""
    return [IPv4Network(text) for text in texts]


@pytest.mark.parametrize(
    ("within", "taken", "prefixlen", "found"),
    [
        ("10.0.0.0/24", [], 26, ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26", "10.0.0.192/26"]),
        ("10.0.0.0/24", [], 24, ["10.0.0.0/24"]),
        ("10.0.0.0/24", [], 23, []),
        ("10.0.0.0/24", ["10.0.0.0/24"], 28, []),
        ("10.0.0.0/24", ["10.0.0.0/8"], 28, []),
        ("10.0.0.0/24", ["10.0.0.0/26"], 25, ["10.0.0.128/25"]),
        ("10.0.0.0/24", ["10.0.0.80/28"], 26, ["10.0.0.0/26", "10.0.0.128/26", "10.0.0.192/26"]),
        ("10.0.0.0/24", ["10.0.0.192/26", "10.0.0.0/26"], 26, ["10.0.0.64/26", "10.0.0.128/26"]),
        ("10.0.0.0/24", ["10.0.0.64/26", "10.0.0.64/28"], 25, ["10.0.0.128/25"]),
        ("10.0.0.0/24", ["9.255.255.0/24", "10.0.1.0/24"], 24, ["10.0.0.0/24"]),
        ("255.255.255.0/24", ["255.255.255.0/25"], 25, ["255.255.255.128/25"]),
        ("0.0.0.0/0", ["0.0.0.0/1"], 1, ["128.0.0.0/1"]),
    ],
)
def test_what_is_free(within: str, taken: list[str], prefixlen: int, found: list[str]) -> None:
    assert list(free(IPv4Network(within), networks(*taken), prefixlen)) == networks(*found)


def test_all_that_is_free_and_nothing_else() -> None:
    within, taken = IPv4Network("10.0.0.0/22"), networks("10.0.0.16/28", "10.0.1.0/24", "10.0.3.240/30")
    expected = [one for one in within.subnets(new_prefix=27) if not any(one.overlaps(other) for other in taken)]
    assert list(free(within, taken, 27)) == expected


def test_the_first_of_a_large_network_is_not_searched_for() -> None:
    # A million /28 are passed over, or nobody would wait for the result.
    taken = networks("10.0.0.0/9", "10.128.0.0/28")
    found = free(IPv4Network("10.0.0.0/8"), taken, 28)
    assert list(islice(found, 2)) == networks("10.128.0.16/28", "10.128.0.32/28")


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        ([], "172.20.0.0/16"),
        (["172.20.8.0/24"], "10.100.0.0/16"),
        (["172.20.0.0/16", "10.0.0.0/8"], "192.168.0.0/16"),
        (["10.0.0.0/8", "192.168.0.0/16", "172.20.0.0/16"], "172.16.0.0/16"),
        (["10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/13"], "172.24.0.0/16"),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/24"], "192.168.16.0/20"),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], None),
    ],
)
def test_a_service_cidr_is_nobodys(taken: list[str], found: str | None) -> None:
    cidr = service_cidr(networks(*taken))
    assert cidr == (IPv4Network(found) if found else None)
    assert cidr is None or read_service_cidr(str(cidr)) == cidr


def test_dockers_network_is_left_alone() -> None:
    taken = networks("10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/16", "172.20.0.0/16")
    assert service_cidr(taken) == IPv4Network("172.18.0.0/16")
