"""What can be picked for the control plane's security group, and for any other: groups that exist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.answers import Answers
from wizard.choices import Choice, Choices, WhyNot
from wizard.doors import Doors
from wizard.facts import Unknown
from wizard.steps.listed import listed

# EKS makes groups of this name for itself, and takes back what others write into them.
OF_EKS = "eks-cluster-sg-"
ANY, NEW = "", "create"


@dataclass(frozen=True)
class SeenGroup:
    id: str
    name: str
    vpc_id: str
    description: str = ""


@dataclass(frozen=True)
class GroupChoices:
    """The security groups of ``vpc``: the id of one that exists, NEW for one to be made, ANY where none was named."""

    groups: tuple[SeenGroup, ...] | Unknown = ()
    vpc: str = ANY


def observe(doors: Doors, _region: str, answers: Answers) -> GroupChoices:
    """The groups of the VPC that the answers name, of all where they name none yet; at most one read."""
    vpc = _vpc(answers)
    if vpc == NEW:
        return GroupChoices((), vpc)
    scope = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]} if vpc else {}
    return GroupChoices(listed(doors, "ec2", "DescribeSecurityGroups", "SecurityGroups", _group, **scope), vpc)


def _vpc(answers: Answers) -> str:
    return NEW if answers.get("vpc") == "create" else answers.get("vpc.use.id", ANY).strip()


def _group(group: dict[str, Any]) -> SeenGroup:
    return SeenGroup(group["GroupId"], group["GroupName"], group.get("VpcId", ""), group.get("Description", ""))


def groups(seen: GroupChoices, answers: Answers) -> Choices | None:
    """The groups of the VPC that the answers name, by name; a VPC to be made has none. None if read for another VPC."""
    vpc = _vpc(answers)
    if seen.vpc not in (ANY, vpc):
        return None
    if isinstance(seen.groups, Unknown):
        return seen.groups
    found = [group for group in seen.groups if vpc in (ANY, group.vpc_id)]
    found.sort(key=lambda group: (group.name.lower(), group.id))
    return tuple(
        Choice(group.id, (group.name, group.description, group.vpc_id), _why_not_group(group)) for group in found
    )


def _why_not_group(group: SeenGroup) -> WhyNot | None:
    if group.name.startswith(OF_EKS):
        return WhyNot("group_of_eks")
    # Its rules change what every interface is open to that names no group of its own.
    return WhyNot("default_group") if group.name == "default" else None


CHOICES: Final[Mapping[str, Callable[[GroupChoices, Answers], Choices | None]]] = {"security_group.use": groups}
