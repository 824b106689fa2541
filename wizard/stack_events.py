"""What CloudFormation says of the nodes' stack while it works on it."""

from dataclasses import dataclass
from datetime import datetime

from wizard.cloud import CloudError
from wizard.doors import Doors
from wizard.facts import Unknown
from wizard.profile import Profile
from wizard.steps.nodes.observe import stack_name


@dataclass(frozen=True)
class StackEvent:
    """One line of a stack's history; ``reason`` is "" where CloudFormation gave none. All of it is untrusted."""

    at: datetime
    logical_id: str
    type: str
    status: str
    reason: str


def stack_events(doors: Doors, profile: Profile) -> tuple[StackEvent, ...] | Unknown:
    """The events of the stack that holds the profile's nodes, the oldest first; none while there is no stack.

    Unknown, too, where AWS could not be asked: whoever watches asks again. Only reads.
    """
    try:
        answer = doors.cloud.see("cloudformation", "DescribeStackEvents", StackName=stack_name(profile.cluster.name))
    except CloudError as error:
        return Unknown(error.action, error.message)
    if isinstance(answer, Unknown):
        return answer
    # AWS gives the latest first.
    return tuple(
        StackEvent(
            at=event["Timestamp"],
            logical_id=event.get("LogicalResourceId", ""),
            type=event.get("ResourceType", ""),
            status=event.get("ResourceStatus", ""),
            reason=event.get("ResourceStatusReason", ""),
        )
        for event in reversed((answer or {}).get("StackEvents", []))
    )
