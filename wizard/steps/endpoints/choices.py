"""What can be picked for the endpoints: the services that the region offers, and security groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from wizard import words
from wizard.answers import Answers
from wizard.choices import Choice, Choices
from wizard.doors import Doors, together
from wizard.facts import Unknown
from wizard.steps.endpoints.answers import Answers as Endpoints
from wizard.steps.endpoints.observe import service_suffix
from wizard.steps.listed import listed
from wizard.steps.security_group.choices import GroupChoices, groups
from wizard.steps.security_group.choices import observe as observe_groups

# What nodes need stands first: the services that the question has as its default.
FIRST: Final = Endpoints().services


@dataclass(frozen=True)
class SeenService:
    """A service of AWS's own; S3 has two ``kinds``. ``zones`` are the zones in which it is offered."""

    suffix: str
    kinds: tuple[str, ...]
    zones: tuple[str, ...]


@dataclass(frozen=True)
class EndpointChoices:
    services: tuple[SeenService, ...] | Unknown = ()
    groups: GroupChoices = field(default_factory=GroupChoices)


def observe(doors: Doors, region: str, answers: Answers) -> EndpointChoices:
    """All services that the region offers to the account, and the security groups; two reads at once."""
    return EndpointChoices(
        *together(partial(_services, doors, region), partial(observe_groups, doors, region, answers))
    )


def _services(doors: Doors, region: str) -> tuple[SeenService, ...] | Unknown:
    details = listed(doors, "ec2", "DescribeVpcEndpointServices", "ServiceDetails", dict)
    return details if isinstance(details, Unknown) else _by_suffix(details, region)


def _by_suffix(details: tuple[dict[str, Any], ...], region: str) -> tuple[SeenService, ...]:
    # Services of other accounts and those named otherwise have no suffix that the profile could keep.
    prefixes = (f"com.amazonaws.{region}.", f"cn.com.amazonaws.{region}.")
    found: dict[str, SeenService] = {}
    for detail in details:
        if not detail["ServiceName"].startswith(prefixes):
            continue
        suffix = service_suffix(detail["ServiceName"], region)
        before = found.get(suffix, SeenService(suffix, (), ()))
        kinds = {*before.kinds, *(kind["ServiceType"] for kind in detail.get("ServiceType", []))}
        zones = {*before.zones, *detail.get("AvailabilityZones", [])}
        found[suffix] = SeenService(suffix, tuple(sorted(kinds)), tuple(sorted(zones)))
    return tuple(found.values())


def _offered(seen: EndpointChoices, _answers: Answers) -> Choices:
    if isinstance(seen.services, Unknown):
        return seen.services
    order = {suffix: place for place, suffix in enumerate(FIRST)}
    found = sorted(seen.services, key=lambda one: (order.get(one.suffix, len(order)), one.suffix))
    return tuple(
        Choice(one.suffix, (", ".join(one.kinds), str(len(one.zones)), words.purpose(one.suffix))) for one in found
    )


def _groups(seen: EndpointChoices, answers: Answers) -> Choices | None:
    return groups(seen.groups, answers)


CHOICES: Final[Mapping[str, Callable[[EndpointChoices, Answers], Choices | None]]] = {
    "endpoints.services": _offered,
    "endpoints.security_group.use": _groups,
}
