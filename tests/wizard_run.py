"""The whole full-screen wizard, run by a test: over an account, from a begun cluster on, step by step."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from keyboard import Operator, at_screen, settled
from screen_text import assert_golden
from textual import events
from textual.widgets import Static

from screens.app import WizardApp
from screens.controls import Entry
from screens.fields import Field
from screens.findings import Findings
from screens.step import StepScreen

ARTICLE = Path(__file__).parents[1] / "profiles" / "article.yaml"
# What the wizard can't suggest: the company's side.
PREMISES = {"site.on_premises_cidrs": "10.0.0.0/16", "site.proxy.url": "http://proxy.example.internal:8080"}
# A port that nothing listens at.
NOBODY = "http://127.0.0.1:9"
NARROW, WIDE = (80, 24), (120, 40)

# Times and ports.
_EACH_TIME = (
    (r"\b\d\d:\d\d:\d\d\b", "12:00:00"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b", "2027-01-15 12:00"),
    (r"127\.0\.0\.1:\d{5}", "127.0.0.1:54321"),
)

Act = Callable[["Wizard"], Awaitable[None]]


class Wizard(Operator):
    """Someone who also looks behind the screen, to know what has been shown and taken."""

    @property
    def step(self) -> StepScreen:
        """The step in sight, whatever dialog is before it."""
        found = self.app.screen_stack[0]
        assert isinstance(found, StepScreen)
        return found

    @property
    def status(self) -> str:
        """The status line of the step in sight."""
        return str(self.step.query_one("#status", Static).render())

    @property
    def findings(self) -> Findings:
        """The findings of the step in sight."""
        return self.step.query_one(Findings)

    @property
    def codes(self) -> list[str]:
        """The codes of the findings in sight."""
        return [finding.code for finding in self.findings._findings]

    def at(self, path: str) -> Field:
        """A question of the step in sight."""
        return next(each for each in self.step.query(Field) if each.question.path == path)

    async def fill(self, path: str, text: str) -> None:
        """Puts an answer over the one that stands in a field, as by pasting it, and leaves the field."""
        entry = self.at(path).query_one(Entry)
        entry.focus()
        await self.press("end", "ctrl+u")
        entry.post_message(events.Paste(text))
        await self.press("tab")

    async def choose_finding(self, code: str) -> None:
        """Puts the cursor on a finding."""
        found = self.findings
        found.list.focus()
        found.list.highlighted = len(found._waiting) + self.codes.index(code)
        await settled(self.pilot)

    async def begin(self, step: str = "account", **answers: str) -> None:
        """Begins a new cluster with the answers that can't be suggested and others, and goes to a step."""
        await self.quiet()
        self.app.interview.begin()
        self.app.interview.put({**PREMISES, **{name.replace("__", "."): text for name, text in answers.items()}})
        await self.go(step)

    async def go(self, step: str) -> None:
        """Shows a step, and waits until it was read."""
        await self.show(step)
        await self.quiet()

    async def show(self, step: str) -> None:
        """Shows a step; what it reads may take its time."""
        self.app.go(step)
        await self.arrive(step)

    async def size(self, size: tuple[int, int]) -> None:
        """Makes the window so large."""
        await self.pilot.resize_terminal(*size)
        await settled(self.pilot)

    async def golden(self, name: str, *sizes: tuple[int, int]) -> None:
        """The screen is as its goldens say, in windows of each size; the window stays as large as the last."""
        for size in sorted(sizes or (NARROW, WIDE), key=lambda size: size != self.app.size):
            if size != self.app.size:
                await self.size(size)
            await assert_golden(self.pilot, f"{name}-{size[0]}", *_EACH_TIME)


def wizard(act: Act, *argv: str, size: tuple[int, int] = NARROW) -> WizardApp:
    """Shows the wizard with this command line while ``act`` uses it. Returns the app as it was left."""

    async def used(operator: Operator) -> None:
        await act(Wizard(operator.app, operator.pilot))

    return at_screen(used, *argv, size=size)


def over(url: str, act: Act, *argv: str, size: tuple[int, int] = NARROW) -> WizardApp:
    """As wizard(), over the AWS at an address."""
    return wizard(act, "wizard", "--endpoint-url", url, *argv, size=size)
