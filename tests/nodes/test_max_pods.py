"""Pods and addresses of a node."""

from typing import Any

import pytest

from wizard.max_pods import addresses_taken, addresses_taken_with_prefixes, max_pods, max_pods_with_prefixes


def network_info(interfaces: int, addresses: int) -> dict[str, Any]:
    return {
        "MaximumNetworkInterfaces": interfaces,
        "MaximumNetworkCards": 1,
        "DefaultNetworkCardIndex": 0,
        "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": interfaces}],
        "Ipv4AddressesPerInterface": addresses,
    }


M5_LARGE = network_info(3, 10)


@pytest.mark.parametrize(
    ("instance_type", "interfaces", "addresses", "pods"),
    [
        ("t3.micro", 2, 2, 4),
        ("t3.small", 3, 4, 11),
        ("t3.medium", 3, 6, 17),
        ("t3.large", 3, 12, 35),
        ("m5.large", 3, 10, 29),
        ("m5.xlarge", 4, 15, 58),
        ("m5.4xlarge", 8, 30, 234),
        ("m5.24xlarge", 15, 50, 737),
        ("m7g.medium", 2, 4, 8),
    ],
)
def test_max_pods(instance_type: str, interfaces: int, addresses: int, pods: int) -> None:
    assert max_pods(network_info(interfaces, addresses)) == pods


def test_only_the_default_network_card_counts() -> None:
    """p4d.24xlarge has four cards of 15 interfaces each."""
    cards = [{"NetworkCardIndex": index, "MaximumNetworkInterfaces": 15} for index in range(4)]
    assert max_pods({**network_info(60, 50), "NetworkCards": cards}) == 737


def test_an_answer_without_cards_still_counts() -> None:
    assert max_pods({"MaximumNetworkInterfaces": 3, "Ipv4AddressesPerInterface": 10}) == 29


@pytest.mark.parametrize(
    ("nodes", "pods", "addresses"),
    [(0, 1, 0), (1, 0, 10), (1, 1, 20), (1, 9, 20), (1, 10, 30), (1, 27, 30), (1, 500, 30), (4, 1, 80)],
)
def test_addresses_taken_by_nodes_of_m5_large(nodes: int, pods: int, addresses: int) -> None:
    assert addresses_taken(M5_LARGE, nodes, pods) == addresses


def test_a_node_takes_two_interfaces_unless_told_otherwise() -> None:
    assert addresses_taken(M5_LARGE, 2) == 40


def test_a_type_without_addresses_for_pods_takes_its_own_only() -> None:
    assert addresses_taken(network_info(2, 1), 3, 5) == 3


@pytest.mark.parametrize(
    ("interfaces", "addresses", "vcpus", "pods"),
    [(3, 10, 2, 110), (2, 2, 2, 34), (2, 4, 2, 98), (15, 50, 96, 250), (8, 30, 32, 250), (8, 30, 29, 110)],
)
def test_with_prefixes_each_address_holds_sixteen_and_eks_stops_at_110_or_250(
    interfaces: int, addresses: int, vcpus: int, pods: int
) -> None:
    info = {"MaximumNetworkInterfaces": interfaces, "Ipv4AddressesPerInterface": addresses}
    assert max_pods_with_prefixes(info, vcpus) == pods


def test_with_prefixes_a_node_takes_two_of_them_and_its_own_address() -> None:
    assert addresses_taken_with_prefixes(1) == 33
    assert addresses_taken_with_prefixes(3) == 99
