"""The least app that the last three screens need: the wizard's own, without its other screens and its threads."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen
from textual.widgets import Static

from screens.app import WizardApp
from screens.arguments import parse
from screens.interview import Interview
from screens.progress import Board
from wizard.plan import Plan

ARTICLE = Path(__file__).parents[1] / "profiles" / "article.yaml"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


class Elsewhere(Screen[None]):
    """Stands for any other screen."""

    def compose(self) -> Any:
        yield Static("elsewhere")


class Host(App[Any]):
    """Holds one screen under test; remembers where it was asked to go."""

    CSS_PATH = Path(__file__).parents[1] / "screens" / "app.tcss"
    HORIZONTAL_BREAKPOINTS = WizardApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = WizardApp.VERTICAL_BREAKPOINTS
    connecting = False

    def __init__(self, screen: Callable[[], Screen[None]], interview: Interview) -> None:
        super().__init__()
        self.interview = interview
        self.board: Board | None = None
        self.stop = threading.Event()
        self.reading: str | None = None
        self.gone: list[str] = []
        self.built: list[Plan] = []
        self._made = screen
        self.add_mode("tested", screen)
        self.add_mode("elsewhere", Elsewhere)

    def on_mount(self) -> None:
        self.theme = "ansi-dark"
        self.animation_level = "none"
        self.switch_mode("tested")

    async def look(self, step: str, *, again: bool = False) -> None:
        self.reading = step
        self.screen_stack[0].show_now()  # type: ignore[attr-defined]
        await self._before_look()
        self.interview.take(self.interview.look(step, again=again))
        self.reading = None

    async def _before_look(self) -> None:
        """Where a test holds a look back."""

    def go(self, mode: str) -> None:
        self.gone.append(mode)

    def ask_about(self, path: str) -> None:
        self.gone.append(path)

    def action_leave(self) -> None:
        self.gone.append("leave")

    def start_build(self, plan: Plan) -> None:
        self.built.append(plan)


def interview_at(endpoint_url: str, *options: str) -> Interview:
    """An interview about the article's profile, connected to the account at this address."""
    found = Interview(parse(["check", str(ARTICLE), "--endpoint-url", endpoint_url, *options]))
    found.open(ARTICLE)
    found.take_connection(found.connect())
    return found
