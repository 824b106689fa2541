"""What AWS said, frozen: each thing with its state, and what it would not tell as Unknown."""

from dataclasses import dataclass, field

from wizard.facts.account import AccountFacts, Zone
from wizard.facts.cluster import AccessEntry, AddOn, Cluster, ClusterFacts, ClusterVersion, MappedRole
from wizard.facts.endpoints import Endpoint, EndpointFacts, ServiceOffer
from wizard.facts.kubeconfig import KubeconfigFacts, Node
from wizard.facts.launches import Launch, LaunchFacts, LaunchKind
from wizard.facts.nodes import Ami, Instance, InstanceType, NodeFacts, NodeGroup, Stack, VolumeKey, is_replaced
from wizard.facts.rights import Context, Denier, Question, Rights, Verdict
from wizard.facts.role import Role, RoleFacts
from wizard.facts.security_group import Rule, SecurityGroup, SecurityGroupFacts
from wizard.facts.state import State, Unknown, known
from wizard.facts.unreached import Rung, Unreached, VpnConnection
from wizard.facts.vpc import AclEntry, Gateway, NetworkAcl, PrefixList, Route, RouteTable, Subnet, Vpc, VpcFacts

__all__ = [
    "AccessEntry",
    "AccountFacts",
    "AclEntry",
    "AddOn",
    "Ami",
    "Cluster",
    "ClusterFacts",
    "ClusterVersion",
    "Context",
    "Denier",
    "Endpoint",
    "EndpointFacts",
    "Facts",
    "Gateway",
    "Instance",
    "InstanceType",
    "KubeconfigFacts",
    "Launch",
    "LaunchFacts",
    "LaunchKind",
    "MappedRole",
    "NetworkAcl",
    "Node",
    "NodeFacts",
    "NodeGroup",
    "PrefixList",
    "Question",
    "Rights",
    "Role",
    "RoleFacts",
    "Route",
    "RouteTable",
    "Rule",
    "Rung",
    "SecurityGroup",
    "SecurityGroupFacts",
    "ServiceOffer",
    "Stack",
    "State",
    "Subnet",
    "Unknown",
    "Unreached",
    "Verdict",
    "VolumeKey",
    "Vpc",
    "VpcFacts",
    "VpnConnection",
    "Zone",
    "is_replaced",
    "known",
]


@dataclass(frozen=True)
class Facts:
    """The facts of all steps that were observed; one that was not has nothing in its facts.

    ``launches`` are no step's: they are read where a cluster that stands is looked at without a profile. ``rights`` are
    read for a plan, which follows from the others; None where nobody asked.
    """

    account: AccountFacts
    role: RoleFacts = field(default_factory=RoleFacts)
    vpc: VpcFacts = field(default_factory=VpcFacts)
    endpoints: EndpointFacts = field(default_factory=EndpointFacts)
    security_group: SecurityGroupFacts = field(default_factory=SecurityGroupFacts)
    cluster: ClusterFacts = field(default_factory=ClusterFacts)
    nodes: NodeFacts = field(default_factory=NodeFacts)
    kubeconfig: KubeconfigFacts = field(default_factory=lambda: KubeconfigFacts(""))
    launches: LaunchFacts = field(default_factory=LaunchFacts)
    rights: Rights | None = None
