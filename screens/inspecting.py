"""``check``, ``plan`` and ``verify``: what only looks."""

import json
import os
import shlex
import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.text import Text

from screens import aws_cli, existing_cluster, lines, report, safe, streams
from screens.exit_codes import Exit
from screens.output import Output
from screens.progress import HEARTBEAT_SECONDS
from screens.recording import record, to_be_written
from screens.session import Session, opened
from screens.stopping import Stopping
from wizard import diagram, engine, permissions, words
from wizard.engine import View
from wizard.findings import Finding, Severity
from wizard.pace import StopAsked
from wizard.profile import Profile, load
from wizard.reachability import Cell, reachability
from wizard.standing import check as standing
from wizard.standing.observe import observe

_ASCII = str.maketrans("│─┌┐└┘…", "|-..''.")


def check(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Shows the findings, or what one has to be allowed to look for them."""
    if arguments.cluster is not None:
        return existing_cluster.check(arguments, output, stop)
    if arguments.form == "iam-policy":
        # Whoever asks may not be allowed to look yet: AWS is not asked.
        load(Path(arguments.profile), arguments.settings)
        output.document(json.dumps(permissions.reading(), indent=2) + "\n")
        return Exit.DONE
    path = to_be_written(arguments.record) if arguments.record else None
    with opened(arguments, load(Path(arguments.profile), arguments.settings)) as session:
        view = look(arguments, output, stop, session)
        if arguments.diagram:
            drawing(output, session.profile, view)
        report.findings(output, view.findings, result=True)
        if path:
            name = session.profile.cluster.name
            record(path, standing.look(name, observe(session.doors, name, view.facts.account)), output)
        return Exit.FINDINGS if view.stops else Exit.DONE


def plan(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Shows the changes, as a table, a script or a document, or as what one has to be allowed for them."""
    with opened(arguments, load(Path(arguments.profile), arguments.settings)) as session:
        view = look(arguments, output, stop, session)
        if arguments.diagram:
            drawing(output, session.profile, view)
        report.findings(output, [finding for finding in view.findings if finding.severity is not Severity.OK])
        if arguments.form == "aws-cli":
            output.document(aws_cli.script(view.plan))
        elif arguments.form == "json":
            output.document(json.dumps(lines.plan_document(view.plan), indent=2) + "\n")
        elif arguments.form == "iam-policy":
            allowed = permissions.policy(view.plan, view.facts.role.service_linked)
            output.document(json.dumps(allowed, indent=2) + "\n")
        else:
            report.plan(output, view.plan, result=True)
        if view.stops:
            report.error(output, "Findings stop this plan.", do="Mend what is marked STOP.")
            return Exit.FINDINGS
        return Exit.CHANGES if arguments.exit_code and view.plan.changes else Exit.DONE


def verify(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Tells whether the cluster is what the profile says."""
    with opened(arguments, load(Path(arguments.profile), arguments.settings)) as session:
        look_first = look(arguments, output, stop, session)
        if look_first.plan.changes:
            report.plan(output, look_first.plan)
            where = " --practice" if arguments.practice else ""
            report.error(output, "AWS is not as the profile says: there are changes to make.",
                         do=f"eks-wizard replay {shlex.quote(arguments.profile)}{where}")  # fmt: skip
            return Exit.UNVERIFIED
        return Exit.DONE if right(verified(arguments, output, stop, session).findings) else Exit.UNVERIFIED


def drawing(output: Output, profile: Profile, view: View) -> None:
    """Draws the network as it will be, and tells what is reached over it."""
    width = output.table_width(result=True) or diagram.WIDE
    drawn = diagram.diagram(profile, view.facts, view.network, view.findings, width, safe.line)
    reached = reachability(profile, view.facts, view.network)
    output.event({"type": "diagram", "lines": drawn})
    output.event({"type": "reachability", "cells": [_cell_data(cell) for cell in reached.cells]})
    shown = [*drawn, "", *diagram.matrix(reached, width, safe.line), ""]
    # Old code pages have no such characters, or draw them two cells wide.
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    output.table(*(line if unicode else line.translate(_ASCII) for line in shown))


def _cell_data(cell: Cell) -> dict[str, Any]:
    return {
        "from": cell.source,
        "to": cell.destination,
        "way": cell.way.value,
        "why": cell.why.value,
        "says": words.reason(cell.why, cell.about),
    }


def look(arguments: Any, output: Output, stop: Stopping, session: Session) -> View:
    """One look at everything, after which the header is shown. Raises StopAsked."""
    view = engine.look(session.doors, session.profile, arguments.until)
    report.header(output, session, view.facts.account)
    if stop.asked.is_set():
        raise StopAsked
    return view


def verified(arguments: Any, output: Output, stop: Stopping, session: Session) -> View:
    """The last look of a verification, shown: its findings, and the nodes. Raises StopAsked."""
    views = engine.verify(session.doors, session.profile, stop.asked, arguments.until)
    view = _last(views, output, session.time_scale or 1.0, plain=arguments.plain)
    report.findings(output, view.findings, result=arguments.command == "verify")
    report.nodes(output, view.facts)
    return view


def right(findings: Iterable[Finding]) -> bool:
    """True when all was seen and nothing is wrong: whoever reads exit code 0 takes the nodes for Ready."""
    return not {Severity.STOP, Severity.UNKNOWN, Severity.WARN} & {finding.severity for finding in findings}


def _last(views: Iterable[View], output: Output, scale: float, *, plain: bool) -> View:
    """The last of the views; what is still waited for is shown meanwhile."""
    started = time.monotonic()
    told = started - HEARTBEAT_SECONDS
    in_place = not (output.as_json or output.quiet or plain) and streams.can_repaint(os.environ)
    with Live(console=output.console, transient=True, auto_refresh=False) if in_place else nullcontext() as live:
        for view in views:
            now = time.monotonic()
            passed = (now - started) / scale
            text = f"Verifying, {lines.duration(passed)}: {_amiss(view)}"
            if live:
                live.update(Text(safe.cut(text, output.console.width)), refresh=True)
            elif now - told >= HEARTBEAT_SECONDS and not right(view.findings):
                told = now
                output.say(text)
                output.event({"type": "verifying", "elapsed": round(passed, 1)})
    return view


def _amiss(view: View) -> str:
    wrong = [finding for finding in lines.ordered(view.findings) if finding.severity is not Severity.OK]
    return safe.line(words.say(wrong[0]).says) if wrong else "everything is as it should be"
