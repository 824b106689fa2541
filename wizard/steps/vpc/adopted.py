"""Checks a VPC that the wizard did not make: what is the company's, and nodes must be able to live with."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, ip_address
from urllib.parse import urlsplit

from wizard.facts import AclEntry, Facts, RouteTable, Unknown, known
from wizard.findings import Finding, note, stop, unknown, warn
from wizard.free_networks import service_cidr
from wizard.mending import mended
from wizard.network import Network, NetworkSubnet, connection
from wizard.packets import EPHEMERAL, TO_THE_INTERNET, acl_admits_connection, leads_to_premises
from wizard.profile import Profile
from wizard.steps.ingress import HTTPS, KUBELET
from wizard.steps.vpc.answers import ExistingVpc
from wizard.steps.vpc.plan import INTERNAL_ELB, missing_tags
from wizard.steps.vpc.premises import unrouted

# EKS needs 6 free addresses in each subnet and recommends 16 (EKS user guide, network requirements).
LEAST_FREE, ENOUGH_FREE = 6, 16
# The ports from which Linux opens connections (net.ipv4.ip_local_port_range).
LINUX_EPHEMERAL = (32768, 60999)


def check(profile: Profile, answers: ExistingVpc, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the subnets, their tables and ACLs; and what the plan will change in them."""
    there = {subnet.id for subnet in network.subnets}
    if known(facts.vpc.subnets):
        for index, subnet in enumerate(answers.subnets):
            if subnet not in there:
                yield stop("VPC226", f"vpc.use.subnets.{index}", subnet=subnet, vpc=answers.id)
    yield from _free_addresses(facts, network)
    yield from _routes(profile, facts, network)
    yield from _routed_services(profile, facts, network)
    yield from _internal_load_balancers(facts, network)
    yield from _acls(profile, facts, network)
    yield from _repairs(profile, facts, network)


def _free_addresses(facts: Facts, network: Network) -> Iterator[Finding]:
    # The cluster's own interfaces have taken theirs once it stands.
    if known(facts.cluster.cluster):
        return
    for subnet in network.subnets:
        if subnet.free_addresses < LEAST_FREE:
            yield stop("VPC211", "vpc.use.subnets", subnet=subnet.cidr, free=subnet.free_addresses)
        elif subnet.free_addresses < ENOUGH_FREE:
            yield warn("VPC212", "vpc.use.subnets", subnet=subnet.cidr, free=subnet.free_addresses)


def _routes(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    for table, subnets in _tables(facts, network):
        about = {"table": table.id, "subnets": [str(subnet.id) for subnet in subnets]}
        if connection(profile) is None:
            lost = [str(c) for c in profile.site.on_premises_cidrs if not leads_to_premises(table.routes, str(c))]
            hidden = [route.entries for route in table.routes if isinstance(route.entries, Unknown)]
            if lost and hidden:
                yield unknown("VPC290", "vpc.use.connect", action=hidden[0].action, said=hidden[0].why)
            elif lost:
                yield stop("VPC228", "vpc.use.connect", **about, premises=lost, gateways=list(table.propagating))
        out = [route.target for route in table.routes if route.target.startswith(TO_THE_INTERNET)]
        if out:
            yield note("VPC229", "vpc.use.subnets", **about, targets=out)


def _routed_services(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """About networks beyond the VPC that nodes reach and pods would not: services have their addresses."""
    services = IPv4Network(network.cluster.service_cidr)
    told = {str(cidr) for cidr in profile.site.on_premises_cidrs}
    for table, _ in _tables(facts, network):
        for route in table.routes:
            beyond = route.active and route.target != "local" and not route.target.startswith(TO_THE_INTERNET)
            there = _cidr(route.destination)
            # What the profile calls premises is a finding of its own, and a default route leads to no certain network.
            if beyond and there and there.prefixlen and there.overlaps(services) and route.destination not in told:
                about = {"services": str(services), "route": route.destination}
                found = warn("VPC270", "cluster.service_cidr", table=table.id, target=route.target, **about)
                yield mended(found, profile, _other_services(profile, facts, network))


def _other_services(profile: Profile, facts: Facts, network: Network) -> Mapping[str, str] | None:
    """A service CIDR that no table leads elsewhere; one of a cluster that stands can't be changed."""
    if known(facts.cluster.cluster):
        return None
    routed = (_cidr(route.destination) for table, _ in _tables(facts, network) for route in table.routes)
    taken = [*map(IPv4Network, network.cidrs), *profile.site.on_premises_cidrs]
    found = service_cidr([*taken, *(one for one in routed if one and one.prefixlen)])
    return {"cluster.service_cidr": str(found)} if found else None


def _cidr(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _internal_load_balancers(facts: Facts, network: Network) -> Iterator[Finding]:
    seen = {subnet.id: subnet for subnet in facts.vpc.subnets} if known(facts.vpc.subnets) else {}
    for subnet in network.subnets:
        value = seen[str(subnet.id)].tags.get(INTERNAL_ELB, "1")
        # The controller takes 1 and nothing for yes (aws-load-balancer-controller, subnet discovery).
        if value not in ("", "1"):
            yield note("VPC272", "vpc.use.subnets", subnet=str(subnet.id), tag=INTERNAL_ELB, value=value)


def _tables(facts: Facts, network: Network) -> Iterator[tuple[RouteTable, list[NetworkSubnet]]]:
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    for table in tables:
        subnets = [subnet for subnet in network.subnets if subnet.route_table == table.id]
        if subnets:
            yield table, subnets


def _acls(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    acls = facts.vpc.network_acls if known(facts.vpc.network_acls) else ()
    for acl in acls:
        for subnet in network.subnets:
            if subnet.id in acl.subnets:
                shut = list(_shut(profile, facts, acl.entries, subnet, network))
                if shut:
                    yield stop("VPC227", "vpc.use.subnets", acl=acl.id, subnet=str(subnet.id), shut=shut)


def _shut(
    profile: Profile, facts: Facts, entries: tuple[AclEntry, ...], subnet: NetworkSubnet, network: Network
) -> Iterator[str]:
    """The connections that a node or the cluster's API needs and the ACL drops; ACLs don't see traffic within."""
    for other in network.subnets:
        if other.id == subnet.id:
            continue
        for port in (HTTPS, KUBELET):
            for outward, word in ((True, "to"), (False, "from")):
                if not acl_admits_connection(entries, port, other.cidr, outward=outward, answers=LINUX_EPHEMERAL):
                    yield f"port {port} {word} {other.cidr}"
    for cidr in map(str, profile.site.on_premises_cidrs):
        if not acl_admits_connection(entries, HTTPS, cidr, outward=False, answers=EPHEMERAL):
            yield f"port {HTTPS} from {cidr}"
    if any(endpoint.suffix == "s3" and endpoint.kind == "Gateway" for endpoint in network.endpoints):
        lists = facts.vpc.prefix_lists if known(facts.vpc.prefix_lists) else ()
        s3 = (entry for one in lists if one.name.endswith(".s3") for entry in one.entries)
        for cidr in (entry for entry in s3 if ":" not in entry):
            if not acl_admits_connection(entries, HTTPS, cidr, outward=True, answers=LINUX_EPHEMERAL):
                yield f"port {HTTPS} to {cidr} (S3)"
    proxy = urlsplit(profile.site.proxy.url) if profile.site.proxy else None
    if proxy and proxy.hostname and proxy.port and _is_address(proxy.hostname):
        address = f"{proxy.hostname}/32"
        if not acl_admits_connection(entries, proxy.port, address, outward=True, answers=LINUX_EPHEMERAL):
            yield f"port {proxy.port} to {address}"


def _is_address(host: str) -> bool:
    try:
        return ip_address(host).version == 4
    except ValueError:
        return False


def _repairs(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """What the plan changes in things that were there."""
    vpc = facts.vpc.vpc
    off = [
        name
        for name, on in (
            ("enableDnsSupport", known(vpc) and vpc.dns_support),
            ("enableDnsHostnames", known(vpc) and vpc.dns_hostnames),
        )
        if on is False
    ]
    if off:
        yield note("VPC230", "vpc.use.id", vpc=network.vpc, attributes=off)
    seen = {subnet.id: subnet for subnet in facts.vpc.subnets} if known(facts.vpc.subnets) else {}
    untagged = [str(subnet.id) for subnet in network.subnets if missing_tags(profile, seen[str(subnet.id)])]
    if untagged:
        yield note("VPC231", "vpc.use.subnets", subnets=untagged, cluster=profile.cluster.name)
    for table, subnets in _tables(facts, network):
        lacking = unrouted(profile, table)
        if connection(profile) is not None and lacking:
            ours = {subnet.id for subnet in subnets}
            others = [subnet for subnet in table.subnets if subnet not in ours]
            yield note("VPC232", "vpc.use.connect", table=table.id, premises=list(lacking), others=others or ["none"])
