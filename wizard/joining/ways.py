"""What keeps one connection of a node from being made: the name, the proxy, the route, and who lets whom pass. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Final

from wizard.facts import Endpoint, SecurityGroup, State, Unknown, known
from wizard.findings import Finding, stop, unknown
from wizard.joining.names import names
from wizard.joining.place import HTTPS, PUBLIC, Place
from wizard.no_proxy import ends_like, goes_direct, host_and_port, without_password
from wizard.packets import Peer
from wizard.steps.endpoints.policy import allows

CLUSTER: Final = "the cluster's API"
# What equal findings are said together about.
_TOGETHER: Final = ("subnets", "by", "services")
# What a policy may ask of the one who asks, or of whose the thing is (IAM user guide, global condition context keys).
OF_THE_CALLER: Final = (
    "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:ResourceAccount", "aws:ResourceOrgID",
)  # fmt: skip


@dataclass(frozen=True)
class Connection:
    """One that a node has to make: who makes it with which environment, to which host.

    ``service`` is the suffix of the service's endpoint, CLUSTER for the cluster's own. ``asks`` are the actions, each
    with its resource, that are asked there.
    """

    by: str
    host: str
    service: str
    environment: Mapping[str, str]
    asks: tuple[tuple[str, str], ...] = ()

    @property
    def proxy(self) -> str:
        """The proxy of the environment, as Go's programs read it for HTTPS; "" without one."""
        return self.environment.get("HTTPS_PROXY") or self.environment.get("https_proxy") or ""

    @property
    def shown_proxy(self) -> str:
        """The proxy as it may be shown: without a password."""
        return without_password(self.proxy)

    @property
    def no_proxy(self) -> tuple[str, ...]:
        """The entries of NO_PROXY."""
        return tuple((self.environment.get("NO_PROXY") or self.environment.get("no_proxy") or "").split(","))

    @property
    def is_proxied(self) -> bool:
        """Whether it takes the proxy: Go's programs read NO_PROXY by one rule, Bottlerocket's pluto by its own."""
        direct = ends_like if self.by == "pluto" else goes_direct
        return bool(self.proxy) and not direct(self.host, self.no_proxy)


def faults(connection: Connection, place: Place) -> Iterator[Finding]:
    """What keeps the connection from being made; nothing when it is made. ``about["services"]`` says of which."""
    for finding in (_by_proxy if connection.is_proxied else _direct)(connection, place):
        yield replace(finding, about={**finding.about, "services": [connection.service]})


# through the proxy


def _by_proxy(connection: Connection, place: Place) -> Iterator[Finding]:
    cluster = place.facts.cluster.cluster
    if connection.service == CLUSTER and known(cluster) and not cluster.public_access:
        # Nobody but the VPC reaches a private endpoint; proxies answer 403 (aws/amazon-vpc-cni-k8s issue 49).
        yield stop(
            "NODE652", place.where, by=[connection.by], host=connection.host, proxy=connection.shown_proxy,
            subnets=[place.subnet.id],
        )  # fmt: skip
    yield from _to_proxy(connection, place)


def _to_proxy(connection: Connection, place: Place) -> Iterator[Finding]:
    host, port = host_and_port(connection.proxy)
    if isinstance(place.routes, Unknown):
        yield place.hidden(place.routes)
        return
    about = {"by": [connection.by], "proxy": connection.shown_proxy, "subnets": [place.subnet.id]}
    try:
        found = ip_address(host)
    except ValueError:
        yield from _to_named_proxy(connection, place, port)
        return
    if found.version == 6:
        yield place.not_judged("address", host)
        return
    address = f"{found}/32"
    targets = place.targets(address)
    if any(not target or (target.startswith("igw-") and not place.is_public) for target in targets):
        yield stop("NODE650", place.where, **about)
        return
    yield from _leaves(connection, place, Peer(address), port, f"the proxy {host}")
    yield from place.passes_out(address, port)


def _to_named_proxy(connection: Connection, place: Place, port: int) -> Iterator[Finding]:
    """A proxy's name is resolved on the premises: any network that is routed to may be the one where it stands."""
    routes = place.routes if known(place.routes) else ()
    beyond = [route for route in routes if route.active and not route.target.startswith(("local", "vpce-", "igw-"))]
    premises = [route.destination for route in beyond if "/" in route.destination and route.target[:4] != "nat-"]
    if not beyond:
        about = {"by": [connection.by], "proxy": connection.shown_proxy, "subnets": [place.subnet.id]}
        yield stop("NODE650", place.where, **about)
    elif not premises:
        # A proxy on the internet it may be.
        host, target = host_and_port(connection.proxy)[0], beyond[0].target
        yield unknown(
            "NODE668", place.where, by=[connection.by], service="", host=host, target=target, subnets=[place.subnet.id]
        )  # fmt: skip
    else:
        let_out = [place.leaves(Peer(cidr), port) for cidr in premises]
        hidden = next((one for one in let_out if isinstance(one, Unknown)), None)
        if hidden:
            yield place.hidden(hidden)
        elif not any(one.by for one in let_out if not isinstance(one, Unknown)):
            to = f"the proxy {host_and_port(connection.proxy)[0]}"
            yield stop(
                "NODE648", place.where, by=[connection.by], groups=list(_ids(place)), to=to, port=port,
                subnets=[place.subnet.id],
            )  # fmt: skip
        dropped = [list(place.passes_out(cidr, port)) for cidr in premises]
        if all(dropped):
            yield from dropped[0]


# direct


def _direct(connection: Connection, place: Place) -> Iterator[Finding]:
    told = names(place)
    if not told.answered:
        if told.fault:
            yield told.fault
    elif connection.service == CLUSTER:
        yield from _to_cluster(connection, place, told.fault)
    else:
        yield from _to_service(connection, place, told.fault)


def _to_cluster(connection: Connection, place: Place, instead: Finding | None) -> Iterator[Finding]:
    """``instead`` says why private names are not answered. Then a cluster that is private only is found all the same:
    since December 2019 the world's DNS has its private addresses (EKS user guide, cluster API server endpoint)."""
    cluster = place.facts.cluster.cluster
    if not known(cluster):
        return
    if not cluster.private_access or (instead and cluster.public_access):
        no_way = list(_way_out(connection, place))
        if any(finding.code == "NODE644" for finding in no_way):
            shut = stop("NODE655", place.where, cluster=cluster.name, subnets=[place.subnet.id])
            yield (instead or shut) if cluster.private_access else shut
        else:
            yield from no_way
        return
    carried = (*((cluster.security_group,) if cluster.security_group else ()), *cluster.groups)
    groups = place.named(carried)
    if isinstance(groups, Unknown):
        yield place.hidden(groups)
        return
    yield from _to_interfaces(connection, place, cluster.subnets, groups)


def _to_service(connection: Connection, place: Place, instead: Finding | None) -> Iterator[Finding]:
    """``instead`` says why private names are not answered: interface endpoints then serve nobody, gateways do."""
    endpoints = place.facts.endpoints.endpoints
    if isinstance(endpoints, Unknown):
        # With a way out the endpoint may not matter, and without one it may be there.
        if list(_way_out(connection, place)):
            yield place.hidden(endpoints)
        return
    of_service = [one for one in endpoints if one.suffix == connection.service]
    interfaces = [one for one in of_service if one.kind == "Interface"]
    usable = (one for one in interfaces if one.private_dns and one.state is State.USABLE)
    serving = None if instead else next(usable, None)
    if serving:
        groups = place.named(serving.groups)
        if isinstance(groups, Unknown):
            yield place.hidden(groups)
        else:
            yield from _to_interfaces(connection, place, serving.subnets, groups, serving)
            yield from _by_policy(connection, place, serving)
        return
    zones = place.facts.endpoints.hosted_zones
    if (
        not instead
        and known(zones)
        and any(connection.host == one or connection.host.endswith(f".{one}") for one in zones)
    ):
        yield place.not_judged("zone", connection.host)
        return
    gateways = [one for one in of_service if one.kind == "Gateway"]
    if isinstance(place.table, Unknown):
        yield place.hidden(place.table)
        return
    routed = [one for one in gateways if one.state is State.USABLE and place.table in one.route_tables]
    if routed:
        yield from _to_gateway(connection, place)
        yield from _by_policy(connection, place, routed[0])
        return
    no_way = list(_way_out(connection, place))
    if not any(finding.code == "NODE644" for finding in no_way):
        yield from no_way
    elif instead and interfaces:
        yield instead
    elif not instead and isinstance(zones, Unknown):
        # One of them may lead to an endpoint in another VPC.
        yield place.hidden(zones)
    else:
        yield _unserved(connection, place, of_service, gateways) or no_way[0]


def _by_policy(connection: Connection, place: Place, endpoint: Endpoint) -> Iterator[Finding]:
    role, partition = place.launch.role, place.facts.account.partition
    who: tuple[str, ...] = ("ECR",)
    # The layers of images are fetched by URLs that ECR signed: whoever asks S3 there is nobody of the account.
    context: dict[str, str | None] = dict.fromkeys(OF_THE_CALLER, "somebody of AWS's")
    if connection.service != "s3" and known(role):
        account = role.arn.split(":")[4]
        who = (role.arn, account, f"arn:{partition}:iam::{account}:root")
        context = {"aws:PrincipalAccount": account, "aws:PrincipalArn": role.arn}
    for action, resource in connection.asks:
        verdict = allows(endpoint.policy, action, resource, who, context)
        if verdict is not True:
            finding = stop if verdict is False else unknown
            about = {"service": endpoint.suffix, "endpoint": endpoint.id, "action": action, "resource": resource}
            yield finding("END313", place.where, **about, subnets=[place.subnet.id])


def _unserved(
    connection: Connection, place: Place, endpoints: list[Endpoint], gateways: list[Endpoint]
) -> Finding | None:
    """Why the endpoints that are there do not serve the node; None where there are none."""
    living = [one for one in endpoints if one.state is State.USABLE]
    subnets = [place.subnet.id]
    service, by = connection.service, [connection.by]
    if endpoints and not living:
        one = endpoints[0]
        return stop(
            "NODE673", place.where, service=service, endpoint=one.id, state=one.state.value, subnets=subnets
        )  # fmt: skip
    if any(one in living for one in gateways):
        one = next(one for one in gateways if one in living)
        table = place.table if isinstance(place.table, str) else ""
        return stop("NODE649", place.where, by=by, service=service, endpoint=one.id, table=table, subnets=subnets)
    if living:
        return stop("NODE645", place.where, by=by, service=service, endpoint=living[0].id, subnets=subnets)
    if connection.proxy:
        return stop("NODE654", place.where, by=by, service=service, host=connection.host, subnets=subnets)
    return None


def _to_interfaces(
    connection: Connection,
    place: Place,
    subnets: Iterable[str],
    groups: tuple[SecurityGroup, ...],
    endpoint: Endpoint | None = None,
) -> Iterator[Finding]:
    """AWS answers with an address in each of the subnets; one that works is enough, since clients try the next."""
    seen = place.facts.vpc.subnets
    if isinstance(seen, Unknown):
        yield place.hidden(seen)
        return
    targets = [subnet for subnet in seen if subnet.id in set(subnets)]
    # The one in the node's own subnet is asked first: its faults are the plainest.
    targets.sort(key=lambda target: (target.id != place.subnet.id, target.zone != place.subnet.zone))
    tried: list[Finding] = []
    if endpoint and not targets:
        about = {"service": endpoint.suffix, "endpoint": endpoint.id, "state": "in no subnet"}
        yield stop("NODE673", place.where, **about, subnets=[place.subnet.id])
    for target in targets:
        peer = Peer(target.cidr, tuple(group.id for group in groups))
        to = f"the endpoint {endpoint.id} for {endpoint.suffix}" if endpoint else CLUSTER
        found = list(_leaves(connection, place, peer, HTTPS, to))
        admitted = place.enters(groups, HTTPS)
        if isinstance(admitted, Unknown):
            found.append(place.hidden(admitted))
        elif not admitted:
            found.append(_not_admitted(connection, place, groups, endpoint))
        found += place.passes_to(target, HTTPS)
        if not found:
            return
        tried = tried or found
    yield from tried


def _not_admitted(
    connection: Connection, place: Place, groups: tuple[SecurityGroup, ...], endpoint: Endpoint | None
) -> Finding:
    names, own, subnets = [group.id for group in groups], list(_ids(place)), [place.subnet.id]
    if endpoint is None:
        return stop(
            "NODE656", place.where, groups=names, own=own, cidr=place.subnet.cidr, subnets=subnets, by=[connection.by]
        )  # fmt: skip
    return stop(
        "NODE647", place.where, service=endpoint.suffix, endpoint=endpoint.id, groups=names, own=own,
        cidr=place.subnet.cidr, subnets=subnets, by=[connection.by],
    )  # fmt: skip


def _to_gateway(connection: Connection, place: Place) -> Iterator[Finding]:
    """The service's public addresses, by the route of a gateway endpoint."""
    named = place.prefix_list(connection.service)
    to = f"{connection.service} ({named.id})" if named else connection.service
    entries = [entry for entry in named.entries if ":" not in entry] if named else []
    for cidr in entries or PUBLIC:
        found = [
            *_leaves(connection, place, Peer(cidr, prefix_list=named.id if named else None), HTTPS, to),
            *place.passes_out(cidr, HTTPS),
        ]
        if found:
            yield from found
            return


def _way_out(connection: Connection, place: Place) -> Iterator[Finding]:
    """What keeps a packet from a public address; NODE644 where no route leads there."""
    if isinstance(place.routes, Unknown):
        yield place.hidden(place.routes)
        return
    for target in place.targets(*PUBLIC):
        if target.startswith("nat-") or (target.startswith("igw-") and place.is_public):
            continue
        about = {"by": [connection.by], "service": connection.service, "host": connection.host}
        if not target or target.startswith(("igw-", "local")):
            yield stop("NODE644", place.where, **about, subnets=[place.subnet.id])
        else:
            # A company may lead it to the internet behind its gateway or firewall.
            yield unknown("NODE668", place.where, **about, target=target, subnets=[place.subnet.id])
        return
    for cidr in PUBLIC:
        found = [*_leaves(connection, place, Peer(cidr), HTTPS, connection.host), *place.passes_out(cidr, HTTPS)]
        if found:
            yield from found
            return


def _leaves(connection: Connection, place: Place, peer: Peer, port: int, to: str) -> Iterator[Finding]:
    found = place.leaves(peer, port)
    if isinstance(found, Unknown):
        yield place.hidden(found)
    elif not found.admitted:
        yield stop(
            "NODE648", place.where, by=[connection.by], groups=list(_ids(place)), to=to, port=port,
            subnets=[place.subnet.id],
        )  # fmt: skip


def _ids(place: Place) -> tuple[str, ...]:
    return place.launch.groups if known(place.launch.groups) else ()


def merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each fault once: equal ones are said together for all subnets and all programs that meet them."""
    found: dict[object, Finding] = {}
    for finding in findings:
        apart = {name: value for name, value in finding.about.items() if name not in _TOGETHER}
        key = (finding.code, finding.severity, finding.where, repr(sorted(apart.items())))
        there = found.get(key)
        if there is None:
            found[key] = finding
            continue
        joined: dict[str, Any] = {
            name: list(dict.fromkeys((*there.about[name], *finding.about[name])))
            for name in _TOGETHER
            if name in there.about and name in finding.about
        }
        # What one of them does not narrow down is true of all.
        kept = {name: value for name, value in there.about.items() if name not in _TOGETHER}
        found[key] = replace(there, about={**kept, **joined})
    yield from found.values()
