"""The network and the ways through it, drawn with characters that any terminal has. Pure.

What stands before a thing tells whether it is there, and ``!CODE`` behind it which finding stops the build there. Texts
from AWS and from the profile pass ``show`` before they are measured and cut.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from wizard import words
from wizard.answer_types import Create, TransitGateway
from wizard.facts import Endpoint, Facts, Gateway, State, Unknown, known
from wizard.findings import Finding, Severity
from wizard.network import Network, NetworkEndpoint, NetworkSubnet, connection
from wizard.plan import Ref
from wizard.profile import Profile
from wizard.reachability import NEEDED, Reachability, Way
from wizard.terminal_cells import beside, box, cells, cut, fill, wrapped, wrapped_pieces

Show = Callable[[str], str]

EXISTS: Final = "="
PLANNED: Final = "+"
UNDER_WAY: Final = "~"
GOING: Final = "x"
NOT_TOLD: Final = "?"
LEGEND: Final = {
    EXISTS: "exists",
    PLANNED: "will be made",
    UNDER_WAY: "is being made",
    GOING: "missing, failed or being deleted",
    NOT_TOLD: "AWS would not tell",
}
LEAST_WIDTH: Final = 40
# From here on there is room for the sentences about what is well, too.
WIDE: Final = 110
_AMISS_FIRST: Final = (Way.NOTHING, Way.UNKNOWN, Way.PROXY, Way.DIRECT, Way.ENDPOINT)
# A narrower zone has no room for the id of its subnet.
_LEAST_ZONE: Final = 32
_TRUNK: Final = "     │"
_VPN: Final = "VPN connection: between your router and AWS, not made here"

# Where a finding's mark stands, by the beginning of its path; the longest one counts.
_PLACES: Final = {
    "account": "vpc",
    "site": "premises",
    "site.proxy": "proxy",
    "vpc": "vpc",
    "vpc.create.connect": "gateway",
    "vpc.use.connect": "gateway",
    "endpoints": "endpoints",
    "security_group": "group",
    "cluster": "cluster",
    "nodes": "nodes",
}


def diagram(
    profile: Profile, facts: Facts, network: Network, findings: Iterable[Finding], width: int, show: Show
) -> list[str]:
    """The network as it will be, in lines of at most ``width`` terminal cells, but never fewer than 40."""
    width = max(LEAST_WIDTH, width)
    codes = _codes(findings, network)
    drawing = _Drawing(profile, facts, network, codes, show)
    body = [
        *drawing.premises(width),
        *drawing.line(width),
        *drawing.gateway(width),
        _TRUNK,
        *box(drawing.vpc(width - 6), drawing.inside(width - 4), width),
        *(wrapped(f"Elsewhere:{codes['']}", width, "  ") if codes[""] else []),
    ]
    used = {mark for mark in LEGEND if any(f" {mark} " in f" {line}" for line in body)}
    legend = [f"{mark} {words}" for mark, words in LEGEND.items() if mark in used]
    if any(codes.values()):
        legend.append("!CODE stops the build")
    return [*wrapped_pieces("", legend, width), "", *body]


def matrix(reachability: Reachability, width: int, show: Show) -> list[str]:
    """A word for each way, in lines of at most ``width`` terminal cells, but never fewer than 40; below, why.

    Rows are destinations, columns sources; those that do not fit side by side follow in a table of their own. Reasons
    are those of ways that are ``nothing`` or ``unknown``, and from 110 cells on all.
    """
    width = max(LEAST_WIDTH, width)
    first = min(2 + max(cells(show(name)) for name in ("from", *reachability.destinations)), width // 2)
    tables: list[list[list[str]]] = []
    room = 0
    for source in reachability.sources:
        ways = [reachability.cell(source.name, destination) for destination in reachability.destinations]
        column = [show(source.name), show(source.zone), *(str(cell.way) if cell else "" for cell in ways)]
        wide = min(2 + max(map(cells, column)), width - first)
        if wide > room:
            tables.append([])
            room = width - first
        tables[-1].append([fill(cut(text, wide - 2), wide) for text in column])
        room -= wide
    heads = ["from", "to", *map(show, reachability.destinations)]
    lines: list[str] = []
    for columns in tables:
        rows = ("".join(row).rstrip() for row in zip(*columns, strict=True))
        drawn = zip(heads, rows, strict=True)
        lines += [f"{fill(cut(head, first - 2), first)}{row}".rstrip() for head, row in drawn if row or head == "to"]
        lines.append("")
    return [*lines, *_reasons(reachability, width, show)]


def _reasons(reachability: Reachability, width: int, show: Show) -> Iterator[str]:
    """The sentences, each once for all sources and destinations of which it is true; what is amiss comes first."""
    wanted = _AMISS_FIRST if width >= WIDE else _AMISS_FIRST[:2]
    ways: dict[tuple[Way, str, str], list[str]] = defaultdict(list)
    for cell in reachability.cells:
        ways[cell.way, show(words.reason(cell.why, cell.about)), show(cell.destination)].append(show(cell.source))
    said: dict[tuple[Way, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (way, sentence, destination), whence in ways.items():
        said[way, sentence, tuple(whence)].append(destination)
    nodes = tuple(show(source.name) for source in reachability.sources if source.zone)
    for way in wanted:
        for (kind, sentence, sources), destinations in said.items():
            if kind is way:
                only = "" if sources == nodes else f" from {', '.join(sources)}"
                yield from wrapped(f"{', '.join(destinations)}{only}: {way}. {sentence}", width, "  ")


def _codes(findings: Iterable[Finding], network: Network) -> Mapping[str, str]:
    """Each place's codes as they are written behind it; "" is the place of what is not drawn."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for finding in findings:
        if finding.severity is Severity.STOP:
            for place in _places(finding, network):
                found[place][finding.code] = None
    return defaultdict(str, {place: "".join(f" !{code}" for code in codes) for place, codes in found.items()})


def _places(finding: Finding, network: Network) -> list[str]:
    """Where a finding's code stands: at the things that it names, else at what its answer is about."""
    section = finding.where.partition(".")[0]
    if section == "endpoints":
        named = [one.suffix for one in network.endpoints if one.suffix == finding.about.get("service")]
        return [f"endpoint {suffix}" for suffix in named] or ["endpoints"]
    if section == "vpc":
        told = {str(value) for value in finding.about.values()}
        subnets = [
            f"subnet {index}"
            for index, subnet in enumerate(network.subnets)
            if _below(finding.where, f"vpc.create.subnets.{index}") or told & {subnet.cidr, str(subnet.id)}
        ]
        if subnets:
            return subnets
    beginnings = [path for path in _PLACES if _below(finding.where, path)]
    return [_PLACES[max(beginnings, key=len)] if beginnings else ""]


def _below(where: str, path: str) -> bool:
    return f"{where}.".startswith(f"{path}.")


class _Drawing:
    """The parts of one drawing. Each takes the cells that it has room for."""

    def __init__(self, profile: Profile, facts: Facts, network: Network, codes: Mapping[str, str], show: Show) -> None:
        self.profile = profile
        self.facts = facts
        self.network = network
        self.codes = codes
        self.show = show

    def premises(self, room: int) -> list[str]:
        """The company's side."""
        site = self.profile.site
        cidrs = ", ".join(map(str, site.on_premises_cidrs))
        proxy = f"proxy {self.show(site.proxy.url)}" if site.proxy else "no proxy"
        use = "the nodes' way to the internet" if site.proxy else ""
        return [
            *wrapped(f"Premises {self.show(cidrs)}{self.codes['premises']}", room, "  "),
            *_thing(" ", proxy, self.codes["proxy"], use, room),
        ]

    def line(self, room: int) -> list[str]:
        """What leads to the gateway."""
        by_vpn = hasattr(connection(self.profile), "vpn_gateway")
        return [_TRUNK, *([cut(f"{_TRUNK}  {_VPN}", room)] if by_vpn else [])]

    def gateway(self, room: int) -> list[str]:
        """What joins the premises and the VPC."""
        connect = connection(self.profile)
        codes = self.codes["gateway"]
        if connect is None:
            return _thing(" ", "whatever the VPC's route tables lead to", codes, "", room)
        seen = self.facts.vpc.gateway
        given = connect.transit_gateway if isinstance(connect, TransitGateway) else connect.vpn_gateway
        name = seen.id if known(seen) else "" if given == "create" else given
        kind = "transit gateway" if isinstance(connect, TransitGateway) else "VPN gateway"
        lines = _thing(_gateway_mark(seen, given), f"{kind} {self.show(name)}".rstrip(), codes, "", room)
        if known(seen):
            attached = {None: "will be attached", State.USABLE: "is attached", State.UNDER_WAY: "is being attached"}
            mark = {None: PLANNED, State.USABLE: EXISTS, State.UNDER_WAY: UNDER_WAY}.get(seen.attached, GOING)
            said = f"{mark} {attached.get(seen.attached, 'is not attached')} to the VPC"
            joined = f"{lines[0]}  {said}"
            lines = [joined, *lines[1:]] if cells(joined) <= room else [lines[0], cut(f"  {said}", room), *lines[1:]]
        return lines

    def vpc(self, room: int) -> str:
        """The VPC's title."""
        seen = self.facts.vpc.vpc
        name = self.profile.cluster.name
        if known(seen):
            name = f"{seen.name} {seen.id}" if seen.name and cells(self.show(seen.name)) < room // 3 else seen.id
        mark = _mark(self.network.vpc, seen, seen.state if known(seen) else None)
        title = f"{mark} VPC {self.show(name)}"
        whole = f"{title} {self.show(', '.join(self.network.cidrs))}"
        codes = self.codes["vpc"]
        return cut(whole, max(room - cells(codes), room // 2)) + codes

    def inside(self, room: int) -> list[str]:
        """All that is in the VPC."""
        return [
            *self._zones(room),
            *self._endpoints(room),
            *self._routes(room),
            *self._cluster(room),
            *self._nodes(room),
        ]

    def _zones(self, room: int) -> list[str]:
        zones: dict[str, list[tuple[int, NetworkSubnet]]] = defaultdict(list)
        for index, subnet in enumerate(self.network.subnets):
            zones[subnet.zone].append((index, subnet))
        if not zones:
            return [cut(f"{NOT_TOLD} subnets of the VPC", room)]
        at_once = max(1, min(len(zones), (room + 1) // (_LEAST_ZONE + 1)))
        wide = (room + 1) // at_once - 1
        drawn = [self._zone(subnets, wide - 4) for subnets in zones.values()]
        rows = []
        for begin in range(0, len(drawn), at_once):
            row = drawn[begin : begin + at_once]
            height = max(len(lines) for _, lines in row)
            boxes = [box(title, [*lines, *[""] * (height - len(lines))], wide) for title, lines in row]
            rows += beside(boxes, wide)
        return rows

    def _zone(self, subnets: list[tuple[int, NetworkSubnet]], room: int) -> tuple[str, list[str]]:
        zone = subnets[0][1]
        title = self.show(zone.zone) + (f" ({self.show(zone.zone_id)})" if zone.zone_id else "")
        lines: list[str] = []
        for index, subnet in subnets:
            lines += [*([""] if lines else []), *self._subnet(index, subnet, room)]
        instances = self.facts.nodes.instances
        here = [self.show(one.id) for one in instances if one.zone == zone.zone] if known(instances) else []
        if here:
            lines += wrapped_pieces(f"{EXISTS} {_count(len(here), 'node')} ", here, room)
        return title, lines

    def _subnet(self, index: int, subnet: NetworkSubnet, room: int) -> list[str]:
        seen = self.facts.vpc.subnets
        state = next((one.state for one in seen if one.id == subnet.id), None) if known(seen) else None
        mark = _mark(subnet.id, seen, state)
        name = "" if isinstance(subnet.id, Ref) else self.show(subnet.id)
        lines = _thing(mark, f"subnet {self.show(subnet.cidr)}", self.codes[f"subnet {index}"], name, room)
        if not isinstance(seen, Unknown):
            lines.append(cut(f"  {subnet.free_addresses} addresses free", room))
        here = [f"{mark} {self.show(one.suffix)}{self.codes[f'endpoint {one.suffix}']}"
                for one, mark in self._interfaces(subnet)]  # fmt: skip
        return [*lines, *wrapped_pieces("  endpoints ", here, room)]

    def _interfaces(self, subnet: NetworkSubnet) -> list[tuple[NetworkEndpoint, str]]:
        found = []
        for endpoint in self.network.endpoints:
            existing = self._existing(endpoint)
            subnets = existing.subnets if existing else tuple(one.id for one in endpoint.subnets)
            if endpoint.kind == "Interface" and subnet.id in subnets:
                found.append((endpoint, self._endpoint_mark(endpoint, existing)))
        return found

    def _existing(self, endpoint: NetworkEndpoint) -> Endpoint | None:
        seen = self.facts.endpoints.endpoints
        return next((one for one in seen if one.id == endpoint.id), None) if known(seen) else None

    def _endpoint_mark(self, endpoint: NetworkEndpoint, existing: Endpoint | None) -> str:
        return _mark(endpoint.id, self.facts.endpoints.endpoints, existing.state if existing else None)

    def _endpoints(self, room: int) -> list[str]:
        """Gateway endpoints, services whose endpoint stands in none of the subnets, and what concerns them all."""
        lines = []
        drawn = {one.suffix for subnet in self.network.subnets for one, _ in self._interfaces(subnet)}
        for endpoint in self.network.endpoints:
            if endpoint.suffix in drawn:
                continue
            existing = self._existing(endpoint)
            tables = existing.route_tables if existing else ("the nodes' route table",)
            about = f"on {', '.join(map(self.show, tables)) or 'no route table'}"
            where = about if endpoint.kind == "Gateway" else "in none of these subnets"
            name = f"{endpoint.kind.lower()} endpoint {self.show(endpoint.suffix)}"
            mark, codes = self._endpoint_mark(endpoint, existing), self.codes[f"endpoint {endpoint.suffix}"]
            lines += _thing(mark, f"{name} {self.show(existing.id) if existing else ''}".rstrip(), codes, where, room)
        named = {endpoint.suffix for endpoint in self.network.endpoints}
        wanted = dict.fromkeys((*NEEDED, *self.profile.endpoints.services))
        without = [self.show(service) for service in wanted if service not in named]
        hidden = isinstance(self.facts.endpoints.offers, Unknown)
        codes = self.codes["endpoints"]
        if without or codes:
            text = f"no endpoint for {', '.join(without)}" if without else "endpoints"
            lines += _thing(NOT_TOLD if hidden else " ", f"endpoints for {', '.join(without)}" if hidden else text,
                            codes, "", room)  # fmt: skip
        return lines

    def _routes(self, room: int) -> list[str]:
        tables = self.facts.vpc.route_tables
        if not isinstance(self.profile.vpc, Create):
            return []
        (table,) = self.network.route_tables
        name = "" if isinstance(table, Ref) else f" {self.show(table)}"
        leads = self._cidrs(tables, "", " to the premises")
        return _thing(_mark(table, tables, None), f"route table{name}", "", leads, room)

    def _cidrs(self, seen: object, before: str, behind: str) -> str:
        """The networks of the premises in a phrase about a thing; nothing is claimed of one that was not seen."""
        cidrs = self.show(", ".join(map(str, self.profile.site.on_premises_cidrs)))
        return "" if isinstance(seen, Unknown) else f"{before}{cidrs}{behind}"

    def _cluster(self, room: int) -> list[str]:
        seen, cluster = self.facts.cluster.cluster, self.network.cluster
        version = f", Kubernetes {self.show(cluster.version)}" if cluster.version else ""
        text = f"cluster {self.show(self.profile.cluster.name)}{version}"
        lines = _thing(_mark("", seen, seen.state if known(seen) else None), text, self.codes["cluster"], "", room)
        if not isinstance(seen, Unknown):
            private, public = (seen.private_access, seen.public_access) if seen else (True, False)
            kinds = [kind for kind, on in (("private", private), ("public", public)) if on]
            within = ", reached in these subnets" if private else ""
            lines += _continued(f"{' and '.join(kinds) or 'no'} API endpoint{within}", room)
        if isinstance(cluster.endpoint, str) and cluster.endpoint:
            # The name alone fits 76 cells.
            lines.append(cut(f"  {self.show(cluster.endpoint.removeprefix('https://'))}", room))
        return [*lines, *self._control_plane_group(room)]

    def _control_plane_group(self, room: int) -> list[str]:
        group, seen = self.network.control_plane_group, self.facts.security_group.group
        name = "" if isinstance(group, Ref) else f" {self.show(group)}"
        admitted = self._cidrs(seen, "443 from ", "")
        return _thing(_mark(group, seen, None), f"control-plane group{name}", self.codes["group"], admitted, room)

    def _nodes(self, room: int) -> list[str]:
        nodes, stack = self.profile.nodes, self.facts.nodes.stack
        state = stack.state if known(stack) else None
        text = f"{_count(nodes.desired, 'node')} of type {self.show(nodes.instance_type)}"
        more = f"{nodes.min} to {nodes.max}, spread over the subnets, {nodes.volume_size} GiB each"
        return _thing(_mark("", stack, state), text, self.codes["nodes"], more, room)


def _thing(mark: str, text: str, codes: str, more: str, room: int) -> list[str]:
    """A thing in one line where it fits; else what is ``more`` about it stands in the next. Codes are never cut off."""
    said = f"{mark} {text}"
    if cells(said) + cells(codes) + (2 + cells(more) if more else 0) <= room:
        return [f"{said}{codes}  {more}" if more else f"{said}{codes}"]
    if cells(codes) <= room // 2:
        head = [cut(said, room - cells(codes)) + codes]
    else:
        head = [cut(said, room), *(f"  {line}" for line in wrapped(codes, room - 2))]
    return [*head, *(_continued(more, room) if more else [])]


def _continued(text: str, room: int) -> list[str]:
    return [f"  {line}" for line in wrapped(text, room - 2)]


def _mark(identity: Any, seen: object, state: State | None) -> str:
    if isinstance(seen, Unknown):
        return NOT_TOLD
    if state is State.UNDER_WAY:
        return UNDER_WAY
    if state in (State.DELETING, State.FAILED) or (seen is None and isinstance(identity, str) and identity):
        return GOING
    return PLANNED if state is None and (isinstance(identity, Ref) or not identity) else EXISTS


def _gateway_mark(seen: Gateway | Unknown | None, given: str) -> str:
    if seen is None:
        return PLANNED if given == "create" else GOING
    return _mark("there", seen, seen.state if known(seen) else None)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
