"""What the steps of a recording call the original's things: by kind and number, never by their own ids or names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.training.recording.disguise import Disguise

RecordedStep = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """``values`` are the names under which steps keep ids, by the original's ids; ``account`` is the original's."""

    disguise: Disguise
    account: str
    values: dict[str, str] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)

    def new(self, kind: str, original: str) -> str:
        """The name that the thing with this id is kept under from now on."""
        number = sum(name.rpartition("_")[0] == kind for name in self.values.values()) + 1
        return self.values.setdefault(original, f"{kind}_{number}")

    def ref(self, original: str) -> str | None:
        """What stands for the thing in later steps; None for one that is not recorded."""
        name = self.values.get(original)
        return f"${name}" if name else None

    def refs(self, originals: tuple[str, ...]) -> list[str]:
        """What stands for those of these things that are recorded."""
        return [found for one in originals if (found := self.ref(one))]

    def other_account(self, account: str) -> str:
        """An account of nobody's for one that is not the original's own."""
        if account not in self.accounts:
            self.accounts.append(account)
        return f"{self.accounts.index(account) + 1:012d}"


def step(call: str, params: Mapping[str, Any], **keep: str) -> RecordedStep:
    """A call as a scenario has it; ``keep`` names parts of its answer by JMESPath."""
    return {call: dict(params), **({"keep": keep} if keep else {})}
