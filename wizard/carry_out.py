"""Carries out one change: intent, call, lost answers, and the wait for its effect."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import jmespath

from wizard import kubeconfig
from wizard.cloud import Cloud, CloudError
from wizard.error_kinds import Kind
from wizard.events import Answered, Event, Retrying, Waiting
from wizard.findings import Finding, stop
from wizard.journal import Journal
from wizard.pace import Pace, Timer
from wizard.plan import Call, Change, RemoveEntry, Wait, WriteFile, as_data, resolved

# AWS seconds between looks for a thing whose answer was lost: EC2 and IAM may need about a minute to show it.
LOOKS = (1, 2, 4, 8, 15, 30)
# A role or an id that was made a moment ago is unknown in places for up to two minutes.
YOUNG_SECONDS = 120
# Throttling and lost connections end by themselves, or the operator has to know.
PATIENCE_SECONDS = 300
AMBIGUOUS_SENDS = 4
PASSING = (Kind.THROTTLED, Kind.UNREACHABLE, Kind.AMBIGUOUS)
# What keeps AWS from deleting something until another thing has gone or come to rest.
IN_USE = (Kind.IN_USE, Kind.EXISTS, Kind.YOUNG)


class ChangeFailed(Exception):
    """A change did not succeed: the finding says why."""

    def __init__(self, finding: Finding, evidence: Path | None = None) -> None:
        super().__init__(finding.code)
        self.finding = finding
        self.evidence = evidence


@dataclass
class Run:
    """What the changes of one run share. ``answers`` holds the last answer of each finished change's wait."""

    cloud: Cloud
    journal: Journal
    pace: Pace
    say: Callable[[Event], None]
    answers: dict[str, Any] = field(default_factory=dict)


def carry_out(change: Change, run: Run) -> bool:
    """Sends the change's call, waits for its effect and keeps the answer in ``run.answers``.

    Returns True where the effect was found although the call's own answer was lost or said that it exists already.
    Raises ChangeFailed, or StopAsked while waiting.
    """
    wait = _resolved_wait(change, run.answers)
    found = False
    if isinstance(change.action, Call):
        call = Call(change.action.service, change.action.operation, resolved(change.action.params, run.answers))
        deletes = wait is not None and wait.gone
        found = _delete(change, call, wait, run) if wait and deletes else _send(change, call, wait, run)
    elif isinstance(change.action, WriteFile | RemoveEntry):
        _write_file(change, change.action, run)
    if wait is not None:
        run.answers[change.id] = _await_effect(change, wait, run)
    return found


def look(cloud: Cloud, wait: Wait) -> tuple[dict[str, Any], list[Any]]:
    """Reads once what the wait's read tells: the answer, and the things in it (empty: not there)."""
    try:
        answer = cloud.read(wait.read)
    except CloudError as error:
        if error.kind is Kind.MISSING:
            return {}, []
        raise
    return answer, list(jmespath.search(wait.items, answer) or [])


def look_patiently(cloud: Cloud, wait: Wait, pace: Pace) -> bool:
    """Whether the thing is there, looked for as long as AWS may hide what it just made. Raises StopAsked."""
    timer = Timer(pace)
    for seconds in chain(LOOKS, (None,)):
        if look(cloud, wait)[1]:
            return True
        if seconds is not None:
            timer.pause(seconds)
    return False


def _send(change: Change, call: Call, wait: Wait | None, run: Run) -> bool:
    token = _token(change, call, run)
    shown = as_data(call)
    looked_for = None if wait is None else as_data(wait.read) | {"items": wait.items}
    timer = Timer(run.pace)
    pauses = _growing()
    ambiguous = 0
    while True:
        # Before each sending: what a kill leaves behind has to be as young as the last call was.
        run.journal.intent(change.id, shown, token, looked_for)
        try:
            run.cloud.write(call, token)
        except CloudError as error:
            if wait is not None and error.kind in (Kind.AMBIGUOUS, Kind.EXISTS):
                ambiguous += 1
                run.say(Retrying(change, error.kind.value, error.message))
                if look_patiently(run.cloud, wait, run.pace):
                    run.journal.outcome(change.id, "found")
                    return True
                if error.kind is Kind.EXISTS:
                    raise _refused(change, run, error, "RUN002") from error
                if ambiguous >= AMBIGUOUS_SENDS:
                    raise ChangeFailed(failure(error, change, "RUN003")) from error
                continue
            young = error.kind is Kind.YOUNG or (error.kind is Kind.MISSING and bool(change.needs))
            passing = error.kind in (Kind.THROTTLED, Kind.UNREACHABLE)
            patience = YOUNG_SECONDS if young else PATIENCE_SECONDS if passing else 0
            if timer.elapsed >= patience:
                if not ambiguous or wait is None:
                    raise _refused(change, run, error, "RUN001") from error
                # An earlier sending may have been carried out: the journal leaves open what came of it.
                if look_patiently(run.cloud, wait, run.pace):
                    run.journal.outcome(change.id, "found")
                    return True
                raise ChangeFailed(failure(error, change)) from error
            run.say(Retrying(change, error.kind.value, error.message))
            timer.pause(next(pauses))
        else:
            run.journal.outcome(change.id, "done")
            run.say(Answered(change))
            return False


def _delete(change: Change, call: Call, wait: Wait, run: Run) -> bool:
    """Sends a deletion, again as long as it may not have been carried out: what is gone can't be deleted twice.

    The journal gets no look and no token with it: a later run has nothing to wait for.
    """
    shown = as_data(call)
    timer = Timer(run.pace)
    pauses = _growing()
    if change.verb == "replace" and wait.evidence:
        # With the thing it is gone what AWS says of it.
        run.journal.evidence(change.id, _read_evidence(wait.evidence, run))
    while True:
        run.journal.intent(change.id, shown, None, None)
        try:
            run.cloud.write(call)
        except CloudError as error:
            if error.kind is Kind.MISSING:
                run.journal.outcome(change.id, "found")
                return True
            patience = wait.limit if error.kind in IN_USE else PATIENCE_SECONDS if error.kind in PASSING else 0
            if timer.elapsed >= patience:
                raise _refused(change, run, error, "RUN001") from error
            run.say(Retrying(change, (Kind.IN_USE if error.kind in IN_USE else error.kind).value, error.message))
            timer.pause(next(pauses))
        else:
            run.journal.outcome(change.id, "done")
            run.say(Answered(change))
            return False


def _read_evidence(reads: Iterable[Call], run: Run) -> list[Any]:
    """What AWS says of a thing that failed, read by read; a refusal is an answer, too."""
    said: list[Any] = []
    for read in reads:
        try:
            said.append(run.cloud.read(read))
        except CloudError as error:
            said.append(str(error))
    return said


def _await_effect(change: Change, wait: Wait, run: Run) -> dict[str, Any]:
    timer = Timer(run.pace)
    interval = min(10.0, max(1.0, wait.usual / 20))
    unanswered: float | None = None
    while True:
        try:
            answer, items = look(run.cloud, wait)
        except CloudError as error:
            # The change itself was carried out, and the journal says so: this is about a look only.
            unanswered = timer.elapsed if unanswered is None else unanswered
            if error.kind not in PASSING or timer.elapsed - unanswered >= PATIENCE_SECONDS:
                raise ChangeFailed(failure(error, change)) from error
            run.say(Retrying(change, error.kind.value, error.message))
            timer.pause(interval)
            continue
        unanswered = None
        if wait.gone and not items:
            return answer
        if len(items) > 1 and not wait.gone:
            raise ChangeFailed(stop("RUN004", change.id, change=change.id, twins=[str(item) for item in items]))
        if items and wait.failed and jmespath.search(wait.failed, answer):
            raise _wait_failed(change, wait, answer, run)
        if items and not wait.gone and (wait.ready is None or jmespath.search(wait.ready, answer)):
            return answer
        if timer.elapsed >= wait.limit:
            raise ChangeFailed(stop("RUN005", change.id, change=change.id, seconds=wait.limit))
        run.say(Waiting(change, timer.elapsed, wait.usual, "there" if items else "not seen yet"))
        timer.pause(interval)


def _wait_failed(change: Change, wait: Wait, answer: Mapping[str, Any], run: Run) -> ChangeFailed:
    said: Any = answer
    if wait.evidence:
        said = {"answer": answer, "evidence": _read_evidence(wait.evidence, run)}
    reasons = jmespath.search(wait.reasons, said) if wait.reasons else None
    evidence = run.journal.evidence(change.id, said)
    run.journal.outcome(change.id, "failed", evidence=str(evidence))
    about = {"change": change.id, "reasons": [str(reason) for reason in reasons or []]}
    return ChangeFailed(stop("RUN006", change.id, **about), evidence)


def _refused(change: Change, run: Run, error: CloudError, code: str) -> ChangeFailed:
    run.journal.outcome(change.id, "refused", code=error.code, message=error.message)
    return ChangeFailed(failure(error, change, code))


def failure(error: CloudError, change: Change, code: str = "RUN001") -> Finding:
    """What AWS said against a change, as a finding."""
    return stop(
        code,
        change.id,
        change=change.id,
        step=change.step,
        action=error.action,
        kind=error.kind.value,
        aws_code=error.code,
        said=error.message,
    )


def _write_file(change: Change, action: WriteFile | RemoveEntry, run: Run) -> None:
    run.journal.intent(change.id, as_data(action), None, None)
    try:
        if isinstance(action, RemoveEntry):
            kubeconfig.remove(Path(action.path), action.cluster, action.context)
        else:
            kubeconfig.put(Path(action.path), resolved(action.entry, run.answers))
    except (OSError, kubeconfig.KubeconfigError) as error:
        run.journal.outcome(change.id, "refused", message=str(error))
        raise ChangeFailed(stop("RUN007", change.id, path=action.path, said=str(error))) from error
    run.journal.outcome(change.id, "done")


def _resolved_wait(change: Change, answers: Mapping[str, Any]) -> Wait | None:
    if change.wait is None:
        return None
    wait = change.wait
    return Wait(
        **{
            **{name: getattr(wait, name) for name in wait.__dataclass_fields__},
            "read": Call(wait.read.service, wait.read.operation, resolved(wait.read.params, answers)),
        }
    )


def _token(change: Change, call: Call, run: Run) -> str | None:
    if not run.cloud.takes_token(call):
        return None
    last = run.journal.records().get(change.id)
    if last is not None and last.outcome is None and last.token:
        return last.token
    return str(uuid.uuid4())


def _growing() -> Iterator[float]:
    return chain((1.0, 2.0, 4.0, 8.0), repeat(10.0))
