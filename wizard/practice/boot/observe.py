"""Machines and their surroundings as they are in the practice account now."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any
from urllib.parse import unquote

from wizard.practice import aws, control_planes
from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.boot.snapshot import (
    AccessEntry,
    AclEntry,
    Cluster,
    Endpoint,
    Group,
    Machine,
    Role,
    Route,
    Rule,
    Subnet,
    Surroundings,
)
from wizard.practice.eks import state
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

_IMAGE = re.compile(r"amazon-eks-node-al2023-[\w-]+?-(\d+\.\d+)-(v\d{8})")
_BOTTLEROCKET = re.compile(r"bottlerocket-aws-k8s-(\d+\.\d+)-(?:x86_64|arm64)-v(.+)")
_TARGETS = (
    "GatewayId", "NatGatewayId", "TransitGatewayId", "NetworkInterfaceId", "VpcPeeringConnectionId", "InstanceId",
)  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """The running machines with their zones, and the surroundings of each by its id."""

    machines: tuple[tuple[Machine, str], ...]
    surroundings: dict[str, Surroundings]


def snapshot(region: str, instance_ids: list[str]) -> Snapshot:
    """What there is now; instances that no longer run are left out."""
    reader = _Reader(region)
    running = [
        instance
        for reservation in aws.moto(Call("ec2", "DescribeInstances", {}, region))["Reservations"]
        for instance in reservation["Instances"]
        if instance["InstanceId"] in instance_ids
        and instance["State"]["Name"] == "running"
        and instance["SubnetId"] in reader.subnets
    ]
    if not running:
        return Snapshot((), {})
    by_vpc = {vpc_id: reader.surroundings(vpc_id) for vpc_id in {instance["VpcId"] for instance in running}}
    return Snapshot(
        tuple((reader.machine(instance), instance["Placement"]["AvailabilityZone"]) for instance in running),
        {instance["InstanceId"]: by_vpc[instance["VpcId"]] for instance in running},
    )


def control_plane(cluster: state.Cluster) -> Cluster:
    """A cluster's control plane with the subnets and groups of its interfaces, as they are now."""
    return _Reader(cluster.region).cluster(cluster)


class _Reader:
    """Asks each question once."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.groups = {
            group["GroupId"]: Group(
                group["GroupId"],
                tuple(map(_rule, group.get("IpPermissions", []))),
                tuple(map(_rule, group.get("IpPermissionsEgress", []))),
            )
            for group in self.ask("ec2", "DescribeSecurityGroups")["SecurityGroups"]
        }
        tables = self.ask("ec2", "DescribeRouteTables")["RouteTables"]
        acls = self.ask("ec2", "DescribeNetworkAcls")["NetworkAcls"]
        self.subnets = {
            subnet["SubnetId"]: _subnet(subnet, tables, acls)
            for subnet in self.ask("ec2", "DescribeSubnets")["Subnets"]
        }
        self.known: dict[str, Any] = {}

    def ask(self, service: str, operation: str, **params: Any) -> Params:
        return aws.carry_out(Call(service, operation, params, self.region))

    def once(self, key: str, service: str, operation: str, **params: Any) -> Params:
        if key not in self.known:
            try:
                self.known[key] = self.ask(service, operation, **params)
            except AwsError:
                self.known[key] = {}
        found: Params = self.known[key]
        return found

    def named_groups(self, ids: Iterable[str]) -> tuple[Group, ...]:
        return tuple(self.groups[name] for name in ids if name in self.groups)

    def named_subnets(self, ids: Iterable[str]) -> tuple[Subnet, ...]:
        return tuple(self.subnets[name] for name in ids if name in self.subnets)

    def machine(self, instance: Params) -> Machine:
        image = self.once(f"image {instance['ImageId']}", "ec2", "DescribeImages", ImageIds=[instance["ImageId"]])
        name = next((found.get("Name", "") for found in image.get("Images", [])), "")
        bottlerocket = _BOTTLEROCKET.match(name)
        match = bottlerocket or _IMAGE.match(name)
        version = account.catalogue.version(match[1]) if match else None
        kind = instance["InstanceType"]
        types = self.once(f"type {kind}", "ec2", "DescribeInstanceTypes", InstanceTypes=[kind]).get("InstanceTypes")
        network = types[0]["NetworkInfo"] if types else {}
        user_data = self.ask(
            "ec2", "DescribeInstanceAttribute", InstanceId=instance["InstanceId"], Attribute="userData"
        )
        text = user_data.get("UserData", {}).get("Value") or ""
        return Machine(
            id=instance["InstanceId"],
            region=self.region,
            account=ACCOUNT_ID,
            instance_type=kind,
            address=IPv4Address(instance["PrivateIpAddress"]),
            private_dns_name=instance["PrivateDnsName"],
            subnet=self.subnets[instance["SubnetId"]],
            groups=self.named_groups(group["GroupId"] for group in instance["SecurityGroups"]),
            user_data=text.encode() if isinstance(text, str) else bytes(text),
            role=self.role((instance.get("IamInstanceProfile") or {}).get("Arn", "").rpartition("/")[2]),
            ami_release=match[2] if match and not bottlerocket else "",
            bottlerocket=bottlerocket[2] if bottlerocket else "",
            kubelet_version=f"v{version.patch if version else match[1] + '.0' if match else '0.0.0'}-eks-113cf36",
            interfaces=network.get("MaximumNetworkInterfaces", 3),
            addresses_per_interface=network.get("Ipv4AddressesPerInterface", 10),
            public_address=bool(instance.get("PublicIpAddress")),
        )

    def role(self, profile: str) -> Role | None:
        """The role of an instance profile, if EC2 may take it on."""
        if not profile:
            return None
        key = f"profile {profile}"
        found = self.once(key, "iam", "GetInstanceProfile", InstanceProfileName=profile)
        roles = found.get("InstanceProfile", {}).get("Roles") or []
        if not roles or not any(
            "ec2.amazonaws.com" in _listed(statement.get("Principal", {}).get("Service"))
            for statement in _statements(roles[0].get("AssumeRolePolicyDocument"))
        ):
            return None
        name = roles[0]["RoleName"]
        documents = []
        for policy in self.once(f"attached {name}", "iam", "ListAttachedRolePolicies", RoleName=name).get(
            "AttachedPolicies", []
        ):
            documents.append(self.policy(policy["PolicyArn"]))
        for inline in self.once(f"inline {name}", "iam", "ListRolePolicies", RoleName=name).get("PolicyNames", []):
            found = self.once(f"{name}/{inline}", "iam", "GetRolePolicy", RoleName=name, PolicyName=inline)
            documents.append(found.get("PolicyDocument"))
        allowed = tuple(
            action
            for document in documents
            for statement in _statements(document)
            if statement.get("Effect") == "Allow"
            for action in _listed(statement.get("Action"))
        )
        return Role(roles[0]["Arn"], roles[0]["RoleId"], allowed)

    def policy(self, arn: str) -> object:
        policy = self.once(f"policy {arn}", "iam", "GetPolicy", PolicyArn=arn).get("Policy", {})
        version = policy.get("DefaultVersionId", "v1")
        found = self.once(f"version {arn}", "iam", "GetPolicyVersion", PolicyArn=arn, VersionId=version)
        return found.get("PolicyVersion", {}).get("Document")

    def surroundings(self, vpc_id: str) -> Surroundings:
        vpc = self.ask("ec2", "DescribeVpcs", VpcIds=[vpc_id])["Vpcs"][0]
        blocks = [found["CidrBlock"] for found in vpc.get("CidrBlockAssociationSet", [])] or [vpc["CidrBlock"]]
        prefix_lists = {
            found["PrefixListName"]: found["PrefixListId"]
            for found in self.once("prefix lists", "ec2", "DescribePrefixLists").get("PrefixLists", [])
        }
        endpoints = tuple(
            self.endpoint(found, prefix_lists)
            for found in self.ask("ec2", "DescribeVpcEndpoints")["VpcEndpoints"]
            if found["VpcId"] == vpc_id and found["State"].lower() == "available"
        )
        return Surroundings(
            cidrs=tuple(map(IPv4Network, blocks)),
            dns_support=self.attribute(vpc_id, "enableDnsSupport", "EnableDnsSupport"),
            dns_hostnames=self.attribute(vpc_id, "enableDnsHostnames", "EnableDnsHostnames"),
            endpoints=endpoints,
            clusters=tuple(
                self.cluster(found) for found in state.all_in(self.region) if found.is_up and found.vpc_id == vpc_id
            ),
        )

    def attribute(self, vpc_id: str, name: str, key: str) -> bool:
        found = self.ask("ec2", "DescribeVpcAttribute", VpcId=vpc_id, Attribute=name)
        return bool(found[key]["Value"])

    def endpoint(self, found: Params, prefix_lists: dict[str, str]) -> Endpoint:
        return Endpoint(
            id=found["VpcEndpointId"],
            service=found["ServiceName"].removeprefix(f"com.amazonaws.{self.region}."),
            gateway=found.get("VpcEndpointType", "Gateway") == "Gateway",
            private_dns=bool(found.get("PrivateDnsEnabled")),
            groups=self.named_groups(group["GroupId"] for group in found.get("Groups", [])),
            subnets=self.named_subnets(found.get("SubnetIds", [])),
            route_tables=tuple(found.get("RouteTableIds", [])),
            prefix_list=prefix_lists.get(found["ServiceName"], ""),
        )

    def cluster(self, found: state.Cluster) -> Cluster:
        config = found.described["resourcesVpcConfig"]
        plane = control_planes.opened.get(found.name)
        roles, _ = control_planes.aws_auth(found.name)
        return Cluster(
            name=found.name,
            endpoint=found.aws_endpoint,
            certificate_authority=plane.authority if plane else "",
            aliases=(plane.endpoint, plane.not_found) if plane else (),
            version=found.described["version"],
            private_access=bool(config["endpointPrivateAccess"]),
            public_access=bool(config["endpointPublicAccess"]),
            groups=self.named_groups([found.security_group_id, *config.get("securityGroupIds", [])]),
            subnets=self.named_subnets(config["subnetIds"]),
            authentication_mode=found.authentication_mode,
            access_entries=tuple(
                AccessEntry(entry.principal_arn, entry.type, entry.role_id) for entry in found.access_entries.values()
            ),
            aws_auth_roles=tuple(arn for arn, groups in roles.items() if "system:nodes" in groups),
            network_plugin=bool(found.asked.get("bootstrapSelfManagedAddons", True)) or "vpc-cni" in found.addons,
        )


def _rule(permission: Params) -> Rule:
    everything = permission["IpProtocol"] == "-1"
    return Rule(
        protocol=permission["IpProtocol"],
        from_port=0 if everything else permission.get("FromPort", 0),
        to_port=65535 if everything else permission.get("ToPort", 65535),
        cidrs=tuple(IPv4Network(found["CidrIp"], strict=False) for found in permission.get("IpRanges", [])),
        groups=tuple(found["GroupId"] for found in permission.get("UserIdGroupPairs", [])),
        prefix_lists=tuple(found["PrefixListId"] for found in permission.get("PrefixListIds", [])),
    )


def _subnet(subnet: Params, tables: list[Params], acls: list[Params]) -> Subnet:
    name = subnet["SubnetId"]
    table = _associated(name, tables) or next(
        (
            table
            for table in tables
            if table["VpcId"] == subnet["VpcId"] and any(found.get("Main") for found in table.get("Associations", []))
        ),
        {},
    )
    acl = _associated(name, acls) or {}
    return Subnet(
        id=name,
        cidr=IPv4Network(subnet["CidrBlock"]),
        route_table=table.get("RouteTableId", ""),
        routes=tuple(
            Route(IPv4Network(route["DestinationCidrBlock"]), target)
            for route in table.get("Routes", [])
            if route.get("DestinationCidrBlock")
            and route.get("State", "active") == "active"
            and (target := next((route[key] for key in _TARGETS if route.get(key)), ""))
        ),
        acl=tuple(_acl_entry(entry) for entry in acl.get("Entries", []) if entry.get("CidrBlock")),
    )


def _associated(subnet_id: str, things: list[Params]) -> Params | None:
    return next(
        (thing for thing in things if any(a.get("SubnetId") == subnet_id for a in thing.get("Associations", []))), None
    )


def _acl_entry(entry: Params) -> AclEntry:
    ports = entry.get("PortRange") or {}
    return AclEntry(
        number=int(entry["RuleNumber"]),
        egress=bool(entry["Egress"]),
        allow=entry["RuleAction"] == "allow",
        cidr=IPv4Network(entry["CidrBlock"], strict=False),
        protocol=str(entry["Protocol"]),
        from_port=ports.get("From", 0),
        to_port=ports.get("To", 65535),
    )


def _statements(document: object) -> list[Params]:
    if isinstance(document, str):
        try:
            document = json.loads(unquote(document))
        except ValueError:
            return []
    found = document.get("Statement", []) if isinstance(document, dict) else []
    return [statement for statement in (found if isinstance(found, list) else [found]) if isinstance(statement, dict)]


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [] if value is None else [str(value)]
