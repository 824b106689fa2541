"""The key of the nodes' volumes: Auto Scaling's role has to be let in by the key's policy or by a grant.

EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes".
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from wizard.doors import Doors, together
from wizard.facts import AccountFacts, Facts, Unknown, VolumeKey
from wizard.findings import Finding, stop, unknown
from wizard.profile import Profile
from wizard.steps.endpoints.policy import allows

# The key that serves where an account has chosen none.
DEFAULT = "alias/aws/ebs"
# What a launch does with the key, by the names that grants have; policies write kms: before them.
NEEDED = ("CreateGrant", "Decrypt", "GenerateDataKeyWithoutPlaintext")
# Volumes are such resources: a policy may let grants be made for them alone.
FOR_AWS = {"kms:GrantIsForAWSResource": "true"}


def role(account: AccountFacts) -> str:
    """The ARN of the role by which Auto Scaling launches instances."""
    return (
        f"arn:{account.partition}:iam::{account.id}:role/aws-service-role/autoscaling.amazonaws.com"
        "/AWSServiceRoleForAutoScaling"
    )


def observe(doors: Doors, profile: Profile, seen: Facts) -> VolumeKey | Unknown | None:
    """The key that the profile names, or the account."""
    return read(doors, profile.nodes.volume_kms_key, seen.account)


def read(doors: Doors, name: str | None, account: AccountFacts) -> VolumeKey | Unknown | None:
    """The key, with its policy and grants where it is not AWS's; None for the one that AWS keeps for EBS."""
    if name is None:
        chosen = doors.cloud.see("ec2", "GetEbsDefaultKmsKeyId")
        if chosen is None or isinstance(chosen, Unknown):
            return chosen
        name = chosen["KmsKeyId"]
        if name.endswith(DEFAULT):
            return None
    answer = doors.cloud.see("kms", "DescribeKey", KeyId=name)
    if isinstance(answer, Unknown):
        return answer
    if answer is None:
        return VolumeKey(name, "")
    found = answer["KeyMetadata"]
    if found.get("KeyManager") == "AWS":
        return VolumeKey(name, found["KeyState"], of_aws=True)
    policy, grants = together(
        partial(doors.cloud.see, "kms", "GetKeyPolicy", KeyId=found["Arn"], PolicyName="default"),
        partial(doors.cloud.see, "kms", "ListGrants", KeyId=found["Arn"], GranteePrincipal=role(account)),
    )
    return VolumeKey(
        id=name,
        state=found["KeyState"],
        policy=policy if isinstance(policy, Unknown) else (policy or {}).get("Policy", ""),
        granted=grants if isinstance(grants, Unknown) else _granted(grants or {}, role(account)),
    )


def _granted(answer: dict[str, Any], grantee: str) -> tuple[str, ...]:
    """The operations that grants allow to the role; one with constraints is for a certain volume."""
    grants = [one for one in answer.get("Grants", []) if one.get("GranteePrincipal") == grantee]
    return tuple(sorted({name for one in grants if not one.get("Constraints") for name in one["Operations"]}))


def check(facts: Facts) -> Iterator[Finding]:
    """Findings about the key of nodes that are yet to be launched."""
    if isinstance(facts.nodes.volume_key, VolumeKey):
        yield from about(facts.nodes.volume_key, facts.account, "nodes.volume_kms_key")


def about(key: VolumeKey, account: AccountFacts, where: str) -> Iterator[Finding]:
    """Findings about a key, of what is at ``where``."""
    arn = role(account)
    if key.state != "Enabled":
        yield stop("NODE626", where, key=key.id, state=key.state or "missing")
    elif not key.of_aws:
        verdict = may_use(key, arn)
        untold = next((told for told in (key.policy, key.granted) if isinstance(told, Unknown)), None)
        if verdict is False:
            yield stop("NODE680", where, key=key.id, role=arn)
        elif verdict is None and untold:
            yield unknown("NODE681", where, key=key.id, action=untold.action, said=untold.why)
        elif verdict is None:
            yield unknown("NODE627", where, key=key.id)


def may_use(key: VolumeKey, arn: str) -> bool | None:
    """Whether the role may make a volume with the key; None where conditions decide, or AWS did not tell."""
    granted = key.granted if isinstance(key.granted, tuple) else ()
    verdicts = [name in granted or _by_policy(key.policy, name, arn) for name in NEEDED]
    if all(verdict is True for verdict in verdicts):
        return True
    untold = isinstance(key.policy, Unknown) or isinstance(key.granted, Unknown)
    return None if untold or None in verdicts else False


def _by_policy(policy: str | Unknown, operation: str, arn: str) -> bool | None:
    if isinstance(policy, Unknown):
        return None
    return bool(policy) and allows(policy, f"kms:{operation}", "*", (arn,), FOR_AWS)
