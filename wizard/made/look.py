"""What a look before an undo finds, and how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.doors import Doors
from wizard.facts import AccountFacts, Unknown
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.profile import Profile
from wizard.steps.nodes.observe import stack_name


@dataclass(frozen=True)
class Thing:
    """One thing at AWS. ``change`` is the change that made it, ``name`` what people know it by; both may be empty.

    ``vpc`` is the VPC that it is attached to, of a gateway.
    """

    kind: str
    id: str
    change: str = ""
    name: str = ""
    deleting: bool = False
    vpc: str = ""


# A thing of ours, and what of somebody else's stands in it.
Visit = tuple[Thing, Thing]


@dataclass(frozen=True)
class Made:
    """What a look found.

    ``ours`` carries both tags; ``foreign`` stands in one of ours and is somebody else's, with the thing that it stands
    in; ``left`` is used by the profile and not ours; ``untold`` is what AWS would not tell. ``kubeconfig`` is the file
    that has an entry for the cluster.
    """

    account: AccountFacts
    cluster_arn: str
    ours: tuple[Thing, ...] = ()
    foreign: tuple[Visit, ...] = ()
    left: tuple[Thing, ...] = ()
    untold: tuple[Unknown, ...] = ()
    kubeconfig: str | None = None


class Look:
    """The reads of one look; ``untold`` gathers what AWS refuses to tell, ``left`` what is used and not ours."""

    def __init__(self, doors: Doors, profile: Profile, account: AccountFacts) -> None:
        self.doors = doors
        self.profile = profile
        self.account = account
        self.name = profile.cluster.name
        self.stack = stack_name(self.name)
        self.untold: list[Unknown] = []
        self.left: list[Thing] = []

    def see(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """AWS's answer; empty where there is no such thing, or where it is not told."""
        answer = self.doors.cloud.see(service, operation, **params)
        if isinstance(answer, Unknown):
            self.untold.append(answer)
            return {}
        return answer or {}

    def change(self, tags: Mapping[str, str]) -> str:
        """The change that made a thing with these tags; empty where it is not ours."""
        return tags.get(CHANGE_TAG, "") if tags.get(CLUSTER_TAG) == self.name else ""
