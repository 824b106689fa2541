"""Rows of cells: subnets and tags, one on a line."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from screens.controls import Entry
from wizard.answers import rows_text, step_of
from wizard.live_choices import has_choices
from wizard.profile_problems import Problem, ProfileError, dotted
from wizard.questions import Question, spelt
from wizard.questions import words as asked_in_words
from wizard.words import screen as label

Cells = tuple[str, ...]


def cells(question: Question, text: str) -> list[Cells]:
    """The rows of an answer; text that can't be read stands in the first cell of one row, to be mended there."""
    wide = len(question.columns)
    try:
        found = spelt(question, text)
    except ProfileError:
        return [(text, *[""] * (wide - 1))]
    if isinstance(found, dict):
        return [(key, _cell(value)) for key, value in found.items()]
    rows = []
    for row in found if isinstance(found, list) else []:
        values = [_cell(value) for value in row.values()] if isinstance(row, dict) else [_cell(row)]
        rows.append((*values[: wide - 1], " ".join(values[wide - 1 :])) if len(values) > wide else
                    (*values, *[""] * (wide - len(values))))  # fmt: skip
    return rows


def typed(question: Question, rows: Iterable[Cells]) -> str:
    """The rows as one answer; rows with nothing in them are no rows."""
    filled = [row for row in (tuple(cell.strip() for cell in row) for row in rows) if any(row)]
    if question.path == "tags":
        keys = [row[0] for row in filled]
        if len(set(keys)) == len(keys):
            return rows_text(question, filled)
        # The reader refuses a key that is there twice, if it is written out.
        return "{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in filled) + "}"
    if all(cell and not set(cell) & set(" ,;") for row in filled for cell in row):
        return rows_text(question, filled)
    names = [column.path.rpartition(".")[2] for column in question.columns]
    return json.dumps([dict(zip(names, row, strict=True)) for row in filled])


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


class Mark(Static):
    """A word to click on."""

    DEFAULT_CSS = """
    Mark { width: auto; height: 1; margin-left: 1; }
    """

    class Clicked(Message):
        """The word was clicked on."""

        def __init__(self, mark: "Mark") -> None:
            super().__init__()
            self.mark = mark

    def __init__(self, text: str, classes: str | None = None) -> None:
        super().__init__(text, markup=False, classes=classes)

    def on_click(self, event: events.Click) -> None:
        """Passes it on."""
        event.stop()
        self.post_message(self.Clicked(self))


class Row(Horizontal):
    """A number, a cell for each column, and a mark that removes the row."""

    DEFAULT_CSS = """
    Row { height: 1; width: 1fr; }
    Row > .row-number { width: 4; }
    Row > Entry { margin-right: 1; }
    Row > Mark { margin-left: 0; margin-right: 1; }
    """

    def __init__(self, columns: tuple[Question, ...], values: Cells) -> None:
        super().__init__()
        self.columns = columns
        self.entries = [Entry(value) for value in values]
        self._number = Static("", markup=False, classes="row-number")

    def compose(self) -> ComposeResult:
        yield self._number
        for column, entry in zip(self.columns, self.entries, strict=True):
            yield entry
            if has_choices(step_of(column.path), column.path):
                yield Mark("▾", classes="row-choose")
        yield Mark(label("fields.remove_row"), classes="row-remove")

    @property
    def values(self) -> Cells:
        """What stands in the cells."""
        return tuple(entry.text for entry in self.entries)

    def tell(self, number: int, *, wrong: bool) -> None:
        """Shows the row's number, and a mark where something in it is wrong."""
        self._number.update(f"{'!' if wrong else ' '}{number}")


class AddRow(Static, can_focus=True):
    """The line that adds a row."""

    DEFAULT_CSS = """
    AddRow { width: auto; height: 1; margin-left: 4; }
    AddRow:focus { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "add", show=False)]

    class Asked(Message):
        """A row is to be added."""

    def action_add(self) -> None:
        """Asks for a row."""
        self.post_message(self.Asked())

    def on_click(self) -> None:
        """Asks for a row."""
        self.post_message(self.Asked())


class Rows(Vertical):
    """Tab and Enter go from cell to cell, Up and Down from row to row; Enter in the last cell adds a row."""

    DEFAULT_CSS = """
    Rows { height: auto; width: 1fr; }
    Rows .row-list { height: auto; }
    Rows .row-heads { height: 1; }
    Rows .row-head { width: 1fr; padding-left: 0; }
    Rows .row-heads > .row-number { width: 4; }
    Rows .row-hint { height: 1; margin-left: 4; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("ctrl+delete,f8", "remove", show=False),
        Binding("f4", "choose", show=False),
    ]

    class Settled(Message):
        """What stands in the rows may be read. ``row`` is where the cursor is still at work, None where it has left."""

        def __init__(self, row: int | None) -> None:
            super().__init__()
            self.row = row

    class CellAsked(Message):
        """Someone asks for the list of what could stand in a cell."""

        def __init__(self, column: Question) -> None:
            super().__init__()
            self.column = column

    class Entered(Message):
        """Enter was pressed where there is nothing more to type."""

    def __init__(self, question: Question, text: str) -> None:
        super().__init__()
        self.question = question
        self._rows = [Row(question.columns, row) for row in cells(question, text)]
        self._list = Vertical(classes="row-list")
        self._asking: Entry | None = None
        self._wrong: frozenset[int] = frozenset()

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row-heads"):
            yield Static("", classes="row-number")
            for column in self.question.columns:
                yield Static(asked_in_words()[column.path].prompt, markup=False, classes="row-head")
        yield self._list
        yield AddRow(label("fields.add_row"), markup=False)
        yield Static(label("fields.rows_hint"), markup=False, classes="row-hint")

    def on_mount(self) -> None:
        """Shows the rows that were told before there was a place for them."""
        self._list.mount(*self._rows)
        self._tell_numbers()

    # What stands there

    @property
    def text(self) -> str:
        """The rows as one answer."""
        return typed(self.question, [row.values for row in self._rows])

    def show(self, text: str) -> None:
        """Puts an answer's rows there."""
        wanted = cells(self.question, text)
        for row, values in zip(self._rows, wanted, strict=False):
            for entry, value in zip(row.entries, values, strict=True):
                entry.show(value)
        for row in self._rows[len(wanted) :]:
            self._drop(row)
        added = [self._put(values) for values in wanted[len(self._rows) :]]
        if self._list.is_attached:
            self._list.mount(*added)
        self._tell_numbers()

    def show_cell(self, text: str) -> None:
        """Puts a text into the cell that asked for its list, if it is still there."""
        entry, self._asking = self._asking, None
        if entry is None or not any(entry in row.entries for row in self._rows):
            return
        entry.show(text)
        self.call_next(self._go_on, entry)
        self._settle()

    def told_wrong(self, problems: Iterable[Problem], *, at_work: int | None = None) -> list[str]:
        """Marks the rows that the problems name, but for one that is still at work. Returns what there is to say."""
        found, wrong = [], set()
        for each in problems:
            row, column = self._place(each.path)
            if row is None:
                if at_work is None:
                    found.append(each.says)
            elif row != at_work:
                wrong.add(row)
                heading = asked_in_words()[column.path].prompt if column else ""
                where = label("fields.row_column" if column else "fields.row", row=row + 1, column=heading)
                found.append(label("fields.in_row", where=where, says=each.says))
        self._wrong = frozenset(wrong)
        self._tell_numbers()
        return found

    def _place(self, path: str) -> tuple[int | None, Question | None]:
        """The number of the row that a problem's path names, and the column."""
        filled = [number for number, row in enumerate(self._rows) if any(value.strip() for value in row.values)]
        if self.question.path == "tags":
            keys = [(number, self._rows[number].values[0].strip()) for number in filled]
            return next((number for number, key in keys if dotted(("tags", key)) == path), None), None
        number, _, name = path.removeprefix(f"{self.question.path}.").partition(".")
        if not number.isdigit() or int(number) >= len(filled):
            return None, None
        column = next((one for one in self.question.columns if one.path.rpartition(".")[2] == name), None)
        return filled[int(number)], column

    # Rows that come and go

    def _put(self, values: Cells) -> Row:
        row = Row(self.question.columns, values)
        self._rows.append(row)
        return row

    async def _begin_row(self) -> Row:
        """A new row, which can have the cursor: its cells are there."""
        row = self._put(("",) * len(self.question.columns))
        await self._list.mount(row)
        self._tell_numbers()
        return row

    def _drop(self, row: Row) -> None:
        self._rows.remove(row)
        if row.is_attached:
            row.remove()

    def _tell_numbers(self) -> None:
        for number, row in enumerate(self._rows):
            row.tell(number + 1, wrong=number in self._wrong)

    @on(AddRow.Asked)
    async def _add(self, asked: AddRow.Asked) -> None:
        asked.stop()
        blank = [row for row in self._rows if not any(row.values)]
        row = blank[-1] if blank else await self._begin_row()
        row.entries[0].focus()

    def action_remove(self) -> None:
        """Removes the row under the cursor."""
        place = self._cursor()
        if place is not None:
            self._remove(*place)

    def _remove(self, number: int, column: int) -> None:
        self._drop(self._rows[number])
        self._wrong = frozenset()
        self._tell_numbers()
        if self._rows:
            self._rows[min(number, len(self._rows) - 1)].entries[column].focus()
        else:
            self.query_one(AddRow).focus()
        self._settle()

    @on(Mark.Clicked)
    def _clicked(self, clicked: Mark.Clicked) -> None:
        clicked.stop()
        number = next((number for number, row in enumerate(self._rows) if row is clicked.mark.parent), None)
        if number is None:
            return
        if clicked.mark.has_class("row-remove"):
            self._remove(number, 0)
            return
        row = self._rows[number]
        self._ask_for(row.entries[row.children.index(clicked.mark) - 2])

    # From cell to cell

    def focus_first(self) -> None:
        """Puts the cursor into the first row that is wrong, else into the first; there may be none yet."""
        if self._rows:
            self._rows[min(self._wrong, default=0)].entries[0].focus()
        else:
            self.query_one(AddRow).focus()

    def _cursor(self) -> tuple[int, int] | None:
        for number, row in enumerate(self._rows):
            for column, entry in enumerate(row.entries):
                if entry.has_focus:
                    return number, column
        return None

    def action_move(self, step: int) -> None:
        """To the same cell of the row above or below; below the last is the line that adds one."""
        place = self._cursor()
        if place is None:
            if step < 0 and self._rows:
                self._rows[-1].entries[0].focus()
            return
        number, column = place[0] + step, place[1]
        if 0 <= number < len(self._rows):
            self._rows[number].entries[column].focus()
        elif number > 0:
            self.query_one(AddRow).focus()

    @on(Input.Submitted)
    async def _entered(self, submitted: Input.Submitted) -> None:
        submitted.stop()
        await self._go_on(submitted.input)

    async def _go_on(self, entry: Input) -> None:
        every = [each for row in self._rows for each in row.entries]
        place = every.index(entry) + 1 if entry in every else len(every)
        if place < len(every):
            every[place].focus()
        elif any(self._rows[-1].values):
            (await self._begin_row()).entries[0].focus()
        else:
            self.post_message(self.Entered())

    @on(Input.Changed)
    def _typing(self, changed: Input.Changed) -> None:
        changed.stop()

    @on(Input.Blurred)
    def _left(self, blurred: Input.Blurred) -> None:
        blurred.stop()
        # Where the cursor went is known only after this.
        self.call_later(self._settle)

    def _settle(self) -> None:
        place = self._cursor()
        if place is None:
            # On the line that adds a row nobody is at work in any row, but may be about to begin one.
            adding = self.has_focus_within and not any(any(row.values) for row in self._rows)
            self.post_message(self.Settled(-1 if adding else None))
            return
        begun = [bool(value.strip()) for value in self._rows[place[0]].values]
        if all(begun) or not any(begun):
            self.post_message(self.Settled(place[0]))

    # Choosing for a cell

    def action_choose(self) -> None:
        """Asks for the list of what could stand in the cell under the cursor."""
        place = self._cursor()
        if place is not None:
            self._ask_for(self._rows[place[0]].entries[place[1]])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Lets a key pass to the screen where there is nothing to choose."""
        if action == "choose":
            place = self._cursor()
            return place is not None and self._has_choices(place[1])
        return True

    def _has_choices(self, column: int) -> bool:
        path = self.question.columns[column].path
        return has_choices(step_of(path), path)

    def _ask_for(self, entry: Entry) -> None:
        column = next(row.entries.index(entry) for row in self._rows if entry in row.entries)
        self._asking = entry
        entry.focus()
        self.post_message(self.CellAsked(self.question.columns[column]))
