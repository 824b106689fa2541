"""Reads the two roles, the policies that they are to carry, and the service-linked roles."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from wizard.answer_types import Create, TransitGateway
from wizard.doors import Doors, together
from wizard.facts import Facts, Role, RoleFacts, Unknown
from wizard.network import connection
from wizard.permissions import SERVICE_LINKED
from wizard.profile import Profile
from wizard.steps.role.answers import cluster_policies, node_policies

BY_A_SERVICE = "sts:AssumeRole"
BY_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


def observe(doors: Doors, profile: Profile, seen: Facts) -> RoleFacts:
    """The roles' facts; about ten reads at once."""
    partition = seen.account.partition
    answers = profile.role
    policies = [*cluster_policies(answers, partition), *node_policies(partition)]
    if answers.permissions_boundary:
        policies.append(answers.permissions_boundary)
    names = [_name(answers.cluster), _name(answers.node)]
    linked = tuple(_service_linked(profile))
    there = partial(_there, doors)
    roles, existing = together(
        lambda: together(*(partial(read, doors, name) for name in names)),
        lambda: together(
            *(partial(there, "GetPolicy", PolicyArn=arn) for arn in policies),
            *(partial(there, "GetRole", RoleName=name) for name in linked),
        ),
    )
    return RoleFacts(
        cluster=roles[0],
        node=roles[1],
        policies=dict(zip(policies, existing[: len(policies)], strict=True)),
        service_linked=dict(zip(linked, existing[len(policies) :], strict=True)),
    )


def _service_linked(profile: Profile) -> Iterator[str]:
    """The roles that AWS makes for itself at the first cluster, stack, node group or attachment of an account."""
    for (_, operation), (name, _) in SERVICE_LINKED.items():
        match operation:
            case "CreateNodegroup":
                needed = profile.nodes.kind == "managed"
            case "CreateTransitGatewayVpcAttachment":
                needed = isinstance(connection(profile), TransitGateway)
            case _:
                needed = True
        if needed:
            yield name


def _name(answer: Any) -> str:
    name: str = answer.create if isinstance(answer, Create) else answer.use.rsplit("/", 1)[1]
    return name


def _there(doors: Doors, operation: str, **params: str) -> bool | Unknown:
    answer = doors.cloud.see("iam", operation, **params)
    return answer if isinstance(answer, Unknown) else answer is not None


def read(doors: Doors, name: str) -> Role | Unknown | None:
    """The role of this name; None where there is none."""
    answer, attached = together(
        partial(doors.cloud.see, "iam", "GetRole", RoleName=name),
        partial(doors.cloud.see, "iam", "ListAttachedRolePolicies", RoleName=name),
    )
    if answer is None or isinstance(answer, Unknown):
        return answer
    role = answer["Role"]
    policies: tuple[str, ...] | Unknown
    if isinstance(attached, Unknown):
        policies = attached
    else:
        policies = tuple(policy["PolicyArn"] for policy in (attached or {}).get("AttachedPolicies", []))
    return Role(
        arn=role["Arn"],
        name=role["RoleName"],
        path=role["Path"],
        trusts=trusted_services(role.get("AssumeRolePolicyDocument")),
        policies=policies,
        permissions_boundary=role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        tags={tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        created_at=role.get("CreateDate"),
        trust=json.dumps(role["AssumeRolePolicyDocument"]) if "AssumeRolePolicyDocument" in role else "",
    )


def trusted_services(document: Any) -> tuple[str, ...]:
    """The service principals that a trust policy lets assume the role by sts:AssumeRole, without conditions.

    Beside them the OpenID Connect providers whose service accounts may take it; these always have conditions.
    """
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    services: list[str] = []
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = _listed(statement.get("Action"))
        allows = statement.get("Effect") == "Allow" and not statement.get("Condition")
        principal = statement.get("Principal")
        if allows and _names(actions, BY_A_SERVICE) and isinstance(principal, dict):
            services += _listed(principal.get("Service"))
        if statement.get("Effect") == "Allow" and _names(actions, BY_WEB_IDENTITY) and isinstance(principal, dict):
            services += _listed(principal.get("Federated"))
    return tuple(services)


def _names(actions: list[str], action: str) -> bool:
    """Whether one of the patterns names the action: case is nothing to IAM (policy elements, Action)."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in actions)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
