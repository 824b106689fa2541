"""``undo``: look at what the profile made, show what would be deleted, ask, delete."""

import json
from pathlib import Path
from typing import Any

from screens import lines, replay, report, safe, streams
from screens.arguments import UsageError
from screens.exit_codes import Exit
from screens.output import Output
from screens.session import Session, opened
from screens.stopping import Stopping
from wizard import engine, permissions
from wizard.engine import Undoing
from wizard.journal import Journal
from wizard.pace import StopAsked
from wizard.plan import Plan
from wizard.profile import load


def undo(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Deletes what the profile made. Returns how it ended."""
    if arguments.form == "iam-policy":
        return _policy(arguments, output)
    asks = arguments.yes is None
    if asks and (output.as_json or not streams.can_ask()):
        raise UsageError("Nobody can be asked here: add --yes and the cluster's name to delete without asking.")
    profile = load(Path(arguments.profile), arguments.settings)
    if not asks and arguments.yes != profile.cluster.name:
        raise UsageError(
            f"--yes names {safe.line(arguments.yes)}, and the profile's cluster is {safe.line(profile.cluster.name)}: "
            "nothing was deleted."
        )
    with opened(arguments, profile) as session:
        journal = session.journal()
        stop.say = lambda: output.insist("Stopping: calls in flight finish, nothing new starts. Again ends at once.")
        with journal.lock():
            pass
        seen = _look(output, stop, session, journal)
        if seen.stops:
            report.error(output, "Findings stop it: nothing was deleted.", do="Mend what is marked STOP.")
            return Exit.FINDINGS
        if not seen.plan.changes:
            output.say("Nothing to undo: nothing here carries this cluster's tags.")
            return Exit.DONE
        if asks:
            _ask(seen.plan, stop)
        events = engine.take_back(session.doors, session.profile, seen.plan, journal, stop.asked)
        return replay.carried_out(arguments, output, session, journal, seen.plan, events) or Exit.DONE


def _policy(arguments: Any, output: Output) -> Exit:
    """Prints what one has to be allowed to delete what is there now. Only reads."""
    with opened(arguments, load(Path(arguments.profile), arguments.settings)) as session:
        seen = engine.look_to_undo(session.doors, session.profile)
        report.findings(output, seen.findings)
        output.document(json.dumps(permissions.undoing(seen.plan), indent=2) + "\n")
    return Exit.DONE


def _look(output: Output, stop: Stopping, session: Session, journal: Journal) -> Undoing:
    output.say("Looking at what is there.")
    # What a run that just ended was making may not be seen at once, and must not be left behind.
    engine.recover(session.doors, journal, stop.asked)
    seen = engine.look_to_undo(session.doors, session.profile)
    report.header(output, session, seen.made.account)
    if stop.asked.is_set():
        raise StopAsked
    report.findings(output, seen.findings)
    if seen.plan.changes:
        report.plan(output, seen.plan)
    else:
        output.event(lines.plan_data(seen.plan))
    return seen


def _ask(plan: Plan, stop: Stopping) -> None:
    """Returns once the cluster's name was typed. Raises UsageError for anything else, and stopping.Declined."""
    with stop.question():
        answer = streams.ask(f"To delete this, type the cluster's name ({safe.line(plan.cluster)}): ")
    if answer.strip() != plan.cluster:
        raise UsageError("That is not the cluster's name: nothing was deleted.")
