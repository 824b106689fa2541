"""Instances that an Auto Scaling group replaces: those that somebody terminates, and all of them in a refresh.

moto would start the new ones itself, in the first subnet and without what boots them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from moto.autoscaling.models import autoscaling_backends

from wizard.practice import aws, instances
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.eks import nodegroup_parts, state
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

_refreshes: dict[tuple[str, str], list[Params]] = {}
_lock = threading.Lock()


def _terminate(call: Call) -> Params:
    with _taken_out(call.region, call.params["InstanceIds"]) as left:
        answer = aws.moto(call)
    for name, desired in left.items():
        _fill(call, name, desired)
    return answer


def _terminate_in_group(call: Call) -> Params:
    instance = call.params["InstanceId"]
    with _taken_out(call.region, [instance]) as left:
        if not left:
            raise AwsError(
                "ValidationError", f"Instance Id not found - No managed instance found for instance ID {instance}"
            )
        aws.moto(call.asking("TerminateInstances", "ec2", InstanceIds=[instance]))
    (name, desired), *_ = left.items()
    _fill(call, name, desired - 1 if call.params.get("ShouldDecrementDesiredCapacity") else desired)
    moment = account.moment()
    activity = {
        "ActivityId": str(uuid4()),
        "AutoScalingGroupName": name,
        "Cause": f"At {moment:%Y-%m-%dT%H:%M:%SZ} instance {instance} was taken out of service in response to a "
        "user request.",
        "Description": f"Terminating EC2 instance: {instance}",
        "StartTime": moment,
        "StatusCode": "InProgress",
        "Progress": 0,
        "Details": "{}",
    }
    return {"Activity": activity}


def _start_refresh(call: Call) -> Params:
    """All instances at once: in practice nobody works on them."""
    name = call.params["AutoScalingGroupName"]
    group = instances.group_named(call, name)
    ids = [instance["InstanceId"] for instance in group["Instances"]]
    with _taken_out(call.region, ids) as left:
        if ids:
            aws.moto(call.asking("TerminateInstances", "ec2", InstanceIds=ids))
    _fill(call, name, left.get(name, int(group["DesiredCapacity"])))
    refresh = str(uuid4())
    with _lock:
        _refreshes.setdefault((call.region, name), []).insert(0, {"id": refresh, "began": account.clock.now()})
    return {"InstanceRefreshId": refresh}


def _describe_refreshes(call: Call) -> Params:
    name = call.params["AutoScalingGroupName"]
    instances.group_named(call, name)
    with _lock:
        known = list(_refreshes.get((call.region, name), []))
    found = []
    for one in known:
        done = account.clock.now() - one["began"] >= instances.IN_SERVICE
        found.append(
            {
                "InstanceRefreshId": one["id"],
                "AutoScalingGroupName": name,
                "Status": "Successful" if done else "InProgress",
                "StartTime": account.moment(one["began"]),
                "PercentageComplete": 100 if done else 0,
            }
        )
    return {"InstanceRefreshes": found}


@contextmanager
def _taken_out(region: str, ids: list[str]) -> Iterator[dict[str, int]]:
    """Takes instances out of their groups, and puts them back where they are not terminated after all.

    Yields the capacity that each such group still wants. Groups without a launch template are moto's.
    """
    before: dict[str, list[Any]] = {}
    with aws.moto_lock:
        groups = autoscaling_backends[ACCOUNT_ID][region].autoscaling_groups
        for name, group in groups.items():
            kept = [one for one in group.instance_states if one.instance.id not in ids]
            if len(kept) < len(group.instance_states) and group.ec2_launch_template:
                before[name] = group.instance_states
                group.instance_states = kept
        left = {name: int(groups[name].desired_capacity or 0) for name in before}
    try:
        yield left
    except AwsError:
        with aws.moto_lock:
            for name, instance_states in before.items():
                groups[name].instance_states = instance_states
        raise


def _fill(call: Call, name: str, desired: int) -> None:
    instances.scale(call.asking("SetDesiredCapacity", "autoscaling"), name, desired)
    for cluster in state.all_in(call.region):
        for group in cluster.nodegroups.values():
            if group.deleted is None and nodegroup_parts.auto_scaling_group(group) == name:
                nodegroup_parts.count(call, group)


def _empty() -> None:
    with _lock:
        _refreshes.clear()


account.on_reset(_empty)

HANDLERS: dict[str, Handler] = {
    "ec2.TerminateInstances": _terminate,
    "autoscaling.TerminateInstanceInAutoScalingGroup": _terminate_in_group,
    "autoscaling.StartInstanceRefresh": _start_refresh,
    "autoscaling.DescribeInstanceRefreshes": _describe_refreshes,
}
