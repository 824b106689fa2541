"""The trust policy of a role that exists: what is missing in it, added to what stands there. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from wizard.facts import Role
from wizard.plan import Call, Change, Wait

# Roles under this path are AWS's own: IAM refuses every change of them.
OF_AWS = "/aws-service-role/"


def statement(service: str) -> dict[str, Any]:
    """The statement that lets a service assume a role."""
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def with_service(role: Role, service: str) -> str | None:
    """The role's trust policy with one statement more, which lets the service assume it; nothing of it is dropped.

    None where that is not ours to write: a role of AWS's own, a policy that can't be read, or one that speaks of the
    service already, with a condition or a denial that somebody meant.
    """
    if role.path.startswith(OF_AWS):
        return None
    try:
        policy = json.loads(role.trust)
    except ValueError:
        return None
    if not isinstance(policy, dict) or "Statement" not in policy:
        return None
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    if not all(isinstance(one, dict) for one in statements) or any(_concerns(one, service) for one in statements):
        return None
    return json.dumps({**policy, "Statement": [*statements, statement(service)]})


def _concerns(one: dict[str, Any], service: str) -> bool:
    """Whether a statement is about the service, or about everybody but some."""
    principal = one.get("Principal")
    if not isinstance(principal, dict):
        # "*" or NotPrincipal: as a denial it holds for the service, too.
        return one.get("Effect") != "Allow"
    named = principal.get("Service", [])
    return service in (named if isinstance(named, list) else [named])


def plan(change: str, role: Role, service: str) -> Iterator[Change]:
    """The change that lets the service assume the role, where it may not and that can be added."""
    policy = None if service in role.trusts else with_service(role, service)
    if policy is not None:
        trusted = (
            f"Role.AssumeRolePolicyDocument.Statement[?Principal.Service=='{service}' && Action=='sts:AssumeRole']"
            ".Principal.Service | [:1]"
        )
        yield Change(
            f"{change}.trust",
            "role",
            "modify",
            Call("iam", "UpdateAssumeRolePolicy", {"RoleName": role.name, "PolicyDocument": policy}),
            Wait(Call("iam", "GetRole", {"RoleName": role.name}), trusted),
        )
