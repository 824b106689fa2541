"""What the engine says while it works. Every face drains the same events."""

from dataclasses import dataclass

from wizard.findings import Finding
from wizard.plan import Change


@dataclass(frozen=True)
class Started:
    """A change's call is about to be sent."""

    change: Change


@dataclass(frozen=True)
class Answered:
    """AWS carried the call out, and the journal has it."""

    change: Change


@dataclass(frozen=True)
class Waiting:
    """The call was answered; its effect is being waited for. ``elapsed`` and ``usual`` are seconds."""

    change: Change
    elapsed: float
    usual: float
    status: str


@dataclass(frozen=True)
class Retrying:
    """AWS throttled, the answer was lost, or something made a moment ago is not known everywhere yet."""

    change: Change
    why: str
    said: str


@dataclass(frozen=True)
class Done:
    """The change is complete. ``found`` tells that its effect was there although no answer said so."""

    change: Change
    elapsed: float
    found: bool


@dataclass(frozen=True)
class Failed:
    """The change did not succeed. ``evidence`` is a file with what AWS said of it, if there was more to say."""

    change: Change
    finding: Finding
    evidence: str | None = None


@dataclass(frozen=True)
class Stopped:
    """Nothing new was started because someone asked to stop."""


@dataclass(frozen=True)
class Crashed:
    """A bug of this program ended a change; ``error`` is what was raised."""

    change: Change
    error: Exception


Event = Started | Answered | Waiting | Retrying | Done | Failed | Stopped | Crashed
