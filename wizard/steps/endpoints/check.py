"""Checks the VPC endpoints: what a node cannot do without, and whether it reaches them."""

from collections.abc import Iterator, Mapping

from wizard.answer_types import Use
from wizard.facts import Facts, State, Unknown, known
from wizard.findings import Finding, ok, stop, unknown, warn
from wizard.mending import mended
from wizard.network import ENDPOINT_GROUP, Network
from wizard.plan import CHANGE_TAG, Ref
from wizard.profile import Profile
from wizard.steps.ec2 import twins
from wizard.steps.endpoints.answers import Answers
from wizard.steps.vpc.check import in_serving_zones

# Without one of these no node of an AL2023 image becomes Ready (EKS user guide, private clusters).
NEEDED = ("ec2", "ecr.api", "ecr.dkr", "s3")


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
    if isinstance(answers.security_group, Use):
        yield stop("END309", "endpoints.security_group", group=answers.security_group.use)
    for thing in (facts.endpoints.endpoints, facts.endpoints.group):
        if isinstance(thing, Unknown):
            yield unknown("END390", "endpoints", action=thing.action, said=thing.why)
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
    doubled = (*facts.endpoints.twins, *twins(profile.cluster.name, endpoints))
    if doubled:
        yield stop("END312", "endpoints", twins=list(doubled))
    wanted = {(endpoint.suffix, endpoint.kind): endpoint for endpoint in network.endpoints}
    for endpoint in endpoints:
        target = wanted.get((endpoint.suffix, endpoint.kind))
        if target is None:
            continue
        if isinstance(target.id, Ref) and endpoint.state in (State.FAILED, State.DELETING):
            about = {"service": endpoint.suffix, "endpoint": endpoint.id, "state": endpoint.state.value}
            yield stop("END307", "endpoints.services", **about)
        if target.id != endpoint.id:
            continue
        if endpoint.kind == "Interface":
            subnets = {subnet.id for subnet in target.subnets}
            if (
                not endpoint.private_dns
                or not subnets <= set(endpoint.subnets)
                or (network.endpoint_group not in endpoint.groups)
            ):
                yield stop("END308", "endpoints.services", service=endpoint.suffix, endpoint=endpoint.id)
        elif not set(target.route_tables) <= set(endpoint.route_tables):
            yield stop("END308", "endpoints.services", service=endpoint.suffix, endpoint=endpoint.id)


def verify(_profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the endpoints as they are after the build."""
    endpoints = facts.endpoints.endpoints
    if isinstance(endpoints, Unknown):
        yield unknown("END390", "endpoints", action=endpoints.action, said=endpoints.why)
        return
    usable = {endpoint.id for endpoint in endpoints if endpoint.state is State.USABLE}
    lacking = [endpoint.suffix for endpoint in network.endpoints if endpoint.id not in usable]
    group = facts.endpoints.group
    if lacking:
        yield stop("END310", "endpoints.services", services=lacking)
    elif known(group) and group.tags.get(CHANGE_TAG) == ENDPOINT_GROUP:
        yield ok("END311", "endpoints.services", services=[endpoint.suffix for endpoint in network.endpoints])
