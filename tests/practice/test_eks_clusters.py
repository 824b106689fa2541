"""Clusters of the practice account."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/eksClusterRole"


def make_role(account: Any, name: str = "eksClusterRole", service: str = "eks.amazonaws.com") -> str:
    """Makes a role that a service may assume, and lets it settle; returns its ARN."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    made = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    account.settled()
    return str(made["Role"]["Arn"])


def make_network(account: Any, zones: tuple[str, ...] = ("a", "c")) -> dict[str, Any]:
    """A settled VPC with a subnet in each zone and a security group."""
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    subnet_ids = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.110.{number}.0/24", AvailabilityZone=f"{account.region}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate(zones, 3)
    ]
    group_id = ec2.create_security_group(VpcId=vpc_id, GroupName="control-plane", Description="control plane")[
        "GroupId"
    ]
    account.settled()
    return {"vpc": vpc_id, "subnets": subnet_ids, "group": group_id}


def make_cluster(account: Any, network: dict[str, Any], **changes: Any) -> Any:
    """CreateCluster with what a private cluster needs, and changes to it."""
    asked: dict[str, Any] = {
        "name": "priv",
        "roleArn": ROLE,
        "resourcesVpcConfig": {
            "subnetIds": network["subnets"],
            "securityGroupIds": [network["group"]],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
        **changes,
    }
    return account.client("eks").create_cluster(**asked)["cluster"]


@pytest.fixture
def network(account: Any) -> dict[str, Any]:
    """A cluster role and a network."""
    make_role(account)
    return make_network(account)


def test_a_cluster_is_creating_then_active(account: Any, network: dict[str, Any]) -> None:
    made = make_cluster(account, network)
    assert made["status"] == "CREATING"
    assert "endpoint" not in made
    account.client("eks").get_waiter("cluster_active").wait(name="priv", WaiterConfig={"Delay": 0, "MaxAttempts": 100})
    cluster = account.client("eks").describe_cluster(name="priv")["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["endpoint"].startswith("https://")
    assert cluster["resourcesVpcConfig"]["vpcId"] == network["vpc"]
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert cluster["accessConfig"] == {
        "authenticationMode": "API_AND_CONFIG_MAP",
        "bootstrapClusterCreatorAdminPermissions": True,
    }
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert cluster["deletionProtection"] is False
    assert cluster["version"] == "1.35"
    assert account.client("eks").list_clusters()["clusters"] == ["priv"]


def test_a_cluster_may_fail_and_be_deleted(account: Any, network: dict[str, Any]) -> None:
    issue = {"code": "Ec2SubnetNotFound", "message": "a subnet is gone", "resourceIds": network["subnets"][:1]}
    account.health("priv", issue, failed=True)
    assert make_cluster(account, network)["status"] == "CREATING"
    account.pass_time(601)
    cluster = account.client("eks").describe_cluster(name="priv")["cluster"]
    assert cluster["status"] == "FAILED"
    assert cluster["health"]["issues"] == [issue]
    assert "endpoint" not in cluster
    account.client("eks").delete_cluster(name="priv")
    account.pass_time(300)
    assert account.client("eks").list_clusters()["clusters"] == []


def test_ec2_shows_what_the_cluster_brought(account: Any, network: dict[str, Any]) -> None:
    group_id = make_cluster(account, network)["resourcesVpcConfig"]["clusterSecurityGroupId"]
    ec2 = account.client("ec2")
    [group] = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert group["GroupName"].startswith("eks-cluster-sg-priv-")
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group_id
    interfaces = ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["Amazon EKS priv"]}])[
        "NetworkInterfaces"
    ]
    assert sorted(each["SubnetId"] for each in interfaces) == sorted(network["subnets"])
    assert {group["GroupId"] for each in interfaces for group in each["Groups"]} == {group_id, network["group"]}


def test_deleting_takes_time_and_everything_along(account: Any, network: dict[str, Any]) -> None:
    make_cluster(account, network)
    eks = account.client("eks")
    with pytest.raises(ClientError, match="ResourceInUseException"):
        eks.delete_cluster(name="priv")
    account.pass_time(600)
    assert eks.delete_cluster(name="priv")["cluster"]["status"] == "DELETING"
    account.pass_time(300)
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*No cluster found for name: priv"):
        eks.describe_cluster(name="priv")
    filters = [{"Name": "vpc-id", "Values": [network["vpc"]]}]
    groups = account.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    assert {group["GroupName"] for group in groups} == {"default", "control-plane"}


def test_the_same_token_finds_the_same_cluster(account: Any, network: dict[str, Any]) -> None:
    first = make_cluster(account, network, clientRequestToken="one")
    assert make_cluster(account, network, clientRequestToken="one")["arn"] == first["arn"]
    with pytest.raises(ClientError, match="InvalidRequestException"):
        make_cluster(account, network, clientRequestToken="one", version="1.34")
    with pytest.raises(ClientError, match=r"ResourceInUseException.*already exists with name: priv"):
        make_cluster(account, network, clientRequestToken="two")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "bad_name!"}, "doesn't match the pattern"),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "could not be assumed because it does not exist"),
        ({"version": "9.99"}, "unsupported Kubernetes version"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.110.0.0/16"}}, "overlaps"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "100.64.0.0/16"}}, "must be within"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.96.0.0/11"}}, "between /24 and /12"),
        (
            {"accessConfig": {"bootstrapClusterCreatorAdminPermissions": False}},
            "must be true if cluster authentication mode is set to CONFIG_MAP",
        ),
    ],
)
def test_what_create_cluster_refuses(
    account: Any, network: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{message}"):
        make_cluster(account, network, **changes)
    assert account.client("eks").list_clusters()["clusters"] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endpointPrivateAccess": False}, "cannot be false"),
        ({"subnetIds": ["subnet-00000000000000000"]}, "InvalidSubnetID.NotFound"),
        ({"securityGroupIds": ["sg-00000000000000000"]}, "InvalidGroup.NotFound"),
    ],
)
def test_what_create_cluster_refuses_of_the_network(
    account: Any, network: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    config = {
        "subnetIds": network["subnets"],
        "securityGroupIds": [network["group"]],
        "endpointPublicAccess": False,
        "endpointPrivateAccess": True,
    }
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{message}"):
        make_cluster(account, network, resourcesVpcConfig={**config, **changes})


def test_one_zone_is_not_enough(account: Any) -> None:
    make_role(account)
    with pytest.raises(ClientError, match="at least two different AZs"):
        make_cluster(account, make_network(account, zones=("a", "a")))


def test_the_role_must_trust_eks(account: Any) -> None:
    make_role(account, service="ec2.amazonaws.com")
    with pytest.raises(ClientError, match=r"required service principals .eks.amazonaws.com. were not found"):
        make_cluster(account, make_network(account))


def test_a_role_made_just_now_cannot_be_assumed(account: Any) -> None:
    network = make_network(account)
    make_role_unsettled = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"},
                                          "Action": "sts:AssumeRole"}]}  # fmt: skip
    account.client("iam").create_role(
        RoleName="eksClusterRole", AssumeRolePolicyDocument=json.dumps(make_role_unsettled)
    )
    with pytest.raises(ClientError, match="could not be assumed"):
        make_cluster(account, network)
    account.settled()
    assert make_cluster(account, network)["status"] == "CREATING"
