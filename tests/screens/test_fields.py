"""Each kind of question as a widget, by keyboard and mouse."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import yaml
from keyboard import press
from screen_text import assert_golden, screen_text
from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.pilot import Pilot

from screens import fields
from screens.controls import Entry
from screens.dialogs import ChooseDialog
from screens.fields import Field, field
from screens.rows import AddRow, Row, Rows, cells, typed
from wizard import words
from wizard.answers import question_at
from wizard.questions import STEPS, Question, questions, read

SUBNETS = "ap-northeast-1a 10.0.0.0/24\nap-northeast-1c 10.0.1.0/24"


def question(path: str) -> Question:
    found = question_at(path)
    assert found is not None
    return found


class Form(App[None]):
    """Fields, and what they said."""

    def __init__(self, answers: dict[str, str | None]) -> None:
        super().__init__()
        self.animation_level = "none"
        self.answers = answers
        self.fields: dict[str, Field] = {}
        self.said: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        self.fields = {path: field(question(path), text) for path, text in self.answers.items()}
        with VerticalScroll(can_focus=False):
            yield from self.fields.values()

    @on(Field.Answered)
    def _answered(self, told: Field.Answered) -> None:
        assert told.field.question is told.question
        self.said.append((told.question.path, told.text))

    @on(Field.ChooseAsked)
    def _choose(self, told: Field.ChooseAsked) -> None:
        self.said.append((told.question.path, "?"))


Act = Callable[[Form, Pilot[None]], Awaitable[None]]


def filled(answers: dict[str, str | None], act: Act, size: tuple[int, int] = (80, 24)) -> list[tuple[str, str]]:
    """Shows fields with these answers, lets ``act`` use them, and returns what they said; the first has the cursor."""
    app = Form(answers)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            next(iter(app.fields.values())).focus()
            await pilot.pause()
            await act(app, pilot)
            await pilot.pause()
            await pilot.pause()

    asyncio.run(run())
    return app.said


def pressing(*keys: str) -> Act:
    async def act(_app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, *keys)

    return act


def only(app: Form) -> Field:
    return next(iter(app.fields.values()))


# One line of text


@pytest.mark.parametrize("leave", ["enter", "tab"])
def test_an_answer_is_told_once_when_the_cursor_leaves(leave: str) -> None:
    said = filled({"vpc.create.cidr": None, "nodes.min": "2"}, pressing(*"10.0.0.0/16", leave, "shift+tab", "tab"))
    assert said == [("vpc.create.cidr", "10.0.0.0/16")]


def test_what_was_not_changed_is_not_told() -> None:
    assert filled({"cluster.version": "", "nodes.min": "2"}, pressing("tab", "tab", "enter")) == []


def test_nothing_is_judged_while_someone_types() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, *"10.0.0")
        await pilot.pause()
        assert "Not yet" not in screen_text(app)
        await press(pilot, "tab")
        await pilot.pause()
        assert "Not yet: '10.0.0' is" in screen_text(app)
        assert only(app).text == "10.0.0"
        assert not only(app).accept()
        await press(pilot, "shift+tab", *"10.0.0.0/16", "tab")
        await pilot.pause()
        assert "Not yet" not in screen_text(app)

    assert filled({"vpc.create.cidr": None, "nodes.min": "2"}, act) == [("vpc.create.cidr", "10.0.0.0/16")]


def test_passing_by_an_empty_field_is_no_mistake_but_accepting_it_is() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, "tab")
        await pilot.pause()
        assert "Not yet" not in screen_text(app)
        assert not only(app).accept()
        await pilot.pause()
        assert "Not yet" in screen_text(app)

    assert filled({"vpc.create.cidr": None, "nodes.min": "2"}, act) == []


def test_show_tells_nobody_and_keeps_what_was_typed_where_it_is_no_news() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        one = only(app)
        await press(pilot, *"many", "tab")
        await pilot.pause()
        one.show("2")
        assert one.text == "many"
        one.show("3")
        await pilot.pause()
        assert one.text == "3"
        assert "Not yet" not in screen_text(app)

    assert filled({"nodes.min": "2", "nodes.max": "4"}, act) == []


def test_a_choice_made_stands_though_it_is_the_answer_there_was() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        only(app).can_choose(True)
        await press(pilot, *"nonsense!", "f4")
        only(app).show("m5.large")
        assert only(app).text == "m5.large"

    assert filled({"nodes.instance_type": "m5.large"}, act) == [("nodes.instance_type", "?")]


@pytest.mark.parametrize("key", ["f4", "down", "enter"])
def test_keys_ask_for_the_list_where_there_is_one(key: str) -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, key)
        assert "choose" not in screen_text(app)
        only(app).can_choose(True)
        only(app).focus()
        await pilot.pause()
        assert "▾ choose" in screen_text(app)
        await press(pilot, key)

    assert filled({"vpc.use.id": None}, act) == [("vpc.use.id", "?")]


def test_a_click_on_the_mark_asks_for_the_list() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        app.fields["nodes.instance_type"].can_choose(True)
        await pilot.pause()
        await pilot.click("Mark")

    assert filled({"nodes.instance_type": "m5.large"}, act) == [("nodes.instance_type", "?")]


@pytest.mark.parametrize(
    ("path", "text"), [("vpc.use.id", "vpc-0123456789abcdef0"), ("vpc.create.subnets", SUBNETS), ("vpc", "use")]
)
def test_show_and_choose_work_before_the_field_is_there(path: str, text: str) -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        one = field(question(path), None)
        one.show(text)
        one.can_choose(True)
        assert one.text == text
        await app.query_one(VerticalScroll).mount(one)
        await pilot.pause()
        assert one.text == text
        assert text.rsplit(maxsplit=1)[-1].replace("use", "(•) use one that exists") in screen_text(app)

    assert filled({"nodes.min": "2"}, act) == []


@pytest.mark.parametrize("text", ["[red]x[/]", "\x1b[2J\x1b[31mred", "漢" * 256, "\u202egnp.exe"])
def test_untrusted_text_is_shown_safely_and_stays_itself(text: str) -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        assert only(app).text == text
        only(app).problem(text)
        await pilot.pause()
        assert not {"\x1b", "\u202e"} & set(screen_text(app))
        assert "Not yet:" in screen_text(app)

    assert filled({"nodes.key_pair": text, "nodes.ami": ""}, act) == []


def test_pasted_lines_are_one_line_and_steer_nothing() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        app.query_one(Entry).post_message(events.Paste("10.0.0.0/16\n10.1.0.0/16\x1b"))
        await pilot.pause()
        assert only(app).text == "10.0.0.0/16 10.1.0.0/16\\x1b"
        await press(pilot, "backspace", "backspace", "backspace", "backspace", "enter")

    assert filled({"site.on_premises_cidrs": None}, act) == [("site.on_premises_cidrs", "10.0.0.0/16 10.1.0.0/16")]


# One of a few


@pytest.mark.parametrize(
    ("path", "before", "keys", "after"),
    [
        ("site.proxy", "true", ["right"], "false"),
        ("site.proxy", "false", ["left"], "true"),
        ("site.proxy", "perhaps", ["space"], "true"),
        ("site.proxy", None, ["space"], "true"),
        ("role.cluster", "create", ["down"], "use"),
        ("role.cluster", "use", ["up"], "create"),
        ("role.cluster", "use", ["space"], "create"),
        ("endpoints.security_group", "", ["left"], "use"),
        ("endpoints.security_group", "use", ["right"], ""),
        ("vpc.use.connect", "", ["space", "right"], "transit_gateway"),
        ("cluster.support", "STANDARD", ["right"], "EXTENDED"),
    ],
)
def test_keys_pick(path: str, before: str | None, keys: list[str], after: str) -> None:
    assert filled({path: before}, pressing(*keys))[-1] == (path, after)


def test_there_is_nothing_beyond_the_ends() -> None:
    assert filled({"role.cluster": "create"}, pressing("left", "up")) == []


def test_a_click_picks() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await pilot.click("OneOf", offset=(20, 0))
        await pilot.pause()
        assert "( ) create one  (•) use one that exists" in screen_text(app)
        await pilot.click("OneOf", offset=(20, 0))

    assert filled({"role.cluster": "create"}, act) == [("role.cluster", "use")]


def test_nothing_picked_is_no_answer() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        assert "(•)" not in screen_text(app)
        assert not only(app).accept()

    assert filled({"role.cluster": None}, act) == []


# Several from a list that every account has


def test_logs_are_chosen_from_their_own_list() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        only(app).can_choose(False)
        await press(pilot, "f4")
        await pilot.pause()
        assert isinstance(app.screen, ChooseDialog)
        await press(pilot, "space", "down", "space", "enter")
        await pilot.pause()
        assert only(app).text == "api, audit"

    assert filled({"cluster.logs": ""}, act) == [("cluster.logs", "api, audit")]


# Rows


@pytest.mark.parametrize(
    ("path", "text", "rows"),
    [
        ("vpc.create.subnets", SUBNETS, [("ap-northeast-1a", "10.0.0.0/24"), ("ap-northeast-1c", "10.0.1.0/24")]),
        ("vpc.create.subnets", "a 10.0.0.0/24; b 10.0.1.0/24", [("a", "10.0.0.0/24"), ("b", "10.0.1.0/24")]),
        ("vpc.create.subnets", "[{zone: a, cidr: 10.0.0.0/24}]", [("a", "10.0.0.0/24")]),
        ("vpc.create.subnets", "a b c d", [("a", "b c d")]),
        ("vpc.create.subnets", "[{", [("[{", "")]),
        ("vpc.create.subnets", "", []),
        ("tags", "a=b\nc=", [("a", "b"), ("c", "")]),
        ("tags", '{"a": "b=c"}', [("a", "b=c")]),
        ("tags", "", []),
    ],
)
def test_rows_are_read(path: str, text: str, rows: list[tuple[str, ...]]) -> None:
    assert cells(question(path), text) == rows


@pytest.mark.parametrize(
    ("path", "rows", "text"),
    [
        ("vpc.create.subnets", [("a", "10.0.0.0/24"), ("", " "), ("b", "10.0.1.0/24")], "a 10.0.0.0/24\nb 10.0.1.0/24"),
        ("tags", [("a", "b"), ("", "")], "a=b"),
        ("tags", [("a", "b c")], "a=b c"),
        ("tags", [], ""),
    ],
)
def test_rows_are_typed_as_text_that_reads_back(path: str, rows: list[tuple[str, ...]], text: str) -> None:
    assert typed(question(path), rows) == text
    assert cells(question(path), text) == [row for row in rows if any(cell.strip() for cell in row)]


@pytest.mark.parametrize(("rows", "wrong"), [([("", "10.0.0.0/24"), ("b", "10.0.1.0/24")], "0.zone"),
                                             ([("a", "10.0.0.0/24"), ("b", "")], "1.cidr")])  # fmt: skip
def test_an_empty_cell_is_missed_where_it_is(rows: list[tuple[str, ...]], wrong: str) -> None:
    with pytest.raises(Exception, match=re.escape(f"vpc.create.subnets.{wrong}")):
        read(question("vpc.create.subnets"), typed(question("vpc.create.subnets"), rows))


def test_rows_are_typed_cell_by_cell() -> None:
    keys = ["enter", *"eu-west-1a", "enter", *"10.0.0.0/24", "enter", *"eu-west-1b", "tab", *"10.0.1.0/24", "enter"]
    answer = "eu-west-1a 10.0.0.0/24\neu-west-1b 10.0.1.0/24"
    said = filled({"vpc.create.subnets": None, "nodes.min": "2"}, pressing(*keys))
    assert said == [("vpc.create.subnets", answer)]


def test_enter_in_a_row_with_nothing_in_it_goes_on() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, "enter", *"a", "enter", *"b", "enter", "enter", "enter")
        await pilot.pause()
        assert app.focused is not None
        assert app.fields["tags"] not in app.focused.ancestors

    assert filled({"tags": "", "nodes.min": "2"}, act) == [("tags", "a=b")]


@pytest.mark.parametrize("key", ["f8", "ctrl+delete"])
def test_a_key_removes_the_row_and_the_cursor_stays_near(key: str) -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, "tab", key)
        await pilot.pause()
        assert app.focused is app.query(Row)[0].entries[1]
        await press(pilot, key, key)
        await pilot.pause()
        assert isinstance(app.focused, AddRow)

    assert filled({"tags": "a=1\nb=2\nc=3"}, act) == [("tags", "b=2\nc=3"), ("tags", "c=3"), ("tags", "")]


def test_the_mouse_removes_and_adds_rows() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await pilot.click(".row-remove")
        await pilot.pause()
        await pilot.click("AddRow")
        await press(pilot, *"z", "tab", *"9", "enter")

    assert filled({"tags": "a=1\nb=2"}, act) == [("tags", "b=2"), ("tags", "b=2\nz=9")]


def test_arrows_go_from_row_to_row() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        rows = app.query(Row)
        await press(pilot, "tab", "down")
        assert app.focused is rows[1].entries[1]
        await press(pilot, "down")
        assert isinstance(app.focused, AddRow)
        await press(pilot, "up", "up", "up")
        assert app.focused is rows[0].entries[0]

    assert filled({"vpc.create.subnets": SUBNETS}, act) == []


def test_a_wrong_row_is_marked_and_named_when_the_cursor_has_left_it() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, "down", "tab", *"10.0.1")
        await pilot.pause()
        assert "Not yet" not in screen_text(app)
        await press(pilot, "up")
        await pilot.pause()
        await pilot.pause()
        text = screen_text(app)
        assert "!2  ap-northeast-1c" in text
        assert "Not yet: Row 2, CIDR of the subnet: '10.0.1' is" in text
        assert not only(app).accept()
        await press(pilot, "down", *"10.0.9.0/24", "up")
        await pilot.pause()
        await pilot.pause()
        assert "!2" not in screen_text(app)
        assert "Not yet" not in screen_text(app)

    answer = SUBNETS.replace("10.0.1.0", "10.0.9.0")
    assert filled({"vpc.create.subnets": SUBNETS}, act) == [("vpc.create.subnets", answer)]


def test_rows_before_a_wrong_one_that_are_empty_are_not_counted() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, *["delete"], "tab", "delete", "down", *"x", "tab")
        assert not only(app).accept()
        await pilot.pause()
        assert "!2" in screen_text(app)
        assert "!1" not in screen_text(app)

    filled({"vpc.create.subnets": SUBNETS + "\nap-northeast-1d 10.0.2.0/24"}, act)


def test_a_key_that_is_there_twice_is_refused() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, "down", *"a", "tab", "tab")
        await pilot.pause()
        assert not only(app).accept()
        await pilot.pause()
        assert "Not yet: " in screen_text(app)

    assert filled({"tags": "a=1\nb=2"}, act) == []


def test_a_zone_can_be_chosen_and_comes_into_its_own_cell() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, "down", "f4")
        await pilot.pause()
        only(app).show_cell("ap-northeast-1d")
        await pilot.pause()
        assert app.focused is app.query(Row)[1].entries[1]
        await press(pilot, "f4")

    answer = SUBNETS.replace("-1c", "-1d")
    said = filled({"vpc.create.subnets": SUBNETS}, act)
    assert said == [("vpc.create.subnets.zone", "?"), ("vpc.create.subnets", answer)]


def test_the_mark_beside_a_zone_asks_for_the_list() -> None:
    async def act(_app: Form, pilot: Pilot[None]) -> None:
        await pilot.click(".row-choose")

    assert filled({"vpc.create.subnets": SUBNETS}, act) == [("vpc.create.subnets.zone", "?")]


def test_a_cell_that_is_gone_takes_nothing() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        await press(pilot, "f4")
        await pilot.pause()
        only(app).show(SUBNETS.splitlines()[1])
        await press(pilot, "f8")
        await pilot.pause()
        only(app).show_cell("ap-northeast-1d")
        assert "1d" not in only(app).text

    filled({"vpc.create.subnets": SUBNETS}, act)


def test_show_brings_rows_and_takes_them_away() -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        for text, count in (("a=1", 1), ("a=1\nb=2\nc=3", 3), ("", 0), ("x=y", 1)):
            only(app).show(text)
            await pilot.pause()
            assert only(app).text == text
            assert len(app.query_one(Rows).query(Row)) == count

    assert filled({"tags": "a=1\nb=2"}, act) == []


# Every question there is

EVERY = [each for step in STEPS for each in questions(step)]


@pytest.mark.parametrize("size", [pytest.param((60, 16), marks=pytest.mark.long), (80, 24)])
@pytest.mark.parametrize("step", STEPS)
def test_every_question_has_a_field_that_takes_the_cursor(step: str, size: tuple[int, int]) -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        for each in app.fields.values():
            each.focus()
            await pilot.pause()
            assert each.has_focus_within
            # The mark is painted with the next refresh, which a busy machine may put off.
            for _ in range(50):
                if any(line.startswith("▸ ") for line in screen_text(app).splitlines()):
                    break
                await pilot.pause()
            else:
                pytest.fail(f"no cursor at {each.question.path}:\n{screen_text(app)}")

    filled({each.path: each.default for each in questions(step)}, act, size)


def test_labels_and_words_are_tied_both_ways() -> None:
    told = yaml.safe_load((Path(words.__file__).parent / "screens" / "fields.yaml").read_text("utf-8"))
    source = "".join(
        (Path(fields.__file__).parent / name).read_text("utf-8") for name in ("fields.py", "rows.py", "controls.py")
    )
    used = set(re.findall(r'"fields\.([a-z_]+)"', source)) | {"row", "row_column"}
    few = {each.path: ("true", "false") if each.kind == "yes_no" else each.choices for each in EVERY}
    values = {value for each in few.values() for value in (*each, "none")}
    for key in told:
        path, _, value = key.rpartition(".")
        if key.startswith(("empty.", "such_as.")):
            assert question_at(key.partition(".")[2]) in EVERY, key
        elif path:
            assert value in (*few[path], "none"), key
        else:
            assert key in used | values, key
    assert used <= set(told)


def test_what_may_be_left_empty_says_what_that_means() -> None:
    told = yaml.safe_load((Path(words.__file__).parent / "screens" / "fields.yaml").read_text("utf-8"))
    entries = [each for each in EVERY if each.kind not in ("rows", "yes_no", "choice", "create_or_use")]
    silent = [each.path for each in entries if each.optional and f"empty.{each.path}" not in told]
    assert silent == []


# How they look


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("fields-text", {"vpc.use.id": None, "cluster.version": "", "cluster.admins": "",
                         "nodes.instance_type": "m5.large",
                         "vpc.use.subnets": "subnet-0123456789abcdef0", "cluster.logs": "api"}),
        ("fields-one-of", {"site.proxy": "true", "role.cluster": "create", "vpc.use.connect": "",
                           "endpoints.security_group": "use", "cluster.authentication": "API", "nodes.os": "al2023"}),
        ("fields-rows", {"vpc.create.subnets": SUBNETS, "tags": "name=[red]x[/]漢漢"}),
    ],
)  # fmt: skip
def test_looks(name: str, answers: dict[str, str | None]) -> None:
    async def act(app: Form, pilot: Pilot[None]) -> None:
        only(app).can_choose(True)
        if name == "fields-rows":
            await press(pilot, "tab", *"10.0.0.0", "tab")
        only(app).accept()
        await pilot.pause()
        await pilot.pause()
        await assert_golden(pilot, name)

    filled(answers, act)


def test_looks_narrow() -> None:
    async def act(_app: Form, pilot: Pilot[None]) -> None:
        await assert_golden(pilot, "fields-narrow")

    filled({"vpc": "create", "vpc.create.cidr": "10.110.0.0/16", "vpc.create.subnets": SUBNETS}, act, (60, 16))
