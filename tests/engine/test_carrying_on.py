"""What is under way when somebody agrees to a plan may be complete when the plan is applied."""

import threading
from collections.abc import Callable
from typing import Any

from builders import Builder

from wizard import engine
from wizard.events import Done, Started
from wizard.plan import Call, Change, Plan, Ref, carries_on


def test_a_cluster_that_became_active_meanwhile_is_no_other_plan(builder: Callable[..., Builder], account: Any) -> None:
    operator = builder()
    stop = threading.Event()
    for event in engine.build(operator.doors, operator.profile, operator.look().plan, operator.journal, stop):
        if isinstance(event, Started) and event.change.id == "cluster":
            stop.set()
    engine.recover(operator.doors, operator.journal, threading.Event())
    agreed = operator.look().plan
    waited_for = [change.id for change in agreed.changes if change.verb == "wait"]
    assert "cluster" in waited_for
    account.pass_time(700)

    events = list(engine.build(operator.doors, operator.profile, agreed, operator.journal, threading.Event()))

    done = [event.change.id for event in events if isinstance(event, Done)]
    assert sorted(done) == sorted(change.id for change in agreed.changes)
    assert operator.look().plan.changes == ()


def test_only_an_ended_wait_makes_two_plans_one() -> None:
    def plan(*changes: Change) -> Plan:
        return Plan("1", "r", "c", "d", changes)

    wait = Change("cluster", "cluster", "wait", None)
    waiting = Change("stack", "nodes", "create", Call("x", "Y", {"A": Ref("cluster", "arn"), "B": ["b"]}))
    known = Change("stack", "nodes", "create", Call("x", "Y", {"A": "arn:1", "B": ["b"]}))
    other = Change("stack", "nodes", "create", Call("x", "Y", {"A": "arn:1", "B": ["c"]}))
    making = Change("cluster", "cluster", "create", Call("x", "Z", {}))
    assert carries_on(plan(known), plan(wait, waiting))
    assert carries_on(plan(wait, waiting), plan(wait, waiting))
    assert not carries_on(plan(other), plan(wait, waiting))
    assert not carries_on(plan(wait, other), plan(wait, waiting))
    assert not carries_on(plan(known, making), plan(wait, waiting))
    assert not carries_on(plan(known), plan(making, waiting)), "a creation does not end by itself"
    assert not carries_on(plan(wait, waiting), plan(known)), "what was complete is not under way again"
