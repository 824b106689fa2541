"""What was just made is not to be seen or used for a while."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
)


def test_a_new_vpc_is_not_listed_by_its_tags_at_first(account: Any) -> None:
    ec2 = account.client("ec2")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "ours", "Value": "yes"}]}]
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    filters = [{"Name": "tag:ours", "Values": ["yes"]}]
    assert ec2.describe_vpcs(Filters=filters)["Vpcs"] == []
    assert [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=filters)["Vpcs"]] == [vpc_id]


def test_a_new_vpc_is_not_found_by_its_id_at_first(account: Any) -> None:
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
        ec2.describe_vpcs(VpcIds=[vpc_id])
    assert ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["VpcId"] == vpc_id


def test_a_call_that_uses_a_new_vpc_works_when_sent_again(account: Any) -> None:
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    for _ in range(2):
        with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
            ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.110.3.0/24")
    assert ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.110.3.0/24")["Subnet"]["VpcId"] == vpc_id


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda ec2, vpc: ec2.create_subnet(VpcId=vpc, CidrBlock="10.110.3.0/24")["Subnet"], "InvalidSubnetID"),
        (lambda ec2, vpc: ec2.create_route_table(VpcId=vpc)["RouteTable"], "InvalidRouteTableID"),
        (lambda ec2, vpc: ec2.create_security_group(VpcId=vpc, GroupName="x", Description="x"), "InvalidGroup"),
        (lambda ec2, _: ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"], "InvalidVpnGatewayID"),
    ],
)  # fmt: skip
def test_every_kind_of_id_settles(account: Any, make: Callable[[Any, str], Any], code: str) -> None:
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    made = make(ec2, vpc_id)
    [new_id] = [value for key, value in made.items() if key in ("SubnetId", "RouteTableId", "GroupId", "VpnGatewayId")]
    with pytest.raises(ClientError) as error:
        ec2.create_tags(Resources=[new_id], Tags=[{"Key": "a", "Value": "b"}])
    assert error.value.response["Error"]["Code"] == f"{code}.NotFound"
    account.settled()
    ec2.create_tags(Resources=[new_id], Tags=[{"Key": "a", "Value": "b"}])


def test_making_it_again_says_it_exists_at_once(account: Any) -> None:
    ec2, iam = account.client("ec2"), account.client("iam")
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    ec2.create_security_group(VpcId=vpc_id, GroupName="x", Description="x")
    with pytest.raises(ClientError, match=r"InvalidGroup\.Duplicate"):
        ec2.create_security_group(VpcId=vpc_id, GroupName="x", Description="x")
    iam.create_role(RoleName="some", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        iam.create_role(RoleName="some", AssumeRolePolicyDocument=TRUST)


def test_a_new_role_is_no_entity_yet(account: Any) -> None:
    iam = account.client("iam")

    def names() -> set[str]:
        return {role["RoleName"] for role in iam.list_roles()["Roles"]}

    iam.create_role(RoleName="some", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(RoleName="some")
    assert "some" in names()
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)
    seen = names()
    assert "some" in seen
    assert "other" not in seen
    assert iam.get_role(RoleName="other")["Role"]["RoleName"] == "other"
