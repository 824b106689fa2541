"""The key that EBS takes where none is named. moto changes it, and does not tell it."""

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.patches.backend import ec2
from wizard.practice.protocol import Params

OF_AWS = "alias/aws/ebs"


def _get(call: Call) -> Params:
    key = ec2(call.region).default_kms_key_id
    # moto makes AWS's key with the first volume, and notes it by its ARN.
    aliases = aws.moto(call.asking("ListAliases", "kms", KeyId=key))["Aliases"] if key else []
    chosen = key and OF_AWS not in {alias["AliasName"] for alias in aliases}
    return {"KmsKeyId": key if chosen else OF_AWS}


def _reset(call: Call) -> Params:
    with aws.moto_lock:
        ec2(call.region).default_kms_key_id = ""
    return {"KmsKeyId": OF_AWS}


HANDLERS: dict[str, Handler] = {"ec2.GetEbsDefaultKmsKeyId": _get, "ec2.ResetEbsDefaultKmsKeyId": _reset}
