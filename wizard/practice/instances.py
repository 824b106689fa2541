"""Auto Scaling groups that start instances as AWS does, and what these instances show of themselves.

moto puts all instances into the first subnet, running at once, without profile and metadata options. Here the group
is made empty, its instances are run one by one over its subnets from everything the launch template says, and they
take their time.
"""

import base64
import threading
from datetime import datetime
from typing import Any
from uuid import uuid4

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends

from wizard.practice import aws, volume_keys
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.boot import fleet
from wizard.practice.cloudformation import stacks
from wizard.practice.patches import backend
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

# AWS seconds from launch until the group counts an instance.
IN_SERVICE = 60.0
_TEMPLATE_FIELDS = (
    "BlockDeviceMappings", "EbsOptimized", "IamInstanceProfile", "ImageId", "InstanceType", "KeyName",
    "MetadataOptions", "SecurityGroupIds", "UserData",
)  # fmt: skip

_activities: dict[tuple[str, str], list[Params]] = {}
_lock = threading.Lock()


def _create_group(call: Call) -> Params:
    asked = call.params
    name = asked["AutoScalingGroupName"]
    desired = int({"DesiredCapacity": asked["MinSize"], **asked}["DesiredCapacity"])
    if not int(asked["MinSize"]) <= desired <= int(asked["MaxSize"]):
        message = "Desired capacity must be between the specified min size and max size"
        raise AwsError("ValidationError", f"{message}: {asked['MinSize']}, {asked['MaxSize']}")
    if "LaunchTemplate" not in asked or not asked.get("VPCZoneIdentifier"):
        return aws.moto(call)
    if name in _named(call, name):
        raise AwsError("AlreadyExists", f"AutoScalingGroup by this name already exists - A group named {name} exists")
    aws.moto(call.having(MinSize=0, DesiredCapacity=0))
    _sized(call, name).min_size = int(asked["MinSize"])
    scale(call, name, desired)
    return {}


def _sized(call: Call, name: str) -> FakeAutoScalingGroup:
    """moto's own group: told its sizes over the API, it would start what is missing in the first subnet."""
    return autoscaling_backends[ACCOUNT_ID][call.region].autoscaling_groups[name]


def _update_group(call: Call) -> Params:
    asked, name = call.params, call.params["AutoScalingGroupName"]
    group = group_named(call, name)
    sizes = {key: int({**group, **asked}[key]) for key in ("MinSize", "MaxSize")}
    desired = asked.get("DesiredCapacity")
    if desired is None:
        desired = min(max(group["DesiredCapacity"], sizes["MinSize"]), sizes["MaxSize"])
    if not sizes["MinSize"] <= desired <= sizes["MaxSize"]:
        message = "Desired capacity must be between the specified min size and max size"
        raise AwsError("ValidationError", f"{message}: {sizes['MinSize']}, {sizes['MaxSize']}")
    aws.moto(call.having(DesiredCapacity=None, MinSize=None, MaxSize=None))
    sized = _sized(call, name)
    sized.min_size, sized.max_size = sizes["MinSize"], sizes["MaxSize"]
    _set_capacity(call, name, int(desired))
    return {}


def _set_desired_capacity(call: Call) -> Params:
    _set_capacity(call, call.params["AutoScalingGroupName"], int(call.params["DesiredCapacity"]))
    return {}


def _set_capacity(call: Call, name: str, desired: int) -> None:
    group = group_named(call, name)
    if desired > len(group["Instances"]) and "LaunchTemplate" in group:
        scale(call, name, desired)
    else:
        aws.moto(call.asking("SetDesiredCapacity", AutoScalingGroupName=name, DesiredCapacity=desired))


def _named(call: Call, name: str) -> dict[str, Params]:
    found = aws.moto(call.asking("DescribeAutoScalingGroups", AutoScalingGroupNames=[name]))["AutoScalingGroups"]
    return {group["AutoScalingGroupName"]: group for group in found}


def group_named(call: Call, name: str) -> Params:
    """The Auto Scaling group as it is described. Raises ValidationError for one that is not there."""
    found = _named(call, name)
    if name not in found:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - {name}")
    return found[name]


def scale(call: Call, name: str, desired: int) -> None:
    """Starts what is missing, each instance in the subnet that has the fewest."""
    group = group_named(call, name)
    data = _template(call, group["LaunchTemplate"])
    subnets = _subnets(call, group["VPCZoneIdentifier"].split(","))
    per_subnet = dict.fromkeys(subnets, 0)
    for instance in _described(call, [found["InstanceId"] for found in group["Instances"]]):
        per_subnet[instance["SubnetId"]] = per_subnet.get(instance["SubnetId"], 0) + 1
    have = len(group["Instances"])
    for number in range(have, desired):
        refused = {zone for zone in set(subnets.values()) if not _offered(call, data["InstanceType"], zone)}
        usable = [subnet for subnet, zone in subnets.items() if zone not in refused]
        cause = "an instance was started in response to a difference between desired and actual capacity, "
        cause += f"increasing the capacity from {number} to {number + 1}."
        for zone in sorted(refused):
            _note(call, name, cause, _not_offered(data["InstanceType"], zone, subnets, refused))
        if not usable:
            break
        started = None
        for subnet in sorted(usable, key=lambda candidate: per_subnet[candidate]):
            try:
                started = subnet, _launch(call, group, data, subnet)
                break
            except AwsError as error:
                _note(call, name, cause, f"{error.message.rstrip('.')}. Launching EC2 instance failed.")
                # Another zone may have what this one lacks.
                if error.code != "InsufficientFreeAddressesInSubnet":
                    break
        if started is None:
            break
        subnet, instance_id = started
        per_subnet[subnet] += 1
        aws.moto(call.asking("AttachInstances", AutoScalingGroupName=name, InstanceIds=[instance_id]))
        _note(call, name, cause, None, instance_id)
    # It may want more than it could start.
    _sized(call, name).desired_capacity = desired


def _template(call: Call, template: Params) -> Params:
    key = "LaunchTemplateId" if "LaunchTemplateId" in template else "LaunchTemplateName"
    version = str(template.get("Version") or "$Default")
    found = aws.carry_out(
        call.asking("DescribeLaunchTemplateVersions", "ec2", **{key: template[key]}, Versions=[version])
    )
    data: Params = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    return data


def _subnets(call: Call, ids: list[str]) -> dict[str, str]:
    """The zone of each subnet."""
    found = aws.carry_out(call.asking("DescribeSubnets", "ec2", SubnetIds=ids))["Subnets"]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in found}
    return {name: zones[name] for name in ids}


def _offered(call: Call, instance_type: str, zone: str) -> bool:
    filters = [{"Name": "instance-type", "Values": [instance_type]}, {"Name": "location", "Values": [zone]}]
    answer = aws.carry_out(
        call.asking("DescribeInstanceTypeOfferings", "ec2", LocationType="availability-zone", Filters=filters)
    )
    return bool(answer.get("InstanceTypeOfferings"))


def _not_offered(instance_type: str, zone: str, subnets: dict[str, str], refused: set[str]) -> str:
    others = sorted(set(subnets.values()) - refused)
    choosing = f" or choosing {', '.join(others)}" if others else ""
    return (
        f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone "
        f"({zone}). Please retry your request by not specifying an Availability Zone{choosing}. "
        "Launching EC2 instance failed."
    )


def _launch(call: Call, group: Params, data: Params, subnet: str) -> str:
    tags = {"aws:autoscaling:groupName": group["AutoScalingGroupName"], **_tags(data, "instance")}
    tags.update({tag["Key"]: tag["Value"] for tag in group.get("Tags", []) if tag.get("PropagateAtLaunch")})
    _check_profile(call, data.get("IamInstanceProfile"))
    _check_addresses(call, subnet)
    volume_keys.check(call, data.get("BlockDeviceMappings", []))
    params: dict[str, Any] = {name: data[name] for name in _TEMPLATE_FIELDS if data.get(name)}
    # What AWS takes for images that want IMDSv2, as EKS's all do.
    params["MetadataOptions"] = {
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 2,
        **data.get("MetadataOptions", {}),
    }
    if "BlockDeviceMappings" in params:
        params["BlockDeviceMappings"] = _sized_volumes(call, data["ImageId"], params["BlockDeviceMappings"])
    # What the group propagates reaches instances alone.
    by_type = {"instance": tags, "volume": _tags(data, "volume")}
    specifications = [
        {"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in found.items()]}
        for kind, found in by_type.items()
        if found
    ]
    answer = aws.carry_out(
        call.asking(
            "RunInstances", "ec2", **params, MinCount=1, MaxCount=1, SubnetId=subnet, TagSpecifications=specifications
        )
    )
    instance_id = str(answer["Instances"][0]["InstanceId"])
    with aws.moto_lock:
        # moto would keep it, and with it every group and subnet that it is in.
        backend.ec2(call.region).get_instance(instance_id).nics[0].delete_on_termination = True
    fleet.launched(call.region, instance_id)
    return instance_id


def _tags(data: Params, kind: str) -> dict[str, str]:
    """The tags that a launch template gives to things of a kind."""
    return {
        tag["Key"]: tag["Value"]
        for specification in data.get("TagSpecifications", [])
        if specification["ResourceType"] == kind
        for tag in specification["Tags"]
    }


def _sized_volumes(call: Call, image: str, mappings: list[Params]) -> list[Params]:
    """The volumes, each without a size as large as the image's own."""
    images = aws.carry_out(call.asking("DescribeImages", "ec2", ImageIds=[image])).get("Images", [])
    sizes = {
        one["DeviceName"]: one["Ebs"].get("VolumeSize")
        for found in images
        for one in found.get("BlockDeviceMappings", [])
        if "Ebs" in one
    }
    return [
        {**one, "Ebs": {"VolumeSize": sizes.get(one["DeviceName"]), **one["Ebs"]}}
        if sizes.get(one["DeviceName"]) and "Ebs" in one
        else one
        for one in mappings
    ]


def _check_addresses(call: Call, subnet: str) -> None:
    """Raises AwsError when the subnet has no address left."""
    found = aws.carry_out(call.asking("DescribeSubnets", "ec2", SubnetIds=[subnet]))["Subnets"][0]
    if found["AvailableIpAddressCount"] < 1:
        message = (
            f"There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances"
        )
        raise AwsError("InsufficientFreeAddressesInSubnet", message)


def _check_profile(call: Call, profile: Params | None) -> None:
    if not profile:
        return
    name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
    try:
        aws.carry_out(call.asking("GetInstanceProfile", "iam", InstanceProfileName=name))
    except AwsError as error:
        message = f"Invalid IAM Instance Profile name: {name}"
        raise AwsError("InvalidParameterValue", message) from error


def _note(call: Call, name: str, cause: str, failure: str | None, instance_id: str = "") -> None:
    now = account.clock.now()
    activity = {
        "ActivityId": str(uuid4()),
        "AutoScalingGroupName": name,
        "Description": f"Launching a new EC2 instance{f': {instance_id}' if instance_id else ''}"
        + (f".  Status Reason: {failure}" if failure else ""),
        "Cause": f"At {account.moment(now):%Y-%m-%dT%H:%M:%SZ} {cause}",
        "StartTime": account.moment(now),
        "EndTime": account.moment(now + (0 if failure else IN_SERVICE)),
        "StatusCode": "Failed" if failure else "Successful",
        "StatusMessage": failure,
        "Progress": 100,
        "Details": "{}",
    }
    with _lock:
        _activities.setdefault((call.region, name), []).insert(0, activity)


def _describe_activities(call: Call) -> Params:
    stacks.advance()
    name = call.params.get("AutoScalingGroupName")
    with _lock:
        kept = {key: list(found) for key, found in _activities.items()}
    found = [
        _in_time(activity)
        for (region, group), activities in kept.items()
        if region == call.region and name in (None, group)
        for activity in activities
    ]
    return {"Activities": found[: call.params.get("MaxRecords", 100)]}


def _in_time(activity: Params) -> Params:
    ends: datetime = activity["EndTime"]
    if ends <= account.moment():
        return activity
    return {**activity, "StatusCode": "InProgress", "Progress": 50, "EndTime": None}


def _describe_groups(call: Call) -> Params:
    stacks.advance()
    answer = aws.moto(call)
    for group in answer.get("AutoScalingGroups", []):
        for instance in group.get("Instances", []):
            if (age := fleet.age(instance["InstanceId"])) is not None and age < IN_SERVICE:
                instance["LifecycleState"] = "Pending"
    return answer


def _delete_group(call: Call) -> Params:
    name = call.params["AutoScalingGroupName"]
    group = group_named(call, name)
    if group["Instances"] and not call.params.get("ForceDelete"):
        message = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s)"
        raise AwsError("ResourceInUse", f"{message} still in the group.")
    return aws.moto(call)


def _described(call: Call, ids: list[str]) -> list[Params]:
    if not ids:
        return []
    answer = aws.carry_out(call.asking("DescribeInstances", "ec2", InstanceIds=ids))
    return [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]


def _describe_instances(call: Call) -> Params:
    stacks.advance()
    answer = aws.moto(call)
    for reservation in answer.get("Reservations", []):
        for instance in reservation["Instances"]:
            age = fleet.age(instance["InstanceId"])
            if age is not None and age < fleet.PENDING and instance["State"]["Name"] == "running":
                instance["State"] = {"Code": 0, "Name": "pending"}
    return answer


def _console_output(call: Call) -> Params:
    instance_id = call.params["InstanceId"]
    instance = next((found for found in _described(call, [instance_id])), None)
    if instance is None:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")
    lines = next(
        (
            found.boot.console_until(found.elapsed)
            for found in fleet.booted(call.region)
            if found.machine.id == instance_id
        ),
        (),
    )
    text = "\n".join(lines).encode() + (b"\n" if lines else b"")
    answer = {"InstanceId": instance_id, "Timestamp": account.moment()}
    # AWS keeps the last 64 KiB.
    return {**answer, "Output": base64.b64encode(text[-65536:]).decode()} if text else answer


def _empty() -> None:
    with _lock:
        _activities.clear()


account.on_reset(_empty)

HANDLERS: dict[str, Handler] = {
    "autoscaling.CreateAutoScalingGroup": _create_group,
    "autoscaling.UpdateAutoScalingGroup": _update_group,
    "autoscaling.SetDesiredCapacity": _set_desired_capacity,
    "autoscaling.DescribeAutoScalingGroups": _describe_groups,
    "autoscaling.DescribeScalingActivities": _describe_activities,
    "autoscaling.DeleteAutoScalingGroup": _delete_group,
    "ec2.DescribeInstances": _describe_instances,
    "ec2.GetConsoleOutput": _console_output,
}
