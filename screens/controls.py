"""What an answer is typed or picked in: one line of text, or one of a few."""

from collections.abc import Mapping
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input

from screens import safe


class Entry(Input):
    """One line of text. What can't be seen stands in it escaped, and is still the same text until it is edited."""

    DEFAULT_CSS = """
    Entry { width: 1fr; min-width: 8; }
    """

    def __init__(self, text: str = "", placeholder: str = "", classes: str | None = None) -> None:
        super().__init__(safe.line(text), placeholder, compact=True, validate_on=(), classes=classes)
        self._told = text
        self._shown = self.value

    @property
    def text(self) -> str:
        """What stands there."""
        return self._told if self.value == self._shown else self.value

    def show(self, text: str) -> None:
        """Puts a text there."""
        self._told, self._shown = text, safe.line(text)
        if self.value != self._shown:
            self.value = self._shown
            self.cursor_position = len(self.value)

    def replace(self, text: str, start: int, end: int) -> None:
        """Takes typed or pasted text in; what could steer the terminal is written out."""
        super().replace(text if text.isprintable() else safe.line(text), start, end)

    def _on_paste(self, event: events.Paste) -> None:
        # Lists are copied with an item on each line; one line holds them all.
        event.prevent_default()
        event.stop()
        self.replace(" ".join(event.text.splitlines()), *self.selection)


class OneOf(Widget, can_focus=True):
    """One of a few on one line, if they fit; an arrow or Space picks another, and so does the mouse."""

    DEFAULT_CSS = """
    OneOf { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down", "pick(1)", show=False),
        Binding("left,up", "pick(-1)", show=False),
        Binding("space", "pick_next", show=False),
        Binding("enter", "go_on", show=False),
    ]

    class Picked(Message):
        """Another one was picked."""

    class Entered(Message):
        """Enter was pressed: what is picked shall stand."""

    def __init__(self, labels: Mapping[str, str], text: str | None) -> None:
        super().__init__()
        self._labels = dict(labels)
        self._text = text or ""
        # With nothing answered, the entry for nothing is no answer either.
        self._answered = text is not None

    @property
    def text(self) -> str:
        """The value that is picked, or what was told that is none of them."""
        return self._text

    def show(self, text: str) -> None:
        """Picks a value."""
        self._text, self._answered = text, True
        self.refresh()

    def action_pick(self, step: int) -> None:
        """Picks the one beside; the first where nothing was picked."""
        values = list(self._labels)
        place = values.index(self._text) + step if self._is_picked(self._text) else 0
        if 0 <= place < len(values):
            self._pick(values[place])

    def action_pick_next(self) -> None:
        """Picks the next one, after the last the first."""
        values = list(self._labels)
        place = values.index(self._text) + 1 if self._is_picked(self._text) else 0
        self._pick(values[place % len(values)])

    def action_go_on(self) -> None:
        """Says that what is picked shall stand."""
        self.post_message(self.Entered())

    def on_click(self, event: events.Click) -> None:
        """Picks what was clicked on."""
        place = event.style.meta.get("value")
        if place is not None:
            self._pick(list(self._labels)[place])

    def render(self) -> Content:
        """``(•) one  ( ) other``, on as many lines as that takes."""
        return self._lines(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """How many lines that takes."""
        return self._lines(width).plain.count("\n") + 1

    def _lines(self, width: int) -> Content:
        parts: list[str | tuple[str, Style]] = []
        used = 0
        for place, (value, name) in enumerate(self._labels.items()):
            picked = self._is_picked(value)
            option = f"{'(•)' if picked else '( )'} {name}"
            if used and used + 2 + cell_len(option) > width:
                parts.append("\n")
                used = 0
            elif used:
                parts.append("  ")
                used += 2
            style = Style(reverse=True) if picked and self.has_focus else Style()
            parts.append((option, style + Style.from_meta({"value": place})))
            used += cell_len(option)
        return Content.assemble(*parts)

    def _is_picked(self, value: str) -> bool:
        return self._answered and value == self._text and value in self._labels

    def _pick(self, value: str) -> None:
        if not self._is_picked(value):
            self.show(value)
            self.post_message(self.Picked())
