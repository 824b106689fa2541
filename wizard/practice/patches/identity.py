"""Who is calling. moto answers user/moto under STS; the practice account's operator is an IAM user."""

from dataclasses import dataclass

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.process import ACCESS_KEY_ID, ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

USER_NAME = "practice"


@dataclass(frozen=True)
class Identity:
    """``arn`` as sts:GetCallerIdentity says it."""

    arn: str
    user_id: str
    account_id: str


def caller(access_key: str) -> Identity:
    """The identity behind an access key: an assumed role, an IAM user with that key, or the operator."""
    answer = aws.moto(Call("sts", "GetCallerIdentity", access_key=access_key))
    identity = Identity(answer["Arn"], answer["UserId"], answer["Account"])
    if access_key == ACCESS_KEY_ID or identity.arn.endswith(":user/moto"):
        return Identity(f"arn:aws:iam::{ACCOUNT_ID}:user/{USER_NAME}", "AIDAPRACTICEACCOUNT00", ACCOUNT_ID)
    return identity


def principal_arn(arn: str) -> str:
    """The IAM ARN that an access entry is looked up by: an assumed role's session counts as its role.

    The path of the role is not in a session's ARN, so it is asked of IAM.
    """
    head, _, rest = arn.partition(":assumed-role/")
    if not rest:
        return arn
    return role_arn(rest.partition("/")[0], head.replace(":sts:", ":iam:"))


def role_arn(name: str, head: str = f"arn:aws:iam::{ACCOUNT_ID}") -> str:
    """The ARN of a role, path and all; of one that is not there, as it would be without a path."""
    try:
        role = aws.carry_out(Call("iam", "GetRole", {"RoleName": name}))["Role"]
    except AwsError:
        return f"{head}:role/{name}"
    return str(role["Arn"])


def _get_caller_identity(call: Call) -> Params:
    found = caller(call.access_key)
    return {"Arn": found.arn, "UserId": found.user_id, "Account": found.account_id}


HANDLERS: dict[str, Handler] = {"sts.GetCallerIdentity": _get_caller_identity}
