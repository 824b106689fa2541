"""Security groups and their rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.facts.state import Unknown


@dataclass(frozen=True)
class Rule:
    """One security-group rule. ``ports`` is None for every port; ``source`` is a CIDR, group id or prefix list id.

    ``entries`` are the CIDRs of a prefix list.
    """

    id: str
    egress: bool
    protocol: str
    ports: tuple[int, int] | None
    source: str
    entries: tuple[str, ...] | Unknown = ()


@dataclass(frozen=True)
class SecurityGroup:
    id: str
    name: str
    vpc_id: str
    rules: tuple[Rule, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SecurityGroupFacts:
    """``used_by`` names the interfaces, other than the cluster's own, that a group of the company's stands on."""

    group: SecurityGroup | Unknown | None = None
    used_by: tuple[str, ...] | Unknown = ()
    twins: tuple[str, ...] = ()
