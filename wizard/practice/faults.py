"""Faults by rule: what AWS and the network between do to a call."""

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any, Literal

from wizard.practice.calls import Logged, is_write
from wizard.practice.protocol import AwsError

What = Literal["refuse", "throttle", "error", "reset", "silence", "hold", "delay", "forbid"]
Denies = Literal["refuse", "forbid"]
_THROTTLES = {"ec2": ("RequestLimitExceeded", 503), "iam": ("Throttling", 400), "cloudformation": ("Throttling", 400)}
_DENIALS = {
    "ec2": ("UnauthorizedOperation", 403),
    "eks": ("AccessDeniedException", 403),
    "ssm": ("AccessDeniedException", 400),
    "service-quotas": ("AccessDeniedException", 400),
    "pricing": ("AccessDeniedException", 400),
    "kms": ("AccessDeniedException", 400),
}


class DroppedError(Exception):
    """The connection ends without an answer: by a TCP reset, or by staying silent until the client gives up."""

    def __init__(self, silent: bool) -> None:
        super().__init__("silence" if silent else "reset")
        self.silent = silent


@dataclass(frozen=True)
class Rule:
    """Which calls meet which fault.

    ``service`` and ``operation`` are regular expressions for the whole word. The first ``skip`` calls that match
    pass, the next ``times`` (None: all) meet it; with ``once_per_call`` each distinct call meets it once, client
    tokens aside. Calls whose parameters, as JSON, hold the regular expression ``unless`` are spared, as a service
    control policy spares what carries the company's tags ("forbid" answers as one). "before" the call is carried out,
    or "after": then it really happened. ``seconds`` are real ones.

    A call with DryRun is judged and not carried out: it meets what denies the call itself, and else only rules that
    speak of ``dry_runs`` in place of calls.
    """

    service: str = ".*"
    operation: str = ".*"
    writes_only: bool = False
    unless: str | None = None
    times: int | None = None
    skip: int = 0
    once_per_call: bool = False
    when: Literal["before", "after"] = "before"
    what: What = "error"
    seconds: float = 0.0
    status: int = 503
    code: str = "ServiceUnavailable"
    message: str = "Service is unable to handle request."
    dry_runs: bool = False

    def __post_init__(self) -> None:
        for pattern in (self.service, self.operation, self.unless or ""):
            re.compile(pattern)
        if self.what not in What.__args__ or self.when not in ("before", "after"):  # type: ignore[attr-defined]
            raise ValueError(f"no such fault: {self.what} {self.when}")

    def fits(self, call: Logged) -> bool:
        """Whether the rule speaks of this call."""
        return bool(
            re.fullmatch(self.service, call.service)
            and re.fullmatch(self.operation, call.operation)
            and (self.dry_runs == call.dry_run or (call.dry_run and self.what in ("refuse", "forbid")))
            and (is_write(call.operation) or not self.writes_only)
            and not (self.unless and re.search(self.unless, json.dumps(call.params, default=str)))
        )


@dataclass
class _Counted:
    rule: Rule
    matched: int = 0
    met: int = 0
    digests: set[str] = field(default_factory=set)


class Faults:
    """The rules in force, and the calls that they hold."""

    def __init__(self) -> None:
        self._rules: list[_Counted] = []
        self._held: list[Logged] = []
        self._generation = 0
        self._changed = threading.Condition()

    def replace(self, rules: list[dict[str, Any]]) -> None:
        """Puts other rules in force; held and silent calls are let go. Raises ValueError, TypeError, re.error."""
        read = [_Counted(Rule(**rule)) for rule in rules]
        with self._changed:
            self._rules = read
        self.release()

    def release(self) -> None:
        """Lets go what is held or silent."""
        with self._changed:
            self._generation += 1
            self._held.clear()
            self._changed.notify_all()

    def held(self, timeout: float) -> Logged | None:
        """The oldest held call, waited for up to ``timeout`` real seconds; None when there is none by then."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._held), timeout)
            return self._held[0] if self._held else None

    def silence(self) -> None:
        """Blocks until the rules change: a call that nobody answers."""
        with self._changed:
            generation = self._generation
            self._changed.wait_for(lambda: self._generation != generation, 3600)

    def denies(self, action: str) -> Denies | None:
        """Which kind of rule denies an IAM action such as eks:CreateCluster, whatever the call and for ever."""
        service, _, operation = action.partition(":")
        with self._changed:
            rules = [counted.rule for counted in self._rules]
        for rule in rules:
            passing = rule.times is not None or rule.skip or rule.unless or rule.once_per_call
            speaks = re.fullmatch(rule.service, service) and re.fullmatch(rule.operation, operation)
            if speaks and not passing and (is_write(operation) or not rule.writes_only):
                match rule.what:
                    case "refuse" | "forbid" as denies:
                        return denies
        return None

    def meet(self, call: Logged, when: str) -> None:
        """Lets a call meet its fault, if it has one at this moment. Raises AwsError or DroppedError."""
        rule = self._due(call, when)
        if rule is None:
            return
        match rule.what:
            case "delay":
                with self._changed:
                    generation = self._generation
                    self._changed.wait_for(lambda: self._generation != generation, rule.seconds)
            case "hold":
                with self._changed:
                    generation = self._generation
                    self._held.append(call)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._generation != generation, 3600)
            case "reset" | "silence":
                raise DroppedError(silent=rule.what == "silence")
            case "refuse":
                raise denial(call.service, f"{call.service}:{call.operation}")
            case "forbid":
                raise denial(call.service, f"{call.service}:{call.operation}", by_company=True)
            case "throttle":
                code, status = _THROTTLES.get(call.service, ("ThrottlingException", 400))
                raise AwsError(code, "Rate exceeded", status)
            case "error":
                raise AwsError(rule.code, rule.message, rule.status)

    def _due(self, call: Logged, when: str) -> Rule | None:
        with self._changed:
            for counted in self._rules:
                rule = counted.rule
                if rule.when != when or not rule.fits(call):
                    continue
                if rule.once_per_call and call.params_digest in counted.digests:
                    continue
                counted.matched += 1
                if counted.matched <= rule.skip or (rule.times is not None and counted.met >= rule.times):
                    continue
                counted.met += 1
                counted.digests.add(call.params_digest)
                return rule
        return None


def denial(
    service: str, action: str, by_company: bool = False, user: str = "arn:aws:iam::123456789012:user/practice"
) -> AwsError:
    """How a service says that IAM, or a service control policy of the company, does not allow an action."""
    code, status = _DENIALS.get(service, ("AccessDenied", 403))
    who = f"User: {user} is not authorized to perform: {action}"
    if by_company:
        why = "with an explicit deny in a service control policy"
    else:
        allowed = "it" if service == "ec2" else f"the {action} action"
        why = f"because no identity-based policy allows {allowed}"
    said = "You are not authorized to perform this operation. " if code == "UnauthorizedOperation" else ""
    return AwsError(code, f"{said}{who} {why}", status)
