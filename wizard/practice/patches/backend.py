"""moto's EC2 of a region, for the patches that reach into it. Hold ``aws.moto_lock`` while changing it."""

from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends

from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError


def ec2(region: str) -> EC2Backend:
    """The EC2 of the account in a region. Raises KeyError for a region that does not exist."""
    return ec2_backends[ACCOUNT_ID][region]


def vpc(region: str, vpc_id: str) -> Any:
    """moto's VPC. Raises InvalidVpcID.NotFound."""
    found = ec2(region).vpcs.get(vpc_id)
    if found is None:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    return found


def subnet(region: str, subnet_id: str) -> Any:
    """moto's subnet. Raises InvalidSubnetID.NotFound."""
    for subnets in ec2(region).subnets.values():
        if subnet_id in subnets:
            return subnets[subnet_id]
    raise AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")


def security_group(region: str, group_id: str) -> Any:
    """moto's security group. Raises InvalidGroup.NotFound."""
    found = ec2(region).get_security_group_from_id(group_id)
    if found is None:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    return found


def default_security_group(region: str, vpc_id: str) -> Any:
    """moto's default security group of a VPC."""
    return ec2(region).get_default_security_group(vpc_id)


def route_table(region: str, route_table_id: str) -> Any:
    """moto's route table. Raises InvalidRouteTableID.NotFound."""
    found = ec2(region).route_tables.get(route_table_id)
    if found is None:
        raise AwsError("InvalidRouteTableID.NotFound", f"The routeTable ID '{route_table_id}' does not exist")
    return found


def filter_values(params: dict[str, Any]) -> dict[str, list[str]]:
    """A Describe call's filters by name."""
    return {each["Name"]: each.get("Values", []) for each in params.get("Filters", [])}
