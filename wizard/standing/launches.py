"""Reads what starts a cluster's nodes: Auto Scaling groups, managed node groups, and instances that neither started."""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from wizard.doors import Doors, together
from wizard.facts import AccountFacts, Ami, Cluster, Instance, InstanceType, Launch, Unknown, known
from wizard.standing.roles import role_named, role_of
from wizard.steps.cluster.observe import told
from wizard.steps.nodes import volume_key
from wizard.steps.nodes.observe import console_of, image_of, instance_of, instance_type, vcpu_quota

# What lives, or is about to.
LIVING: Final = ["pending", "running"]
# Of so many instances of each launch the console is read, the newest first.
CONSOLES: Final = 5
_UNZIPPED: Final = 1_000_000


def launches(doors: Doors, cluster: Cluster, account: AccountFacts) -> tuple[Launch, ...] | Unknown:
    """All that starts nodes of the cluster, by name; Unknown where AWS does not tell what there is.

    Groups are found by the cluster's tag. Where none carries it, those count that start instances in the cluster's VPC
    with user data that names the cluster.
    """
    tag = f"kubernetes.io/cluster/{cluster.name}"
    groups, managed, tagged = together(
        partial(_groups, doors, [{"Name": "tag-key", "Values": [tag]}]),
        partial(_node_groups, doors, cluster.name),
        partial(_instances, doors, [{"Name": f"tag:{tag}", "Values": ["owned"]}]),
    )
    if isinstance(groups, Unknown) or isinstance(tagged, Unknown):
        return groups if isinstance(groups, Unknown) else tagged
    by_group = {} if isinstance(managed, Unknown) else managed
    untagged = [] if groups or tagged else _in_vpc(doors, cluster.vpc_id)
    if isinstance(untagged, Unknown):
        return untagged
    there = [*groups, *untagged]
    started = {one["InstanceId"] for group in there for one in group.get("Instances", [])}
    missed = sorted(started - {one["InstanceId"] for one in tagged})
    # A filter takes 200 values (EC2 API reference, Filter).
    parts = [{"Name": "instance-id", "Values": missed[first : first + 200]} for first in range(0, len(missed), 200)]
    others = together(*(partial(_instances, doors, [part]) for part in parts))
    hidden = next((one for one in others if isinstance(one, Unknown)), None)
    if hidden:
        return hidden
    seen = [*tagged, *(one for part in others for one in part)]
    alone = [one for one in tagged if one["InstanceId"] not in started]
    found: list[Launch] = together(
        *(partial(_of_group, doors, cluster, account, group, by_group, seen) for group in there),
        *(partial(_alone, doors, one) for one in alone),
    )
    if untagged:
        hidden = next((one.user_data for one in found if isinstance(one.user_data, Unknown)), None)
        found = [replace(one, is_tagged=False) for one in found if names(one.user_data, cluster.name)]
        if hidden and not found:
            return hidden
    there_already = {group["AutoScalingGroupName"] for group in there}
    found += [_unstarted(one) for name, one in by_group.items() if name not in there_already]
    if isinstance(managed, Unknown):
        # Which of the groups are managed is not told, and what EKS says of them neither.
        found = [replace(one, issues=managed) if one.kind != "instances" else one for one in found]
    return tuple(sorted(found, key=lambda one: (one.kind, one.name)))


def names(user_data: str | Unknown, cluster: str) -> bool:
    """Whether user data names the cluster, and not only something that has its name in it, such as a path."""
    word = rf"(?<![\w./-]){re.escape(cluster)}(?![\w./-])"
    return isinstance(user_data, str) and re.search(word, user_data) is not None


def _groups(doors: Doors, filters: list[dict[str, Any]]) -> list[dict[str, Any]] | Unknown:
    """The Auto Scaling groups that filters select; all of them without any."""
    answer = doors.cloud.see("autoscaling", "DescribeAutoScalingGroups", Filters=filters)
    return answer if isinstance(answer, Unknown) else list((answer or {}).get("AutoScalingGroups", []))


def _in_vpc(doors: Doors, vpc: str) -> list[dict[str, Any]] | Unknown:
    """The Auto Scaling groups that start instances in a VPC."""
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    groups, subnets = together(
        partial(_groups, doors, []), partial(doors.cloud.see, "ec2", "DescribeSubnets", Filters=of_vpc)
    )
    if isinstance(groups, Unknown) or isinstance(subnets, Unknown):
        return groups if isinstance(groups, Unknown) else subnets
    ids = {one["SubnetId"] for one in (subnets or {}).get("Subnets", [])}
    return [group for group in groups if ids & set(_subnets(group))]


def _subnets(group: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(one for one in group.get("VPCZoneIdentifier", "").replace(" ", "").split(",") if one)


def _node_groups(doors: Doors, cluster: str) -> dict[str, Mapping[str, Any]] | Unknown:
    """The managed node groups, by the names of their Auto Scaling groups; by its own one that has none."""
    answer = doors.cloud.see("eks", "ListNodegroups", clusterName=cluster)
    if isinstance(answer, Unknown):
        return answer
    names = (answer or {}).get("nodegroups", [])
    described = told(
        together(
            *(
                partial(doors.cloud.see, "eks", "DescribeNodegroup", clusterName=cluster, nodegroupName=name)
                for name in names
            )
        )
    )  # fmt: skip
    if isinstance(described, Unknown):
        return described
    found = [one["nodegroup"] for one in described]
    return {
        name: one
        for one in found
        for name in [group["name"] for group in one.get("resources", {}).get("autoScalingGroups", [])]
        or [one["nodegroupName"]]
    }


def _unstarted(node_group: Mapping[str, Any]) -> Launch:
    """A managed node group that has no Auto Scaling group, such as one that EKS could not make."""
    hidden = Unknown("autoscaling:DescribeAutoScalingGroups", str(node_group["status"]))
    return Launch(
        name=node_group["nodegroupName"],
        kind="managed node group",
        subnets=tuple(node_group.get("subnets", [])),
        groups=hidden,
        role=hidden,
        image=hidden,
        instance_type=hidden,
        user_data=hidden,
        desired=node_group.get("scalingConfig", {}).get("desiredSize", 0),
        issues=_health(node_group),
        is_made=False,
    )


def _health(node_group: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{issue['code']}: {issue['message']}" for issue in node_group.get("health", {}).get("issues", []))


def _instances(doors: Doors, filters: list[dict[str, Any]]) -> list[dict[str, Any]] | Unknown:
    """The living instances that filters select, the newest first."""
    living = {"Name": "instance-state-name", "Values": LIVING}
    answer = doors.cloud.see("ec2", "DescribeInstances", Filters=[*filters, living])
    if isinstance(answer, Unknown):
        return answer
    living_ones = (one for reservation in (answer or {}).get("Reservations", []) for one in reservation["Instances"])
    # Those that EKS Auto Mode runs are EKS's own.
    found = (one for one in living_ones if not one.get("Operator", {}).get("Managed"))
    return sorted(found, key=lambda one: (str(one.get("LaunchTime", "")), one["InstanceId"]), reverse=True)


def _of_group(
    doors: Doors,
    cluster: Cluster,
    account: AccountFacts,
    group: Mapping[str, Any],
    managed: Mapping[str, Mapping[str, Any]],
    instances: list[dict[str, Any]],
) -> Launch:
    """The launch that an Auto Scaling group is, as its launch template has it."""
    node_group = managed.get(group["AutoScalingGroupName"])
    own = {one["InstanceId"] for one in group.get("Instances", [])}
    mine = [one for one in instances if one["InstanceId"] in own]
    specification, kind = _specification(group)
    data, seen, activities = together(
        partial(_template, doors, specification)
        if specification
        else partial(_configuration, doors, group.get("LaunchConfigurationName", "")),
        partial(_seen, doors, mine),
        partial(_failed_activities, doors, group["AutoScalingGroupName"]),
    )
    issues = activities
    if node_group is not None and known(activities):
        issues = (*_health(node_group), *activities)
    launch = Launch(
        name=node_group["nodegroupName"] if node_group is not None else group["AutoScalingGroupName"],
        kind="managed node group" if node_group is not None else "Auto Scaling group",
        subnets=_subnets(group),
        groups=(),
        role=None,
        image=None,
        instance_type=None,
        user_data="",
        desired=group.get("DesiredCapacity", 0),
        instances=seen,
        issues=issues,
    )
    if isinstance(data, Unknown):
        return replace(launch, groups=data, role=data, image=data, instance_type=data, user_data=data)
    if data is None:
        # What it starts instances by is gone: the instances tell what they were started from.
        return _as_started(doors, launch, mine[0]) if mine else launch
    role = node_group["nodeRole"].rpartition("/")[2] if node_group is not None else ""
    started = _from_template(doors, cluster, launch, data, kind, role)
    if len(mine) >= launch.desired:
        return started
    return _with_limits(doors, account, started, data, spot=is_spot(group, data))


def is_spot(group: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether instances of the group may be Spot Instances, which another quota limits."""
    distribution = group.get("MixedInstancesPolicy", {}).get("InstancesDistribution", {})
    on_demand = distribution.get("OnDemandPercentageAboveBaseCapacity", 100)
    return bool(on_demand < 100) or data.get("InstanceMarketOptions", {}).get("MarketType") == "spot"


def _specification(group: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The launch template of a group, and the instance type that the group puts over it."""
    mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    overrides = [one["InstanceType"] for one in mixed.get("Overrides", []) if "InstanceType" in one]
    given = group.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification") or {}
    return given, overrides[0] if overrides else ""


def _template(doors: Doors, given: Mapping[str, Any]) -> Mapping[str, Any] | Unknown | None:
    if "LaunchTemplateId" not in given:
        return None
    answer = doors.cloud.see(
        "ec2", "DescribeLaunchTemplateVersions", LaunchTemplateId=given["LaunchTemplateId"],
        Versions=[given.get("Version") or "$Default"],
    )  # fmt: skip
    if answer is None or isinstance(answer, Unknown):
        return answer
    versions = answer.get("LaunchTemplateVersions", [])
    data: Mapping[str, Any] | None = versions[0]["LaunchTemplateData"] if versions else None
    return data


def _configuration(doors: Doors, name: str) -> Mapping[str, Any] | Unknown | None:
    """A launch configuration, as a launch template would say it."""
    if not name:
        return None
    answer = doors.cloud.see("autoscaling", "DescribeLaunchConfigurations", LaunchConfigurationNames=[name])
    if answer is None or isinstance(answer, Unknown):
        return answer
    found = answer.get("LaunchConfigurations", [])
    return as_template(found[0]) if found else None


def as_template(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """A launch configuration of Auto Scaling's in the words of EC2's launch templates."""
    profile = configuration.get("IamInstanceProfile") or ""
    data = {
        "ImageId": configuration.get("ImageId", ""),
        "InstanceType": configuration.get("InstanceType", ""),
        "SecurityGroupIds": configuration.get("SecurityGroups", []),
        "UserData": configuration.get("UserData", ""),
        "IamInstanceProfile": {"Arn" if profile.startswith("arn:") else "Name": profile} if profile else {},
        "MetadataOptions": configuration.get("MetadataOptions", {}),
    }
    if "AssociatePublicIpAddress" in configuration:
        data["NetworkInterfaces"] = [{"AssociatePublicIpAddress": configuration["AssociatePublicIpAddress"]}]
    return data


def _from_template(
    doors: Doors, cluster: Cluster, launch: Launch, data: Mapping[str, Any], kind: str, role: str
) -> Launch:
    interfaces = data.get("NetworkInterfaces", [])
    groups = [*data.get("SecurityGroupIds", []), *(name for one in interfaces for name in one.get("Groups", []))]
    profile = data.get("IamInstanceProfile", {})
    named = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
    carried, held, image, type_of = together(
        partial(_default_group, doors, cluster.vpc_id) if not groups else lambda: tuple(dict.fromkeys(groups)),
        partial(role_of, doors, named) if named else partial(role_named, doors, role) if role else lambda: None,
        partial(_image, doors, data.get("ImageId", "")),
        partial(_type, doors, kind or data.get("InstanceType", "")),
    )
    public = [one["AssociatePublicIpAddress"] for one in interfaces if "AssociatePublicIpAddress" in one]
    return replace(
        launch,
        groups=carried,
        role=held,
        image=image,
        instance_type=type_of,
        user_data=_text(data.get("UserData", "")),
        hop_limit=data.get("MetadataOptions", {}).get("HttpPutResponseHopLimit"),
        metadata=data.get("MetadataOptions", {}).get("HttpEndpoint") != "disabled",
        public_address=bool(public[0]) if public else None,
    )


def _with_limits(doors: Doors, account: AccountFacts, launch: Launch, data: Mapping[str, Any], *, spot: bool) -> Launch:
    """The launch with what may keep instances from being started."""
    disks = (one.get("Ebs", {}) for one in data.get("BlockDeviceMappings", []))
    keys = [disk["KmsKeyId"] for disk in disks if disk.get("KmsKeyId")]
    kind = launch.instance_type.name if known(launch.instance_type) else ""
    key, quota = together(
        partial(volume_key.read, doors, keys[0] if keys else None, account),
        partial(vcpu_quota, doors, kind) if kind and not spot else lambda: None,
    )
    return replace(launch, volume_key=key, vcpu_quota=quota)


def _default_group(doors: Doors, vpc: str) -> tuple[str, ...] | Unknown:
    """The group that instances carry of which nobody says what they carry."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    answer = doors.cloud.see("ec2", "DescribeSecurityGroups", Filters=filters)
    if isinstance(answer, Unknown):
        return answer
    return tuple(one["GroupId"] for one in (answer or {}).get("SecurityGroups", []))


def _image(doors: Doors, image: str) -> Ami | Unknown | None:
    if image.startswith("resolve:ssm:"):
        answer = doors.cloud.see("ssm", "GetParameter", Name=image.removeprefix("resolve:ssm:"))
        if answer is None or isinstance(answer, Unknown):
            return answer
        image = str(answer["Parameter"]["Value"])
    return image_of(doors, image) if image else None


def _type(doors: Doors, name: str) -> InstanceType | Unknown | None:
    return instance_type(doors, name) if name else None


def _alone(doors: Doors, one: Mapping[str, Any]) -> Launch:
    """An instance that no group started, as a launch of its own."""
    seen = _seen(doors, [dict(one)])
    launch = Launch(one["InstanceId"], "instances", (), (), None, None, None, "", desired=1, instances=seen)
    return _as_started(doors, launch, one)


def _as_started(doors: Doors, launch: Launch, one: Mapping[str, Any]) -> Launch:
    """The launch with what an instance of it was started from."""
    profile = one.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2]
    role, image, kind, data = together(
        partial(role_of, doors, profile),
        partial(_image, doors, one["ImageId"]),
        partial(_type, doors, one["InstanceType"]),
        partial(
            doors.cloud.see, "ec2", "DescribeInstanceAttribute", InstanceId=one["InstanceId"], Attribute="userData"
        ),
    )
    return replace(
        launch,
        subnets=launch.subnets or (one["SubnetId"],),
        groups=tuple(group["GroupId"] for group in one.get("SecurityGroups", [])),
        role=role,
        image=image,
        instance_type=kind,
        user_data=data if isinstance(data, Unknown) else _text((data or {}).get("UserData", {}).get("Value", "")),
        hop_limit=one.get("MetadataOptions", {}).get("HttpPutResponseHopLimit"),
        metadata=one.get("MetadataOptions", {}).get("HttpEndpoint") != "disabled",
        public_address=bool(one.get("PublicIpAddress")),
    )


def _text(user_data: str) -> str:
    """User data as the instance reads it; what is no text shows as such."""
    try:
        plain = base64.b64decode(user_data, validate=True)
    except (binascii.Error, ValueError):
        return user_data
    if plain.startswith(b"\x1f\x8b"):
        try:
            plain = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(plain, _UNZIPPED)
        except zlib.error:
            return ""
    return plain.decode("utf-8", "replace")


def _failed_activities(doors: Doors, group: str) -> tuple[str, ...] | Unknown:
    """Why the last launches failed, the newest first, each reason once; those before the last success don't count."""
    answer = doors.cloud.see_first("autoscaling", "DescribeScalingActivities", AutoScalingGroupName=group)
    if isinstance(answer, Unknown):
        return answer
    reasons: list[str] = []
    for activity in (answer or {}).get("Activities", []):
        if activity["StatusCode"] == "Successful":
            break
        if activity["StatusCode"] in ("Failed", "Cancelled") and activity.get("StatusMessage"):
            reasons.append(activity["StatusMessage"])
    return tuple(dict.fromkeys(reasons))


def _seen(doors: Doors, instances: list[dict[str, Any]]) -> tuple[Instance, ...]:
    """The instances, with the consoles of the newest."""
    consoles = together(*(partial(console_of, doors, one["InstanceId"]) for one in instances[:CONSOLES]))
    told_of = [*consoles, *([""] * len(instances[CONSOLES:]))]
    return tuple(replace(instance_of(one), console=console) for one, console in zip(instances, told_of, strict=True))
