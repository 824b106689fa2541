"""Names to addresses, as a node asks for them: which name server answers, and whether it knows the VPC's own zones.

Amazon's resolver answers with a VPC's private zones when both DNS attributes are on (VPC user guide, "DNS attributes
for your VPC"; PrivateLink guide, "private DNS"). Other name servers, named in DHCP options, never do (EKS user guide,
cluster endpoints: "DHCP options must include AmazonProvidedDNS"), even when they stand in the VPC themselves.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, ip_address
from urllib.parse import urlsplit

from wizard.practice.boot import packets
from wizard.practice.boot.packets import Flow, Peer
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import Cluster, Endpoint, Group, Machine, Subnet, Surroundings

# What an interface endpoint's private zone is called where it is not <service>.<region>.amazonaws.com.
_PRIVATE_NAMES = {
    "ecr.api": ("api.ecr.{region}.amazonaws.com",),
    "ecr.dkr": ("dkr.ecr.{region}.amazonaws.com", ".dkr.ecr.{region}.amazonaws.com"),
    "eks-auth": ("eks-auth.{region}.api.aws",),
    "s3": ("s3.{region}.amazonaws.com", ".s3.{region}.amazonaws.com"),
}
_AWS = (".amazonaws.com", ".api.aws", ".on.aws", ".amazonaws.com.cn")
_LINK_LOCAL_RESOLVER = IPv4Address("169.254.169.253")


@dataclass(frozen=True)
class Answer:
    """What a name leads to: peers, of which a client tries one after the other, and the endpoint that they are of.

    ``instead`` is the rule that kept a private address from being the answer.
    """

    peers: tuple[Peer, ...]
    endpoint: Endpoint | None = None
    instead: Obstacle | None = None


def resolved(machine: Machine, surroundings: Surroundings, host: str) -> Answer | Obstacle:
    """What a host name, or an address, leads to from a machine."""
    host = host.lower().rstrip(".")
    if host[-1:].isdigit() and (address := _ipv4(host)):
        return Answer((_by_address(surroundings, address),))
    server = _server(machine, surroundings)
    if isinstance(server, Obstacle):
        return Obstacle(server.rule, f"dial tcp: lookup {host} on {server.says}")
    known = name_unknown(surroundings, server, host)
    if known is not None:
        return known
    if not host.endswith(_AWS):
        return Answer((_by_address(surroundings, _company_address(machine, surroundings)),))
    cluster = cluster_at(surroundings, host)
    if cluster is not None:
        return _cluster(surroundings, server, cluster)
    return _service(machine, surroundings, server, host)


def cluster_at(surroundings: Surroundings, host: str) -> Cluster | None:
    """The cluster whose AWS-shaped endpoint has this host name."""
    return next((found for found in surroundings.clusters if urlsplit(found.endpoint).hostname == host.lower()), None)


@lru_cache(maxsize=4096)
def public_address(host: str, within: tuple[IPv4Network, ...] = ()) -> IPv4Address:
    """An address of AWS's for a name, always the same one; in one of the networks where any are given."""
    digits = sha256(host.encode()).digest()
    if within:
        network = within[digits[0] % len(within)]
        return network[int.from_bytes(digits[1:5]) % network.num_addresses]
    return IPv4Address(bytes([52, 92 + digits[0] % 8, digits[1], digits[2]]))


# name servers


def _server(machine: Machine, surroundings: Surroundings) -> IPv4Address | Obstacle:
    """The first name server of the DHCP options that answers. Amazon's is two above the VPC's first address."""
    amazons = _amazons(surroundings.cidrs[0])
    trouble: Obstacle | None = no_name_server(surroundings)
    for name in surroundings.dhcp.name_servers:
        address = amazons if name == "AmazonProvidedDNS" else _ipv4(name)
        if address is None:
            continue
        if address == _LINK_LOCAL_RESOLVER:
            address = amazons
        trouble = (
            resolver_off(surroundings, machine, address)
            if address == amazons
            else name_server_unreachable(machine, surroundings, address)
        )
        if trouble is None:
            return address
    return trouble or amazons


@rule("no-name-server")
def no_name_server(surroundings: Surroundings) -> str | None:
    """A DHCP options set without domain-name-servers names none, and then systemd-resolved has nobody to ask."""
    return None if surroundings.dhcp.name_servers else "127.0.0.53:53: server misbehaving"


@rule("dns-support-off")
def resolver_off(surroundings: Surroundings, machine: Machine, resolver: IPv4Address) -> str | None:
    """Without enableDnsSupport the VPC has no resolver of Amazon's (VPC user guide, DNS attributes)."""
    return None if surroundings.dns_support else _unanswered(machine, resolver)


@rule("name-server-unreachable")
def name_server_unreachable(machine: Machine, surroundings: Surroundings, server: IPv4Address) -> str | None:
    """A name server of the company's is asked over the network, and needs a way there and back."""
    flow = Flow(machine, _by_address(surroundings, server), 53, surroundings.premises, surroundings.prefix_lists, "udp")
    return _unanswered(machine, server) if packets.obstacle(flow) else None


def _unanswered(machine: Machine, server: IPv4Address) -> str:
    return f"{server}:53: read udp {machine.address}:41583->{server}:53: i/o timeout"


def _is_amazons(surroundings: Surroundings, server: IPv4Address) -> bool:
    return server == _amazons(surroundings.cidrs[0])


@lru_cache(maxsize=256)
def _amazons(cidr: IPv4Network) -> IPv4Address:
    """Amazon's resolver in a VPC of this first CIDR (VPC user guide, "Amazon DNS server")."""
    return cidr.network_address + 2


@rule("name-unknown")
def name_unknown(surroundings: Surroundings, server: IPv4Address, host: str) -> str | None:
    """Amazon's resolver knows the company's names only where they are forwarded; the company's own name servers know
    the internet's only where they ask further."""
    premises = surroundings.premises
    of_aws = host.endswith(_AWS)
    known = (
        (premises.names_forwarded or of_aws)
        if _is_amazons(surroundings, server)
        else (premises.public_names or not of_aws)
    )
    is_a_cluster = host.endswith(".eks.amazonaws.com")
    if known and not (is_a_cluster and cluster_at(surroundings, host) is None):
        return None
    return f"dial tcp: lookup {host} on {server}:53: no such host"


# private zones


@rule("other-name-server")
def not_amazons(surroundings: Surroundings, server: IPv4Address) -> str | None:
    """Only Amazon's resolver knows the VPC's private zones."""
    return None if _is_amazons(surroundings, server) else "another name server answers"


@rule("dns-hostnames-off")
def hostnames_off(surroundings: Surroundings) -> str | None:
    """Private zones are honoured with both DNS attributes on (VPC user guide, "Private hosted zones")."""
    return None if surroundings.dns_hostnames else "enableDnsHostnames is off"


@rule("endpoint-not-available")
def endpoint_not_available(endpoint: Endpoint) -> str | None:
    """An endpoint that is pending, rejected, failed or being deleted serves nobody."""
    return None if endpoint.state.lower() == "available" else f"{endpoint.id} is {endpoint.state}"


@rule("private-dns-off")
def private_dns_off(endpoint: Endpoint) -> str | None:
    """Without private DNS only the endpoint's own names lead to it, and no program of a node knows these."""
    return None if endpoint.private_dns else f"{endpoint.id} has no private DNS"


@rule("private-access-off")
def private_access_off(cluster: Cluster) -> str | None:
    """Without private access the cluster's name has public addresses in the VPC too."""
    return None if cluster.private_access else f"{cluster.name} has no private endpoint"


def _cluster(surroundings: Surroundings, server: IPv4Address, cluster: Cluster) -> Answer:
    """The cluster's own private zone, else what the world is told.

    A cluster with a private endpoint alone has its private addresses in the world's DNS too, since December 2019 (EKS
    user guide, cluster endpoints): without the private zone a node finds it all the same.
    """
    instead = private_access_off(cluster) or not_amazons(surroundings, server) or hostnames_off(surroundings)
    if instead is None or (cluster.private_access and not cluster.public_access):
        return Answer(_interfaces(surroundings, cluster.subnets, cluster.groups))
    address = public_address(urlsplit(cluster.endpoint).hostname or "")
    return Answer((Peer(address, "internet"),), instead=instead)


def _service(machine: Machine, surroundings: Surroundings, server: IPv4Address, host: str) -> Answer:
    # Beside a gateway endpoint, S3's interface endpoint answers to the premises alone (S3 user guide, "Private DNS").
    by_gateway = {one.service for one in surroundings.endpoints if one.gateway}
    found = [
        one
        for one in surroundings.endpoints
        if not one.gateway and one.service not in by_gateway and _is_named(one, machine.region, host)
    ]
    instead = None
    for endpoint in found:
        instead = (
            not_amazons(surroundings, server)
            or hostnames_off(surroundings)
            or endpoint_not_available(endpoint)
            or private_dns_off(endpoint)
        )
        if instead is None:
            return Answer(_interfaces(surroundings, endpoint.subnets, endpoint.groups), endpoint)
    return _public(machine, surroundings, host, instead)


def _is_named(endpoint: Endpoint, region: str, host: str) -> bool:
    return any(host == name or (name[0] == "." and host.endswith(name)) for name in _names(endpoint.service, region))


@lru_cache(maxsize=1024)
def _names(service: str, region: str) -> tuple[str, ...]:
    patterns = _PRIVATE_NAMES.get(service, ("{service}.{region}.amazonaws.com",))
    return tuple(pattern.format(service=service, region=region) for pattern in patterns)


def _public(machine: Machine, surroundings: Surroundings, host: str, instead: Obstacle | None) -> Answer:
    """AWS's public address; a gateway endpoint on the subnet's route table leads there from within the VPC."""
    address = public_address(host)
    for endpoint in surroundings.endpoints:
        name = f"{endpoint.service}.{machine.region}.amazonaws.com"
        if not endpoint.gateway or not (host == name or host.endswith(f".{name}")):
            continue
        of_service = next((one for one in surroundings.prefix_lists if one.id == endpoint.prefix_list), None)
        address = public_address(host, of_service.cidrs if of_service else ())
        instead = endpoint_not_available(endpoint) or gateway_not_routed(machine, endpoint)
        if instead is None:
            return Answer((Peer(address, "gateway", prefix_list=endpoint.prefix_list),), endpoint)
    return Answer((Peer(address, "internet"),), instead=instead)


@rule("gateway-not-routed")
def gateway_not_routed(machine: Machine, endpoint: Endpoint) -> str | None:
    """A gateway endpoint serves the subnets of the route tables that it is associated with (PrivateLink guide)."""
    there = machine.subnet.route_table in endpoint.route_tables
    return None if there else f"{endpoint.id} is not on {machine.subnet.route_table}"


# addresses


def _interfaces(surroundings: Surroundings, subnets: tuple[Subnet, ...], groups: tuple[Group, ...]) -> tuple[Peer, ...]:
    """One peer in each subnet. An endpoint in one zone only serves the others too."""
    peers = []
    for subnet in subnets:
        elsewhere = bool(surroundings.vpc) and bool(subnet.vpc) and subnet.vpc != surroundings.vpc
        peers.append(Peer(_inside(subnet.id, subnet.cidr), "other vpc" if elsewhere else "vpc", groups, subnet))
    return tuple(peers)


@lru_cache(maxsize=4096)
def _inside(subnet_id: str, cidr: IPv4Network) -> IPv4Address:
    """An address that an interface of AWS's in the subnet has."""
    return cidr.network_address + min(10 + sha256(subnet_id.encode()).digest()[0], cidr.num_addresses - 2)


def _by_address(surroundings: Surroundings, address: IPv4Address) -> Peer:
    if any(address in cidr for cidr in surroundings.cidrs):
        return Peer(address, "vpc")
    return Peer(address, "internet" if address.is_global else "premises")


def _company_address(machine: Machine, surroundings: Surroundings) -> IPv4Address:
    """A server of the company's stands in the first of its networks; where none is known, nowhere near."""
    routed = (route.destination for route in machine.subnet.routes if route.target.startswith(("vgw-", "tgw-", "lgw-")))
    networks = (*surroundings.premises.cidrs, *routed)
    first = next((network for network in networks if network.prefixlen), IPv4Network("192.168.255.0/24"))
    return first.network_address + 1


def _ipv4(text: str) -> IPv4Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Address) else None
