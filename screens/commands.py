"""Carries out a parsed command line; every error ends here as a sentence and an exit code."""

import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from screens import (
    completing,
    credential,
    explaining,
    failures,
    inspecting,
    lines,
    log,
    practice,
    replay,
    streams,
    undoing,
    whereabouts,
)
from screens.arguments import PROGRAM, WIZARD
from screens.exit_codes import Exit
from screens.output import Output
from screens.stopping import Declined, Stopping, stopping

Command = Callable[[Any, Output, Stopping], Exit]


def _plain(arguments: Any, output: Output, stop: Stopping) -> Exit:
    # Only this command needs questionary.
    from screens.plain import run as wizard

    return wizard(arguments, output, stop)


_COMMANDS: dict[str, Command] = {
    WIZARD: _plain,
    "replay": replay.replay,
    "check": inspecting.check,
    "plan": inspecting.plan,
    "verify": inspecting.verify,
    "undo": undoing.undo,
    "explain": explaining.explain,
    "schema": explaining.schema,
    "token": credential.token,
    "where": whereabouts.where,
    "completion": completing.completion,
    "practice": practice.practice,
}
# Their standard output is one document, which other programs read.
_DOCUMENTS = ("schema", "token", "completion", "practice")


def run(arguments: Any, argv: Sequence[str]) -> Exit:
    """Carries out the command and returns its exit code."""
    streams.writable()
    arguments.argv = tuple(argv)
    document = arguments.command in _DOCUMENTS and not arguments.report
    as_events = arguments.json and not document and arguments.form is None
    output = Output(as_json=as_events, quiet=arguments.quiet, verbose=arguments.verbose, color=not arguments.no_color)
    last_words = json.dumps({"type": "end", "exit_code": Exit.INTERRUPTED}) + "\n" if as_events else ""
    try:
        with stopping(last_words.encode()) as stop:
            output.event(lines.start_data(arguments.command, version(PROGRAM)))
            code = _judged(arguments, output, stop)
            output.event({"type": "end", "exit_code": code})
            streams.flush()
            return code
    except BrokenPipeError:
        streams.give_up_output()
        return Exit.PARTWAY if arguments.command in ("replay", "undo", WIZARD) else Exit.DONE
    finally:
        log.close()


def _judged(arguments: Any, output: Output, stop: Stopping) -> Exit:
    try:
        return _COMMANDS[arguments.command](arguments, output, stop)
    except (Exception, Declined) as failure:
        return failures.told(output, failure)
