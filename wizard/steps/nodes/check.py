"""Checks the nodes: the type, the AMI, the addresses they will take, and their stack."""

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, collapse_addresses
from typing import Any

from wizard.facts import Ami, Facts, InstanceType, Stack, Unknown, is_replaced, known
from wizard.findings import Finding, note, ok, stop, unknown, warn
from wizard.joining.machine import FIRST_IN_TIME
from wizard.max_pods import LEAST_PODS, addresses_taken, addresses_taken_with_prefixes
from wizard.mending import mended
from wizard.network import Network
from wizard.profile import Profile
from wizard.steps.nodes import entry, limits, managed, prefixes
from wizard.steps.nodes.plan import stack_parameters, template
from wizard.steps.vpc.check import in_serving_zones
from wizard.user_data import mime_boundary, node_config, problems

FIRST_WITH_PROXY = int(FIRST_IN_TIME)
# Inbound rules of one security group, unless AWS raised the quota; the template's own beside the premises'.
MOST_RULES, OWN_RULES = 60, 3
# The stack's parameters that the profile alone decides; the others follow from what AWS gave.
FROM_PROFILE = (
    "InstanceType", "DesiredSize", "MinSize", "MaxSize", "VolumeSize", "VolumeKmsKey", "KeyName", "HttpProxy",
    "NoProxy",
)  # fmt: skip
NO_IMAGE = ("ImageId", "")
SIZES = {"MinSize": "nodes.min", "MaxSize": "nodes.max", "DesiredSize": "nodes.desired"}
# The answers that parameters of the stack are; the others are computed.
ANSWERS = {
    **SIZES, "InstanceType": "nodes.instance_type", "VolumeSize": "nodes.volume_size",
    "VolumeKmsKey": "nodes.volume_kms_key", "KeyName": "nodes.key_pair", "ImageId": "nodes.ami",
}  # fmt: skip


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the nodes as they will be."""
    nodes = facts.nodes
    looked_at = (
        nodes.instance_type, nodes.ami, nodes.stack, nodes.instances, nodes.key_pair, nodes.group, nodes.volume_key,
        nodes.vcpu_quota, nodes.reserved,
    )  # fmt: skip
    for thing in looked_at:
        if isinstance(thing, Unknown):
            # Without an image there is nothing to launch: that much has to be known.
            needed = thing is nodes.ami and profile.nodes.ami is None and not known(nodes.stack)
            finding = stop if needed else unknown
            yield finding("NODE690", "nodes", action=thing.action, said=thing.why)
    kind = nodes.instance_type
    if kind is None:
        yield stop("NODE601", "nodes.instance_type", type=profile.nodes.instance_type, region=facts.account.region)
    elif known(kind):
        yield from _type(profile, facts, kind, network)
    yield from entry.check(profile, facts)
    yield from prefixes.check(profile, facts)
    if known(nodes.group):
        yield from managed.check(profile, nodes.group)
    if known(nodes.stack):
        yield from managed.other_kind(profile, nodes.stack)
        yield from _stack(nodes.stack, nodes.newest_ami)
    if known(nodes.stack) and not is_replaced(nodes.stack):
        yield from _differences(profile, facts, network)
        launching = limits.launched_by(profile, nodes.stack, nodes.group)
        if launching is None or is_replaced(launching):
            yield from limits.check(profile, facts)
        return
    if nodes.key_pair is False and profile.nodes.key_pair is not None:
        found = stop("NODE617", "nodes.key_pair", key_pair=profile.nodes.key_pair)
        yield mended(found, profile, {"nodes.key_pair": ""})
    yield from limits.check(profile, facts)
    yield from _rules(profile)
    yield from _ami(profile, facts, network)
    yield from _user_data(profile, facts, network)


def _type(profile: Profile, facts: Facts, kind: InstanceType, network: Network) -> Iterator[Finding]:
    if known(kind.zones):
        lacking = sorted({subnet.zone for subnet in network.subnets} - set(kind.zones))
        if lacking:
            found = stop("NODE602", "nodes.instance_type", type=kind.name, zones=lacking)
            yield mended(found, profile, in_serving_zones(profile, facts))
    elif isinstance(kind.zones, Unknown):
        yield unknown("NODE690", "nodes.instance_type", action=kind.zones.action, said=kind.zones.why)
    pods = prefixes.pods_of(profile, kind)
    about: dict[str, Any] = {"type": kind.name, "pods": pods}
    yield (
        warn("NODE603", "nodes.instance_type", **about)
        if pods < LEAST_PODS
        else ok("NODE604", "nodes.instance_type", **about)
    )
    # The group may put its nodes anywhere, and a zone may fail: what counts is what is free in all subnets together.
    # Addresses of nodes that run already are no longer free, so only nodes that are to come are counted.
    free = sum(subnet.free_addresses for subnet in network.subnets)
    if limits.launched_by(profile, facts.nodes.stack, facts.nodes.group) is None and network.subnets:
        each = addresses_taken_with_prefixes(1) if profile.nodes.prefix_delegation else addresses_taken(kind.network, 1)
        taken, wanted, fitting = profile.nodes.max * each, profile.nodes.desired * each, free // each
        if wanted > free:
            found = stop("NODE605", "nodes.desired", nodes=profile.nodes.desired, taken=wanted, free=free)
            fewer = {"nodes.desired": str(fitting), "nodes.min": str(min(profile.nodes.min, fitting))}
            yield mended(found, profile, {**fewer, "nodes.max": str(fitting)} if fitting else None)
        elif taken > free:
            found = warn("NODE606", "nodes.max", nodes=profile.nodes.max, taken=taken, free=free)
            yield mended(found, profile, {"nodes.max": str(fitting)})


def _rules(profile: Profile) -> Iterator[Finding]:
    premises = profile.site.on_premises_cidrs
    joined = list(collapse_addresses(premises))
    rules = _rule_count(profile, premises)
    if rules > MOST_RULES:
        enough = _rule_count(profile, joined) <= MOST_RULES
        offer = {"site.on_premises_cidrs": ", ".join(map(str, joined))} if enough else None
        yield mended(warn("NODE618", "site.on_premises_cidrs", rules=rules, most=MOST_RULES), profile, offer)


def _rule_count(profile: Profile, premises: Iterable[IPv4Network]) -> int:
    """Inbound rules of the nodes' group, the template's own among them."""
    own = OWN_RULES if profile.nodes.kind == "stack" else 0
    return template(profile, premises).count("          IpProtocol:") + own


def _ami(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    ami = facts.nodes.ami
    if ami is None:
        if known(facts.nodes.instance_type):
            about = {"ami": profile.nodes.ami or "recommended", "version": network.cluster.version or "unknown"}
            yield mended(stop("NODE607", "nodes.ami", **about), profile, _recommended(profile, facts))
        return
    # Bottlerocket has the proxy among its settings from the beginning.
    if isinstance(ami, Unknown) or profile.site.proxy is None or profile.nodes.os == "bottlerocket":
        return
    day = release_day(ami.release)
    if day is None:
        yield warn("NODE609", "nodes.ami", ami=ami.id)
    elif day < FIRST_WITH_PROXY:
        found = stop("NODE608", "nodes.ami", ami=ami.id, release=ami.release)
        yield mended(found, profile, _recommended(profile, facts))
    else:
        yield ok("NODE610", "nodes.ami", ami=ami.id, release=ami.release)


def _recommended(profile: Profile, facts: Facts) -> Mapping[str, str] | None:
    """Nothing as the answer, which takes EKS's recommended image, in the place of one that was given."""
    newest = facts.nodes.newest_ami
    in_time = known(newest) and (release_day(newest.release) or 0) >= FIRST_WITH_PROXY
    return {"nodes.ami": ""} if profile.nodes.ami and in_time else None


def release_day(release: str) -> int | None:
    """The day in an AMI release's name as a number: 20260714 for 1.35.2-20260714."""
    found = re.search(r"(?<!\d)(20\d{6})(?!\d)", release)
    return int(found[1]) if found else None


def _stack(stack: Stack, newest: Ami | Unknown | None) -> Iterator[Finding]:
    if not stack.ours:
        yield stop("NODE611", "nodes", stack=stack.name)
    elif is_replaced(stack):
        yield note("NODE612", "nodes", stack=stack.name, status=stack.status, reason=stack.reason)
        return
    running = stack.parameters.get("ImageId")
    if known(newest) and running and running != newest.id:
        yield note("NODE613", "nodes.ami", ami=running, newest=newest.id, release=newest.release)


def _differences(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    stack = facts.nodes.stack
    if not known(stack) or not stack.ours:
        return
    wanted = stack_parameters(profile, facts, network)
    for name in FROM_PROFILE if profile.nodes.ami is None else (*FROM_PROFILE, "ImageId"):
        there, now = stack.parameters.get(name), wanted.get(name)
        if there is not None and isinstance(now, str) and there != now:
            found = warn("NODE619", "nodes", parameter=name, there=there, wanted=now)
            yield mended(found, profile, _as_made(name, stack))


def _as_made(parameter: str, stack: Stack) -> Mapping[str, str] | None:
    """The answers that the stack was made with. The sizes go together: alone one might contradict the others."""
    if parameter not in ANSWERS:
        return None
    together = tuple(SIZES) if parameter in SIZES else (parameter,)
    return {ANSWERS[name]: stack.parameters[name] for name in together if name in stack.parameters}


def _user_data(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    parameters = stack_parameters(profile, facts, network)
    # That there is no image is a finding of its own.
    told = {name: value for name, value in parameters.items() if isinstance(value, str) and (name, value) != NO_IMAGE}
    config = node_config(
        cluster_name=profile.cluster.name,
        # A cluster that is not there yet gets an endpoint and a CA of about this length.
        api_server_endpoint=told.get("ApiServerEndpoint", "https://" + "0" * 60),
        certificate_authority=told.get("CertificateAuthorityData", "0" * 1600),
        service_cidr=network.cluster.service_cidr,
        http_proxy=profile.site.proxy.url if profile.site.proxy else None,
        no_proxy=network.no_proxy,
    )
    for problem in problems(config, told.get("MimeBoundary", mime_boundary()), told):
        yield stop(
            "NODE614",
            "site.proxy.no_proxy",
            name=problem.where,
            reason=problem.reason,
            size=problem.size,
            limit=problem.limit or 0,
        )


def verify(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the instances as they are after the build."""
    yield from _differences(profile, facts, network)
    if known(facts.nodes.group):
        yield from managed.check(profile, facts.nodes.group)
    instances = facts.nodes.instances
    if isinstance(instances, Unknown):
        yield unknown("NODE690", "nodes.desired", action=instances.action, said=instances.why)
    else:
        running = [instance for instance in instances if instance.state == "running"]
        about = {"running": len(running), "desired": profile.nodes.desired}
        yield (
            ok("NODE615", "nodes.desired", **about)
            if len(running) >= profile.nodes.min
            else stop("NODE616", "nodes.desired", **about)
        )
