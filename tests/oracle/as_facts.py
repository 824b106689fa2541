"""A world as the wizard observes it. Nothing is judged here: ``test_over_http`` holds it against what is read."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from article_facts import M5_LARGE
from oracle.worlds import ACCOUNT, VPC, Entrance, Plane, World

from wizard.facts import (
    AccessEntry,
    AccountFacts,
    AclEntry,
    AddOn,
    Ami,
    Cluster,
    ClusterFacts,
    Endpoint,
    EndpointFacts,
    Facts,
    Launch,
    LaunchFacts,
    MappedRole,
    NetworkAcl,
    PrefixList,
    Role,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    State,
    Subnet,
    Vpc,
    VpcFacts,
    Zone,
)
from wizard.practice.boot.snapshot import AclEntry as BootAclEntry
from wizard.practice.boot.snapshot import Role as BootRole
from wizard.practice.boot.snapshot import Route as BootRoute
from wizard.practice.boot.snapshot import Rule as BootRule

MADE = datetime(2026, 11, 1, tzinfo=UTC)
# Whom EKS makes of the principal of an entry, where nobody says otherwise (EKS user guide, access entries).
WHOM = {
    "EC2_LINUX": ("system:node:{{EC2PrivateDNSName}}", ("system:nodes",)),
    "EC2_WINDOWS": ("system:node:{{EC2PrivateDNSName}}", ("system:nodes", "eks:kube-proxy-windows")),
}
STATES = {
    "available": State.USABLE,
    "pending": State.UNDER_WAY,
    "pendingAcceptance": State.UNDER_WAY,
    "failed": State.FAILED,
    "deleting": State.DELETING,
}


def as_facts(world: World) -> Facts:
    """What AWS says of this world to somebody who may read everything."""
    operator = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/taro"
    zones = sorted({place.zone for place in world.subnets.values()})
    return Facts(
        account=AccountFacts(
            MADE + timedelta(days=7), ACCOUNT, operator, world.region, "aws", tuple(Zone(one, one) for one in zones)
        ),
        vpc=_vpc(world),
        endpoints=EndpointFacts(
            endpoints=tuple(map(_endpoint, world.endpoints)),
            groups=_groups(world, {name for one in world.endpoints for name in one.groups}),
        ),
        cluster=_cluster(world, world.plane),
        launches=LaunchFacts((_launch(world),), _groups(world, set(world.launch.groups))),
    )


def _vpc(world: World) -> VpcFacts:
    return VpcFacts(
        vpc=Vpc(
            id=VPC,
            cidrs=tuple(map(str, world.cidrs)),
            state=State.USABLE,
            dns_support=world.dns_support,
            dns_hostnames=world.dns_hostnames,
            domain_name_servers=world.dhcp.name_servers,
            domain_name=world.dhcp.domain_name,
        ),
        subnets=tuple(
            Subnet(name, VPC, place.zone, place.zone, str(place.cidr), place.free_addresses, State.USABLE)
            for name, place in world.subnets.items()
            if name not in world.elsewhere
        ),
        route_tables=tuple(
            RouteTable(
                id=table,
                main=table == "rtb-main",
                subnets=tuple(
                    name for name, place in world.subnets.items() if place.table == table and table != "rtb-main"
                ),
                routes=tuple(_route(route) for route in routes),
            )
            for table, routes in world.tables.items()
        ),
        network_acls=tuple(
            NetworkAcl(
                acl,
                tuple(name for name, place in world.subnets.items() if place.acl == acl),
                tuple(map(_acl_entry, world.lines(acl))),
            )
            for acl in world.acls
        ),
        prefix_lists=tuple(
            PrefixList(name, world.prefix_list_name(name), tuple(map(str, cidrs)))
            for name, cidrs in world.prefix_lists.items()
        ),
    )


def _route(route: BootRoute) -> Route:
    gone = route.target == "blackhole"
    return Route(str(route.destination), "nat-0gone" if gone else route.target, active=not gone)


def _acl_entry(entry: BootAclEntry) -> AclEntry:
    ports = None if entry.protocol == "-1" else (entry.from_port, entry.to_port)
    return AclEntry(entry.number, entry.egress, entry.allow, entry.protocol, ports, str(entry.cidr))


def _groups(world: World, names: set[str]) -> tuple[SecurityGroup, ...]:
    return tuple(
        SecurityGroup(
            name,
            f"eks-cluster-sg-{world.plane.cluster.name}-1" if name == "sg-cluster" else name,
            VPC,
            (*_rules(group.ingress, egress=False), *_rules(group.egress, egress=True)),
        )
        for name, group in world.groups.items()
        if name in names
    )


def _rules(rules: tuple[BootRule, ...], *, egress: bool) -> tuple[Rule, ...]:
    return tuple(
        Rule("sgr-1", egress, rule.protocol, None if rule.protocol == "-1" else (rule.from_port, rule.to_port), source)
        for rule in rules
        for source in (*map(str, rule.cidrs), *rule.groups, *rule.prefix_lists)
    )


def _endpoint(entrance: Entrance) -> Endpoint:
    return Endpoint(
        id=entrance.id,
        suffix=entrance.service,
        kind=entrance.kind,
        state=STATES[entrance.state],
        subnets=entrance.subnets,
        route_tables=entrance.tables,
        groups=entrance.groups,
        private_dns=entrance.private_dns,
        policy=entrance.policy or None,
    )


def _cluster(world: World, plane: Plane) -> ClusterFacts:
    cluster, role = plane.cluster, world.launch.role
    documented = ("system:node:{{EC2PrivateDNSName}}", ("system:bootstrappers", "system:nodes"))
    entries = tuple(
        AccessEntry(
            entry.principal_arn,
            entry.type,
            (),
            # AWS does not tell the id of the role that an entry was made for, only when that was.
            MADE - timedelta(days=1) if role and entry.role_id not in ("", role.id) else MADE + timedelta(days=1),
            *WHOM.get(entry.type, ("", ())),
        )
        for entry in cluster.access_entries
    )
    return ClusterFacts(
        cluster=Cluster(
            name=cluster.name,
            arn=f"arn:aws:eks:{world.region}:{ACCOUNT}:cluster/{cluster.name}",
            status="ACTIVE",
            state=State.USABLE,
            version=cluster.version,
            role=f"arn:aws:iam::{ACCOUNT}:role/eksClusterRole",
            vpc_id=VPC,
            subnets=plane.subnets,
            groups=plane.groups[1:],
            security_group=plane.groups[0],
            endpoint=cluster.endpoint,
            certificate_authority=cluster.certificate_authority,
            service_cidr=plane.service_cidr,
            public_access=cluster.public_access,
            private_access=cluster.private_access,
            authentication=cluster.authentication_mode,
            support="STANDARD",
            deletion_protection=False,
            logs=(),
        ),
        # EKS does not list entries in that mode.
        access_entries=() if cluster.authentication_mode == "CONFIG_MAP" else entries,
        add_ons=(AddOn("vpc-cni", "v1.21.1-eksbuild.3", "ACTIVE", State.USABLE),) if cluster.network_plugin else (),
        groups=_groups(world, set(plane.groups)),
        aws_auth=(
            *(MappedRole(one.arn, one.username, one.groups) for one in cluster.aws_auth_others),
            *(MappedRole(arn, *documented) for arn in cluster.aws_auth_roles),
        ),
        network_plugin=cluster.network_plugin,
        network_plugin_role=_role(cluster.network_plugin_role) if cluster.network_plugin_role else None,
    )


def _launch(world: World) -> Launch:
    launch = world.launch
    name = "al2023-ami-2023.9.20260714.0-kernel-6.12-x86_64"
    if launch.bottlerocket:
        name = f"bottlerocket-aws-k8s-{world.plane.cluster.version}-x86_64-v{launch.bottlerocket}"
    elif launch.ami_release:
        name = f"amazon-eks-node-al2023-x86_64-standard-{world.plane.cluster.version}-{launch.ami_release}"
    zones = {place.zone for place in world.subnets.values()}
    return Launch(
        name="nodes",
        kind="Auto Scaling group",
        subnets=launch.subnets,
        groups=launch.groups,
        role=_role(launch.role) if launch.role else None,
        image=None if launch.image_gone else Ami("ami-1", name.rsplit("-v", 1)[-1], launch.architecture, name),
        instance_type=replace(M5_LARGE, zones=tuple(sorted(zones - set(launch.not_offered_in)))),
        user_data=launch.user_data.written(bottlerocket=bool(launch.bottlerocket)).decode(),
        hop_limit=launch.hop_limit,
        desired=2,
        issues=(f"Launching a new EC2 instance. Status Reason: {launch.fails}",) if launch.fails else (),
        metadata=launch.metadata,
    )


def _role(role: BootRole) -> Role:
    return Role(
        arn=role.arn,
        name=role.arn.rpartition("/")[2],
        path=f"{role.arn.partition(':role')[2].rpartition('/')[0]}/",
        trusts=role.trusted,
        policies=("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",),
        created_at=MADE,
        allowed=role.allowed,
        denied=tuple(_denied(role)),
    )


def _denied(role: BootRole) -> Iterator[str]:
    for policy in role.policies:
        statement = json.loads(policy)["Statement"]
        yield statement["Action"]
