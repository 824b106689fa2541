"""Where a command's words go: results to standard output, the rest to standard error, or all as JSON lines."""

import json
import os
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from screens import safe
from screens.streams import lasting

_NARROWEST = 20
# Lines begin with a word of up to seven letters that says what they are.
_LABEL = 8


class PipedConsole(Console):
    """rich ends the program with 1 when a reader is gone; here the command decides how it ends."""

    def on_broken_pipe(self) -> None:
        """Raises BrokenPipeError."""
        raise BrokenPipeError


class Output:
    """One run's standard output and error. Every text passes ``safe`` before it is shown."""

    def __init__(self, *, as_json: bool, quiet: bool, verbose: bool, color: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose
        self.console = PipedConsole(
            file=lasting(sys.stderr), force_terminal=sys.stderr.isatty(), no_color=None if color else True,
            highlight=False, markup=False, emoji=False, soft_wrap=True,
        )  # fmt: skip
        self._results = PipedConsole(
            file=sys.stdout, force_terminal=sys.stdout.isatty(), no_color=None if color else True,
            highlight=False, markup=False, emoji=False, soft_wrap=True,
        )  # fmt: skip

    def event(self, data: Mapping[str, Any]) -> None:
        """One JSON line; nothing where lines are for people."""
        if self.as_json:
            # In one write: a signal that ends the program may come between two.
            sys.stdout.write(f"{json.dumps(data, default=str)}\n")
            sys.stdout.flush()

    def result(self, *lines: str, style: str = "") -> None:
        """Lines of what was asked for; ``style`` is of each first word."""
        if not self.as_json:
            _print(self._results, sys.stdout, lines, style)

    def document(self, text: str) -> None:
        """A result that other programs read, such as a script: exactly as it is."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def table(self, *lines: str) -> None:
        """Lines of what was asked for in columns, which are not wrapped."""
        if not self.as_json:
            sys.stdout.write("".join(f"{safe.line(line)}\n" for line in lines))
            sys.stdout.flush()

    def say(self, *lines: str, style: str = "") -> None:
        """Lines that accompany the work; ``style`` is of each first word. Nothing with --quiet or --json."""
        if not self.quiet and not self.as_json:
            self.insist(*lines, style=style)

    def insist(self, *lines: str, style: str = "") -> None:
        """Lines that stand on standard error whatever was asked for."""
        _print(self.console, sys.stderr, lines, style)

    def tell(self, *lines: str) -> None:
        """Lines to read or to hear, on standard error; sentences go on at the left, only what is indented stays so."""
        width = _width(sys.stderr)
        for line in lines:
            whole = width is None or not line or line.startswith(" ")
            self.insist(*([line] if whole else _parts(line, width or 0)))

    def table_width(self, *, result: bool) -> int | None:
        """The columns of the terminal that a table goes to; None where it is none, and nothing has to be cut."""
        return _width(sys.stdout if result else sys.stderr)


def _print(console: Console, stream: IO[str], lines: Iterable[str], style: str) -> None:
    width = _width(stream)
    for line in lines:
        for part in _wrapped(safe.line(line), width):
            text = Text(part)
            if style:
                word = len(part) - len(part.lstrip())
                text.stylize(style, word, word + len(part.lstrip().partition(" ")[0]))
                style = ""
            console.print(text)


def _wrapped(line: str, width: int | None) -> list[str]:
    """The line in parts of the width, each with the indentation of the line; whole where there is no width."""
    if width is None or len(line) <= width:
        return [line]
    indent = " " * min(len(line) - len(line.lstrip()) or _LABEL, width // 2)
    return _parts(line, width, indent) or [""]


def _parts(line: str, width: int, indent: str = "") -> list[str]:
    """The line in parts; words stay whole: addresses, ids and command lines are there to be copied."""
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _width(stream: IO[str]) -> int | None:
    """The columns to wrap at; None where the stream is no terminal, so that each line of a log stays one line."""
    try:
        if not stream.isatty():
            return None
        told = os.environ.get("COLUMNS", "")
        return max(_NARROWEST, int(told) if told.isdecimal() else os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        return None
