"""What endpoints that exist lack, whoever made them, and the changes that add it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wizard.facts import Endpoint, Facts, State, known
from wizard.network import Id, Network, NetworkEndpoint, endpoint_change
from wizard.packets import Peer, admits
from wizard.plan import Call, Change, Wait
from wizard.profile import Profile
from wizard.steps.ingress import HTTPS, https_rule


@dataclass(frozen=True)
class Lack:
    """``subnets`` in zones that the endpoint does not serve, ``sources`` that its groups do not admit."""

    endpoint: Endpoint
    private_dns: bool
    subnets: tuple[Id, ...]
    route_tables: tuple[Id, ...]
    sources: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """What is lacking, in AWS's words."""
        return (
            *(("private DNS",) if self.private_dns else ()),
            *(f"subnet {_name(subnet)}" for subnet in self.subnets),
            *(f"route table {_name(table)}" for table in self.route_tables),
            *(f"port {HTTPS} from {source}" for source in self.sources),
        )


def _name(identity: Id) -> str:
    return identity if isinstance(identity, str) else identity.change


def lacks(facts: Facts, network: Network) -> tuple[Lack, ...]:
    """Each existing endpoint that lacks something which the nodes need."""
    seen = facts.endpoints.endpoints if known(facts.endpoints.endpoints) else ()
    by_id = {endpoint.id: endpoint for endpoint in seen}
    found = (
        _lack(facts, network, target, by_id[target.id])
        for target in network.endpoints
        if isinstance(target.id, str) and target.id in by_id
    )
    return tuple(lack for lack in found if lack.faults)


def _lack(facts: Facts, network: Network, target: NetworkEndpoint, endpoint: Endpoint) -> Lack:
    if target.kind == "Gateway":
        return Lack(endpoint, False, (), _tables(facts, target), ())
    zones = {subnet.id: subnet.zone for subnet in facts.vpc.subnets} if known(facts.vpc.subnets) else {}
    served = {zones.get(subnet) for subnet in endpoint.subnets}
    subnets = tuple(subnet.id for subnet in target.subnets if subnet.zone not in served)
    return Lack(endpoint, not endpoint.private_dns, subnets, (), _sources(facts, network, endpoint))


def _tables(facts: Facts, target: NetworkEndpoint) -> tuple[Id, ...]:
    # A table takes one route to S3: one that another gateway endpoint has serves the nodes as well.
    seen = facts.endpoints.endpoints if known(facts.endpoints.endpoints) else ()
    covered = {
        table
        for endpoint in seen
        if (endpoint.suffix, endpoint.kind, endpoint.state) == (target.suffix, "Gateway", State.USABLE)
        for table in endpoint.route_tables
    }
    return tuple(table for table in target.route_tables if table not in covered)


def _sources(facts: Facts, network: Network, endpoint: Endpoint) -> tuple[str, ...]:
    # What the endpoints' own group lacks is planned with it.
    if network.endpoint_group in endpoint.groups:
        return ()
    seen = facts.endpoints.groups if known(facts.endpoints.groups) else ()
    groups = [group for group in seen if group.id in endpoint.groups]
    if len(groups) < len(endpoint.groups):
        return ()
    cidrs = dict.fromkeys(subnet.cidr for subnet in network.subnets)
    return tuple(cidr for cidr in cidrs if not admits(groups, "tcp", HTTPS, Peer(cidr)).admitted)


def plan(profile: Profile, facts: Facts, network: Network, dns: tuple[str, ...]) -> Iterator[Change]:
    """A change for each thing that is lacking; ``dns`` are the changes that private DNS has to wait for."""
    ruled: set[tuple[str, str]] = set()
    for lack in lacks(facts, network):
        endpoint, change = lack.endpoint, endpoint_change(lack.endpoint.suffix)
        before: tuple[str, ...] = (change,) if endpoint.state is State.UNDER_WAY else ()
        # One after the other: AWS refuses to modify an endpoint that it is still modifying.
        for kind, params, complete in _modifications(lack):
            after = (*before, *dns) if kind == "private-dns" else before
            yield _modify(f"{change}.{kind}", endpoint.id, params, complete, after)
            before = (f"{change}.{kind}",)
        for source in lack.sources:
            group = endpoint.groups[0]
            if (group, source) not in ruled:
                ruled.add((group, source))
                yield https_rule(profile, "endpoints", f"endpoints.https.{group}.{source}", group, source)


def _modifications(lack: Lack) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each with the JMESPath condition on the endpoint that tells when it is done."""
    endpoint = lack.endpoint
    if lack.subnets:
        many = len(endpoint.subnets) + len(lack.subnets)
        yield "subnets", {"AddSubnetIds": list(lack.subnets)}, f"length(SubnetIds) >= `{many}`"
    if lack.private_dns:
        yield "private-dns", {"PrivateDnsEnabled": True}, "PrivateDnsEnabled"
    if lack.route_tables:
        many = len(endpoint.route_tables) + len(lack.route_tables)
        yield "route-tables", {"AddRouteTableIds": list(lack.route_tables)}, f"length(RouteTableIds) >= `{many}`"


def _modify(change: str, endpoint: str, params: dict[str, Any], complete: str, after: tuple[str, ...]) -> Change:
    return Change(
        change,
        "endpoints",
        "modify",
        Call("ec2", "ModifyVpcEndpoint", {"VpcEndpointId": endpoint, **params}),
        Wait(
            Call("ec2", "DescribeVpcEndpoints", {"VpcEndpointIds": [endpoint]}),
            f"VpcEndpoints[?{complete}].VpcEndpointId",
            ready='contains(`["available","Available"]`, VpcEndpoints[0].State)',
            usual=30,
            limit=900,
        ),
        after,
    )
