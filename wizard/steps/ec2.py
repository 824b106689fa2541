"""EC2's answers as facts, for the steps that read the same things."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from wizard.doors import Doors
from wizard.facts import Rule, SecurityGroup, State, Unknown
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.steps.prefix_lists import Entries, entries_of

UNDER_WAY = frozenset({"pending", "pendingacceptance", "attaching", "modifying", "initiating", "initiatingrequest"})
DELETING = frozenset({"deleting", "detaching", "shutting-down"})
GONE = frozenset({"deleted", "detached", "terminated"})
FAILED = frozenset(
    {
        "failed",
        "failed-insufficient-capacity",
        "unavailable",
        "rejected",
        "expired",
        "partial",
        "failing",
        "rejecting",
        "rollingback",
    }
)


def state(word: str) -> State:
    """EC2's word for a state as one of ours."""
    lower = word.lower()
    if lower in UNDER_WAY:
        return State.UNDER_WAY
    if lower in DELETING:
        return State.DELETING
    return State.FAILED if lower in FAILED else State.USABLE


def tag_map(thing: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a thing as EC2 gives them, as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}


class Tagged(Protocol):
    """A thing of EC2's as facts have it."""

    @property
    def id(self) -> str: ...

    @property
    def tags(self) -> Mapping[str, str]: ...


def twins(cluster: str, things: Iterable[Tagged]) -> tuple[str, ...]:
    """The ids of the things that one change of this cluster made more than once."""
    by_change: dict[str, list[str]] = {}
    for thing in things:
        if thing.tags.get(CLUSTER_TAG) == cluster and CHANGE_TAG in thing.tags:
            by_change.setdefault(thing.tags[CHANGE_TAG], []).append(thing.id)
    return tuple(name for names in by_change.values() if len(names) > 1 for name in names)


def security_groups(doors: Doors, filters: list[dict[str, Any]]) -> tuple[SecurityGroup, ...] | Unknown:
    """The security groups that EC2 filters select, with their rules."""
    answer = doors.cloud.see("ec2", "DescribeSecurityGroups", Filters=filters)
    if answer is None or isinstance(answer, Unknown):
        return answer or ()
    groups = answer["SecurityGroups"]
    if not groups:
        return ()
    ids = [group["GroupId"] for group in groups]
    told = doors.cloud.see("ec2", "DescribeSecurityGroupRules", Filters=[{"Name": "group-id", "Values": ids}])
    if isinstance(told, Unknown):
        return told
    rules = (told or {}).get("SecurityGroupRules", [])
    lists = entries_of(doors, (rule.get("PrefixListId", "") for rule in rules))
    return tuple(
        SecurityGroup(
            id=group["GroupId"],
            name=group["GroupName"],
            vpc_id=group.get("VpcId", ""),
            rules=tuple(_rules((rule for rule in rules if rule["GroupId"] == group["GroupId"]), lists)),
            tags=tag_map(group),
        )
        for group in groups
    )


def _rules(rules: Iterable[Mapping[str, Any]], lists: Mapping[str, Entries]) -> Iterable[Rule]:
    for rule in rules:
        source = (
            rule.get("CidrIpv4")
            or rule.get("CidrIpv6")
            or rule.get("PrefixListId")
            or rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
        )
        every = rule["IpProtocol"] == "-1" or rule.get("FromPort", -1) == -1
        ports = None if every else (int(rule["FromPort"]), int(rule["ToPort"]))
        yield Rule(
            rule["SecurityGroupRuleId"],
            bool(rule["IsEgress"]),
            rule["IpProtocol"],
            ports,
            source,
            lists.get(source, ()),
        )
