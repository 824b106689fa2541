"""Where a TCP connection from a node ends: name, route, network ACLs, security groups; and through the proxy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, ip_address
from urllib.parse import urlsplit

from wizard.practice.boot.proxy import Proxy, proxy_for
from wizard.practice.boot.snapshot import AclEntry, Cluster, Endpoint, Group, Machine, Rule, Subnet, Surroundings

# What an interface endpoint's private zone is called where it is not <service>.<region>.amazonaws.com.
_PRIVATE_NAMES = {
    "ecr.api": ("api.ecr.{region}.amazonaws.com",),
    "ecr.dkr": ("dkr.ecr.{region}.amazonaws.com", ".dkr.ecr.{region}.amazonaws.com"),
    "eks-auth": ("eks-auth.{region}.api.aws",),
}
_PREMISES = ("vgw-", "tgw-")


@dataclass(frozen=True)
class Attempt:
    """How a request ended: ``error`` is what Go's HTTP client says, None when the request got through."""

    error: str | None = None
    proxy: Proxy | None = None


def request(
    machine: Machine, surroundings: Surroundings, environment: Mapping[str, str], host: str, port: int = 443
) -> Attempt:
    """An HTTPS request as a Go program on the machine makes it with these environment variables."""
    proxy = proxy_for(environment, host, port)
    if proxy is None:
        return Attempt(direct(machine, surroundings, host, port))
    error = _to_proxy(machine, proxy)
    if error:
        return Attempt(f"proxyconnect tcp: {error}", proxy)
    if cluster_at(surroundings, host) is not None:
        # The proxy is outside the VPC and lets nothing through to an address that is not on the internet.
        return Attempt("Forbidden", proxy)
    return Attempt(None, proxy)


def cluster_at(surroundings: Surroundings, host: str) -> Cluster | None:
    """The cluster whose AWS-shaped endpoint has this host name."""
    return next((found for found in surroundings.clusters if urlsplit(found.endpoint).hostname == host), None)


def direct(machine: Machine, surroundings: Surroundings, host: str, port: int = 443) -> str | None:
    """What goes wrong with a direct connection in Go's words, or None."""
    if not surroundings.dns_support:
        resolver = next(surroundings.cidrs[0].hosts()) + 1
        return f"dial tcp: lookup {host} on {resolver}:53: read udp {machine.address}:41583->{resolver}:53: i/o timeout"
    private_zones = surroundings.dns_hostnames
    cluster = cluster_at(surroundings, host)
    if cluster is not None and cluster.private_access and private_zones:
        return _to_interfaces(machine, cluster.subnets, cluster.groups, port)
    if private_zones and (endpoint := _interface_endpoint(machine, surroundings, host)):
        return _to_interfaces(machine, endpoint.subnets, endpoint.groups, port)
    address = public_address(host)
    gateway = _gateway_endpoint(machine, surroundings, host)
    if gateway is not None:
        admitted = _leaves(machine.groups, address, (), gateway.prefix_list, port) and _acl_admits(
            machine.subnet.acl, address, port, outward=True
        )
    else:
        admitted = (
            _route_target(machine.subnet, address).startswith("nat-")
            or (machine.public_address and _route_target(machine.subnet, address).startswith("igw-"))
        ) and _leaves(machine.groups, address, (), "", port)
    return None if admitted else f"dial tcp {address}:{port}: i/o timeout"


def public_address(host: str) -> IPv4Address:
    """An address of AWS's for a name, always the same one."""
    digits = sha256(host.encode()).digest()
    return IPv4Address(bytes([52, 92 + digits[0] % 8, digits[1], digits[2]]))


def _interface_endpoint(machine: Machine, surroundings: Surroundings, host: str) -> Endpoint | None:
    for endpoint in surroundings.endpoints:
        if endpoint.gateway or not endpoint.private_dns:
            continue
        for pattern in _PRIVATE_NAMES.get(endpoint.service, (f"{endpoint.service}.{{region}}.amazonaws.com",)):
            name = pattern.format(region=machine.region)
            if host == name or (name.startswith(".") and host.endswith(name)):
                return endpoint
    return None


def _gateway_endpoint(machine: Machine, surroundings: Surroundings, host: str) -> Endpoint | None:
    for endpoint in surroundings.endpoints:
        name = f"{endpoint.service}.{machine.region}.amazonaws.com"
        routed = endpoint.gateway and machine.subnet.route_table in endpoint.route_tables
        if routed and (host == name or host.endswith(f".{name}")):
            return endpoint
    return None


def _to_interfaces(machine: Machine, subnets: Iterable[Subnet], groups: tuple[Group, ...], port: int) -> str | None:
    """AWS answers with an address in each subnet; one that works is enough, since clients try again."""
    tried = None
    for subnet in subnets:
        tried = _inside(subnet)
        same = subnet.id == machine.subnet.id
        if (
            _leaves(machine.groups, tried, tuple(group.id for group in groups), "", port)
            and _enters(groups, machine, port)
            and (
                same
                or (
                    _acl_admits(machine.subnet.acl, tried, port, outward=True)
                    and _acl_admits(subnet.acl, machine.address, port, outward=False)
                    and _acl_admits_answer(subnet.acl, machine.address, outward=True)
                    and _acl_admits_answer(machine.subnet.acl, tried, outward=False)
                )
            )
        ):
            return None
    return f"dial tcp {tried or machine.address}:{port}: i/o timeout"


def _inside(subnet: Subnet) -> IPv4Address:
    """An address that an interface of AWS's in the subnet has."""
    return subnet.cidr.network_address + min(10 + sha256(subnet.id.encode()).digest()[0], subnet.cidr.num_addresses - 2)


def _to_proxy(machine: Machine, proxy: Proxy) -> str | None:
    """A proxy stands on the premises: it takes a route there. Nothing is known of names on the premises."""
    premises = [route for route in machine.subnet.routes if route.target.startswith(_PREMISES)]
    try:
        address = ip_address(proxy.host)
    except ValueError:
        address = None
    if isinstance(address, IPv4Address):
        reachable = _route_target(machine.subnet, address).startswith(_PREMISES)
    else:
        reachable = bool(premises)
        address = next((route.destination.network_address + 1 for route in premises), None)
    if reachable and isinstance(address, IPv4Address) and _leaves(machine.groups, address, (), "", proxy.port):
        return None
    return f"dial tcp {proxy.host}:{proxy.port}: i/o timeout"


def _route_target(subnet: Subnet, address: IPv4Address) -> str:
    matching = [route for route in subnet.routes if address in route.destination]
    return max(matching, key=lambda route: route.destination.prefixlen).target if matching else ""


def _leaves(
    groups: tuple[Group, ...], address: IPv4Address, peers: tuple[str, ...], prefix_list: str, port: int
) -> bool:
    return any(
        _tcp(rule, port)
        and (
            any(address in cidr for cidr in rule.cidrs)
            or bool(set(rule.groups) & set(peers))
            or (prefix_list != "" and prefix_list in rule.prefix_lists)
        )
        for group in groups
        for rule in group.egress
    )


def _enters(groups: tuple[Group, ...], machine: Machine, port: int) -> bool:
    own = {group.id for group in machine.groups}
    return any(
        _tcp(rule, port) and (any(machine.address in cidr for cidr in rule.cidrs) or bool(own & set(rule.groups)))
        for group in groups
        for rule in group.ingress
    )


def _tcp(rule: Rule | AclEntry, port: int) -> bool:
    return rule.protocol in ("-1", "all") or (rule.protocol in ("tcp", "6") and rule.from_port <= port <= rule.to_port)


def _acl_admits(acl: tuple[AclEntry, ...], address: IPv4Address, port: int, *, outward: bool) -> bool:
    if not acl:
        return True
    for entry in sorted(acl, key=lambda entry: entry.number):
        if entry.egress == outward and address in entry.cidr and _tcp(entry, port):
            return entry.allow
    return False


def _acl_admits_answer(acl: tuple[AclEntry, ...], address: IPv4Address, *, outward: bool) -> bool:
    """The client's port is anything in Linux's ephemeral range; both its ends stand for it."""
    return all(_acl_admits(acl, address, port, outward=outward) for port in (32768, 60999))
