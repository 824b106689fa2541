"""Reads the role behind an instance profile, and what its policies allow of what a node needs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

from wizard.doors import Doors, together
from wizard.facts import Role, Unknown
from wizard.joining.role import NEEDED, NEEDED_BY_PLUGIN, NEEDED_LATER
from wizard.steps.cluster.observe import told
from wizard.steps.role.observe import read

ACTIONS: Final = (*(action for _, actions in NEEDED for action in actions), *NEEDED_BY_PLUGIN, *NEEDED_LATER)
_ECR = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
# What AWS's own policies allow of it, where their text may not be read: by the policy's name.
MANAGED: Final = {
    "AmazonEKSWorkerNodePolicy": ("ec2:DescribeInstances",),
    "AmazonEKSWorkerNodeMinimalPolicy": ("ec2:DescribeInstances",),
    "AmazonEC2ContainerRegistryPullOnly": _ECR,
    "AmazonEC2ContainerRegistryReadOnly": _ECR,
    "AmazonEC2ContainerRegistryPowerUser": _ECR,
    "AmazonEKS_CNI_Policy": tuple(action for action in ACTIONS if action.startswith("ec2:")),
    "AdministratorAccess": ("*",),
}

Document = Mapping[str, Any]
# A resource such as arn:aws:ecr:*:*:repository/*.
_OF_A_KIND: Final = re.compile(r"arn(:[^:]*){4}:([a-z-]+[/:])?\*")


def role_of(doors: Doors, profile: str) -> Role | Unknown | None:
    """The role of an instance profile with what it allows; None where there is no profile, or no role in it."""
    answer = doors.cloud.see("iam", "GetInstanceProfile", InstanceProfileName=profile) if profile else None
    if answer is None or isinstance(answer, Unknown):
        return answer
    roles = answer["InstanceProfile"].get("Roles", [])
    return role_named(doors, roles[0]["RoleName"]) if roles else None


def role_named(doors: Doors, name: str) -> Role | Unknown | None:
    """The role of this name with what it allows; None where there is none."""
    role = read(doors, name)
    if role is None or isinstance(role, Unknown):
        return role
    if isinstance(role.policies, Unknown):
        return replace(role, allowed=role.policies)
    attached, inline, boundary = together(
        lambda: together(*(partial(_attached, doors, arn) for arn in role.policies)),  # type: ignore[union-attr]
        partial(_inline, doors, name),
        partial(_attached, doors, role.permissions_boundary) if role.permissions_boundary else lambda: None,
    )
    documents = told([*attached, *(inline if isinstance(inline, list) else [inline])])
    hidden = next((one for one in (documents, boundary) if isinstance(one, Unknown)), None)
    if hidden:
        return replace(role, allowed=hidden)
    return replace(role, allowed=allowed(documents, boundary))


def _attached(doors: Doors, arn: str) -> Document | Unknown | None:
    answer = doors.cloud.see("iam", "GetPolicy", PolicyArn=arn)
    if isinstance(answer, Unknown):
        return _by_name(arn) or answer
    if answer is None:
        return None
    version = answer["Policy"]["DefaultVersionId"]
    found = doors.cloud.see("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=version)
    if isinstance(found, Unknown):
        return _by_name(arn) or found
    return _document((found or {}).get("PolicyVersion", {}).get("Document"))


def _by_name(arn: str) -> Document | None:
    """What AWS's policy of this name says of nodes' needs; None for a policy of somebody else."""
    name = arn.rpartition("/")[2]
    if ":iam::aws:" not in arn or name not in MANAGED:
        return None
    return {"Statement": [{"Effect": "Allow", "Action": list(MANAGED[name]), "Resource": "*"}]}


def _inline(doors: Doors, role: str) -> list[Document | Unknown | None] | Unknown:
    answer = doors.cloud.see("iam", "ListRolePolicies", RoleName=role)
    if isinstance(answer, Unknown):
        return answer
    names = (answer or {}).get("PolicyNames", [])
    return together(*(partial(_inline_one, doors, role, name) for name in names))


def _inline_one(doors: Doors, role: str, name: str) -> Document | Unknown | None:
    answer = doors.cloud.see("iam", "GetRolePolicy", RoleName=role, PolicyName=name)
    return answer if isinstance(answer, Unknown) else _document((answer or {}).get("PolicyDocument"))


def _document(document: Any) -> Document | None:
    return document if isinstance(document, dict) else None


def allowed(documents: Iterable[Document], boundary: Document | None = None) -> tuple[str, ...] | Unknown:
    """Which of ACTIONS the documents allow together, within the boundary; Unknown where a condition decides that.

    IAM user guide, "Policy evaluation logic". A statement for some resources only counts as one for the right ones,
    but for a Deny, which counts only where it is about all there are.
    """
    given = tuple(documents)
    found = []
    for action in ACTIONS:
        verdicts = [_verdict(action, given), *([_verdict(action, (boundary,))] if boundary is not None else [])]
        if None in verdicts and False not in verdicts:
            return Unknown("iam:SimulatePrincipalPolicy", action)
        if all(verdicts):
            found.append(action)
    return tuple(found)


def _verdict(action: str, documents: Iterable[Document]) -> bool | None:
    about = [
        statement
        for document in documents
        for statement in _listed(document.get("Statement"))
        if isinstance(statement, dict) and _is_about(statement, action)
    ]
    denying = [one for one in about if one.get("Effect") == "Deny"]
    of_all = [one for one in denying if "*" in _listed(one.get("Resource"))]
    allowing = [one for one in about if one.get("Effect") == "Allow"]
    if any(not one.get("Condition") for one in of_all) or not allowing:
        return False
    hidden = bool(of_all) or any(map(_may_be_of_all, denying)) or all(one.get("Condition") for one in allowing)
    return None if hidden else True


def _may_be_of_all(statement: Document) -> bool:
    """Whether a statement is about all but some things, or about all of one kind."""
    return "NotResource" in statement or any(
        _OF_A_KIND.fullmatch(str(one)) for one in _listed(statement.get("Resource"))
    )


def _is_about(statement: Document, action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(action, statement["NotAction"])
    return _matches(action, statement.get("Action"))


def _matches(action: str, patterns: Any) -> bool:
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in _listed(patterns))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
