"""One question as a widget: its prompt, what the answer is typed or picked in, and what is wrong with it."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from screens import safe
from screens.controls import Entry, OneOf
from screens.rows import Mark, Rows
from wizard.choices import Choice
from wizard.profile_problems import Problem, ProfileError
from wizard.questions import Question, read
from wizard.questions import words as asked_in_words
from wizard.words import screen as label

# As many are picked from on one line; more are looked for in a list.
_FEW = 5
# A field that is at least so wide has its prompt beside the control.
_BESIDE = 64


class Field(Vertical):
    """One question. What stands in it is read when the cursor leaves it, never while someone types."""

    DEFAULT_CSS = """
    Field { height: auto; width: 1fr; }
    Field > .field-line { height: auto; width: 1fr; layout: vertical; }
    Field > .field-line > .field-prompt { width: 100%; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Field > .field-line > .field-answer { height: auto; width: 1fr; padding-left: 2; }
    Field > .field-problem { height: auto; width: 1fr; padding-left: 2; color: $text-error; }
    Field.-beside > .field-line { layout: horizontal; }
    Field.-beside > .field-line > .field-prompt { width: 34; padding-right: 1; }
    Field.-beside > .field-line > .field-answer { padding-left: 0; }
    Field.-beside > .field-problem { padding-left: 34; }
    Field.-rows > .field-line { layout: vertical; }
    Field.-rows > .field-line > .field-prompt { width: 100%; }
    Field.-rows > .field-problem { padding-left: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,f4", "choose", show=False)]

    class Answered(Message):
        """A text that can be read was given."""

        def __init__(self, field: "Field", text: str) -> None:
            super().__init__()
            self.field = field
            self.question = field.question
            self.text = text

    class ChooseAsked(Message):
        """Someone asks for the list; ``question`` is a column's where a cell of rows is asked for."""

        def __init__(self, field: "Field", question: Question) -> None:
            super().__init__()
            self.field = field
            self.question = question

    def __init__(self, question: Question, text: str | None) -> None:
        super().__init__()
        self.question = question
        self._entry: Entry | OneOf | Rows = _control(question, text)
        # What was told or taken last, and what then stood in the control.
        self._told = text
        self._taken = self.text
        self._refused = False
        self._asked = False
        self._can_choose = _lists_itself(question)
        self._prompt = Static(markup=False, classes="field-prompt")
        self._mark = Mark(label("fields.choose"))
        self._mark.display = self._can_choose
        self._problem = Static(markup=False, classes="field-problem")
        self._problem.display = False
        self.set_class(question.kind == "rows", "-rows")

    def compose(self) -> ComposeResult:
        with Horizontal(classes="field-line"):
            yield self._prompt
            with Horizontal(classes="field-answer"):
                yield self._entry
                yield self._mark
        yield self._problem

    def on_mount(self) -> None:
        """Shows the prompt."""
        self._tell_prompt(under_cursor=False)

    def on_resize(self, event: events.Resize) -> None:
        """Puts the prompt beside the control or above it, as there is room."""
        self.set_class(event.size.width >= _BESIDE, "-beside")

    # What stands there

    @property
    def text(self) -> str:
        """What stands there, whether it can be read or not."""
        return self._entry.text

    def show(self, text: str) -> None:
        """Puts an answer there that was given elsewhere; no news leaves what was typed and can't be read."""
        asked, self._asked = self._asked, False
        if text == self._told and not asked and (self._refused or self.text == self._taken):
            return
        self._entry.show(text)
        self._told, self._taken = text, self.text
        self.problem("")

    def show_cell(self, text: str) -> None:
        """Puts a text into the cell of rows that asked for its list."""
        self._asked = False
        if isinstance(self._entry, Rows):
            self._entry.show_cell(text)

    def problem(self, sentence: str) -> None:
        """Shows what is wrong; with nothing, that nothing is."""
        self._refused = bool(sentence)
        self._problem.display = bool(sentence)
        if sentence:
            self._problem.update(Text(label("fields.problem", says=safe.line(sentence))))

    @property
    def is_new(self) -> bool:
        """Whether something was typed that was not read yet."""
        return self.text != self._taken

    def accept(self) -> bool:
        """Reads what stands there. False where it can't be read, and then shows why."""
        return self._accept(None)

    def _accept(self, at_work: int | None) -> bool:
        """As accept, but for a row that someone is still typing in."""
        text = self.text
        try:
            read(self.question, text)
        except ProfileError as error:
            self._refuse(error.problems, at_work)
            return False
        self._refuse((), None)
        if text != self._taken or self._told is None:
            self._told = self._taken = text
            self.post_message(self.Answered(self, text))
        return True

    def _refuse(self, problems: Iterable[Problem], at_work: int | None) -> None:
        if isinstance(self._entry, Rows):
            says = self._entry.told_wrong(problems, at_work=at_work)
        else:
            says = [each.says if self.text.strip() else label("fields.needed") for each in problems]
        self.problem(" ".join(says))

    def _settle(self) -> None:
        """The cursor has left: what is new there is read."""
        if self.is_new:
            self.accept()
        elif self._refused and self._told is not None:
            # It was typed back to what it had been.
            self.accept()

    @on(Input.Blurred)
    def _left(self, blurred: Input.Blurred) -> None:
        blurred.stop()
        self._settle()

    @on(Input.Changed)
    def _typing(self, changed: Input.Changed) -> None:
        changed.stop()
        # Whoever types on has left the list without choosing.
        self._asked = False

    @on(Input.Submitted)
    def _submitted(self, submitted: Input.Submitted) -> None:
        submitted.stop()
        if self._can_choose and not self.text.strip() and not self._may_be_empty():
            self.action_choose()
        elif self.accept():
            self._go_on()

    @on(OneOf.Picked)
    def _picked(self, picked: OneOf.Picked) -> None:
        picked.stop()
        self.accept()

    @on(OneOf.Entered)
    @on(Rows.Entered)
    def _entered(self, entered: Message) -> None:
        entered.stop()
        if self.accept():
            self._go_on()

    @on(Rows.Settled)
    def _rows_settled(self, settled: Rows.Settled) -> None:
        settled.stop()
        if self.text != self._taken or self._refused:
            self._accept(settled.row)

    # Choosing from a list

    def can_choose(self, yes: bool) -> None:
        """Shows that there is a list to choose from; cells of rows have their own mark, and a few show themselves."""
        self._can_choose = isinstance(self._entry, Entry) and (yes or _lists_itself(self.question))
        self._mark.display = self._can_choose

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Lets the keys pass to the screen where there is no list."""
        return self._can_choose if action == "choose" else True

    def action_choose(self) -> None:
        """Asks for the list; one that is the same in every account is shown at once."""
        self._asked = True
        if not _lists_itself(self.question):
            self.post_message(self.ChooseAsked(self, self.question))
            return
        from screens.dialogs import ChooseDialog

        many = self.question.kind == "many"
        choices = tuple(Choice(value) for value in self.question.choices)
        self.app.push_screen(ChooseDialog(self.question, (), choices, self.text, many), self._chosen)

    def _chosen(self, text: str | None) -> None:
        if text is not None:
            self._entry.show(text)
            self.accept()

    @on(Mark.Clicked)
    def _mark_clicked(self, clicked: Mark.Clicked) -> None:
        clicked.stop()
        self.focus()
        self.action_choose()

    @on(Rows.CellAsked)
    def _cell_asked(self, asked: Rows.CellAsked) -> None:
        asked.stop()
        self._asked = True
        self.post_message(self.ChooseAsked(self, asked.column))

    # The cursor

    def focus(self, scroll_visible: bool = True) -> "Field":
        """Puts the cursor into the control."""
        if isinstance(self._entry, Rows):
            self._entry.focus_first()
        else:
            self._entry.focus(scroll_visible)
        return self

    def on_descendant_focus(self) -> None:
        """Shows that the cursor is here, not by colour alone."""
        self._tell_prompt(under_cursor=True)

    def on_descendant_blur(self) -> None:
        """Shows that it has left."""
        self._tell_prompt(under_cursor=False)

    def _go_on(self) -> None:
        """Moves the cursor to what comes after this field."""
        chain = self.screen.focus_chain
        own = [place for place, widget in enumerate(chain) if self in widget.ancestors]
        if own:
            self.screen.set_focus(chain[(own[-1] + 1) % len(chain)])

    def _tell_prompt(self, *, under_cursor: bool) -> None:
        prompt = asked_in_words()[self.question.path].prompt
        mark = "▸" if under_cursor else " "
        self._prompt.update(Text(f"{mark} {prompt}", style="bold" if under_cursor else ""))

    def _may_be_empty(self) -> bool:
        return _may_be_empty(self.question)


def field(question: Question, text: str | None) -> Field:
    """The widget that asks a question; ``text`` is the answer so far."""
    return Field(question, text)


def _control(question: Question, text: str | None) -> Entry | OneOf | Rows:
    if question.kind == "rows":
        return Rows(question, text or "")
    if labels := _labels(question):
        return OneOf(labels, text)
    return Entry(text or "", placeholder=_placeholder(question))


def _labels(question: Question) -> dict[str, str]:
    """The few that are picked from on one line, with what each is called; empty for other questions."""
    values = ("true", "false") if question.kind == "yes_no" else question.choices
    if question.kind == "many" or len(values) > _FEW or not values:
        return {}
    named = {value: _named(question, value) for value in values}
    return {**named, "": _named(question, "none")} if question.optional else named


def _named(question: Question, value: str) -> str:
    """What a value is called for this question, for any, or else as it is typed."""
    return _worded(f"fields.{question.path}.{value}") or _worded(f"fields.{value}") or value


def _placeholder(question: Question) -> str:
    """What leaving it empty means; of what only the company can know, how it may look."""
    if not _may_be_empty(question):
        return _worded(f"fields.such_as.{question.path}") or ""
    return _worded(f"fields.empty.{question.path}") or label("fields.empty")


def _worded(key: str) -> str | None:
    try:
        return label(key)
    except KeyError:
        return None


def _may_be_empty(question: Question) -> bool:
    try:
        read(question, "")
    except ProfileError:
        return False
    return True


def _lists_itself(question: Question) -> bool:
    """Whether it is answered from a list that is the same in every account."""
    return bool(question.choices) and not _labels(question)
