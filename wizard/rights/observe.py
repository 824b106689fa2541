"""Asks AWS whether the caller may carry a plan out: the policy simulator, and EC2 by dry runs. Nothing is done."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from wizard.cloud import Cloud, CloudError
from wizard.doors import Doors, together
from wizard.facts import Denier, Facts, Question, Rights, Unknown, Verdict
from wizard.plan import Call, Plan
from wizard.rights.questions import ALWAYS, Batch, batches, questions, trials

# How the simulator wants to know the type of a key's values; of all others they are one string.
_TYPES: Final = {
    "aws:CalledVia": "stringList",
    "aws:SecureTransport": "boolean",
    "aws:TagKeys": "stringList",
    "aws:ViaAWSService": "boolean",
}
# EC2 appends what only sts:DecodeAuthorizationMessage can read.
_ENCODED: Final = "Encoded authorization failure message"


def observe(doors: Doors, plan: Plan, facts: Facts) -> Rights:
    """What AWS says to the plan's actions. Raises CloudError without credentials that AWS takes."""
    tries = trials(plan)
    simulated, *told = together(
        partial(_simulated, doors, questions(plan, facts), facts.account.principal),
        *(partial(doors.cloud.try_out, call) for call in tries.values()),
    )
    tried = {action: answer for action, answer in zip(tries, told, strict=True) if answer is not None}
    return Rights(simulated, {action: _readable(answer) for action, answer in tried.items()})


def principal(doors: Doors, arn: str) -> str | Unknown | None:
    """The ARN of the user or role whose policies count for a caller; None for the root user and federated users.

    A session's ARN has the name of its role without the path, which IAM tells (STS API reference, AssumedRoleUser).
    """
    resource = arn.split(":", 5)[5]
    kind, _, name = resource.partition("/")
    if kind == "user":
        return arn
    if kind != "assumed-role":
        return None
    answer = doors.cloud.see("iam", "GetRole", RoleName=name.partition("/")[0])
    return answer if answer is None or isinstance(answer, Unknown) else str(answer["Role"]["Arn"])


def _readable(answer: bool | str) -> bool | str:
    return answer.partition(_ENCODED)[0].strip() if isinstance(answer, str) else answer


def _simulated(
    doors: Doors, asked: Iterable[Question], who: str | Unknown | None
) -> Mapping[Question, Verdict] | Unknown | None:
    if who is None or isinstance(who, Unknown):
        return who
    try:
        # Most policies ask for no more than what every request carries: then a call for each service is enough.
        found = _ask(doors.cloud, who, batches(asked, exact=False))
        left = [question for question in asked if not _is_settled(question, found.get(question))]
        return found | _ask(doors.cloud, who, batches(left, exact=True))
    except CloudError as error:
        # All else was read a moment ago: this alone is no reason to tell nothing.
        return Unknown(error.action, error.message)


def _is_settled(question: Question, verdict: Verdict | None) -> bool:
    """Whether nothing that the question has beside what every request carries could change the answer."""
    mine = {key.lower() for key, _ in question.context if key not in ALWAYS}
    missing = {key.lower() for key in verdict.missing} if verdict else set()
    return verdict is not None and verdict.denier is None and not mine & missing


def _ask(cloud: Cloud, who: str, wanted: tuple[Batch, ...]) -> dict[Question, Verdict]:
    answers = together(*(partial(cloud.read, _call(who, batch)) for batch in wanted))
    found: dict[Question, Verdict] = {}
    for batch, answer in zip(wanted, answers, strict=True):
        verdicts = _verdicts(answer.get("EvaluationResults", []))
        for question in batch.questions:
            told = (question.action.lower(), question.resource)
            if told in verdicts:
                found[question] = verdicts[told]
    return found


def _call(who: str, batch: Batch) -> Call:
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": _TYPES.get(key, "string")}
        for key, values in batch.context
    ]
    params: dict[str, Any] = {"PolicySourceArn": who, "ActionNames": batch.actions, "ContextEntries": entries}
    if batch.resources != ["*"]:
        params["ResourceArns"] = batch.resources
    return Call("iam", "SimulatePrincipalPolicy", params)


def _verdicts(results: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Verdict]:
    """By action, small, and resource: what is told of each resource, or of all where none was named."""
    found: dict[tuple[str, str], Verdict] = {}
    for result in results:
        organization = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
        of_each = result.get("ResourceSpecificResults") or [
            {**result, "EvalResourceName": "*", "EvalResourceDecision": result["EvalDecision"]}
        ]
        for one in of_each:
            boundary = one.get("PermissionsBoundaryDecisionDetail", result.get("PermissionsBoundaryDecisionDetail", {}))
            denier = None
            if one["EvalResourceDecision"] != "allowed":
                bounded = boundary.get("AllowedByPermissionsBoundary") is False
                denier = Denier.BOUNDARY if bounded else Denier.IDENTITY
                denier = denier if organization else Denier.ORGANIZATION
            name = (result["EvalActionName"].lower(), one["EvalResourceName"])
            found[name] = Verdict(denier, tuple(one.get("MissingContextValues", ())))
    return found
