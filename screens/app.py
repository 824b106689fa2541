"""The full-screen wizard: which screen is shown, what is read meanwhile, and how it is left.

What the first screen doesn't need is imported once it is painted: the models, AWS and the engine take longer to load
than all of Textual.
"""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from screens.arguments import STEPS
from screens.exit_codes import Exit
from screens.reading import in_thread, told_of_bug
from screens.welcome import WelcomeScreen
from wizard.words import screen as label

if TYPE_CHECKING:
    from screens.finish import Outcome
    from screens.interview import Interview
    from screens.progress import Board
    from wizard.plan import Plan

# Long enough that typing on does not ask AWS at each key, short enough that nobody waits for it.
PAUSE_SECONDS = 0.25

WELCOME, REVIEW, BUILDING, FINISH = "welcome", "review", "building", "finish"


def run(arguments: Any) -> Exit:
    """Shows the wizard until it is left, and then tells how to go on. Returns how it ended."""
    app = WizardApp(arguments)
    try:
        code = app.run()
    finally:
        if app.is_loaded:
            app.interview.close()
    if app.is_loaded:
        from screens.leaving import told
        from screens.streams import lasting

        for line in told(app.interview, app.outcome):
            print(line, file=lasting(sys.stderr))
    return Exit.BUG if code is None else code


class WizardApp(App[Exit]):
    """No widget holds an answer: all are in ``interview`` at once, and every screen shows what stands there."""

    CSS_PATH = "app.tcss"
    TITLE = "eks-wizard"
    ENABLE_COMMAND_PALETTE = True
    # Not switched to but begun with: switching paints an empty screen first.
    DEFAULT_MODE = WELCOME
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own type
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (24, "-usual"), (32, "-high")]  # noqa: RUF012 - as above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "leave", label("app.leave"), show=False, priority=True),
        Binding("f5", "read_again", label("app.read_again"), show=False),
    ]

    class Told(Message):
        """Something that the engine said while it works, in its own thread."""

        def __init__(self, what: Any) -> None:
            super().__init__()
            self.what = what

    def __init__(self, arguments: Any) -> None:
        super().__init__()
        self.arguments = arguments
        self._interview: Interview | None = None
        self.reading: str | None = None
        self.connecting = True
        self.board: Board | None = None
        self.outcome: Outcome | None = None
        self.stop = threading.Event()
        self._loading = False
        self._leaving = False
        self._building = False
        self._whole_wanted = False
        if not os.environ.get("TEXTUAL_THEME"):
            # Before the first style sheet is read: a theme that changes later reads it again.
            self.set_reactive(App.theme, "ansi-dark")
        self.add_mode(WELCOME, WelcomeScreen)
        for step in STEPS:
            self.add_mode(step, partial(_step_screen, step))
        self.add_mode(REVIEW, _review_screen)
        self.add_mode(BUILDING, _building_screen)
        self.add_mode(FINISH, _finish_screen)

    def on_mount(self) -> None:
        """Shows the first screen; what takes long comes after it."""
        if os.environ.get("SSH_CONNECTION"):
            self.animation_level = "none"
        with suppress(NotImplementedError):
            for name in ("SIGTERM", "SIGHUP"):
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self._asked_to_end)

    @property
    def interview(self) -> "Interview":
        """The answers and what AWS said. There from the first screen's first moments on, before anything is chosen."""
        if self._interview is None:
            raise RuntimeError("the interview is not there yet")
        return self._interview

    @property
    def is_loaded(self) -> bool:
        """Whether ``interview`` is there."""
        return self._interview is not None

    @work(exclusive=True, group="load")
    async def load(self) -> None:
        """Imports the rest of the program behind the first screen, and asks AWS whose account this is."""
        if self._loading:
            return
        self._loading = True

        def load() -> "Interview":
            from screens.interview import Interview

            return Interview(self.arguments)

        self._interview = await in_thread(load)
        gc.enable()
        self._refresh_screen()
        self.connect()

    # Where we are

    def go(self, mode: str) -> None:
        """Shows a screen."""
        self._take_typed()
        self.switch_mode(mode)

    def _take_typed(self) -> None:
        take = getattr(self.screen_stack[0], "take_typed", None)
        if take is not None:
            take()

    def ask_about(self, path: str) -> None:
        """Shows the question whose answer holds what stands at ``path``."""
        from wizard.answers import step_of

        step = step_of(path)
        self.go(step)
        self.call_later(self._focus_question, path)

    def _focus_question(self, path: str) -> None:
        from screens.step import StepScreen

        if isinstance(self.screen, StepScreen):
            self.screen.focus_question(path)

    def _refresh_screen(self) -> None:
        """Lets the screen in sight show what has changed."""
        show = getattr(self.screen_stack[0], "show_now", None)
        if show is not None:
            show()

    def begun(self) -> None:
        """Someone chose where to begin: AWS may be another region's now."""
        if self.interview.account is None or self.interview.is_elsewhere or self.interview.lacks_seed:
            self.connect()
        self.go(STEPS[0])

    def answered(self, step: str) -> None:
        """An answer was taken: shows what follows from it at once, and reads what it needs soon."""
        if self.interview.is_elsewhere:
            self.connect()
        self._refresh_screen()
        # What was typed last is told when its screen may have been left already.
        mode = self.current_mode
        self.look_soon(mode if mode in STEPS else STEPS[-1] if mode == REVIEW else step, pause=PAUSE_SECONDS)

    # Reading AWS: never on the event loop

    @work(exclusive=True, group="connect", exit_on_error=False)
    async def connect(self) -> None:
        """Finds out whose AWS this is."""
        from screens.arguments import UsageError
        from wizard.practice.process import PracticeUnavailableError
        from wizard.profile_problems import ProfileError

        self.connecting = True
        self._refresh_screen()
        try:
            self.interview.take_connection(await in_thread(self.interview.connect))
        except (PracticeUnavailableError, ProfileError, UsageError) as error:
            self.interview.refuse(str(error))
        except Exception as error:
            self.interview.refuse(told_of_bug(error))
        finally:
            self.connecting = False
        self._refresh_screen()
        self.look_again_here()

    def look_again_here(self) -> None:
        """Reads what the step in sight needs, if it is one."""
        mode = self.current_mode
        if mode in STEPS and self.interview.is_stale(mode, whole=_whole(mode)):
            self.look_soon(mode, whole=_whole(mode))

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look_soon(self, step: str, *, again: bool = False, whole: bool = False, pause: float = 0.0) -> None:
        """Reads AWS for a step after a pause; a later call takes the place of an earlier one."""
        # A look at all steps that an answer interrupts is still wanted.
        self._whole_wanted = _whole(step) and (whole or self._whole_wanted)
        await asyncio.sleep(pause)
        if again or not self.interview.has_choices(step):
            self._look_for_choices(step)
        await self.look(step, again=again, whole=self._whole_wanted)

    @work(exclusive=True, group="choices", exit_on_error=False)
    async def _look_for_choices(self, step: str) -> None:
        asked = self.interview.connection
        if asked is None or self.connecting:
            return
        try:
            offered = await in_thread(partial(self.interview.look_for_choices, step))
        except Exception as error:
            self.notify(told_of_bug(error), severity="error", markup=False)
            return
        if self.interview.connection is asked:
            self.interview.take_choices(offered)
            self._refresh_screen()

    async def look(self, step: str, *, again: bool = False, whole: bool = False) -> None:
        """Reads AWS for a step and shows what came of it."""
        asked = self.interview.connection
        # The answers may name a region whose connection is still to come.
        if asked is None or self.connecting:
            return
        self.reading = step
        self._refresh_screen()
        try:
            look = await in_thread(partial(self.interview.look, step, again=again, whole=whole))
            if self.interview.connection is asked:
                self.interview.take(look)
                self._whole_wanted = self._whole_wanted and not whole
        except Exception as error:
            self.notify(told_of_bug(error), severity="error", markup=False)
        finally:
            self.reading = None
        self._refresh_screen()

    def action_read_again(self) -> None:
        """F5: reads everything anew."""
        mode = self.current_mode
        if self.interview.account is None:
            self.connect()
        elif mode in STEPS:
            self.look_soon(mode, again=True, whole=_whole(mode))
        elif mode == REVIEW:
            self.look_soon(STEPS[-1], again=True)

    # Building

    def start_build(self, plan: "Plan") -> None:
        """Carries the plan out in a thread of its own, which outlives every screen."""
        from screens.building import carry_out
        from screens.progress import Board

        if self._building:
            return
        self._building = True
        self.stop = threading.Event()
        session = self.interview.session()
        self.board = Board(plan, session.time_scale)
        self.go(BUILDING)

        def work_through() -> None:
            outcome = carry_out(session, plan, self.stop, self._tell)
            self._tell(outcome)

        threading.Thread(target=work_through, name="build", daemon=True).start()

    def _tell(self, what: Any) -> None:
        self.post_message(self.Told(what))

    def on_wizard_app_told(self, told: Told) -> None:
        """An event, a view of the verification, or the outcome."""
        from screens.building import BuildingScreen
        from screens.finish import Outcome
        from wizard.engine import View

        what = told.what
        if isinstance(what, Outcome):
            self._building = False
            self.outcome = what
            if self._leaving:
                self.exit(what.code)
                return
            self.go(FINISH)
            self.call_later(self._show_outcome)
            return
        screen = self.screen_stack[0]
        building = screen if isinstance(screen, BuildingScreen) else None
        if isinstance(what, View):
            if building:
                building.verifying(what)
            return
        if self.board is not None:
            self.board.take(what)
        if building:
            building.take(what)

    def _show_outcome(self) -> None:
        from screens.finish import FinishScreen

        screen = self.screen_stack[0]
        if isinstance(screen, FinishScreen) and self.outcome is not None:
            screen.show(self.outcome)

    # Leaving

    @work(exclusive=True, group="leave", exit_on_error=False)
    async def action_leave(self) -> None:
        """Asks; while something is built, what is in hand is finished first."""
        from screens.dialogs import ConfirmDialog, LeaveDialog

        if isinstance(self.screen, ConfirmDialog | LeaveDialog):
            return
        if self._building:
            asks = ConfirmDialog(
                label("app.stop_title"), label("app.stop_text"), label("app.stop_yes"), label("app.stop_no")
            )
            if await self.push_screen_wait(asks):
                self._leaving = True
                self.stop.set()
            return
        self._take_typed()
        draft = self.interview.draft if self.is_loaded else None
        if self.outcome is not None:
            self.exit(self.outcome.code)
        elif draft is None or await self.push_screen_wait(LeaveDialog(draft, self.interview.unkept)):
            self.exit(Exit.DONE)

    def _asked_to_end(self) -> None:
        if self._building:
            self._leaving = True
            self.stop.set()
        else:
            self._take_typed()
            self.exit(Exit.PARTWAY if self.outcome is None else self.outcome.code)

    # Palette

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: only what can be done now."""
        if self.is_loaded and not self._building:
            for number, step in enumerate(STEPS, 1):
                title = label("app.go_to", number=number, title=label(f"steps.{step}_title"))
                yield SystemCommand(title, label("app.go_to_help"), partial(self.go, step))
            yield SystemCommand(label("app.go_review"), label("app.go_review_help"), partial(self.go, REVIEW))
            yield SystemCommand(label("app.read_again"), label("app.read_again_help"), self.action_read_again)
        commands: Callable[[], Iterable[SystemCommand]] | None = getattr(screen, "commands", None)
        if commands is not None:
            yield from commands()
        yield SystemCommand(label("app.dark"), label("app.theme_help"), partial(setattr, self, "theme", "ansi-dark"))
        yield SystemCommand(label("app.light"), label("app.theme_help"), partial(setattr, self, "theme", "ansi-light"))
        yield SystemCommand(label("app.leave"), label("app.leave_help"), self.action_leave)


def _whole(step: str) -> bool:
    """Whether the network is drawn in a step, to which all steps contribute."""
    return STEPS.index(step) >= STEPS.index("vpc")


def _step_screen(step: str) -> Screen[Any]:
    from screens.step import StepScreen

    return StepScreen(step)


def _review_screen() -> Screen[Any]:
    from screens.review import ReviewScreen

    return ReviewScreen()


def _building_screen() -> Screen[Any]:
    from screens.building import BuildingScreen

    return BuildingScreen()


def _finish_screen() -> Screen[Any]:
    from screens.finish import FinishScreen

    return FinishScreen()
