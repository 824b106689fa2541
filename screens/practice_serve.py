"""``practice serve``: a practice account that stays up for other tools."""

import json
import shlex
import sys
from typing import Any

from screens import log, report
from screens.arguments import PRACTICE_TIME_SCALE
from screens.exit_codes import Exit
from screens.output import Output
from screens.stopping import Stopping
from wizard.practice import process

_LOOK_SECONDS = 0.5


def serve(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Serves until a stop is asked for; prints one JSON line when ready."""
    scale = PRACTICE_TIME_SCALE if arguments.time_scale is None else arguments.time_scale
    with process.start(time_scale=scale, settle=arguments.settle, port=arguments.port) as account:
        log.open_in(account.folder)
        ready = {
            "type": "practice",
            "endpoint_url": account.endpoint_url,
            "region": account.region,
            "env": dict(account.env),
            "unset": list(account.unset),
            "time_scale": account.time_scale,
            "folder": str(account.folder),
        }
        output.document(json.dumps(ready) + "\n")
        if sys.stderr.isatty():
            print(_to_paste(account), file=sys.stderr)
        while not stop.asked.wait(_LOOK_SECONDS):
            if account.process.poll() is not None:
                reason = account.folder / "practice.log"
                report.error(output, f"The practice account ended by itself; {reason} says why.")
                return Exit.BUG
    return Exit.DONE


def _to_paste(account: process.PracticeAccount) -> str:
    """What a POSIX shell has to be told to use the account."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in account.env.items()]
    return "\n".join(["", "Paste this into another shell; Ctrl-C here ends the account.", "",
                      f"unset {' '.join(account.unset)}", *exports])  # fmt: skip
