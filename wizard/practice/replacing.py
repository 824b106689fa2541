"""Instances that an Auto Scaling group replaces: those that somebody terminates, and all of them in a refresh.

moto would start the new ones itself, in the first subnet and without what boots them.
"""

import threading
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
    left = _taken_out(call.region, call.params["InstanceIds"])
    answer = aws.moto(call)
    for name, desired in left.items():
        _fill(call, name, desired)
    return answer


def _terminate_in_group(call: Call) -> Params:
    instance = call.params["InstanceId"]
    left = _taken_out(call.region, [instance])
    if not left:
        raise AwsError(
            "ValidationError", f"Instance Id not found - No managed instance found for instance ID {instance}"
        )
    (name, desired), *_ = left.items()
    aws.moto(call.asking("TerminateInstances", "ec2", InstanceIds=[instance]))
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
    left = _taken_out(call.region, ids)
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


def _taken_out(region: str, ids: list[str]) -> dict[str, int]:
    """Takes instances out of their groups; returns the capacity that each such group still wants."""
    left: dict[str, int] = {}
    with aws.moto_lock:
        for name, group in autoscaling_backends[ACCOUNT_ID][region].autoscaling_groups.items():
            kept = [one for one in group.instance_states if one.instance.id not in ids]
            if len(kept) < len(group.instance_states):
                left[name] = int(group.desired_capacity or 0)
                group.instance_states = kept
    return left


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
