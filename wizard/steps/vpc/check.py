"""Checks the VPC: its CIDRs, zones and addresses, its DNS, and its way to the premises."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from wizard.answer_types import Create, TransitGateway, VpnGateway
from wizard.facts import Facts, State, Unknown, known
from wizard.findings import Finding, note, ok, stop, unknown, warn
from wizard.free_networks import service_cidr
from wizard.mending import mended
from wizard.name_servers import is_amazons
from wizard.network import Network, connection
from wizard.plan import CLUSTER_TAG
from wizard.profile import Profile
from wizard.steps.ec2 import twins
from wizard.steps.vpc import adopted
from wizard.steps.vpc.adopted import ENOUGH_FREE, LEAST_FREE
from wizard.steps.vpc.answers import NewVpc, Subnet
from wizard.subnets import NARROWEST, WIDEST, apart, in_zones, typed

# An upgrade needs up to five addresses in the cluster's subnets (EKS user guide, update a cluster's version).
FREE_FOR_UPGRADE = 5
# Zones in which EKS puts no control plane (EKS user guide, network requirements). Letters differ from account to
# account, ids don't.
BARRED_ZONES = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the VPC as it will be."""
    answers = "vpc.create" if isinstance(profile.vpc, Create) else "vpc.use"
    for thing, where in (
        (facts.vpc.vpc, "vpc"),
        (facts.vpc.subnets, "vpc"),
        (facts.vpc.route_tables, "vpc"),
        (facts.vpc.gateway, f"{answers}.connect"),
        (facts.vpc.network_acls, "vpc"),
        (facts.vpc.prefix_lists, "vpc"),
        (facts.account.zones, f"{answers}.subnets"),
    ):
        if isinstance(thing, Unknown):
            yield unknown("VPC290", where, action=thing.action, said=thing.why)
    yield from _twins(profile, facts)
    yield from _failed(facts, network)
    if not isinstance(profile.vpc, Create):
        if facts.vpc.vpc is None:
            yield stop("VPC214", "vpc.use.id", vpc=profile.vpc.use.id, region=facts.account.region)
        if not known(facts.vpc.vpc):
            return
        for cidr in facts.vpc.vpc.cidrs:
            yield from _overlaps(profile, IPv4Network(cidr), facts)
        yield from _zones(profile, None, facts, network)
        yield from adopted.check(profile, profile.vpc.use, facts, network)
    else:
        yield from _cidrs(profile, profile.vpc.create, facts)
        yield from _zones(profile, profile.vpc.create, facts, network)
        yield from _free_addresses(profile, profile.vpc.create, facts, network)
    yield from _upgrades(facts, network)
    yield from _gateway(profile, facts, network)
    yield from _dns(facts)


def _twins(profile: Profile, facts: Facts) -> Iterator[Finding]:
    subnets = facts.vpc.subnets if known(facts.vpc.subnets) else ()
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    doubled = (*facts.vpc.twins, *twins(profile.cluster.name, subnets), *twins(profile.cluster.name, tables))
    if doubled:
        yield stop("VPC213", "vpc", twins=list(doubled))


def _failed(facts: Facts, network: Network) -> Iterator[Finding]:
    """Subnets that never became available: whoever made one may have something in it, so nobody deletes it here."""
    used = {subnet.id for subnet in network.subnets}
    for subnet in facts.vpc.subnets if known(facts.vpc.subnets) else ():
        if subnet.id in used and subnet.state is State.FAILED:
            yield stop("VPC236", "vpc", subnet=subnet.id, cidr=subnet.cidr)


def _cidrs(profile: Profile, answers: NewVpc, facts: Facts) -> Iterator[Finding]:
    if not WIDEST <= answers.cidr.prefixlen <= NARROWEST:
        yield mended(stop("VPC210", "vpc.create.cidr", cidr=str(answers.cidr)), profile, _narrower(answers, facts))
    placed = _rows(apart(answers.subnets, answers.cidr, _standing(facts)))
    for index, subnet in enumerate(answers.subnets):
        where = f"vpc.create.subnets.{index}.cidr"
        if not subnet.cidr.subnet_of(answers.cidr):
            yield mended(stop("VPC201", where, subnet=str(subnet.cidr), cidr=str(answers.cidr)), profile, placed)
        elif not WIDEST <= subnet.cidr.prefixlen <= NARROWEST:
            yield mended(stop("VPC210", where, cidr=str(subnet.cidr)), profile, placed)
    for one, other in combinations(answers.subnets, 2):
        if one.cidr.overlaps(other.cidr):
            finding = stop("VPC202", "vpc.create.subnets", one=str(one.cidr), other=str(other.cidr))
            yield mended(finding, profile, placed)
    yield from _overlaps(profile, answers.cidr, facts)
    if known(facts.vpc.vpc) and str(answers.cidr) not in facts.vpc.vpc.cidrs:
        there = list(facts.vpc.vpc.cidrs)
        finding = stop("VPC215", "vpc.create.cidr", vpc=facts.vpc.vpc.id, there=there, cidr=str(answers.cidr))
        yield mended(finding, profile, _as_it_stands(profile, answers, IPv4Network(there[0]), facts))
    zones = {str(subnet.cidr): subnet.zone for subnet in answers.subnets}
    for seen in facts.vpc.subnets if known(facts.vpc.subnets) else ():
        if zones.get(seen.cidr, seen.zone) != seen.zone:
            about = {"subnet": seen.id, "cidr": seen.cidr, "there": seen.zone, "zone": zones[seen.cidr]}
            yield mended(stop("VPC224", "vpc.create.subnets", **about), profile, _rezoned(answers, facts))


def _rows(subnets: tuple[Subnet, ...] | None) -> Mapping[str, str] | None:
    return {"vpc.create.subnets": typed(subnets)} if subnets else None


def _standing(facts: Facts) -> Mapping[str, str]:
    """The zones of the subnets that are there, by their CIDRs."""
    return {subnet.cidr: subnet.zone for subnet in facts.vpc.subnets} if known(facts.vpc.subnets) else {}


def _narrower(answers: NewVpc, facts: Facts) -> Mapping[str, str] | None:
    """The widest CIDR that a VPC can have around all subnets; a VPC that stands keeps its own."""
    first = answers.subnets[0].cidr
    if known(facts.vpc.vpc) or answers.cidr.prefixlen > WIDEST or first.prefixlen < WIDEST:
        return None
    around = first.supernet(new_prefix=WIDEST)
    whole = all(subnet.cidr.subnet_of(around) for subnet in answers.subnets) and around.subnet_of(answers.cidr)
    return {"vpc.create.cidr": str(around)} if whole else None


def _as_it_stands(profile: Profile, answers: NewVpc, cidr: IPv4Network, facts: Facts) -> Mapping[str, str] | None:
    """The CIDR of the VPC that is there, with subnets in it: the profile's, else those that a build made."""
    if all(subnet.cidr.subnet_of(cidr) for subnet in answers.subnets):
        return {"vpc.create.cidr": str(cidr)}
    made = [
        Subnet(zone=subnet.zone, cidr=IPv4Network(subnet.cidr))
        for subnet in (facts.vpc.subnets if known(facts.vpc.subnets) else ())
        if subnet.tags.get(CLUSTER_TAG) == profile.cluster.name and IPv4Network(subnet.cidr).subnet_of(cidr)
    ]
    inside = tuple(made) if len(made) >= 2 else apart(answers.subnets, cidr, _standing(facts))
    return {"vpc.create.cidr": str(cidr), **(_rows(inside) or {})} if inside else None


def _services(profile: Profile, cidr: IPv4Network, facts: Facts) -> Mapping[str, str] | None:
    """A service CIDR that is nobody's; one of a cluster that stands can't be changed."""
    if known(facts.cluster.cluster):
        return None
    there = map(IPv4Network, facts.vpc.vpc.cidrs) if known(facts.vpc.vpc) else ()
    found = service_cidr([cidr, *there, *profile.site.on_premises_cidrs])
    return {"cluster.service_cidr": str(found)} if found else None


def usable_zones(facts: Facts) -> tuple[str, ...]:
    """The availability zones in which EKS puts a control plane, by name; none where AWS does not tell them."""
    zones = facts.account.zones if known(facts.account.zones) else ()
    return tuple(
        sorted(zone.name for zone in zones if zone.kind == "availability-zone" and zone.id not in BARRED_ZONES)
    )


def serving_zones(facts: Facts) -> tuple[str, ...]:
    """The usable zones that also have the nodes' instance type and every interface endpoint, as far as AWS tells."""
    kind = facts.nodes.instance_type
    offers = facts.endpoints.offers if known(facts.endpoints.offers) else {}
    having = [kind.zones] if known(kind) and known(kind.zones) else []
    having += [offer.zones for offer in offers.values() if offer is not None and "Gateway" not in offer.kinds]
    return tuple(zone for zone in usable_zones(facts) if all(zone in zones for zones in having))


def in_serving_zones(profile: Profile, facts: Facts) -> Mapping[str, str] | None:
    """The answer that puts the subnets where everything is offered; None where they stand or no such zones are."""
    if not isinstance(profile.vpc, Create):
        return None
    zones = serving_zones(facts)
    moved = in_zones(profile.vpc.create.subnets, zones, _standing(facts))
    return _rows(moved) if moved and {subnet.zone for subnet in moved} <= set(zones) else None


def _rezoned(answers: NewVpc, facts: Facts) -> Mapping[str, str] | None:
    serving = serving_zones(facts)
    return _rows(in_zones(answers.subnets, serving if len(serving) >= 2 else usable_zones(facts), _standing(facts)))


def _overlaps(profile: Profile, cidr: IPv4Network, facts: Facts) -> Iterator[Finding]:
    services = profile.cluster.service_cidr
    yield from _premises(profile, cidr, facts)
    if services.overlaps(cidr):
        finding = stop("VPC208", "cluster.service_cidr", services=str(services), cidr=str(cidr))
        yield mended(finding, profile, _services(profile, cidr, facts))


def _premises(profile: Profile, cidr: IPv4Network, facts: Facts) -> Iterator[Finding]:
    services = profile.cluster.service_cidr
    for premises in profile.site.on_premises_cidrs:
        if premises.overlaps(cidr):
            # A wider route to the premises is fine: the VPC's own, narrower one wins. An equal or narrower one is not.
            finding = warn if premises.prefixlen < cidr.prefixlen else stop
            yield finding("VPC207", "site.on_premises_cidrs", premises=str(premises), cidr=str(cidr))
        if premises.overlaps(services):
            # Inside the cluster a service address always wins, and the CIDR can't be changed later.
            told = warn("VPC209", "cluster.service_cidr", services=str(services), premises=str(premises))
            yield mended(told, profile, _services(profile, cidr, facts))


def _zones(profile: Profile, answers: NewVpc | None, facts: Facts, network: Network) -> Iterator[Finding]:
    """About the zones of the subnets; ``answers`` is None for subnets that stand, which can't be moved."""
    names = {subnet.zone for subnet in network.subnets}
    moved = _rezoned(answers, facts) if answers else None
    subnets = "vpc.create.subnets" if answers else "vpc.use.subnets"
    if len(names) < 2:
        yield mended(stop("VPC203", subnets, zones=sorted(names)), profile, moved)
    if not known(facts.account.zones):
        return
    zones = {zone.name: zone for zone in facts.account.zones}
    sound = True
    for index, subnet in enumerate(network.subnets):
        where = f"{subnets}.{index}.zone" if answers else subnets
        zone = zones.get(subnet.zone)
        if zone is None:
            offered = sorted(name for name, known_zone in zones.items() if known_zone.kind == "availability-zone")
            about = {"zone": subnet.zone, "region": facts.account.region, "offered": offered}
            yield mended(stop("VPC204", where, **about), profile, moved)
        elif zone.id in BARRED_ZONES:
            yield mended(stop("VPC205", where, zone=subnet.zone, zone_id=zone.id), profile, moved)
        elif zone.kind != "availability-zone":
            yield mended(stop("VPC206", where, zone=subnet.zone, kind=zone.kind), profile, moved)
        else:
            continue
        sound = False
    if sound and len(names) >= 2:
        shown = [f"{subnet.zone} ({subnet.zone_id})" for subnet in network.subnets]
        yield ok("VPC220", subnets, zones=shown)


def _free_addresses(profile: Profile, answers: NewVpc, facts: Facts, network: Network) -> Iterator[Finding]:
    # Only a subnet to be is judged: the cluster's own interfaces have taken theirs once it stands.
    if all(isinstance(subnet.id, str) or subnet.free_addresses >= ENOUGH_FREE for subnet in network.subnets):
        return
    # A /27 has 27 free addresses, enough for EKS; a /28 has eleven.
    larger = _rows(apart(answers.subnets, answers.cidr, _standing(facts), narrowest=NARROWEST - 1))
    for index, subnet in enumerate(network.subnets):
        where = f"vpc.create.subnets.{index}.cidr"
        about: dict[str, Any] = {"subnet": subnet.cidr, "free": subnet.free_addresses}
        if not isinstance(subnet.id, str) and subnet.free_addresses < LEAST_FREE:
            yield mended(stop("VPC211", where, **about), profile, larger)
        elif not isinstance(subnet.id, str) and subnet.free_addresses < ENOUGH_FREE:
            yield mended(warn("VPC212", where, **about), profile, larger)


def _upgrades(facts: Facts, network: Network) -> Iterator[Finding]:
    """About subnets in which a cluster that stands finds no room for the interfaces of its next version."""
    cluster = facts.cluster.cluster
    if known(cluster) and cluster.state is State.USABLE:
        for subnet in network.subnets:
            if subnet.id in cluster.subnets and subnet.free_addresses < FREE_FOR_UPGRADE:
                yield note("VPC271", "vpc", subnet=subnet.cidr, free=subnet.free_addresses, cluster=cluster.name)


def _gateway(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    gateway, connect = facts.vpc.gateway, connection(profile)
    where = "vpc.create.connect" if isinstance(profile.vpc, Create) else "vpc.use.connect"
    if isinstance(gateway, Unknown) or connect is None:
        return
    if gateway is None:
        if isinstance(connect, TransitGateway):
            yield stop("VPC217", f"{where}.transit_gateway", gateway=connect.transit_gateway)
        elif connect.vpn_gateway != "create":
            yield stop("VPC216", f"{where}.vpn_gateway", gateway=connect.vpn_gateway)
    elif State.FAILED in (gateway.state, gateway.attached) or gateway.state is State.DELETING:
        yield stop("VPC223", where, gateway=gateway.id)
    elif gateway.attached is State.DELETING:
        yield note("VPC233", where, gateway=gateway.id)
    elif gateway.other_vpc is not None:
        yield stop("VPC218", f"{where}.vpn_gateway", gateway=gateway.id, vpc=gateway.other_vpc)
    yield from _other_gateways(profile, facts, connect, where)
    yield from _attached_zones(facts, network, where)
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    premises = {str(cidr) for cidr in profile.site.on_premises_cidrs}
    for table in tables:
        for route in table.routes:
            about = {"route": route.destination, "table": table.id, "target": route.target}
            # A route to a gateway works again once that is attached, and the plan attaches it.
            attaches = gateway is not None and route.target == gateway.id and gateway.attached is not State.USABLE
            if route.destination in premises and not route.active and not attaches:
                yield stop("VPC219", where, **about)
            elif route.destination in premises and gateway is not None and route.target != gateway.id:
                yield stop("VPC225", where, gateway=gateway.id, **about)


def _other_gateways(
    profile: Profile, facts: Facts, connect: VpnGateway | TransitGateway, where: str
) -> Iterator[Finding]:
    """A VPC takes one VPN gateway: the one that it has is offered where the profile wants another."""
    if isinstance(facts.vpc.vpn_gateways, Unknown):
        told = facts.vpc.vpn_gateways
        yield unknown("VPC290", where, action=told.action, said=told.why)
    if isinstance(connect, TransitGateway) or not known(facts.vpc.vpn_gateways):
        return
    ours = facts.vpc.gateway.id if known(facts.vpc.gateway) else connect.vpn_gateway
    for there in facts.vpc.vpn_gateways:
        if there != ours:
            wanted = "a new one" if ours == "create" else ours
            found = stop("VPC234", f"{where}.vpn_gateway", vpc=_vpc_id(facts), there=there, wanted=wanted)
            yield mended(found, profile, {f"{where}.vpn_gateway": there})


def _attached_zones(facts: Facts, network: Network, where: str) -> Iterator[Finding]:
    """The attachment of a transit gateway that stands has to have a subnet in each zone of the nodes."""
    gateway, subnets = facts.vpc.gateway, facts.vpc.subnets
    if not known(gateway) or not gateway.subnets or not known(subnets):
        return
    if gateway.attached not in (State.USABLE, State.UNDER_WAY):
        return
    served = {subnet.zone for subnet in subnets if subnet.id in gateway.subnets}
    lacking = sorted({subnet.zone for subnet in network.subnets} - served)
    if lacking:
        yield stop("VPC235", f"{where}.transit_gateway", gateway=gateway.id, zones=lacking)


def _vpc_id(facts: Facts) -> str:
    return facts.vpc.vpc.id if known(facts.vpc.vpc) else ""


def _dns(facts: Facts) -> Iterator[Finding]:
    vpc = facts.vpc.vpc
    if not known(vpc):
        return
    for told in (vpc.dns_support, vpc.dns_hostnames, vpc.domain_name_servers):
        if isinstance(told, Unknown):
            yield unknown("VPC290", "vpc", action=told.action, said=told.why)
    servers = vpc.domain_name_servers
    if known(servers) and not any(is_amazons(one, vpc.cidrs) for one in servers):
        # Without Amazon's resolver no private name of an endpoint or of the cluster is honoured (amazon-eks-ami 1263).
        yield stop("VPC221", "vpc", vpc=vpc.id, servers=list(servers))
    if vpc.dns_support is True and vpc.dns_hostnames is True:
        yield ok("VPC222", "vpc", vpc=vpc.id)
