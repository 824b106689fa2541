"""What policies say to an action, in cases after the IAM user guide; and that a call meets what the simulator says."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from wizard.practice.policies import Asked, Judgement, judge

BUCKET = "arn:aws:s3:::company"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "*", **more}


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", **more}


def equals(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


TAG = "aws:RequestTag/CostCentre"
CASES: list[tuple[str, list[dict[str, Any]], dict[str, tuple[str, ...]], Judgement]] = [
    ("nothing is said", [], {}, Judgement("implicitDeny")),
    ("allowed by name", [allow()], {}, Judgement("allowed")),
    ("small and capital letters are one in actions", [allow(Action="EC2:createvpc")], {}, Judgement("allowed")),
    ("wildcards", [allow(Action=["ec2:Create?pc", "x:*"])], {}, Judgement("allowed")),
    ("a bracket is no wildcard", [allow(Action="ec2:Create[V]pc")], {}, Judgement("implicitDeny")),
    ("another resource", [allow(Resource=BUCKET)], {}, Judgement("implicitDeny")),
    ("the resource", [allow(Resource="arn:aws:ec2:*:*:vpc/*")], {}, Judgement("allowed")),
    ("all but others", [{"Effect": "Allow", "NotAction": "iam:*", "NotResource": BUCKET}], {}, Judgement("allowed")),
    ("a deny wins", [ALLOW_ALL, deny()], {}, Judgement("explicitDeny")),
    (
        "a condition holds",
        [allow(**equals("StringEquals", "aws:RequestedRegion", "a", "b"))],
        {"aws:requestedregion": ("b",)},
        Judgement("allowed"),
    ),
    (
        "a condition's key is missing",
        [allow(**equals("StringEquals", TAG, "4711"))],
        {},
        Judgement("implicitDeny", (TAG,)),
    ),
    ("if it exists", [allow(**equals("StringEqualsIfExists", TAG, "4711"))], {}, Judgement("allowed", (TAG,))),
    (
        "a negated condition holds where the key is missing",
        [ALLOW_ALL, deny(**equals("StringNotEquals", "aws:SourceVpc", "vpc-1"))],
        {},
        Judgement("explicitDeny", ("aws:SourceVpc",)),
    ),
    (
        "a negated condition",
        [ALLOW_ALL, deny(**equals("StringNotLike", TAG, "47*"))],
        {TAG: ("4711",)},
        Judgement("allowed"),
    ),
    (
        "a tag is demanded and there",
        [ALLOW_ALL, deny(**equals("Null", TAG, "true"))],
        {TAG: ("1",)},
        Judgement("allowed"),
    ),
    (
        "a tag is demanded and lacking",
        [ALLOW_ALL, deny(**equals("Null", TAG, "true"))],
        {},
        Judgement("explicitDeny", (TAG,)),
    ),
    (
        "only these tags",
        [allow(**equals("ForAllValues:StringEquals", "aws:TagKeys", "one", "two"))],
        {"aws:TagKeys": ("one", "three")},
        Judgement("implicitDeny"),
    ),
    (
        "one of these",
        [allow(**equals("ForAnyValue:StringEquals", "aws:CalledVia", "cloudformation.amazonaws.com"))],
        {"aws:CalledVia": ("athena.amazonaws.com", "cloudformation.amazonaws.com")},
        Judgement("allowed"),
    ),
    ("a truth", [allow(**equals("Bool", "aws:ViaAWSService", "false"))], {"aws:ViaAWSService": ("false",)},
     Judgement("allowed")),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "context", "judged"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_what_statements_say(
    statements: list[dict[str, Any]], context: dict[str, tuple[str, ...]], judged: Judgement
) -> None:
    asked = Asked("ec2:CreateVpc", "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", context)
    assert judge([document(*statements)], None, asked) == judged


@pytest.mark.parametrize(
    ("identity", "boundary", "judged"),
    [
        ([ALLOW_ALL], [allow()], Judgement("allowed", (), True)),
        ([ALLOW_ALL], [allow(Action="iam:*")], Judgement("implicitDeny", (), False)),
        ([], [ALLOW_ALL], Judgement("implicitDeny", (), True)),
        ([ALLOW_ALL], [ALLOW_ALL, deny()], Judgement("explicitDeny", (), False)),
    ],
)
def test_what_both_the_policies_and_the_boundary_allow_is_allowed(
    identity: list[dict[str, Any]], boundary: list[dict[str, Any]], judged: Judgement
) -> None:
    asked = Asked("ec2:CreateVpc", "*", {})
    assert judge([document(*identity)], document(*boundary), asked) == judged


TRUST = document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})


def acting_as(account: Any, service: str, *statements: dict[str, Any], boundary: str = "") -> tuple[str, Any]:
    """A role under a path with these statements, and a client that has assumed it."""
    iam = account.client("iam")
    bounded = {"PermissionsBoundary": boundary} if boundary else {}
    trust = json.dumps(TRUST)
    arn = iam.create_role(RoleName="operator", Path="/company/", AssumeRolePolicyDocument=trust, **bounded)["Role"][
        "Arn"
    ]
    account.settled()
    iam.put_role_policy(RoleName="operator", PolicyName="own", PolicyDocument=json.dumps(document(*statements)))
    keys = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="taro")["Credentials"]
    client = boto3.client(
        service,  # type: ignore[call-overload]
        region_name=account.region,
        endpoint_url=account.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )
    return arn, client


def simulated(account: Any, arn: str, action: str, *resources: str, **context: str) -> dict[str, Any]:
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in context.items()
    ]
    [found] = account.client("iam").simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=[action],
        ContextEntries=entries,
        **({"ResourceArns": list(resources)} if resources else {}),
    )["EvaluationResults"]
    return dict(found)


def test_a_role_meets_what_is_simulated_of_it(account: Any) -> None:
    arn, ec2 = acting_as(account, "ec2", {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"})
    assert arn == "arn:aws:iam::123456789012:role/company/operator"
    assert simulated(account, arn, "ec2:DescribeVpcs")["EvalDecision"] == "allowed"
    assert simulated(account, arn, "ec2:CreateVpc")["EvalDecision"] == "implicitDeny"
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1
    for dry in (True, False):
        with pytest.raises(ClientError, match=r"UnauthorizedOperation.*assumed|UnauthorizedOperation.*role/company"):
            ec2.create_vpc(CidrBlock="10.1.0.0/16", DryRun=dry)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


def test_a_boundary_is_told_and_met(account: Any) -> None:
    made = account.client("iam").create_policy(
        PolicyName="boundary", PolicyDocument=json.dumps(document(allow(Action="ec2:*")))
    )
    arn, eks = acting_as(account, "eks", ALLOW_ALL, boundary=made["Policy"]["Arn"])
    found = simulated(account, arn, "eks:ListClusters")
    assert found["EvalDecision"] == "implicitDeny"
    assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        eks.list_clusters()


ONE, TWO = (f"arn:aws:iam::123456789012:role/{name}" for name in ("one", "two"))


def test_each_resource_has_its_own_answer_and_missing_keys_are_named(account: Any) -> None:
    passed = equals("StringEquals", "iam:PassedToService", "eks")
    arn, _ = acting_as(account, "iam", allow(Action="iam:PassRole", Resource="arn:aws:iam::*:role/one", **passed))
    found = simulated(account, arn, "iam:PassRole", ONE, TWO)
    assert found["EvalDecision"] == "implicitDeny"
    one, two = found["ResourceSpecificResults"]
    assert (one["EvalResourceName"], one["MissingContextValues"]) == (ONE, ["iam:PassedToService"])
    assert (two["EvalResourceDecision"], two["MissingContextValues"]) == ("implicitDeny", [])
    given = simulated(account, arn, "iam:PassRole", ONE, **{"iam:PassedToService": "eks"})
    assert given["EvalDecision"] == "allowed"


def test_a_company_s_policy_is_told_where_it_asks_for_nothing_of_the_call(account: Any) -> None:
    operator = "arn:aws:iam::123456789012:user/practice"
    account.faults({"service": "ec2", "operation": "CreateVpc", "what": "forbid"})
    found = simulated(account, operator, "ec2:CreateVpc")
    assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    account.faults({"service": "ec2", "operation": "CreateVpc", "unless": "CostCentre", "what": "forbid"})
    assert simulated(account, operator, "ec2:CreateVpc")["EvalDecision"] == "allowed"


def test_long_answers_come_in_pages(account: Any) -> None:
    actions = [f"ec2:Describe{number}" for number in range(7)]
    pages = list(
        account.client("iam")
        .get_paginator("simulate_principal_policy")
        .paginate(
            PolicySourceArn="arn:aws:iam::123456789012:user/practice",
            ActionNames=actions,
            PaginationConfig={"PageSize": 3},
        )
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [3, 3, 1]


def test_who_is_not_there_can_not_be_simulated(account: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        simulated(account, "arn:aws:iam::123456789012:role/nobody", "ec2:CreateVpc")


@pytest.mark.parametrize(("dry", "writes"), [(True, []), (False, ["ec2.CreateVpc"])])
def test_a_dry_run_is_no_write_and_meets_no_fault_but_a_denial(account: Any, dry: bool, writes: list[str]) -> None:
    ec2 = account.client("ec2")
    account.faults({"operation": "CreateVpc", "what": "error", "code": "VpcLimitExceeded", "status": 400})
    with pytest.raises(ClientError, match="DryRunOperation" if dry else "VpcLimitExceeded"):
        ec2.create_vpc(CidrBlock="10.1.0.0/16", DryRun=dry)
    account.faults({"operation": "CreateVpc", "what": "refuse"})
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        ec2.create_vpc(CidrBlock="10.1.0.0/16", DryRun=dry)
    assert account.writes() == writes * 2


def test_a_fault_may_speak_of_dry_runs_alone(account: Any) -> None:
    ec2 = account.client("ec2")
    account.faults({"operation": "CreateVpc", "what": "throttle", "dry_runs": True})
    with pytest.raises(ClientError, match="RequestLimitExceeded"):
        ec2.create_vpc(CidrBlock="10.1.0.0/16", DryRun=True)
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
