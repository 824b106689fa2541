"""Carrying a plan out for the full-screen wizard, and the screen that is shown meanwhile."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from article_facts import ARTICLE, EMPTY, FINISHED, changed
from keyboard import press, settled
from screen_host import Clock, Host, interview_at
from screen_text import assert_golden, screen_text

from screens.building import BuildingScreen, carry_out, stack_lines
from screens.exit_codes import Exit
from screens.interview import Interview
from screens.progress import Board
from screens.session import Session
from wizard import engine
from wizard.cloud import Access, Cloud
from wizard.doors import Doors
from wizard.engine import View
from wizard.events import Crashed, Done, Event, Failed, Retrying, Started, Stopped, Waiting
from wizard.facts import Unknown
from wizard.findings import stop as stop_finding
from wizard.network import CLUSTER, STACK
from wizard.plan import Plan
from wizard.stack_events import StackEvent, stack_events

DENIED = {"what": "refuse", "code": "AccessDenied", "status": 403, "message": "not authorized to perform this"}
SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def interview(account: Any) -> Iterator[Interview]:
    with interview_at(account.endpoint_url) as found:
        yield found


class Told:
    """What is told while a plan is carried out; ``then`` may do something at each."""

    def __init__(self, then: Any = None) -> None:
        self.events: list[Event] = []
        self.views: list[View] = []
        self._then = then

    def __call__(self, what: Event | View) -> None:
        (self.views if isinstance(what, View) else self.events).append(what)  # type: ignore[arg-type]
        if self._then:
            self._then(what)


def planned(session: Session) -> Any:
    return engine.look(session.doors, session.profile).plan


# carry_out


def test_the_article_is_built_to_ready_nodes(account: Any, interview: Interview) -> None:
    session, told = interview.session(), Told()
    plan = planned(session)
    outcome = carry_out(session, plan, threading.Event(), told)
    assert (outcome.code, outcome.errors, outcome.built) == (Exit.DONE, (), True)
    assert {event.change.id for event in told.events if isinstance(event, Done)} == {c.id for c in plan.changes}
    assert outcome.view is told.views[-1]
    nodes = outcome.view.facts.kubeconfig.nodes
    assert isinstance(nodes, tuple)
    assert [node.ready for node in nodes] == [True, True]
    found = stack_events(session.doors, session.profile)
    assert isinstance(found, tuple)
    assert (found[0].status, found[-1].status) == ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    assert [event.at for event in found] == sorted(event.at for event in found)

    # Verifying goes the same way, and writes nothing.
    before = account.calls()[-1]["number"]
    again = carry_out(session, planned(session), threading.Event(), Told())
    assert (again.code, account.writes(before)) == (Exit.DONE, [])


def test_a_stop_in_the_middle_leaves_what_is_built(account: Any, interview: Interview) -> None:
    session, stop = interview.session(), threading.Event()
    told = Told(lambda what: stop.set() if isinstance(what, Done) and what.change.id == "vpc" else None)
    outcome = carry_out(session, planned(session), stop, told)
    assert (outcome.code, outcome.stopped, outcome.view) == (Exit.PARTWAY, True, None)
    assert isinstance(told.events[-1], Stopped)
    assert "vpc" in outcome.board.done
    assert STACK in outcome.board.left
    assert carry_out(session, planned(session), threading.Event(), Told()).code is Exit.DONE


def test_a_stop_before_the_first_write_and_while_verifying(account: Any, interview: Interview) -> None:
    session, stop = interview.session(), threading.Event()
    plan = planned(session)
    stop.set()
    outcome = carry_out(session, plan, stop, Told())
    assert (outcome.code, outcome.stopped, outcome.board.done) == (Exit.PARTWAY, True, [])
    assert account.writes() == []
    empty = Plan(plan.account, plan.region, plan.cluster, plan.profile_digest)
    verified = carry_out(session, empty, stop, Told())
    assert (verified.code, verified.stopped) == (Exit.PARTWAY, True)
    assert "not verified" in verified.errors[0].says


def test_another_run_holds_the_lock(account: Any, interview: Interview) -> None:
    session = interview.session()
    plan = planned(session)
    with session.journal().lock():
        outcome = carry_out(session, plan, threading.Event(), Told())
    assert outcome.code is Exit.FINDINGS
    assert "Another run" in outcome.errors[0].says
    assert account.writes() == []


def test_a_plan_that_changed_meanwhile_is_not_built(account: Any, interview: Interview) -> None:
    session = interview.session()
    plan = planned(session)
    list(engine.build(session.doors, session.profile, engine.look(session.doors, session.profile, "role").plan,
                      session.journal(), threading.Event(), "role"))  # fmt: skip
    before = account.calls()[-1]["number"]
    outcome = carry_out(session, plan, threading.Event(), Told())
    assert outcome.code is Exit.FINDINGS
    assert plan.digest in outcome.errors[0].says
    assert "removed  role.node" in outcome.errors[1].because
    assert account.writes(before) == []


def test_what_stops_it_is_found_just_before_the_first_write(account: Any, interview: Interview) -> None:
    session = interview.session()
    plan = planned(session)
    account.client("iam").create_role(
        RoleName="eksNodeRole",
        AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
    )
    account.settled()
    outcome = carry_out(session, plan, threading.Event(), Told())
    assert outcome.code is Exit.FINDINGS
    assert any("eksNodeRole" in said.says for said in outcome.errors)


def test_aws_can_not_be_reached(account: Any, interview: Interview) -> None:
    session = interview.session()
    plan = planned(session)
    nowhere = Access(region=account.region, endpoint_url="http://127.0.0.1:9", practice=True, access_key="a",
                     secret_key="b", time_scale=0)  # fmt: skip
    cut_off = Session(Doors(Cloud(nowhere), session.doors.machine), session.places, session.practice, False,
                      session.profile)  # fmt: skip
    outcome = carry_out(cut_off, plan, threading.Event(), Told())
    assert outcome.code is Exit.AWS
    assert "can't be reached" in outcome.errors[0].says
    assert isinstance(stack_events(cut_off.doors, cut_off.profile), Unknown)


def test_a_change_that_aws_refuses(account: Any, interview: Interview) -> None:
    session = interview.session()
    plan = planned(session)
    account.faults({**DENIED, "service": "eks", "operation": "CreateCluster"})
    outcome = carry_out(session, plan, threading.Event(), Told())
    assert (outcome.code, outcome.built, outcome.view) == (Exit.PARTWAY, False, None)
    assert "eks:CreateCluster" in outcome.errors[0].says


def test_built_but_not_verified(account: Any, interview: Interview) -> None:
    session = interview.session()
    plan = planned(session)
    empty = Plan(plan.account, plan.region, plan.cluster, plan.profile_digest)
    account.faults({"service": "sts", "what": "refuse"})
    outcome = carry_out(session, empty, threading.Event(), Told())
    assert outcome.code is Exit.UNVERIFIED
    assert "sts:GetCallerIdentity" in outcome.errors[0].says


def test_a_bug_is_an_outcome_too(account: Any, interview: Interview) -> None:
    session = interview.session()

    def broken(_: object) -> None:
        raise RuntimeError("unforeseen")

    outcome = carry_out(session, planned(session), threading.Event(), broken)
    assert outcome.code is Exit.BUG
    assert "RuntimeError: unforeseen" in outcome.errors[0].says


def test_a_stack_that_is_not_there_has_no_events(account: Any, interview: Interview) -> None:
    session = interview.session()
    assert stack_events(session.doors, session.profile) == ()
    account.faults({**DENIED, "operation": "DescribeStackEvents"})
    assert isinstance(stack_events(session.doors, session.profile), Unknown)


# The screen

PLAN = engine.judge(ARTICLE, EMPTY).plan
BY_ID = {change.id: change for change in PLAN.changes}


def host(interview: Interview, clock: Clock) -> Host:
    found = Host(lambda: BuildingScreen(lambda: datetime(2026, 7, 14, 9, 30, tzinfo=UTC)), interview)
    found.board = Board(PLAN, 1.0, clock)
    return found


def screen(app: Host) -> BuildingScreen:
    found = app.screen_stack[0]
    assert isinstance(found, BuildingScreen)
    return found


async def happen(app: Host, pilot: Any, *events: Event) -> None:
    """What the app does with each event."""
    assert app.board is not None
    for event in events:
        app.board.take(event)
        screen(app).take(event)
    await settled(pilot)


def early(clock: Clock) -> list[Event]:
    ids = list(BY_ID)[:6]
    return [
        *(event for name in ids for event in (Started(BY_ID[name]), Done(BY_ID[name], 4.0, found=name == ids[2]))),
        Started(BY_ID[CLUSTER]),
        Waiting(BY_ID[CLUSTER], 120, 600, "there"),
        Started(BY_ID["endpoints.sts"]),
        Retrying(BY_ID["endpoints.sts"], "throttled", "Rate exceeded\x1b[2J"),
    ]


@pytest.mark.parametrize("size", SIZES)
def test_under_way(interview: Interview, size: tuple[int, int]) -> None:
    async def run() -> None:
        clock = Clock()
        app = host(interview, clock)
        async with app.run_test(size=size) as pilot:
            await happen(app, pilot, *early(clock))
            clock.at += 65
            screen(app).show_now()
            await settled(pilot)
            await assert_golden(pilot, f"building-under-way-{size[0]}")

    asyncio.run(run())


@pytest.mark.parametrize("size", SIZES)
def test_a_failure_and_a_stop(interview: Interview, size: tuple[int, int]) -> None:
    async def run() -> None:
        clock = Clock()
        app = host(interview, clock)
        async with app.run_test(size=size) as pilot:
            await happen(app, pilot, *early(clock))
            app.stop.set()
            screen(app).show_now()
            await pilot.pause()
            assert "Stopping eksCluster: 6 of " in screen_text(app)
            failed = Failed(BY_ID["endpoints.sts"], stop_finding("RUN001", "x"))
            await happen(app, pilot, failed, Crashed(BY_ID[CLUSTER], ValueError("x")), Stopped())
            await assert_golden(pilot, f"building-failed-{size[0]}")

    asyncio.run(run())


@pytest.mark.parametrize("size", SIZES)
def test_verifying_says_what_is_amiss_still(interview: Interview, size: tuple[int, int]) -> None:
    unready = tuple(replace(node, ready=False, reason="KubeletNotReady") for node in FINISHED.kubeconfig.nodes)  # type: ignore[union-attr, arg-type]
    facts = changed(FINISHED, "kubeconfig", nodes=unready)
    view = engine.judge(ARTICLE, facts)
    found = tuple(found for step in engine.STEPS for found in step.verify(ARTICLE, facts, view.network))

    async def run() -> None:
        clock = Clock()
        app = host(interview, clock)
        async with app.run_test(size=size) as pilot:
            await happen(app, pilot, *(Done(change, 4.0, found=False) for change in PLAN.changes))
            screen(app).verifying(replace(view, findings=found))
            clock.at += 90
            screen(app).verifying(replace(view, findings=found))
            await settled(pilot)
            await assert_golden(pilot, f"building-verifying-{size[0]}")
            assert screen_text(app).count("KUBE7") == 1

    asyncio.run(run())


def test_the_stack_is_watched_while_it_is_under_way(account: Any, interview: Interview) -> None:
    session = interview.session()

    async def run() -> None:
        app = host(interview, Clock())
        app.board = Board(PLAN, 0.0)
        async with app.run_test(size=(120, 40)) as pilot:
            assert not screen(app).query_one("#stack").display
            await happen(app, pilot, Started(BY_ID[STACK]))
            while "CloudFormation has nothing to tell yet" not in screen_text(app):
                await pilot.pause()
            assert "cloudformation.DescribeStackEvents" in {
                f"{call['service']}.{call['operation']}" for call in account.calls()
            }
            await happen(app, pilot, Done(BY_ID[STACK], 1.0, found=False))
            assert not screen(app).query_one("#stack").display
            await app.workers.wait_for_complete()

    assert session.doors is not None
    asyncio.run(run())


def test_events_of_a_stack_are_lines_that_can_be_shown() -> None:
    at = datetime(2026, 7, 14, 9, 30).astimezone()
    events = (
        StackEvent(at, "eksCluster-nodes", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", ""),
        StackEvent(at, "Group", "AWS::AutoScaling::AutoScalingGroup", "CREATE_FAILED", "no\x1b[2J room"),
    )
    assert stack_lines(events) == [
        "09:30:00 CREATE_FAILED      Group (AWS::AutoScaling::AutoScalingGroup) no\\x1b[2J room",
        "09:30:00 CREATE_IN_PROGRESS eksCluster-nodes (AWS::CloudFormation::Stack)",
    ]
    assert stack_lines(()) == ["CloudFormation has nothing to tell yet."]
    assert stack_lines(Unknown("a:B", "not\nallowed")) == ["CloudFormation does not tell: not allowed"]


def test_another_build_begins_with_an_empty_log(interview: Interview) -> None:
    async def run() -> None:
        app = host(interview, Clock())
        async with app.run_test(size=(80, 24)) as pilot:
            await happen(app, pilot, *early(Clock()))
            assert "09:30:00 done" in screen_text(app)
            app.board = Board(PLAN, 1.0)
            screen(app).show_now()
            await pilot.pause()
            text = screen_text(app)
            assert "09:30:00" not in text
            assert f"0 of {len(PLAN.changes)}" in text

    asyncio.run(run())


def test_what_happened_before_the_screen_was_there_is_in_its_log(interview: Interview) -> None:
    async def run() -> None:
        app = host(interview, Clock())
        assert app.board is not None
        app.board.take(Done(BY_ID[CLUSTER], 5, found=False))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert f"1 of {len(PLAN.changes)} changes done" in screen_text(app)

    asyncio.run(run())


def test_without_a_build_it_says_so(interview: Interview) -> None:
    async def run() -> None:
        app = host(interview, Clock())
        app.board = None
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert "Nothing is being built" in screen_text(app)

    asyncio.run(run())


@pytest.mark.parametrize(("keys", "stopped"), [(("enter",), False), (("escape",), False), (("right", "enter"), True)])
def test_stopping_is_asked_for(interview: Interview, keys: tuple[str, ...], stopped: bool) -> None:
    async def run() -> None:
        app = host(interview, Clock())
        async with app.run_test(size=(80, 24)) as pilot:
            await happen(app, pilot, *early(Clock()))
            await press(pilot, "ctrl+s")
            await pilot.pause()
            text = screen_text(app)
            assert "Stop after the change in hand" in text
            assert "Keep going" in text
            await press(pilot, *keys)
            await app.workers.wait_for_complete()
            assert app.stop.is_set() is stopped

    asyncio.run(run())


def test_the_palette_stops_too_until_it_is_stopping(interview: Interview) -> None:
    async def run() -> None:
        app = host(interview, Clock())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert [command.title for command in screen(app).commands()] == ["Stop …"]
            app.stop.set()
            assert list(screen(app).commands()) == []

    asyncio.run(run())
