"""Checks the VPC endpoints: what a node cannot do without, and whether it reaches them."""

from collections.abc import Iterator, Mapping

from wizard.answer_types import Use
from wizard.facts import Endpoint, Facts, State, Unknown, known
from wizard.findings import Finding, note, ok, stop, unknown, warn
from wizard.mending import mended
from wizard.network import Network
from wizard.profile import Profile
from wizard.steps.ec2 import twins
from wizard.steps.endpoints.answers import Answers
from wizard.steps.endpoints.plan import in_the_way, making_way_for
from wizard.steps.endpoints.policy import allows
from wizard.steps.endpoints.repairs import lacks
from wizard.steps.vpc.check import in_serving_zones

# Without one of these no node of an AL2023 image becomes Ready (EKS user guide, private clusters).
NEEDED = ("ec2", "ecr.api", "ecr.dkr", "s3")


# Session Manager needs both others (Systems Manager user guide, VPC endpoints).
COMPANIONS = {"ssm": ("ssmmessages", "ec2messages")}


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the endpoints as they will be."""
    answers = profile.endpoints
    missing = [suffix for suffix in NEEDED if suffix not in answers.services]
    for suffix in missing:
        yield mended(
            stop("END301", "endpoints.services", service=suffix, missing=missing),
            profile,
            _services(*answers.services, *missing),
        )
    if "sts" not in answers.services:
        missing = [*missing, "sts"]
        yield mended(
            warn("END302", "endpoints.services", service="sts", missing=missing),
            profile,
            _services(*answers.services, *missing),
        )
    given = answers.security_group
    if isinstance(given, Use) and not isinstance(facts.endpoints.group, Unknown):
        vpc = facts.endpoints.group.vpc_id if facts.endpoints.group else None
        if vpc is None or (isinstance(network.vpc, str) and vpc != network.vpc):
            yield stop("END309", "endpoints.security_group", group=given.use, vpc=vpc or "no VPC")
    yield from _companions(profile)
    for thing in (
        facts.endpoints.endpoints,
        facts.endpoints.group,
        facts.endpoints.groups,
        facts.endpoints.hosted_zones,
    ):
        if isinstance(thing, Unknown):
            yield unknown("END390", "endpoints", action=thing.action, said=thing.why)
    for action, said in _hidden_lists(facts).items():
        yield unknown("END390", "endpoints", action=action, said=said)
    if isinstance(facts.endpoints.offers, Unknown):
        # Names and zones come from this answer: without it there is nothing to plan from.
        yield stop(
            "END303", "endpoints.services", action=facts.endpoints.offers.action, said=facts.endpoints.offers.why
        )
        return
    absent = [suffix for suffix in answers.services if facts.endpoints.offers.get(suffix, suffix) is None]
    rest = [suffix for suffix in answers.services if suffix not in absent or suffix in NEEDED]
    for suffix in absent:
        found = stop("END304", "endpoints.services", service=suffix, region=facts.account.region)
        yield mended(found, profile, None if suffix in NEEDED else _services(*rest))
    yield from _zones(profile, network, facts)
    yield from _existing(profile, facts, network)


def _hidden_lists(facts: Facts) -> Mapping[str, str]:
    """What kept the entries of prefix lists from being read that the endpoints' groups admit, by the action."""
    groups = (*facts.endpoints.groups, facts.endpoints.group) if known(facts.endpoints.groups) else ()
    rules = (rule for group in groups if known(group) for rule in group.rules)
    return {rule.entries.action: rule.entries.why for rule in rules if isinstance(rule.entries, Unknown)}


def _services(*suffixes: str) -> Mapping[str, str]:
    """These services as an answer: the usual ones in their usual order, the others as they come."""
    usual = [suffix for suffix in Answers().services if suffix in suffixes]
    return {"endpoints.services": ", ".join(dict.fromkeys((*usual, *suffixes)))}


def _zones(profile: Profile, network: Network, facts: Facts) -> Iterator[Finding]:
    offers = facts.endpoints.offers if known(facts.endpoints.offers) else {}
    zones = {subnet.zone for subnet in network.subnets}
    for endpoint in network.endpoints:
        offer = offers.get(endpoint.suffix)
        if endpoint.kind != "Interface" or offer is None:
            continue
        lacking = sorted(zones - set(offer.zones))
        if not endpoint.subnets:
            found = stop("END305", "endpoints.services", service=endpoint.suffix, zones=lacking)
            yield mended(found, profile, in_serving_zones(profile, facts))
        elif lacking:
            found = warn("END306", "endpoints.services", service=endpoint.suffix, zones=lacking)
            yield mended(found, profile, in_serving_zones(profile, facts))


def _existing(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    endpoints = facts.endpoints.endpoints if known(facts.endpoints.endpoints) else ()
    living = (endpoint for endpoint in endpoints if endpoint.state is not State.DELETING)
    doubled = (*facts.endpoints.twins, *twins(profile.cluster.name, living))
    if doubled:
        yield stop("END312", "endpoints", twins=list(doubled))
    wanted = {(target.suffix, target.kind): target.id for target in network.endpoints}
    for endpoint in endpoints:
        if wanted.get((endpoint.suffix, endpoint.kind)) == endpoint.id or _serves(endpoint, network):
            yield from _policy(profile, facts, endpoint)
    for target in network.endpoints:
        replaced = making_way_for(profile, facts, target)
        for endpoint in in_the_way(facts, target):
            about = {"service": endpoint.suffix, "endpoint": endpoint.id, "said": endpoint.error or "nothing"}
            if endpoint in replaced:
                yield note("END317", "endpoints.services", state=endpoint.state.value, **about)
            else:
                yield stop("END307", "endpoints.services", **about)
    for lack in lacks(facts, network):
        endpoint = lack.endpoint
        faults = list(lack.faults)
        yield note("END308", "endpoints.services", service=endpoint.suffix, endpoint=endpoint.id, lacks=faults)
    zones = facts.endpoints.hosted_zones if known(facts.endpoints.hosted_zones) else ()
    private = {one.id for one in endpoints if one.private_dns}
    for target in network.endpoints:
        names = {name.removeprefix("*.") for name in target.private_dns_names} & set(zones)
        if names and target.id not in private:
            yield stop("END314", "endpoints.services", service=target.suffix, zones=sorted(names))


def _serves(endpoint: Endpoint, network: Network) -> bool:
    """Whether it is a gateway that a route table of the nodes leads to: a VPC may have several, each on its tables."""
    living = endpoint.kind == "Gateway" and endpoint.state is State.USABLE
    return living and not set(endpoint.route_tables).isdisjoint(network.route_tables)


def _companions(profile: Profile) -> Iterator[Finding]:
    """Services that do nothing, or something else fails, without others."""
    services = profile.endpoints.services
    for suffix, others in COMPANIONS.items():
        missing = [one for one in others if one not in services]
        if suffix in services and missing:
            found = warn("END315", "endpoints.services", service=suffix, missing=missing)
            yield mended(found, profile, _services(*services, *missing))
    if "eks-pod-identity-agent" in profile.cluster.addons and "eks-auth" not in services:
        found = warn("END316", "endpoints.services", addon="eks-pod-identity-agent", service="eks-auth")
        yield mended(found, profile, _services(*services, "eks-auth"))


def _policy(profile: Profile, facts: Facts, endpoint: Endpoint) -> Iterator[Finding]:
    partition, region = facts.account.partition, profile.account.region
    layers = f"arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*"
    needed = {
        "ec2": ("ec2:DescribeInstances", "*"),
        "ecr.api": ("ecr:GetAuthorizationToken", "*"),
        "ecr.dkr": ("ecr:BatchGetImage", f"arn:{partition}:ecr:{region}:*:repository/eks/*"),
        "s3": ("s3:GetObject", layers),
    }
    if endpoint.suffix not in needed:
        return
    action, resource = needed[endpoint.suffix]
    verdict = allows(endpoint.policy, action, resource)
    if verdict is not True:
        finding = stop if verdict is False else warn
        about = {"service": endpoint.suffix, "endpoint": endpoint.id, "action": action, "resource": resource}
        yield finding("END313", "endpoints.services", **about)


def verify(_profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the endpoints as they are after the build."""
    endpoints = facts.endpoints.endpoints
    if isinstance(endpoints, Unknown):
        yield unknown("END390", "endpoints", action=endpoints.action, said=endpoints.why)
        return
    usable = {endpoint.id for endpoint in endpoints if endpoint.state is State.USABLE}
    lacking = [endpoint.suffix for endpoint in network.endpoints if endpoint.id not in usable]
    if lacking:
        yield stop("END310", "endpoints.services", services=lacking)
    else:
        yield ok("END311", "endpoints.services", services=[endpoint.suffix for endpoint in network.endpoints])
