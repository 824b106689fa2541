"""The entry point: reads the command line and ends with one of the exit codes."""

import gc
import json
import os
import shlex
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from screens.arguments import PROGRAM, WIZARD, UsageError, parse
from screens.exit_codes import Exit


def main(argv: Sequence[str] | None = None) -> int:
    """Carries out a command line. Returns the exit code."""
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        arguments = parse(argv)
    except UsageError as error:
        # What was asked for is not known, but a reader of JSON lines still gets a last line.
        if "--json" in argv:
            print(json.dumps({"type": "error", "says": str(error), "do": ""}))
            print(json.dumps({"type": "end", "exit_code": Exit.USAGE}))
        print(error, file=sys.stderr)
        return Exit.USAGE
    if arguments.command == WIZARD:
        return _wizard(arguments, argv)
    from screens.commands import run

    return run(arguments, argv)


def _wizard(arguments: Any, argv: Sequence[str]) -> Exit:
    """The face that the options and the terminal ask for; none where nobody can be asked."""
    from screens import streams

    if not streams.can_ask():
        from wizard import words

        replay = shlex.join([PROGRAM, "replay", arguments.profile or "PROFILE", "--yes"])
        print(words.screen("plain.no_terminal", replay=replay), file=sys.stderr)
        return Exit.USAGE
    arguments.argv = tuple(argv)
    arguments.plain = arguments.plain or is_plain(os.environ)
    if arguments.plain:
        from screens.commands import run

        return _ended(run(arguments, argv))
    # Importing makes many objects and no garbage: looking for some takes a tenth of the time to the first screen.
    gc.disable()
    from screens import app

    return _ended(app.run(arguments))


def _ended(code: Exit) -> Exit:
    """Ends the program at once where it would not end, or not with this code.

    Threads that wait for AWS would keep it alive: they only read. A terminal that is gone fails Python's last flush.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        os._exit(code)
    if threading.active_count() > 1:
        os._exit(code)
    return code


def is_plain(environment: Mapping[str, str]) -> bool:
    """Whether the environment asks for the wizard line by line, or its terminal can do no more."""
    told = environment.get("EKS_WIZARD_PLAIN", "") not in ("", "0")
    return told or (sys.platform != "win32" and environment.get("TERM", "") in ("", "dumb"))
