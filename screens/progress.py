"""What happens while a plan is carried out: painted in place on a terminal, in lines with times elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from screens import lines, safe
from screens.output import Output
from wizard.events import Crashed, Done, Event, Failed, Retrying, Started, Stopped, Waiting
from wizard.plan import Change, Plan

HEARTBEAT_SECONDS = 30.0
_BAR = 20
_SEEN_AS = {"throttled": "AWS asks for patience", "ambiguous": "the answer was lost; looking for its effect",
            "exists": "AWS says that it exists; looking", "young": "not known everywhere at AWS yet",
            "missing": "not known everywhere at AWS yet", "unreachable": "AWS can't be reached",
            "in use": "something still uses it"}  # fmt: skip


@dataclass
class Running:
    """One change under way; ``elapsed`` and ``usual`` are AWS seconds, known ``at`` a moment of the local clock."""

    change: Change
    at: float
    elapsed: float = 0.0
    usual: float = 0.0
    note: str = ""


@dataclass
class Board:
    """What is known of the build; ``scale`` is real seconds per AWS second, ``took`` the times of what is done."""

    plan: Plan
    scale: float
    now: Callable[[], float] = time.monotonic
    running: dict[str, Running] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    failed: list[Failed | Crashed] = field(default_factory=list)
    took: dict[str, str] = field(default_factory=dict)
    stopped: bool = False

    def take(self, event: Event) -> None:
        """Brings the board up to date."""
        match event:
            case Started(change):
                usual = change.wait.usual if change.wait else 0
                self.running[change.id] = Running(change, self.now(), usual=usual)
            case Waiting(change, elapsed, usual, _):
                self.running[change.id] = Running(change, self.now(), elapsed, usual)
            case Retrying(change, why, _):
                if change.id in self.running:
                    self.running[change.id].note = _SEEN_AS.get(why, why)
            case Done(change):
                self.running.pop(change.id, None)
                self.done.append(change.id)
                self.took[change.id] = self.time_of(event)
            case Failed(change) | Crashed(change):
                self.running.pop(change.id, None)
                self.failed.append(event)
            case Stopped():
                self.stopped = True

    def elapsed(self, running: Running) -> float:
        """AWS seconds that a change has taken so far, as far as that is known."""
        return running.elapsed + ((self.now() - running.at) / self.scale if self.scale else 0.0)

    def time_of(self, event: Done) -> str:
        """How long a change took, in AWS's time; nothing where the account's time does not pass by itself."""
        return lines.duration(event.elapsed / self.scale) if self.scale else ""

    @property
    def left(self) -> list[str]:
        """The changes that were neither finished nor failed."""
        gone = {*self.done, *(event.change.id for event in self.failed)}
        return [change.id for change in self.plan.changes if change.id not in gone]


@contextmanager
def progress(output: Output, board: Board, *, in_place: bool) -> Iterator[Callable[[Event], None]]:
    """Yields the function that takes each event and shows it."""
    if output.as_json:

        def show(event: Event) -> None:
            board.take(event)
            output.event(lines.event_data(event))

        yield show
    elif in_place and not output.quiet:
        from rich.live import Live

        with Live(Frame(board), console=output.console, refresh_per_second=4, transient=True) as live:

            def paint(event: Event) -> None:
                board.take(event)
                if line := finished_line(event, board):
                    output.say(line, style=_STYLES.get(type(event), ""))
                live.refresh()

            yield paint
    else:
        yield _Log(output, board).take


_STYLES: dict[type, str] = {Done: "green", Failed: "bold red", Crashed: "bold red", Stopped: "yellow"}


def finished_line(event: Event, board: Board) -> str:
    """The line that stays once something has ended; empty for what goes on."""
    match event:
        case Done(change, _, found):
            took = board.time_of(event)
            how = "its answer was lost; found it" if found else ""
            about = ", ".join(part for part in (took, how) if part)
            return f"done    {safe.line(change.id)}{f' ({about})' if about else ''}"
        case Failed(change):
            return f"failed  {safe.line(change.id)}"
        case Crashed(change):
            return f"failed  {safe.line(change.id)}: a bug of eks-wizard"
        case Stopped():
            return "stopped: nothing new is started"
    return ""


def again_line(event: Retrying) -> str:
    """Why a change is tried again, and what AWS said."""
    return f"again   {safe.line(event.change.id)}: {_SEEN_AS.get(event.why, event.why)}: {safe.line(event.said)}"


class _Log:
    """Lines with the time of day, for a file or a pipeline's log; a sign of life now and then in long waits."""

    def __init__(self, output: Output, board: Board) -> None:
        self._output = output
        self._board = board
        self._last = board.now()

    def take(self, event: Event) -> None:
        self._board.take(event)
        line = finished_line(event, self._board)
        match event:
            case Started(change):
                line = f"start   {safe.line(change.id)}"
            case Retrying():
                line = again_line(event)
            case Waiting() if self._board.now() - self._last >= HEARTBEAT_SECONDS:
                line = f"waiting {under_way(self._board)}"
        if line:
            self._last = self._board.now()
            self._output.say(f"{datetime.now():%H:%M:%S} {line}")


def under_way(board: Board) -> str:
    """What is being waited for, on one line."""
    return "; ".join(f"{safe.line(name)} {times(board, running)}" for name, running in board.running.items())


class Frame:
    """The part of the terminal that is painted over: a line for each running change, and one for the whole."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, max(3, console.size.height - 4)
        shown = list(self._board.running.values())
        most = height - 2 if len(shown) > height - 1 else len(shown)
        for running in shown[:most]:
            text = f"{running.change.verb:<7} {safe.line(running.change.id)}  {times(self._board, running)}"
            yield Text(safe.cut(text, width))
        if len(shown) > most:
            yield Text(f"        and {len(shown) - most} more")
        yield Text(safe.cut(bar(self._board), width))


def bar(board: Board) -> str:
    """How far the whole is."""
    total, done = len(board.plan.changes), len(board.done)
    filled = round(_BAR * done / total) if total else _BAR
    return f"[{'#' * filled}{'-' * (_BAR - filled)}] {done} of {total} changes done, {len(board.running)} under way"


def times(board: Board, running: Running) -> str:
    """Elapsed, and what is usual for the long ones; why it takes longer, where that is known."""
    text = lines.duration(board.elapsed(running))
    if running.usual >= HEARTBEAT_SECONDS:
        text += f", usually {lines.duration(running.usual)}"
    return f"{text}: {running.note}" if running.note else text
