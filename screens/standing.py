"""How each step stands, in words: for the list of steps."""

from screens import lines
from screens.interview import Interview
from wizard.answers import step_of
from wizard.engine import STEP_NAMES
from wizard.findings import Finding, Severity
from wizard.words import screen as label


def step_lines(interview: Interview) -> list[str]:
    """Each step with how it stands, in words; then the review."""
    found = []
    for number, step in enumerate(STEP_NAMES, 1):
        found.append(f"{number} {label(f'steps.{step}_title')}  {_standing(interview, step)}".rstrip())
    return [*found, f"{len(STEP_NAMES) + 1} {label('step.review')}"]


def _standing(interview: Interview, step: str) -> str:
    look = interview.looks.get(step)
    if look is None:
        return ""
    if missing := interview.problems(step):
        return label("step.to_answer", count=len(missing))
    if look.error is not None or interview.error is not None:
        return label("step.unread")
    view = interview.seen()
    if view is None:
        return ""
    here = [finding.severity for finding in view.findings if belongs(finding, step)]
    stops, unknown = here.count(Severity.STOP), here.count(Severity.UNKNOWN)
    if stops:
        return label("step.stops", count=stops)
    if unknown:
        return label("step.unknowns", count=unknown)
    if not interview.is_fresh(step):
        return label("step.unread")
    warnings = here.count(Severity.WARN)
    return label("step.warnings", count=warnings) if warnings else label("step.right")


def belongs(finding: Finding, step: str) -> bool:
    """Whether a finding is shown in a step: in the one that found it, and in that of the answer that it is about."""
    try:
        about = step_of(finding.where)
    except KeyError:
        about = ""
    return step in (about, lines.step_of(finding))
