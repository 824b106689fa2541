"""What can be picked for the VPC: VPCs, subnets and zones, and gateways towards the premises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from wizard import words
from wizard.answers import Answers
from wizard.choices import Choice, Choices, WhyNot
from wizard.doors import Doors, together
from wizard.facts import State, Unknown, Zone, known
from wizard.plan import CLUSTER_TAG
from wizard.steps.ec2 import GONE, state, tag_map
from wizard.steps.listed import listed
from wizard.steps.vpc.adopted import LEAST_FREE
from wizard.steps.vpc.check import BARRED_ZONES

IN_REGION = "availability-zone"


@dataclass(frozen=True)
class SeenVpc:
    """``state``, here and below, is EC2's own word."""

    id: str
    name: str
    cidrs: tuple[str, ...]
    state: str = "available"
    default: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SeenSubnet:
    """``cidr`` is empty where the subnet has IPv6 only."""

    id: str
    vpc_id: str
    name: str
    zone: str
    zone_id: str
    cidr: str
    free_addresses: int
    state: str = "available"
    on_outpost: bool = False


@dataclass(frozen=True)
class SeenVpnGateway:
    """``vpc`` is the id of the VPC that it is attached to, empty where there is none."""

    id: str
    name: str
    state: str = "available"
    vpc: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SeenTransitGateway:
    """``owner`` is the account whose it is: most are shared with others."""

    id: str
    name: str
    owner: str
    state: str = "available"


@dataclass(frozen=True)
class VpcChoices:
    """``subnets`` are those of the VPC ``subnets_of``, of all where that is empty."""

    vpcs: tuple[SeenVpc, ...] | Unknown = ()
    subnets: tuple[SeenSubnet, ...] | Unknown = ()
    zones: tuple[Zone, ...] | Unknown = ()
    vpn_gateways: tuple[SeenVpnGateway, ...] | Unknown = ()
    transit_gateways: tuple[SeenTransitGateway, ...] | Unknown = ()
    subnets_of: str = ""


def observe(doors: Doors, _region: str, answers: Answers) -> VpcChoices:
    """What is there to build on; five reads at once."""
    vpc = answers.get("vpc.use.id", "").strip()
    of_vpc = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]} if vpc else {}
    seen = partial(listed, doors, "ec2")
    vpcs, subnets, zones, vpn_gateways, transit_gateways = together(
        partial(seen, "DescribeVpcs", "Vpcs", _vpc),
        partial(seen, "DescribeSubnets", "Subnets", _subnet, **of_vpc),
        partial(seen, "DescribeAvailabilityZones", "AvailabilityZones", _zone),
        partial(seen, "DescribeVpnGateways", "VpnGateways", _vpn_gateway),
        partial(seen, "DescribeTransitGateways", "TransitGateways", _transit_gateway),
    )
    return VpcChoices(vpcs, subnets, zones, vpn_gateways, transit_gateways, vpc)


def _vpc(vpc: dict[str, Any]) -> SeenVpc:
    others = [
        one["CidrBlock"]
        for one in vpc.get("CidrBlockAssociationSet", [])
        if one.get("CidrBlockState", {}).get("State", "associated") == "associated"
    ]
    tags = tag_map(vpc)
    cidrs = tuple(dict.fromkeys([vpc["CidrBlock"], *others]))
    return SeenVpc(vpc["VpcId"], tags.get("Name", ""), cidrs, vpc["State"], bool(vpc.get("IsDefault")), tags)


def _subnet(subnet: dict[str, Any]) -> SeenSubnet:
    return SeenSubnet(
        id=subnet["SubnetId"],
        vpc_id=subnet["VpcId"],
        name=tag_map(subnet).get("Name", ""),
        zone=subnet["AvailabilityZone"],
        zone_id=subnet["AvailabilityZoneId"],
        cidr=subnet.get("CidrBlock") or "",
        free_addresses=subnet.get("AvailableIpAddressCount", 0),
        state=subnet["State"],
        on_outpost=bool(subnet.get("OutpostArn")),
    )


def _zone(zone: dict[str, Any]) -> Zone:
    return Zone(zone["ZoneName"], zone["ZoneId"], zone.get("ZoneType", IN_REGION))


def _vpn_gateway(gateway: dict[str, Any]) -> SeenVpnGateway:
    attached = (one["VpcId"] for one in gateway.get("VpcAttachments", []) if one["State"] not in GONE)
    tags = tag_map(gateway)
    return SeenVpnGateway(gateway["VpnGatewayId"], tags.get("Name", ""), gateway["State"], next(attached, ""), tags)


def _transit_gateway(gateway: dict[str, Any]) -> SeenTransitGateway:
    name = tag_map(gateway).get("Name") or gateway.get("Description", "")
    return SeenTransitGateway(gateway["TransitGatewayId"], name, gateway.get("OwnerId", ""), gateway["State"])


def _vpcs(seen: VpcChoices, _answers: Answers) -> Choices:
    if isinstance(seen.vpcs, Unknown):
        return seen.vpcs
    default = words.cell("default")
    return tuple(
        Choice(vpc.id, (vpc.name, ", ".join(vpc.cidrs), default if vpc.default else ""), _not_ready(vpc.state))
        for vpc in sorted(seen.vpcs, key=_by_name)
    )


def _subnets(seen: VpcChoices, answers: Answers) -> Choices | None:
    vpc = answers.get("vpc.use.id", "").strip()
    if seen.subnets_of not in ("", vpc):
        return None
    if isinstance(seen.subnets, Unknown):
        return seen.subnets
    kinds = {zone.name: zone.kind for zone in seen.zones} if known(seen.zones) else {}
    found = [subnet for subnet in seen.subnets if not vpc or subnet.vpc_id == vpc]
    found.sort(key=lambda subnet: (subnet.zone, *_by_name(subnet)))
    return tuple(
        Choice(
            subnet.id,
            (subnet.name, subnet.zone, subnet.zone_id, subnet.cidr, str(subnet.free_addresses)),
            _why_not_subnet(subnet, kinds.get(subnet.zone, IN_REGION)),
        )
        for subnet in found
    )


def _why_not_subnet(subnet: SeenSubnet, kind: str) -> WhyNot | None:
    if subnet.on_outpost:
        return WhyNot("on_outpost")
    if not subnet.cidr:
        return WhyNot("no_ipv4")
    if reason := _why_not_zone(Zone(subnet.zone, subnet.zone_id, kind)) or _not_ready(subnet.state):
        return reason
    if subnet.free_addresses < LEAST_FREE:
        return WhyNot("few_addresses", {"free": subnet.free_addresses, "least": LEAST_FREE})
    return None


def _zones(seen: VpcChoices, _answers: Answers) -> Choices:
    if isinstance(seen.zones, Unknown):
        return seen.zones
    found = sorted(seen.zones, key=lambda zone: zone.name)
    return tuple(Choice(zone.name, (zone.id, zone.kind), _why_not_zone(zone)) for zone in found)


def _why_not_zone(zone: Zone) -> WhyNot | None:
    if zone.id in BARRED_ZONES:
        return WhyNot("barred_zone", {"zone_id": zone.id})
    return None if zone.kind == IN_REGION else WhyNot("zone_kind", {"zone": zone.name, "kind": zone.kind})


def _to_new_vpc(seen: VpcChoices, answers: Answers) -> Choices:
    """The VPC may stand already, if a build was broken off; then it carries the cluster's tag."""
    cluster = answers.get("cluster.name", "").strip()
    vpcs = seen.vpcs if known(seen.vpcs) else ()
    return _vpn_gateways(seen, cluster, {vpc.id for vpc in vpcs if _ours(vpc.tags, cluster)})


def _to_used_vpc(seen: VpcChoices, answers: Answers) -> Choices:
    return _vpn_gateways(seen, answers.get("cluster.name", "").strip(), {answers.get("vpc.use.id", "").strip()} - {""})


def _vpn_gateways(seen: VpcChoices, cluster: str, ours: set[str]) -> Choices:
    """A new gateway, and those there are, for the VPC in ``ours``; a VPC takes one gateway, a gateway one VPC.

    Source: API reference of EC2, AttachVpnGateway.
    """
    if isinstance(seen.vpn_gateways, Unknown):
        return seen.vpn_gateways
    found = sorted((one for one in seen.vpn_gateways if one.state not in GONE), key=_by_name)
    there = next((one for one in found if one.vpc in ours), None)
    taken = None if there is None else WhyNot("vpc_has_gateway", {"vpc": there.vpc, "gateway": there.id})
    own = there is not None and _ours(there.tags, cluster)
    return (
        Choice("create", (words.cell("new"), "", ""), None if own else taken),
        *(Choice(one.id, (one.name, one.state, one.vpc), _why_not_gateway(one, ours, there, taken)) for one in found),
    )


def _why_not_gateway(
    gateway: SeenVpnGateway, ours: set[str], there: SeenVpnGateway | None, taken: WhyNot | None
) -> WhyNot | None:
    if state(gateway.state) in (State.DELETING, State.FAILED):
        return WhyNot("not_ready", {"state": gateway.state})
    if gateway.vpc and gateway.vpc not in ours:
        return WhyNot("attached_elsewhere", {"vpc": gateway.vpc})
    return None if gateway is there else taken


def _transit_gateways(seen: VpcChoices, _answers: Answers) -> Choices:
    if isinstance(seen.transit_gateways, Unknown):
        return seen.transit_gateways
    found = sorted((one for one in seen.transit_gateways if one.state not in GONE), key=_by_name)
    return tuple(
        Choice(
            one.id,
            (one.name, one.state, one.owner),
            WhyNot("not_ready", {"state": one.state}) if state(one.state) in (State.DELETING, State.FAILED) else None,
        )
        for one in found
    )


def _not_ready(word: str) -> WhyNot | None:
    return None if state(word) is State.USABLE else WhyNot("not_ready", {"state": word})


def _ours(tags: Mapping[str, str], cluster: str) -> bool:
    return bool(cluster) and tags.get(CLUSTER_TAG) == cluster


def _by_name(thing: SeenVpc | SeenSubnet | SeenVpnGateway | SeenTransitGateway) -> tuple[bool, str, str]:
    """Things with a name before those without."""
    return not thing.name, thing.name.lower(), thing.id


CHOICES: Final[Mapping[str, Callable[[VpcChoices, Answers], Choices | None]]] = {
    "vpc.use.id": _vpcs,
    "vpc.use.subnets": _subnets,
    "vpc.use.connect.vpn_gateway": _to_used_vpc,
    "vpc.use.connect.transit_gateway": _transit_gateways,
    "vpc.create.subnets.zone": _zones,
    "vpc.create.connect.vpn_gateway": _to_new_vpc,
    "vpc.create.connect.transit_gateway": _transit_gateways,
}
