"""AWS is asked before a build whether it may be done, and the build then meets what was said."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from builders import Builder

from wizard import engine, permissions, words
from wizard.cloud import Access, Cloud
from wizard.doors import Doors
from wizard.events import Failed
from wizard.facts import Unknown
from wizard.findings import Finding, Severity
from wizard.plan import Call
from wizard.profile import with_settings

TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
RIGHTS = tuple(f"ACC02{number}" for number in range(8))
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {"Effect": "Deny", "Resource": "*"}


def about_rights(view: engine.View) -> list[Finding]:
    return [finding for finding in view.findings if finding.code in RIGHTS]


def codes(view: engine.View) -> list[tuple[str, str]]:
    return [(finding.code, finding.where) for finding in about_rights(view)]


def failed(operator: Builder, until: str | None = None) -> list[str]:
    return [event.finding.about["action"] for event in operator.build(until) if isinstance(event, Failed)]


def asked(account: Any, after: int) -> list[str]:
    kinds = [call for call in account.calls(after) if call["params"].get("DryRun") or "Simulate" in call["operation"]]
    return [call["operation"] for call in kinds]


def as_role(
    operator: Builder, account: Any, *statements: dict[str, Any], boundary: dict[str, Any] | None = None
) -> str:
    """Lets the operator work as a role under a path, which has these statements; returns its ARN."""
    iam = account.client("iam")
    bounded = {}
    if boundary is not None:
        document = json.dumps({"Version": "2012-10-17", "Statement": [boundary]})
        bounded["PermissionsBoundary"] = iam.create_policy(PolicyName="bound", PolicyDocument=document)["Policy"]["Arn"]
    made = iam.create_role(RoleName="op", Path="/it/", AssumeRolePolicyDocument=json.dumps(TRUST), **bounded)["Role"]
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    policy = iam.create_policy(PolicyName="own", PolicyDocument=document)["Policy"]["Arn"]
    account.settled()
    iam.attach_role_policy(RoleName="op", PolicyArn=policy)
    keys = account.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName="taro")["Credentials"]
    access = replace(operator.doors.cloud.access, access_key=keys["AccessKeyId"], secret_key=keys["SecretAccessKey"])
    operator.doors = Doors(Cloud(access), operator.doors.machine)


def test_a_plan_is_asked_about_in_few_calls_that_change_nothing(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    view = operator.look()
    assert codes(view) == [("ACC021", "account.id")]
    asks = asked(account, 0)
    assert set(asks) == {"CreateVpc", "CreateVpnGateway", "SimulatePrincipalPolicy"}
    assert len(asks) <= 10
    assert account.writes() == []
    assert view.facts.rights is not None
    assert view.facts.rights.tried == {"ec2:CreateVpc": True, "ec2:CreateVpnGateway": True}
    assert len(account.client("ec2").describe_vpcs()["Vpcs"]) == 1


def test_asked_is_for_what_is_to_be_done_and_once(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.build("role")
    assert asked(account, 0) == ["SimulatePrincipalPolicy"]
    view = operator.look("role")
    assert view.plan.changes == ()
    assert asked(account, 0) == ["SimulatePrincipalPolicy"]
    assert codes(view) == []


def test_what_is_denied_stops_its_step_and_is_what_the_build_meets(builder: Callable[..., Any], account: Any) -> None:
    account.faults({"service": "iam", "operation": "PassRole", "what": "refuse"})
    operator = builder()
    stops = {finding.where: finding for finding in about_rights(operator.look())}
    assert set(stops) == {"cluster", "nodes"}
    assert (stops["cluster"].severity, stops["cluster"].about["actions"]) == (Severity.STOP, ["iam:PassRole"])
    assert "iam:PassRole" in words.say(stops["cluster"]).says
    [event] = [event for event in operator.build("cluster") if isinstance(event, Failed)]
    assert event.change.id == "cluster"
    assert "not authorized to perform: iam:PassRole" in event.finding.about["said"]


def test_what_cloudformation_may_not_do_is_told_and_met(builder: Callable[..., Any], account: Any) -> None:
    account.faults({"service": "ec2", "operation": "CreateLaunchTemplate|DeleteLaunchTemplate", "what": "refuse"})
    operator = builder()
    found = {finding.code: finding.about["actions"] for finding in about_rights(operator.look())}
    assert found == {"ACC020": ["ec2:CreateLaunchTemplate"], "ACC025": ["ec2:DeleteLaunchTemplate"]}
    events = [event for event in operator.build() if isinstance(event, Failed)]
    assert [event.finding.code for event in events] == ["RUN006"]
    assert "not authorized to perform: ec2:CreateLaunchTemplate" in str(events[0].finding.about["reasons"])


def test_a_lacking_tag_is_told_before_the_build(builder: Callable[..., Any], account: Any) -> None:
    account.faults({"service": "ec2", "operation": "CreateVpc", "unless": '"CostCentre"', "what": "forbid"})
    operator = builder()
    finding = about_rights(operator.look("vpc"))[-1]
    assert (finding.code, finding.severity, finding.about["action"]) == ("ACC024", Severity.STOP, "ec2:CreateVpc")
    said = words.say(finding)
    assert "service control policy" in said.says
    assert "tags" in said.do
    assert account.writes() == []
    operator.profile = with_settings(operator.profile, ("tags.CostCentre='4711'",))
    assert codes(operator.look("vpc")) == [("ACC021", "account.id")]


def test_where_the_simulator_can_not_be_asked_one_sentence_says_so(builder: Callable[..., Any], account: Any) -> None:
    account.faults({"service": "iam", "operation": "SimulatePrincipalPolicy", "what": "refuse"})
    view = builder().look("vpc")
    [finding] = about_rights(view)
    assert (finding.code, finding.severity) == ("ACC022", Severity.UNKNOWN)
    assert "iam:SimulatePrincipalPolicy" in words.say(finding).says
    assert not view.stops


def test_a_simulator_that_fails_fails_no_look(builder: Callable[..., Any], account: Any) -> None:
    fault = {"what": "error", "status": 400, "code": "ValidationError", "message": "no"}
    account.faults({"operation": "SimulatePrincipalPolicy", **fault}, {"dry_runs": True, **fault})
    view = builder().look("vpc")
    assert codes(view) == [("ACC022", "account.id")]
    assert view.facts.rights is not None
    assert view.facts.rights.tried == {}


def test_the_printed_policy_is_enough_for_all_that_is_asked_and_for_the_build(
    builder: Callable[..., Any], account: Any
) -> None:
    operator = builder()
    view = operator.look()
    before = account.calls()[-1]["number"]
    as_role(operator, account, *permissions.policy(view.plan, view.facts.role.service_linked)["Statement"])
    view = operator.look()
    assert codes(view) == [("ACC021", "account.id")]
    assert view.facts.account.principal == "arn:aws:iam::123456789012:role/it/op"
    # Whether a role may be passed, and to whom, is asked once more with what each call will carry.
    assert len(asked(account, before)) < 20
    assert failed(operator) == []
    assert operator.look().plan.changes == ()


def test_a_policy_that_asks_for_the_company_s_tag(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    demand = {**DENY, "Action": "ec2:CreateVpc", "Condition": {"Null": {"aws:RequestTag/CostCentre": "true"}}}
    as_role(operator, account, ALLOW_ALL, demand)
    [finding] = about_rights(operator.look("vpc"))
    assert (finding.code, finding.where, finding.about["actions"]) == ("ACC020", "vpc", ["ec2:CreateVpc"])
    assert "aws:RequestTag/CostCentre" in words.say(finding).says
    assert "profile's tags" in words.say(finding).do
    assert failed(operator, "vpc") == ["ec2:CreateVpc"]
    operator.profile = with_settings(operator.profile, ("tags.CostCentre='4711'",))
    assert codes(operator.look("vpc")) == [("ACC021", "account.id")]


def test_a_policy_that_asks_from_where_one_calls(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    elsewhere = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}
    as_role(operator, account, ALLOW_ALL, {**DENY, "Action": "iam:CreateRole", "Condition": elsewhere})
    view = operator.look("role")
    [finding] = about_rights(view)
    assert (finding.code, finding.severity, finding.about["keys"]) == ("ACC023", Severity.UNKNOWN, ["aws:SourceVpc"])
    assert not view.stops


def test_a_boundary_is_told_as_one(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    bound = {"Effect": "Allow", "NotAction": "iam:CreateRole", "Resource": "*"}
    as_role(operator, account, ALLOW_ALL, boundary=bound)
    [finding] = about_rights(operator.look("role"))
    found = (finding.where, finding.about["actions"], finding.about["denier"])
    assert found == ("role", ["iam:CreateRole"], "boundary")
    assert "boundary" in words.say(finding).because
    assert set(failed(operator, "role")) == {"iam:CreateRole"}


def test_who_only_looks_is_told_so_and_not_stopped(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    as_role(operator, account, *permissions.reading()["Statement"])
    view = operator.look("vpc")
    assert [(finding.code, finding.severity) for finding in about_rights(view)] == [("ACC027", Severity.WARN)]
    assert not view.stops
    assert account.writes()[-1] == "iam.AttachRolePolicy"


def test_a_role_that_may_not_read_itself_is_unknown(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    as_role(operator, account, ALLOW_ALL)
    # The roles of the profile are read by other names.
    account.faults({"service": "iam", "operation": "GetRole", "unless": '"(eks|AWS)', "what": "refuse"})
    view = operator.look("vpc")
    assert isinstance(view.facts.account.principal, Unknown)
    assert [(finding.code, finding.about["action"]) for finding in about_rights(view)] == [("ACC022", "iam:GetRole")]


# The door


def test_nothing_leaves_by_the_door_of_trials_without_dry_run(builder: Callable[..., Any], account: Any) -> None:
    cloud = builder().doors.cloud
    call = Call("ec2", "CreateVpc", {"CidrBlock": "10.1.0.0/16"})
    assert cloud.try_out(call) is True
    with pytest.raises(PermissionError, match="DryRun"):
        cloud._client("ec2", "try").create_vpc(CidrBlock="10.1.0.0/16")
    with pytest.raises(PermissionError, match="DryRun"):
        cloud._client("ec2", "try").create_vpc(CidrBlock="10.1.0.0/16", DryRun=False)
    assert [call["params"].get("DryRun") for call in account.calls()] == [True]


@pytest.mark.parametrize(
    "call",
    [
        Call("ec2", "ModifyVpcAttribute", {"VpcId": "vpc-00000000", "EnableDnsSupport": {"Value": True}}),
        Call("iam", "CreateRole", {"RoleName": "x", "AssumeRolePolicyDocument": "{}"}),
        Call("eks", "CreateCluster", {"name": "x"}),
    ],
)
def test_what_knows_no_dry_run_is_never_sent(builder: Callable[..., Any], account: Any, call: Call) -> None:
    assert builder().doors.cloud.try_out(call) is None
    assert account.calls() == []


def test_an_endpoint_that_is_not_awss_is_not_trusted_with_it(account: Any) -> None:
    keys = {"access_key": account.practice.access_key_id, "secret_key": account.practice.secret_access_key}
    cloud = Cloud(Access(region=account.region, endpoint_url=account.endpoint_url, **keys))
    assert cloud.try_out(Call("ec2", "CreateVpc", {"CidrBlock": "10.1.0.0/16"})) is None
    assert account.calls() == []
    assert "AWS_ENDPOINT_URL" not in os.environ
