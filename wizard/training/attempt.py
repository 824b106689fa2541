"""One learner's attempt at a scenario: an account of their own, the hints that were read, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.cloud import Access, Cloud, CloudError
from wizard.plan import Call
from wizard.practice.process import PracticeAccount
from wizard.practice.running import ask
from wizard.training import staging
from wizard.training.scenario import MOST_POINTS, Hint, Loaded


@dataclass(frozen=True)
class Node:
    """An instance of the cluster's groups. ``state`` is pending, absent, NotReady, gave up or Ready."""

    instance: str
    name: str
    state: str
    seconds: int


@dataclass(frozen=True)
class Standing:
    """How a scenario stands, as the practice account judges it.

    ``shortcuts`` are forbidden ways that were gone, each with the thing that shows it; ``overlaps`` are networks that
    services still lie over; ``broken`` says which of the scenario's own rules do not hold.
    """

    solved: bool
    ready: int
    wanted: int
    shortcuts: tuple[tuple[str, str], ...]
    overlaps: tuple[str, ...]
    broken: tuple[str, ...]
    nodes: tuple[Node, ...]


class Attempt:
    """Works in ``account``, which is the learner's alone and ends elsewhere. All methods may take seconds."""

    def __init__(self, loaded: Loaded, account: PracticeAccount) -> None:
        self.loaded, self.account = loaded, account
        self.read = 0
        self.gave_up = False
        # The line of a node's console in which the cause could have been seen; "" where no log tells.
        self.line = ""
        # What the names in the scenario's steps stand for.
        self.values: dict[str, Any] = {}
        self._cloud = Cloud(
            Access(
                region=account.region,
                endpoint_url=account.endpoint_url,
                practice=True,
                access_key=account.access_key_id,
                secret_key=account.secret_access_key,
                time_scale=account.time_scale,
            )
        )

    def begin(self) -> None:
        """Builds the account. Raises ProfileError, OSError and HTTPException."""
        self.values = staging.begin(self.account.endpoint_url, self.loaded)
        wanted = self.loaded.scenario.debrief.line
        if wanted:
            lines = (line for node in self.standing().nodes for line in self.console(node.instance))
            self.line = next((line for line in lines if wanted in line), "")

    def standing(self) -> Standing:
        """How it stands now. Raises OSError and HTTPException."""
        return standing_of(ask(self.account.endpoint_url, "solved"))

    @property
    def points(self) -> int:
        """What solving it now is worth."""
        paid = sum(hint.costs for hint in self.loaded.scenario.hints[: self.read])
        return 0 if self.gave_up else MOST_POINTS - paid

    @property
    def next_hint(self) -> Hint | None:
        """The hint that would be read next; None where all are."""
        hints = self.loaded.scenario.hints
        return hints[self.read] if self.read < len(hints) else None

    def read_hint(self) -> Hint | None:
        """The next hint, paid for."""
        hint = self.next_hint
        self.read += hint is not None
        return hint

    def console(self, instance: str) -> tuple[str, ...]:
        """The lines of an instance's console so far, none where it is gone."""
        try:
            answer = self._cloud.read(Call("ec2", "GetConsoleOutput", {"InstanceId": instance}))
        except CloudError:
            return ()
        return tuple(str(answer.get("Output", "")).splitlines())

    def replace_instances(self) -> int:
        """Has every Auto Scaling group start its instances anew. Returns how many do. Raises CloudError."""
        answer = self._cloud.read(Call("autoscaling", "DescribeAutoScalingGroups", {}))
        names = [group["AutoScalingGroupName"] for group in answer.get("AutoScalingGroups", [])]
        for name in names:
            self._cloud.write(Call("autoscaling", "StartInstanceRefresh", {"AutoScalingGroupName": name}))
        return len(names)


def standing_of(said: Mapping[str, Any]) -> Standing:
    """What the practice account's judgement says."""
    return Standing(
        solved=bool(said["solved"]),
        ready=int(said["ready"]),
        wanted=int(said["wanted"]),
        shortcuts=tuple((str(each["shortcut"]), str(each["about"])) for each in said["shortcuts"]),
        overlaps=tuple(map(str, said["overlaps"])),
        broken=tuple(map(str, said["broken"])),
        nodes=tuple(Node(**each) for each in said["nodes"]),
    )
