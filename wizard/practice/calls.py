"""Every API call that the practice account was asked, in order."""

import hashlib
import json
import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

_READS = (
    "Describe", "Get", "List", "Simulate", "Assume", "Validate", "Estimate", "Lookup", "Search", "Decode", "Head",
    "Query", "Filter", "Check", "Preview", "BatchGet", "Detect",
)  # fmt: skip
_TOKENS = frozenset({"clienttoken", "clientrequesttoken", "idempotencytoken"})


@dataclass(frozen=True)
class Logged:
    """One call. ``outcome`` is "open" until it is answered, then "done", "refused" or "lost" (never answered).

    ``write`` tells that it would change something if it were carried out as it is: a call with DryRun would not.
    """

    number: int
    service: str
    operation: str
    write: bool
    params: dict[str, Any]
    params_digest: str
    user_agent: str
    outcome: str = "open"
    code: str = ""
    status: int = 0

    @property
    def dry_run(self) -> bool:
        """Whether EC2 is asked only if it would carry the call out."""
        return is_dry_run(self.service, self.params)


def is_dry_run(service: str, params: dict[str, Any]) -> bool:
    """Whether EC2 is asked only if it would carry a call with these parameters out."""
    return service == "ec2" and bool(params.get("DryRun"))


def is_write(operation: str) -> bool:
    """Whether an operation changes anything, as far as its name says: what is not known to read, writes."""
    return not operation.startswith(_READS)


def digest(service: str, operation: str, params: dict[str, Any]) -> str:
    """What a call asks, client tokens aside: a call that is sent again has the same digest."""
    return hashlib.sha256(
        json.dumps([service, operation, _without_tokens(params)], sort_keys=True, default=str).encode()
    ).hexdigest()[:16]


def _without_tokens(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_tokens(inner) for key, inner in value.items() if key.lower() not in _TOKENS}
    if isinstance(value, list):
        return [_without_tokens(inner) for inner in value]
    return value


class CallLog:
    """The calls, safe to use from many threads."""

    def __init__(self) -> None:
        self._calls: list[Logged] = []
        self._lock = threading.Lock()

    def opened(self, service: str, operation: str, params: dict[str, Any], user_agent: str) -> Logged:
        """Writes a call down as it comes in, and returns the entry."""
        found = digest(service, operation, params)
        with self._lock:
            number = len(self._calls) + 1
            write = is_write(operation) and not is_dry_run(service, params)
            entry = Logged(number, service, operation, write, params, found, user_agent)
            self._calls.append(entry)
        return entry

    def closed(self, entry: Logged, outcome: str, code: str = "", status: int = 0) -> None:
        """Writes down how a call ended."""
        with self._lock:
            # After a reset the number belongs to another call.
            if entry.number <= len(self._calls) and self._calls[entry.number - 1] is entry:
                self._calls[entry.number - 1] = replace(entry, outcome=outcome, code=code, status=status)

    def after(self, number: int) -> list[dict[str, Any]]:
        """The calls with a greater number, oldest first, as plain data."""
        with self._lock:
            return [asdict(call) for call in self._calls[number:]]
