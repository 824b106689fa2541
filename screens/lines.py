"""Findings, plans, events and nodes as plain lines, and as the data of JSON lines. Pure."""

import shlex
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from screens import safe
from wizard import words
from wizard.events import Answered, Crashed, Done, Event, Failed, Retrying, Started, Waiting
from wizard.facts import AccountFacts, Node
from wizard.findings import Finding, Severity
from wizard.mending import settings
from wizard.plan import Call, Change, Plan, Ref, RemoveEntry, WriteFile, as_data

SCHEMA_VERSION = 1

# Those that need somebody first; unknown ones stop nothing, but nobody should overlook them.
ORDER = (Severity.STOP, Severity.UNKNOWN, Severity.WARN, Severity.NOTE, Severity.OK)
STYLES = {
    Severity.STOP: "bold red",
    Severity.UNKNOWN: "magenta",
    Severity.WARN: "yellow",
    Severity.NOTE: "cyan",
    Severity.OK: "green",
}
_LABELS = {Severity.STOP: "STOP", Severity.WARN: "WARN"}
_INDENT = " " * 8

_STEPS = {
    "ACC": "account",
    "ROLE": "role",
    "VPC": "vpc",
    "END": "endpoints",
    "SG": "security_group",
    "CLU": "cluster",
    "NODE": "nodes",
    "KUBE": "kubeconfig",
    "UNDO": "undo",
}
# Changes that usually take longer than this say so in the plan.
_LONG_SECONDS = 30
# Narrower terminals have no room for a call's parameters.
_WIDE = 100


def step_of(finding: Finding) -> str:
    """The step that a finding is of; of one about a change it is the change's, as far as that is known."""
    return _STEPS.get(finding.code.rstrip("0123456789"), str(finding.about.get("step", "")))


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those that need somebody first."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.severity))


def severity_word(severity: Severity) -> str:
    """The severity in seven cells; those that somebody has to act on in capitals."""
    return f"{_LABELS.get(severity, severity.value):<7}"


def finding_lines(finding: Finding) -> list[str]:
    """What is so, why it matters, what to do, and the options that do it; the severity is the first word."""
    said = words.say(finding)
    head = f"{severity_word(finding.severity)} {finding.code}  {safe.line(finding.where)}: {safe.line(said.says)}"
    options = " ".join(f"--set {shlex.quote(each)}" for each in settings(finding.offer))
    seen = [f"Seen: {line}" for line in finding.seen]
    body = [said.because, *seen, f"Do: {said.do}" if said.do else "", f"Set: {options}" if options else ""]
    return [head, *(_INDENT + safe.line(line) for line in body if line)]


def finding_data(finding: Finding) -> dict[str, Any]:
    """The JSON event of a finding."""
    said = words.say(finding)
    return {
        "type": "finding",
        "code": finding.code,
        "severity": finding.severity.value,
        "step": step_of(finding),
        "where": finding.where,
        "says": said.says,
        "because": said.because,
        "do": said.do,
        "offer": dict(finding.offer),
        "seen": list(finding.seen),
    }


def start_data(command: str, version: str) -> dict[str, Any]:
    """The first JSON event of every command."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"type": "start", "schema_version": SCHEMA_VERSION, "version": version, "command": command, "at": at}


def account_data(account: AccountFacts, practice: bool, endpoint_url: str | None) -> dict[str, Any]:
    """The JSON event that tells whose AWS this is."""
    return {
        "type": "account",
        "account": account.id,
        "region": account.region,
        "identity": account.arn,
        "practice": practice,
        "endpoint_url": endpoint_url,
    }


def plan_data(plan: Plan) -> dict[str, Any]:
    """The JSON event of a plan; its changes follow as events of their own."""
    return {
        "type": "plan",
        "digest": plan.digest,
        "account": plan.account,
        "region": plan.region,
        "cluster": plan.cluster,
        "changes": len(plan.changes),
    }


def change_data(change: Change) -> dict[str, Any]:
    """The JSON event of a change; a value that only the running plan will know is ``{"ref": …, "path": …}``."""
    service, operation, params = None, None, None
    match change.action:
        case Call():
            service, operation, params = change.action.service, change.action.operation, as_data(change.action.params)
        case WriteFile():
            operation = "WriteFile"
            params = {"path": change.action.path, "entry": as_data(change.action.entry)}
        case RemoveEntry(path, cluster, context):
            operation, params = "RemoveEntry", {"path": path, "cluster": cluster, "context": context}
    return {
        "type": "change",
        "id": change.id,
        "step": change.step,
        "verb": change.verb,
        "service": service,
        "operation": operation,
        "params": params,
        "after": sorted(change.needs),
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    """The whole plan as one JSON document."""
    changes = [{**change_data(change), "wait": as_data(change.wait)} for change in plan.changes]
    for change in changes:
        del change["type"]
    return {**plan_data(plan), "schema_version": SCHEMA_VERSION, "profile_digest": plan.profile_digest,
            "changes": changes}  # fmt: skip


def plan_table(plan: Plan, width: int | None = None) -> list[str]:
    """One line for each change: verb, id, what is called, and how long that usually takes where it is long."""
    rows = [("VERB", "CHANGE", "WHAT", "USUALLY")]
    for change in plan.changes:
        shown = safe.line(what(change))
        if width is not None and width < _WIDE and isinstance(change.action, Call):
            shown = shown.partition(" ")[0]
        rows.append((change.verb, safe.line(change.id), shown, usually(change)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    if width is not None:
        room = width - widths[0] - widths[3] - 6
        # What is called is of use with the ids that it is about, wherever these have room.
        share = room // 2 if width < _WIDE else room * 3 // 5
        widths[1] = max(12, min(widths[1], room - min(widths[2], share)))
        widths[2] = max(8, min(widths[2], room - widths[1]))
    cuts = (safe.cut, safe.cut_middle, safe.cut, safe.cut)
    return ["  ".join(safe.fill(cut(cell, cells), cells) for cut, cell, cells in zip(cuts, row, widths, strict=True))
            .rstrip() for row in rows]  # fmt: skip


def difference(agreed: Plan, now: Plan) -> list[str]:
    """How a plan differs from the one that was agreed to, a line for each change."""
    before = {change.id: change for change in agreed.changes}
    after = {change.id: change for change in now.changes}
    lines = [f"added    {safe.line(name)}" for name in after if name not in before]
    lines += [f"removed  {safe.line(name)}" for name in before if name not in after]
    lines += [f"changed  {safe.line(name)}" for name in after
              if name in before and as_data(after[name]) != as_data(before[name])]  # fmt: skip
    return lines or ["changed  the account, the region, the profile or the order"]


def event_data(event: Event) -> dict[str, Any]:
    """The JSON event of what happens while a plan is carried out."""
    match event:
        case Started(change):
            return {"type": "started", "change": change.id, "step": change.step}
        case Answered(change):
            return {"type": "answered", "change": change.id}
        case Waiting(change, elapsed, usual, status):
            return {"type": "waiting", "change": change.id, "elapsed": round(elapsed, 1), "usual": usual,
                    "status": status}  # fmt: skip
        case Retrying(change, why, said):
            return {"type": "retrying", "change": change.id, "why": why, "said": said}
        case Done(change, elapsed, found):
            return {"type": "done", "change": change.id, "elapsed": round(elapsed, 1), "found": found}
        case Failed(change, finding, evidence):
            return {**finding_data(finding), "type": "failed", "change": change.id, "step": change.step,
                    "evidence": evidence}  # fmt: skip
        case Crashed(change, error):
            return {"type": "crashed", "change": change.id, "error": f"{type(error).__name__}: {error}"}
    return {"type": "stopped"}


def node_data(node: Node) -> dict[str, Any]:
    """The JSON event of a Kubernetes node."""
    return {
        "type": "node",
        "name": node.name,
        "ready": node.ready,
        "reason": node.reason,
        "roles": list(node.roles),
        "version": node.version,
        "created_at": node.created_at.isoformat(),
    }


def duration(seconds: float) -> str:
    """Seconds as people say them: 8 s, 3 min, 9 min 30 s."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest and minutes < 60 else f"{minutes} min"


def what(change: Change) -> str:
    """What a change does, in a few words that may be untrusted."""
    match change.action:
        case Call(service, operation, params):
            return " ".join([f"{service}:{operation}", *_telling(params)])
        case WriteFile(path):
            return f"writes {path}"
        case RemoveEntry(path):
            return f"takes the cluster out of {path}"
    return "waits for what is under way"


def _telling(params: Mapping[str, Any]) -> list[str]:
    """The parameters that tell one call from another at a glance: short texts, switches, no ids of things to come."""
    return [f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in params.items()
            if isinstance(value, str | bool) and not isinstance(value, Ref) and len(str(value)) <= 64]  # fmt: skip


def usually(change: Change) -> str:
    """How long a change usually takes; "" for those that are soon done."""
    usual = change.wait.usual if change.wait else 0
    return duration(usual) if usual >= _LONG_SECONDS else ""
