"""One question of the plain wizard: told in lines, answered by value, by number or row by row.

Nothing is judged here: wizard.questions.read says what is an answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from screens import safe
from screens.plain_prompts import Keyboard, Leave, Option
from wizard import words
from wizard.answers import rows_text
from wizard.choices import Choice
from wizard.facts import Unknown
from wizard.profile_problems import ProfileError
from wizard.questions import Question, read, spelt
from wizard.questions import words as questions_words

Offered = tuple[Choice, ...] | Unknown | None

# As many lines of a list as are read out before one is asked.
LISTED: Final = 20

_WHY, _BACK, _SAVE, _NONE, _MORE, _OTHER = "?", "b", "s", "-", "more", "…"
_YES_NO: Final = {"y": "true", "yes": "true", "true": "true", "n": "false", "no": "false", "false": "false"}


class Turn(Enum):
    """What was typed in place of an answer."""

    BACK = auto()


@dataclass(frozen=True)
class Voice:
    """How the operator is spoken to: lines that are told, and what is typed."""

    tell: Callable[..., None]
    keyboard: Keyboard


def screen(name: str, /, **about: Any) -> str:
    """A sentence of the plain wizard, with the words of others in it made safe."""
    return safe.line(words.screen(f"plain.{name}", **about))


def ask(voice: Voice, question: Question, standing: str | None, offered: Callable[[str], Offered]) -> str | Turn:
    """The text of an answer that can be read. ``standing`` is what Enter takes; None where there is nothing to take.

    ``offered`` tells what can be picked for a path, the question's or a column's. Raises Leave.
    """
    if question.kind == "rows":
        return _Rows(voice, question, standing, offered).asked()
    return _ask(voice, question, standing, offered(question.path))


def _ask(
    voice: Voice, question: Question, standing: str | None, offered: Offered, row: int = 0, *, ends: bool = False
) -> str | Turn:
    """``row`` is the number of the row that the question is a cell of; ``ends``: typing nothing ends the rows."""
    said = questions_words()[question.path]
    heading = screen("row_question", row=row, prompt=said.prompt) if row else safe.line(said.prompt)
    hint = _hint(question)
    voice.tell("", f"{heading}. {hint}" if hint and not heading.endswith("?") else f"{heading} {hint}".rstrip())
    options = _options(question, offered)
    if isinstance(offered, Unknown):
        voice.tell(screen("not_listed", action=offered.action, why=offered.why))
    elif offered == ():
        voice.tell(screen("nothing_to_pick"))
    if voice.keyboard.has_menus and (options or question.kind == "yes_no"):
        return _menu(voice, question, standing, options)
    _list(voice, question, options)
    while True:
        typed = voice.keyboard.line(_label(question, standing)).strip()
        match typed:
            case "?":
                voice.tell(safe.line(said.why))
            case "b":
                return Turn.BACK
            case "s":
                raise Leave(asked=True)
            case "" if ends:
                return ""
            case "" if standing is None:
                voice.tell(screen("needed"))
            case _ if options and (typed == "more" or typed.startswith("/")):
                _list(voice, question, options, typed)
            case _:
                text = standing if typed == "" and standing is not None else _meant(voice, question, typed, options)
                if text is not None and _is_answer(voice, question, text):
                    return text


def _is_answer(voice: Voice, question: Question, text: str) -> bool:
    try:
        read(question, text)
    except ProfileError as error:
        for problem in error.problems:
            voice.tell(screen("refused", why=problem.says))
        return False
    return True


def _meant(voice: Voice, question: Question, typed: str, options: Sequence[Option]) -> str | None:
    """What was typed as an answer: numbers become what they stand for; None where that can't be picked."""
    if typed == _NONE:
        return ""
    if typed.startswith("="):
        return typed[1:].strip()
    if question.kind == "yes_no":
        return _YES_NO.get(typed.lower(), typed)
    if not options or typed.startswith(("[", "{")):
        return typed
    many = question.kind == "many"
    meant = []
    for word in typed.replace(",", " ").split() if many else [typed]:
        option = _picked(word, options)
        if option is not None and option.why_not:
            voice.tell(screen("cannot_pick", value=option.value, why=option.why_not))
            return None
        if option is None and word.isdecimal() and question.kind != "integer":
            voice.tell(screen("no_such_number", number=word, count=len(options)))
            return None
        meant.append(word if option is None else option.value)
    return ", ".join(meant)


def _picked(word: str, options: Sequence[Option]) -> Option | None:
    by_value = next((option for option in options if option.value == word), None)
    if by_value is None and word.isdecimal() and 0 < int(word) <= len(options):
        return options[int(word) - 1]
    return by_value


def _options(question: Question, offered: Offered) -> tuple[Option, ...]:
    if isinstance(offered, tuple):
        return tuple(
            Option(choice.value, choice.about, words.why_not(choice.why_not) if choice.why_not else "")
            for choice in offered
        )
    return () if question.kind == "yes_no" else tuple(map(Option, question.choices))


def _list(voice: Voice, question: Question, options: Sequence[Option], typed: str = "") -> None:
    """Numbered lines: the first ones, the rest after ``more``, or after ``/text`` those that hold the text."""
    if not options:
        return
    rows = [(str(number), option.value, *option.cells, option.why_not and screen("not_usable", why=option.why_not))
            for number, option in enumerate(options, 1)]  # fmt: skip
    text = typed.removeprefix("/").lower()
    if typed == "more":
        shown = rows[LISTED:]
    elif typed:
        shown = [row for row in rows if text in " ".join(row[1:]).lower()]
    else:
        shown = rows[:LISTED]
    if not shown:
        voice.tell(screen("nothing_found", text=text) if typed != "more" else screen("no_more"))
        return
    headings = words.headings(question.path)
    table = [("", screen("value"), *headings, ""), *shown] if any(headings) else shown
    voice.tell(*_aligned(table))
    if not typed and len(rows) > LISTED:
        voice.tell(screen("more", count=len(rows) - LISTED))


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    safely = [[safe.line(cell) for cell in row] for row in rows]
    most = max(len(row) for row in safely)
    widths = [max((len(row[column]) for row in safely if column < len(row) - 1), default=0) for column in range(most)]
    return ["  " + "  ".join(safe.fill(cell, width) for cell, width in zip(row, widths, strict=False)).rstrip()
            for row in safely]  # fmt: skip


def _hint(question: Question) -> str:
    if question.choices:
        return screen("hint_many_choices" if question.kind == "many" else "hint_choice")
    hint = {
        "integer": "hint_integer", "cidr": "hint_cidr", "arn": "hint_arn", "yes_no": "hint_yes_no", "many": "hint_many",
    }.get(question.kind)  # fmt: skip
    parts = [screen(hint)] if hint else []
    return " ".join([*parts, screen("hint_optional")] if question.optional else parts)


def _label(question: Question, standing: str | None) -> str:
    if standing is None:
        return screen("answer")
    if question.kind == "yes_no":
        return screen("answer_or", standing=screen("yes" if standing == "true" else "no"))
    return screen("answer_or", standing=standing.replace("\n", "; ") or screen("none"))


def _menu(voice: Voice, question: Question, standing: str | None, options: Sequence[Option]) -> str | Turn:
    """The same by arrow keys."""
    said = questions_words()[question.path]
    if question.kind == "yes_no":
        options = [Option("true", (screen("yes"),)), Option("false", (screen("no"),))]
    more = [Option(_WHY, (screen("menu_why"),)), Option(_BACK, (screen("menu_back"),)),
            Option(_SAVE, (screen("menu_save"),))]  # fmt: skip
    if not question.choices and question.kind != "yes_no":
        more.insert(0, Option(_OTHER, (screen("menu_other"),)))
    if question.optional:
        more.insert(0, Option(_NONE, (screen("menu_none"),)))
    while True:
        if question.kind == "many":
            ticked = voice.keyboard.tick(said.prompt, [*options, *more], (standing or "").replace(",", " ").split())
            commands = {option.value for option in more} & set(ticked)
            picked = commands.pop() if commands else ", ".join(ticked)
        else:
            picked = voice.keyboard.pick(said.prompt, [*options, *more], standing)
        match picked:
            case "?":
                voice.tell(safe.line(said.why))
                continue
            case "b":
                return Turn.BACK
            case "s":
                raise Leave(asked=True)
            case "…":
                picked = voice.keyboard.line(_label(question, standing)).strip() or (standing or "")
            case "-":
                picked = ""
        if _is_answer(voice, question, picked):
            return picked


class _Rows:
    """A question whose answer is rows: subnets, tags."""

    def __init__(
        self, voice: Voice, question: Question, standing: str | None, offered: Callable[[str], Offered]
    ) -> None:
        self.voice, self.question, self.offered = voice, question, offered
        self.rows = _parted(question, standing or "")

    def asked(self) -> str | Turn:
        """The rows as an answer."""
        said = questions_words()[self.question.path]
        columns = (column.path.rpartition(".")[2].upper() for column in self.question.columns)
        form = ("=" if self.question.path == "tags" else " ").join(columns)
        self.voice.tell("", f"{safe.line(said.prompt)}. {screen('hint_rows', form=form)}")
        self._tell()
        while True:
            count = len(self.rows)
            keep = screen("keep_rows" if count > 1 else "keep_row" if count else "no_rows", count=count)
            typed = self.voice.keyboard.line(screen("answer_or", standing=keep)).strip()
            match typed:
                case "?":
                    self.voice.tell(safe.line(said.why))
                case "b":
                    return Turn.BACK
                case "s":
                    raise Leave(asked=True)
                case "":
                    text = rows_text(self.question, self.rows)
                    if _is_answer(self.voice, self.question, text):
                        return text
                case "+":
                    self._add()
                case "-":
                    self.rows = []
                    self._tell()
                case _ if typed[0] == "-" and typed[1:].isdecimal():
                    self._remove(int(typed[1:]))
                case _ if self.question.path == "tags" and "=" not in typed and typed[0] != "{":
                    self.voice.tell(screen("no_tag", typed=typed))
                case _ if _is_answer(self.voice, self.question, typed):
                    self.rows = _parted(self.question, typed)
                    self._tell()

    def _tell(self) -> None:
        for number, row in enumerate(self.rows, 1):
            cells = (f"{questions_words()[column.path].prompt} {cell}"
                     for column, cell in zip(self.question.columns, row, strict=False))  # fmt: skip
            self.voice.tell(screen("row", row=number, cells=", ".join(cells)))

    def _remove(self, number: int) -> None:
        if not 0 < number <= len(self.rows):
            self.voice.tell(screen("no_such_row", number=number, count=len(self.rows)))
            return
        del self.rows[number - 1]
        self._tell()

    def _add(self) -> None:
        """Rows cell by cell until a first cell is left empty, or one asks to go back."""
        while True:
            row: list[str] = []
            for column in self.question.columns:
                standing = "" if not row or column.path == "tags.value" else None
                offered, number = self.offered(column.path), len(self.rows) + 1
                cell = _ask(self.voice, column, standing, offered, number, ends=not row)
                if isinstance(cell, Turn) or (not row and not cell):
                    self._tell()
                    return
                row.append(cell)
            self.rows.append(tuple(row))


def _parted(question: Question, text: str) -> list[tuple[str, ...]]:
    """The rows of an answer that can be read, cell by cell."""
    tree = spelt(question, text) if text.strip() else []
    if isinstance(tree, dict):
        return [(str(key), str(value or "")) for key, value in tree.items()]
    return [tuple(str(cell) for cell in row.values()) for row in tree if isinstance(row, dict)] if tree else []
