"""What can end a command or a build before it began, told as a sentence and an exit code."""

from screens import lines, log, report
from screens.arguments import PROGRAM, UsageError
from screens.exit_codes import Exit
from screens.output import Output
from screens.stopping import Declined
from wizard.cloud import CloudError
from wizard.engine import PlanChanged, StopsFound
from wizard.journal import Locked
from wizard.pace import StopAsked
from wizard.places import places
from wizard.practice.process import PracticeUnavailableError
from wizard.profile_problems import ProfileError
from wizard.steps.account.observe import WrongAccount


def told(output: Output, failure: BaseException) -> Exit:
    """Says what happened, why, and what to do. Returns the exit code. Raises BrokenPipeError."""
    match failure:
        case UsageError() | PracticeUnavailableError():
            report.error(output, str(failure))
            return Exit.USAGE
        case ProfileError():
            for problem in failure.problems:
                report.error(output, str(problem), file=problem.file, line=problem.line, path=problem.path)
            return Exit.USAGE
        case WrongAccount():
            report.findings(output, [failure.finding])
            return Exit.USAGE
        case CloudError():
            log.logger.info("%s", failure)
            report.error_of(output, "cloud", kind=failure.kind.value, aws_code=failure.code, action=failure.action,
                            said=failure.message)  # fmt: skip
            _where_it_is_logged(output)
            return Exit.AWS
        case Locked():
            report.error_of(output, "locked", holder=failure.holder)
            return Exit.FINDINGS
        case PlanChanged():
            report.error_of(output, "plan_changed", agreed=failure.agreed.digest, now=failure.now.digest)
            output.insist(*(f"        {line}" for line in lines.difference(failure.agreed, failure.now)))
            report.plan(output, failure.now)
            return Exit.FINDINGS
        case StopsFound():
            report.findings(output, failure.findings)
            report.error(
                output, "Findings stop it: nothing was written.", do="Mend what is marked STOP, and run it again."
            )
            return Exit.FINDINGS
        case StopAsked() | Declined():
            report.error(output, "Stopped, as you asked; nothing was written.")
            return Exit.PARTWAY
        case BrokenPipeError():
            raise failure
        case _:
            if log.path() is None:
                log.open_in(places().state)
            log.logger.error("not foreseen", exc_info=failure)
            name = type(failure).__name__
            report.error(
                output, f"A bug of {PROGRAM} ended this run ({name}). The log tells where.", log=str(log.path())
            )
            _where_it_is_logged(output)
            return Exit.BUG


def _where_it_is_logged(output: Output) -> None:
    if path := log.path():
        output.insist(f"Log: {path}")
