"""One profile, three faces: typed on the full screen, typed line by line, or replayed from its file.

What is found, planned and then made is the same, whichever way the answers came.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from article_typed import ALL, FIELDS
from builders import PROFILES
from keyboard import Operator, at_screen
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from resources import standing, twins

from screens import plain
from screens.arguments import parse
from screens.cli import main
from screens.interview import Interview
from screens.output import Output
from screens.stopping import stopping
from wizard.engine import View
from wizard.places import places
from wizard.profile import digest, load

ARTICLE = str(PROFILES / "article.yaml")
STEPS = (*FIELDS, "review")


@dataclass(frozen=True)
class Came:
    """What a way through a face came to: findings as (code, where, severity), resources as tests/resources has them."""

    profile: str
    findings: tuple[tuple[str, str, str], ...]
    plan: str
    changes: tuple[str, ...]
    resources: dict[str, Any]


Way = Callable[[Any, pytest.MonkeyPatch, Any], Came]


def came(account: Any, profile: Path, view: View) -> Came:
    """What came of a build whose review saw this view."""
    found = sorted((each.code, each.where, each.severity.value) for each in view.findings)
    assert twins(account) == []
    changes = tuple(change.id for change in view.plan.changes)
    return Came(digest(load(profile)), tuple(found), view.plan.digest, changes, standing(account))


# The file


def replayed(account: Any, _monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Came:
    assert main(["replay", ARTICLE, "--endpoint-url", account.endpoint_url, "--yes", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    before = events[: next(place for place, event in enumerate(events) if event["type"] == "started")]
    found = sorted((each["code"], each["where"], each["severity"]) for each in before if each["type"] == "finding")
    [plan] = [event for event in before if event["type"] == "plan"]
    changes = tuple(event["id"] for event in before if event["type"] == "change")
    return Came(digest(load(PROFILES / "article.yaml")), tuple(found), plan["digest"], changes, standing(account))


# Line by line


class Kept(Interview):
    """An interview that the test can look into once the wizard has ended."""

    last: "Kept"

    def __init__(self, arguments: Any) -> None:
        super().__init__(arguments)
        Kept.last = self


def line_by_line(*typed: str, options: tuple[str, ...] = ()) -> Way:
    def way(account: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Came:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(plain, "Interview", Kept)
        arguments = parse(["--plain", "--endpoint-url", account.endpoint_url, *options])
        output = Output(as_json=False, quiet=False, verbose=False, color=False)
        with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()), stopping() as stop:
            pipe.send_text("".join(f"{line}\r" for line in (*typed, "build", "eksCluster")) + "\x04")
            assert plain.run(arguments, output, stop) == 0, capsys.readouterr().err
        return of(account, Kept.last)

    return way


def of(account: Any, interview: Interview) -> Came:
    """What came of an interview that ended with a build."""
    assert interview.source == places().config / "profiles" / "article.yaml"
    view = interview.whole_view()
    assert view is not None
    return came(account, interview.source, view)


PLAIN_WRONG_TURNS = (
    "b", "mine", "b", "article", *ALL[1:4], "10.0.0.0/33", *ALL[4:8],
    "use", "b", "create", "blueRole", "b", *ALL[9:16],
    *ALL[16:],
)  # fmt: skip


# On the full screen


def on_the_screen(act: Callable[[Operator], Awaitable[None]], *argv: str) -> Way:
    def way(account: Any, _monkeypatch: pytest.MonkeyPatch, _capsys: Any) -> Came:
        async def all_of_it(operator: Operator) -> None:
            await operator.quiet()
            await operator.press("enter")
            await operator.quiet()
            await act(operator)
            assert account.writes() == []
            await operator.build("eksCluster")

        app = at_screen(all_of_it, *argv, "--endpoint-url", account.endpoint_url)
        assert app.outcome is not None
        assert app.outcome.code == 0
        return of(account, app.interview)

    return way


async def next_through(operator: Operator) -> None:
    for step in STEPS[1:]:
        await operator.next(step)


async def type_all(operator: Operator) -> None:
    for number, fields in enumerate(FIELDS.values(), 1):
        for path, text in fields.items():
            await operator.answer(path, text)
        await operator.next(STEPS[number])


# Questions whose answers are chosen from a list.
CHOSEN = {
    "account.region": ("ap-northeast-1",),
    "endpoints.services": ("ec2", "ecr.api", "ecr.dkr", "s3", "sts"),
    "nodes.instance_type": ("m5.large",),
}


async def choose_where_possible(operator: Operator) -> None:
    for number, fields in enumerate(FIELDS.values(), 1):
        for path, text in fields.items():
            if path in CHOSEN:
                await operator.quiet()
                await operator.choose(path, *CHOSEN[path])
            else:
                await operator.answer(path, text)
        await operator.next(STEPS[number])


async def wrong_turns(operator: Operator) -> None:
    # What can't be read is not taken, and Next does not go past it.
    await operator.answer("name", "mine")
    await operator.to("site.on_premises_cidrs")
    await operator.type("10.0.0.0/33")
    await operator.press("ctrl+n")
    assert operator.app.current_mode == "account"
    assert operator.path == "site.on_premises_cidrs"
    await operator.answer("site.proxy", "false")
    await operator.answer("site.proxy", "true")
    for path, text in FIELDS["account"].items():
        await operator.answer(path, text)
    await operator.next("role")
    # The other branch, and back from it.
    await operator.answer("role.cluster", "use")
    await operator.answer("role.cluster", "create")
    await operator.answer("role.cluster.create", "blueRole")
    await operator.back("account")
    await operator.next("role")
    for path, text in FIELDS["role"].items():
        await operator.answer(path, text)
    await operator.next("vpc")
    await operator.answer("vpc.create.cidr", "10.0.0.0/16")
    await operator.answer("vpc.create.subnets", "ap-northeast-1a 10.0.3.0/24\nap-northeast-1c 10.0.4.0/24")
    await operator.quiet()
    await operator.next("endpoints")
    await operator.back("vpc")
    assert "STOP" in operator.text
    await operator.press("f1", "escape")
    for path, text in FIELDS["vpc"].items():
        await operator.answer(path, text)
    await operator.next("endpoints")
    for number, step in enumerate(STEPS[3:-1], 4):
        for path, text in FIELDS[step].items():
            await operator.answer(path, text)
        await operator.next(STEPS[number])
    # From the review all the way back, and here again.
    for step in reversed(STEPS[:-1]):
        await operator.back(step)
    await next_through(operator)
    # Nothing is agreed to by another name.
    await operator.press("ctrl+n", *"wrong", "enter", "escape")
    assert operator.app.current_mode == "review"


# Built once in each test process.
FROM_THE_FILE: list[Came] = []
LONG = pytest.mark.long
WAYS = [
    pytest.param(line_by_line(*ALL), id="plain"),
    pytest.param(line_by_line(*PLAIN_WRONG_TURNS), id="plain with wrong turns", marks=LONG),
    pytest.param(line_by_line("review", options=(ARTICLE,)), id="plain from the profile", marks=LONG),
    pytest.param(on_the_screen(next_through, ARTICLE), id="full screen from the profile"),
    pytest.param(on_the_screen(type_all), id="full screen typed", marks=LONG),
    pytest.param(on_the_screen(choose_where_possible), id="full screen chosen", marks=LONG),
    pytest.param(on_the_screen(wrong_turns), id="full screen with wrong turns", marks=LONG),
]


@pytest.mark.parametrize("way", WAYS)
def test_every_face_makes_the_same(account: Any, way: Way, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    if not FROM_THE_FILE:
        FROM_THE_FILE.append(replayed(account, monkeypatch, capsys))
        account.reset()
    [wanted] = FROM_THE_FILE
    assert wanted.changes
    assert wanted.findings
    found = way(account, monkeypatch, capsys)
    assert found == wanted
