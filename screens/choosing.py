"""What can be chosen, as lines of a table that is filtered and marked. Knows no widget."""

import json
import re
from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len

from screens import safe
from wizard import words
from wizard.choices import Choice
from wizard.profile_problems import ProfileError
from wizard.questions import Question, spelt
from wizard.words import screen as label

# More lines than anyone reads; the filter finds the rest.
MOST = 500
_GAP = 2
# The cursor's cell, and "[x] ".
_MARK = 5
_LEAST_VALUE = 24
_LEAST_NAME = 10
_MOST_CELLS = 24


class Table:
    """The choices that a filter lets through, with the marks of those that are taken.

    ``shown`` are at most MOST of them, in their order, and ``more`` is how many there are besides. What was typed by
    hand stands before the choices, so that nothing is lost by choosing.
    """

    def __init__(
        self, question: Question, headings: Sequence[str], choices: Sequence[Choice], current: str, *, many: bool
    ) -> None:
        self.many = many
        self.taken = _items(question, current) if many else []
        known = {choice.value for choice in choices}
        typed = tuple(Choice(value, (label("dialogs.typed"),)) for value in self.taken if value not in known)
        self._all = (*typed, *choices)
        # Aligned with the choices: their cells as they can be shown, and what the filter is compared with.
        self._cells = {id(choice): _cells(choice) for choice in self._all}
        self._found_in = ["\n".join(self._cells[id(choice)]).casefold() for choice in self._all]
        self._heads = tuple(safe.line(each) for each in ("", *headings))
        columns = zip_longest(*self._cells.values(), fillvalue="")
        self._widest = [max(map(cell_len, column)) for column in columns]
        self._needle = ""
        self._passed: Sequence[Choice] = self._all
        self._current = current.strip()
        self._widths: tuple[int, ...] = ()
        self._room = 0

    @property
    def shown(self) -> Sequence[Choice]:
        """The choices that have a line."""
        return self._passed[:MOST]

    @property
    def more(self) -> int:
        """How many pass the filter and have no line."""
        return max(0, len(self._passed) - MOST)

    @property
    def empty(self) -> bool:
        """True where there is nothing to choose from, whatever the filter."""
        return not self._all

    @property
    def start(self) -> int:
        """The line of the answer so far, or the first."""
        if self.many:
            return 0
        return next((place for place, each in enumerate(self.shown) if each.value == self._current), 0)

    def narrow(self, needle: str) -> bool:
        """Lets through only what has ``needle`` in a cell, upper and lower case alike. True where that changes."""
        needle = needle.strip().casefold()
        if needle == self._needle:
            return False
        self._needle = needle
        self._passed = [each for each, text in zip(self._all, self._found_in, strict=True) if needle in text]
        return True

    # Lines

    def fit(self, room: int) -> bool:
        """Gives each column its share of ``room`` cells. True where lines are to be shown anew."""
        if room == self._room or room <= 0:
            return False
        self._room = room
        free = room - _MARK
        widths = self._narrowest(free, _MOST_CELLS)
        if _wide(widths) > free:
            widths = self._narrowest(free, _LEAST_NAME)
        # An id or ARN is known by its end, a name by its beginning: the name gives way first, then the last columns.
        while len(widths) > 2 and _wide(widths) > free:
            widths.pop()
        if len(widths) > 1:
            widths[1] = max(1, min(self._natural(_MOST_CELLS)[1], widths[1] + free - _wide(widths)))
        self._widths = tuple(widths)
        return True

    def _narrowest(self, free: int, heads: int) -> list[int]:
        """The width of each column where the name is given as little as can be read."""
        value, *others = self._natural(heads)
        widths = [min(value, max(free // 2, _LEAST_VALUE)), *(min(each, _MOST_CELLS) for each in others)]
        return [min(width, _LEAST_NAME) if column == 1 else width for column, width in enumerate(widths)]

    def heads(self) -> str:
        """The line above the table."""
        return safe.cut(" " * _MARK + self._columns(self._heads, self._widths), self._room)

    def lines(self) -> list[str]:
        """The lines of what is shown."""
        return [self.line(choice) for choice in self.shown]

    def line(self, choice: Choice) -> str:
        """``[x] value  cell  cell``; where it can't be chosen ``no  value  name  no: why``."""
        found, mark = self._cells[id(choice)], self._mark(choice)
        if choice.why_not is None:
            return safe.cut(mark + self._columns(found, self._widths), self._room)
        begins = mark + self._columns(found[:2], self._widths)
        return safe.cut(f"{begins}  {label('dialogs.why_not', why=self.reason(choice))}", self._room)

    def detail(self, choice: Choice) -> str:
        """What the line had to cut off: why it can't be chosen, or all its cells."""
        if choice.why_not is not None:
            return label("dialogs.cannot", value=safe.cut(safe.line(choice.value), 80), why=self.reason(choice))
        found = self._cells[id(choice)]
        whole = all(cell_len(cell) <= width for cell, width in zip(found, self._widths, strict=False))
        return "" if whole and len(found) <= len(self._widths) else " · ".join(cell for cell in found if cell)

    def reason(self, choice: Choice) -> str:
        """Why it can't be chosen, as a line."""
        return safe.line(words.why_not(choice.why_not)) if choice.why_not else ""

    def _mark(self, choice: Choice) -> str:
        mark = "[ ]" if self.many else ""
        if self.many and choice.value in self.taken:
            mark = "[x]"
        elif choice.why_not is not None:
            mark = label("dialogs.no_mark")
        return f" {mark}".ljust(_MARK)

    def _columns(self, found: Sequence[str], widths: Sequence[int]) -> str:
        cut = (safe.fill(safe.cut(cell, width), width) for cell, width in zip(found, widths, strict=False))
        return (" " * _GAP).join(cut).rstrip(" ")

    def _natural(self, heads: int) -> list[int]:
        """The width of each column's widest cell, its heading's being at most ``heads``."""
        count = max(len(self._widest), len(self._heads))
        widest = [*self._widest, *[0] * count]
        named = [*(min(cell_len(each), heads) for each in self._heads), *[0] * count]
        return [max(widest[column], named[column], 1) for column in range(count)]

    # Marks

    def toggle(self, choice: Choice) -> bool:
        """Takes it, or takes it no more. False where it can't be chosen."""
        if choice.value in self.taken:
            self.taken.remove(choice.value)
            return True
        if choice.why_not is not None:
            return False
        self.taken.append(choice.value)
        return True

    def answer(self) -> str:
        """All that is taken, as it could be typed."""
        return (
            json.dumps(self.taken) if any(re.search(r"[,\s]", each) for each in self.taken) else ", ".join(self.taken)
        )


def _wide(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _items(question: Question, text: str) -> list[str]:
    try:
        found = spelt(question, text)
    except ProfileError:
        return []
    return list(dict.fromkeys(map(str, found))) if isinstance(found, list) else []


def _cells(choice: Choice) -> tuple[str, ...]:
    return tuple(_line(cell) for cell in (choice.value, *choice.about))


def _line(text: str) -> str:
    # Nearly all names are plain, and thousands of them are to be shown at once.
    return text if text.isascii() and text.isprintable() else safe.line(text)
