"""Whether packets from the operator's machine reach a cluster's private endpoint, and the answers come back.

The endpoint is one interface in each subnet; a client tries their addresses in turn, so one that works is enough.
Security groups are stateful, network ACLs are not (VPC user guide, "Security groups" and "Network ACL basics"). A
packet from the premises arrives by the gateway, whatever the tables say; its answer takes the longest prefix's route.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from wizard.practice.boot import packets
from wizard.practice.boot.snapshot import Cluster, Group, Rule, Subnet
from wizard.practice.operator.settings import Settings

HTTPS = 443
# From which ports clients connect: Linux's and Windows' own ranges, one after the other.
_CLIENT_PORTS = (32768, 65535)
_TO_PREMISES = ("vgw-", "tgw-")


def obstacle(cluster: Cluster, settings: Settings) -> str | None:
    """What loses the packets, in a few words; None where they arrive and the answers come back."""
    if not cluster.private_access:
        return "the private endpoint is switched off"
    if settings.inside:
        return None
    places = [settings.address] if settings.address else list(_premises(cluster))
    met = [_from(cluster, address, settings) for address in places]
    if not met:
        return "no route leads to any premises"
    return None if None in met else met[0]


def _premises(cluster: Cluster) -> Iterator[IPv4Address]:
    """An address in each network that the tables route to a gateway, of the part that a rule admits where one does."""
    sources = [cidr for rule in _https(cluster.groups) for cidr in rule.cidrs]
    routes = {route.destination for subnet in cluster.subnets for route in subnet.routes if _to_premises(route.target)}
    for network in sorted(routes):
        shared = [source if source.subnet_of(network) else network for source in sources if source.overlaps(network)]
        yield from (_host(part) for part in (*shared, network))


def _host(network: IPv4Network) -> IPv4Address:
    return network.network_address + min(10, network.num_addresses - 1)


def _from(cluster: Cluster, address: IPv4Address, settings: Settings) -> str | None:
    if not any(address in cidr for rule in _https(cluster.groups) for cidr in rule.cidrs):
        return f"no rule admits port {HTTPS} from {address}"
    met = [_by(subnet, address, settings) for subnet in cluster.subnets]
    return None if None in met else met[0] if met else "the cluster has no interface"


def _by(subnet: Subnet, address: IPv4Address, settings: Settings) -> str | None:
    target = packets.target(subnet, address)
    if target != "local":
        if not _to_premises(target):
            return f"no route leads from {subnet.id} back to {address}"
        if not settings.vpn:
            return "no tunnel of the VPN is up"
    if address in subnet.cidr:
        return None
    there = packets.acl_admits(subnet.acl, "tcp", address, (HTTPS, HTTPS), outward=False)
    back = packets.acl_admits(subnet.acl, "tcp", address, _CLIENT_PORTS, outward=True)
    return None if there and back else f"the network ACL of {subnet.id} drops packets from or to {address}"


def _to_premises(target: str) -> bool:
    return target.startswith(_TO_PREMISES)


def _https(groups: Iterable[Group]) -> Iterator[Rule]:
    return (rule for group in groups for rule in group.ingress if packets.covers(rule, "tcp", HTTPS))
