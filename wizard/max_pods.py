"""How many pods a node holds and how many addresses it takes, from EC2's own numbers.

``network_info`` is NetworkInfo of ec2:DescribeInstanceTypes, as boto3 returns it.
"""

from collections.abc import Mapping
from typing import Any

# Addresses of a /28, which takes the place of one address of an interface.
PREFIX = 16
# aws-node, kube-proxy and two CoreDNS take four; a node that holds no more runs nothing else.
LEAST_PODS = 8


def max_pods(network_info: Mapping[str, Any]) -> int:
    """The kubelet's maxPods that nodeadm computes for the type, without prefix delegation.

    Each interface keeps its first address for itself; two pods (aws-node, kube-proxy) use the node's own.
    Source: awslabs/amazon-eks-ami, nodeadm/internal/kubelet/eni_max_pods.go.
    """
    interfaces, addresses = _interfaces(network_info)
    return interfaces * (addresses - 1) + 2


def max_pods_with_prefixes(network_info: Mapping[str, Any], vcpus: int) -> int:
    """The maxPods that EKS recommends with prefix delegation: 110 at most, or 250 from 30 vCPUs on.

    Source: EKS user guide, "Assign more IP addresses to Amazon EKS nodes with prefixes"; its max-pods calculator.
    """
    interfaces, addresses = _interfaces(network_info)
    return min(interfaces * (addresses - 1) * PREFIX + 2, 110 if vcpus < 30 else 250)


def addresses_taken_with_prefixes(nodes: int) -> int:
    """Addresses that ``nodes`` nodes with a few pods take from their subnets under the CNI's WARM_PREFIX_TARGET=1.

    Each node has one address of its own, a prefix that is in use, and one that is kept ready.
    """
    return nodes * (1 + 2 * PREFIX)


def addresses_taken(network_info: Mapping[str, Any], nodes: int, pods_per_node: int = 1) -> int:
    """Addresses that ``nodes`` nodes take from their subnets under the CNI's default WARM_ENI_TARGET=1.

    ``pods_per_node`` counts pods with an address of their own. The CNI attaches whole interfaces until one
    interface's worth of addresses is free, and stops at the type's limit. So a node with one pod holds two
    interfaces, and each takes all its addresses at once.
    """
    interfaces, addresses = _interfaces(network_info)
    for_pods = addresses - 1
    # A type with one address per interface has none for pods, and nothing to keep warm.
    wanted = 1 + (-(-pods_per_node // for_pods) if for_pods else 0)
    return nodes * min(wanted, interfaces) * addresses


def _interfaces(network_info: Mapping[str, Any]) -> tuple[int, int]:
    """Interfaces of the default network card, and IPv4 addresses of each."""
    default = network_info.get("DefaultNetworkCardIndex", 0)
    for card in network_info.get("NetworkCards", ()):
        if card["NetworkCardIndex"] == default:
            return card["MaximumNetworkInterfaces"], network_info["Ipv4AddressesPerInterface"]
    return network_info["MaximumNetworkInterfaces"], network_info["Ipv4AddressesPerInterface"]
