"""How a build ended: the nodes and what to type next, or what happened and how to go on."""

import re
import shlex
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Footer, Static

from screens import lines, safe
from screens.arguments import PROGRAM
from screens.dialogs import Push
from screens.exit_codes import Exit
from screens.progress import Board
from screens.widgets import TooSmall, Whereabouts, wizard_app
from wizard.engine import View
from wizard.facts import known
from wizard.findings import Severity
from wizard.kube import node_table
from wizard.words import Said
from wizard.words import screen as label

_MOST_NAMED = 8
_LABEL = 12
_MARK = 8
_BORDERS = 4

# What stands before a text, which goes on under itself where it is long.
Row = tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """How a build ended.

    ``view`` is the last look of the verification, None where none was made. ``errors`` are what ended it, ``stopped``
    tells that somebody asked for that. ``evidence`` are files with what AWS said of changes that failed.
    """

    code: Exit
    board: Board
    view: View | None = None
    errors: tuple[Said, ...] = ()
    stopped: bool = False
    evidence: tuple[str, ...] = ()
    log: Path | None = None

    @property
    def built(self) -> bool:
        """Whether every change of the plan is done."""
        return not self.board.failed and not self.board.left


@dataclass(frozen=True)
class Surroundings:
    """Where the profile is, how it is replayed, and where an account is gone with this program."""

    profile: Path | None
    replay: str
    practice_ends: bool


def replay_command(arguments: Any, path: Path | None) -> str:
    """The command line that builds the same profile in the same AWS with nobody watching."""
    options = {"--endpoint-url": arguments.endpoint_url, "--aws-profile": arguments.aws_profile}
    given = [word for name, value in options.items() if value for word in (name, value)]
    practice = ["--practice"] if arguments.practice else []
    return shlex.join([PROGRAM, "replay", str(path) if path else label("finish.file"), *practice, *given])


def told(outcome: Outcome, around: Surroundings, now: datetime, width: int) -> Iterator[str]:
    """What the screen says, in safe lines that fit ``width``; what was not checked is not claimed.

    ``now`` ages the nodes. What is too long to fit goes on under itself and is never cut: people copy it.
    """
    for head, text in _told(outcome, around, now, width):
        pieces = textwrap.wrap(safe.line(text), max(20, width - len(head)), break_on_hyphens=False) or [""]
        for number, piece in enumerate(pieces):
            yield f"{' ' * len(head) if number else safe.line(head) + ' ' * (len(head) - len(head.rstrip()))}{piece}"


def _told(outcome: Outcome, around: Surroundings, now: datetime, width: int) -> Iterator[Row]:
    yield "", _headline(outcome)
    yield "", ""
    for said in outcome.errors:
        yield from _sentences(said)
    yield from _what_is_there(outcome)
    if outcome.view is not None:
        yield from _verified(outcome.view, now, width)
        yield from _kubectl(outcome.view, around)
    yield from _files(outcome, around)


def _headline(outcome: Outcome) -> str:
    board = outcome.board
    count = {"cluster": board.plan.cluster, "done": len(board.done), "total": len(board.plan.changes)}
    if outcome.code is Exit.DONE:
        return label("finish.done" if board.plan.changes else "finish.verified", **count)
    if outcome.code is Exit.UNVERIFIED:
        return label("finish.unverified", **count)
    if outcome.stopped:
        return label("finish.stopped", **count)
    if not board.done and not board.failed:
        return label("finish.nothing", **count)
    return label("finish.failed", **count)


def _sentences(said: Said) -> Iterator[Row]:
    indent = " " * _MARK
    yield f"{'ERROR':<{_MARK}}", said.says
    if said.because:
        yield indent, said.because
    if said.do:
        yield indent, label("finish.do", do=said.do)
    yield "", ""


def _what_is_there(outcome: Outcome) -> Iterator[Row]:
    board = outcome.board
    if outcome.built or not (board.done or board.failed or outcome.stopped):
        return
    missing = [*(event.change.id for event in board.failed), *board.left]
    names = ", ".join(missing[:_MOST_NAMED])
    more = label("finish.more", count=len(missing) - _MOST_NAMED) if len(missing) > _MOST_NAMED else ""
    yield "", label("finish.there", done=len(board.done), total=len(board.plan.changes))
    yield "", label("finish.missing", names=f"{names}{more}")
    yield "", ""


def _verified(view: View, now: datetime, width: int) -> Iterator[Row]:
    amiss = [finding for finding in lines.ordered(view.findings) if finding.severity is not Severity.OK]
    for finding in amiss:
        yield from ((line[:_MARK], line[_MARK:]) for line in lines.finding_lines(finding))
    if amiss:
        yield "", ""
    nodes = view.facts.kubeconfig.nodes
    if known(nodes):
        # The practice account's clock runs ahead of this machine's.
        latest = max([now, *(node.created_at for node in nodes)])
        for line in _narrowed(node_table(nodes, latest).splitlines(), width):
            yield line, ""
    else:
        yield "", label("finish.no_nodes")
    yield "", ""


def _narrowed(table: list[str], width: int) -> list[str]:
    """kubectl's table, made to fit: one space between its columns in place of three, then no roles and ages."""
    if max(map(len, table)) <= width or len(table) == 1:
        return table
    starts = [found.start() for found in re.finditer(r"\S+", table[0])][1:]
    for start in reversed(starts):
        table = [f"{line[: start - 2]}{line[start:]}" for line in table]
    # Nodes of a pool have no role but one that somebody gives them; an age matters least, a version most.
    for column in ("ROLES ", "AGE "):
        if max(map(len, table)) > width:
            start = table[0].index(column)
            end = start + len(table[0][start:]) - len(table[0][start + len(column) :].lstrip())
            table = [line[:start] + line[end:] for line in table]
    return table


def _kubectl(view: View, around: Surroundings) -> Iterator[Row]:
    kubeconfig = view.facts.kubeconfig
    if not kubeconfig.entry_current:
        return
    yield _labelled("finish.kubeconfig"), kubeconfig.path
    yield _labelled("finish.next"), f"kubectl --kubeconfig {shlex.quote(kubeconfig.path)} get node"
    if around.practice_ends:
        yield " " * _LABEL, label("finish.practice_ends")


def _files(outcome: Outcome, around: Surroundings) -> Iterator[Row]:
    if around.profile is not None:
        yield _labelled("finish.profile"), str(around.profile)
        anew = around.practice_ends or outcome.code is Exit.DONE
        yield _labelled("finish.again" if anew else "finish.resume"), around.replay
        if around.practice_ends and outcome.view is None:
            yield " " * _LABEL, label("finish.practice_gone")
    for path in outcome.evidence:
        yield _labelled("finish.evidence"), path
    if outcome.log is not None and outcome.code is not Exit.DONE:
        yield _labelled("finish.log"), str(outcome.log)


def _labelled(key: str) -> str:
    return f"{label(key):<{_LABEL}}"


class FinishScreen(Screen[None]):
    """Shows an outcome, and leads on from it; ``now`` ages the nodes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+b", "review", label("finish.review")),
        Binding("ctrl+r", "verify", label("finish.verify")),
        Binding("ctrl+q", "app.leave", label("finish.leave")),
    ]
    DEFAULT_CSS = """
    FinishScreen #told { height: 1fr; padding: 0 1; }
    FinishScreen #buttons { height: 1; }
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self._now = now
        self._ready = False
        self.outcome: Outcome | None = None

    def compose(self) -> ComposeResult:
        yield TooSmall()
        yield Whereabouts()
        with VerticalScroll(id="told"):
            yield Static("", id="lines", markup=False)
        with Horizontal(id="buttons"):
            yield Push(label("finish.leave"), "leave")
            yield Push(label("finish.review"), "review")
            yield Push(label("finish.verify"), "verify")
        yield Footer(show_command_palette=True)

    def on_mount(self) -> None:
        """Shows an outcome that came before there was a screen to show it on."""
        self._ready = True
        self.show_now()
        self.query_one("#told").focus()

    def on_resize(self) -> None:
        """Lines fit the width."""
        self.show_now()

    def show(self, outcome: Outcome) -> None:
        """Shows how a build ended."""
        self.outcome = outcome
        if self._ready:
            self.query_one("#told", VerticalScroll).scroll_home(animate=False)
        self.show_now()

    def show_now(self) -> None:
        """Shows the outcome, and whose AWS it is about."""
        if not self._ready:
            return
        app = wizard_app(self)
        interview = app.interview
        self.query_one(Whereabouts).tell(interview, asking=app.connecting)
        outcome = self.outcome
        self.query_one("#verify").display = outcome is not None and outcome.built
        self.refresh_bindings()
        if outcome is None:
            return
        ends = interview.connection is not None and interview.connection.ends
        around = Surroundings(interview.source, replay_command(interview.arguments, interview.source), ends)
        text = Text()
        for number, line in enumerate(told(outcome, around, self._now(), self.size.width - _BORDERS)):
            text.append(f"{line}\n", style="" if number else "bold")
        self.query_one("#lines", Static).update(text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Looking again makes sense only for what was built."""
        return action != "verify" or (self.outcome is not None and self.outcome.built)

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        wizard_app(self).action_leave()

    @on(Button.Pressed, "#review")
    def action_review(self) -> None:
        """Back to the review, which looks anew."""
        wizard_app(self).go("review")

    @on(Button.Pressed, "#verify")
    def action_verify(self) -> None:
        """Verifies again: a plan without changes only looks."""
        if self.outcome is not None:
            wizard_app(self).start_build(replace(self.outcome.board.plan, changes=()))
