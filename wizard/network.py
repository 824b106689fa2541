"""The target: the network as it will be, what exists and what is planned; each id is known or a Ref. Pure."""

from dataclasses import dataclass
from ipaddress import ip_network

from wizard.answer_types import Create, TransitGateway, Use, VpnGateway
from wizard.facts import Endpoint, Facts, Role, RouteTable, SecurityGroup, State, Unknown, known
from wizard.no_proxy import no_proxy
from wizard.packets import table_of
from wizard.plan import CHANGE_TAG, CLUSTER_TAG, Ref
from wizard.profile import Profile

Id = str | Ref

# The ids of changes that other steps refer to.
CLUSTER_ROLE = "role.cluster"
NODE_ROLE = "role.node"
VPC = "vpc"
ROUTE_TABLE = "vpc.route-table"
ENDPOINT_GROUP = "endpoints.group"
CONTROL_PLANE_GROUP = "security_group"
CLUSTER = "cluster"
STACK = "nodes.stack"
NODE_GROUP = "nodes.group"

# AWS keeps the first four addresses and the last one of every subnet.
RESERVED_ADDRESSES = 5


@dataclass(frozen=True)
class NetworkSubnet:
    """``zone_id`` is None where the zone is not known in the region, ``route_table`` where AWS does not tell it."""

    id: Id
    zone: str
    zone_id: str | None
    cidr: str
    free_addresses: int
    route_table: Id | None = None


@dataclass(frozen=True)
class NetworkEndpoint:
    """``subnets`` for an interface endpoint, ``route_tables`` for a gateway; ``service`` is AWS's full name of it."""

    id: Id
    suffix: str
    service: str
    kind: str
    subnets: tuple[NetworkSubnet, ...]
    route_tables: tuple[Id, ...]
    private_dns_names: tuple[str, ...]


@dataclass(frozen=True)
class NetworkCluster:
    """``subnets`` is the comma-separated text that CloudFormation takes as a list; ``group`` is EKS's own group."""

    arn: Id
    endpoint: Id
    certificate_authority: Id
    service_cidr: str
    version: str | None
    subnets: Id
    group: Id = ""


@dataclass(frozen=True)
class Network:
    vpc: Id
    cidrs: tuple[str, ...]
    subnets: tuple[NetworkSubnet, ...]
    endpoints: tuple[NetworkEndpoint, ...]
    endpoint_group: Id
    control_plane_group: Id
    cluster_role: Id
    node_role: Id
    cluster: NetworkCluster
    no_proxy: tuple[str, ...]

    @property
    def route_tables(self) -> tuple[Id, ...]:
        """The tables whose routes the nodes' packets take, each once."""
        return _route_tables(self.subnets)


def connection(profile: Profile) -> VpnGateway | TransitGateway | None:
    """The gateway that the profile wants towards the premises; None where the way is taken as it stands."""
    return profile.vpc.create.connect if isinstance(profile.vpc, Create) else profile.vpc.use.connect


def has_place(profile: Profile, facts: Facts) -> bool:
    """Whether there is a VPC to plan in: one to be made, or the one to be used was seen."""
    return isinstance(profile.vpc, Create) or known(facts.vpc.vpc)


def subnet_change(cidr: str) -> str:
    """The id of the change that makes the subnet of this CIDR."""
    return f"vpc.subnet.{cidr}"


def endpoint_change(suffix: str) -> str:
    """The id of the change that makes the endpoint of this service."""
    return f"endpoints.{suffix}"


def endpoint_group_name(profile: Profile) -> str:
    """The name of the security group of the endpoints: the profile's, else one after the cluster."""
    given = profile.endpoints.security_group
    if isinstance(given, Create):
        return given.create
    # EC2 takes no group whose name begins like an id.
    begin = "eks-" if profile.cluster.name.lower().startswith("sg-") else ""
    return f"{begin}{profile.cluster.name}-endpoints"


def planned(profile: Profile, facts: Facts) -> Network:
    """The network that stands once the plan has run."""
    subnets = _subnets(profile, facts)
    endpoints = _endpoints(profile, facts, subnets)
    cluster = _cluster(profile, facts)
    cidrs = _cidrs(profile, facts)
    return Network(
        vpc=_vpc(profile, facts),
        cidrs=cidrs,
        subnets=subnets,
        endpoints=endpoints,
        endpoint_group=_group(profile.endpoints.security_group, facts.endpoints.group, ENDPOINT_GROUP),
        control_plane_group=_group(profile.security_group, facts.security_group.group, CONTROL_PLANE_GROUP),
        cluster_role=_role(profile.role.cluster, facts.role.cluster, CLUSTER_ROLE),
        node_role=_role(profile.role.node, facts.role.node, NODE_ROLE),
        cluster=cluster,
        no_proxy=no_proxy(
            vpc_cidrs=cidrs,
            service_cidr=cluster.service_cidr,
            private_dns_names=[name for endpoint in endpoints for name in endpoint.private_dns_names],
            s3_gateway=any(endpoint.suffix == "s3" and endpoint.kind == "Gateway" for endpoint in endpoints),
            region=profile.account.region,
            site=profile.site.proxy.no_proxy if profile.site.proxy else (),
        ),
    )


def one_subnet_per_zone(subnets: tuple[NetworkSubnet, ...], zones: tuple[str, ...]) -> tuple[NetworkSubnet, ...]:
    """The first subnet of each of these zones: an interface endpoint takes no more (eksctl issue 8150)."""
    first: dict[str, NetworkSubnet] = {}
    for subnet in subnets:
        if subnet.zone in zones:
            first.setdefault(subnet.zone, subnet)
    return tuple(first.values())


def kubernetes_version(profile: Profile, facts: Facts) -> str | None:
    """The version that the cluster has or will be made with; None where neither the profile nor AWS tells one."""
    if known(facts.cluster.cluster):
        return facts.cluster.cluster.version
    if profile.cluster.version:
        return profile.cluster.version
    versions = facts.cluster.versions if known(facts.cluster.versions) else ()
    return next((version.version for version in versions if version.default), None)


def addresses(cidr: str) -> int:
    """The addresses that an empty subnet has to give."""
    return max(0, ip_network(cidr).num_addresses - RESERVED_ADDRESSES)


def _vpc(profile: Profile, facts: Facts) -> Id:
    if isinstance(profile.vpc, Use):
        return profile.vpc.use.id
    return facts.vpc.vpc.id if known(facts.vpc.vpc) else Ref(VPC, "Vpcs[0].VpcId")


def _cidrs(profile: Profile, facts: Facts) -> tuple[str, ...]:
    if known(facts.vpc.vpc):
        return facts.vpc.vpc.cidrs
    return (str(profile.vpc.create.cidr),) if isinstance(profile.vpc, Create) else ()


def _subnets(profile: Profile, facts: Facts) -> tuple[NetworkSubnet, ...]:
    seen = facts.vpc.subnets if known(facts.vpc.subnets) else ()
    if not isinstance(profile.vpc, Create):
        there = {subnet.id: subnet for subnet in seen}
        tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
        return tuple(
            NetworkSubnet(subnet.id, subnet.zone, subnet.zone_id, subnet.cidr, subnet.free_addresses, _id(table))
            for subnet in (there[wanted] for wanted in profile.vpc.use.subnets if wanted in there)
            for table in [table_of(tables, subnet.id)]
        )
    by_cidr = {subnet.cidr: subnet for subnet in seen}
    zones = facts.account.zones if known(facts.account.zones) else ()
    zone_ids = {zone.name: zone.id for zone in zones}
    route_table = _route_table(profile, facts)
    result = []
    for answer in profile.vpc.create.subnets:
        cidr = str(answer.cidr)
        subnet = by_cidr.get(cidr)
        result.append(
            NetworkSubnet(
                id=subnet.id if subnet else Ref(subnet_change(cidr), "Subnets[0].SubnetId"),
                zone=answer.zone,
                zone_id=zone_ids.get(answer.zone),
                cidr=cidr,
                free_addresses=subnet.free_addresses if subnet else addresses(cidr),
                route_table=route_table,
            )
        )
    return tuple(result)


def _route_tables(subnets: tuple[NetworkSubnet, ...]) -> tuple[Id, ...]:
    return tuple(dict.fromkeys(subnet.route_table for subnet in subnets if subnet.route_table is not None))


def _id(table: RouteTable | None) -> Id | None:
    return table.id if table else None


def _route_table(profile: Profile, facts: Facts) -> Id:
    tables = facts.vpc.route_tables if known(facts.vpc.route_tables) else ()
    tags = (profile.cluster.name, ROUTE_TABLE)
    ours = [table for table in tables if (table.tags.get(CLUSTER_TAG), table.tags.get(CHANGE_TAG)) == tags]
    return ours[0].id if ours else Ref(ROUTE_TABLE, "RouteTables[0].RouteTableId")


def _endpoints(profile: Profile, facts: Facts, subnets: tuple[NetworkSubnet, ...]) -> tuple[NetworkEndpoint, ...]:
    tables = _route_tables(subnets)
    offers = facts.endpoints.offers if known(facts.endpoints.offers) else {}
    seen = facts.endpoints.endpoints if known(facts.endpoints.endpoints) else ()
    # A VPC may have S3 both ways; the one is not the other. Of several for one service only one can have private DNS,
    # and that is the one that nodes find.
    usable: dict[tuple[str, str], Endpoint] = {}
    for endpoint in sorted(seen, key=lambda one: (not one.private_dns, one.id)):
        if endpoint.state in (State.USABLE, State.UNDER_WAY):
            usable.setdefault((endpoint.suffix, endpoint.kind), endpoint)
    result = []
    for suffix in profile.endpoints.services:
        offer = offers.get(suffix)
        if offer is None:
            continue
        # S3 is offered both ways; the gateway costs nothing, and ECR's layers need it (ECR user guide, VPC endpoints).
        gateway = suffix in ("s3", "dynamodb") and "Gateway" in offer.kinds
        kind = "Gateway" if gateway else "Interface"
        existing = usable.get((suffix, kind))
        result.append(
            NetworkEndpoint(
                id=existing.id if existing else Ref(endpoint_change(suffix), "VpcEndpoints[0].VpcEndpointId"),
                suffix=suffix,
                service=offer.name,
                kind=kind,
                subnets=() if gateway else one_subnet_per_zone(subnets, offer.zones),
                route_tables=tables if gateway else (),
                private_dns_names=() if gateway else offer.private_dns_names,
            )
        )
    return tuple(result)


def _role(answer: Create[str] | Use[str], role: Role | Unknown | None, change: str) -> Id:
    if not isinstance(answer, Create):
        return answer.use
    return role.arn if known(role) else Ref(change, "Role.Arn")


def _group(answer: Create[str] | Use[str] | None, group: SecurityGroup | Unknown | None, change: str) -> Id:
    if isinstance(answer, Use):
        return answer.use
    return group.id if known(group) else Ref(change, "SecurityGroups[0].GroupId")


def _cluster(profile: Profile, facts: Facts) -> NetworkCluster:
    cluster = facts.cluster.cluster
    if known(cluster) and cluster.state is State.USABLE:
        return NetworkCluster(
            arn=cluster.arn,
            endpoint=cluster.endpoint or "",
            certificate_authority=cluster.certificate_authority or "",
            service_cidr=cluster.service_cidr or str(profile.cluster.service_cidr),
            version=cluster.version,
            subnets=",".join(cluster.subnets),
            group=cluster.security_group or "",
        )
    return NetworkCluster(
        arn=Ref(CLUSTER, "cluster.arn"),
        endpoint=Ref(CLUSTER, "cluster.endpoint"),
        certificate_authority=Ref(CLUSTER, "cluster.certificateAuthority.data"),
        service_cidr=str(profile.cluster.service_cidr),
        version=kubernetes_version(profile, facts),
        subnets=Ref(CLUSTER, "join(',', cluster.resourcesVpcConfig.subnetIds)"),
        group=Ref(CLUSTER, "cluster.resourcesVpcConfig.clusterSecurityGroupId"),
    )
