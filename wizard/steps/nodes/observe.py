"""Reads the instance type, the AMI, the stack and the instances of the nodes."""

import json
from functools import partial
from typing import Any

from wizard.doors import Doors, together
from wizard.facts import Ami, Facts, Instance, InstanceType, NodeFacts, Stack, State, Unknown, known
from wizard.network import STACK, kubernetes_version
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.profile import Profile

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


def stack_name(cluster: str) -> str:
    """The name of the stack that holds a cluster's nodes."""
    # CloudFormation's names have no underscore and begin with a letter. It names the nodes' security group after the
    # stack, and EC2 takes no group whose name begins like an id.
    begin = "eks-" if cluster[0].isdigit() or cluster.lower().startswith("sg-") else ""
    return f"{begin}{cluster.replace('_', '-')}-nodes"


def observe(doors: Doors, profile: Profile, seen: Facts) -> NodeFacts:
    """The nodes' facts. The AMI depends on the type's architecture and on the cluster's version."""
    stack, instances, key_pair, (kind, newest, given) = together(
        partial(_stack, doors, profile),
        partial(_instances, doors, profile),
        partial(_key_pair, doors, profile.nodes.key_pair),
        partial(_type_and_ami, doors, profile, seen),
    )
    return NodeFacts(kind, newest, given if profile.nodes.ami else newest, stack, instances, key_pair)


def _key_pair(doors: Doors, name: str | None) -> bool | Unknown | None:
    if name is None:
        return None
    answer = doors.cloud.see("ec2", "DescribeKeyPairs", Filters=[{"Name": "key-name", "Values": [name]}])
    return answer if isinstance(answer, Unknown) else bool((answer or {}).get("KeyPairs"))


def _type_and_ami(doors: Doors, profile: Profile, seen: Facts) -> Any:
    kind = _instance_type(doors, profile.nodes.instance_type)
    version = kubernetes_version(profile, seen)
    newest = _newest(doors, version, kind.architectures) if known(kind) and version else None
    given = _given(doors, profile.nodes.ami) if profile.nodes.ami else None
    return kind, newest, given


def _instance_type(doors: Doors, name: str) -> InstanceType | Unknown | None:
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
    )


def _newest(doors: Doors, version: str, architectures: tuple[str, ...]) -> Ami | Unknown | None:
    architecture = next((name for name in architectures if name in ARCHITECTURES), None)
    if architecture is None:
        return None
    name = f"/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/{architecture}/standard/recommended"
    answer = doors.cloud.see("ssm", "GetParameter", Name=name)
    if answer is None or isinstance(answer, Unknown):
        return answer
    recommended = json.loads(answer["Parameter"]["Value"])
    return Ami(recommended["image_id"], recommended.get("release_version", ""))


def _given(doors: Doors, ami: str) -> Ami | Unknown | None:
    answer = doors.cloud.see("ec2", "DescribeImages", ImageIds=[ami])
    if answer is None or isinstance(answer, Unknown):
        return answer
    images = answer.get("Images", [])
    # amazon-eks-node-al2023-x86_64-standard-1.35-v20260714
    return Ami(ami, images[0].get("Name", "").rsplit("-v", 1)[-1]) if images else None


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
    )


def _instances(doors: Doors, profile: Profile) -> tuple[Instance, ...] | Unknown:
    filters = [
        {"Name": f"tag:kubernetes.io/cluster/{profile.cluster.name}", "Values": ["owned"]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    answer = doors.cloud.see("ec2", "DescribeInstances", Filters=filters)
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        Instance(
            id=instance["InstanceId"],
            state=instance["State"]["Name"],
            zone=instance["Placement"]["AvailabilityZone"],
            private_dns_name=instance.get("PrivateDnsName", ""),
            image=instance["ImageId"],
        )
        for reservation in (answer or {}).get("Reservations", [])
        for instance in reservation["Instances"]
    )
