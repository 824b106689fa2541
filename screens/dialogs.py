"""What stands in front of a screen until it is answered: a list to choose from, a text to read, a question."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from screens import safe
from screens.choosing import Table
from screens.controls import Entry
from screens.widgets import Marked
from wizard.choices import Choice, Choices
from wizard.facts import Unknown
from wizard.questions import Question
from wizard.questions import words as asked_in_words
from wizard.words import screen as label

Answer = TypeVar("Answer")


class Push(Button):
    """A button on one line that shows the cursor by a mark."""

    DEFAULT_CSS = """
    Push, Push:focus { margin-right: 2; min-width: 8; text-style: none; }
    """

    def __init__(self, text: str, id: str) -> None:
        super().__init__(Content(f" [ {text} ] "), id=id, compact=True)
        self._text = text

    def on_focus(self) -> None:
        """The cursor is here."""
        self.label = Content(f"▸[ {self._text} ] ")

    def on_blur(self) -> None:
        """It has left."""
        self.label = Content(f" [ {self._text} ] ")


class Lines(Marked, can_focus=False):
    """A list whose keys are a field's above it."""


class Filter(Entry):
    """What narrows a list. Where the list is marked, Space is the list's."""

    def __init__(self, placeholder: str, *, marking: bool) -> None:
        super().__init__(placeholder=placeholder)
        self._marking = marking

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether it takes the key for itself."""
        return not (self._marking and key == "space") and super().check_consume_key(key, character)


class Dialog(ModalScreen[Answer]):
    """A framed box in the middle. Its title and texts may come from anywhere."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > .dialog-box {
        width: 90%; max-width: 100; height: auto; max-height: 100%; border: round $foreground; padding: 0 1;
    }
    Dialog .dialog-text { height: auto; width: 1fr; }
    Dialog .dialog-texts { height: auto; width: 1fr; }
    Dialog .dialog-line { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    Dialog .dialog-hint { height: 1; width: 1fr; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    Dialog .dialog-buttons { height: 1; width: 1fr; margin-top: 1; }
    Dialog .dialog-table { height: auto; max-height: 1fr; width: 1fr; border: none; padding: 0; overflow-x: hidden;
        scrollbar-gutter: stable; text-wrap: nowrap;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]
    # The lines that a dialog has besides its text: frame and buttons.
    BESIDES: ClassVar[int] = 4

    def box(self, title: str) -> Vertical:
        """The frame, with a title in its upper edge."""
        frame = Vertical(classes="dialog-box")
        frame.border_title = Content(safe.line(title))
        return frame

    def on_resize(self, event: events.Resize) -> None:
        """A long text scrolls, and what is below it stays in sight."""
        for texts in self.query(".dialog-texts"):
            texts.styles.max_height = max(1, event.size.height - self.BESIDES)

    def action_leave(self) -> None:
        """Leaves without an answer."""
        self.dismiss(None)


class ChooseDialog(Dialog[str | None]):
    """What the account has for a question. Returns the text of the answer; None where nothing was chosen."""

    DEFAULT_CSS = """
    ChooseDialog > .dialog-box { width: 100%; max-width: 140; height: 100%; }
    ChooseDialog.-unknown > .dialog-box { height: auto; }
    ChooseDialog .dialog-table { height: 1fr; }
    ChooseDialog .choose-detail { height: auto; max-height: 4; }
    ChooseDialog .dialog-buttons { margin-top: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "list('cursor_down')", show=False),
        Binding("up", "list('cursor_up')", show=False),
        Binding("pagedown", "list('page_down')", show=False),
        Binding("pageup", "list('page_up')", show=False),
        Binding("ctrl+home", "list('first')", show=False),
        Binding("ctrl+end", "list('last')", show=False),
        # Before the filter, which would insert it.
        Binding("space", "mark", show=False, priority=True),
    ]

    def __init__(self, question: Question, headings: Sequence[str], choices: Choices, current: str, many: bool) -> None:
        super().__init__()
        self.question = question
        self.many = many
        self._unknown = choices if isinstance(choices, Unknown) else None
        found: tuple[Choice, ...] = () if isinstance(choices, Unknown) else choices
        self.table = Table(question, headings, found, current, many=many)
        self._told = ""
        self.set_class(self._unknown is not None, "-unknown")

    def compose(self) -> ComposeResult:
        with self.box(asked_in_words()[self.question.path].prompt):
            if self._unknown is not None:
                says = label("dialogs.unknown", action=self._unknown.action, why=self._unknown.why)
                yield Static(safe.line(says), classes="dialog-text", markup=False)
                with Horizontal(classes="dialog-buttons"):
                    yield Push(label("dialogs.close"), "leave")
                return
            yield Filter(label("dialogs.filter"), marking=self.many)
            yield Static("", classes="dialog-line choose-heads", markup=False)
            yield Lines(classes="dialog-table", markup=False)
            yield Static("", classes="dialog-text choose-detail", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Push(label("dialogs.take"), "take")
                yield Push(label("dialogs.leave_list"), "leave")
                yield Static(label("dialogs.many_hint" if self.many else "dialogs.one_hint"), classes="dialog-hint",
                             markup=False)  # fmt: skip

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002 - Textual's
        """Fits the columns to the room there is."""
        if self._unknown is None:
            self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if self.table.fit(self._list.scrollable_content_region.width):
            self.query_one(".choose-heads", Static).update(Content(self.table.heads()))
            self._show(self._list.highlighted)

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    def _show(self, place: int | None = None) -> None:
        """Lists what the filter lets through; ``place`` is where the cursor stays."""
        options = [Option(Content(line)) for line in self.table.lines()]
        if more := self.table.more:
            options.append(Option(Content(label("dialogs.more", count=more)), disabled=True))
        if not options:
            options.append(
                Option(Content(label("dialogs.none" if self.table.empty else "dialogs.nothing")), disabled=True)
            )
        self._list.set_options(options)
        place = self.table.start if place is None else place
        if self.table.shown:
            self._list.highlighted = min(place, len(self.table.shown) - 1)
        self._tell()

    @on(Input.Changed)
    def _filter(self, changed: Input.Changed) -> None:
        changed.stop()
        if self.table.narrow(changed.value):
            self._show()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._told = ""
        self._tell()

    def _tell(self) -> None:
        """Shows in full what the line under the cursor has no room for, or why it can't be chosen."""
        choice = self._under_cursor()
        text = self._told or (self.table.detail(choice) if choice else "")
        self.query_one(".choose-detail", Static).update(Content(text))

    def _under_cursor(self) -> Choice | None:
        place = self._list.highlighted if self._unknown is None else None
        return self.table.shown[place] if place is not None and place < len(self.table.shown) else None

    def action_list(self, action: str) -> None:
        """Moves the cursor in the list while the filter keeps the keys."""
        if self._unknown is None:
            getattr(self._list, f"action_{action}")()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Space is a space where there is only one to pick, and a button's where the cursor is on it."""
        return self.many and isinstance(self.focused, Filter) if action == "mark" else True

    def action_mark(self) -> None:
        """Marks the line under the cursor, or takes its mark away."""
        choice, place = self._under_cursor(), self._list.highlighted
        if choice is None or place is None:
            return
        if self.table.toggle(choice):
            self._list.replace_option_prompt_at_index(place, Content(self.table.line(choice)))
        else:
            self._refuse(choice)

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        if self.many:
            self.action_mark()
        else:
            self._take()

    @on(Input.Submitted)
    @on(Button.Pressed, "#take")
    def _take(self) -> None:
        if self.many:
            self.dismiss(self.table.answer())
            return
        choice = self._under_cursor()
        if choice is None:
            return
        if choice.why_not is None:
            self.dismiss(choice.value)
        else:
            self._refuse(choice)

    def _refuse(self, choice: Choice) -> None:
        self._told = label("dialogs.cannot", value=safe.line(choice.value), why=self.table.reason(choice))
        self._tell()

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.action_leave()


class WhyDialog(Dialog[None]):
    """A text to read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,f1", "leave", show=False)]

    def __init__(self, title: str, paragraphs: Iterable[str]) -> None:
        super().__init__()
        self._title = title
        self._paragraphs = [safe.line(each) for each in paragraphs if each]

    def compose(self) -> ComposeResult:
        with self.box(self._title):
            with VerticalScroll(classes="dialog-texts"):
                yield Static(Content("\n\n".join(self._paragraphs)), classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Push(label("dialogs.close"), "leave")
                yield Static(label("dialogs.why_hint"), classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.query_one(".dialog-texts").focus()

    @on(Button.Pressed)
    def _close(self) -> None:
        self.action_leave()


class ConfirmDialog(Dialog[bool]):
    """A question with two buttons. Returns True for yes; the cursor begins on no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, text: str, yes: str, no: str) -> None:
        super().__init__()
        self._title, self._text, self._yes, self._no = title, text, yes, no

    def compose(self) -> ComposeResult:
        with self.box(self._title):
            texts = VerticalScroll(classes="dialog-texts", can_focus=False)
            with texts:
                yield Static(Content(safe.line(self._text)), classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Push(safe.line(self._no), "no")
                yield Push(safe.line(self._yes), "yes")

    def on_mount(self) -> None:
        """Enter without reading does no harm."""
        self.query_one("#no").focus()

    def action_leave(self) -> None:
        """Esc is no."""
        self.dismiss(False)

    @on(Button.Pressed)
    def _pressed(self, pressed: Button.Pressed) -> None:
        self.dismiss(pressed.button.id == "yes")


class LeaveDialog(ConfirmDialog):
    """Whether to leave the wizard. Returns True to leave.

    ``draft`` is the file that keeps the answers; ``unkept`` why it does not, "" where it does.
    """

    def __init__(self, draft: Path, unkept: str = "") -> None:
        text = label("dialogs.leave_unkept", why=unkept) if unkept else label("dialogs.leave_text", draft=draft)
        super().__init__(label("dialogs.leave_title"), text, label("dialogs.leave_yes"), label("dialogs.leave_no"))


class TypeNameDialog(Dialog[bool]):
    """A question that is agreed to by typing a name. Returns True when exactly that was typed."""

    BESIDES: ClassVar[int] = 9

    def __init__(self, title: str, text: str, name: str) -> None:
        super().__init__()
        self._title, self._text, self._name = title, text, name

    def compose(self) -> ComposeResult:
        with self.box(self._title):
            with VerticalScroll(classes="dialog-texts", can_focus=False):
                yield Static(Content(safe.line(self._text)), classes="dialog-text", markup=False)
            asks = label("dialogs.type_name", name=safe.line(self._name))
            yield Static(Content(asks), classes="dialog-text", markup=False)
            yield Entry()
            yield Static("", id="not-it", classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Push(label("dialogs.type_no"), "no")
                yield Push(label("dialogs.type_yes"), "yes")

    def on_mount(self) -> None:
        """The name can be typed at once."""
        self.query_one(Entry).focus()

    def action_leave(self) -> None:
        """Esc agrees to nothing."""
        self.dismiss(False)

    @on(Button.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(False)

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def _yes(self) -> None:
        if self.query_one(Entry).value == self._name:
            self.dismiss(True)
        else:
            self.query_one("#not-it", Static).update(label("dialogs.not_the_name"))
            self.query_one(Entry).focus()
