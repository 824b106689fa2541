"""The cluster, its access entries and its add-ons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

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
    """``policies`` are the ARNs of the access policies associated with it."""

    principal: str
    kind: str
    policies: tuple[str, ...]
    created_at: datetime | None = None


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


@dataclass(frozen=True)
class ClusterFacts:
    """``admins`` tells by ARN whether the role or user of this account exists.

    ``groups`` are the security groups on the cluster's own interfaces, ``aws_auth`` the ARNs of the roles that the
    aws-auth ConfigMap makes nodes of, () where there is none; both are read of a cluster that stands only.
    """

    versions: tuple[ClusterVersion, ...] | Unknown = ()
    cluster: Cluster | Unknown | None = None
    access_entries: tuple[AccessEntry, ...] | Unknown = ()
    add_ons: tuple[AddOn, ...] | Unknown = ()
    admins: Mapping[str, bool | Unknown] = field(default_factory=dict)
    groups: tuple[SecurityGroup, ...] | Unknown = ()
    aws_auth: tuple[str, ...] | Unknown = ()
