"""Carries out a plan and shows how far it is: each change, what AWS says meanwhile, and then the verification."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, RichLog, Static

from screens import lines, log, progress, safe
from screens.exit_codes import Exit
from screens.finish import Outcome
from screens.interview import said_of
from screens.progress import Board
from screens.session import Session
from screens.widgets import TooSmall, Whereabouts, wizard_app
from wizard import engine, words
from wizard.cloud import CloudError
from wizard.engine import PlanChanged, StopsFound, View
from wizard.events import Crashed, Event, Failed, Retrying
from wizard.facts import Unknown
from wizard.findings import Finding, Severity
from wizard.journal import Locked
from wizard.network import STACK
from wizard.pace import StopAsked
from wizard.plan import Change, Plan
from wizard.stack_events import StackEvent, stack_events
from wizard.words import Said
from wizard.words import screen as label

Tell = Callable[[Event | View], None]

LOG_LINES = 2000
STACK_SECONDS = 5.0
_LEAST_PAUSE = 0.2
_STATE = 9


def carry_out(session: Session, plan: Plan, stop: threading.Event, tell: Tell) -> Outcome:
    """Builds what was agreed to and verifies it, telling each event and each view. Takes long; never raises."""
    board = Board(plan, session.time_scale)
    ended = partial(Outcome, board=board, log=log.path())
    try:
        if plan.changes and (code := _build(session, plan, board, stop, tell)) is not None:
            evidence = tuple(event.evidence for event in board.failed if isinstance(event, Failed) and event.evidence)
            return ended(code, errors=tuple(map(_said_of_failed, board.failed)), stopped=board.stopped,
                         evidence=evidence)  # fmt: skip
    except Locked as error:
        return ended(Exit.FINDINGS, errors=(words.error("locked", holder=error.holder),))
    except PlanChanged as error:
        said = words.error("plan_changed", agreed=error.agreed.digest, now=error.now.digest)
        what = Said(label("building.difference"), "; ".join(lines.difference(error.agreed, error.now)), "")
        return ended(Exit.FINDINGS, errors=(said, what))
    except StopsFound as error:
        return ended(Exit.FINDINGS, errors=tuple(map(words.say, error.findings)))
    except StopAsked:
        return ended(Exit.PARTWAY, stopped=True)
    except CloudError as error:
        return ended(Exit.AWS, errors=(said_of(error),))
    except Exception as error:
        return ended(Exit.BUG, errors=(_crash(error),))
    return _verified(session, stop, tell, ended)


def _build(session: Session, plan: Plan, board: Board, stop: threading.Event, tell: Tell) -> Exit | None:
    """How the build ended where it was not finished; None where all of it is done. Raises what engine.build does."""
    from screens.replay import how_it_ended

    started = time.time()
    journal = session.journal()
    with closing(engine.build(session.doors, session.profile, plan, journal, stop)) as events:
        for event in events:
            board.take(event)
            tell(event)
    return how_it_ended(board, journal, started) if board.failed or board.left else None


def _verified(session: Session, stop: threading.Event, tell: Tell, ended: Callable[..., Outcome]) -> Outcome:
    from screens.inspecting import right

    view: View | None = None
    try:
        for view in engine.verify(session.doors, session.profile, stop):
            tell(view)
    except StopAsked:
        said = Said(*(label(f"building.{key}") for key in _NOT_VERIFIED))
        return ended(Exit.PARTWAY, view=view, errors=(said,), stopped=True)
    except CloudError as error:
        return ended(Exit.UNVERIFIED, view=view, errors=(said_of(error),))
    except Exception as error:
        return ended(Exit.BUG, view=view, errors=(_crash(error),))
    return ended(Exit.DONE if view is not None and right(view.findings) else Exit.UNVERIFIED, view=view)


_NOT_VERIFIED = ("not_verified", "not_verified_because", "not_verified_do")


def _said_of_failed(event: Failed | Crashed) -> Said:
    if isinstance(event, Failed):
        return words.say(event.finding)
    log.logger.error("a change crashed", exc_info=event.error)
    return words.error("crashed", change=event.change.id, said=f"{type(event.error).__name__}: {event.error}")


def _crash(error: Exception) -> Said:
    log.logger.error("not foreseen", exc_info=error)
    return words.error("crashed", change=label("building.the_build"), said=f"{type(error).__name__}: {error}")


def change_lines(board: Board) -> Iterator[Text]:
    """Each change with its state in a word and its time: first what failed and what is under way, last what is done."""
    failed = {event.change.id for event in board.failed}
    kinds: dict[str, list[Text]] = {"failed": [], "under_way": [], "waiting": [], "done": []}
    for change in board.plan.changes:
        if change.id in failed:
            kinds["failed"].append(_line("failed", change, "", "bold red"))
        elif change.id in board.running:
            kinds["under_way"].append(_line("under_way", change, progress.times(board, board.running[change.id])))
        elif change.id in board.took:
            kinds["done"].append(_line("done", change, board.took[change.id], "green"))
        else:
            usual = lines.usually(change)
            kinds["waiting"].append(_line("waiting", change, usual and label("building.usually", time=usual)))
    for found in kinds.values():
        yield from found


def _line(state: str, change: Change, times: str, style: str = "") -> Text:
    word = label(f"building.{state}")
    text = Text(f"{word:<{_STATE}}  {safe.line(change.id)}{f'  {times}' if times else ''}")
    text.stylize(style, 0, _STATE)
    return text


def headline(board: Board, *, stopping: bool) -> str:
    """How far the whole is, in words."""
    about = {"cluster": board.plan.cluster, "done": len(board.done), "total": len(board.plan.changes)}
    if board.failed:
        return label("building.failing", **about, failed=len(board.failed))
    return label("building.stopping" if stopping else "building.title", **about, running=len(board.running))


def amiss(view: View) -> list[Finding]:
    """What a verification still finds wrong or cannot see, the worst first."""
    return [finding for finding in lines.ordered(view.findings) if finding.severity is not Severity.OK]


def stack_lines(found: tuple[StackEvent, ...] | Unknown) -> list[str]:
    """A line for each event of the stack, the latest first."""
    if isinstance(found, Unknown):
        return [label("building.stack_unknown", why=safe.line(found.why))]
    rows = [f"{event.at.astimezone():%H:%M:%S} {event.status:<18} {event.logical_id} ({event.type}) {event.reason}"
            for event in reversed(found)]  # fmt: skip
    return [safe.line(row) for row in rows] or [label("building.stack_none")]


class BuildingScreen(Screen[None]):
    """Shows the app's board; ``at`` tells the time of day, for the log."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "stop", label("building.stop"))]
    DEFAULT_CSS = """
    BuildingScreen #changes { height: 2fr; padding: 0 1; border-top: solid $foreground-muted; }
    BuildingScreen #stack { height: 1fr; padding: 0 1; border-top: solid $foreground-muted; }
    BuildingScreen #log {
        height: 1fr;
        padding: 0 1;
        border-top: solid $foreground-muted;
        scrollbar-gutter: stable;
        overflow-x: hidden;
    }
    BuildingScreen .title { padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    BuildingScreen .rows { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, at: Callable[[], datetime] = datetime.now) -> None:
        super().__init__()
        self._at = at
        self._ready = False
        self._board: Board | None = None
        self._view: View | None = None
        self._verifying_since = 0.0
        self._told = ""
        # What came before there was a log to write it to.
        self._early: list[str] = []

    def compose(self) -> ComposeResult:
        yield TooSmall()
        yield Whereabouts()
        yield Static("", classes="title", id="headline", markup=False)
        with VerticalScroll(id="changes"):
            yield Static("", id="change-lines", markup=False)
        with VerticalScroll(id="stack"):
            yield Static("", id="stack-lines", markup=False)
        yield RichLog(id="log", max_lines=LOG_LINES, min_width=20, markup=False, highlight=False, wrap=True)
        yield Footer(show_command_palette=True)

    def on_mount(self) -> None:
        """Begins to count the seconds."""
        self._ready = True
        self.query_one("#stack").border_title = label("building.stack")
        self.query_one("#stack").display = False
        self.query_one("#log").border_title = label("building.log")
        self.set_interval(1, self.show_now)
        self.show_now()

    def take(self, event: Event) -> None:
        """Shows what an event, which the app's board has taken, has changed."""
        board = self._current()
        if board is None:
            return
        line = progress.again_line(event) if isinstance(event, Retrying) else progress.finished_line(event, board)
        self._write(line)
        if STACK in board.running and not self._watching:
            self._watch_stack()
        self.show_now()

    def verifying(self, view: View) -> None:
        """Shows what a look at the finished build finds."""
        board = self._current()
        if board is None:
            return
        if self._view is None:
            self._verifying_since = board.now()
        self._view = view
        # Each thing is told once in the log, and as it stands above it.
        says = self._amiss()
        if says != self._told:
            self._told = says
            self._write(says)
        self.show_now()

    def show_now(self) -> None:
        """Paints what is known; reads nothing."""
        if not self._ready:
            return
        app = wizard_app(self)
        self.query_one(Whereabouts).tell(app.interview, asking=app.connecting)
        board = self._current()
        heading, changes = self.query_one("#headline", Static), self.query_one("#changes")
        if board is None:
            heading.update(label("building.no_build"))
            return
        if self._early:
            log_pane = self.query_one("#log", RichLog)
            log_pane.write(Text("\n".join(self._early)))
            self._early = []
            if not log_pane.has_focus:
                # Its own following gives up when lines come faster than it is painted; who reads in it is left alone.
                self.call_after_refresh(log_pane.scroll_end, animate=False, immediate=True)
        self.query_one("#stack").display = STACK in board.running
        if self._view is None:
            heading.update(_one_line(headline(board, stopping=app.stop.is_set())))
            changes.border_title = label("building.changes")
            shown = list(change_lines(board))
        else:
            passed = board.now() - self._verifying_since
            elapsed = lines.duration(passed / board.scale if board.scale else 0)
            about = {"cluster": board.plan.cluster, "elapsed": elapsed, "amiss": self._amiss()}
            heading.update(_one_line(label("building.verifying", **about)))
            changes.border_title = label("building.amiss")
            shown = [Text(line) for finding in amiss(self._view) for line in lines.finding_lines(finding)]
        rows = self.query_one("#change-lines", Static)
        rows.set_class(self._view is None, "rows")
        rows.update(Text("\n").join(shown))

    def commands(self) -> Iterator[SystemCommand]:
        """What the palette offers here."""
        if not wizard_app(self).stop.is_set():
            yield SystemCommand(label("building.stop"), label("building.stop_help"), self.action_stop)

    def action_stop(self) -> None:
        """Asks whether to stop."""
        self._ask_to_stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """What is being stopped already can't be stopped again."""
        return None if action == "stop" and wizard_app(self).stop.is_set() else True

    @work(exclusive=True, group="stop", exit_on_error=False)
    async def _ask_to_stop(self) -> None:
        from screens.dialogs import ConfirmDialog

        words_of = (label(f"building.{key}") for key in ("stop_title", "stop_text", "stop_yes", "stop_no"))
        if await self.app.push_screen_wait(ConfirmDialog(*words_of)):
            wizard_app(self).stop.set()
            self.refresh_bindings()
            self.show_now()

    _watching = False

    @work(group="stack", exit_on_error=False)
    async def _watch_stack(self) -> None:
        """Asks CloudFormation for the stack's events until its change has ended; never on the event loop."""
        import asyncio

        from screens.reading import in_thread

        connection = wizard_app(self).interview.connection
        if connection is None:
            return
        self._watching = True
        try:
            profile = wizard_app(self).interview.session().profile
            while (board := self._current()) is not None and STACK in board.running:
                found = await in_thread(partial(stack_events, connection.doors, profile))
                if self._ready:
                    self.query_one("#stack-lines", Static).update(Text("\n".join(stack_lines(found))))
                await asyncio.sleep(max(_LEAST_PAUSE, STACK_SECONDS * board.scale))
        finally:
            self._watching = False

    def _current(self) -> Board | None:
        """The app's board; when it is another one than before, what was shown of that is forgotten."""
        board: Board | None = wizard_app(self).board
        if board is not self._board:
            self._board, self._view, self._told, self._early = board, None, "", []
            if self._ready:
                self.query_one("#log", RichLog).clear()
                self.query_one("#stack-lines", Static).update("")
                self.refresh_bindings()
        return board

    def _amiss(self) -> str:
        found = amiss(self._view) if self._view is not None else []
        return safe.line(words.say(found[0]).says) if found else label("building.all_right")

    def _write(self, line: str) -> None:
        if line:
            self._early.append(f"{self._at():%H:%M:%S} {line}")


def _one_line(text: str) -> Text:
    return Text(safe.line(text), no_wrap=True, overflow="ellipsis")
