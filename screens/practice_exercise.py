"""One exercise, full screen: its story, its nodes, what can be done, and the debrief."""

import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens import practising, safe
from screens.dialogs import ConfirmDialog, WhyDialog
from screens.practice_accounts import Accounts
from screens.practice_console import ConsoleDialog
from screens.reading import in_thread, told_of_bug
from screens.widgets import Marked, TooSmall
from wizard.cloud import CloudError
from wizard.practice.process import PracticeAccount, PracticeUnavailableError
from wizard.profile_problems import ProfileError
from wizard.training.attempt import Attempt, Standing
from wizard.training.scenario import Loaded
from wizard.words import screen as label

# How often the nodes are looked at by themselves.
_LOOK_SECONDS = 2.0
_DOINGS = ("check", "hint", "console", "wizard", "shell", "replace", "give_up", "leave")


class ExerciseScreen(Screen[None]):
    """Holds one attempt. Nothing of it is kept but that it was solved."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("f1", "story", show=False),
        Binding("f5", "look", show=False),
        # What can be done fits always; what is told may not.
        Binding("pageup", "scroll_told(-1)", show=False, priority=True),
        Binding("pagedown", "scroll_told(1)", show=False, priority=True),
    ]

    def __init__(self, loaded: Loaded, accounts: Accounts, learner: str) -> None:
        super().__init__()
        self.loaded, self.accounts, self.learner = loaded, accounts, learner
        self.attempt: Attempt | None = None
        self.now: Standing | None = None
        self._account: PracticeAccount | None = None
        self._says: list[str] = [label("practice.building")]
        # Whether what is said is the verdict, which follows the nodes.
        self._judged = False
        self._over = False

    def compose(self) -> ComposeResult:
        yield TooSmall()
        yield Static("", classes="whereabouts", markup=False)
        with VerticalScroll(id="told", can_focus=False):
            yield Static("", id="text", markup=False)
        yield Marked(id="doings", markup=False)
        yield Static(label("practice.exercise_keys"), classes="keys", markup=False)

    def on_mount(self) -> None:
        """The story can be read while the account is built."""
        title = practising.titled(self.loaded)
        self.query_one(".whereabouts", Static).update(Content(f"eks-wizard · {label('app.practice')} · {title}"))
        self.query_one("#doings").focus()
        self.show()
        self.begin()

    def end(self) -> None:
        """Ends the exercise's account."""
        if self._account is not None:
            self._account.discard()
            self._account = None

    # The account

    @work(exclusive=True, group="begin", exit_on_error=False)
    async def begin(self) -> None:
        """Starts an account and builds the exercise in it."""

        def build() -> tuple[Attempt, Standing]:
            account = self._account = self.accounts.take()
            if self._over:
                self.end()
            attempt = Attempt(self.loaded, account)
            attempt.begin()
            return attempt, attempt.standing()

        try:
            self.attempt, self.now = await in_thread(build)
            self._says = []
        except (PracticeUnavailableError, ProfileError, *practising.GONE) as error:
            self._says = [label("practice.failed", why=str(error))] if not self._over else []
        except Exception as error:
            self._says = [told_of_bug(error)]
        if self._over:
            return
        self.show()
        if self.attempt is not None:
            self.set_interval(_LOOK_SECONDS, self.action_look)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def action_look(self) -> None:
        """Looks at the nodes again."""
        if self.attempt is None or self._over:
            return
        try:
            self.now = await in_thread(self.attempt.standing)
            if self._judged:
                self._says = practising.verdict(self.now) or [label("practice.solved_now")]
        except practising.GONE:
            self._says, self._judged = [label("practice.ended")], False
        self.show()

    # What is shown

    def show(self) -> None:
        """Shows the exercise as it stands."""
        found = self.loaded.scenario
        parts = [(label("practice.story"), [found.story]), (label("practice.task"), [found.task])]
        if self.now is not None:
            parts.append((label("practice.nodes"), practising.nodes(self.now)))
        if told := self._hints_read:
            parts.append((label("practice.hints"), told))
        text = Content("\n\n").join([_part(heading, lines) for heading, lines in parts])
        if self._says:
            text = Content("\n\n").join([text, Content("\n".join(map(safe.line, self._says)))])
        self.query_one("#text", Static).update(text)
        doings = self.query_one("#doings", OptionList)
        place = doings.highlighted or 0
        doings.set_options([Option(Content(f"  {self._doing(name)}"), id=name) for name in self._possible])
        doings.highlighted = min(place, doings.option_count - 1) if doings.option_count else None

    @property
    def _hints_read(self) -> list[str]:
        read = self.loaded.scenario.hints[: self.attempt.read if self.attempt is not None else 0]
        return [label("practice.hint", number=number, says=hint.says) for number, hint in enumerate(read, 1)]

    @property
    def _possible(self) -> tuple[str, ...]:
        return _DOINGS if self.attempt is not None else ()

    def _doing(self, name: str) -> str:
        if self.attempt is None:
            return ""
        hint = self.attempt.next_hint
        return {
            "check": f"{label('practice.do_check')}. {label('practice.worth', points=self.attempt.points)}",
            "hint": label("practice.do_hint", costs=hint.costs) if hint else practising.no_hint(self.attempt),
            "console": label("practice.do_console"),
            "wizard": label("practice.do_wizard"),
            "shell": label("practice.do_shell"),
            "replace": label("practice.do_replace"),
            "give_up": label("practice.do_give_up"),
            "leave": label("practice.do_leave"),
        }[name]

    def _say(self, *lines: str, judged: bool = False) -> None:
        self._says, self._judged = list(lines), judged
        self.show()
        self.query_one("#told", VerticalScroll).scroll_end(animate=False)

    # What is done

    @on(OptionList.OptionSelected, "#doings")
    def _do(self, chosen: OptionList.OptionSelected) -> None:
        ways: dict[str, Callable[[], Any]] = {
            "check": self._check,
            "hint": self._hint,
            "console": self._consoles,
            "wizard": self._wizard,
            "shell": self._shell,
            "replace": self._replace,
            "give_up": self._give_up,
            "leave": self.action_leave,
        }
        ways[chosen.option.id or "leave"]()

    def action_scroll_told(self, way: int) -> None:
        """Page Up and Page Down: what stands above the list of what can be done."""
        told = self.query_one("#told", VerticalScroll)
        (told.scroll_page_up if way < 0 else told.scroll_page_down)(animate=False)

    def action_story(self) -> None:
        """F1: the story, the task and the hints that were read, with room to read them."""
        found = self.loaded.scenario
        told = [found.story, f"{label('practice.task')}: {found.task}", *self._hints_read]
        self.app.push_screen(WhyDialog(found.title, told))

    @work(exclusive=True, group="act", exit_on_error=False)
    async def action_leave(self) -> None:
        """Leaves the exercise, after a question where something would be lost."""
        if self.attempt is not None and not self._over:
            ask = ConfirmDialog(
                self.loaded.scenario.title,
                label("practice.sure"),
                label("practice.sure_leave"),
                label("practice.sure_stay"),
            )
            if not await self.app.push_screen_wait(ask):
                return
        self._over = True
        self.end()
        self.dismiss(None)

    @work(exclusive=True, group="act", exit_on_error=False)
    async def _check(self) -> None:
        attempt = self.attempt
        if attempt is None:
            return
        try:
            self.now = now = await in_thread(attempt.standing)
        except practising.GONE:
            self._say(label("practice.ended"))
            return
        if not now.solved:
            self._say(*practising.verdict(now), judged=True)
            return
        await self._debrief(practising.keep(attempt, self.learner))

    async def _debrief(self, first: list[str]) -> None:
        if self.attempt is None:
            return
        told = list(first)
        for heading, lines in practising.debrief(self.attempt):
            told += ["", f"{heading}:", *lines]
        title = label("practice.debrief_title", title=practising.titled(self.loaded))
        self._over = True
        await self.app.push_screen_wait(ConsoleDialog([(title, tuple(told))], from_top=True))
        self.end()
        self.dismiss(None)

    def _hint(self) -> None:
        if self.attempt is not None and self.attempt.read_hint() is not None:
            self._say()

    @work(exclusive=True, group="act", exit_on_error=False)
    async def _consoles(self) -> None:
        attempt, now = self.attempt, self.now
        if attempt is None or now is None:
            return
        consoles = await in_thread(
            lambda: [
                (label("practice.console_title", instance=node.instance), attempt.console(node.instance))
                for node in now.nodes
            ]
        )
        if not consoles:
            self._say(label("practice.no_nodes"))
            return
        self.app.push_screen(ConsoleDialog(consoles))

    @work(exclusive=True, group="act", exit_on_error=False)
    async def _wizard(self) -> None:
        if self.attempt is None:
            return
        try:
            with self.app.suspend():
                subprocess.run(practising.wizard_command(practising.wizard_options(self.attempt)), check=False)
        except SuspendNotSupported:
            self._say(label("practice.wizard_command", command=practising.wizard_line(self.attempt)))
            return
        self._say(label("practice.wizard_left"))

    def _shell(self) -> None:
        if self.attempt is not None:
            told = tuple(practising.shell(self.attempt.account))
            self.app.push_screen(ConsoleDialog([(label("practice.shell_title"), told)], from_top=True))

    @work(exclusive=True, group="act", exit_on_error=False)
    async def _replace(self) -> None:
        if self.attempt is None:
            return
        with suppress(*practising.GONE):
            try:
                count = await in_thread(self.attempt.replace_instances)
            except CloudError as error:
                self._say(label("practice.not_replaced", why=error.message))
                return
            self._say(label("practice.replaced", count=count))

    @work(exclusive=True, group="act", exit_on_error=False)
    async def _give_up(self) -> None:
        if self.attempt is None:
            return
        ask = ConfirmDialog(
            self.loaded.scenario.title,
            label("practice.give_up_sure"),
            label("practice.give_up"),
            label("practice.sure_stay"),
        )
        if await self.app.push_screen_wait(ask):
            self.attempt.gave_up = True
            await self._debrief([label("practice.debrief_unsolved")])


def _part(heading: str, lines: list[str]) -> Content:
    text = "\n".join(map(safe.line, lines))
    return Content("\n").join([Content(heading).stylize("bold"), Content(text)])
