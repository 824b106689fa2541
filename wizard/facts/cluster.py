"""The cluster, its access entries and its add-ons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from wizard.facts.role import Role
from wizard.facts.security_group import SecurityGroup
from wizard.facts.state import State, Unknown


@dataclass(frozen=True)
class ClusterVersion:
    version: str
    status: str
    default: bool
    end_of_standard_support: date | None
    end_of_extended_support: date | None


@dataclass(frozen=True)
class AccessEntry:
    """``policies`` are the ARNs of the access policies associated with it.

    ``username`` and ``groups`` are whom Kubernetes takes the principal for; both are read of nodes' roles only.
    """

    principal: str
    kind: str
    policies: tuple[str, ...]
    created_at: datetime | None = None
    username: str = ""
    groups: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True)
class MappedRole:
    """A role in the aws-auth ConfigMap, and whom Kubernetes takes for it."""

    arn: str
    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class AddOn:
    """``configuration`` is the JSON or YAML text that somebody configured it with, empty where nobody did.

    ``ours`` tells that it carries our tags; ``issues`` are its health's, in EKS's words. ``role`` is the ARN
    of a role of its own, empty where it uses the nodes'.
    """

    name: str
    version: str
    status: str
    state: State
    configuration: str = ""
    ours: bool = False
    issues: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True)
class Cluster:
    """A cluster as DescribeCluster gives it; ``security_group`` is the one that EKS made.

    ``ipv6`` tells that pods and services have IPv6 addresses, ``auto_mode`` that EKS starts nodes itself (Auto Mode).

    ``dns_name`` is the name by which nodes ask its API, empty where it is the endpoint's: the practice account's
    endpoints are on this machine.
    """

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
    dns_name: str = ""
    ipv6: bool = False
    auto_mode: bool = False


@dataclass(frozen=True)
class ClusterFacts:
    """``admins`` tells by ARN whether the role or user of this account exists.

    ``groups`` are the security groups on the cluster's own interfaces, ``aws_auth`` the roles in the aws-auth
    ConfigMap, () where there is none; both are read of a cluster that stands only, and so are ``network_plugin``,
    whether an add-on or a DaemonSet puts a VPC CNI on its nodes, and ``network_plugin_role``, the role of the CNI's
    own service account, None where it uses the nodes'.
    """

    versions: tuple[ClusterVersion, ...] | Unknown = ()
    cluster: Cluster | Unknown | None = None
    access_entries: tuple[AccessEntry, ...] | Unknown = ()
    add_ons: tuple[AddOn, ...] | Unknown = ()
    admins: Mapping[str, bool | Unknown] = field(default_factory=dict)
    groups: tuple[SecurityGroup, ...] | Unknown = ()
    aws_auth: tuple[MappedRole, ...] | Unknown = ()
    network_plugin: bool | Unknown = True
    network_plugin_role: Role | Unknown | None = None
