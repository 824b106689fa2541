"""Reads the instance type, the AMI, the stack, the node group and the instances of the nodes."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from wizard.cloud import CloudError
from wizard.doors import Doors, together
from wizard.error_kinds import Kind
from wizard.facts import (
    Ami,
    Facts,
    Instance,
    InstanceType,
    NodeFacts,
    NodeGroup,
    Stack,
    State,
    Unknown,
    is_replaced,
    known,
)
from wizard.network import NODE_GROUP, STACK, kubernetes_version
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.profile import Profile
from wizard.steps.nodes import limits, prefixes, volume_key

# The end of a console that is looked at, in characters; AWS keeps 64 KiB of it.
TAIL = 65_536
ARCHITECTURES = ("x86_64", "arm64")
STACK_STATES = {
    "CREATE_COMPLETE": State.USABLE,
    "UPDATE_COMPLETE": State.USABLE,
    "UPDATE_ROLLBACK_COMPLETE": State.USABLE,
    "CREATE_FAILED": State.FAILED,
    "ROLLBACK_COMPLETE": State.FAILED,
    "ROLLBACK_FAILED": State.FAILED,
    "DELETE_FAILED": State.FAILED,
    "UPDATE_FAILED": State.FAILED,
    "UPDATE_ROLLBACK_FAILED": State.FAILED,
    "DELETE_IN_PROGRESS": State.DELETING,
    "ROLLBACK_IN_PROGRESS": State.DELETING,
}
# A group that is DEGRADED has its nodes, or some of them: what ails it is told, and it stays.
GROUP_STATES = {
    "ACTIVE": State.USABLE,
    "DEGRADED": State.USABLE,
    "CREATE_FAILED": State.FAILED,
    "DELETE_FAILED": State.FAILED,
    "DELETING": State.DELETING,
}
# A cluster has one node group of ours.
NODE_GROUP_NAME = "nodes"


def stack_name(cluster: str) -> str:
    """The name of the stack that holds a cluster's nodes."""
    # CloudFormation's names have no underscore and begin with a letter. It names the nodes' security group after the
    # stack, and EC2 takes no group whose name begins like an id.
    begin = "eks-" if cluster[0].isdigit() or cluster.lower().startswith("sg-") else ""
    return f"{begin}{cluster.replace('_', '-')}-nodes"


def observe(doors: Doors, profile: Profile, seen: Facts) -> NodeFacts:
    """The nodes' facts. The AMI depends on the type's architecture and on the cluster's version."""
    (stack, group, key, quota), instances, key_pair, reserved, (kind, newest, given) = together(
        partial(_made_and_limits, doors, profile, seen),
        partial(instances_of, doors, profile.cluster.name),
        partial(_key_pair, doors, profile.nodes.key_pair),
        partial(prefixes.reserved, doors, profile),
        partial(_type_and_ami, doors, profile, seen),
    )
    image = given if profile.nodes.ami else newest
    return NodeFacts(kind, newest, image, stack, instances, key_pair, group, key, quota, reserved)


def _made_and_limits(doors: Doors, profile: Profile, seen: Facts) -> Any:
    """Stack and node group, and where there are nodes to be launched their volumes' key and their vCPUs' quota."""
    stack, group = together(partial(_stack, doors, profile), partial(_group, doors, profile))
    launching = limits.launched_by(profile, stack, group)
    if known(launching) and not is_replaced(launching):
        return stack, group, None, None
    return (
        stack,
        group,
        *together(
            partial(volume_key.observe, doors, profile, seen),
            partial(vcpu_quota, doors, profile.nodes.instance_type),
        ),
    )


def _key_pair(doors: Doors, name: str | None) -> bool | Unknown | None:
    if name is None:
        return None
    answer = doors.cloud.see("ec2", "DescribeKeyPairs", Filters=[{"Name": "key-name", "Values": [name]}])
    return answer if isinstance(answer, Unknown) else bool((answer or {}).get("KeyPairs"))


def vcpu_quota(doors: Doors, instance_type: str) -> float | Unknown | None:
    """How many vCPUs of the type's family may run; None where AWS tells none."""
    code = limits.quota_of(instance_type)
    if code is None:
        return None
    answer = doors.cloud.see("service-quotas", "GetServiceQuota", ServiceCode="ec2", QuotaCode=code)
    return answer if answer is None or isinstance(answer, Unknown) else float(answer["Quota"]["Value"])


def _type_and_ami(doors: Doors, profile: Profile, seen: Facts) -> Any:
    kind = instance_type(doors, profile.nodes.instance_type)
    version = kubernetes_version(profile, seen)
    newest = _newest(doors, profile.nodes.os, version, kind) if known(kind) and version else None
    given = image_of(doors, profile.nodes.ami) if profile.nodes.ami else None
    return kind, newest, given


def instance_type(doors: Doors, name: str) -> InstanceType | Unknown | None:
    """An instance type, and in which zones it is offered; None where the region has none of that name."""
    answer, offered = together(
        partial(doors.cloud.see, "ec2", "DescribeInstanceTypes", Filters=[{"Name": "instance-type", "Values": [name]}]),
        partial(
            doors.cloud.see,
            "ec2",
            "DescribeInstanceTypeOfferings",
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": [name]}],
        ),
    )
    if answer is None or isinstance(answer, Unknown) or not answer["InstanceTypes"]:
        return answer if isinstance(answer, Unknown) else None
    kind = answer["InstanceTypes"][0]
    return InstanceType(
        name=kind["InstanceType"],
        architectures=tuple(kind["ProcessorInfo"]["SupportedArchitectures"]),
        vcpus=kind["VCpuInfo"]["DefaultVCpus"],
        memory_mib=kind["MemoryInfo"]["SizeInMiB"],
        network=kind["NetworkInfo"],
        zones=offered
        if isinstance(offered, Unknown)
        else tuple(offer["Location"] for offer in (offered or {}).get("InstanceTypeOfferings", [])),
        hypervisor=kind.get("Hypervisor", ""),
    )


def architecture_of(kind: InstanceType) -> str | None:
    """The architecture of the images that the type's nodes start from; None where there are none for it."""
    return next((name for name in kind.architectures if name in ARCHITECTURES), None)


def _newest(doors: Doors, os: str, version: str, kind: InstanceType) -> Ami | Unknown | None:
    architecture = architecture_of(kind)
    if architecture is None:
        return None
    if os == "bottlerocket":
        return _newest_bottlerocket(doors, version, architecture)
    name = f"/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/{architecture}/standard/recommended"
    answer = doors.cloud.see("ssm", "GetParameter", Name=name)
    if answer is None or isinstance(answer, Unknown):
        return answer
    recommended = json.loads(answer["Parameter"]["Value"])
    return Ami(recommended["image_id"], recommended.get("release_version", ""), architecture)


def _newest_bottlerocket(doors: Doors, version: str, architecture: str) -> Ami | Unknown | None:
    start = f"/aws/service/bottlerocket/aws-k8s-{version}/{architecture}/latest/"
    image, release = together(*(partial(_parameter, doors, start + field) for field in ("image_id", "image_version")))
    if image is None or isinstance(image, Unknown):
        return image
    return Ami(image, release if isinstance(release, str) else "", architecture)


def _parameter(doors: Doors, name: str) -> str | Unknown | None:
    answer = doors.cloud.see("ssm", "GetParameter", Name=name)
    return answer if answer is None or isinstance(answer, Unknown) else str(answer["Parameter"]["Value"])


def image_of(doors: Doors, ami: str) -> Ami | Unknown | None:
    """The image of this id; None where there is none."""
    answer = doors.cloud.see("ec2", "DescribeImages", ImageIds=[ami])
    if answer is None or isinstance(answer, Unknown):
        return answer
    images = answer.get("Images", [])
    # amazon-eks-node-al2023-x86_64-standard-1.35-v20260714
    if not images:
        return None
    name = images[0].get("Name", "")
    return Ami(ami, name.rsplit("-v", 1)[-1], images[0].get("Architecture", ""), name)


def _stack(doors: Doors, profile: Profile) -> Stack | Unknown | None:
    answer = doors.cloud.see("cloudformation", "DescribeStacks", StackName=stack_name(profile.cluster.name))
    if answer is None or isinstance(answer, Unknown):
        return answer
    living = [stack for stack in answer["Stacks"] if stack["StackStatus"] != "DELETE_COMPLETE"]
    if not living:
        return None
    stack = living[0]
    tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
    return Stack(
        name=stack["StackName"],
        id=stack["StackId"],
        status=stack["StackStatus"],
        state=STACK_STATES.get(stack["StackStatus"], State.UNDER_WAY),
        reason=stack.get("StackStatusReason", ""),
        ours=(tags.get(CLUSTER_TAG), tags.get(CHANGE_TAG)) == (profile.cluster.name, STACK),
        parameters={
            parameter["ParameterKey"]: parameter.get("ParameterValue", "") for parameter in stack.get("Parameters", [])
        },
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
    )


def _group(doors: Doors, profile: Profile) -> NodeGroup | Unknown | None:
    if profile.nodes.kind != "managed":
        return None
    cluster = profile.cluster.name
    answer = doors.cloud.see("eks", "DescribeNodegroup", clusterName=cluster, nodegroupName=NODE_GROUP_NAME)
    if answer is None or isinstance(answer, Unknown):
        return answer
    group = answer["nodegroup"]
    tags, sizes = group.get("tags", {}), group.get("scalingConfig", {})
    issues = group.get("health", {}).get("issues", [])
    return NodeGroup(
        name=group["nodegroupName"],
        status=group["status"],
        state=GROUP_STATES.get(group["status"], State.UNDER_WAY),
        ours=(tags.get(CLUSTER_TAG), tags.get(CHANGE_TAG)) == (cluster, NODE_GROUP),
        minimum=sizes.get("minSize", 0),
        maximum=sizes.get("maxSize", 0),
        desired=sizes.get("desiredSize", 0),
        instance_types=tuple(group.get("instanceTypes", [])),
        image_type=group.get("amiType", ""),
        issues=tuple(f"{issue['code']}: {issue['message']}" for issue in issues),
        ailing=tuple(one for issue in issues for one in issue.get("resourceIds", []) if one.startswith("i-")),
    )


def instances_of(doors: Doors, cluster: str) -> tuple[Instance, ...] | Unknown:
    """The instances that are tagged as a cluster's own and live."""
    filters = [
        {"Name": f"tag:kubernetes.io/cluster/{cluster}", "Values": ["owned"]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    answer = doors.cloud.see("ec2", "DescribeInstances", Filters=filters)
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        instance_of(one) for reservation in (answer or {}).get("Reservations", []) for one in reservation["Instances"]
    )


def instance_of(described: Mapping[str, Any]) -> Instance:
    """The instance's facts, from an entry of DescribeInstances."""
    return Instance(
        id=described["InstanceId"],
        state=described["State"]["Name"],
        zone=described["Placement"]["AvailabilityZone"],
        private_dns_name=described.get("PrivateDnsName", ""),
        image=described["ImageId"],
        subnet=described.get("SubnetId", ""),
        address=described.get("PrivateIpAddress", ""),
        groups=tuple(group["GroupId"] for group in described.get("SecurityGroups", [])),
        launched_at=described.get("LaunchTime"),
    )


def console_of(doors: Doors, instance: str) -> str | Unknown:
    """The end of an instance's console output; empty where there is none yet."""
    try:
        answer = doors.cloud.see("ec2", "GetConsoleOutput", InstanceId=instance, Latest=True)
    except CloudError as error:
        if error.kind is not Kind.REFUSED:
            raise
        # What runs on Xen shows what it showed a while ago only.
        answer = doors.cloud.see("ec2", "GetConsoleOutput", InstanceId=instance)
    if isinstance(answer, Unknown):
        return answer
    return str((answer or {}).get("Output", ""))[-TAIL:]
