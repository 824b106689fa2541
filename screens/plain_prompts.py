"""Where the plain wizard reads what is typed: a line, or a menu where the operator asked for menus.

questionary's text prompt draws with cursor movements even where TERM=dumb, so such a terminal gives its lines itself.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from screens import safe
from screens.stopping import Declined, Stopping


class Leave(Exception):
    """The wizard is left; ``asked`` tells a wish that was typed from Ctrl-C, Ctrl-D and signals."""

    def __init__(self, *, asked: bool) -> None:
        super().__init__()
        self.asked = asked


@dataclass(frozen=True)
class Option:
    """What can be picked: ``cells`` tell it from the others; ``why_not`` is why it can't be, "" where it can."""

    value: str
    cells: tuple[str, ...] = ()
    why_not: str = ""


class Keyboard(Protocol):
    """Where answers come from. Each raises Leave."""

    def line(self, label: str) -> str:
        """The line that is typed after the label."""

    @property
    def has_menus(self) -> bool:
        """Whether one can pick with the arrow keys."""

    def pick(self, label: str, options: Sequence[Option], standing: str | None) -> str:
        """The value of the option that was picked."""

    def tick(self, label: str, options: Sequence[Option], standing: Sequence[str]) -> list[str]:
        """The values of the options that were ticked."""


def keyboard(arguments: Any, stop: Stopping, environment: Mapping[str, str]) -> Keyboard:
    """Where this operator types."""
    if sys.platform != "win32" and environment.get("TERM", "") in ("", "dumb"):
        return Lines(stop)
    return Prompts(stop, menus=arguments.menus, color=not arguments.no_color)


@contextmanager
def leaving(stop: Stopping) -> Iterator[None]:
    """Ctrl-C, Ctrl-D and signals ask nothing more: they raise Leave."""
    if stop.asked.is_set():
        raise Leave(asked=False)
    try:
        with stop.question():
            yield
    except (KeyboardInterrupt, EOFError, Declined):
        raise Leave(asked=False) from None


class Lines:
    """Lines as the terminal itself gives them."""

    has_menus = False

    def __init__(self, stop: Stopping) -> None:
        self._stop = stop

    def line(self, label: str) -> str:
        """The line that is typed after the label."""
        with leaving(self._stop):
            sys.stderr.write(f"{safe.line(label)} ")
            sys.stderr.flush()
            typed = sys.stdin.readline()
            if not typed.endswith("\n"):
                sys.stderr.write("\n")
            if not typed:
                raise EOFError
            return typed.rstrip("\n")

    def pick(self, label: str, options: Sequence[Option], standing: str | None) -> str:
        """Such a terminal has no menus."""
        raise NotImplementedError

    def tick(self, label: str, options: Sequence[Option], standing: Sequence[str]) -> list[str]:
        """Such a terminal has no menus."""
        raise NotImplementedError


class Prompts:
    """questionary's prompts, on standard error."""

    def __init__(self, stop: Stopping, *, menus: bool, color: bool) -> None:
        self._stop = stop
        self.has_menus = menus
        self._color = color
        # Serial consoles don't answer where their cursor is, and a line of text needs no answer.
        os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")

    def line(self, label: str) -> str:
        """The line that is typed after the label."""
        import questionary

        return str(self._asked(lambda more: questionary.text(safe.line(label), qmark="", **more)))

    def pick(self, label: str, options: Sequence[Option], standing: str | None) -> str:
        """The value of the option that was picked."""
        import questionary

        usable = [option.value for option in options if not option.why_not]
        return str(
            self._asked(
                lambda more: questionary.select(
                    safe.line(label), _choices(options, ()), standing if standing in usable else None, qmark="", **more
                )
            )
        )

    def tick(self, label: str, options: Sequence[Option], standing: Sequence[str]) -> list[str]:
        """The values of the options that were ticked."""
        import questionary

        return list(
            self._asked(
                lambda more: questionary.checkbox(safe.line(label), _choices(options, standing), qmark="", **more)
            )
        )

    def _asked(self, question: Callable[[dict[str, Any]], Any]) -> Any:
        from prompt_toolkit.output import ColorDepth, create_output

        more: dict[str, Any] = {}
        if sys.stderr.isatty():
            more["output"] = create_output(stdout=sys.stderr)
        if not self._color:
            more["color_depth"] = ColorDepth.DEPTH_1_BIT
        with leaving(self._stop):
            return question(more).unsafe_ask()


def _choices(options: Sequence[Option], standing: Sequence[str]) -> list[Any]:
    from questionary import Choice

    return [
        Choice(
            "  ".join(filter(None, map(safe.line, (option.value, *option.cells)))),
            option.value,
            disabled=safe.line(option.why_not) or None,
            checked=option.value in standing and not option.why_not,
        )
        for option in options
    ]
