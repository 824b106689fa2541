"""What can be chosen in this account, step by step."""

from typing import Any

from wizard.answers import Answers
from wizard.choices import Choice
from wizard.doors import Doors
from wizard.facts import Unknown


def observe(_step: str, _doors: Doors, _region: str, _answers: Answers) -> Any:
    """What the account has for the questions of a step. Raises CloudError."""
    return None


def choices(_step: str, _path: str, _observed: Any, _answers: Answers) -> tuple[Choice, ...] | Unknown | None:
    """What can be chosen for a question; None where there is nothing to choose from."""
    return None
