"""Whether Auto Scaling can start an instance with encrypted volumes: it acts as a role that the key has to let in.

EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes". A key that does not is told
in no other word than Client.InternalError ("Troubleshoot: AMI issues and instance launch failures").
"""

import json
from fnmatch import fnmatchcase
from typing import Any

from wizard.practice import aws
from wizard.practice.aws import Call
from wizard.practice.patches.ebs_default_key import OF_AWS
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
_OPERATIONS = ("CreateGrant", "Decrypt", "GenerateDataKeyWithoutPlaintext")


def check(call: Call, mappings: list[Params]) -> None:
    """Raises AwsError where a volume of these mappings can't be made with its key."""
    volumes = [mapping.get("Ebs", {}) for mapping in mappings]
    for volume in volumes:
        if volume.get("Encrypted") or volume.get("KmsKeyId"):
            _check(call, volume.get("KmsKeyId") or _default(call))


def _default(call: Call) -> str:
    return str(aws.carry_out(call.asking("GetEbsDefaultKmsKeyId", "ec2"))["KmsKeyId"])


def _check(call: Call, key: str) -> None:
    if key.endswith(OF_AWS):
        return
    try:
        found = aws.carry_out(call.asking("DescribeKey", "kms", KeyId=key))["KeyMetadata"]
    except AwsError as error:
        raise _failure("Client.InvalidKMSKey.NotFound: The KMS key provided does not exist") from error
    if found["KeyState"] != "Enabled":
        raise _failure("Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state")
    granted = _granted(call, found["Arn"])
    text = aws.carry_out(call.asking("GetKeyPolicy", "kms", KeyId=found["Arn"], PolicyName="default"))["Policy"]
    if not all(operation in granted or _admitted(json.loads(text), operation) for operation in _OPERATIONS):
        raise _failure("Client.InternalError: Client error on launch")


def _granted(call: Call, key: str) -> set[str]:
    grants = aws.carry_out(call.asking("ListGrants", "kms", KeyId=key))["Grants"]
    return {name for grant in grants if grant.get("GranteePrincipal") == ROLE for name in grant["Operations"]}


def _admitted(policy: Params, operation: str) -> bool:
    """Whether a statement lets the role do it and none forbids it. Of conditions the practice account holds one kind
    true: what Auto Scaling makes grants for are resources of AWS's."""
    effects = {
        statement["Effect"]
        for statement in policy.get("Statement", [])
        if any(fnmatchcase(f"kms:{operation}".lower(), action.lower()) for action in _listed(statement.get("Action")))
        and {"*", ROLE} & set(_listed(_principal(statement)))
        and _held(statement.get("Condition", {}))
    }
    return effects == {"Allow"}


def _held(conditions: Params) -> bool:
    return set(conditions) <= {"Bool"} and set(conditions.get("Bool", {})) <= {"kms:GrantIsForAWSResource"}


def _principal(statement: Params) -> Any:
    principal = statement.get("Principal")
    return principal.get("AWS") if isinstance(principal, dict) else principal


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _failure(said: str) -> AwsError:
    begins = "Instance became unhealthy while waiting for instance to be in InService state. Termination Reason"
    return AwsError("InternalError", f"{begins}: {said}")
