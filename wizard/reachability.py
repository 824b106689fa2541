"""What a node of each subnet reaches once the plan has run, which way, and why. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from wizard.facts import Endpoint, Facts, Route, RouteTable, Rule, SecurityGroup, State, Unknown, known
from wizard.name_servers import is_amazons
from wizard.network import Id, Network, NetworkEndpoint, NetworkSubnet, connection, endpoint_group_name
from wizard.no_proxy import goes_direct
from wizard.packets import Peer, admits, leads_to_premises, route_taken
from wizard.plan import Ref
from wizard.profile import Profile

CLUSTER_API: Final = "cluster API"
INTERNET: Final = "the internet"
PREMISES: Final = "premises"

# Without these no node of an AL2023 image becomes Ready; most workloads ask for sts (EKS user guide, private clusters).
NEEDED: Final = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts")
HTTPS: Final = 443
DEFAULT_ROUTE: Final = "0.0.0.0/0"


class Way(StrEnum):
    """How a source gets to a destination. ``direct`` is without a proxy and without an endpoint."""

    ENDPOINT = "endpoint"
    PROXY = "proxy"
    DIRECT = "direct"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """The key of the sentence in words/reachability.yaml that says why."""

    OWN_ZONE = "own_zone"
    OTHER_ZONE = "other_zone"
    GATEWAY = "gateway"
    BY_PROXY = "by_proxy"
    INTERNET = "internet"
    CLUSTER = "cluster"
    PREMISES = "premises"
    NAT = "nat"
    NO_ENDPOINT = "no_endpoint"
    NO_SUBNET = "no_subnet"
    PRIVATE_DNS_OFF = "private_dns_off"
    NAME_SERVERS = "name_servers"
    NOT_ADMITTED = "not_admitted"
    NO_ROUTE_TABLE = "no_route_table"
    NO_WAY_OUT = "no_way_out"
    NO_ROUTE_TO_PROXY = "no_route_to_proxy"
    NOT_PRIVATE = "not_private"
    NO_GATEWAY = "no_gateway"
    NO_ROUTE_BACK = "no_route_back"
    NOT_TOLD = "not_told"
    GROUP_NOT_SEEN = "group_not_seen"
    BY_GROUP = "by_group"
    DEFAULT_ROUTE = "default_route"


@dataclass(frozen=True)
class Source:
    """Where a connection starts: a subnet by its CIDR, or the premises, whose ``zone`` is empty."""

    name: str
    zone: str


@dataclass(frozen=True)
class Cell:
    """One way; ``about`` fills the sentence of ``why`` and may hold untrusted text."""

    source: str
    destination: str
    way: Way
    why: Why
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Reachability:
    """``cells`` by source, then by destination; from the premises only the cluster's API is judged."""

    sources: tuple[Source, ...]
    destinations: tuple[str, ...]
    cells: tuple[Cell, ...]

    def cell(self, source: str, destination: str) -> Cell | None:
        """The cell of these two; None where nothing is said about them."""
        return next((one for one in self.cells if (one.source, one.destination) == (source, destination)), None)


@dataclass(frozen=True)
class _Verdict:
    way: Way
    why: Why
    about: Mapping[str, Any]


# The name that is worst off speaks for its service.
_WORST_FIRST = (Way.NOTHING, Way.UNKNOWN, Way.PROXY, Way.DIRECT, Way.ENDPOINT)


def reachability(profile: Profile, facts: Facts, network: Network) -> Reachability:
    """The ways from each node subnet to all that a node needs, and from the premises to the cluster's API.

    Judged are private DNS, endpoints, their security groups, routes, and NO_PROXY as Go reads it. Network ACLs,
    endpoint policies and the proxy's own rules are not among the facts. What AWS would not tell is ``unknown``.
    """
    services = tuple(dict.fromkeys((*NEEDED, *profile.endpoints.services)))
    judge = _Judge(profile, facts, network)
    cells: list[Cell] = []
    for subnet in network.subnets:
        verdicts = {CLUSTER_API: judge.cluster(subnet)}
        verdicts |= {service: judge.service(subnet, service) for service in services}
        verdicts[INTERNET] = judge.internet(subnet)
        cells += [_cell(subnet.cidr, destination, verdict) for destination, verdict in verdicts.items()]
    if network.subnets:
        cells.append(_cell(PREMISES, CLUSTER_API, judge.premises()))
    sources = (*(Source(subnet.cidr, subnet.zone) for subnet in network.subnets), Source(PREMISES, ""))
    return Reachability(sources, (CLUSTER_API, *services, INTERNET), tuple(cells))


def _cell(source: str, destination: str, verdict: _Verdict) -> Cell:
    about = {"source": source, "destination": destination, **verdict.about}
    return Cell(source, destination, verdict.way, verdict.why, about)


@dataclass(frozen=True)
class _Judge:
    profile: Profile
    facts: Facts
    network: Network

    def service(self, subnet: NetworkSubnet, service: str) -> _Verdict:
        """The way to an AWS service: that of the one of its names that is worst off."""
        endpoints = self.facts.endpoints
        hidden = _hidden(self.facts.vpc.vpc, self.facts.vpc.subnets, endpoints.offers, endpoints.endpoints)
        if hidden:
            return hidden
        verdicts = [self._by_name(subnet, service, name) for name in self._names(service)]
        return min(verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.way))

    def cluster(self, subnet: NetworkSubnet) -> _Verdict:
        """The way of a node to the Kubernetes API."""
        cluster, vpc = self.facts.cluster.cluster, self.facts.vpc.vpc
        hidden = _hidden(cluster, vpc)
        if hidden:
            return hidden
        if not known(cluster) or cluster.state is not State.USABLE:
            return self._dns_fault() or _Verdict(Way.DIRECT, Why.CLUSTER, {})
        host = _host(cluster.endpoint or "")
        if self.profile.site.proxy and host and not goes_direct(host, self.network.no_proxy):
            return self._by_proxy(subnet, host)
        if not cluster.private_access:
            return self._out(subnet) or _Verdict(Way.NOTHING, Why.NOT_PRIVATE, {})
        fault = self._dns_fault()
        if fault:
            return fault
        if self.network.control_plane_group not in cluster.groups:
            return _Verdict(Way.UNKNOWN, Why.GROUP_NOT_SEEN, {"groups": list(cluster.groups)})
        # The nodes' stack lets them in on 443 there (templates/nodes.yaml, ControlPlaneFromNode).
        return _Verdict(Way.DIRECT, Why.CLUSTER, {})

    def premises(self) -> _Verdict:
        """The way of an operator to the Kubernetes API, through the VPN."""
        cluster, gateway = self.facts.cluster.cluster, self.facts.vpc.gateway
        # The plan lets the premises into the control plane's group.
        hidden = _hidden(cluster, self.facts.vpc.vpc, gateway, self.facts.security_group.group)
        if hidden:
            return hidden
        connect = connection(self.profile)
        if gateway is None and connect is not None and getattr(connect, "vpn_gateway", "") != "create":
            return _Verdict(Way.NOTHING, Why.NO_GATEWAY, {"gateway": _gateway(connect)})
        if known(cluster) and cluster.state is State.USABLE:
            if not cluster.private_access:
                return _Verdict(Way.NOTHING, Why.NOT_PRIVATE, {})
            if self.network.control_plane_group not in cluster.groups:
                return _Verdict(Way.UNKNOWN, Why.GROUP_NOT_SEEN, {"groups": list(cluster.groups)})
        cidrs = [str(cidr) for cidr in self.profile.site.on_premises_cidrs]
        for subnet in self.network.subnets:
            routes = self._routes(subnet)
            if isinstance(routes, Unknown):
                return _not_told(routes)
            for cidr in cidrs:
                if not leads_to_premises(routes, cidr):
                    return _Verdict(Way.NOTHING, Why.NO_ROUTE_BACK, {"cidr": cidr, "subnet": subnet.cidr})
        return _Verdict(Way.DIRECT, Why.PREMISES, {"cidrs": cidrs})

    def internet(self, subnet: NetworkSubnet) -> _Verdict:
        """The way to whatever is no service of AWS's."""
        if self.profile.site.proxy:
            return self._by_proxy(subnet, INTERNET)
        return self._out(subnet) or _Verdict(Way.NOTHING, Why.NO_WAY_OUT, {})

    def _names(self, service: str) -> tuple[str, ...]:
        account = self.profile.account
        offers = self.facts.endpoints.offers
        offer = offers.get(service) if known(offers) else None
        suffix = "amazonaws.com.cn" if account.region.startswith("cn-") else "amazonaws.com"
        # Endpoint services are named from the right: ecr.api answers at api.ecr.<region>.
        usual = f"{'.'.join(reversed(service.split('.')))}.{account.region}.{suffix}"
        names = offer.private_dns_names if offer and offer.private_dns_names else (usual,)
        if service == "s3":
            # Where ECR keeps the layers of images (ECR user guide, VPC endpoints).
            names = (usual, f"prod-{account.region}-starport-layer-bucket.{usual}")
        return tuple(f"{account.id}{name[1:]}" if name.startswith("*.") else name for name in names)

    def _by_name(self, subnet: NetworkSubnet, service: str, name: str) -> _Verdict:
        if self.profile.site.proxy and not goes_direct(name, self.network.no_proxy):
            return self._by_proxy(subnet, name)
        target = next((one for one in self.network.endpoints if one.suffix == service), None)
        existing = self._existing(service, target)
        if target is None and existing is None:
            verdict = _Verdict(Way.NOTHING, Why.NO_ENDPOINT, {"name": name})
        elif (existing or target).kind == "Gateway":  # type: ignore[union-attr]
            verdict = self._by_gateway(subnet, target, existing)
        else:
            verdict = self._by_interface(subnet, name, target, existing)
        # A name that no endpoint answers to is a public address, and that may have a route.
        return (self._out(subnet) or verdict) if verdict.way is Way.NOTHING else verdict

    def _existing(self, service: str, target: NetworkEndpoint | None) -> Endpoint | None:
        seen = self.facts.endpoints.endpoints
        endpoints = seen if known(seen) else ()
        if target is not None:
            return next((one for one in endpoints if one.id == target.id), None)
        living = (State.USABLE, State.UNDER_WAY)
        return next((one for one in endpoints if one.suffix == service and one.state in living), None)

    def _by_interface(
        self, subnet: NetworkSubnet, name: str, target: NetworkEndpoint | None, existing: Endpoint | None
    ) -> _Verdict:
        """An endpoint that the profile wants is judged as the plan leaves it, any other as it stands."""
        about = {"endpoint": existing.id if existing else "", "name": name}
        if target:
            zones = {one.zone for one in target.subnets}
            if not zones:
                return _Verdict(Way.NOTHING, Why.NO_SUBNET, about)
        else:
            seen = self.facts.vpc.subnets
            there = existing.subnets if existing else ()
            zones = {one.zone for one in (seen if known(seen) else ()) if one.id in there}
            if existing and not existing.private_dns:
                return _Verdict(Way.NOTHING, Why.PRIVATE_DNS_OFF, about)
        fault = self._dns_fault() or self._shut(subnet, target, existing)
        if fault:
            return _Verdict(fault.way, fault.why, {**about, **fault.about})
        why = Why.OWN_ZONE if subnet.zone in zones else Why.OTHER_ZONE
        return _Verdict(Way.ENDPOINT, why, {**about, "zones": sorted(zones)})

    def _by_gateway(self, subnet: NetworkSubnet, target: NetworkEndpoint | None, existing: Endpoint | None) -> _Verdict:
        tables = self.facts.vpc.route_tables
        if isinstance(tables, Unknown):
            return _not_told(tables)
        table = subnet.route_table
        associated: Iterable[Id | None] = target.route_tables if target else existing.route_tables if existing else ()
        shown = "to be made" if isinstance(table, Ref) else table or "none"
        about = {"endpoint": existing.id if existing else "", "table": shown}
        if table is not None and table in associated:
            return _Verdict(Way.ENDPOINT, Why.GATEWAY, about)
        return _Verdict(Way.NOTHING, Why.NO_ROUTE_TABLE, about)

    def _by_proxy(self, subnet: NetworkSubnet, name: str) -> _Verdict:
        proxy = self.profile.site.proxy
        url = proxy.url if proxy else ""
        about = {"proxy": url, "name": name}
        why = Why.INTERNET if name == INTERNET else Why.BY_PROXY
        try:
            address = str(ip_address(_host(url)))
        except ValueError:
            return _Verdict(Way.PROXY, why, about)
        routes = self._routes(subnet)
        if isinstance(routes, Unknown):
            return _not_told(routes)
        if ":" not in address and not _leads(routes, address):
            return _Verdict(Way.NOTHING, Why.NO_ROUTE_TO_PROXY, about)
        return _Verdict(Way.PROXY, why, about)

    def _dns_fault(self) -> _Verdict | None:
        """What keeps private names from being private. Both DNS attributes are switched on by the plan."""
        vpc = self.facts.vpc.vpc
        if not known(vpc):
            return None
        hidden = _hidden(vpc.dns_support, vpc.dns_hostnames, vpc.domain_name_servers)
        if hidden:
            return hidden
        servers = vpc.domain_name_servers
        if known(servers) and not any(is_amazons(one, vpc.cidrs) for one in servers):
            return _Verdict(Way.NOTHING, Why.NAME_SERVERS, {"vpc": vpc.id, "servers": list(servers)})
        return None

    def _shut(
        self, subnet: NetworkSubnet, target: NetworkEndpoint | None, existing: Endpoint | None
    ) -> _Verdict | None:
        """What keeps the subnet from an interface endpoint's port 443; None where it is or will be let in."""
        ours, theirs = self.facts.endpoints.group, self.facts.endpoints.groups
        hidden = _hidden(ours, theirs)
        if hidden:
            return hidden
        identity = self.network.endpoint_group
        carried = existing.groups if existing else (identity,)
        if identity in carried:
            # The plan lets the whole VPC into the endpoints' own group.
            planned = (Rule("", False, "tcp", (HTTPS, HTTPS), cidr) for cidr in self.network.cidrs)
            there = ours.rules if known(ours) else ()
            name = identity if isinstance(identity, str) else endpoint_group_name(self.profile)
            return _admission([SecurityGroup(name, "", "", (*there, *planned))], subnet.cidr)
        seen = {group.id: group for group in (theirs if known(theirs) else ())}
        unseen = [group for group in carried if group not in seen]
        shut = _admission([group for name, group in seen.items() if name in carried], subnet.cidr)
        if shut and unseen:
            return _Verdict(Way.UNKNOWN, Why.GROUP_NOT_SEEN, {"groups": unseen})
        # The plan adds the rule that a wanted endpoint lacks.
        return None if target else shut

    def _seen_table(self, subnet: NetworkSubnet) -> RouteTable | None:
        tables = self.facts.vpc.route_tables if known(self.facts.vpc.route_tables) else ()
        return next((table for table in tables if table.id == subnet.route_table), None)

    def _routes(self, subnet: NetworkSubnet) -> tuple[Route, ...] | Unknown:
        """The routes of a subnet as they will be."""
        if isinstance(self.facts.vpc.route_tables, Unknown):
            return self.facts.vpc.route_tables
        table = self._seen_table(subnet)
        there = table.routes if table else ()
        connect = connection(self.profile)
        cidrs = [str(cidr) for cidr in self.profile.site.on_premises_cidrs] if connect else []
        taken = {route.destination for route in there}
        return (
            *there,
            *(Route(cidr, "local") for cidr in self.network.cidrs if cidr not in taken),
            *(Route(cidr, _gateway(connect)) for cidr in cidrs if cidr not in taken),
        )

    def _out(self, subnet: NetworkSubnet) -> _Verdict | None:
        """The way of a packet to a public address; None where no route leads there."""
        routes = self._routes(subnet)
        if isinstance(routes, Unknown):
            return _not_told(routes)
        target = next((one.target for one in routes if one.destination == DEFAULT_ROUTE and one.active), None)
        if target is None:
            return None
        if target.startswith("nat-"):
            return _Verdict(Way.DIRECT, Why.NAT, {"target": target})
        return _Verdict(Way.UNKNOWN, Why.DEFAULT_ROUTE, {"target": target})


def _host(url: str) -> str:
    """The host in a URL that AWS or a profile gave; empty where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _hidden(*things: object) -> _Verdict | None:
    return next((_not_told(thing) for thing in things if isinstance(thing, Unknown)), None)


def _not_told(thing: Unknown) -> _Verdict:
    return _Verdict(Way.UNKNOWN, Why.NOT_TOLD, {"action": thing.action})


def _admission(groups: list[SecurityGroup], cidr: str) -> _Verdict | None:
    """What speaks against 443 from these addresses into these groups."""
    if admits(groups, "tcp", HTTPS, Peer(cidr)).admitted:
        return None
    about = {"groups": [group.id for group in groups], "cidr": cidr}
    # The nodes' group is made by their stack, and its id is not among the facts; nor are prefix lists.
    maybe = any(_by_name_only(rule) for group in groups for rule in group.rules)
    return _Verdict(Way.UNKNOWN, Why.BY_GROUP, about) if maybe else _Verdict(Way.NOTHING, Why.NOT_ADMITTED, about)


def _by_name_only(rule: Rule) -> bool:
    ports = rule.ports is None or rule.ports[0] <= HTTPS <= rule.ports[1]
    return not rule.egress and "/" not in rule.source and rule.protocol in ("tcp", "6", "-1") and ports


def _leads(routes: Iterable[Route], destination: str) -> bool:
    return all(part.route is not None and part.route.active for part in route_taken(routes, destination))


def _gateway(connect: Any) -> str:
    return str(getattr(connect, "vpn_gateway", "") or getattr(connect, "transit_gateway", ""))
