"""What CreateCluster checks before it begins, each rule with AWS's own code for breaking it.

Sources: the EKS user guide's pages network-reqs, create-cluster and cluster-iam-role, and its API reference.
"""

import ipaddress
import json
import re
from typing import Any
from urllib.parse import unquote

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,99}")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:[\x21-\x7e]+/)?([\w+=,.@-]{1,64})")
_BARRED_ZONES = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
_PRIVATE = [ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_FREE_ADDRESSES = 6


def invalid(message: str, **fields: Any) -> AwsError:
    """InvalidParameterException."""
    return AwsError("InvalidParameterException", message, **fields)


def check_name(name: str) -> None:
    """Raises AwsError unless the name is one EKS takes."""
    if not _NAME.fullmatch(name):
        raise invalid("The cluster name doesn't match the pattern ^[0-9A-Za-z][A-Za-z0-9\\-_]*", clusterName=name)


def check_role(call: Call, arn: str) -> None:
    """Raises AwsError unless EKS can assume the role; one made a moment ago it cannot."""
    match = ROLE.fullmatch(arn)
    if not match:
        raise invalid(f"Invalid Role Arn: '{arn}'")
    unusable = invalid(
        f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
    )
    if match[1] != ACCOUNT_ID or account.settle.role_is_young(match[2]):
        raise unusable
    try:
        role = aws.carry_out(call.asking("GetRole", "iam", RoleName=match[2]))["Role"]
    except AwsError as error:
        raise unusable from error
    if role["Arn"] != arn:
        raise unusable
    if "eks.amazonaws.com" not in trusted_services(role["AssumeRolePolicyDocument"]):
        raise invalid(
            "Following required service principals [eks.amazonaws.com] were not found in the trust relationships of "
            f"clusterRole {arn}"
        )


def trusted_services(document: Any) -> set[str]:
    """The service principals that a trust policy lets assume the role."""
    if isinstance(document, str):
        try:
            document = json.loads(unquote(document))
        except ValueError:
            return set()
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = _listed(statement.get("Action"))
        if statement.get("Effect") == "Allow" and {"sts:AssumeRole", "sts:*", "*"} & set(actions):
            principal = statement.get("Principal")
            found.update(_listed(principal.get("Service")) if isinstance(principal, dict) else [])
    return found


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]


def check_subnets(call: Call, name: str, subnet_ids: list[str]) -> Params:
    """The VPC of the subnets, as DescribeVpcs gives it. Raises AwsError unless EKS takes the subnets."""
    for subnet_id in subnet_ids:
        if account.settle.is_young(subnet_id):
            raise _from_ec2("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    if not subnet_ids:
        raise invalid("Subnets specified must be in at least two different AZs")
    subnets = _described(call, "DescribeSubnets", "Subnets", SubnetIds=subnet_ids)
    if len({subnet["VpcId"] for subnet in subnets}) > 1:
        raise invalid("Provided subnets belong to different VPCs")
    barred = [subnet for subnet in subnets if subnet["AvailabilityZoneId"] in _BARRED_ZONES]
    if barred:
        valid = sorted(
            zone["ZoneName"]
            for zone in aws.carry_out(call.asking("DescribeAvailabilityZones", "ec2"))["AvailabilityZones"]
            if zone["ZoneId"] not in _BARRED_ZONES
        )
        raise AwsError(
            "UnsupportedAvailabilityZoneException",
            f"Cannot create cluster '{name}' because {barred[0]['AvailabilityZone']}, the targeted availability zone, "
            "does not currently have sufficient capacity to support the cluster. Retry and choose from these "
            f"availability zones: {', '.join(valid)}",
            clusterName=name,
            validZones=valid,
        )
    if len({subnet["AvailabilityZoneId"] for subnet in subnets}) < 2:
        raise invalid("Subnets specified must be in at least two different AZs")
    for subnet in subnets:
        if subnet["AvailableIpAddressCount"] < _FREE_ADDRESSES:
            raise invalid(f"Subnet {subnet['SubnetId']} does not have enough free addresses: at least 6 are needed")
    vpcs = _described(call, "DescribeVpcs", "Vpcs", VpcIds=[subnets[0]["VpcId"]])
    return vpcs[0]


def check_security_groups(call: Call, vpc_id: str, group_ids: list[str]) -> None:
    """Raises AwsError unless the groups exist in the VPC; there may be at most four besides EKS's own."""
    if len(group_ids) > 4:
        raise invalid("At most 4 security groups can be given")
    for group_id in group_ids:
        if account.settle.is_young(group_id):
            raise _from_ec2("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    if group_ids:
        for group in _described(call, "DescribeSecurityGroups", "SecurityGroups", GroupIds=group_ids):
            if group["VpcId"] != vpc_id:
                raise invalid(f"Security group {group['GroupId']} does not belong to VPC {vpc_id}")


def check_endpoint_access(config: Params) -> None:
    """Raises AwsError when nobody could reach the API."""
    if not config.get("endpointPublicAccess", True) and not config.get("endpointPrivateAccess", False):
        raise invalid("Private and public endpoint access cannot be false")


def check_access(config: Params) -> None:
    """Raises AwsError when nobody would be allowed in."""
    if config.get("authenticationMode", "CONFIG_MAP") == "CONFIG_MAP" and not config.get(
        "bootstrapClusterCreatorAdminPermissions", True
    ):
        raise invalid(
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP"
        )


def checked_version(version: str | None) -> str:
    """The version that the cluster gets. Raises AwsError for one that is not on offer."""
    found = version or account.catalogue.default_version
    if account.catalogue.version(found) is None:
        raise invalid("unsupported Kubernetes version")
    return found


def service_cidr(asked: str | None, vpc: Params) -> str:
    """The CIDR of services: as asked, or the one of AWS's two that does not clash with the VPC. Raises AwsError."""
    vpc_blocks = [ipaddress.IPv4Network(each["CidrBlock"]) for each in vpc["CidrBlockAssociationSet"]]
    if asked is None:
        in_ten = any(block.subnet_of(_PRIVATE[0]) for block in vpc_blocks)
        return "172.20.0.0/16" if in_ten else "10.100.0.0/16"
    try:
        block = ipaddress.IPv4Network(asked)
    except ValueError as error:
        raise invalid(f"Invalid service CIDR: {asked}") from error
    if not any(block.subnet_of(private) for private in _PRIVATE):
        raise invalid("serviceIpv4Cidr must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    if not 12 <= block.prefixlen <= 24:
        raise invalid("serviceIpv4Cidr must be between /24 and /12")
    if any(block.overlaps(vpc_block) for vpc_block in vpc_blocks):
        raise invalid(f"Service CIDR {asked} overlaps with a CIDR of the VPC {vpc['VpcId']}")
    return asked


def _described(call: Call, operation: str, listed: str, **params: Any) -> list[Params]:
    try:
        found: list[Params] = aws.carry_out(call.asking(operation, "ec2", **params))[listed]
    except AwsError as error:
        raise _from_ec2(error.code, error.message) from error
    return found


def _from_ec2(code: str, message: str) -> AwsError:
    return invalid(f"{message} (Service: AmazonEC2; Status Code: 400; Error Code: {code}; Proxy: null)")
