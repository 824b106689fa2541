"""Cases of what forbids nodes to be launched: the key of their volumes, and quotas; test_nodes.py holds them."""

import json
from dataclasses import replace
from typing import Any, Final

from article_facts import ACCOUNT, EMPTY, FINISHED, HIDDEN, M5_LARGE, changed
from step_cases import Findings

from wizard.facts import Facts, Unknown, VolumeKey

KEY: Final = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000001"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
PODS: Final = "NODE604 ok nodes.instance_type"
IMAGE: Final = "NODE610 ok nodes.ami"
FINE: Final = (PODS, IMAGE)
WHERE: Final = "nodes.volume_kms_key"
USING: Final = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
GRANTED: Final = ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKeyWithoutPlaintext")


def statement(*actions: str, to: str = ROLE, effect: str = "Allow", condition: Any = None) -> dict[str, Any]:
    """A statement of a key's policy."""
    conditions = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Principal": {"AWS": to}, "Action": list(actions), "Resource": "*", **conditions}


# What KMS gives every key at first: the account's own policies decide, and Auto Scaling's role has none about keys.
ROOT: Final = statement("kms:*", to=f"arn:aws:iam::{ACCOUNT}:root")
# The two statements of AWS's guide for Auto Scaling.
USE: Final = statement(*USING)
ATTACH: Final = statement("kms:CreateGrant", condition={"Bool": {"kms:GrantIsForAWSResource": True}})


def key(*statements: dict[str, Any], granted: tuple[str, ...] | Unknown = (), **fields: Any) -> Facts:
    """An empty account, where the volumes' key has this policy."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    made = replace(VolumeKey(KEY, "Enabled", policy=policy, granted=granted), **fields)
    return changed(EMPTY, "nodes", volume_key=made)


CHECKS: Final = (
    Findings("the policy is as AWS's guide has it", key(ROOT, USE, ATTACH), FINE),
    Findings("the policy names everybody", key(statement("kms:*", to="*")), FINE),
    Findings("a grant lets the role in", key(ROOT, granted=GRANTED), FINE),
    Findings("policy and grant let the role in together", key(ROOT, USE, granted=("CreateGrant",)), FINE),
    Findings("a key of AWS's own", key(of_aws=True, policy=""), FINE),
    Findings("the default of an account that chose none", changed(EMPTY, "nodes", volume_key=None), FINE),
    Findings("the policy that a key has at first", key(ROOT), (*FINE, f"NODE680 stop {WHERE}")),
    Findings("the role may use the key and make no grant", key(ROOT, USE), (*FINE, f"NODE680 stop {WHERE}")),
    Findings(
        "the role may make grants and not use the key",
        key(ROOT, statement("kms:CreateGrant")),
        (*FINE, f"NODE680 stop {WHERE}"),
    ),
    Findings(
        "a grant for something else", key(ROOT, granted=("Decrypt", "DescribeKey")), (*FINE, f"NODE680 stop {WHERE}")
    ),
    Findings(
        "a policy for another role", key(ROOT, statement("kms:*", to=f"{ROLE}_x")), (*FINE, f"NODE680 stop {WHERE}")
    ),
    Findings(
        "the role is denied what it is allowed",
        key(ROOT, USE, ATTACH, statement("kms:CreateGrant", effect="Deny")),
        (*FINE, f"NODE680 stop {WHERE}"),
    ),
    Findings(
        "others are denied, with exceptions",
        key(ROOT, USE, ATTACH, {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "kms:*", "Resource": "*"}),
        (*FINE, f"NODE627 unknown {WHERE}"),
    ),
    Findings(
        "everybody of the account, under conditions",
        key(ROOT, statement("kms:*", to="*", condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})),
        (*FINE, f"NODE627 unknown {WHERE}"),
    ),
    Findings("the policy is none", key(policy="no policy"), (*FINE, f"NODE627 unknown {WHERE}")),
    Findings("the policy can't be looked at", key(policy=HIDDEN), (*FINE, f"NODE681 unknown {WHERE}")),
    Findings("the policy can't be looked at, and a grant is enough", key(policy=HIDDEN, granted=GRANTED), FINE),
    Findings("the grants can't be looked at", key(ROOT, granted=HIDDEN), (*FINE, f"NODE681 unknown {WHERE}")),
    Findings("the grants can't be looked at, and the policy is enough", key(USE, ATTACH, granted=HIDDEN), FINE),
    Findings("the key is to be deleted", key(state="PendingDeletion"), (*FINE, f"NODE626 stop {WHERE}")),
    Findings("the key is not there", key(state=""), (*FINE, f"NODE626 stop {WHERE}")),
    Findings(
        "the key can't be looked at", changed(EMPTY, "nodes", volume_key=HIDDEN), (*FINE, "NODE690 unknown nodes")
    ),
    Findings(
        "the key no longer matters once the nodes stand",
        changed(FINISHED, "nodes", volume_key=VolumeKey(KEY, "Disabled")),
        (PODS,),
    ),
    Findings("as many vCPUs as the account may run", changed(EMPTY, "nodes", vcpu_quota=8.0), (PODS, IMAGE)),
    Findings(
        "the largest group has too many vCPUs",
        changed(EMPTY, "nodes", vcpu_quota=7.0),
        (PODS, IMAGE, "NODE629 warn nodes.max"),
    ),
    Findings("a type that no quota limits", changed(EMPTY, "nodes", vcpu_quota=None), (PODS, IMAGE)),
    Findings(
        "the nodes have too many vCPUs",
        changed(EMPTY, "nodes", vcpu_quota=3.0),
        (PODS, IMAGE, "NODE628 stop nodes.desired"),
    ),
    Findings(
        "the quota is not told", changed(EMPTY, "nodes", vcpu_quota=HIDDEN), (PODS, IMAGE, "NODE690 unknown nodes")
    ),
    Findings(
        "the quota of another family",
        changed(EMPTY, "nodes", instance_type=replace(M5_LARGE, name="g5.xlarge"), vcpu_quota=0.0),
        (PODS, IMAGE, "NODE628 stop nodes.desired"),
    ),
)
