"""A plan is a value: what will be called, in which order, and how each call's effect is seen. Pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import jmespath

CLUSTER_TAG = "eks-wizard:cluster"
CHANGE_TAG = "eks-wizard:change"
# A tag's value has so many characters at most; a change that names a principal may have a longer id.
TAG_VALUE = 256

Verb = Literal["create", "modify", "replace", "delete", "wait"]


@dataclass(frozen=True)
class Ref:
    """A value that AWS gives only while the plan runs: ``path`` (JMESPath) in the last answer of a change's wait."""

    change: str
    path: str


@dataclass(frozen=True)
class Call:
    """One AWS call as data: AWS's own names; a param may be a Ref, always as a whole value."""

    service: str
    operation: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class WriteFile:
    """A kubeconfig entry to merge into a file on this machine; its values may be Refs."""

    path: str
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class RemoveEntry:
    """A kubeconfig entry to take out of a file on this machine: the cluster's ARN, and its context's name."""

    path: str
    cluster: str
    context: str


@dataclass(frozen=True)
class Wait:
    """How the effect of a change is seen, and when it is complete.

    ``read`` is a read call; ``items`` (JMESPath) selects from its answer what the change makes: empty means that it is
    not there (yet), more than one that it was made twice. ``ready`` and ``failed`` are JMESPath conditions on the
    answer. ``usual`` and ``limit`` are AWS seconds. ``evidence`` are reads made when it failed, and ``reasons`` selects
    from their answers the sentences that say why. The same read finds out what became of a call whose answer was
    lost, so it has to select by tag, name or value, never by an id that only the lost answer would have told.
    ``gone`` turns it round: the change deletes what the items are, and is complete when there are none.
    """

    read: Call
    items: str
    ready: str | None = None
    failed: str | None = None
    usual: int = 5
    limit: int = 300
    evidence: tuple[Call, ...] = ()
    reasons: str | None = None
    gone: bool = False


@dataclass(frozen=True)
class Change:
    """One step of the plan. Runs when every change that its Refs and ``after`` name has finished, wait included.

    ``replace`` deletes what failed, once what its wait reads as evidence is saved; what takes its place is a change of
    its own.
    """

    id: str
    step: str
    verb: Verb
    action: Call | WriteFile | RemoveEntry | None
    wait: Wait | None = None
    after: tuple[str, ...] = ()

    @cached_property
    def needs(self) -> frozenset[str]:
        """The ids of the changes that have to finish first."""
        wait = [self.wait.read.params] if self.wait else []
        action = self.action.params if isinstance(self.action, Call) else getattr(self.action, "entry", {})
        return frozenset(self.after) | {ref.change for ref in refs([action, *wait]) if ref.change != self.id}


@dataclass(frozen=True)
class Plan:
    """Changes in the order in which they are shown; ``adopted`` names what is used as it stands."""

    account: str
    region: str
    cluster: str
    profile_digest: str
    changes: tuple[Change, ...] = ()
    adopted: tuple[str, ...] = field(default=(), compare=False)

    @property
    def digest(self) -> str:
        """sha256 over what will be done, and to whom; no times and no facts."""
        content = {
            "account": self.account,
            "region": self.region,
            "profile": self.profile_digest,
            "changes": [as_data(change) for change in self.changes],
        }
        return hashlib.sha256(canonical(content).encode()).hexdigest()


def making_way(change: str, step: str, delete: Call, wait: Wait, *, failed: bool) -> Change:
    """What frees the name of a thing of ours: its deletion where it failed, the wait where that is under way."""
    return Change(change, step, "replace" if failed else "wait", delete if failed else None, wait)


def refs(value: Any) -> Iterator[Ref]:
    """Every Ref inside a value."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from refs(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from refs(inner)


def resolved(value: Any, answers: Mapping[str, Any]) -> Any:
    """The value with every Ref replaced by what the answer of its change holds.

    Raises LookupError when an answer does not hold the path: that is a fault of the plan or of AWS's answer.
    """
    if isinstance(value, Ref):
        found = jmespath.search(value.path, answers[value.change])
        if found is None:
            raise LookupError(f"the answer of {value.change} has no {value.path}")
        return found
    if isinstance(value, Mapping):
        return {key: resolved(inner, answers) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(inner, answers) for inner in value]
    return value


def carries_on(now: Plan, agreed: Plan) -> bool:
    """True when ``now`` is the plan that was agreed to, but for waits that have ended meanwhile.

    What was under way when somebody agreed may be complete a moment later: its wait is gone, and what referred to it
    holds the value itself. That is no other plan.
    """
    if now.digest == agreed.digest:
        return True
    present = {change.id for change in now.changes}
    ended = frozenset(change.id for change in agreed.changes if change.verb == "wait") - present
    left = [change for change in agreed.changes if change.id not in ended]
    head = (now.account, now.region, now.cluster, now.profile_digest)
    return (
        head == (agreed.account, agreed.region, agreed.cluster, agreed.profile_digest)
        and len(left) == len(now.changes)
        and all(_same_but_for(ended, before, after) for before, after in zip(left, now.changes, strict=True))
    )


def _same_but_for(ended: frozenset[str], before: Change, after: Change) -> bool:
    return (before.id, before.verb, before.needs - ended) == (after.id, after.verb, after.needs) and _fits(
        ended, before.action, after.action
    )


def _fits(ended: frozenset[str], before: Any, after: Any) -> bool:
    if isinstance(before, Ref) and before.change in ended:
        return not isinstance(after, Ref)
    match before, after:
        case Call(), Call():
            same = (before.service, before.operation) == (after.service, after.operation)
            return same and _fits(ended, before.params, after.params)
        case WriteFile(), WriteFile():
            return before.path == after.path and _fits(ended, before.entry, after.entry)
        case Mapping(), Mapping():
            return before.keys() == after.keys() and all(_fits(ended, before[key], after[key]) for key in before)
        case (list() | tuple(), list() | tuple()):
            return len(before) == len(after) and all(
                _fits(ended, one, other) for one, other in zip(before, after, strict=True)
            )
    return bool(before == after)


def until(changes: Iterable[Change], steps: frozenset[str]) -> tuple[Change, ...]:
    """The changes of these steps and all that they need, in the order given."""
    everything = {change.id: change for change in changes}
    wanted: set[str] = set()
    pending = [change.id for change in everything.values() if change.step in steps]
    while pending:
        current = pending.pop()
        if current not in wanted:
            wanted.add(current)
            pending.extend(needed for needed in everything[current].needs if needed in everything)
    return tuple(change for change in everything.values() if change.id in wanted)


def tags(cluster: str, change: str, own: Mapping[str, str], **more: str) -> dict[str, str]:
    """The tags of a thing that a change makes: ours, by which it is found again, and the profile's."""
    return {**own, **more, CLUSTER_TAG: cluster, CHANGE_TAG: change[:TAG_VALUE]}


def tag_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the form that EC2, IAM and CloudFormation take."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def tag_specifications(resource_type: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags in the form that EC2's create calls take."""
    return [{"ResourceType": resource_type, "Tags": tag_list(values)}]


def tag_filters(cluster: str, change: str) -> list[dict[str, Any]]:
    """EC2 filters that select what a change of this cluster made."""
    return [
        {"Name": f"tag:{CLUSTER_TAG}", "Values": [cluster]},
        {"Name": f"tag:{CHANGE_TAG}", "Values": [change[:TAG_VALUE]]},
    ]


def as_data(value: Any) -> Any:
    """A plan, change or call as plain JSON data; a Ref is ``{"ref": change, "path": path}``."""
    match value:
        case Ref(change, path):
            return {"ref": change, "path": path}
        case Call(service, operation, params):
            return {"service": service, "operation": operation, "params": as_data(params)}
        case WriteFile(path, entry):
            return {"write_file": path, "entry": as_data(entry)}
        case RemoveEntry(path, cluster, context):
            return {"remove_entry": path, "cluster": cluster, "context": context}
        case Wait():
            return {
                "read": as_data(value.read),
                "items": value.items,
                "ready": value.ready,
                "failed": value.failed,
            }
        case Change():
            return {
                "id": value.id,
                "step": value.step,
                "verb": value.verb,
                "action": as_data(value.action),
                "wait": as_data(value.wait),
                "after": sorted(value.needs),
            }
        case Mapping():
            return {str(key): as_data(inner) for key, inner in value.items()}
        case list() | tuple():
            return [as_data(inner) for inner in value]
    return value


def canonical(value: Any) -> str:
    """JSON of which equal values have one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
