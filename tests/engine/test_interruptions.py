"""What a failed look, a lost answer, a stop or a failure in the middle leave behind, and that it is enough to go on."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from resources import twins

from wizard import engine
from wizard.apply import AT_ONCE, apply
from wizard.events import Answered, Done, Failed, Retrying, Started, Stopped, Waiting
from wizard.journal import Journal


def test_a_look_that_is_refused_after_the_call_does_not_undo_what_the_journal_knows(
    builder: Callable[..., Any], account: Any
) -> None:
    operator = builder()
    # The first two looks are the plan's and the build's own; the third waits for what CreateVpc made.
    account.faults({"operation": "DescribeVpcs", "skip": 2, "times": 1, "what": "refuse"})

    failed = [event.finding for event in operator.build() if isinstance(event, Failed)]

    assert [finding.about["action"] for finding in failed] == ["ec2:DescribeVpcs"]
    assert operator.journal.records()["vpc"].outcome == "done"
    operator.build()
    assert twins(account) == []


def test_a_look_that_gets_no_answer_for_a_while_does_not_fail_the_build(
    builder: Callable[..., Any], account: Any
) -> None:
    operator = builder()
    account.faults({"operation": "DescribeVpcs", "skip": 2, "times": 5, "what": "error", "status": 503})

    events = operator.build(until="role") + operator.build(until="vpc")

    assert not [event for event in events if isinstance(event, Failed)]
    assert [event for event in events if isinstance(event, Retrying) and event.change.id == "vpc"]


def test_what_may_have_been_carried_out_stays_open_and_keeps_its_token(
    builder: Callable[..., Any], account: Any
) -> None:
    operator = builder()
    account.faults({"operation": "CreateVpcEndpoint", "times": None, "when": "before", "what": "reset"})

    for _ in range(2):
        failed = [event.finding.code for event in operator.build(until="endpoints") if isinstance(event, Failed)]
        assert "RUN003" in failed

    records = operator.journal.records()
    opened = [change for change, record in records.items() if change.startswith("endpoints.") and not record.outcome]
    assert opened
    for change in opened:
        intents = [line for line in journal_lines(operator.journal) if line["change"] == change]
        assert {line["kind"] for line in intents} == {"intent"}
        assert len({line["token"] for line in intents}) == 1
    account.faults()
    operator.build(until="endpoints")
    assert twins(account) == []


def test_each_sending_is_in_the_journal_before_it(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    account.faults({"operation": "CreateVpc", "times": 2, "when": "before", "what": "reset"})

    operator.build(until="vpc")

    intents = [line for line in journal_lines(operator.journal) if line["change"] == "vpc" and line["kind"] == "intent"]
    assert len(intents) == 3


def test_a_stop_keeps_back_what_no_thread_was_free_for(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    many = tuple(IPv4Network(f"10.{number}.0.0/16") for number in range(10, 50))
    operator.profile = operator.profile.model_copy(
        update={"site": operator.profile.site.model_copy(update={"on_premises_cidrs": many})}
    )
    rules = {"operation": "AuthorizeSecurityGroupIngress", "times": None, "when": "before", "what": "hold"}
    account.faults(rules)
    stop = threading.Event()
    plan = operator.look().plan
    events: list[Any] = []
    build = engine.build(operator.doors, operator.profile, plan, operator.journal, stop)
    draining = threading.Thread(target=lambda: events.extend(build))
    draining.start()
    assert account.held()

    stop.set()
    account.release()
    account.faults()
    draining.join()

    assert isinstance(events[-1], Stopped)
    assert len([call for call in account.writes() if call == "ec2.AuthorizeSecurityGroupIngress"]) <= AT_ONCE


def test_a_stop_that_drops_the_last_wait_is_told(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    plan = operator.look().plan
    vpc = next(change for change in plan.changes if change.id == "vpc")
    assert vpc.wait is not None
    never = replace(plan, changes=(replace(vpc, wait=replace(vpc.wait, ready="`false`")),))
    stop = threading.Event()
    events = []
    for event in apply(never, operator.doors.cloud, operator.journal, stop):
        events.append(type(event))
        if isinstance(event, Waiting):
            stop.set()

    assert events[:2] == [Started, Answered]
    assert events[-1] is Stopped
    assert Done not in events


def test_a_lock_is_given_back_by_another_thread_than_took_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    held = journal.lock()
    taking = threading.Thread(target=held.__enter__)
    taking.start()
    taking.join()

    held.__exit__(None, None, None)

    with Journal(tmp_path).lock():
        pass


def test_a_journal_with_bytes_of_something_else_in_it_is_still_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.intent("vpc", {}, "token", None)
    with journal.path.open("ab") as file:
        file.write(b"\n\x00\xff\xfe half a li")
    journal.outcome("vpc", "done")

    assert journal.records()["vpc"].outcome == "done"


def journal_lines(journal: Journal) -> list[dict[str, Any]]:
    """What the journal holds, in order."""
    return [json.loads(line) for line in journal.path.read_text().splitlines() if line]
