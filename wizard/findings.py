"""What a check found, as data. The sentences stand in words/ and are rendered by wizard.words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters.

    ``stop``: nothing is built until it is mended. ``warn``: builds after someone accepted it. ``note``: worth knowing.
    ``ok``: was checked and is right. ``unknown``: AWS would not let us look.
    """

    STOP = "stop"
    WARN = "warn"
    NOTE = "note"
    OK = "ok"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One result of one check.

    ``code`` is stable and named after the step (VPC201); ``where`` is the path of the answer that it is about
    (``vpc.create.cidr``); ``about`` fills the sentences of words/ and holds untrusted text as it came. ``offer`` are
    answers that would mend it, as they could be typed, by their paths: taken only when a person says so. ``seen`` are
    lines of a node's console in which it shows, each behind the node's name: untrusted text.
    """

    code: str
    severity: Severity
    where: str
    about: dict[str, Any] = field(default_factory=dict)
    offer: Mapping[str, str] = field(default_factory=dict)
    seen: tuple[str, ...] = ()


def stop(code: str, where: str, **about: Any) -> Finding:
    """A finding that forbids the build."""
    return Finding(code, Severity.STOP, where, about)


def warn(code: str, where: str, **about: Any) -> Finding:
    """A finding that someone has to accept."""
    return Finding(code, Severity.WARN, where, about)


def note(code: str, where: str, **about: Any) -> Finding:
    """A finding worth knowing."""
    return Finding(code, Severity.NOTE, where, about)


def ok(code: str, where: str, **about: Any) -> Finding:
    """The check was made and is passed."""
    return Finding(code, Severity.OK, where, about)


def unknown(code: str, where: str, **about: Any) -> Finding:
    """AWS did not let us look."""
    return Finding(code, Severity.UNKNOWN, where, about)


def offering(finding: Finding, answers: Mapping[str, str]) -> Finding:
    """The finding with answers that would mend it."""
    return replace(finding, offer=answers)
