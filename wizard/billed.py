"""What AWS bills by the hour, or by the month, once the plan has run: counted, without prices, which age. Pure.

Traffic, requests and logs are billed by what they amount to, and are not counted here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.answer_types import TransitGateway
from wizard.facts import Facts, State, known
from wizard.network import CLUSTER, STACK, Network, connection, endpoint_change
from wizard.plan import Plan
from wizard.profile import Profile

# The change that attaches the VPC to a transit gateway.
TRANSIT_ATTACHMENT = "vpc.transit-gateway.attachment"

_STANDING = (State.USABLE, State.UNDER_WAY)


@dataclass(frozen=True)
class Billed:
    """``count`` things, or GiB, are billed for each ``unit``; ``exists`` tells what is there, and billed, already.

    ``key`` and ``about`` give the sentence of words/billed.yaml.
    """

    key: str
    count: int
    unit: Literal["hour", "GiB and month"]
    exists: bool
    about: Mapping[str, Any] = field(default_factory=dict)


def billed(profile: Profile, facts: Facts, network: Network, plan: Plan) -> tuple[Billed, ...]:
    """Each thing of the profile that exists or that this plan makes. What AWS would not tell is not counted.

    Units are those of AWS's pricing pages: Amazon EKS (each cluster and hour, at another price in extended support),
    AWS PrivateLink (each endpoint, zone and hour; gateway endpoints are free), Amazon EC2 (each instance, by the second
    but quoted by the hour), Amazon EBS (gp3, each GiB and month), AWS Transit Gateway (each attachment and hour). A VPN
    gateway alone is free; its VPN connections, which the wizard does not make, are not.
    """
    made = {change.id for change in plan.changes}
    return (
        *_control_plane(profile, facts, network, made),
        *_endpoints(facts, network, made),
        *_nodes(profile, facts, made),
        *_attachment(profile, facts, made),
    )


def _control_plane(profile: Profile, facts: Facts, network: Network, made: set[str]) -> Iterator[Billed]:
    cluster = facts.cluster.cluster
    exists = known(cluster) and cluster.state is not State.FAILED
    if not exists and CLUSTER not in made:
        return
    version = cluster.version if known(cluster) else network.cluster.version
    support = cluster.support if known(cluster) else profile.cluster.support
    offers = facts.cluster.versions if known(facts.cluster.versions) else ()
    status = next((offer.status for offer in offers if offer.version == version), "")
    key = "control_plane"
    if status == "EXTENDED_SUPPORT":
        key = "control_plane_extended_now"
    elif support == "EXTENDED":
        key = "control_plane_extended_later"
    yield Billed(key, 1, "hour", exists, {"cluster": profile.cluster.name, "version": version})


def _endpoints(facts: Facts, network: Network, made: set[str]) -> Iterator[Billed]:
    seen = {one.id: one for one in facts.endpoints.endpoints} if known(facts.endpoints.endpoints) else {}
    zone_of = {one.id: one.zone for one in facts.vpc.subnets} if known(facts.vpc.subnets) else {}
    for exists in (True, False):
        count, services, zones = 0, [], set[str]()
        for endpoint in network.endpoints:
            existing = seen.get(endpoint.id) if isinstance(endpoint.id, str) else None
            if endpoint.kind != "Interface" or (existing is not None) is not exists:
                continue
            if existing is None and endpoint_change(endpoint.suffix) not in made:
                continue
            own = existing.subnets if existing else ()
            where = [zone_of.get(one, one) for one in own] if existing else [one.zone for one in endpoint.subnets]
            count += len(where)
            services.append(endpoint.suffix)
            zones.update(where)
        if count:
            about = {"services": services, "zones": sorted(zones)}
            yield Billed("interface_endpoints", count, "hour", exists, about)


def _nodes(profile: Profile, facts: Facts, made: set[str]) -> Iterator[Billed]:
    nodes, stack, instances = profile.nodes, facts.nodes.stack, facts.nodes.instances
    exists = known(stack) and stack.state in _STANDING
    if not exists and STACK not in made:
        return
    # Somebody may have scaled the group since.
    count = len(instances) if exists and known(instances) and instances else nodes.desired
    if count:
        yield Billed("nodes", count, "hour", exists, {"type": nodes.instance_type})
        size = nodes.volume_size
        yield Billed("volumes", count * size, "GiB and month", exists, {"each": size})


def _attachment(profile: Profile, facts: Facts, made: set[str]) -> Iterator[Billed]:
    connect = connection(profile)
    gateway = facts.vpc.gateway
    if isinstance(connect, TransitGateway):
        exists = known(gateway) and gateway.attached in _STANDING
        if exists or TRANSIT_ATTACHMENT in made:
            about = {"gateway": connect.transit_gateway}
            yield Billed("transit_gateway_attachment", 1, "hour", exists, about)
