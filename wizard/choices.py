"""What can be chosen as an answer in this account, and why some of it can't."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.facts import Unknown


@dataclass(frozen=True)
class WhyNot:
    """Why something can't be chosen: the key of its sentence in words/choices.yaml, and what fills it."""

    key: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """One thing that can be chosen.

    ``value`` is the answer as it would be typed. ``about`` are cells that tell it from the others, under the headings
    that words/choices.yaml has for the question: names, CIDRs, zones, all untrusted text as it came.
    """

    value: str
    about: tuple[str, ...] = ()
    why_not: WhyNot | None = None


# What can be picked for one question, in the order it is shown.
Choices = tuple[Choice, ...] | Unknown


def usable_first(found: Choices) -> Choices:
    """The choices with those that can be made before those that can't; each part keeps its order."""
    return found if isinstance(found, Unknown) else tuple(sorted(found, key=lambda one: one.why_not is not None))
