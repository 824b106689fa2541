"""The review: what it shows of an account, and when it lets a build begin."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from article_facts import ARTICLE, EMPTY, FINISHED, HIDDEN, changed
from keyboard import press
from screen_host import Host, interview_at
from screen_text import assert_golden, screen_text

from screens import review_pages
from screens.interview import Interview
from screens.review import TABS, ReviewScreen
from wizard import engine, profile
from wizard.findings import Severity
from wizard.plan import Call, Change

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def interview(account: Any) -> Iterator[Interview]:
    with interview_at(account.endpoint_url) as found:
        yield found


class Held(Host):
    """A host whose looks wait until the test lets them go on; they find what the test says."""

    facts: Any = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.go_on = asyncio.Event()

    async def _before_look(self) -> None:
        await self.go_on.wait()

    async def look(self, step: str, *, again: bool = False) -> None:
        await super().look(step, again=again)
        if self.facts is not None:
            self.interview.take(replace(self.interview.looks[step], facts=self.facts))


def screen(app: Host) -> ReviewScreen:
    found = app.screen_stack[0]
    assert isinstance(found, ReviewScreen)
    return found


Then = Callable[[Host, Any], Any]


def at_review(interview: Interview, size: tuple[int, int], then: Then, host: type[Host] = Host) -> Host:
    """Opens the review, waits for its look and does ``then``. Returns the app."""
    app = host(ReviewScreen, interview)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await app.workers.wait_for_complete()
            await pilot.pause()
            await then(app, pilot)

    asyncio.run(run())
    return app


def golden(name: str, size: tuple[int, int], *keys: str) -> Then:
    """Presses keys; then the screen is as the golden says."""

    async def then(app: Host, pilot: Any) -> None:
        await press(pilot, *keys)
        await app.workers.wait_for_complete()
        await pilot.pause()
        view = screen(app).view
        digest = view.plan.digest if view else "no digest"
        await assert_golden(pilot, f"review-{name}-{size[0]}", (digest, "0" * 64), (digest[:12], "0" * 12))

    return then


@pytest.mark.parametrize("size", [SIZES[0], pytest.param(SIZES[1], marks=pytest.mark.long)])
@pytest.mark.parametrize(("number", "name"), list(enumerate(TABS, 1)))
def test_each_page(
    interview: Interview, monkeypatch: pytest.MonkeyPatch, number: int, name: str, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/taro/.config")
    at_review(interview, size, golden(name, size, str(number)))


@pytest.mark.parametrize("size", SIZES)
def test_while_aws_is_read(interview: Interview, size: tuple[int, int]) -> None:
    async def run() -> None:
        app = Held(ReviewScreen, interview)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.pause()
            await assert_golden(pilot, f"review-loading-{size[0]}")
            await press(pilot, "ctrl+n")
            assert app.built == []
            app.go_on.set()
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert "Reading all of it" not in screen_text(app)

    asyncio.run(run())


@pytest.mark.parametrize("size", SIZES)
def test_what_stops_it(interview: Interview, account: Any, size: tuple[int, int]) -> None:
    interview.answers = {**interview.answers, "site.on_premises_cidrs": "10.110.0.0/16"}
    app = at_review(interview, size, golden("stops", size))
    assert app.built == []
    assert account.writes() == []


@pytest.mark.parametrize("size", SIZES)
def test_what_aws_would_not_let_us_see(interview: Interview, account: Any, size: tuple[int, int]) -> None:
    account.faults({"what": "refuse", "code": "AccessDenied", "status": 403, "message": "not authorized",
                    "service": "iam", "operation": "GetPolicy"})  # fmt: skip
    at_review(interview, size, golden("unknown", size))


@pytest.mark.parametrize("size", SIZES)
def test_aws_does_not_answer(interview: Interview, account: Any, size: tuple[int, int]) -> None:
    account.faults({"service": "sts", "what": "refuse", "code": "ExpiredToken", "message": "The token is expired"})
    at_review(interview, size, golden("unreachable", size))


@pytest.mark.parametrize("size", SIZES)
def test_an_empty_plan_is_verified_without_a_name(interview: Interview, size: tuple[int, int]) -> None:
    class Finished(Held):
        facts = FINISHED

        async def _before_look(self) -> None:
            pass

    app = at_review(interview, size, golden("nothing-to-do", size), Finished)
    assert app.built == []
    app = at_review(interview, size, golden("nothing-to-do", size, "ctrl+n"), Finished)
    assert [plan.changes for plan in app.built] == [()]


def test_warnings_are_accepted_one_by_one_and_only_by_asking(interview: Interview) -> None:
    interview.answers = {**interview.answers, "cluster.addons": "vpc-cni"}

    async def then(app: Host, pilot: Any) -> None:
        await app.workers.wait_for_complete()
        open_ = screen(app).to_accept()
        assert {finding.severity for finding in open_} == {Severity.WARN}
        assert f"Warnings and unknowns to accept: {len(open_)}." in " ".join(screen_text(app).split())
        await press(pilot, "ctrl+n")
        await pilot.pause()
        assert len(app.screen_stack) == 1
        await press(pilot, "ctrl+a")
        await pilot.pause()
        assert all(f"WARN    {finding.code}" in screen_text(app) for finding in open_)
        await press(pilot, "enter")
        await app.workers.wait_for_complete()
        assert screen(app).to_accept() == open_
        await press(pilot, "ctrl+a", "right", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert screen(app).why_not() == ""
        assert "[ Accept" not in screen_text(app)

    at_review(interview, (80, 24), then)


def test_the_name_is_typed_the_profile_is_saved_and_the_build_begins(interview: Interview, account: Any) -> None:
    async def then(app: Host, pilot: Any) -> None:
        assert screen(app).view is not None
        looks = len(account.calls())
        await press(pilot, "ctrl+n", *"wrong", "enter")
        await pilot.pause()
        assert app.built == []
        await press(pilot, "escape")
        await app.workers.wait_for_complete()
        assert app.built == []
        await press(pilot, "ctrl+n", *"eksCluster", "enter")
        await app.workers.wait_for_complete()
        assert len(account.calls()) == looks, "a dialog is no leaving: nothing is read again"

    app = at_review(interview, (80, 24), then)
    assert interview.source is not None
    assert profile.load(interview.source) == interview.profile()
    assert [plan.digest for plan in app.built] == [interview.view("kubeconfig").plan.digest]  # type: ignore[union-attr]
    assert account.writes() == []


def test_a_profile_that_can_not_be_saved_is_not_built(interview: Interview, tmp_path: Path) -> None:
    config = Path.home() / ".config" / "eks-wizard"
    config.parent.mkdir(parents=True)
    config.write_text("in the way")

    async def then(app: Host, pilot: Any) -> None:
        await press(pilot, "ctrl+n", *"eksCluster", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "The profile can't be saved, and nothing is built" in screen_text(app)

    assert at_review(interview, (80, 24), then).built == []


def test_enter_on_a_finding_goes_to_its_question(interview: Interview) -> None:
    interview.answers = {**interview.answers, "site.on_premises_cidrs": "10.110.0.0/16"}

    async def then(app: Host, pilot: Any) -> None:
        found = screen(app).findings()
        assert found
        await press(pilot, "home", "enter")

    app = at_review(interview, (80, 24), then)
    worst = next(finding for finding in interview.view("kubeconfig").findings if finding.severity is Severity.STOP)  # type: ignore[union-attr]
    assert app.gone == [worst.where]


def test_missing_answers_are_listed_and_nothing_is_built(interview: Interview) -> None:
    interview.answers = {**interview.answers, "cluster.name": ""}

    async def then(app: Host, pilot: Any) -> None:
        assert "ANSWER" in screen_text(app)
        assert "Answers that are missing or can't be read: 1." in screen_text(app)
        await press(pilot, "7")
        await pilot.pause()
        assert "cluster.name" in screen_text(app)

    assert at_review(interview, (80, 24), then).built == []


def test_each_visit_reads_anew(interview: Interview, account: Any) -> None:
    async def then(app: Host, pilot: Any) -> None:
        before = len(account.calls())
        app.switch_mode("elsewhere")
        await pilot.pause()
        app.switch_mode("tested")
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert len(account.calls()) > before

    at_review(interview, (80, 24), then)


def test_an_answer_that_changed_since_the_look_has_to_be_read_again(interview: Interview) -> None:
    async def then(app: Host, pilot: Any) -> None:
        interview.put({"nodes.desired": "3"})
        screen(app).show_now()
        await pilot.pause()
        assert "Answers have changed since AWS was read" in screen_text(app)
        await press(pilot, "ctrl+n")
        assert len(app.screen_stack) == 1

    at_review(interview, (80, 24), then)


# The pages


def test_a_change_shows_all_that_is_sent() -> None:
    change = Change("vpc", "vpc", "create", Call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16\x1b[2J"}), after=("a",))
    assert review_pages.change_detail(change).splitlines() == [
        "create vpc: ec2:CreateVpc CidrBlock=10.0.0.0/16\\x1b[2J",
        "After: a",
        "{",
        '  "CidrBlock": "10.0.0.0/16\\u001b[2J"',
        "}",
    ]
    waits = Change("vpc", "vpc", "wait", None)
    assert review_pages.change_detail(waits) == "wait vpc: waits for what is under way"


def test_the_header_counts() -> None:
    view = engine.judge(ARTICLE, changed(EMPTY, "vpc", vpc=HIDDEN))
    unknown = sum(finding.severity is Severity.UNKNOWN for finding in view.findings)
    stops = sum(finding.severity is Severity.STOP for finding in view.findings)
    said = review_pages.header(view.plan, view.findings)
    assert f"{len(view.plan.changes)} changes, {stops} STOP, 0 WARN, {unknown} unknown" in said
    assert view.plan.digest[:12] in said
