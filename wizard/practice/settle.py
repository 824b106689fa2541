"""AWS is eventually consistent: what was just made is not to be seen or used for a while.

EC2's ids and IAM's roles and instance profiles settle; EKS and CloudFormation are consistent at once. Sometimes AWS
lets a fresh id be used; here it never does, so that nobody comes to rely on it. Making a thing that exists already
is refused at once all the same.
"""

import re
import threading
from collections.abc import Iterator
from typing import Any

from wizard.practice import protocol
from wizard.practice.clock import Clock
from wizard.practice.protocol import AwsError, Params, Response

_NOT_FOUND = {
    "vpc": ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    "subnet": ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    "sg": ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    "rtb": ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    "vgw": ("InvalidVpnGatewayID.NotFound", "The vpnGateway ID '{}' does not exist"),
    "vpce": ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"),
    "lt": ("InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID {}, does not exist."),
}
_ID = re.compile(r"(vpc|subnet|sg|rtb|vgw|vpce|lt)-[0-9a-f]{8,}")

# Where a create answers its id, and where a describe lists things: the list, and the id that decides.
_CREATED = {
    "CreateVpc": ("Vpc", "VpcId"),
    "CreateSubnet": ("Subnet", "SubnetId"),
    "CreateSecurityGroup": (None, "GroupId"),
    "CreateRouteTable": ("RouteTable", "RouteTableId"),
    "CreateVpnGateway": ("VpnGateway", "VpnGatewayId"),
    "CreateVpcEndpoint": ("VpcEndpoint", "VpcEndpointId"),
    "CreateLaunchTemplate": ("LaunchTemplate", "LaunchTemplateId"),
}
_LISTED = {
    "DescribeVpcs": ("Vpcs", "VpcId"),
    "DescribeSubnets": ("Subnets", "SubnetId"),
    "DescribeSecurityGroups": ("SecurityGroups", "GroupId"),
    "DescribeSecurityGroupRules": ("SecurityGroupRules", "GroupId"),
    "DescribeRouteTables": ("RouteTables", "RouteTableId"),
    "DescribeVpnGateways": ("VpnGateways", "VpnGatewayId"),
    "DescribeVpcEndpoints": ("VpcEndpoints", "VpcEndpointId"),
    "DescribeLaunchTemplates": ("LaunchTemplates", "LaunchTemplateId"),
    "DescribeTags": ("Tags", "ResourceId"),
}
_IAM_CREATED = {"CreateRole": "RoleName", "CreateInstanceProfile": "InstanceProfileName"}
_IAM_LISTED = {"ListRoles": ("Roles", "RoleName"), "ListInstanceProfiles": ("InstanceProfiles", "InstanceProfileName")}


class Settle:
    """What is still young. ``seconds`` are AWS seconds by the account's clock."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.seconds = seconds
        self._clock = clock
        self._born: dict[str, float] = {}
        self._lock = threading.Lock()

    def born(self, thing: str) -> None:
        """Something was made just now: an EC2 id, or an IAM name as "RoleName/x" or "InstanceProfileName/x"."""
        if self.seconds > 0:
            with self._lock:
                self._born[thing] = self._clock.now()

    def is_young(self, thing: str) -> bool:
        """Whether AWS would not know it yet."""
        return thing in self._young()

    def role_is_young(self, name: str) -> bool:
        """Whether other services would not find the role yet."""
        return self.is_young(f"RoleName/{name}")

    def instance_profile_is_young(self, name: str) -> bool:
        """Whether EC2 would not find the instance profile yet."""
        return self.is_young(f"InstanceProfileName/{name}")

    def _young(self) -> set[str]:
        if not self._born:
            return set()
        now = self._clock.now()
        with self._lock:
            self._born = {thing: born for thing, born in self._born.items() if now - born < self.seconds}
            return set(self._born)

    def before(self, service: str, operation: str, params: Params) -> None:
        """Raises the service's NotFound when a call names something young."""
        young = self._young()
        if not young:
            return
        if service == "iam" and operation not in _IAM_CREATED:
            for kind in ("RoleName", "InstanceProfileName"):
                name = params.get(kind)
                if f"{kind}/{name}" in young:
                    what = "The role with name" if kind == "RoleName" else "Instance Profile"
                    raise AwsError("NoSuchEntity", f"{what} {name} cannot be found.", 404)
        elif service in ("ec2", "autoscaling"):
            for found in _ids({key: value for key, value in params.items() if key != "Filters"}):
                if found in young:
                    code, message = _NOT_FOUND[found.partition("-")[0]]
                    raise AwsError(code, message.format(found), 400)

    def after(self, service: str, operation: str, answer: Response) -> Response:
        """Notes what a call made, and leaves out of a list what is young."""
        if answer.status >= 300:
            return answer
        created = _CREATED.get(operation) if service == "ec2" else None
        if created:
            result = protocol.result(service, operation, answer)
            self.born((result[created[0]] if created[0] else result)[created[1]])
            return answer
        listed = (_LISTED if service == "ec2" else _IAM_LISTED if service == "iam" else {}).get(operation)
        if not listed:
            return answer
        young = self._young()
        if not any(thing.rpartition("/")[2].encode() in answer.body for thing in young):
            return answer
        result = protocol.result(service, operation, answer)
        where, key = listed
        prefix = f"{key}/" if service == "iam" else ""
        result[where] = [item for item in result.get(where, []) if prefix + str(item.get(key)) not in young]
        return protocol.response(service, operation, result)

    def created_by_name(self, service: str, operation: str, params: Params) -> None:
        """Notes a role or instance profile that was just made."""
        kind = _IAM_CREATED.get(operation) if service == "iam" else None
        if kind:
            self.born(f"{kind}/{params[kind]}")


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _ID.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)
