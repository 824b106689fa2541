"""What can be picked for each question in this account: which step reads it, and which tells it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from wizard.answers import Answers
from wizard.choices import Choices, usable_first
from wizard.doors import Doors
from wizard.steps.account import choices as account
from wizard.steps.cluster import choices as cluster
from wizard.steps.endpoints import choices as endpoints
from wizard.steps.nodes import choices as nodes
from wizard.steps.role import choices as role
from wizard.steps.security_group import choices as security_group
from wizard.steps.vpc import choices as vpc


class LiveChoices(Protocol):
    """A step's choices. ``observe`` reads what they are made of, ``CHOICES`` tells them (pure) by question's path."""

    @property
    def CHOICES(self) -> Mapping[str, Callable[[Any, Answers], Choices | None]]: ...  # noqa: N802 - a module's constant

    def observe(self, doors: Doors, region: str, answers: Answers) -> Any: ...


STEPS: Final[Mapping[str, LiveChoices]] = {
    "account": account,
    "role": role,
    "vpc": vpc,
    "endpoints": endpoints,
    "security_group": security_group,
    "cluster": cluster,
    "nodes": nodes,
}


def has_choices(step: str, path: str) -> bool:
    """True when the question at this path has something to pick from; a column's path is without the row's number."""
    return step in STEPS and path in STEPS[step].CHOICES


def observe(step: str, doors: Doors, region: str, answers: Answers) -> Any:
    """What the step's choices are made of, read from AWS; None where the step has none.

    Only the VPC that ``answers`` names is looked into. What AWS will not tell is Unknown. Raises CloudError where no
    call would get an answer (credentials, network, throttling without end).
    """
    return STEPS[step].observe(doors, region, answers) if step in STEPS else None


def choices(step: str, path: str, observed: Any, answers: Answers) -> Choices | None:
    """What can be picked for the question, those that can't be after those that can.

    ``observed`` is what ``observe`` gave for this step. None where the question has nothing to pick from, or nothing
    was observed for the answers as they are now; Unknown where AWS would not tell. Pure.
    """
    if observed is None or not has_choices(step, path):
        return None
    found = STEPS[step].CHOICES[path](observed, answers)
    return None if found is None else usable_first(found)
