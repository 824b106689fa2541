"""A scenario in the practice account, as a learner finds it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import pytest

from wizard.practice import process
from wizard.practice.process import PracticeAccount
from wizard.practice.running import ask
from wizard.training import staging
from wizard.training.scenario import Loaded, shipped


@dataclass
class Practised:
    """A scenario whose account stands; ``values`` are what the names in its steps stand for."""

    account: Any
    loaded: Loaded
    values: dict[str, Any]

    def solve(self) -> None:
        staging.solve(self.account.endpoint_url, self.loaded, self.values)

    def judged(self) -> dict[str, Any]:
        return ask(self.account.endpoint_url, "solved")

    def consoles(self) -> list[str]:
        """The lines of the consoles of all nodes."""
        lines = []
        for node in self.judged()["nodes"]:
            answer = self.account.client("ec2").get_console_output(InstanceId=node["instance"])
            lines += answer.get("Output", "").splitlines()
        return lines


@pytest.fixture
def practised(account: Any) -> Callable[[str | Loaded], Practised]:
    """Builds a scenario's account."""

    def make(scenario: str | Loaded) -> Practised:
        loaded = shipped()[scenario] if isinstance(scenario, str) else scenario
        return Practised(account, loaded, staging.begin(account.endpoint_url, loaded))

    return make


class Kept(PracticeAccount):
    """The tests' own practice account, which no exercise ends."""

    def discard(self) -> None:
        """It goes on."""


@pytest.fixture
def exercises(account: Any, practice: PracticeAccount, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Exercises get the tests' account, emptied, instead of a program of their own."""

    def start(**_options: Any) -> Kept:
        account.reset()
        return Kept(**{each.name: getattr(practice, each.name) for each in fields(practice)})

    monkeypatch.setattr(process, "start", start)
    return account
