"""How far the Kubernetes API was reached from this machine, and what AWS shows of the way there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wizard.facts.cluster import AccessEntry
from wizard.facts.security_group import SecurityGroup
from wizard.facts.state import Unknown
from wizard.facts.vpc import NetworkAcl, RouteTable


class Rung(StrEnum):
    """What a connection met, from the bottom of the ladder up.

    ``silence``: the port opened, and then nothing came. ``tls``: the encryption was broken off. ``certificate``: it is
    another one's than the cluster's. ``http``: something answers that is not Kubernetes. The last two are its own 401
    and 403.
    """

    NAME = "name"
    ADDRESS = "address"
    NO_ROUTE = "no_route"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    SILENCE = "silence"
    TLS = "tls"
    CERTIFICATE = "certificate"
    HTTP = "http"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class VpnConnection:
    """``gateway`` is its end at AWS; ``tunnels`` tells whether each is UP, and is empty where AWS has no telemetry."""

    id: str
    gateway: str
    tunnels: tuple[str, ...]


@dataclass(frozen=True)
class Unreached:
    """Where the ladder broke, and what was read to tell why: of each rung only what has to do with it.

    ``said`` is what was seen, ``by`` who stood in the way (NotReached of kube_ladder). ``addresses`` are those of the
    endpoint, ``own_address`` this machine's towards them. ``other_name`` is a public name that is known to exist, and
    ``other_resolves`` whether this machine finds it. Groups, tables and ACLs are the cluster's and its subnets';
    ``connections`` lead from the gateways that these tables name. ``entry`` is the access entry of ``principal``, as
    whom we ask. ``consoles`` are the ends of the console outputs of nodes, by instance: what is left to see of them.
    """

    rung: Rung
    said: str
    by: str = ""
    addresses: tuple[str, ...] = ()
    own_address: str | None = None
    other_name: str = ""
    other_resolves: bool = False
    groups: tuple[SecurityGroup, ...] | Unknown = ()
    tables: tuple[RouteTable, ...] | Unknown = ()
    acls: tuple[NetworkAcl, ...] | Unknown = ()
    connections: tuple[VpnConnection, ...] | Unknown = ()
    principal: str = ""
    entry: AccessEntry | Unknown | None = None
    consoles: Mapping[str, str | Unknown] = field(default_factory=dict)
