"""AWS that does not answer, refuses, throttles or can't be reached: the wizard stays usable, says so, and recovers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from conftest import AccountUnderTest
from wizard_run import NOBODY, Wizard, over

NOT_STS = "(?!sts).*"


@asynccontextmanager
async def longest_gap() -> AsyncIterator[list[float]]:
    """The longest time in which the event loop came to nothing else, in seconds, once it has ended."""
    loop, found, ended = asyncio.get_running_loop(), [0.0], False

    async def tick() -> None:
        last = loop.time()
        while not ended:
            # A tick, not a wait for anything.
            await asyncio.sleep(0.01)
            now = loop.time()
            found[0] = max(found[0], now - last)
            last = now

    ticking = asyncio.create_task(tick())
    yield found
    ended = True
    await ticking


async def usable(used: Wizard) -> None:
    """Typing goes on and is taken, and so do Next, Back and the dialogs."""
    await used.fill("role.node.create", "other-nodes")
    await used.until(lambda: used.app.interview.answers.get("role.node.create") == "other-nodes")
    await used.press("f1")
    assert len(used.app.screen_stack) == 2
    await used.press("escape", "ctrl+b")
    await used.arrive("account")
    await used.press("ctrl+n")
    await used.arrive("role")


def test_a_call_that_is_not_answered(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        account.faults({"service": "iam", "operation": "GetRole", "what": "hold"})
        await used.show("role")
        async with longest_gap() as gap:
            assert await asyncio.to_thread(account.held) is not None
            assert "Reading AWS" in used.status
            await used.press("end", *"abc")
            await used.fill("role.cluster.create", "another-name")
        assert gap[0] < 0.3
        await used.press("f2", "escape", "f3", "escape")
        await usable(used)
        await used.until(lambda: "Reading AWS" in used.status)
        account.faults()
        await used.until(lambda: used.status.startswith("Read from"))

    over(account.endpoint_url, act)


def test_everything_is_refused(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        account.faults({"service": NOT_STS, "what": "refuse"})
        await used.go("role")
        assert "ROLE190" in used.codes
        await usable(used)
        account.faults()
        await used.press("f5")
        await used.until(lambda: "ROLE190" not in used.codes)

    over(account.endpoint_url, act)


def test_who_one_is_is_refused_too(account: AccountUnderTest) -> None:
    account.faults({"what": "refuse"})

    async def act(used: Wizard) -> None:
        await used.begin(**{"account.id": "123456789012", "account.region": "ap-northeast-1"})
        assert used.status.startswith("Not checked")
        await used.show("role")
        await usable(used)
        account.faults()
        await used.press("f5")
        await used.until(lambda: used.status.startswith("Read from account 123456789012"))

    over(account.endpoint_url, act)


def test_throttled(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        account.faults({"service": "iam", "what": "throttle"})
        await used.show("role")
        await used.until(lambda: used.app.reading)
        assert "Reading AWS" in used.status
        await usable(used)
        account.faults()
        await used.press("f5")
        await used.until(lambda: used.status.startswith("Read from"))
        assert "ROLE190" not in used.codes

    over(account.endpoint_url, act)


def test_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")

    async def act(used: Wizard) -> None:
        await used.begin(**{"account.id": "123456789012"})
        # Which region it is has to be known before there is a place to reach.
        assert "region" in used.status
        await used.fill("account.region", "ap-northeast-1")
        await used.until(lambda: "can't be reached" in used.status)
        await used.show("role")
        await usable(used)
        assert used.status.startswith("Not checked")

    over(NOBODY, act)


def test_a_late_answer_does_not_take_the_place_of_a_newer_one(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("cluster")
        account.faults({"service": "eks", "operation": "DescribeCluster", "what": "hold", "times": 1})
        await used.fill("cluster.name", "late")
        late: Any = await asyncio.to_thread(account.held)
        assert late is not None
        await used.fill("cluster.name", "new")
        await used.until(lambda: used.app.interview.is_fresh("cluster"))
        facts = used.app.interview.facts
        account.faults()
        await used.quiet()
        assert used.app.interview.answers["cluster.name"] == "new"
        assert used.app.interview.facts is facts
        assert used.status.startswith("Read from")

    over(account.endpoint_url, act)


def test_two_quick_answers_ask_once(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin("security_group")
        before = len(account.calls())
        await used.fill("security_group.create", "one")
        await used.quiet()
        once = [call["operation"] for call in account.calls()[before:]]
        assert once
        before = len(account.calls())
        interview, question = used.app.interview, used.at("security_group.create").question
        for name in ("two", "three"):
            interview.answer(question, name)
            used.app.answered("security_group")
        await used.quiet()
        assert sorted(call["operation"] for call in account.calls()[before:]) == sorted(once)
        assert used.app.interview.is_fresh("security_group")

    over(account.endpoint_url, act)
