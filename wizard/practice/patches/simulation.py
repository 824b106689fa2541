"""SimulatePrincipalPolicy, which moto does not have: what a call would meet here, as far as AWS's simulator sees it.

It sees policies and permissions boundaries, and a company's service control policies as far as they don't ask for what
only the call itself tells (a "forbid" rule with "unless").
"""

from typing import Any

from wizard.practice import rights
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.policies import Asked, Context, Judgement
from wizard.practice.protocol import AwsError, Params

_MOST = 1000


def _simulate(call: Call) -> Params:
    params = call.params
    source = params["PolicySourceArn"]
    context = {one["ContextKeyName"]: tuple(one["ContextKeyValues"]) for one in params.get("ContextEntries", [])}
    resources = params.get("ResourceArns") or ["*"]
    results = [_result(source, action, resources, context) for action in params["ActionNames"]]
    start, size = int(params.get("Marker") or 0), min(int(params.get("MaxItems") or 100), _MOST)
    shown = results[start : start + size]
    if start + size >= len(results):
        return {"EvaluationResults": shown, "IsTruncated": False}
    return {"EvaluationResults": shown, "IsTruncated": True, "Marker": str(start + size)}


def _result(source: str, action: str, resources: list[str], context: Context) -> Params:
    service, _, operation = action.partition(":")
    if not service or not operation or "*" in action:
        raise AwsError("InvalidInput", f"Invalid Action Name: {action}", 400)
    denies = account.faults.denies(action)
    judged: dict[str, Judgement] = {}
    for resource in resources:
        found = rights.decide(source, Asked(action, resource, context))
        if found is None:
            raise AwsError("NoSuchEntity", f"The entity {source} cannot be found.", 404)
        judged[resource] = Judgement("implicitDeny") if denies else found
    order = ("explicitDeny", "implicitDeny", "allowed")
    worst = min((one.decision for one in judged.values()), key=order.index)
    boundaries = [one.boundary for one in judged.values() if one.boundary is not None]
    missing = list(dict.fromkeys(key for one in judged.values() for key in one.missing))
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": worst,
        "MatchedStatements": [],
        "MissingContextValues": missing,
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": denies != "forbid"},
    }
    if boundaries:
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": all(boundaries)}
    if resources != ["*"]:
        result["ResourceSpecificResults"] = [
            {
                "EvalResourceName": resource,
                "EvalResourceDecision": one.decision,
                "MissingContextValues": list(one.missing),
                **(
                    {}
                    if one.boundary is None
                    else {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": one.boundary}}
                ),
            }
            for resource, one in judged.items()
        ]
    return result


HANDLERS: dict[str, Handler] = {"iam.SimulatePrincipalPolicy": _simulate}
