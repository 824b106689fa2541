"""What can be picked for the cluster: Kubernetes versions, administrators, add-ons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from wizard import words
from wizard.answers import Answers
from wizard.choices import Choice, Choices, WhyNot
from wizard.doors import Doors, together
from wizard.facts import ClusterVersion, Unknown
from wizard.steps.cluster.observe import cluster_versions as versions
from wizard.steps.listed import listed
from wizard.steps.role.choices import SeenRole, roles

# Add-ons of the marketplace need a subscription first.
OWNERS = ("aws", "community")


@dataclass(frozen=True)
class SeenUser:
    arn: str
    name: str
    path: str


@dataclass(frozen=True)
class SeenAddOn:
    """``version`` is the one that EKS installs by default with the Kubernetes version that was asked for."""

    name: str
    kind: str
    owner: str
    version: str = ""


@dataclass(frozen=True)
class ClusterChoices:
    """``add_ons`` are those for the Kubernetes version ``add_ons_for``."""

    versions: tuple[ClusterVersion, ...] | Unknown = ()
    roles: tuple[SeenRole, ...] | Unknown = ()
    users: tuple[SeenUser, ...] | Unknown = ()
    add_ons: tuple[SeenAddOn, ...] | Unknown = ()
    add_ons_for: str = ""


def observe(doors: Doors, _region: str, answers: Answers) -> ClusterChoices:
    """Versions, roles and users in three reads at once, then the add-ons of one version."""
    offered, own_roles, users = together(
        partial(versions, doors),
        partial(roles, doors),
        partial(listed, doors, "iam", "ListUsers", "Users", _user),
    )
    version = _version(offered, answers)
    if not version:
        return ClusterChoices(offered, own_roles, users, offered if isinstance(offered, Unknown) else ())
    params = {"kubernetesVersion": version, "owners": list(OWNERS)}
    add_ons = listed(doors, "eks", "DescribeAddonVersions", "addons", partial(_add_on, version), **params)
    return ClusterChoices(offered, own_roles, users, add_ons, version)


def _version(offered: tuple[ClusterVersion, ...] | Unknown, answers: Answers) -> str:
    """The version that was answered, else EKS's default one; empty where that is not known."""
    default = "" if isinstance(offered, Unknown) else next((one.version for one in offered if one.default), "")
    return answers.get("cluster.version", "").strip() or default


def _user(user: dict[str, Any]) -> SeenUser:
    return SeenUser(user["Arn"], user["UserName"], user["Path"])


def _add_on(kubernetes: str, add_on: dict[str, Any]) -> SeenAddOn:
    default = (
        one["addonVersion"]
        for one in add_on.get("addonVersions", [])
        for fits in one.get("compatibilities", [])
        if fits.get("clusterVersion") == kubernetes and fits.get("defaultVersion")
    )
    return SeenAddOn(add_on["addonName"], add_on.get("type", ""), add_on.get("owner", ""), next(default, ""))


def _offered(seen: ClusterChoices, _answers: Answers) -> Choices:
    if isinstance(seen.versions, Unknown):
        return seen.versions
    newest_first = sorted(seen.versions, key=lambda one: _number(one.version), reverse=True)
    return tuple(
        Choice(
            one.version,
            (
                one.status,
                str(one.end_of_standard_support or ""),
                str(one.end_of_extended_support or ""),
                words.cell("default") if one.default else "",
            ),
            WhyNot("unsupported_version", {"version": one.version}) if one.status.upper() == "UNSUPPORTED" else None,
        )
        for one in newest_first
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _principals(seen: ClusterChoices, answers: Answers) -> Choices:
    # Half a list would look like a whole one.
    if isinstance(seen.roles, Unknown):
        return seen.roles
    if isinstance(seen.users, Unknown):
        return seen.users
    # A principal has one access entry, and that of the nodes' role is for nodes (EKS user guide, access entries).
    node_role = answers.get("role.node.use", "").strip() if answers.get("role.node") == "use" else ""
    return (
        *(
            Choice(
                role.arn,
                (words.cell("role"), role.name, role.path),
                WhyNot("node_role") if role.arn == node_role else None,
            )
            for role in seen.roles
        ),
        *(
            Choice(user.arn, (words.cell("user"), user.name, user.path))
            for user in sorted(seen.users, key=lambda user: user.name.lower())
        ),
    )


def _add_on_choices(seen: ClusterChoices, answers: Answers) -> Choices | None:
    if seen.add_ons_for != _version(seen.versions, answers):
        return None
    if isinstance(seen.add_ons, Unknown):
        return seen.add_ons
    found = sorted(seen.add_ons, key=lambda one: one.name)
    return tuple(Choice(one.name, (one.kind, one.version, one.owner)) for one in found)


CHOICES: Final[Mapping[str, Callable[[ClusterChoices, Answers], Choices | None]]] = {
    "cluster.version": _offered,
    "cluster.admins": _principals,
    "cluster.addons": _add_on_choices,
}
