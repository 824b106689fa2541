"""The keys of volumes, and the quotas of vCPUs, as the practice account tells them."""

from collections.abc import Callable
from typing import Any

import pytest
from article_facts import ARTICLE

from wizard.facts import VolumeKey
from wizard.findings import Severity
from wizard.profile import with_settings

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


@pytest.mark.parametrize(("kind", "vcpus"), [("m5.large", 256.0), ("g4dn.xlarge", 0.0)])
def test_each_family_has_its_quota(builder: Callable[..., Any], kind: str, vcpus: float) -> None:
    view = builder(with_settings(ARTICLE, (f"nodes.instance_type={kind}",))).look()
    assert view.facts.nodes.vcpu_quota == vcpus
    assert ("NODE628" in {one.code for one in view.findings}) is (vcpus == 0)
