"""The full-screen wizard by keyboard alone: what an operator would press, and what then is so."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from screen_text import screen_text
from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from screens import log
from screens.app import WizardApp
from screens.arguments import parse
from screens.controls import Entry, OneOf
from screens.dialogs import ChooseDialog, Dialog, TypeNameDialog
from screens.fields import Field
from screens.rows import AddRow, Rows

Act = Callable[["Operator"], Awaitable[None]]

# Something is always told where a clock ticks on the screen.
_MOST_ROUNDS, _CALM_ROUNDS = 50, 3
# More Tabs than any screen has places for the cursor.
_MOST_TABS = 80
_READS = ("load", "connect", "look", "choices", "look-at-all")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Presses keys; what one does has happened before the next, but for characters that are typed in a row.

    Pilot's own press waits for an idle process at each character, which takes minutes for all that is typed in tests.
    """
    for place, key in enumerate(keys):
        typed = len(key) == 1
        event = events.Key(_character_to_key(key) if typed else key, key if typed else None)
        event.set_sender(pilot.app)
        pilot.app.post_message(event)
        if not typed or place + 1 == len(keys) or len(keys[place + 1]) > 1:
            await settled(pilot)


async def settled(pilot: Pilot[Any]) -> None:
    """Waits until no widget has anything left to handle: what a key does goes from the app through several of them.

    Pilot's own pause takes a process that gets no turn for one that has nothing to do.
    """
    calm = 0
    for _ in range(_MOST_ROUNDS):
        # Each has then handled what it was told before, and what waits for the next painting has been called.
        await pilot.pause(0)
        waiting = (each.message_queue_size for each in (pilot.app, *pilot.app.screen.walk_children(with_self=True)))
        calm = 0 if any(waiting) else calm + 1
        if calm == _CALM_ROUNDS:
            return


class Keyboard:
    """The keys of an app, and what stands on its screen."""

    app: App[Any]

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        """Presses keys."""
        await press(self.pilot, *keys)

    async def until(self, so: Callable[[], Any], seconds: float = 60) -> None:
        """Lets the app go on until something is so."""
        end = asyncio.get_running_loop().time() + seconds
        while not so():
            assert asyncio.get_running_loop().time() < end, self.text
            await self.pilot.pause()


class Operator(Keyboard):
    """Someone who has no mouse and reads the screen."""

    def __init__(self, app: WizardApp, pilot: Pilot[Any]) -> None:
        super().__init__(pilot)
        self.app: WizardApp = app

    async def quiet(self) -> None:
        """Waits until nothing is read any more."""
        await settled(self.pilot)
        while reads := [each for each in self.app.workers if each.group in _READS]:
            for each in reads:
                with suppress(WorkerCancelled):
                    await each.wait()
            await settled(self.pilot)

    async def arrive(self, mode: str) -> None:
        """Waits until this screen is in sight with all that it begins with."""
        await self.until(lambda: self.app.current_mode == mode and self.app.screen_stack[0].is_mounted)
        await settled(self.pilot)

    # Where the cursor is

    @property
    def field(self) -> Field | None:
        """The question under the cursor."""
        focused = self.app.screen.focused
        above = focused.ancestors_with_self if focused else ()
        return next((each for each in above if isinstance(each, Field)), None)

    @property
    def path(self) -> str:
        """The path of the question under the cursor."""
        return self.field.question.path if self.field else ""

    async def to(self, path: str) -> Field:
        """Goes to a question by Tab; it has to be there."""
        for _ in range(_MOST_TABS):
            if self.path == path:
                assert self.field is not None
                return self.field
            await self.press("tab")
        raise AssertionError(f"no Tab leads to {path}:\n{self.text}")

    # Answering

    async def answer(self, path: str, text: str) -> None:
        """Goes to a question, types or picks the answer, and presses Enter."""
        field = await self.to(path)
        control = next(iter(field.query("Entry, OneOf, Rows").results()))
        if isinstance(control, OneOf):
            await self.pick(control, text)
        elif isinstance(control, Rows):
            await self.rows(control, [row.split() for row in text.splitlines()])
        else:
            assert isinstance(control, Entry)
            await self.type(text)
            await self.press("enter")
        await self.until(lambda: self.app.interview.shown().get(path) == text)

    async def type(self, text: str) -> None:
        """Types over what stands there."""
        await self.press("end", "ctrl+u", *text)

    async def pick(self, control: OneOf, text: str) -> None:
        """Picks one of a few with the arrow keys, and presses Enter."""
        for _ in control._labels:
            await self.press("left")
        for _ in control._labels:
            if control.text != text:
                await self.press("right")
        await self.press("enter")

    async def rows(self, control: Rows, wanted: Sequence[Sequence[str]]) -> None:
        """Takes away the rows that are there and types others, cell by cell."""
        while control._rows:
            await self.press("f8")
        assert isinstance(self.app.screen.focused, AddRow)
        if not wanted:
            await self.press("tab")
            return
        await self.press("enter")
        for row in wanted:
            for cell in row:
                await self.press(*cell, "enter")
        # On through the row that Enter has begun, which stays empty.
        while self.field is not None and control in self.app.screen.focused.ancestors:
            await self.press("enter")

    async def choose(self, path: str, *values: str) -> None:
        """Chooses from the list of a question, finding each by its name."""
        await self.to(path)
        await self.press("f4")
        await self.until(lambda: isinstance(self.app.screen, ChooseDialog))
        dialog = self.app.screen
        assert isinstance(dialog, ChooseDialog)
        for value in values:
            await self.press("end", "ctrl+u", *value)
            for _ in dialog.table.shown:
                choice = dialog._under_cursor()
                if choice is not None and choice.value == value:
                    break
                await self.press("down")
            if dialog.many and value not in dialog.table.taken:
                await self.press("space")
        await self.press("enter")
        await self.until(lambda: not isinstance(self.app.screen, Dialog))

    # Going on

    async def next(self, mode: str) -> None:
        """Goes on to the screen that has to come, and waits until it was read."""
        await self.press("ctrl+n")
        await self.arrive(mode)
        await self.quiet()

    async def back(self, mode: str) -> None:
        """Goes back to the screen that has to come, and waits until it was read."""
        await self.press("ctrl+b")
        await self.arrive(mode)
        await self.quiet()

    async def build(self, name: str) -> None:
        """Agrees to the plan by typing the cluster's name, and waits until it is built and verified."""
        await self.press("ctrl+n")
        await self.until(lambda: isinstance(self.app.screen, TypeNameDialog))
        await self.press(*name, "enter")
        await self.arrive("building")
        await self.built()

    async def built(self) -> None:
        """Waits until the build has ended."""
        for thread in [each for each in threading.enumerate() if each.name == "build"]:
            await asyncio.to_thread(thread.join, 60)
        await self.arrive("finish")
        await self.quiet()


def at_screen(act: Act, *argv: str, size: tuple[int, int] = (80, 24)) -> WizardApp:
    """Shows the wizard with this command line while ``act`` uses it. Returns the app as it was left."""
    app = WizardApp(parse(argv))

    async def run() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            app.animation_level = "none"
            await act(Operator(app, pilot))

    try:
        asyncio.run(run())
    finally:
        if app.is_loaded:
            app.interview.close()
        # What still reads would open the log again.
        for thread in [each for each in threading.enumerate() if each.name == "read"]:
            thread.join(30)
        log.close()
    return app
