"""What AWS said, frozen: each thing with its state, and what it would not tell as Unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeGuard, TypeVar

T = TypeVar("T")


class State(StrEnum):
    """Where a thing is in its life."""

    USABLE = "usable"
    UNDER_WAY = "under way"
    DELETING = "deleting"
    FAILED = "failed"


@dataclass(frozen=True)
class Unknown:
    """AWS would not let us look: ``action`` is the IAM action that was missing, ``why`` is AWS's own sentence."""

    action: str
    why: str


def known(value: T | Unknown | None) -> TypeGuard[T]:
    """True when AWS told the value and it is there."""
    return value is not None and not isinstance(value, Unknown)


@dataclass(frozen=True)
class Zone:
    name: str
    id: str
    kind: str = "availability-zone"


@dataclass(frozen=True)
class AccountFacts:
    """Who asks, and where. ``zones`` are the region's availability zones, local zones included with their kind."""

    at: datetime
    id: str
    arn: str
    region: str
    partition: str
    zones: tuple[Zone, ...] | Unknown = ()


@dataclass(frozen=True)
class Role:
    """``trusts`` are the service principals that may assume it; ``policies`` the ARNs attached."""

    arn: str
    name: str
    path: str
    trusts: tuple[str, ...]
    policies: tuple[str, ...] | Unknown
    permissions_boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RoleFacts:
    """``policies`` and ``service_linked`` tell by ARN and by name whether the policy or role exists."""

    cluster: Role | Unknown | None = None
    node: Role | Unknown | None = None
    policies: Mapping[str, bool | Unknown] = field(default_factory=dict)
    service_linked: Mapping[str, bool | Unknown] = field(default_factory=dict)


@dataclass(frozen=True)
class Vpc:
    id: str
    cidrs: tuple[str, ...]
    state: State
    name: str = ""
    dns_support: bool | Unknown = True
    dns_hostnames: bool | Unknown = False
    domain_name_servers: tuple[str, ...] | Unknown = ("AmazonProvidedDNS",)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subnet:
    id: str
    vpc_id: str
    zone: str
    zone_id: str
    cidr: str
    free_addresses: int
    state: State
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """``target`` is the id of a gateway, attachment, endpoint or interface, or "local"."""

    destination: str
    target: str
    active: bool = True


@dataclass(frozen=True)
class RouteTable:
    id: str
    main: bool
    subnets: tuple[str, ...]
    routes: tuple[Route, ...]
    propagating: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AclEntry:
    """One rule of a network ACL. ``ports`` is None for every port; ``protocol`` "-1" for every protocol."""

    number: int
    egress: bool
    allow: bool
    protocol: str
    ports: tuple[int, int] | None
    cidr: str


@dataclass(frozen=True)
class NetworkAcl:
    id: str
    subnets: tuple[str, ...]
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True)
class Gateway:
    """A VPN gateway, or the attachment of a transit gateway; ``attached`` is its state on our VPC, if it has one."""

    id: str
    state: State
    attached: State | None = None
    other_vpc: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VpcFacts:
    """``twins``, here and elsewhere: ids of things that carry the same tags of ours, of which there must be one.

    ``network_acls`` only of a VPC that the wizard did not make: in its own the default one lets everything pass.
    """

    vpc: Vpc | Unknown | None = None
    subnets: tuple[Subnet, ...] | Unknown = ()
    route_tables: tuple[RouteTable, ...] | Unknown = ()
    gateway: Gateway | Unknown | None = None
    network_acls: tuple[NetworkAcl, ...] | Unknown = ()
    twins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One security-group rule. ``ports`` is None for every port; ``source`` is a CIDR, group id or prefix list id."""

    id: str
    egress: bool
    protocol: str
    ports: tuple[int, int] | None
    source: str


@dataclass(frozen=True)
class SecurityGroup:
    id: str
    name: str
    vpc_id: str
    rules: tuple[Rule, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceOffer:
    """An endpoint service of the region. ``zones`` are the zone names in which it is offered."""

    suffix: str
    name: str
    kinds: tuple[str, ...]
    zones: tuple[str, ...]
    private_dns_names: tuple[str, ...]


@dataclass(frozen=True)
class Endpoint:
    id: str
    suffix: str
    kind: str
    state: State
    subnets: tuple[str, ...]
    route_tables: tuple[str, ...]
    groups: tuple[str, ...]
    private_dns: bool
    policy: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EndpointFacts:
    """``offers`` by suffix: what the region has of the services that the profile names, None where it has none.

    ``group`` is that of the endpoints that the profile makes; ``groups`` are those of endpoints that do not carry it.
    ``hosted_zones`` are the names of the private hosted zones that a VPC of the company's resolves.
    """

    offers: Mapping[str, ServiceOffer | None] | Unknown = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] | Unknown = ()
    group: SecurityGroup | Unknown | None = None
    groups: tuple[SecurityGroup, ...] | Unknown = ()
    hosted_zones: tuple[str, ...] | Unknown = ()
    twins: tuple[str, ...] = ()


@dataclass(frozen=True)
class SecurityGroupFacts:
    """``used_by`` names the interfaces, other than the cluster's own, that a group of the company's stands on."""

    group: SecurityGroup | Unknown | None = None
    used_by: tuple[str, ...] | Unknown = ()
    twins: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClusterVersion:
    version: str
    status: str
    default: bool
    end_of_standard_support: date | None
    end_of_extended_support: date | None


@dataclass(frozen=True)
class AccessEntry:
    """``policies`` are the ARNs of the access policies associated with it."""

    principal: str
    kind: str
    policies: tuple[str, ...]
    created_at: datetime | None = None


@dataclass(frozen=True)
class AddOn:
    """``configuration`` is the JSON or YAML text that somebody configured it with, empty where nobody did."""

    name: str
    version: str
    status: str
    state: State
    configuration: str = ""


@dataclass(frozen=True)
class Cluster:
    """A cluster as DescribeCluster gives it; ``security_group`` is the one that EKS made."""

    name: str
    arn: str
    status: str
    state: State
    version: str
    role: str
    vpc_id: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    security_group: str | None
    endpoint: str | None
    certificate_authority: str | None
    service_cidr: str | None
    public_access: bool
    private_access: bool
    authentication: str
    support: str
    deletion_protection: bool
    logs: tuple[str, ...]
    health: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterFacts:
    """``admins`` tells by ARN whether the role or user of this account exists."""

    versions: tuple[ClusterVersion, ...] | Unknown = ()
    cluster: Cluster | Unknown | None = None
    access_entries: tuple[AccessEntry, ...] | Unknown = ()
    add_ons: tuple[AddOn, ...] | Unknown = ()
    admins: Mapping[str, bool | Unknown] = field(default_factory=dict)


@dataclass(frozen=True)
class Ami:
    """``release`` is EKS's release of the image, such as 1.35.2-20260714; ``architecture`` is empty where not told."""

    id: str
    release: str
    architecture: str = ""


@dataclass(frozen=True)
class InstanceType:
    """``network`` is NetworkInfo as DescribeInstanceTypes gives it; ``zones`` where the type is offered."""

    name: str
    architectures: tuple[str, ...]
    vcpus: int
    memory_mib: int
    network: Mapping[str, Any]
    zones: tuple[str, ...] | Unknown = ()
    hypervisor: str = ""


@dataclass(frozen=True)
class Stack:
    """``ours`` tells that it carries our tags; ``parameters`` are the ones that it was made with."""

    name: str
    id: str
    status: str
    state: State
    reason: str
    ours: bool
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group as DescribeNodegroup gives it; ``issues`` are its health's, in EKS's words."""

    name: str
    status: str
    state: State
    ours: bool
    minimum: int
    maximum: int
    desired: int
    instance_types: tuple[str, ...] = ()
    image_type: str = ""
    issues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instance:
    id: str
    state: str
    zone: str
    private_dns_name: str
    image: str


Made = TypeVar("Made", Stack, NodeGroup)


def is_replaced(made: Made | Unknown | None) -> TypeGuard[Made]:
    """Whether it is one of ours that failed or is being deleted: another one is made in its place."""
    return known(made) and made.ours and made.state in (State.FAILED, State.DELETING)


@dataclass(frozen=True)
class NodeFacts:
    """``newest_ami`` is what AWS recommends today; ``ami`` the one that the nodes would start from.

    ``key_pair`` tells whether the key pair that the profile names is there; None where it names none. ``group`` is the
    managed node group; None where the profile wants none. ``volume_key`` is the state of the KMS key that the profile
    names, such as Enabled, empty where there is no such key; None where it names none. ``vcpu_quota`` is how many vCPUs
    of standard instances may run, None where AWS tells none.
    """

    instance_type: InstanceType | Unknown | None = None
    newest_ami: Ami | Unknown | None = None
    ami: Ami | Unknown | None = None
    stack: Stack | Unknown | None = None
    instances: tuple[Instance, ...] | Unknown = ()
    key_pair: bool | Unknown | None = None
    group: NodeGroup | Unknown | None = None
    volume_key: str | Unknown | None = None
    vcpu_quota: float | Unknown | None = None


@dataclass(frozen=True)
class Node:
    """A Kubernetes node as its API gives it; ``ready`` is None where the node never said."""

    name: str
    ready: bool | None
    reason: str
    roles: tuple[str, ...]
    version: str
    created_at: datetime


@dataclass(frozen=True)
class KubeconfigFacts:
    """``entry_current`` is None while the cluster's endpoint is not known.

    ``nodes`` is Unknown where the Kubernetes API could not be reached; ``rung`` then says how far it got.
    """

    path: str
    entry_current: bool | None = None
    aws_cli: bool = False
    aws_profile: str | None = None
    nodes: tuple[Node, ...] | Unknown | None = None
    rung: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Facts:
    """The facts of all steps that were observed; a step that was not is None."""

    account: AccountFacts
    role: RoleFacts = RoleFacts()
    vpc: VpcFacts = VpcFacts()
    endpoints: EndpointFacts = EndpointFacts()
    security_group: SecurityGroupFacts = SecurityGroupFacts()
    cluster: ClusterFacts = ClusterFacts()
    nodes: NodeFacts = NodeFacts()
    kubeconfig: KubeconfigFacts = KubeconfigFacts("")
