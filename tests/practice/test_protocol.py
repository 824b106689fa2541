"""AWS's wire protocols, there and back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from wizard.practice import protocol
from wizard.practice.protocol import AwsError

MOMENT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("eks", "CreateCluster", {"name": "a", "roleArn": "r", "resourcesVpcConfig": {"subnetIds": ["s"]}}),
        ("eks", "DescribeAccessEntry", {"clusterName": "a", "principalArn": "arn:aws:iam::1:role/path/x y"}),
        ("eks", "ListClusters", {"maxResults": 3}),
        ("eks", "TagResource", {"resourceArn": "arn:aws:eks:r:1:cluster/a", "tags": {"k": "v"}}),
        ("cloudformation", "CreateStack", {"Parameters": [{"ParameterKey": "k", "ParameterValue": ""}]}),
        ("ec2", "CreateVpc", {"TagSpecifications": [{"Tags": [{"Key": "ä", "Value": "&"}]}]}),
        ("ec2", "DescribeVpcs", {"Filters": [{"Name": "tag:x", "Values": ["1", "2"]}]}),
        ("ssm", "GetParameters", {"Names": ["/a", "/b"]}),
        ("iam", "GetRole", {"RoleName": "x"}),
    ],
)  # fmt: skip
def test_what_a_client_asks_is_read_as_it_was_meant(service: str, operation: str, params: dict[str, Any]) -> None:
    environ = protocol.environ(service, operation, params, {"Host": "127.0.0.1"})
    assert protocol.parse(service, environ) == (operation, params)
    assert protocol.parse(service, environ) == (operation, params), "the body can be read again"


@pytest.mark.parametrize(
    ("service", "operation", "result"),
    [
        ("eks", "DescribeCluster", {"cluster": {"name": "a", "createdAt": MOMENT, "tags": {"k": "<v>"}}}),
        ("eks", "ListClusters", {"clusters": []}),
        ("cloudformation", "DescribeStacks", {"Stacks": [{"StackName": "a", "CreationTime": MOMENT}]}),
        ("ec2", "DescribeVpcs", {"Vpcs": [{"IsDefault": False, "Tags": [{"Key": "k", "Value": ""}]}]}),
        ("ssm", "GetParameter", {"Parameter": {"Name": "n", "Value": "v", "Version": 1}}),
        ("iam", "GetRole", {"Role": {"RoleName": "x", "Path": "/", "Arn": "a", "RoleId": "i", "CreateDate": MOMENT}}),
    ],
)  # fmt: skip
def test_what_is_answered_is_read_as_it_was_meant(service: str, operation: str, result: dict[str, Any]) -> None:
    answer = protocol.response(service, operation, result)
    assert answer.status == 200
    assert _in_utc(protocol.result(service, operation, answer)) == result


def _in_utc(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_utc(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_utc(inner) for inner in value]
    return value.astimezone(UTC) if isinstance(value, datetime) else value


@pytest.mark.parametrize("service", ["eks", "cloudformation", "ec2", "ssm", "iam", "sts", "route53"])
def test_an_error_is_read_as_it_was_meant(service: str) -> None:
    operation = {"route53": "ListHostedZones", "sts": "GetCallerIdentity", "iam": "ListRoles", "ssm": "GetParameter",
                 "ec2": "DescribeVpcs", "cloudformation": "DescribeStacks", "eks": "ListClusters"}[service]  # fmt: skip
    answer = protocol.response(service, operation, AwsError("Some.Code", "it is <so> & so", 418))
    assert answer.status == 418
    with pytest.raises(AwsError) as read:
        protocol.result(service, operation, answer)
    assert (read.value.code, read.value.message, read.value.status) == ("Some.Code", "it is <so> & so", 418)


def test_an_error_of_the_model_has_its_status() -> None:
    assert protocol.response("eks", "DescribeCluster", AwsError("ResourceNotFoundException", "none")).status == 404
    assert protocol.response("eks", "CreateCluster", AwsError("ResourceInUseException", "taken")).status == 409


def test_required_parameters_are_asked_for() -> None:
    with pytest.raises(AwsError, match=r"InvalidParameterException.*resourcesVpcConfig"):
        protocol.validate("eks", "CreateCluster", {"name": "a", "roleArn": "r"})
