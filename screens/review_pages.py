"""The pages of the review as lines of text: the plan, and what follows from it. Pure, but for where a profile goes."""

import json
from collections.abc import Iterable

from screens import aws_cli, lines, safe
from screens.drawing import drawn
from screens.interview import Interview
from wizard import permissions as iam
from wizard import profile as profiles
from wizard import words
from wizard.billed import Billed, billed
from wizard.engine import View
from wizard.findings import Finding, Severity
from wizard.plan import Call, Change, Plan, WriteFile, as_data
from wizard.profile_problems import ProfileError
from wizard.words import screen as label

_DIGEST = 12


def header(plan: Plan, findings: Iterable[Finding]) -> str:
    """What there is to agree to, counted."""
    severities = [finding.severity for finding in findings]
    return label(
        "review.header",
        cluster=plan.cluster,
        changes=len(plan.changes),
        stops=severities.count(Severity.STOP),
        warnings=severities.count(Severity.WARN),
        unknown=severities.count(Severity.UNKNOWN),
        digest=plan.digest[:_DIGEST],
    )


def change_detail(change: Change) -> str:
    """All that a change sends, and what it comes after."""
    head = [f"{change.verb} {change.id}: {lines.what(change)}"]
    if change.needs:
        head.append(label("review.after", names=", ".join(sorted(change.needs))))
    params: object = None
    match change.action:
        case Call():
            params = as_data(change.action.params)
        case WriteFile():
            params = as_data(change.action.entry)
    # JSON's escapes make it safe, and its line ends are ours.
    sent = [json.dumps(params, indent=2)] if params is not None else []
    return "\n".join([*map(safe.line, head), *sent])


def commands(plan: Plan) -> list[str]:
    """The plan as a script of aws commands."""
    if not plan.changes:
        return [label("review.nothing")]
    return [label("review.commands_how"), "", *map(safe.line, aws_cli.script(plan).splitlines())]


def permissions(view: View) -> list[str]:
    """The IAM actions that the build needs, then those of looking, and the policy that allows both."""
    linked = view.facts.role.service_linked
    found = []
    for key, needed in (("to_build", iam.actions(view.plan, linked)), ("to_look", iam.reads())):
        found += [label(f"review.{key}", count=len(needed)), *(f"  {action}" for action in needed), ""]
    return [*found, label("review.policy"), "", *json.dumps(iam.policy(view.plan, linked), indent=2).splitlines()]


def bill(interview: Interview, view: View) -> list[str]:
    """What AWS bills by time once the plan has run, counted; what stands already is marked."""
    counted = billed(interview.session().profile, view.facts, view.network, view.plan)
    return [label("review.bill_how"), "", *(_billed_line(each) for each in counted)]


def _billed_line(each: Billed) -> str:
    state = label("review.exists" if each.exists else "review.made")
    return f"{each.count:>5} x {each.unit:<13}  {state:<7}  {safe.line(words.bill(each.key, each.about))}"


def network(interview: Interview, view: View, width: int) -> list[str]:
    """The network as it will be, and what reaches what."""
    return drawn(view, interview.session().profile, width)


def profile(interview: Interview) -> list[str]:
    """The profile as it will be saved, and where."""
    try:
        path, text = interview.profile_path(), profiles.text_of(interview.profile())
    except ProfileError as error:
        return [safe.line(f"{problem.path}: {problem.says}") for problem in error.problems]
    return [safe.line(label("review.saved_to", path=path)), "", *map(safe.line, text.splitlines())]
