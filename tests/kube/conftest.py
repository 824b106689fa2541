"""A cluster to talk to."""

from typing import Any

import pytest


@pytest.fixture
def cluster(account: Any) -> dict[str, Any]:
    """A cluster of the practice account, as DescribeCluster gives it."""
    ec2, eks = account.client("ec2"), account.client("eks")
    vpc = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.110.{third}.0/24", AvailabilityZone=f"{account.region}{zone}")
        for third, zone in ((3, "a"), (4, "c"))
    ]
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        ' "Principal": {"Service": "eks.amazonaws.com"}}]}'
    )
    role = account.client("iam").create_role(RoleName="eksClusterRole", AssumeRolePolicyDocument=trust)
    account.settled()
    eks.create_cluster(
        name="eksCluster",
        roleArn=role["Role"]["Arn"],
        resourcesVpcConfig={
            "subnetIds": [made["Subnet"]["SubnetId"] for made in subnets],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"},
    )
    account.pass_time(1800)
    found: dict[str, Any] = eks.describe_cluster(name="eksCluster")["cluster"]
    assert found["status"] == "ACTIVE"
    # No VPN leads there: whoever asks is in the VPC.
    account.control("POST", "operator", {"inside": True})
    return found
