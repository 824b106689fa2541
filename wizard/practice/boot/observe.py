"""Machines and their surroundings as they are in the practice account now."""

import re
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.boot import observe_identity
from wizard.practice.boot.observe_network import Networks
from wizard.practice.boot.reader import Reader
from wizard.practice.boot.snapshot import Cluster, Machine, Surroundings
from wizard.practice.eks import state
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import Params

_IMAGE = re.compile(r"amazon-eks-node-al2023-[\w-]+?-(\d+\.\d+)-(v\d{8})")
_BOTTLEROCKET = re.compile(r"bottlerocket-aws-k8s-(\d+\.\d+)-(?:x86_64|arm64)-v(.+)")


@dataclass(frozen=True)
class Snapshot:
    """The running machines with their zones, and the surroundings of each by its id."""

    machines: tuple[tuple[Machine, str], ...]
    surroundings: dict[str, Surroundings]


def snapshot(region: str, instance_ids: list[str]) -> Snapshot:
    """What there is now; instances that no longer run are left out."""
    reader = Reader(region)
    networks = Networks(reader)
    running = [
        instance
        for reservation in aws.moto(Call("ec2", "DescribeInstances", {}, region))["Reservations"]
        for instance in reservation["Instances"]
        if instance["InstanceId"] in instance_ids
        and instance["State"]["Name"] == "running"
        and instance["SubnetId"] in networks.subnets
    ]
    if not running:
        return Snapshot((), {})
    clusters = tuple(observe_identity.cluster(reader, networks, found) for found in state.all_in(region) if found.is_up)
    by_vpc = {
        vpc_id: replace(networks.around(vpc_id), clusters=clusters)
        for vpc_id in {instance["VpcId"] for instance in running}
    }
    return Snapshot(
        tuple((_machine(reader, networks, each), each["Placement"]["AvailabilityZone"]) for each in running),
        {instance["InstanceId"]: by_vpc[instance["VpcId"]] for instance in running},
    )


def control_plane(cluster: state.Cluster) -> Cluster:
    """A cluster's control plane with the subnets and groups of its interfaces, as they are now."""
    reader = Reader(cluster.region)
    return observe_identity.cluster(reader, Networks(reader), cluster)


def _machine(reader: Reader, networks: Networks, instance: Params) -> Machine:
    image = reader.once("ec2", "DescribeImages", ImageIds=[instance["ImageId"]])
    name = next((found.get("Name", "") for found in image.get("Images", [])), "")
    bottlerocket = _BOTTLEROCKET.match(name)
    match = bottlerocket or _IMAGE.match(name)
    version = account.catalogue.version(match[1]) if match else None
    kind = instance["InstanceType"]
    types = reader.once("ec2", "DescribeInstanceTypes", InstanceTypes=[kind]).get("InstanceTypes")
    network = types[0]["NetworkInfo"] if types else {}
    metadata = instance.get("MetadataOptions") or {}
    return Machine(
        id=instance["InstanceId"],
        region=reader.region,
        account=ACCOUNT_ID,
        instance_type=kind,
        address=IPv4Address(instance["PrivateIpAddress"]),
        private_dns_name=instance["PrivateDnsName"],
        subnet=networks.subnets[instance["SubnetId"]],
        groups=networks.named_groups(group["GroupId"] for group in instance["SecurityGroups"]),
        user_data=_user_data(reader, instance["InstanceId"]),
        role=observe_identity.role_of_profile(
            reader, (instance.get("IamInstanceProfile") or {}).get("Arn", "").rpartition("/")[2]
        ),
        ami_release=match[2] if match and not bottlerocket else "",
        bottlerocket=bottlerocket[2] if bottlerocket else "",
        kubelet_version=f"v{version.patch if version else match[1] + '.0' if match else '0.0.0'}-eks-113cf36",
        interfaces=network.get("MaximumNetworkInterfaces", 3),
        addresses_per_interface=network.get("Ipv4AddressesPerInterface", 10),
        public_address=bool(instance.get("PublicIpAddress")),
        known_type=bool(types),
        metadata=metadata.get("HttpEndpoint", "enabled") == "enabled",
        hop_limit=int(metadata.get("HttpPutResponseHopLimit") or 2),
    )


def _user_data(reader: Reader, instance_id: str) -> bytes:
    found = reader.ask("ec2", "DescribeInstanceAttribute", InstanceId=instance_id, Attribute="userData")
    text = found.get("UserData", {}).get("Value") or ""
    return text.encode() if isinstance(text, str) else bytes(text)
