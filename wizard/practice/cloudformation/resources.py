"""The resource types that the practice account's CloudFormation knows: how each is made, read and deleted.

Each goes through the account's own API, as CloudFormation does on behalf of its caller.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wizard.practice import aws, rights
from wizard.practice.aws import Call
from wizard.practice.patches import service_linked_roles
from wizard.practice.protocol import AwsError, Params


@dataclass(frozen=True)
class Made:
    """A resource that exists: its physical id and what Fn::GetAtt may ask of it."""

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """What a resource is made from. ``name`` is the physical name that CloudFormation would give it."""

    call: Call
    properties: Params
    tags: dict[str, str]
    name: str

    def ask(self, service: str, operation: str, **params: Any) -> Params:
        """One call of CloudFormation's on behalf of the caller."""
        given = {key: value for key, value in params.items() if value is not None}
        asked = self.call.asking(operation, service, **given)
        rights.require(asked, on_behalf=True)
        return aws.carry_out(asked)


@dataclass(frozen=True)
class Type:
    """``seconds`` are how long making one takes, in AWS seconds; ``known`` its properties (required ones first)."""

    make: Callable[[Order], Made]
    remove: Callable[[Order, Made], None]
    seconds: float
    required: frozenset[str]
    optional: frozenset[str]


def failure(error: AwsError, service: str) -> str:
    """The reason that an event gives for a refused call."""
    return (
        f"{error.message} (Service: {service}, Status Code: {error.status or 400}, Request ID: "
        f"0f4c6e2a-7c1d-4b0e-9a59-5d7f3b1c2e84)"
    )


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as most services take them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _tags(order: Order) -> dict[str, str]:
    own = {tag["Key"]: str(tag["Value"]) for tag in order.properties.get("Tags", [])}
    return {**order.tags, **own}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# security groups


def _make_group(order: Order) -> Made:
    asked = order.properties
    made = order.ask(
        "ec2",
        "CreateSecurityGroup",
        GroupName=asked.get("GroupName") or order.name,
        Description=asked["GroupDescription"],
        VpcId=asked.get("VpcId"),
    )
    group_id = str(made["GroupId"])
    order.ask("ec2", "CreateTags", Resources=[group_id], Tags=tag_list(_tags(order)))
    for rule in asked.get("SecurityGroupIngress", []):
        order.ask("ec2", "AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[_permission(rule, "Source")])
    for number, rule in enumerate(asked.get("SecurityGroupEgress", [])):
        if number == 0:
            _revoke_allow_all(order, group_id)
        order.ask(
            "ec2", "AuthorizeSecurityGroupEgress", GroupId=group_id, IpPermissions=[_permission(rule, "Destination")]
        )
    return Made(group_id, {"GroupId": group_id, "VpcId": asked.get("VpcId", "")})


def _remove_group(order: Order, made: Made) -> None:
    order.ask("ec2", "DeleteSecurityGroup", GroupId=made.physical_id)


def _permission(rule: Params, peer: str) -> Params:
    permission: Params = {"IpProtocol": _text(rule["IpProtocol"])}
    for port in ("FromPort", "ToPort"):
        if port in rule:
            permission[port] = int(rule[port])
    described = {"Description": rule["Description"]} if "Description" in rule else {}
    if "CidrIp" in rule:
        permission["IpRanges"] = [{"CidrIp": rule["CidrIp"], **described}]
    if "CidrIpv6" in rule:
        permission["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **described}]
    if f"{peer}SecurityGroupId" in rule:
        permission["UserIdGroupPairs"] = [{"GroupId": rule[f"{peer}SecurityGroupId"], **described}]
    if f"{peer}PrefixListId" in rule:
        permission["PrefixListIds"] = [{"PrefixListId": rule[f"{peer}PrefixListId"], **described}]
    return permission


def _revoke_allow_all(order: Order, group_id: str) -> None:
    """CloudFormation takes back the egress that every group starts with, once a template speaks of egress."""
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = order.ask("ec2", "DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"][0]
    if any(
        permission["IpProtocol"] == "-1" and any(found["CidrIp"] == "0.0.0.0/0" for found in permission["IpRanges"])
        for permission in group["IpPermissionsEgress"]
    ):
        order.ask("ec2", "RevokeSecurityGroupEgress", GroupId=group_id, IpPermissions=[everything])


def _make_ingress(order: Order) -> Made:
    group_id = order.properties["GroupId"]
    permission = _permission(order.properties, "Source")
    return _rule(order, order.ask("ec2", "AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[permission]))


def _make_egress(order: Order) -> Made:
    group_id = order.properties["GroupId"]
    _revoke_allow_all(order, group_id)
    permission = _permission(order.properties, "Destination")
    return _rule(order, order.ask("ec2", "AuthorizeSecurityGroupEgress", GroupId=group_id, IpPermissions=[permission]))


def _rule(order: Order, answer: Params) -> Made:
    found = answer.get("SecurityGroupRules") or [{}]
    rule_id = str(found[-1].get("SecurityGroupRuleId", order.name))
    return Made(rule_id, {"Id": rule_id})


def _remove_ingress(order: Order, _: Made) -> None:
    permission = _permission(order.properties, "Source")
    order.ask("ec2", "RevokeSecurityGroupIngress", GroupId=order.properties["GroupId"], IpPermissions=[permission])


def _remove_egress(order: Order, _: Made) -> None:
    permission = _permission(order.properties, "Destination")
    order.ask("ec2", "RevokeSecurityGroupEgress", GroupId=order.properties["GroupId"], IpPermissions=[permission])


# launch template and group


def _make_launch_template(order: Order) -> Made:
    asked = order.properties
    made = order.ask(
        "ec2",
        "CreateLaunchTemplate",
        LaunchTemplateName=asked.get("LaunchTemplateName") or order.name,
        LaunchTemplateData=_numbers(asked["LaunchTemplateData"]),
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tag_list(order.tags)}],
    )["LaunchTemplate"]
    name = str(made["LaunchTemplateId"])
    versions = {key: str(made[key]) for key in ("DefaultVersionNumber", "LatestVersionNumber")}
    return Made(name, {"LaunchTemplateId": name, **versions})


def _numbers(data: Any) -> Any:
    """Parameters are text; what EC2's API has as numbers and booleans becomes them."""
    if isinstance(data, list):
        return [_numbers(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: int(value)
        if key in ("VolumeSize", "Iops", "Throughput", "HttpPutResponseHopLimit", "DeviceIndex")
        else _text(value) == "true"
        if key in ("Encrypted", "DeleteOnTermination", "EbsOptimized", "AssociatePublicIpAddress")
        else _numbers(value)
        for key, value in data.items()
    }


def _remove_launch_template(order: Order, made: Made) -> None:
    order.ask("ec2", "DeleteLaunchTemplate", LaunchTemplateId=made.physical_id)


def _make_auto_scaling_group(order: Order) -> Made:
    asked = order.properties
    name = asked.get("AutoScalingGroupName") or order.name
    own = [
        {"Key": tag["Key"], "Value": str(tag["Value"]), "PropagateAtLaunch": _text(tag["PropagateAtLaunch"]) == "true"}
        for tag in asked.get("Tags", [])
    ]
    from_stack = [
        {"Key": key, "Value": value, "PropagateAtLaunch": True}
        for key, value in order.tags.items()
        if key not in {tag["Key"] for tag in own}
    ]
    template = asked.get("LaunchTemplate")
    desired = int(asked.get("DesiredCapacity") or asked["MinSize"])
    service_linked_roles.ensure(order.call, "autoscaling.amazonaws.com")
    order.ask(
        "autoscaling",
        "CreateAutoScalingGroup",
        AutoScalingGroupName=name,
        MinSize=int(asked["MinSize"]),
        MaxSize=int(asked["MaxSize"]),
        DesiredCapacity=desired,
        VPCZoneIdentifier=",".join(asked["VPCZoneIdentifier"]) if "VPCZoneIdentifier" in asked else None,
        LaunchTemplate={key: str(value) for key, value in template.items()} if template else None,
        HealthCheckType=asked.get("HealthCheckType"),
        HealthCheckGracePeriod=int(asked["HealthCheckGracePeriod"]) if "HealthCheckGracePeriod" in asked else None,
        Tags=[{**tag, "ResourceId": name, "ResourceType": "auto-scaling-group"} for tag in [*own, *from_stack]],
    )
    made = Made(name)
    described = order.ask("autoscaling", "DescribeAutoScalingGroups", AutoScalingGroupNames=[name])
    running = len(described["AutoScalingGroups"][0].get("Instances", []))
    if running < desired:
        raise UnstableError(
            made,
            f"Group did not stabilize. {{current/minSize/desiredCapacity}} group size = "
            f"{{{running}/{asked['MinSize']}/{desired}}}. {_why(order, name)}",
        )
    return made


def _why(order: Order, name: str) -> str:
    activities = order.ask("autoscaling", "DescribeScalingActivities", AutoScalingGroupName=name)["Activities"]
    return next((str(found["StatusMessage"]) for found in activities if found["StatusCode"] == "Failed"), "")


class UnstableError(Exception):
    """A resource was made and is not as it should be; it is there to be deleted."""

    def __init__(self, made: Made, reason: str) -> None:
        super().__init__(reason)
        self.made = made
        self.reason = reason


def _remove_auto_scaling_group(order: Order, made: Made) -> None:
    order.ask("autoscaling", "DeleteAutoScalingGroup", AutoScalingGroupName=made.physical_id, ForceDelete=True)


# IAM


def _make_instance_profile(order: Order) -> Made:
    asked = order.properties
    roles = asked["Roles"]
    name = asked.get("InstanceProfileName") or order.name
    for role in roles:
        _must_exist(order, role)
    made = order.ask("iam", "CreateInstanceProfile", InstanceProfileName=name, Path=asked.get("Path", "/"))
    for role in roles:
        order.ask("iam", "AddRoleToInstanceProfile", InstanceProfileName=name, RoleName=role)
    return Made(name, {"Arn": made["InstanceProfile"]["Arn"]})


def _must_exist(order: Order, role: str) -> None:
    try:
        order.ask("iam", "GetRole", RoleName=role)
    except AwsError as error:
        raise AwsError("NoSuchEntity", f"The role with name {role} cannot be found.", 404) from error


def _remove_instance_profile(order: Order, made: Made) -> None:
    profile = order.ask("iam", "GetInstanceProfile", InstanceProfileName=made.physical_id)["InstanceProfile"]
    for role in profile["Roles"]:
        order.ask(
            "iam", "RemoveRoleFromInstanceProfile", InstanceProfileName=made.physical_id, RoleName=role["RoleName"]
        )
    order.ask("iam", "DeleteInstanceProfile", InstanceProfileName=made.physical_id)


def _make_role(order: Order) -> Made:
    asked = order.properties
    name = asked.get("RoleName") or order.name
    made = order.ask(
        "iam",
        "CreateRole",
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(asked["AssumeRolePolicyDocument"]),
        Path=asked.get("Path", "/"),
        PermissionsBoundary=asked.get("PermissionsBoundary"),
        Tags=tag_list(_tags(order)),
    )["Role"]
    for arn in asked.get("ManagedPolicyArns", []):
        order.ask("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
    for policy in asked.get("Policies", []):
        document = json.dumps(policy["PolicyDocument"])
        order.ask("iam", "PutRolePolicy", RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    return Made(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def _remove_role(order: Order, made: Made) -> None:
    for arn in order.properties.get("ManagedPolicyArns", []):
        order.ask("iam", "DetachRolePolicy", RoleName=made.physical_id, PolicyArn=arn)
    for policy in order.properties.get("Policies", []):
        order.ask("iam", "DeleteRolePolicy", RoleName=made.physical_id, PolicyName=policy["PolicyName"])
    order.ask("iam", "DeleteRole", RoleName=made.physical_id)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RULE = "CidrIp CidrIpv6 Description FromPort ToPort"
TYPES: dict[str, Type] = {
    "AWS::EC2::SecurityGroup": Type(
        _make_group,
        _remove_group,
        10,
        _words("GroupDescription"),
        _words("GroupName SecurityGroupEgress SecurityGroupIngress Tags VpcId"),
    ),
    "AWS::EC2::SecurityGroupIngress": Type(
        _make_ingress,
        _remove_ingress,
        6,
        _words("GroupId IpProtocol"),
        _words(f"{_RULE} SourcePrefixListId SourceSecurityGroupId SourceSecurityGroupOwnerId"),
    ),
    "AWS::EC2::SecurityGroupEgress": Type(
        _make_egress,
        _remove_egress,
        6,
        _words("GroupId IpProtocol"),
        _words(f"{_RULE} DestinationPrefixListId DestinationSecurityGroupId"),
    ),
    "AWS::EC2::LaunchTemplate": Type(
        _make_launch_template,
        _remove_launch_template,
        8,
        _words("LaunchTemplateData"),
        _words("LaunchTemplateName TagSpecifications VersionDescription"),
    ),
    "AWS::AutoScaling::AutoScalingGroup": Type(
        _make_auto_scaling_group,
        _remove_auto_scaling_group,
        30,
        _words("MaxSize MinSize"),
        _words(
            "AutoScalingGroupName AvailabilityZones Cooldown DesiredCapacity HealthCheckGracePeriod HealthCheckType "
            "LaunchTemplate Tags TerminationPolicies VPCZoneIdentifier"
        ),
    ),
    "AWS::IAM::InstanceProfile": Type(
        _make_instance_profile, _remove_instance_profile, 128, _words("Roles"), _words("InstanceProfileName Path")
    ),
    "AWS::IAM::Role": Type(
        _make_role,
        _remove_role,
        18,
        _words("AssumeRolePolicyDocument"),
        _words("Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags"),
    ),
}


def change(type_name: str, order: Order, made: Made | None) -> Made:
    """Changes a resource in place to what is ordered now. Raises AwsError, also where only a replacement would do."""
    if made is not None and type_name == "AWS::AutoScaling::AutoScalingGroup":
        asked = order.properties
        template = asked.get("LaunchTemplate")
        order.ask(
            "autoscaling",
            "UpdateAutoScalingGroup",
            AutoScalingGroupName=made.physical_id,
            MinSize=int(asked["MinSize"]),
            MaxSize=int(asked["MaxSize"]),
            DesiredCapacity=int(asked.get("DesiredCapacity") or asked["MinSize"]),
            LaunchTemplate={key: str(value) for key, value in template.items()} if template else None,
        )
        return made
    if made is not None and type_name == "AWS::EC2::LaunchTemplate":
        version = order.ask(
            "ec2",
            "CreateLaunchTemplateVersion",
            LaunchTemplateId=made.physical_id,
            LaunchTemplateData=_numbers(order.properties["LaunchTemplateData"]),
        )["LaunchTemplateVersion"]["VersionNumber"]
        return Made(made.physical_id, {**made.attributes, "LatestVersionNumber": str(version)})
    raise AwsError("NotImplementedInPractice", f"The practice account cannot update a {type_name} in place.", 501)
