"""What a node's console shows of why it does not join. Pure; every line of it is untrusted text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from wizard.findings import Finding, Severity

# The longest line that is worth showing, and the longest name of who says it, in characters.
LONGEST, BEGINNING = 340, 40
_PATTERNS: Final = Path(__file__).parent / "console.yaml"
# In front of a line: the kernel's clock, or cloud-init's.
_CLOCK: Final = re.compile(r"^\[\s*\d+\.\d+\]\s*")
_READY: Final = "just became ready"


@dataclass(frozen=True)
class Shown:
    """``line`` is the last one that shows it; ``codes`` the findings it may be of, ``service`` the service of them."""

    line: str
    codes: tuple[str, ...]
    service: str


def became_ready(console: str) -> bool:
    """Whether the console says that the node became Ready."""
    return _READY in console


def read(console: str) -> Shown | None:
    """What the console shows went wrong last; None where it shows nothing of the kind, or a node that became Ready."""
    lines = [_CLOCK.sub("", line).strip() for line in console.splitlines() if line.strip()]
    if any(_READY in line for line in lines):
        return None
    for pattern, entry in _entries():
        for line in reversed(lines):
            if found := pattern.search(line):
                return Shown(_cut(line, found.start()), tuple(entry.get("codes", ())), entry.get("service", ""))
    return None


def _cut(line: str, telling: int) -> str:
    """The line; of one that is too long who says it, and what begins where it tells something."""
    if len(line) <= LONGEST:
        return line
    said_by = line.partition(": ")[0][:BEGINNING] if telling > BEGINNING else ""
    text = f"{said_by}: … {line[telling:]}" if said_by else line
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"


def explains(finding: Finding, shown: Shown) -> bool:
    """Whether the finding is the reason for what the console shows."""
    if finding.severity not in (Severity.STOP, Severity.UNKNOWN):
        return False
    services = finding.about.get("services", [finding.about.get("service")])
    return finding.code in shown.codes or (bool(shown.service) and shown.service in services)


def causes(findings: Iterable[Finding], shown: Shown) -> tuple[Finding, ...]:
    """Those of the findings that are the reason for what the console shows."""
    return tuple(finding for finding in findings if explains(finding, shown))


@cache
def _entries() -> tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...]:
    loaded = yaml.safe_load(_PATTERNS.read_text("utf-8"))
    return tuple((re.compile(entry["pattern"], re.IGNORECASE), entry) for entry in loaded)


def patterns() -> tuple[Mapping[str, Any], ...]:
    """What is looked for, in order: pattern, codes and service of each."""
    return tuple(entry for _, entry in _entries())
