"""VPC endpoints, and what the region offers of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.facts.security_group import SecurityGroup
from wizard.facts.state import State, Unknown


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
    """``error`` is what AWS says of one that failed."""

    id: str
    suffix: str
    kind: str
    state: State
    subnets: tuple[str, ...]
    route_tables: tuple[str, ...]
    groups: tuple[str, ...]
    private_dns: bool
    policy: str | None = None
    error: str = ""
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
