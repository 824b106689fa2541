"""A VPC's DNS attributes are changed one call each; moto takes both and heeds one."""

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.protocol import AwsError, Params


def _modify(call: Call) -> Params:
    changed = [name for name in call.params if name not in ("VpcId", "DryRun")]
    if len(changed) > 1:
        raise AwsError("InvalidParameterCombination", "Fields for multiple attribute types specified")
    return aws.moto(call)


HANDLERS: dict[str, Handler] = {"ec2.ModifyVpcAttribute": _modify}
