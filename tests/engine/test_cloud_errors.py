"""Which meaning of an error wins over another, and which IAM action a call needs."""

import pytest
from article_facts import ARTICLE, EMPTY
from hypothesis import given
from hypothesis import strategies as st

from wizard import engine
from wizard.cloud import Access, Cloud, CloudError
from wizard.error_kinds import (
    CHANGING,
    CREDENTIALS,
    DENIED,
    EXISTS,
    MISSING,
    NOT_TOLD,
    THROTTLED,
    Kind,
    kind_of,
)
from wizard.permissions import iam_action
from wizard.plan import Call

KINDS = {
    Kind.DENIED: DENIED,
    Kind.CREDENTIALS: CREDENTIALS,
    Kind.THROTTLED: THROTTLED,
    Kind.EXISTS: EXISTS,
    Kind.MISSING: MISSING,
    Kind.NOT_TOLD: NOT_TOLD,
    Kind.YOUNG: CHANGING,
}


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for kind, codes in KINDS.items() for code in sorted(codes)])
@pytest.mark.parametrize("status", [400, 503])
def test_a_code_means_the_same_whatever_the_status(code: str, kind: Kind, status: int) -> None:
    assert kind_of(code, "", status) is kind


def test_no_code_has_two_meanings() -> None:
    codes = [code for group in KINDS.values() for code in group]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        ("AccessDenied", "the role already exists", 403, Kind.DENIED),
        ("UnauthorizedOperation", "subnet-1 does not exist", 403, Kind.DENIED),
        ("RequestLimitExceeded", "does not exist", 503, Kind.THROTTLED),
        ("InvalidParameterException", "could not be assumed because the role does not exist", 400, Kind.YOUNG),
        ("ResourceInUseException", "does not exist", 409, Kind.EXISTS),
        ("ParameterNotFound", "", 400, Kind.MISSING),
        ("InvalidVpnGatewayID.NotFound", "", 400, Kind.MISSING),
        ("InvalidTransitGatewayID.NotFound", "", 400, Kind.MISSING),
        ("InvalidKeyPair.NotFound", "The key pair 'x' does not exist", 400, Kind.MISSING),
        ("InvalidAction", "The action X is not valid for this web service.", 400, Kind.REFUSED),
        ("DependencyViolation", "The vpc has dependencies and cannot be deleted.", 400, Kind.IN_USE),
        ("InvalidVpc.Range", "The CIDR '10.0.0.0/8' is invalid.", 400, Kind.REFUSED),
        ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]", 400, Kind.REFUSED),
        ("UnsupportedAvailabilityZoneException", "does not have sufficient capacity", 400, Kind.REFUSED),
        ("InternalFailure", "", 500, Kind.AMBIGUOUS),
        ("Unavailable", "The service is unavailable.", 503, Kind.AMBIGUOUS),
        ("ServerException", "", 500, Kind.AMBIGUOUS),
        ("502", "Bad Gateway", 502, Kind.AMBIGUOUS),
    ],
)
def test_which_meaning_wins(code: str, message: str, status: int, kind: Kind) -> None:
    assert kind_of(code, message, status) is kind


@given(st.text(alphabet="ABCdef.", max_size=12), st.text(alphabet="abc ", max_size=12), st.integers(400, 599))
def test_a_servers_own_fault_leaves_open_what_came_of_the_call(code: str, message: str, status: int) -> None:
    expected = Kind.NOT_TOLD if status == 501 else Kind.AMBIGUOUS if status >= 500 else Kind.REFUSED
    assert kind_of(code, message, status) is expected


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (Call("ec2", "DescribeVpcs", {}), "ec2:DescribeVpcs"),
        (Call("s3", "HeadBucket", {}), "s3:ListBucket"),
        (Call("iam", "AttachRolePolicy", {}), "iam:AttachRolePolicy"),
        (Call("eks", "AssociateAccessPolicy", {}), "eks:AssociateAccessPolicy"),
        (Call("cloudformation", "CreateStack", {}), "cloudformation:CreateStack"),
        (Call("sts", "GetCallerIdentity", {}), "sts:GetCallerIdentity"),
        (Call("ssm", "GetParameter", {}), "ssm:GetParameter"),
    ],
)
def test_the_action_that_allows_a_call(call: Call, action: str) -> None:
    assert iam_action(call) == action
    error = CloudError(Kind.DENIED, call, "AccessDenied", "no")
    assert error.action == action
    assert str(error) == f"{call.service}:{call.operation}: AccessDenied: no"


def test_the_actions_of_a_whole_build() -> None:
    changes = engine.judge(ARTICLE, EMPTY).plan.changes
    assert sorted({iam_action(change.action) for change in changes if isinstance(change.action, Call)}) == [
        "cloudformation:CreateStack",
        "ec2:AssociateRouteTable",
        "ec2:AttachVpnGateway",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateRoute",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateSubnet",
        "ec2:CreateVpc",
        "ec2:CreateVpcEndpoint",
        "ec2:CreateVpnGateway",
        "ec2:ModifyVpcAttribute",
        "eks:CreateAccessEntry",
        "eks:CreateAddon",
        "eks:CreateCluster",
        "iam:AttachRolePolicy",
        "iam:CreateRole",
    ]


@pytest.mark.parametrize(
    ("service", "operation", "takes"),
    [
        ("ec2", "CreateVpcEndpoint", True),
        ("ec2", "CreateRouteTable", True),
        ("eks", "CreateCluster", True),
        ("eks", "CreateAddon", True),
        ("eks", "CreateAccessEntry", True),
        ("cloudformation", "CreateStack", True),
        # These make a second thing, or fail, when their answer is lost and they are sent again.
        ("ec2", "CreateVpc", False),
        ("ec2", "CreateSubnet", False),
        ("ec2", "CreateSecurityGroup", False),
        ("iam", "CreateRole", False),
    ],
)
def test_which_calls_take_a_client_token(service: str, operation: str, takes: bool) -> None:
    access = Access(
        region="ap-northeast-1", practice=True, endpoint_url="http://127.0.0.1:9", access_key="a", secret_key="b"
    )
    assert Cloud(access).takes_token(Call(service, operation, {})) is takes
