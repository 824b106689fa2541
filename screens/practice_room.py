"""The training room, full screen: the exercises by difficulty, with what the learner has solved."""

import os
from typing import Any, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens import practising, safe
from screens.exit_codes import Exit
from screens.practice_accounts import Accounts
from screens.practice_exercise import ExerciseScreen
from screens.stopping import Stopping
from screens.widgets import Marked, TooSmall
from wizard.training import scenario
from wizard.training.progress import Done
from wizard.training.scenario import Loaded
from wizard.words import screen as label

_LOOK_SECONDS = 0.5


def run(arguments: Any, stop: Stopping, loaded: Loaded | None) -> Exit:
    """Shows the room, or one exercise, until it is left. Returns how it ended."""
    app = RoomApp(arguments, stop, loaded)
    try:
        code = app.run()
    finally:
        app.end()
    return Exit.BUG if code is None else code


class RoomApp(App[Exit]):
    """Shows the list, or the one exercise that was named; an exercise ends its own account."""

    CSS_PATH = ["app.tcss", "practice.tcss"]  # noqa: RUF012 - Textual's own type
    TITLE = "eks-wizard"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own type
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (24, "-usual"), (32, "-high")]  # noqa: RUF012 - as above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "leave", label("app.leave"), show=False, priority=True),
    ]

    def __init__(self, arguments: Any, stop: Stopping, loaded: Loaded | None) -> None:
        super().__init__()
        self.arguments, self.stop, self.only = arguments, stop, loaded
        self.learner = practising.learner(arguments.learner)
        self.exercise: ExerciseScreen | None = None
        self.accounts = Accounts(arguments)
        if not os.environ.get("TEXTUAL_THEME"):
            self.set_reactive(App.theme, "ansi-dark")

    def on_mount(self) -> None:
        """Shows the list, and before it the exercise that was named."""
        if os.environ.get("SSH_CONNECTION"):
            self.animation_level = "none"
        self.accounts.prepare()
        self.push_screen(ListScreen())
        if self.only is not None:
            self.open(self.only)
        self.set_interval(_LOOK_SECONDS, self._asked_to_end)

    def open(self, loaded: Loaded) -> None:
        """Shows an exercise; what is done there is seen in the list when it is left."""
        self.exercise = ExerciseScreen(loaded, self.accounts, self.learner)
        self.push_screen(self.exercise, self._left)

    def _left(self, _: None) -> None:
        self.exercise = None
        if self.only is not None:
            self.exit(Exit.DONE)
        else:
            self.accounts.prepare()

    def _asked_to_end(self) -> None:
        if self.stop.asked.is_set():
            self.exit(Exit.DONE)

    def action_leave(self) -> None:
        """Ctrl+C: out of the exercise first, where one is open."""
        if self.exercise is not None and self.screen is self.exercise:
            self.exercise.action_leave()
        elif self.exercise is None:
            self.exit(Exit.DONE)
        else:
            self.screen.dismiss(None)

    def end(self) -> None:
        """Ends the account of an exercise that is still open, and the one that is ready for the next."""
        self.accounts.end()
        if self.exercise is not None:
            self.exercise.end()


class ListScreen(Screen[None]):
    """All exercises, from easy to hard."""

    def compose(self) -> ComposeResult:
        yield TooSmall()
        yield Static("", classes="whereabouts", markup=False)
        yield Static(label("practice.what"), classes="about room-what", markup=False)
        yield Marked(id="exercises", markup=False)
        yield Static(label("practice.choose_keys"), classes="keys", markup=False)

    def on_mount(self) -> None:
        """The arrow keys choose at once."""
        self.query_one("#exercises").focus()

    def on_screen_resume(self) -> None:
        """Something may have been solved."""
        app = self.app
        name = app.learner if isinstance(app, RoomApp) else ""
        who = label("practice.learner", name=safe.line(name))
        self.query_one(".whereabouts", Static).update(
            Content(f"eks-wizard · {label('app.practice')} · {label('practice.title')} · {who}")
        )
        shown = self.query_one("#exercises", OptionList)
        place = shown.highlighted
        shown.set_options(_options(practising.solved_by(name)))
        shown.highlighted = place or 1

    @on(OptionList.OptionSelected)
    def _open(self, chosen: OptionList.OptionSelected) -> None:
        app = self.app
        if isinstance(app, RoomApp) and chosen.option.id:
            app.open(scenario.shipped()[chosen.option.id])


def _options(done: dict[str, Done]) -> list[Option]:
    found: list[Option] = []
    for level, exercises in scenario.by_level():
        found.append(Option(Content(label(f"practice.level_{level}")).stylize("bold"), disabled=True))
        for number, loaded in exercises:
            title, name = safe.fill(loaded.scenario.title, 48), loaded.id
            found.append(Option(Content(f"  {number:>2}  {title}{practising.standing(done.get(name))}"), id=name))
    return found
