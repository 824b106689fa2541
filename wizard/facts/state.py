"""What every fact has: a state, or that AWS would not tell it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard, TypeVar

T = TypeVar("T")


class State(StrEnum):
    """Where a thing is in its life."""

    USABLE = "usable"
    UNDER_WAY = "under way"
    DELETING = "deleting"
    FAILED = "failed"


@dataclass(frozen=True)
class Unknown:
    """AWS would not let us look: ``action`` is the IAM action that was missing, ``why`` is AWS's own sentence."""

    action: str
    why: str


def known(value: T | Unknown | None) -> TypeGuard[T]:
    """True when AWS told the value and it is there."""
    return value is not None and not isinstance(value, Unknown)
