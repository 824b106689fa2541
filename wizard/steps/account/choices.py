"""What can be picked for the account: its region."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from wizard.answers import Answers
from wizard.choices import Choice, Choices
from wizard.doors import Doors
from wizard.facts import Unknown


@dataclass(frozen=True)
class AccountChoices:
    """``regions`` are those of EKS, as botocore knows them."""

    regions: tuple[str, ...] | Unknown


def observe(doors: Doors, _region: str, _answers: Answers) -> AccountChoices:
    """The regions; AWS is not asked."""
    return AccountChoices(tuple(sorted(doors.cloud.regions_of("eks"))))


def _regions(seen: AccountChoices, _answers: Answers) -> Choices:
    return seen.regions if isinstance(seen.regions, Unknown) else tuple(Choice(name) for name in seen.regions)


CHOICES: Final[Mapping[str, Callable[[AccountChoices, Answers], Choices]]] = {"account.region": _regions}
