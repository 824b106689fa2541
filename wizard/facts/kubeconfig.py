"""The kubeconfig on this machine, and the nodes as Kubernetes has them."""

from dataclasses import dataclass
from datetime import datetime

from wizard.facts.state import Unknown
from wizard.facts.unreached import Unreached


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

    ``nodes`` is Unknown where the Kubernetes API could not be reached; ``unreached`` then says how far it got.
    ``proxy`` is the one that kubectl would use by this machine's environment, host and port without any password;
    ``no_proxy`` are the entries of its NO_PROXY. ``public_name`` is one that exists and that this machine does not
    find; it is looked up where a proxy may do that for this program, and empty where all is well. ``credentials_from``
    is botocore's word for where the credentials of this run come from.
    """

    path: str
    entry_current: bool | None = None
    aws_cli: bool = False
    aws_profile: str | None = None
    nodes: tuple[Node, ...] | Unknown | None = None
    unreached: Unreached | None = None
    problem: str | None = None
    proxy: str | None = None
    no_proxy: tuple[str, ...] = ()
    public_name: str = ""
    credentials_from: str = ""
