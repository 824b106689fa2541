"""The kubeconfig on this machine, and the nodes as Kubernetes has them."""

from dataclasses import dataclass
from datetime import datetime

from wizard.facts.state import Unknown


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
