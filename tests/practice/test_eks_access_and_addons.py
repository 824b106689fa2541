"""Access entries, add-ons, updates, versions and tags of the practice account's EKS."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
OPERATOR = "arn:aws:iam::123456789012:user/practice"


def make_role(account: Any, name: str, service: str) -> str:
    """Makes a role that a service may assume; returns its ARN."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    made = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


def make_cluster(account: Any, mode: str = "API_AND_CONFIG_MAP") -> None:
    """An ACTIVE cluster in a network of its own."""
    ec2 = account.client("ec2")
    role = make_role(account, "eksClusterRole", "eks.amazonaws.com")
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.110.{number}.0/24", AvailabilityZone=account.region + zone)
        for number, zone in ((3, "a"), (4, "c"))
    ]
    account.settled()
    account.client("eks").create_cluster(
        name="priv",
        roleArn=role,
        resourcesVpcConfig={
            "subnetIds": [subnet["Subnet"]["SubnetId"] for subnet in subnets],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        accessConfig={"authenticationMode": mode},
    )
    account.pass_time(601)


@pytest.fixture
def eks(account: Any) -> Any:
    """An EKS client of an account with an ACTIVE cluster."""
    make_cluster(account)
    return account.client("eks")


def test_the_creator_is_the_first_admin(eks: Any) -> None:
    assert eks.list_access_entries(clusterName="priv")["accessEntries"] == [OPERATOR]
    [policy] = eks.list_associated_access_policies(clusterName="priv", principalArn=OPERATOR)[
        "associatedAccessPolicies"
    ]
    assert policy["policyArn"] == ADMIN
    assert policy["accessScope"] == {"type": "cluster", "namespaces": []}


def test_a_session_that_creates_is_its_role(account: Any) -> None:
    import boto3
    from botocore.config import Config

    ec2 = account.client("ec2")
    admins = make_role(account, "admins", "ec2.amazonaws.com")
    cluster_role = make_role(account, "eksClusterRole", "eks.amazonaws.com")
    vpc_id = ec2.create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.110.{number}.0/24", AvailabilityZone=account.region + zone)
        for number, zone in ((3, "a"), (4, "c"))
    ]
    account.settled()
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    account.client("iam").attach_role_policy(RoleName="admins", PolicyArn=everything)
    session = account.client("sts").assume_role(RoleArn=admins, RoleSessionName="me")["Credentials"]
    boto3.client(
        "eks",
        region_name=account.region,
        endpoint_url=account.endpoint_url,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        config=Config(proxies={}),
    ).create_cluster(
        name="theirs",
        roleArn=cluster_role,
        resourcesVpcConfig={"subnetIds": [subnet["Subnet"]["SubnetId"] for subnet in subnets]},
        accessConfig={"authenticationMode": "API"},
    )
    account.pass_time(601)
    assert account.client("eks").list_access_entries(clusterName="theirs")["accessEntries"] == [admins]


def test_a_node_role_becomes_a_node(account: Any, eks: Any) -> None:
    node = make_role(account, "eksNodeRole", "ec2.amazonaws.com")
    with pytest.raises(ClientError, match=r"InvalidParameterException.*invalid principal"):
        eks.create_access_entry(clusterName="priv", principalArn=node, type="EC2_LINUX")
    account.settled()
    entry = eks.create_access_entry(clusterName="priv", principalArn=node, type="EC2_LINUX")["accessEntry"]
    assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"
    assert entry["kubernetesGroups"] == ["system:nodes"]
    assert eks.describe_access_entry(clusterName="priv", principalArn=node)["accessEntry"] == entry
    with pytest.raises(ClientError, match="ResourceInUseException"):
        eks.create_access_entry(clusterName="priv", principalArn=node, type="EC2_LINUX")
    with pytest.raises(ClientError, match="InvalidRequestException"):
        eks.associate_access_policy(
            clusterName="priv", principalArn=node, policyArn=ADMIN, accessScope={"type": "cluster"}
        )
    eks.delete_access_entry(clusterName="priv", principalArn=node)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eks.describe_access_entry(clusterName="priv", principalArn=node)


def test_an_admin_is_an_entry_with_a_policy(account: Any, eks: Any) -> None:
    admin = make_role(account, "admins", "ec2.amazonaws.com")
    account.settled()
    eks.create_access_entry(clusterName="priv", principalArn=admin, tags={"a": "b"})
    eks.associate_access_policy(
        clusterName="priv", principalArn=admin, policyArn=ADMIN, accessScope={"type": "cluster"}
    )
    assert eks.list_access_entries(clusterName="priv", associatedPolicyArn=ADMIN)["accessEntries"] == [OPERATOR, admin]
    eks.disassociate_access_policy(clusterName="priv", principalArn=admin, policyArn=ADMIN)
    assert eks.list_access_entries(clusterName="priv", associatedPolicyArn=ADMIN)["accessEntries"] == [OPERATOR]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"principalArn": "arn:aws:iam::123456789012:role/nobody"}, "InvalidParameterException"),
        ({"principalArn": "arn:aws:iam::123456789012:instance-profile/x"}, "InvalidParameterException"),
        ({"type": "NONSENSE"}, "InvalidParameterException"),
        ({"kubernetesGroups": ["system:masters"]}, "InvalidParameterException"),
        ({"type": "EC2_LINUX", "kubernetesGroups": ["x"]}, "InvalidParameterException"),
        ({"clusterName": "other"}, "ResourceNotFoundException"),
    ],
)
def test_what_create_access_entry_refuses(account: Any, eks: Any, changes: dict[str, Any], code: str) -> None:
    role = make_role(account, "some", "ec2.amazonaws.com")
    account.settled()
    with pytest.raises(ClientError) as error:
        eks.create_access_entry(**{"clusterName": "priv", "principalArn": role, **changes})
    assert error.value.response["Error"]["Code"] == code


def test_config_map_mode_has_no_entries_until_it_is_left_for_good(account: Any) -> None:
    make_cluster(account, "CONFIG_MAP")
    eks = account.client("eks")
    with pytest.raises(ClientError, match=r"must be set to one of \[API, API_AND_CONFIG_MAP\]"):
        eks.list_access_entries(clusterName="priv")
    update = eks.update_cluster_config(name="priv", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})["update"]
    assert (update["status"], update["type"]) == ("InProgress", "AccessConfigUpdate")
    assert eks.describe_cluster(name="priv")["cluster"]["status"] == "UPDATING"
    account.pass_time(61)
    assert eks.describe_update(name="priv", updateId=update["id"])["update"]["status"] == "Successful"
    assert eks.list_updates(name="priv")["updateIds"] == [update["id"]]
    assert eks.list_access_entries(clusterName="priv")["accessEntries"] == []
    with pytest.raises(ClientError, match="Unsupported authentication mode update"):
        eks.update_cluster_config(name="priv", accessConfig={"authenticationMode": "CONFIG_MAP"})


def test_deletion_protection_protects(account: Any, eks: Any) -> None:
    eks.update_cluster_config(name="priv", deletionProtection=True)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        eks.update_cluster_config(name="priv", deletionProtection=False)
    account.pass_time(61)
    with pytest.raises(ClientError, match=r"InvalidRequestException.*deletion protection"):
        eks.delete_cluster(name="priv")
    eks.update_cluster_config(name="priv", deletionProtection=False)
    account.pass_time(61)
    eks.delete_cluster(name="priv")


def test_endpoint_access_changes_and_the_rest_stays(account: Any, eks: Any) -> None:
    before = eks.describe_cluster(name="priv")["cluster"]["resourcesVpcConfig"]
    with pytest.raises(ClientError, match="cannot be false"):
        eks.update_cluster_config(name="priv", resourcesVpcConfig={"endpointPrivateAccess": False})
    eks.update_cluster_config(name="priv", resourcesVpcConfig={"endpointPublicAccess": True})
    after = eks.describe_cluster(name="priv")["cluster"]["resourcesVpcConfig"]
    assert after == {**before, "endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}


def test_add_ons_take_a_moment_and_coredns_wants_a_node(account: Any, eks: Any) -> None:
    for name in ("vpc-cni", "coredns"):
        assert eks.create_addon(clusterName="priv", addonName=name)["addon"]["status"] == "CREATING"
    account.pass_time(31)
    assert eks.describe_addon(clusterName="priv", addonName="vpc-cni")["addon"]["status"] == "ACTIVE"
    assert eks.describe_addon(clusterName="priv", addonName="coredns")["addon"]["status"] == "CREATING"
    account.pass_time(1200)
    degraded = eks.describe_addon(clusterName="priv", addonName="coredns")["addon"]
    assert degraded["status"] == "DEGRADED"
    assert degraded["health"]["issues"][0]["code"] == "InsufficientNumberOfReplicas"
    assert eks.list_addons(clusterName="priv")["addons"] == ["coredns", "vpc-cni"]
    with pytest.raises(ClientError, match=r"ResourceInUseException.*already exists"):
        eks.create_addon(clusterName="priv", addonName="coredns")
    with pytest.raises(ClientError, match=r"InvalidParameterException.*not supported"):
        eks.create_addon(clusterName="priv", addonName="kube-proxy", addonVersion="v0.1")
    eks.delete_addon(clusterName="priv", addonName="coredns")
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*No addon"):
        eks.describe_addon(clusterName="priv", addonName="coredns")


def test_versions_and_add_on_versions_on_offer(account: Any) -> None:
    eks = account.client("eks")
    versions = eks.describe_cluster_versions()["clusterVersions"]
    assert {version["clusterVersion"]: version["versionStatus"] for version in versions}["1.33"] == "EXTENDED_SUPPORT"
    [default] = eks.describe_cluster_versions(defaultOnly=True)["clusterVersions"]
    assert default["clusterVersion"] == "1.35"
    assert default["endOfStandardSupportDate"].date().isoformat() == "2027-03-27"
    assert eks.describe_cluster_versions(clusterVersions=["1.29"])["clusterVersions"] == []
    [addon] = eks.describe_addon_versions(addonName="coredns", kubernetesVersion="1.35")["addons"]
    assert addon["addonVersions"][0]["compatibilities"] == [
        {"clusterVersion": "1.35", "platformVersions": ["*"], "defaultVersion": True}
    ]


def test_tags_come_and_go(eks: Any) -> None:
    arn = eks.describe_cluster(name="priv")["cluster"]["arn"]
    eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    eks.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    assert eks.describe_cluster(name="priv")["cluster"]["tags"] == {"b": "2"}


def test_there_are_no_node_groups(eks: Any) -> None:
    assert eks.list_nodegroups(clusterName="priv")["nodegroups"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eks.describe_nodegroup(clusterName="priv", nodegroupName="x")


def test_lists_come_in_pages(eks: Any) -> None:
    pages = list(eks.get_paginator("list_access_policies").paginate(PaginationConfig={"PageSize": 4}))
    assert [len(page["accessPolicies"]) for page in pages] == [4, 2]
