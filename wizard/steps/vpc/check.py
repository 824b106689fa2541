"""Checks the VPC: its CIDRs, zones and addresses, its DNS, and its way to the premises."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from wizard.answer_types import Create, TransitGateway, VpnGateway
from wizard.facts import Facts, State, Unknown, known
from wizard.findings import Finding, ok, stop, unknown, warn
from wizard.network import Network
from wizard.profile import Profile
from wizard.steps.ec2 import twins
from wizard.steps.vpc.answers import NewVpc

# Zones in which EKS puts no control plane (EKS user guide, network requirements). Letters differ from account to
# account, ids don't.
BARRED_ZONES = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
# EKS needs 6 free addresses in each subnet and recommends 16 (EKS user guide, network requirements).
LEAST_FREE, ENOUGH_FREE = 6, 16


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the VPC as it will be."""
    for thing, where in (
        (facts.vpc.vpc, "vpc"),
        (facts.vpc.subnets, "vpc"),
        (facts.vpc.route_tables, "vpc"),
        (facts.vpc.gateway, "vpc.create.connect"),
        (facts.account.zones, "vpc.create.subnets"),
    ):
        if isinstance(thing, Unknown):
            yield unknown("VPC290", where, action=thing.action, said=thing.why)
    yield from _twins(profile, facts)
    if not isinstance(profile.vpc, Create):
        yield stop("VPC214", "vpc.use", vpc=profile.vpc.use.id)
        return
    yield from _cidrs(profile, profile.vpc.create, facts)
    yield from _zones(facts, network)
    yield from _free_addresses(network)
    yield from _gateway(profile, profile.vpc.create.connect, facts)
    yield from _dns(facts)


def _twins(profile: Profile, facts: Facts) -> Iterator[Finding]:
    subnets = facts.vpc.subnets if known(facts.vpc.subnets) else ()
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    doubled = (*facts.vpc.twins, *twins(profile.cluster.name, subnets), *twins(profile.cluster.name, tables))
    if doubled:
        yield stop("VPC213", "vpc", twins=list(doubled))


def _cidrs(profile: Profile, answers: NewVpc, facts: Facts) -> Iterator[Finding]:
    if not 16 <= answers.cidr.prefixlen <= 28:
        yield stop("VPC210", "vpc.create.cidr", cidr=str(answers.cidr))
    for index, subnet in enumerate(answers.subnets):
        where = f"vpc.create.subnets.{index}.cidr"
        if not subnet.cidr.subnet_of(answers.cidr):
            yield stop("VPC201", where, subnet=str(subnet.cidr), cidr=str(answers.cidr))
        elif not 16 <= subnet.cidr.prefixlen <= 28:
            yield stop("VPC210", where, cidr=str(subnet.cidr))
    for one, other in combinations(answers.subnets, 2):
        if one.cidr.overlaps(other.cidr):
            yield stop("VPC202", "vpc.create.subnets", one=str(one.cidr), other=str(other.cidr))
    yield from _premises(profile, answers.cidr)
    services = profile.cluster.service_cidr
    if services.overlaps(answers.cidr):
        yield stop("VPC208", "cluster.service_cidr", services=str(services), cidr=str(answers.cidr))
    if known(facts.vpc.vpc) and str(answers.cidr) not in facts.vpc.vpc.cidrs:
        yield stop(
            "VPC215", "vpc.create.cidr", vpc=facts.vpc.vpc.id, there=list(facts.vpc.vpc.cidrs), cidr=str(answers.cidr)
        )
    zones = {str(subnet.cidr): subnet.zone for subnet in answers.subnets}
    for seen in facts.vpc.subnets if known(facts.vpc.subnets) else ():
        if zones.get(seen.cidr, seen.zone) != seen.zone:
            about = {"subnet": seen.id, "cidr": seen.cidr, "there": seen.zone, "zone": zones[seen.cidr]}
            yield stop("VPC224", "vpc.create.subnets", **about)


def _premises(profile: Profile, cidr: IPv4Network) -> Iterator[Finding]:
    services = profile.cluster.service_cidr
    for premises in profile.site.on_premises_cidrs:
        if premises.overlaps(cidr):
            # A wider route to the premises is fine: the VPC's own, narrower one wins. An equal or narrower one is not.
            finding = warn if premises.prefixlen < cidr.prefixlen else stop
            yield finding("VPC207", "site.on_premises_cidrs", premises=str(premises), cidr=str(cidr))
        if premises.overlaps(services):
            # Inside the cluster a service address always wins, and the CIDR can't be changed later.
            yield warn("VPC209", "cluster.service_cidr", services=str(services), premises=str(premises))


def _zones(facts: Facts, network: Network) -> Iterator[Finding]:
    names = {subnet.zone for subnet in network.subnets}
    if len(names) < 2:
        yield stop("VPC203", "vpc.create.subnets", zones=sorted(names))
    if not known(facts.account.zones):
        return
    zones = {zone.name: zone for zone in facts.account.zones}
    sound = True
    for index, subnet in enumerate(network.subnets):
        where = f"vpc.create.subnets.{index}.zone"
        zone = zones.get(subnet.zone)
        if zone is None:
            offered = sorted(name for name, known_zone in zones.items() if known_zone.kind == "availability-zone")
            yield stop("VPC204", where, zone=subnet.zone, region=facts.account.region, offered=offered)
        elif zone.id in BARRED_ZONES:
            yield stop("VPC205", where, zone=subnet.zone, zone_id=zone.id)
        elif zone.kind != "availability-zone":
            yield stop("VPC206", where, zone=subnet.zone, kind=zone.kind)
        else:
            continue
        sound = False
    if sound and len(names) >= 2:
        shown = [f"{subnet.zone} ({subnet.zone_id})" for subnet in network.subnets]
        yield ok("VPC220", "vpc.create.subnets", zones=shown)


def _free_addresses(network: Network) -> Iterator[Finding]:
    for index, subnet in enumerate(network.subnets):
        where = f"vpc.create.subnets.{index}.cidr"
        about: dict[str, Any] = {"subnet": subnet.cidr, "free": subnet.free_addresses}
        # The cluster's own interfaces have taken theirs once it stands; only a subnet to be is judged.
        if not isinstance(subnet.id, str) and subnet.free_addresses < LEAST_FREE:
            yield stop("VPC211", where, **about)
        elif not isinstance(subnet.id, str) and subnet.free_addresses < ENOUGH_FREE:
            yield warn("VPC212", where, **about)


def _gateway(profile: Profile, connect: VpnGateway | TransitGateway, facts: Facts) -> Iterator[Finding]:
    gateway = facts.vpc.gateway
    if isinstance(gateway, Unknown):
        return
    if gateway is None:
        if isinstance(connect, TransitGateway):
            yield stop("VPC217", "vpc.create.connect.transit_gateway", gateway=connect.transit_gateway)
        elif connect.vpn_gateway != "create":
            yield stop("VPC216", "vpc.create.connect.vpn_gateway", gateway=connect.vpn_gateway)
    elif {gateway.state, gateway.attached} & {State.FAILED, State.DELETING}:
        yield stop("VPC223", "vpc.create.connect", gateway=gateway.id)
    elif gateway.other_vpc is not None:
        yield stop("VPC218", "vpc.create.connect.vpn_gateway", gateway=gateway.id, vpc=gateway.other_vpc)
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    premises = {str(cidr) for cidr in profile.site.on_premises_cidrs}
    for table in tables:
        for route in table.routes:
            about = {"route": route.destination, "table": table.id, "target": route.target}
            if route.destination in premises and not route.active:
                yield stop("VPC219", "vpc.create.connect", **about)
            elif route.destination in premises and gateway is not None and route.target != gateway.id:
                yield stop("VPC225", "vpc.create.connect", gateway=gateway.id, **about)


def _dns(facts: Facts) -> Iterator[Finding]:
    vpc = facts.vpc.vpc
    if not known(vpc):
        return
    for told in (vpc.dns_support, vpc.dns_hostnames, vpc.domain_name_servers):
        if isinstance(told, Unknown):
            yield unknown("VPC290", "vpc", action=told.action, said=told.why)
    servers = vpc.domain_name_servers
    if known(servers) and servers and "AmazonProvidedDNS" not in servers:
        # Without Amazon's resolver no private name of an endpoint or of the cluster is honoured (amazon-eks-ami 1263).
        yield stop("VPC221", "vpc", vpc=vpc.id, servers=list(servers))
    if vpc.dns_support is True and vpc.dns_hostnames is True:
        yield ok("VPC222", "vpc", vpc=vpc.id)
