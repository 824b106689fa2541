"""What one has to be allowed: each write refused in turn, and a build and an undo under exactly their policies."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from resources import standing, twins

from wizard import engine, permissions
from wizard.events import Crashed, Event, Failed
from wizard.plan import Call


def only(allowed: Iterable[str]) -> list[dict[str, Any]]:
    """Faults that refuse every call which these IAM actions do not allow."""
    by_service: dict[str, list[str]] = {}
    for action in allowed:
        service, _, operation = action.partition(":")
        by_service.setdefault(service, []).append(operation.replace("*", ".*"))
    rules = [
        {"service": service, "operation": f"(?!(?:{'|'.join(operations)})$).*", "what": "refuse"}
        for service, operations in by_service.items()
    ]
    return [*rules, {"service": f"(?!(?:{'|'.join(by_service)})$).*", "what": "refuse"}]


def actions(policy: Mapping[str, Any]) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def failed(events: Iterable[Event]) -> list[Failed]:
    return [event for event in events if isinstance(event, Failed)]


def taken_back(operator: Any) -> list[Event]:
    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    stop = threading.Event()
    events = list(engine.take_back(operator.doors, operator.profile, plan, operator.journal, stop))
    assert not [event for event in events if isinstance(event, Crashed)]
    return events


def test_each_write_is_refused_in_turn_and_the_next_build_goes_on(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    calls = [change.action for change in operator.look().plan.changes if isinstance(change.action, Call)]
    left = {f"{call.service}:{call.operation}" for call in calls}
    assert len(left) > 15
    while left:
        # Several changes run at once, and more than one may be refused in one build.
        account.faults(*({"service": s, "operation": o, "what": "refuse"} for s, o in (one.split(":") for one in left)))
        refused = [(event.change.action, event.finding) for event in failed(operator.build())]
        assert refused
        for call, finding in refused:
            action = f"{call.service}:{call.operation}"
            assert (finding.code, finding.about["kind"], finding.about["action"]) == ("RUN001", "denied", action)
            left.discard(action)
    account.faults()
    assert not failed(operator.build())
    assert twins(account) == []
    assert operator.look().plan.changes == ()


def test_without_one_of_its_actions_it_does_not(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    view = operator.look()
    allowed = actions(permissions.policy(view.plan, view.facts.role.service_linked))
    account.faults(*only(allowed - {"eks:CreateAddon"}))
    assert {event.finding.about["action"] for event in failed(operator.build())} == {"eks:CreateAddon"}


def test_an_undo_runs_under_exactly_what_its_policy_allows(builder: Callable[..., Any], account: Any) -> None:
    before = standing(account)
    operator = builder()
    operator.build()
    account.settled()
    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    account.faults(*only(actions(permissions.undoing(plan))))
    assert not failed(taken_back(operator))
    account.faults()
    assert standing(account) == before


def test_the_reads_of_an_undo_are_those_that_it_makes(builder: Callable[..., Any], account: Any) -> None:
    operator = builder("managed-nodes.yaml")
    operator.build()
    start = account.calls()[-1]["number"]
    engine.look_to_undo(operator.doors, operator.profile)
    seen = {f"{call['service']}:{call['operation']}" for call in account.calls(start)}
    assert seen == set(permissions.UNDO_READS)
