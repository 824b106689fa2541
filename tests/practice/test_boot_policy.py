"""Policies, evaluated as IAM does."""

from typing import Any
from urllib.parse import quote

import pytest
from boot_cases import ACCOUNT, ROLE, policy

from wizard.practice.boot.policy import Request, verdict
from wizard.practice.policies import Decision

ASKED = Request(
    "s3:GetObject",
    "arn:aws:s3:::bucket/key",
    frozenset((ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ROLE.arn)),
    {
        "aws:PrincipalAccount": ACCOUNT,
        "aws:SourceVpc": "vpc-1",
        "aws:VpcSourceIp": "10.110.3.20",
        "aws:CurrentTime": "2026-11-26T12:00:00Z",
    },
)
ANY = {"Action": "*"}


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {**ANY, "Condition": {operator: {key: values[0] if len(values) == 1 else list(values)}}}


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ({"Action": "s3:GetObject"}, "allowed"),
        ({"Action": "S3:getobject"}, "allowed"),
        ({"Action": ["ec2:*", "s3:Get*"]}, "allowed"),
        ({"Action": "s3:Get?bject"}, "allowed"),
        ({"Action": "s3:Put*"}, "implicitDeny"),
        ({"NotAction": "s3:Put*"}, "allowed"),
        ({"NotAction": ["s3:*"]}, "implicitDeny"),
        ({}, "implicitDeny"),
        ({**ANY, "Resource": "arn:aws:s3:::bucket/*"}, "allowed"),
        ({**ANY, "Resource": "arn:aws:s3:::bucket"}, "implicitDeny"),
        ({**ANY, "Resource": "arn:aws:s3:::BUCKET/*"}, "implicitDeny"),
        ({"Action": "*", "NotResource": "arn:aws:s3:::other/*", "Resource": None}, "allowed"),
        ({"Action": "*", "NotResource": "arn:aws:s3:::bucket/*", "Resource": None}, "implicitDeny"),
        ({**ANY, "Effect": "Deny"}, "explicitDeny"),
        ({**ANY, "Principal": {"AWS": "*"}}, "allowed"),
        ({**ANY, "Principal": {"AWS": ["1", ACCOUNT]}}, "allowed"),
        ({**ANY, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, "allowed"),
        ({**ANY, "Principal": {"AWS": ROLE.arn}}, "allowed"),
        ({**ANY, "Principal": {"AWS": f"{ROLE.arn}2"}}, "implicitDeny"),
        ({**ANY, "Principal": {"Service": "ec2.amazonaws.com"}}, "implicitDeny"),
        ({**ANY, "Principal": None, "NotPrincipal": {"AWS": ROLE.arn}}, "implicitDeny"),
        (when("StringEquals", "aws:PrincipalAccount", ACCOUNT), "allowed"),
        (when("StringEquals", "AWS:principalaccount", "1", ACCOUNT), "allowed"),
        (when("StringEquals", "aws:PrincipalAccount", "1"), "implicitDeny"),
        (when("StringNotEquals", "aws:PrincipalAccount", "1"), "allowed"),
        (when("StringNotEquals", "aws:PrincipalAccount", "1", ACCOUNT), "implicitDeny"),
        (when("StringLike", "aws:SourceVpc", "vpc-*"), "allowed"),
        (when("IpAddress", "aws:VpcSourceIp", "10.110.0.0/16"), "allowed"),
        (when("NotIpAddress", "aws:VpcSourceIp", "10.110.0.0/16"), "implicitDeny"),
        (when("IpAddress", "aws:VpcSourceIp", "everywhere"), "implicitDeny"),
        (when("DateLessThan", "aws:CurrentTime", "2027-01-01T00:00:00Z"), "allowed"),
        (when("DateGreaterThan", "aws:CurrentTime", "2027-01-01T00:00:00Z"), "implicitDeny"),
        (when("NumericLessThanEquals", "aws:SourceVpc", "7"), "implicitDeny"),
        (when("StringEquals", "aws:PrincipalOrgID", "o-1"), "implicitDeny"),
        (when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), "allowed"),
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-1"), "allowed"),
        (when("Null", "aws:PrincipalOrgID", "true"), "allowed"),
        (when("Null", "aws:SourceVpc", "true"), "implicitDeny"),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/*"), "implicitDeny"),
        (when("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-1/*"), "allowed"),
        (when("NoSuchOperator", "aws:SourceVpc", "vpc-1"), "implicitDeny"),
        (
            {**ANY, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1", "aws:PrincipalAccount": "1"}}},
            "implicitDeny",
        ),
    ],
)
def test_one_statement(statement: dict[str, Any], says: Decision) -> None:
    assert verdict([policy(statement)], ASKED, with_principal=True) == says


def test_deny_wins_wherever_it_stands() -> None:
    assert verdict([policy(ANY), policy({**ANY, "Effect": "Deny"})], ASKED) == "explicitDeny"
    assert verdict([policy({**ANY, "Effect": "Deny"}, ANY)], ASKED) == "explicitDeny"
    assert verdict([policy({"Action": "ec2:*"}), policy(ANY)], ASKED) == "allowed"
    assert verdict([], ASKED) == "implicitDeny"


@pytest.mark.parametrize("document", ["", "{", "[]", '{"Statement": "x"}', '{"Statement": {"Effect": "Allow"}}'])
def test_what_is_no_policy_allows_nothing(document: str) -> None:
    assert verdict([document], ASKED) == "implicitDeny"


def test_policies_may_be_percent_encoded() -> None:
    """IAM answers them so."""
    assert verdict([quote(policy(ANY))], ASKED) == "allowed"
