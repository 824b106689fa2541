"""The clusters of the practice account, for everyone in its process to read.

``find(region, name)`` gives a Cluster or None, ``clusters`` holds them all by (region, name). Its ``access_entries``
are keyed by principal ARN and its ``addons`` by name; ``aws_endpoint`` is the AWS-shaped name of its API (what
nodes and the operator's model use), while DescribeCluster answers the loopback address that kubernetes.py opened.
What time decides is computed when asked for: ``cluster.status``, ``addon.status``.
"""

import importlib
import threading
from dataclasses import dataclass, field
from typing import Any

from wizard.practice.account import account
from wizard.practice.protocol import AwsError, Params

# AWS seconds.
CREATING = 600.0
UPDATING = 60.0
DELETING = 240.0
NODEGROUP_DELETING = 120.0
ADDON_CREATING = 30.0
ADDON_PATIENCE = 1200.0


@dataclass
class AccessEntry:
    """One access entry. ``role_id`` is the role's or user's unique id when the entry was made: one that was deleted
    and made anew is another principal. ``policies`` are the associated access policies by ARN, as AWS lists them."""

    principal_arn: str
    type: str
    username: str
    kubernetes_groups: list[str]
    role_id: str
    arn: str
    created: float
    modified: float
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, Params] = field(default_factory=dict)


@dataclass
class Addon:
    """One managed add-on."""

    name: str
    cluster_name: str
    version: str
    arn: str
    created: float
    asked: Params

    @property
    def status(self) -> str:
        """CoreDNS needs a Ready node: without one it is DEGRADED after twenty minutes (C37)."""
        age = account.clock.now() - self.created
        if age < ADDON_CREATING:
            return "CREATING"
        if self.name not in ("coredns", "metrics-server") or ready_nodes(self.cluster_name) > 0:
            return "ACTIVE"
        return "CREATING" if age < ADDON_PATIENCE else "DEGRADED"


@dataclass
class Nodegroup:
    """One managed node group. ``described`` is what DescribeNodegroup answers, but for what time decides.

    ``template`` is the data of the launch template that it was made with, ``unique`` is in the names of its parts,
    ``became`` what its creation came to, empty until then. ``admitted`` tells that EKS made the role's access entry.
    """

    name: str
    described: Params
    asked: Params
    template: Params
    unique: str
    created: float
    instances: list[str] = field(default_factory=list)
    issues: list[Params] = field(default_factory=list)
    became: str = ""
    admitted: bool = False
    deleted: float | None = None


@dataclass
class Update:
    """One update of a cluster; it is done UPDATING seconds after it began."""

    id: str
    type: str
    params: list[Params]
    created: float

    @property
    def status(self) -> str:
        """As DescribeUpdate says it."""
        return "InProgress" if account.clock.now() - self.created < UPDATING else "Successful"


@dataclass(frozen=True)
class Health:
    """What whoever steers the account decrees for a cluster, made or to be made: that it fails to be created, and
    the issues that its health shows."""

    failed: bool = False
    issues: tuple[Params, ...] = ()


@dataclass
class Cluster:
    """One cluster. ``described`` is what DescribeCluster answers, but for what time decides."""

    name: str
    region: str
    described: Params
    asked: Params
    creator_arn: str
    aws_endpoint: str
    created: float
    access_entries: dict[str, AccessEntry] = field(default_factory=dict)
    addons: dict[str, Addon] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)
    nodegroups: dict[str, Nodegroup] = field(default_factory=dict)
    fargate_profiles: dict[str, Params] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    deleted: float | None = None

    @property
    def status(self) -> str:
        """CREATING, ACTIVE, UPDATING, FAILED or DELETING."""
        now = account.clock.now()
        if self.deleted is not None:
            return "DELETING"
        if now - self.created < CREATING:
            return "CREATING"
        if self.health.failed:
            return "FAILED"
        return "UPDATING" if any(update.status == "InProgress" for update in self.updates.values()) else "ACTIVE"

    @property
    def health(self) -> Health:
        """As decreed; none by default."""
        return decreed.get(self.name, Health())

    @property
    def is_up(self) -> bool:
        """Whether its API answers: ACTIVE, or on the way from one ACTIVE state to the next."""
        return self.status in ("ACTIVE", "UPDATING")

    @property
    def arn(self) -> str:
        """The cluster's ARN."""
        return str(self.described["arn"])

    @property
    def vpc_id(self) -> str:
        """The VPC of its subnets."""
        return str(self.described["resourcesVpcConfig"]["vpcId"])

    @property
    def security_group_id(self) -> str:
        """The group that EKS made for it."""
        return str(self.described["resourcesVpcConfig"]["clusterSecurityGroupId"])

    @property
    def authentication_mode(self) -> str:
        """API, API_AND_CONFIG_MAP or CONFIG_MAP."""
        return str(self.described["accessConfig"]["authenticationMode"])


clusters: dict[tuple[str, str], Cluster] = {}
decreed: dict[str, Health] = {}
lock = threading.RLock()


def find(region: str, name: str) -> Cluster | None:
    """The cluster, unless there is none or it has been deleted for long enough to be gone."""
    with lock:
        cluster = clusters.get((region, name))
        if cluster and cluster.deleted is not None and account.clock.now() - cluster.deleted >= DELETING:
            del clusters[region, name]
            return None
        return cluster


def named(region: str, name: str) -> Cluster:
    """The cluster. Raises ResourceNotFoundException."""
    cluster = find(region, name)
    if cluster is None:
        raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", clusterName=name)
    return cluster


def active(region: str, name: str) -> Cluster:
    """The cluster, which must be up for what is asked. Raises ResourceNotFoundException, InvalidRequestException."""
    cluster = named(region, name)
    if not cluster.is_up:
        message = f"Cluster {name} is in {cluster.status} status; it must be ACTIVE for this operation."
        raise AwsError("InvalidRequestException", message, clusterName=name)
    return cluster


def all_in(region: str) -> list[Cluster]:
    """The clusters of a region by name, those being deleted included."""
    with lock:
        found = [find(where, name) for where, name in sorted(clusters) if where == region]
    return [cluster for cluster in found if cluster]


def node_groups(cluster: Cluster) -> dict[str, Nodegroup]:
    """The cluster's managed node groups by name, those being deleted included."""
    with lock:
        now = account.clock.now()
        gone = [
            name
            for name, group in cluster.nodegroups.items()
            if group.deleted is not None and now - group.deleted >= NODEGROUP_DELETING
        ]
        for name in gone:
            del cluster.nodegroups[name]
        return dict(cluster.nodegroups)


def ready_nodes(cluster_name: str) -> int:
    """How many nodes of the cluster are Ready; 0 while the practice account has no Kubernetes."""
    kubernetes = kubernetes_module()
    return int(kubernetes.ready_nodes(cluster_name)) if kubernetes else 0


def kubernetes_module() -> Any:
    """``wizard.practice.kubernetes``, or None without it. Late: it reads this module."""
    try:
        return importlib.import_module("wizard.practice.kubernetes")
    except ModuleNotFoundError as error:
        if error.name != "wizard.practice.kubernetes":
            raise
        return None


def _empty() -> None:
    with lock:
        opened = list(clusters.values())
        clusters.clear()
        decreed.clear()
    kubernetes = kubernetes_module()
    for cluster in opened if kubernetes else []:
        kubernetes.close_cluster(cluster.name)


account.on_reset(_empty)
