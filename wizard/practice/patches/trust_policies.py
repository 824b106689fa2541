"""Roles: trust policies are checked, and their age is the account's."""

import json
import re
from typing import Any

from moto.iam.models import iam_backends

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")


def check(document: str) -> None:
    """Raises MalformedPolicyDocument, in IAM's words, for what is no trust policy."""
    try:
        policy = json.loads(document)
    except ValueError as error:
        raise _malformed("This policy contains invalid Json") from error
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise _malformed("Syntax errors in policy.")
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise _malformed("Syntax errors in policy.")
        if "Resource" in statement:
            raise _malformed("Has prohibited field Resource")
        if not statement.get("Principal") and not statement.get("NotPrincipal"):
            raise _malformed("Missing required field Principal")
        if not statement.get("Action"):
            raise _malformed("Missing required field Action")
        _check_services(statement.get("Principal"))


def _check_services(principal: Any) -> None:
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    for service in services if isinstance(services, list) else [services]:
        if not isinstance(service, str) or not _SERVICE.fullmatch(service):
            raise _malformed(f'Invalid principal in policy: "SERVICE":"{service}"')


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message, 400)


def _create(call: Call) -> Params:
    check(call.params["AssumeRolePolicyDocument"])
    with aws.moto_lock:
        answer = aws.moto(call)
        # moto takes the real time; IAM tells whole seconds.
        made = account.moment().replace(microsecond=0)
        iam_backends[ACCOUNT_ID]["aws"].roles[answer["Role"]["RoleId"]].create_date = made.replace(tzinfo=None)
    answer["Role"]["CreateDate"] = made
    return answer


def _update(call: Call) -> Params:
    check(call.params["PolicyDocument"])
    return aws.moto(call)


HANDLERS: dict[str, Handler] = {
    "iam.CreateRole": _create,
    "iam.UpdateAssumeRolePolicy": _update,
}
