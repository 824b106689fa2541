"""The dialogs, by keyboard and mouse; names from AWS are shown, never obeyed."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from keyboard import press
from screen_text import assert_golden, screen_text
from textual.app import App
from textual.pilot import Pilot

from screens import dialogs
from screens.choosing import MOST, Table
from screens.dialogs import ChooseDialog, ConfirmDialog, Dialog, LeaveDialog, TypeNameDialog, WhyDialog
from wizard import words
from wizard.answers import question_at
from wizard.choices import Choice, WhyNot
from wizard.facts import Unknown
from wizard.questions import Question
from wizard.words import headings

NASTY = ("[red]x[/]", "\x1b[2J\x1b[31mred", "漢" * 256, "", "\u202egnp.exe")
SIZES = ((60, 16), (80, 24), (200, 50))


class Host(App[None]):
    """Shows one dialog and keeps its answer."""

    def __init__(self, dialog: Dialog[Any]) -> None:
        super().__init__()
        self.animation_level = "none"
        self.dialog = dialog
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.answers.append)


def question(path: str) -> Question:
    found = question_at(path)
    assert found is not None
    return found


def shown(
    dialog: Dialog[Any], act: Callable[[Host, Pilot[None]], Awaitable[None]], size: tuple[int, int] = (80, 24)
) -> list[Any]:
    """Shows the dialog, lets ``act`` use it, and returns what it answered, if it did."""
    app = Host(dialog)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.pause()
            await act(app, pilot)
            await pilot.pause()

    asyncio.run(run())
    return app.answers


def pressing(*keys: str) -> Callable[[Host, Pilot[None]], Awaitable[None]]:
    async def act(_app: Host, pilot: Pilot[None]) -> None:
        await press(pilot, *keys)

    return act


def clicking(selector: str, offset: tuple[int, int] = (2, 0)) -> Callable[[Host, Pilot[None]], Awaitable[None]]:
    async def act(_app: Host, pilot: Pilot[None]) -> None:
        await pilot.click(selector, offset=offset)

    return act


def golden(name: str) -> Callable[[Host, Pilot[None]], Awaitable[None]]:
    async def act(_app: Host, pilot: Pilot[None]) -> None:
        await assert_golden(pilot, name)

    return act


def vpcs(count: int = 6) -> tuple[Choice, ...]:
    """VPCs, named by what untrusted names look like; the last one can't be chosen."""
    refused = WhyNot("no_ipv4")
    return tuple(
        Choice(f"vpc-{n:017x}", (NASTY[n] if n < len(NASTY) else f"name-{n}", f"10.{n}.0.0/16", ""),
               refused if n == count - 1 else None)
        for n in range(count)
    )  # fmt: skip


def choose_vpc(current: str = "") -> ChooseDialog:
    return ChooseDialog(question("vpc.use.id"), headings("vpc.use.id"), vpcs(), current, many=False)


def choose_subnets(current: str = "", count: int = 4) -> ChooseDialog:
    found = tuple(
        Choice(f"subnet-{n}", (f"name-{n}", "ap-northeast-1a", "apne1-az4", f"10.0.{n}.0/24", "251"),
               WhyNot("few_addresses", {"free": 2, "least": 6}) if n == 3 else None)
        for n in range(count)
    )  # fmt: skip
    return ChooseDialog(question("vpc.use.subnets"), headings("vpc.use.subnets"), found, current, many=True)


# One of many


def test_enter_picks_and_the_cursor_begins_at_the_answer_so_far() -> None:
    assert shown(choose_vpc(), pressing("enter")) == ["vpc-00000000000000000"]
    assert shown(choose_vpc("vpc-00000000000000002"), pressing("enter")) == ["vpc-00000000000000002"]
    assert shown(choose_vpc(), pressing("down", "down", "up", "enter")) == ["vpc-00000000000000001"]


def test_what_is_typed_narrows_by_any_cell_in_any_case() -> None:
    assert shown(choose_vpc(), pressing(*"GNP", "enter")) == ["vpc-00000000000000004"]
    assert shown(choose_vpc(), pressing(*"10.3.", "enter")) == ["vpc-00000000000000003"]


def test_nothing_found_says_so_and_picks_nothing() -> None:
    async def act(app: Host, pilot: Pilot[None]) -> None:
        await press(pilot, *"nobody", "enter", "down", "enter")
        assert "Nothing here has that" in screen_text(app)

    assert shown(choose_vpc(), act) == []


@pytest.mark.parametrize("leave", [pressing("escape"), clicking("#leave")])
def test_leaving_a_list_answers_nothing(leave: Callable[[Host, Pilot[None]], Awaitable[None]]) -> None:
    assert shown(choose_vpc(), leave) == [None]


def test_what_cannot_be_chosen_says_why_and_is_not_picked() -> None:
    async def act(app: Host, pilot: Pilot[None]) -> None:
        assert "no: It has no IPv4 addresses." in screen_text(app)
        await press(pilot, *"10.5.", "enter")
        await pilot.pause()
        assert "vpc-00000000000000005 can't be chosen: It has no IPv4 addresses." in screen_text(app)

    assert shown(choose_vpc(), act) == []


def test_a_click_picks_the_line() -> None:
    assert shown(choose_vpc(), clicking("Lines", (6, 1))) == ["vpc-00000000000000001"]
    assert shown(choose_vpc(), clicking("#take")) == ["vpc-00000000000000000"]


# Several


def test_space_marks_and_enter_takes_all_in_the_order_they_were_marked() -> None:
    assert shown(choose_subnets(), pressing("down", "space", "up", "space", "enter")) == ["subnet-1, subnet-0"]
    assert shown(choose_subnets("subnet-0, subnet-1"), pressing("space", "enter")) == ["subnet-1"]
    assert shown(choose_subnets("subnet-0"), pressing("space", "enter")) == [""]


def test_marks_outlive_the_filter() -> None:
    keys = ["space", *"name-2", "space", *["backspace"] * 6, "enter"]
    assert shown(choose_subnets(), pressing(*keys)) == ["subnet-0, subnet-2"]


def test_what_was_typed_by_hand_is_kept() -> None:
    answer = shown(choose_subnets("subnet-mine subnet-1"), pressing("enter"))
    assert answer == ["subnet-mine, subnet-1"]
    assert shown(choose_subnets("subnet-mine"), pressing("space", "down", "space", "enter")) == ["subnet-0"]


def test_what_cannot_be_chosen_is_not_marked() -> None:
    async def act(app: Host, pilot: Pilot[None]) -> None:
        await press(pilot, "down", "down", "down", "space")
        await pilot.pause()
        assert "subnet-3 can't be chosen: It has 2 free addresses, and EKS needs 6." in screen_text(app)
        await press(pilot, "enter")

    assert shown(choose_subnets(), act) == [""]


def test_the_mouse_marks_and_takes() -> None:
    async def act(app: Host, pilot: Pilot[None]) -> None:
        await pilot.click("Lines", offset=(3, 1))
        await pilot.pause()
        assert "[x] subnet-1" in screen_text(app)
        await pilot.click("#take")

    assert shown(choose_subnets(), act) == ["subnet-1"]


def test_space_on_a_button_is_no_mark() -> None:
    assert shown(choose_subnets(), pressing("tab", "space", "enter")) == [""]


# What AWS would not tell, and names that would steer a terminal


def test_a_refused_list_says_so_and_closes() -> None:
    unknown = Unknown("ec2:DescribeVpcs", "You are not authorized: [red]\x1b[31m")

    async def act(app: Host, pilot: Pilot[None]) -> None:
        text = screen_text(app)
        assert "ec2:DescribeVpcs" in text
        assert "[red]\\x1b[31m" in text
        await press(pilot, "space", "down", "enter")

    assert shown(ChooseDialog(question("vpc.use.id"), (), unknown, "", many=False), act) == [None]


def test_an_empty_account_says_so() -> None:
    async def act(app: Host, pilot: Pilot[None]) -> None:
        assert "There is none in this account and region." in screen_text(app)
        await press(pilot, "enter", "escape")

    assert shown(ChooseDialog(question("vpc.use.id"), (), (), "", many=False), act) == [None]


@pytest.mark.parametrize("size", SIZES)
def test_untrusted_names_stay_in_their_line(size: tuple[int, int]) -> None:
    async def act(app: Host, _pilot: Pilot[None]) -> None:
        text = screen_text(app)
        assert "[red]x[/]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert text.splitlines()[-1].strip().startswith("╰")
        assert sum("vpc-" in line for line in text.splitlines()) == len(vpcs())

    shown(choose_vpc(), act, size)


# Texts and questions


@pytest.mark.parametrize("key", ["escape", "enter", "f1"])
def test_a_text_closes(key: str) -> None:
    assert shown(WhyDialog("Title", ["text"]), pressing(key)) == [None]


@pytest.mark.parametrize("size", SIZES)
def test_a_long_text_scrolls_and_its_button_stays_in_sight(size: tuple[int, int]) -> None:
    async def act(app: Host, pilot: Pilot[None]) -> None:
        assert "[ Close ]" in screen_text(app)
        assert "the end" not in screen_text(app)
        await press(pilot, "end")
        await pilot.pause()
        assert "the end" in screen_text(app)
        await pilot.click("#leave")

    assert shown(WhyDialog("[red]x[/]", ["\x1b[31mword " * 2000, "the end"]), act, size) == [None]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(["enter"], False), (["escape"], False), (["tab", "enter"], True), (["right", "enter"], True),
     (["right", "left", "enter"], False)],
)  # fmt: skip
def test_a_question_begins_at_the_harmless_answer(keys: list[str], answer: bool) -> None:
    assert shown(ConfirmDialog("Stop?", "text", "Stop", "Go on"), pressing(*keys)) == [answer]
    assert shown(LeaveDialog(Path("/drafts/x.yaml")), pressing(*keys)) == [answer]


@pytest.mark.parametrize(("button", "answer"), [("#yes", True), ("#no", False)])
def test_buttons_can_be_clicked(button: str, answer: bool) -> None:
    assert shown(ConfirmDialog("Stop?", "text", "Stop", "Go on"), clicking(button)) == [answer]


def test_only_the_name_itself_agrees() -> None:
    def dialog() -> TypeNameDialog:
        return TypeNameDialog("Build", "It builds.", "eksCluster")

    assert shown(dialog(), pressing(*"eksCluster", "enter")) == [True]
    assert shown(dialog(), pressing("enter", "escape")) == [False]

    async def act(app: Host, pilot: Pilot[None]) -> None:
        await press(pilot, *"ekscluster", "enter")
        await pilot.pause()
        assert "Not yet: that is another name." in screen_text(app)
        await pilot.click("#no")

    assert shown(dialog(), act) == [False]


@pytest.mark.parametrize("name", NASTY[:2])
def test_a_name_to_type_is_shown_safely(name: str) -> None:
    async def act(app: Host, _pilot: Pilot[None]) -> None:
        assert "[red]x[/]" in screen_text(app) or "\\x1b[2J\\x1b[31mred" in screen_text(app)
        assert "\x1b" not in screen_text(app)

    assert shown(TypeNameDialog("Build", name, name), act) == []


# How they look

REFUSED = Unknown("ec2:DescribeVpcs", "Not allowed.")


@pytest.mark.parametrize(
    ("name", "dialog"),
    [
        ("dialogs-choose-one", lambda: choose_vpc("vpc-00000000000000003")),
        ("dialogs-choose-many", lambda: choose_subnets("subnet-mine, subnet-1")),
        ("dialogs-unknown", lambda: ChooseDialog(question("vpc.use.id"), (), REFUSED, "", many=False)),
        ("dialogs-why", lambda: WhyDialog("CIDR of the VPC", ["AWS takes /16 to /28. " * 8, "[red]x[/]"])),
        ("dialogs-confirm", lambda: ConfirmDialog("Stop the build?", "What is built stays. " * 5, "Stop", "Go on")),
        ("dialogs-leave", lambda: LeaveDialog(Path("/home/me/.local/state/eks-wizard/drafts/20261123-1.yaml"))),
        ("dialogs-type-name", lambda: TypeNameDialog("Build", "17 changes, and it costs money.", "eksCluster")),
    ],
)  # fmt: skip
def test_looks(name: str, dialog: Callable[[], Dialog[Any]]) -> None:
    shown(dialog(), golden(name))


# Big accounts


def test_thousands_are_narrowed_without_lag() -> None:
    many = tuple(Choice(f"subnet-{n}", (f"name-{n}", "zone", "id", "10.0.0.0/24", "251")) for n in range(5000))
    began = time.perf_counter()
    table = Table(question("vpc.use.subnets"), headings("vpc.use.subnets"), many, "", many=True)
    table.fit(74)
    lines = table.lines()
    assert time.perf_counter() - began < 1
    assert (len(lines), table.more) == (MOST, 5000 - MOST)
    began = time.perf_counter()
    assert table.narrow("NAME-499")
    assert time.perf_counter() - began < 0.1
    assert [each.value for each in table.shown] == ["subnet-499", *(f"subnet-{n}" for n in range(4990, 5000))]
    assert not table.narrow(" name-499 ")


def test_more_than_can_be_shown_is_counted() -> None:
    async def act(app: Host, pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+end")
        await pilot.pause()
        assert f"[ ] subnet-{MOST - 1} " in screen_text(app)
        await press(pilot, "pageup", "enter")

    assert shown(choose_subnets(count=MOST + 7), act) == [""]
    dialog = choose_subnets(count=MOST + 7)
    assert dialog.table.more == 7


def test_words_are_tied_both_ways() -> None:
    told = yaml.safe_load((Path(words.__file__).parent / "screens" / "dialogs.yaml").read_text("utf-8"))
    source = "".join(
        (Path(dialogs.__file__).parent / name).read_text("utf-8") for name in ("dialogs.py", "choosing.py")
    )
    used = {
        found for text in re.findall(r"label\(([^)]*)\)", source) for found in re.findall(r"dialogs\.([a-z_]+)", text)
    }
    assert used == set(told)
