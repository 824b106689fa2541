"""Plans the endpoints' security group and the endpoints."""

from collections.abc import Iterator
from typing import Any

from wizard.answer_types import Use
from wizard.facts import Endpoint, Facts, State, known
from wizard.network import ENDPOINT_GROUP, Id, Network, NetworkEndpoint, endpoint_change, endpoint_group_name, has_place
from wizard.plan import (
    CHANGE_TAG,
    CLUSTER_TAG,
    Call,
    Change,
    Ref,
    Wait,
    canonical,
    making_way,
    tag_filters,
    tag_specifications,
    tags,
)
from wizard.profile import Profile
from wizard.steps.endpoints import repairs
from wizard.steps.ingress import group_with_https
from wizard.steps.vpc.plan import DNS_HOSTNAMES, DNS_SUPPORT


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """The group with 443 from the VPC, each endpoint that is not there, and what those lack that are."""
    if not has_place(profile, facts):
        return
    yield from _group(profile, facts, network)
    vpc = facts.vpc.vpc
    # AWS refuses private DNS while one of the VPC's two DNS attributes is off.
    dns = tuple(
        change
        for change, on in (
            (DNS_SUPPORT, known(vpc) and vpc.dns_support),
            (DNS_HOSTNAMES, known(vpc) and vpc.dns_hostnames),
        )
        if on is not True
    )
    seen = facts.endpoints.endpoints if known(facts.endpoints.endpoints) else ()
    under_way = {endpoint.id for endpoint in seen if endpoint.state is State.UNDER_WAY}
    for endpoint in network.endpoints:
        change = endpoint_change(endpoint.suffix)
        there = _there(profile, change, endpoint.id)
        if isinstance(endpoint.id, Ref):
            gone = tuple(_gone(change, one) for one in making_way_for(profile, facts, endpoint))
            yield from gone
            after = (*(one.id for one in gone), *(dns if endpoint.kind == "Interface" else ()))
            yield Change(change, "endpoints", "create", _create(profile, network, endpoint, change), there, after)
        elif endpoint.id in under_way:
            yield Change(change, "endpoints", "wait", None, there)
    yield from repairs.plan(profile, facts, network, dns)


def in_the_way(facts: Facts, target: NetworkEndpoint) -> tuple[Endpoint, ...]:
    """The failed and vanishing endpoints of a service that is to get one: AWS makes no second beside them."""
    seen = facts.endpoints.endpoints if known(facts.endpoints.endpoints) else ()
    if isinstance(target.id, str):
        return ()
    return tuple(one for one in seen if (one.suffix, one.kind) == (target.suffix, target.kind))


def making_way_for(profile: Profile, facts: Facts, target: NetworkEndpoint) -> tuple[Endpoint, ...]:
    """Those of them that make way: what is being deleted, whosever it is, and what failed of ours."""
    ours = (profile.cluster.name, endpoint_change(target.suffix))
    return tuple(
        one
        for one in in_the_way(facts, target)
        if one.state is State.DELETING or (one.tags.get(CLUSTER_TAG), one.tags.get(CHANGE_TAG)) == ours
    )


def _gone(change: str, endpoint: Endpoint) -> Change:
    read = Call("ec2", "DescribeVpcEndpoints", {"VpcEndpointIds": [endpoint.id]})
    items = f"VpcEndpoints[?!contains(`{canonical(['deleted', 'Deleted'])}`, State)].VpcEndpointId"
    wait = Wait(read, items, usual=90, limit=900, evidence=(read,), gone=True)
    delete = Call("ec2", "DeleteVpcEndpoints", {"VpcEndpointIds": [endpoint.id]})
    failed = endpoint.state is State.FAILED
    return making_way(f"{change}.gone.{endpoint.id}", "endpoints", delete, wait, failed=failed)


def _group(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    new = any(endpoint.kind == "Interface" and isinstance(endpoint.id, Ref) for endpoint in network.endpoints)
    group = facts.endpoints.group
    # Without offers nobody knows which endpoints there will be.
    if isinstance(profile.endpoints.security_group, Use):
        if not known(group):
            return
    elif not known(group) and not new and known(facts.endpoints.offers):
        return
    yield from group_with_https(
        profile,
        "endpoints",
        ENDPOINT_GROUP,
        group,
        group_id=network.endpoint_group,
        name=endpoint_group_name(profile),
        description=f"VPC endpoints of EKS cluster {profile.cluster.name}",
        vpc=network.vpc,
        sources=network.cidrs,
    )


def _create(profile: Profile, network: Network, endpoint: NetworkEndpoint, change: str) -> Call:
    cluster = profile.cluster.name
    kind: dict[str, Any]
    if endpoint.kind == "Gateway":
        kind = {"RouteTableIds": list(endpoint.route_tables)}
    else:
        kind = {
            "SubnetIds": [subnet.id for subnet in endpoint.subnets],
            "SecurityGroupIds": [network.endpoint_group],
            "PrivateDnsEnabled": True,
        }
    named = tags(cluster, change, profile.tags, Name=f"{cluster}-{endpoint.suffix}")
    return Call(
        "ec2",
        "CreateVpcEndpoint",
        {
            "VpcEndpointType": endpoint.kind,
            "VpcId": network.vpc,
            "ServiceName": endpoint.service,
            **kind,
            "TagSpecifications": tag_specifications("vpc-endpoint", named),
        },
    )


def _there(profile: Profile, change: str, endpoint: Id) -> Wait:
    by_tags = {"Filters": tag_filters(profile.cluster.name, change)}
    # The reference spells the states with a capital, AWS answers without.
    living = 'VpcEndpoints[?!contains(`["deleted","deleting","Deleted","Deleting"]`, State)]'
    state = f"not_null({living} | [0].State, '')"
    return Wait(
        Call("ec2", "DescribeVpcEndpoints", {"VpcEndpointIds": [endpoint]} if isinstance(endpoint, str) else by_tags),
        f"{living}.VpcEndpointId",
        ready=f'contains(`["available","Available"]`, {state})',
        failed=f'contains(`["failed","Failed","rejected","Rejected"]`, {state})',
        usual=90,
        limit=900,
    )
