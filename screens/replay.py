"""``replay``: observe, check, plan, ask, build, verify."""

import os
import shlex
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from screens import inspecting, lines, log, report, safe, streams
from screens.arguments import PROGRAM, UsageError
from screens.exit_codes import Exit
from screens.output import Output
from screens.progress import Board, progress
from screens.session import Session, opened
from screens.stopping import Stopping
from wizard import engine, words
from wizard.cloud import CloudError
from wizard.engine import View
from wizard.error_kinds import Kind
from wizard.events import Crashed, Event, Failed
from wizard.findings import Severity
from wizard.journal import Journal
from wizard.pace import StopAsked
from wizard.plan import Plan
from wizard.profile import load

# Refusals that came before anything was written, and that another account, policy or network would mend.
_NOT_LET_IN = (Kind.DENIED, Kind.CREDENTIALS, Kind.UNREACHABLE)


def replay(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Builds what the profile says. Returns how it ended."""
    asks = not (arguments.yes or arguments.dry_run)
    if asks and (output.as_json or not streams.can_ask()):
        raise UsageError("Nobody can be asked here: add --yes to build without asking, or --dry-run to look only.")
    foreign = [code for code in arguments.accept if code.upper() not in words.codes()]
    if foreign:
        raise UsageError(f"There is no finding {foreign[0]} to accept: eks-wizard explain lists them all.")
    profile = load(Path(arguments.profile), arguments.settings)
    with opened(arguments, profile) as session:
        journal = session.journal()
        stop.say = lambda: output.insist("Stopping: calls in flight finish, nothing new starts. Again ends at once.")
        if not arguments.dry_run:
            # Whoever would be refused after reading a plan and agreeing to it should hear it first.
            with journal.lock():
                pass
        view = _look(arguments, output, stop, session, journal)
        code = _gate(arguments, output, view, asks)
        if code is not None:
            return code
        if view.plan.changes:
            if asks:
                _ask(view, stop)
            code = build(arguments, output, stop, session, journal, view.plan)
            if code is not None:
                return code
        return verify(arguments, output, stop, session)


def _look(arguments: Any, output: Output, stop: Stopping, session: Session, journal: Journal) -> View:
    output.say("Looking at what is there.")
    # What a run that just ended was making may not be seen at once, and must not be planned again.
    engine.recover(session.doors, journal, stop.asked)
    view = inspecting.look(arguments, output, stop, session)
    report.findings(output, view.findings)
    report.plan(output, view.plan)
    return view


def _gate(arguments: Any, output: Output, view: View, asks: bool) -> Exit | None:
    """How the run ends before anything is written; None where it goes on."""
    if view.stops:
        report.error(output, "Findings stop it: nothing was written.", do="Mend what is marked STOP, and run it again.")
        return Exit.FINDINGS
    accepted = {code.upper() for code in arguments.accept}
    open_ = dict.fromkeys(finding.code for finding in view.findings
                          if finding.severity is Severity.WARN and finding.code not in accepted)  # fmt: skip
    if open_ and not asks and view.plan.changes:
        accepting = " ".join(f"--accept {code}" for code in open_)
        report.error(output, "Warnings are not accepted: nothing was written.",
                     do=f"Mend them, or accept them with {accepting}.")  # fmt: skip
        return Exit.FINDINGS
    if arguments.expect and arguments.expect != view.plan.digest:
        report.error(
            output,
            f"The plan's digest is {view.plan.digest}, not {arguments.expect}: nothing was written.",
            "The profile, or what is there, has changed since.",
            "Look at the plan, and expect its digest.",
        )
        return Exit.FINDINGS
    if arguments.dry_run:
        output.say("Dry run: nothing was written.")
        return Exit.DONE
    return None


def _ask(view: View, stop: Stopping) -> None:
    """Returns once the cluster's name was typed. Raises UsageError for anything else, and stopping.Declined."""
    warned = any(finding.severity is Severity.WARN for finding in view.findings)
    what = "To accept the warnings and build this" if warned else "To build this"
    name = view.plan.cluster
    with stop.question():
        answer = streams.ask(f"{what}, type the cluster's name ({safe.line(name)}): ")
    if answer.strip() != name:
        raise UsageError("That is not the cluster's name: nothing was written.")


def build(
    arguments: Any, output: Output, stop: Stopping, session: Session, journal: Journal, plan: Plan
) -> Exit | None:
    """Carries out the plan that was agreed to, and shows it. None where all of it is done.

    Raises what engine.build does.
    """
    events = engine.build(session.doors, session.profile, plan, journal, stop.asked, arguments.until)
    return carried_out(arguments, output, session, journal, plan, events)


def carried_out(
    arguments: Any, output: Output, session: Session, journal: Journal, plan: Plan, events: Generator[Event]
) -> Exit | None:
    """Drains what carries a plan out, and shows it. None where all of it is done. Raises what the events do."""
    started = time.time()
    board = Board(plan, session.time_scale)
    in_place = streams.can_repaint(os.environ) and not arguments.plain
    try:
        with closing(events), progress(output, board, in_place=in_place) as show:
            for event in events:
                show(event)
    except BrokenPipeError:
        # Whoever read along is gone; the build has ended in order.
        streams.give_up_output()
    if not board.failed and not board.left:
        many = len(board.done)
        output.say(f"{many} {'change' if many == 1 else 'changes'} done.")
        return None
    code = how_it_ended(board, journal, started)
    for failed in board.failed:
        _tell(output, failed)
    _what_is_there(output, board)
    resume = resume_line(arguments)
    if session.ends:
        output.insist("The practice account ended with this run; the same command begins anew.")
    elif board.failed:
        output.event({"type": "resume", "command": resume})
        output.insist(f"To go on from here: {resume}")
    else:
        report.error_of(output, "stopped", resume=resume)
    if board.failed and log.path():
        output.insist(f"Log: {log.path()}")
    return code


def _tell(output: Output, failed: Failed | Crashed) -> None:
    if isinstance(failed, Crashed):
        error = failed.error
        log.logger.error("a change crashed", exc_info=error)
        report.error_of(output, "crashed", change=failed.change.id, said=f"{type(error).__name__}: {error}")
        return
    output.insist(*lines.finding_lines(failed.finding), style=lines.STYLES[Severity.STOP])
    if failed.evidence:
        output.insist(f"        What AWS said of it is kept in {failed.evidence}")


def _what_is_there(output: Output, board: Board) -> None:
    """What was built stays: so many changes are done, and these are not."""
    output.insist(f"{len(board.done)} of {len(board.plan.changes)} changes are done and stay. "
                  f"Not done: {_named([*(event.change.id for event in board.failed), *board.left])}.")  # fmt: skip


def _named(ids: list[str]) -> str:
    most = 8
    more = f", and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(map(safe.line, ids[:most])) + more


def how_it_ended(board: Board, journal: Journal, started: float) -> Exit:
    """The exit code of a build that was not finished and ``started`` at this time of the clock."""
    if any(isinstance(event, Crashed) for event in board.failed):
        return Exit.BUG
    written = any(record.at >= started and record.outcome in ("done", "found") for record in journal.records().values())
    refused = [event.finding.about.get("kind") for event in board.failed if isinstance(event, Failed)]
    if refused and not written and all(kind in _NOT_LET_IN for kind in refused):
        return Exit.AWS
    return Exit.PARTWAY


def resume_line(arguments: Any) -> str:
    """The command line that goes on from here: the same one, but for a digest that no longer is the plan's."""
    parts = [PROGRAM]
    skip = False
    for word in arguments.argv:
        if not skip and word != "--expect" and not word.startswith("--expect="):
            parts.append(word)
        skip = word == "--expect"
    return shlex.join(parts)


def verify(arguments: Any, output: Output, stop: Stopping, session: Session) -> Exit:
    """Waits until what was built is right, and tells the nodes and what to type next. Returns how it ended."""
    try:
        view = inspecting.verified(arguments, output, stop, session)
    except StopAsked:
        report.error(output, "Stopped, as you asked: it is built, but not verified.", do=_again(arguments))
        return Exit.PARTWAY
    except CloudError as error:
        said = words.error("cloud", kind=error.kind.value, aws_code=error.code, action=error.action, said=error.message)
        report.error(output, said.says, said.because, said.do)
        output.insist(_again(arguments))
        return Exit.UNVERIFIED
    if inspecting.right(view.findings):
        _next(output, session, view)
        return Exit.DONE
    output.insist(_again(arguments))
    return Exit.UNVERIFIED


def _again(arguments: Any) -> str:
    return f"To look again, run: {resume_line(arguments)}"


def _next(output: Output, session: Session, view: View) -> None:
    """Where the kubeconfig is, and what to type next."""
    path = view.facts.kubeconfig.path
    if not view.facts.kubeconfig.entry_current:
        return
    command = f"kubectl --kubeconfig {shlex.quote(path)} get node"
    output.event({"type": "kubeconfig", "path": path, "command": command})
    output.result(f"kubeconfig: {path}")
    if session.ends:
        output.say("The practice account ends with this run. To keep one for kubectl and the aws CLI: "
                   f"{PROGRAM} practice serve")  # fmt: skip
    else:
        output.result(f"next: {command}")
