"""Who asks, and where."""

from dataclasses import dataclass
from datetime import datetime

from wizard.facts.state import Unknown


@dataclass(frozen=True)
class Zone:
    name: str
    id: str
    kind: str = "availability-zone"


@dataclass(frozen=True)
class AccountFacts:
    """Who asks, and where. ``zones`` are the region's availability zones, local zones included with their kind.

    ``principal`` is the ARN of the user or role whose policies count; None where there is none, as for the root user.
    """

    at: datetime
    id: str
    arn: str
    region: str
    partition: str
    zones: tuple[Zone, ...] | Unknown = ()
    principal: str | Unknown | None = None
