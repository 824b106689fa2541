"""What can be picked for the roles: roles that exist, and policies that may bound new ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from wizard.answers import Answers
from wizard.choices import Choice, Choices, WhyNot
from wizard.doors import Doors, together
from wizard.facts import Unknown
from wizard.steps.listed import listed
from wizard.steps.role.observe import trusted_services

# AWS services keep their own roles under this path; nobody else may use them (IAM user guide, service-linked roles).
SERVICE_LINKED_PATH = "/aws-service-role/"


@dataclass(frozen=True)
class SeenRole:
    """``trusts`` are the service principals that may assume it."""

    arn: str
    name: str
    path: str
    trusts: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenPolicy:
    """``bounds`` is how many roles and users it is the permissions boundary of."""

    arn: str
    name: str
    bounds: int = 0


@dataclass(frozen=True)
class RoleChoices:
    """The roles but the service-linked ones, and the policies that are the account's own."""

    roles: tuple[SeenRole, ...] | Unknown = ()
    policies: tuple[SeenPolicy, ...] | Unknown = ()


def observe(doors: Doors, _region: str, _answers: Answers) -> RoleChoices:
    """The account's roles and policies, two reads at once."""
    return RoleChoices(*together(partial(roles, doors), partial(_policies, doors)))


def roles(doors: Doors) -> tuple[SeenRole, ...] | Unknown:
    """All roles of the account but those that belong to AWS services, by name."""
    found = listed(doors, "iam", "ListRoles", "Roles", _role)
    if isinstance(found, Unknown):
        return found
    own = (role for role in found if not role.path.startswith(SERVICE_LINKED_PATH))
    return tuple(sorted(own, key=lambda role: role.name.lower()))


def _role(role: dict[str, Any]) -> SeenRole:
    trusts = trusted_services(role.get("AssumeRolePolicyDocument"))
    return SeenRole(role["Arn"], role["RoleName"], role["Path"], trusts)


def _policies(doors: Doors) -> tuple[SeenPolicy, ...] | Unknown:
    return listed(doors, "iam", "ListPolicies", "Policies", _policy, Scope="Local")


def _policy(policy: dict[str, Any]) -> SeenPolicy:
    return SeenPolicy(policy["Arn"], policy["PolicyName"], policy.get("PermissionsBoundaryUsageCount", 0))


def _trusting(service: str, seen: RoleChoices, _answers: Answers) -> Choices:
    if isinstance(seen.roles, Unknown):
        return seen.roles
    return tuple(
        Choice(
            role.arn,
            (role.name, role.path, ", ".join(role.trusts)),
            None if service in role.trusts else WhyNot("not_trusting", {"service": service}),
        )
        for role in seen.roles
    )


def _boundaries(seen: RoleChoices, _answers: Answers) -> Choices:
    if isinstance(seen.policies, Unknown):
        return seen.policies
    # What bounds others already is most likely what the company wants.
    found = sorted(seen.policies, key=lambda policy: (-policy.bounds, policy.name.lower()))
    return tuple(Choice(policy.arn, (policy.name, str(policy.bounds))) for policy in found)


CHOICES: Final[Mapping[str, Callable[[RoleChoices, Answers], Choices]]] = {
    "role.cluster.use": partial(_trusting, "eks.amazonaws.com"),
    "role.node.use": partial(_trusting, "ec2.amazonaws.com"),
    "role.permissions_boundary": _boundaries,
}
