"""The entry point: reads the command line and ends with one of the exit codes."""

import json
import sys
from collections.abc import Sequence

from screens.arguments import UsageError, overview, parse
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
    if arguments.command is None:
        print(f"The full-screen wizard is not there yet; these commands are.\n\n{overview()}", end="", file=sys.stderr)
        return Exit.USAGE
    from screens.commands import run

    return run(arguments, argv)
