"""Keys of volumes, quotas of vCPUs, resolver rules and reservations, as the practice account tells them."""

from collections.abc import Callable
from typing import Any

import pytest
from article_facts import ARTICLE
from builders import PROFILES

from wizard.facts import VolumeKey
from wizard.findings import Severity
from wizard.profile import with_settings
from wizard.training import staging

ROLE = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
OPERATIONS = [
    "CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom",
    "ReEncryptTo",
]  # fmt: skip


def test_an_account_takes_awss_key_until_it_chooses_one(account: Any) -> None:
    ec2 = account.client("ec2")
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
    ec2.reset_ebs_default_kms_key_id()
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"


def test_a_key_that_the_account_chose_is_found_shut_until_a_grant_opens_it(
    account: Any, builder: Callable[..., Any]
) -> None:
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    account.client("ec2").modify_ebs_default_kms_key_id(KmsKeyId=key)
    operator = builder()
    found = {one.code: one for one in operator.look().findings}
    assert found["NODE680"].severity is Severity.STOP
    assert found["NODE680"].about == {"key": key, "role": ROLE}
    # As the finding says.
    kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=OPERATIONS)
    view = operator.look()
    assert isinstance(view.facts.nodes.volume_key, VolumeKey)
    assert "NODE680" not in {one.code for one in view.findings}


def test_a_node_group_that_is_still_to_be_made_is_held_against_key_and_quota(
    account: Any, builder: Callable[..., Any]
) -> None:
    """Though the stack of its launch template stands already."""
    operator = builder("managed-nodes.yaml")
    operator.build()
    eks = account.client("eks")
    assert operator.look().facts.nodes.vcpu_quota is None
    eks.delete_nodegroup(clusterName=operator.profile.cluster.name, nodegroupName="nodes")
    account.pass_time(200)
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    account.client("ec2").modify_ebs_default_kms_key_id(KmsKeyId=key)
    view = operator.look()
    assert view.facts.nodes.vcpu_quota == 256
    assert "NODE680" in {one.code for one in view.findings}


def test_auto_scaling_starts_nothing_with_a_key_that_does_not_let_it_in(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    kms, scaling = world.client("kms"), world.client("autoscaling")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    world.make_stack(VolumeKmsKey=key)
    activities: list[Any] = []
    while not activities:
        activities = scaling.describe_scaling_activities()["Activities"]
    assert {one["StatusCode"] for one in activities} == {"Failed"}
    assert "Client.InternalError: Client error on launch" in activities[0]["StatusMessage"]
    assert world.instances() == []
    kms.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=OPERATIONS)
    group = activities[0]["AutoScalingGroupName"]
    scaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    assert len(world.instances()) == 2


@pytest.mark.parametrize(("kind", "vcpus"), [("m5.large", 256.0), ("g4dn.xlarge", 0.0)])
def test_each_family_has_its_quota(builder: Callable[..., Any], kind: str, vcpus: float) -> None:
    view = builder(with_settings(ARTICLE, (f"nodes.instance_type={kind}",))).look()
    assert view.facts.nodes.vcpu_quota == vcpus
    assert ("NODE628" in {one.code for one in view.findings}) is (vcpus == 0)


def test_what_a_vpc_forwards_and_its_subnets_keep_is_seen(builder: Callable[..., Any], account: Any) -> None:
    operator = builder("adopt-existing-vpc.yaml")
    staging.plant(account.endpoint_url, PROFILES / "seeds" / "adopt-existing-vpc.yaml")
    operator.profile = with_settings(operator.profile, ("nodes.prefix_delegation=true",))
    before = {one.code: one for one in operator.look().findings}
    assert before["ACC040"].about == {"host": "proxy.example.internal"}
    vpc, (subnet, other) = operator.profile.vpc.use.id, operator.profile.vpc.use.subnets
    assert before["NODE631"].about == {"subnets": [subnet, other]}
    # As the findings say.
    ec2, resolver = account.client("ec2"), account.client("route53resolver")
    group = ec2.create_security_group(VpcId=vpc, GroupName="dns", Description="dns")["GroupId"]
    outbound = resolver.create_resolver_endpoint(
        CreatorRequestId="1", SecurityGroupIds=[group], Direction="OUTBOUND", Name="premises",
        IpAddresses=[{"SubnetId": subnet}, {"SubnetId": other}],
    )["ResolverEndpoint"]["Id"]  # fmt: skip
    rule = resolver.create_resolver_rule(
        CreatorRequestId="2", RuleType="FORWARD", DomainName="example.internal", ResolverEndpointId=outbound,
        TargetIps=[{"Ip": "10.0.0.53", "Port": 53}],
    )["ResolverRule"]["Id"]  # fmt: skip
    resolver.associate_resolver_rule(ResolverRuleId=rule, VPCId=vpc)
    ec2.create_subnet_cidr_reservation(SubnetId=subnet, Cidr="10.110.3.128/25", ReservationType="prefix")
    after = operator.look()
    assert after.facts.vpc.forwarded == ("example.internal",)
    assert "ACC040" not in {one.code for one in after.findings}
    assert [one.about for one in after.findings if one.code == "NODE631"] == [{"subnets": [other]}]
