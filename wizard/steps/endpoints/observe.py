"""Reads which endpoint services the region offers, and which endpoints the VPC has."""

from functools import partial
from typing import Any

from wizard.answer_types import Use
from wizard.doors import Doors, together
from wizard.facts import Endpoint, EndpointFacts, Facts, SecurityGroup, ServiceOffer, Unknown, known
from wizard.network import ENDPOINT_GROUP
from wizard.plan import tag_filters
from wizard.profile import Profile
from wizard.steps.ec2 import GONE, security_groups, state, tag_map, twins


def observe(doors: Doors, profile: Profile, seen: Facts) -> EndpointFacts:
    """The endpoints' facts."""
    vpc = seen.vpc.vpc.id if known(seen.vpc.vpc) else None
    given = profile.endpoints.security_group
    own = tag_filters(profile.cluster.name, ENDPOINT_GROUP)
    offers, zones, group, endpoints = together(
        partial(_offers, doors, profile),
        partial(hosted_zones, doors, profile.vpc.use.id, profile.account.region)
        if isinstance(profile.vpc, Use)
        else lambda: (),  # the wizard's own VPC has none
        partial(security_groups, doors, _by_id(given.use) if isinstance(given, Use) else own),
        partial(endpoints_of, doors, vpc, profile.account.region),
    )
    seen_group = group if isinstance(group, Unknown) else group[0] if group else None
    return EndpointFacts(
        offers=offers,
        endpoints=endpoints,
        group=seen_group,
        groups=_carried(doors, endpoints, seen_group),
        hosted_zones=zones,
        twins=() if isinstance(group, Unknown) else twins(profile.cluster.name, group),
    )


def _by_id(*groups: str) -> list[dict[str, Any]]:
    return [{"Name": "group-id", "Values": list(groups)}]


def _carried(
    doors: Doors, endpoints: tuple[Endpoint, ...] | Unknown, group: SecurityGroup | Unknown | None
) -> tuple[SecurityGroup, ...] | Unknown:
    """The groups of the endpoints that do not carry our own."""
    own = group.id if known(group) else None
    others = () if isinstance(endpoints, Unknown) else (one.groups for one in endpoints if own not in one.groups)
    carried = sorted({name for groups in others for name in groups})
    return security_groups(doors, _by_id(*carried)) if carried else ()


def hosted_zones(doors: Doors, vpc: str, region: str) -> tuple[str, ...] | Unknown:
    """The names of the private hosted zones that a VPC resolves, without the last dot."""
    answer = doors.cloud.see("route53", "ListHostedZonesByVPC", VPCId=vpc, VPCRegion=region)
    if isinstance(answer, Unknown):
        return answer
    return tuple(zone["Name"].rstrip(".") for zone in (answer or {}).get("HostedZoneSummaries", []))


def _offers(doors: Doors, profile: Profile) -> dict[str, ServiceOffer | None] | Unknown:
    region = profile.account.region
    # In China most names start with cn.com.amazonaws.
    names = [
        f"{prefix}.{region}.{suffix}"
        for suffix in profile.endpoints.services
        for prefix in (("com.amazonaws", "cn.com.amazonaws") if region.startswith("cn-") else ("com.amazonaws",))
    ]
    answer = doors.cloud.see("ec2", "DescribeVpcEndpointServices", Filters=[{"Name": "service-name", "Values": names}])
    if isinstance(answer, Unknown):
        return answer
    offers: dict[str, ServiceOffer | None] = dict.fromkeys(profile.endpoints.services)
    for detail in (answer or {}).get("ServiceDetails", []):
        suffix = service_suffix(detail["ServiceName"], region)
        before = offers.get(suffix)
        kinds = tuple(kind["ServiceType"] for kind in detail.get("ServiceType", []))
        dns_names = [entry["PrivateDnsName"] for entry in detail.get("PrivateDnsNames", [])]
        if not dns_names and detail.get("PrivateDnsName"):
            dns_names = [detail["PrivateDnsName"]]
        if suffix in offers:
            offers[suffix] = ServiceOffer(
                suffix=suffix,
                name=detail["ServiceName"],
                # S3 is listed once as a gateway and once as an interface.
                kinds=(*(before.kinds if before else ()), *kinds),
                zones=tuple(sorted({*(before.zones if before else ()), *detail.get("AvailabilityZones", [])})),
                # In an order of ours: NO_PROXY and with it the plan must not change because AWS lists them differently.
                private_dns_names=tuple(sorted({*(before.private_dns_names if before else ()), *dns_names})),
            )
    return offers


def service_suffix(name: str, region: str) -> str:
    """What follows the region in an endpoint service's name: com.amazonaws.eu-west-1.ecr.api is ecr.api."""
    return name.split(f".{region}.", 1)[-1]


def endpoints_of(doors: Doors, vpc: str | None, region: str) -> tuple[Endpoint, ...] | Unknown:
    """The endpoints of a VPC, whoever made them; none of no VPC."""
    if vpc is None:
        return ()
    answer = doors.cloud.see("ec2", "DescribeVpcEndpoints", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    if isinstance(answer, Unknown):
        return answer
    found = (answer or {}).get("VpcEndpoints", [])
    return tuple(_endpoint(endpoint, region) for endpoint in found if endpoint["State"].lower() not in GONE)


def _endpoint(endpoint: dict[str, Any], region: str) -> Endpoint:
    return Endpoint(
        id=endpoint["VpcEndpointId"],
        suffix=service_suffix(endpoint["ServiceName"], region),
        kind=endpoint.get("VpcEndpointType", "Gateway"),
        state=state(endpoint["State"]),
        subnets=tuple(endpoint.get("SubnetIds", [])),
        route_tables=tuple(endpoint.get("RouteTableIds", [])),
        groups=tuple(group["GroupId"] for group in endpoint.get("Groups", [])),
        private_dns=bool(endpoint.get("PrivateDnsEnabled")),
        policy=endpoint.get("PolicyDocument"),
        error=endpoint.get("LastError", {}).get("Message", ""),
        tags=tag_map(endpoint),
    )
