"""Carries out a parsed command line; every error ends here as a sentence and an exit code."""

import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from screens import credential, explaining, inspecting, lines, log, practice_serve, replay, report, streams, whereabouts
from screens.arguments import PROGRAM, UsageError
from screens.exit_codes import Exit
from screens.output import Output
from screens.stopping import Declined, Stopping, stopping
from wizard.cloud import CloudError
from wizard.engine import PlanChanged, StopsFound
from wizard.journal import Locked
from wizard.pace import StopAsked
from wizard.places import places
from wizard.practice.process import PracticeUnavailableError
from wizard.profile_problems import ProfileError
from wizard.steps.account.observe import WrongAccount

Command = Callable[[Any, Output, Stopping], Exit]

_COMMANDS: dict[str, Command] = {
    "replay": replay.replay,
    "check": inspecting.check,
    "plan": inspecting.plan,
    "verify": inspecting.verify,
    "explain": explaining.explain,
    "schema": explaining.schema,
    "token": credential.token,
    "where": whereabouts.where,
    "practice": practice_serve.serve,
}
# Their standard output is one document, which other programs read.
_DOCUMENTS = ("schema", "token", "practice")


def run(arguments: Any, argv: Sequence[str]) -> Exit:
    """Carries out the command and returns its exit code."""
    streams.writable()
    arguments.argv = tuple(argv)
    as_events = arguments.json and arguments.command not in _DOCUMENTS and arguments.form is None
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
        return Exit.PARTWAY if arguments.command == "replay" else Exit.DONE
    finally:
        log.close()


def _judged(arguments: Any, output: Output, stop: Stopping) -> Exit:
    try:
        return _COMMANDS[arguments.command](arguments, output, stop)
    except (UsageError, PracticeUnavailableError) as error:
        report.error(output, str(error))
        return Exit.USAGE
    except ProfileError as error:
        for problem in error.problems:
            report.error(output, str(problem), file=problem.file, line=problem.line, path=problem.path)
        return Exit.USAGE
    except WrongAccount as error:
        report.findings(output, [error.finding])
        return Exit.USAGE
    except CloudError as error:
        log.logger.info("%s", error)
        report.error_of(output, "cloud", kind=error.kind.value, aws_code=error.code, action=error.action,
                        said=error.message)  # fmt: skip
        _where_it_is_logged(output)
        return Exit.AWS
    except Locked as error:
        report.error_of(output, "locked", holder=error.holder)
        return Exit.FINDINGS
    except PlanChanged as error:
        report.error_of(output, "plan_changed", agreed=error.agreed.digest, now=error.now.digest)
        output.insist(*(f"        {line}" for line in lines.difference(error.agreed, error.now)))
        report.plan(output, error.now)
        return Exit.FINDINGS
    except StopsFound as error:
        report.findings(output, error.findings)
        report.error(output, "Findings stop it: nothing was written.", do="Mend what is marked STOP, and run it again.")
        return Exit.FINDINGS
    except (StopAsked, Declined):
        report.error(output, "Stopped, as you asked; nothing was written.")
        return Exit.PARTWAY
    except BrokenPipeError:
        raise
    except Exception as error:
        if log.path() is None:
            log.open_in(places().state)
        log.logger.exception("not foreseen")
        name = type(error).__name__
        report.error(output, f"A bug of {PROGRAM} ended this run ({name}). The log tells where.", log=str(log.path()))
        _where_it_is_logged(output)
        return Exit.BUG


def _where_it_is_logged(output: Output) -> None:
    if path := log.path():
        output.insist(f"Log: {path}")
