"""What is read while someone goes on: nothing twice, nothing of another region, nothing that fails unsaid."""

import asyncio
import threading

import pytest
from conftest import AccountUnderTest
from keyboard import Operator, at_screen
from screen_text import screen_text
from wizard_run import Wizard, over

from screens.dialogs import LeaveDialog
from screens.interview import Connected, Interview, Look
from screens.leaving import told
from screens.standing import step_lines
from wizard.engine import STEP_NAMES
from wizard.places import places
from wizard.practice import process
from wizard.practice.process import PracticeAccount


def test_whoever_goes_on_at_once_gets_one_practice_account(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[PracticeAccount] = []
    start = process.start

    def counted(*, time_scale: float, settle: float | None) -> PracticeAccount:
        started.append(start(time_scale=time_scale, settle=settle))
        return started[-1]

    monkeypatch.setattr(process, "start", counted)

    async def act(used: Operator) -> None:
        await used.until(lambda: used.app.is_loaded)
        await used.press("enter")
        await used.quiet()
        for thread in [each for each in threading.enumerate() if each.name == "read"]:
            await asyncio.to_thread(thread.join, 30)
        assert used.app.interview.account is not None

    at_screen(act, "wizard", "--practice", "--time-scale", "0")
    assert len(started) == 1


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1", "http://[::1", "http://127.0.0.1:port"])
def test_an_endpoint_that_is_no_url_is_said(url: str) -> None:
    async def act(used: Operator) -> None:
        await used.quiet()
        assert f"{url} is no URL of an endpoint" in used.text

    at_screen(act, "wizard", "--endpoint-url", url)


def test_a_bug_while_connecting_is_said(account: AccountUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_interview: Interview) -> Connected:
        raise KeyError("unforeseen")

    monkeypatch.setattr(Interview, "connect", broken)

    async def act(used: Operator) -> None:
        await used.quiet()
        assert "A bug of eks-wizard ended this read (KeyError)" in used.text
        assert not used.app.connecting

    at_screen(act, "wizard", "--endpoint-url", account.endpoint_url)


def test_the_region_that_was_asked_for_is_kept_when_aws_is_asked_again(account: AccountUnderTest) -> None:
    async def act(used: Operator) -> None:
        await used.quiet()
        used.app.interview.take_connection(await asyncio.to_thread(used.app.interview.connect))
        assert used.app.interview.account is not None
        assert used.app.interview.account.region == "eu-west-1"

    at_screen(act, "wizard", "--endpoint-url", account.endpoint_url, "--region", "eu-west-1")


def test_a_look_through_a_connection_that_was_replaced_is_dropped(
    account: AccountUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, begun, go_on = Interview.look, threading.Event(), threading.Event()

    def slow(interview: Interview, step: str, *, again: bool = False, whole: bool = False) -> Look:
        found = look(interview, step, again=again, whole=whole)
        begun.set()
        assert go_on.wait(30)
        return found

    async def act(used: Operator) -> None:
        await used.quiet()
        monkeypatch.setattr(Interview, "look", slow)
        used.app.look_soon("account")
        await used.until(begun.is_set)
        used.app.interview.take_connection(await asyncio.to_thread(used.app.interview.connect))
        go_on.set()
        await used.quiet()
        assert used.app.interview.looks == {}

    at_screen(act, "wizard", "--endpoint-url", account.endpoint_url)


async def _type_cidr(used: Operator) -> None:
    await used.quiet()
    await used.press("enter")
    await used.quiet()
    await used.to("site.on_premises_cidrs")
    await used.type("10.0.0.0/16")


def test_next_takes_what_was_typed_last(account: AccountUnderTest) -> None:
    async def act(used: Operator) -> None:
        await _type_cidr(used)
        await used.to("site.proxy.url")
        await used.type("http://proxy.example.internal:8080")
        await used.next("role")
        await used.until(lambda: used.app.interview.is_fresh("role"))
        assert used.app.interview.answers["site.proxy.url"] == "http://proxy.example.internal:8080"

    at_screen(act, "wizard", "--endpoint-url", account.endpoint_url)


@pytest.mark.parametrize(("keys", "mode"), [(("ctrl+b",), "welcome"), (("f2", "down", "down", "enter"), "vpc")])
def test_a_jump_takes_what_was_typed_last(account: AccountUnderTest, keys: tuple[str, ...], mode: str) -> None:
    async def act(used: Operator) -> None:
        await _type_cidr(used)
        await used.press(*keys)
        assert used.app.current_mode == mode
        assert used.app.interview.answers["site.on_premises_cidrs"] == "10.0.0.0/16"
        await used.quiet()

    at_screen(act, "wizard", "--endpoint-url", account.endpoint_url)


def test_leaving_keeps_what_was_typed_last_and_asks(account: AccountUnderTest) -> None:
    async def act(used: Operator) -> None:
        await _type_cidr(used)
        await used.press("ctrl+c")
        assert isinstance(used.app.screen, LeaveDialog), screen_text(used.app)
        draft = used.app.interview.draft
        assert draft is not None
        assert "10.0.0.0/16" in draft.read_text()
        await used.quiet()

    at_screen(act, "wizard", "--endpoint-url", account.endpoint_url)


def test_leaving_does_not_claim_that_answers_are_kept_that_are_not(account: AccountUnderTest) -> None:
    state = places().state
    state.parent.mkdir(parents=True)
    state.write_text("a file where a folder should be")

    async def act(used: Operator) -> None:
        await _type_cidr(used)
        await used.press("ctrl+c")
        assert isinstance(used.app.screen, LeaveDialog), screen_text(used.app)
        assert "are not kept" in used.text
        await used.quiet()

    app = at_screen(act, "wizard", "--endpoint-url", account.endpoint_url)
    assert not [line for line in told(app.interview, None) if "drafts" in line]


def test_a_step_that_was_read_for_other_answers_is_not_called_right(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("vpc")
        assert "ok" in _standing(used)["vpc"]
        used.app.interview.put({"vpc.create.cidr": "10.150.0.0/16"})
        assert "not checked" in _standing(used)["vpc"]

    over(account.endpoint_url, act)


def _standing(used: Wizard) -> dict[str, str]:
    return dict(zip(STEP_NAMES, step_lines(used.app.interview), strict=False))
