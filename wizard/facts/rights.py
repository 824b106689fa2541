"""Whether who asks may do what a plan needs: what AWS is asked, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wizard.facts.state import Unknown

Context = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Question:
    """An action on a resource; ``context`` are the condition keys that its call will have, sorted, and their values."""

    action: str
    resource: str
    context: Context


class Denier(StrEnum):
    """Whose policies deny an action."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    ORGANIZATION = "organization"


@dataclass(frozen=True)
class Verdict:
    """What AWS's policy simulator says: ``denier`` None where it allows; ``missing`` are condition keys not given."""

    denier: Denier | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rights:
    """Whether who asks may do what a plan needs, as far as AWS told.

    ``simulated`` is Unknown where AWS does not let the simulator be asked, and None where there is no principal that it
    could be asked about. ``tried`` tells by action what EC2 said to a dry run: True, or its sentence against it.
    """

    simulated: Mapping[Question, Verdict] | Unknown | None
    tried: Mapping[str, bool | str] = field(default_factory=dict)
