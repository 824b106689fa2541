"""IAM roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wizard.facts.state import Unknown


@dataclass(frozen=True)
class Role:
    """``trusts`` are the service principals that may assume it; ``policies`` the ARNs attached.

    ``allowed`` and ``denied`` are the action patterns of its policies, attached and inline, such as "ec2:Describe*";
    they are read of nodes' roles that stand only. ``created_at`` tells a role from an earlier one of its name.
    ``trust`` is its trust policy as JSON, empty where IAM gave none.
    """

    arn: str
    name: str
    path: str
    trusts: tuple[str, ...]
    policies: tuple[str, ...] | Unknown
    permissions_boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    allowed: tuple[str, ...] | Unknown = ()
    denied: tuple[str, ...] = ()
    trust: str = ""


@dataclass(frozen=True)
class RoleFacts:
    """``policies`` and ``service_linked`` tell by ARN and by name whether the policy or role exists."""

    cluster: Role | Unknown | None = None
    node: Role | Unknown | None = None
    policies: Mapping[str, bool | Unknown] = field(default_factory=dict)
    service_linked: Mapping[str, bool | Unknown] = field(default_factory=dict)
