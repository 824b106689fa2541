"""A network ACL ends with the rules that deny the rest, and nobody can take them away; moto makes it without any.

VPC user guide, "Network ACL rules": rule number *, which the API shows as 32767.
"""

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.protocol import AwsError, Params

LAST = 32767


def _create(call: Call) -> Params:
    made = aws.moto(call)["NetworkAcl"]
    for egress in (True, False):
        aws.moto(
            call.asking(
                "CreateNetworkAclEntry",
                NetworkAclId=made["NetworkAclId"],
                RuleNumber=LAST,
                Protocol="-1",
                RuleAction="deny",
                Egress=egress,
                CidrBlock="0.0.0.0/0",
            )
        )
    [described] = aws.moto(call.asking("DescribeNetworkAcls", NetworkAclIds=[made["NetworkAclId"]]))["NetworkAcls"]
    return {"NetworkAcl": described}


def _entry(call: Call) -> Params:
    """Creates, replaces or deletes an entry that one may."""
    if int(call.params["RuleNumber"]) >= LAST:
        raise AwsError(
            "InvalidParameterValue", f"Value ({call.params['RuleNumber']}) for parameter ruleNumber is invalid."
        )
    return aws.moto(call)


HANDLERS: dict[str, Handler] = {
    "ec2.CreateNetworkAcl": _create,
    "ec2.CreateNetworkAclEntry": _entry,
    "ec2.ReplaceNetworkAclEntry": _entry,
    "ec2.DeleteNetworkAclEntry": _entry,
}
