"""What starts nodes, read from an account in which it stands in an old way, or is another cluster's."""

from collections.abc import Callable
from typing import Any

import pytest
from builders import Builder
from standing import STANDING, user_data

from wizard.facts import known
from wizard.standing.launches import is_spot, launches
from wizard.steps.vpc.observe import of_ipv4


def test_subnets_without_ipv4_are_left_out() -> None:
    """A company's VPC may have such; EKS takes none of them."""
    told = {
        "SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailabilityZone": "z", "AvailabilityZoneId": "z1",
        "AvailableIpAddressCount": 0, "State": "available", "Ipv6Native": True,
    }  # fmt: skip
    found = of_ipv4([told, {**told, "SubnetId": "subnet-2", "CidrBlock": "10.0.0.0/24"}])
    assert [subnet.id for subnet in found] == ["subnet-2"]


@pytest.mark.parametrize(
    ("group", "data", "spot"),
    [
        ({}, {}, False),
        ({}, {"InstanceMarketOptions": {"MarketType": "spot"}}, True),
        ({"MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0}}}, {}, True),
        ({"MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandBaseCapacity": 0}}}, {}, False),
    ],
)
def test_spot_instances_are_told_from_those_that_the_quota_limits(
    group: dict[str, Any], data: dict[str, Any], spot: bool
) -> None:
    assert is_spot(group, data) is spot


def test_a_launch_configuration_tells_what_a_launch_template_would(
    account: Any, builder: Callable[..., Builder]
) -> None:
    """Before any instance is started: one that is there would tell it by itself."""
    ec2, scaling = account.client("ec2"), account.client("autoscaling")
    vpc = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.110.3.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=vpc)["GroupId"]
    account.settled()
    scaling.create_launch_configuration(
        LaunchConfigurationName="old", ImageId="ami-00000000000000001", InstanceType="m5.large",
        SecurityGroups=[group], UserData=user_data(),
    )  # fmt: skip
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="old", LaunchConfigurationName="old", MinSize=0, MaxSize=2, VPCZoneIdentifier=subnet,
        Tags=[{"Key": "kubernetes.io/cluster/eksCluster", "Value": "owned", "PropagateAtLaunch": True}],
    )  # fmt: skip
    cluster = STANDING.cluster.cluster
    assert known(cluster)
    [found] = launches(builder().doors, cluster, STANDING.account)  # type: ignore[misc]
    assert found.user_data == user_data()
    assert (found.groups, found.instance_type.name, found.is_tagged) == ((group,), "m5.large", True)
