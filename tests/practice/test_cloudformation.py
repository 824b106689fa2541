"""CloudFormation over real HTTP: templates, parameters, events, waiting, rollback, deletion."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from wizard.practice.cloudformation import intrinsics, template
from wizard.practice.cloudformation.intrinsics import Scope
from wizard.practice.protocol import AwsError

GROUP = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "one", "VpcId": {"Ref": "Vpc"}}}


@pytest.fixture
def vpc(account: Any) -> str:
    made = account.client("ec2").create_vpc(CidrBlock="10.110.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    return str(made)


def body(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Parameters": {"Vpc": {"Type": "AWS::EC2::VPC::Id"}}, "Resources": resources, **sections})


def create(account: Any, text: str, vpc: str, name: str = "one", **more: Any) -> str:
    parameters = [{"ParameterKey": "Vpc", "ParameterValue": vpc}]
    arguments = {"StackName": name, "TemplateBody": text, "Parameters": parameters, **more}
    return str(account.client("cloudformation").create_stack(**arguments)["StackId"])


def at_rest(account: Any, name: str = "one") -> dict[str, Any]:
    for _ in range(100):
        stack: dict[str, Any] = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
    raise AssertionError(stack["StackStatus"])


def events(account: Any, name: str = "one") -> list[tuple[str, str]]:
    """Oldest first."""
    found = account.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    stamps = [event["Timestamp"] for event in found]
    assert stamps == sorted(stamps, reverse=True)
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(found)]


def refused(account: Any, operation: str, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        getattr(account.client("cloudformation"), operation)(**arguments)
    error = refusal.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def rules(account: Any, group_id: str, direction: str = "IpPermissionsEgress") -> list[str]:
    group = account.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    return sorted(found["CidrIp"] for rule in group[direction] for found in rule["IpRanges"])


def test_resources_are_made_in_order_and_the_waiter_waits(account: Any, vpc: str) -> None:
    ingress = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
            "IpProtocol": "tcp",
            "FromPort": "443",
            "ToPort": 443,
            "CidrIp": "10.0.0.0/16",
        },
    }
    text = body({"Rule": ingress, "Group": GROUP}, Outputs={"Id": {"Value": {"Ref": "Group"}}})
    create(account, text, vpc, Tags=[{"Key": "team", "Value": "a"}])
    cloudformation = account.client("cloudformation")
    assert cloudformation.describe_stacks(StackName="one")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    cloudformation.get_waiter("stack_create_complete").wait(StackName="one", WaiterConfig={"Delay": 0})
    stack = at_rest(account)
    group_id = stack["Outputs"][0]["OutputValue"]
    assert rules(account, group_id, "IpPermissions") == ["10.0.0.0/16"]
    assert events(account) == [
        ("one", "CREATE_IN_PROGRESS"),
        ("Group", "CREATE_IN_PROGRESS"),
        ("Group", "CREATE_IN_PROGRESS"),
        ("Group", "CREATE_COMPLETE"),
        ("Rule", "CREATE_IN_PROGRESS"),
        ("Rule", "CREATE_IN_PROGRESS"),
        ("Rule", "CREATE_COMPLETE"),
        ("one", "CREATE_COMPLETE"),
    ]
    group = account.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags == {
        "team": "a",
        "aws:cloudformation:stack-name": "one",
        "aws:cloudformation:stack-id": stack["StackId"],
        "aws:cloudformation:logical-id": "Group",
    }
    listed = cloudformation.list_stack_resources(StackName="one")["StackResourceSummaries"]
    assert {(found["LogicalResourceId"], found["ResourceStatus"]) for found in listed} == {
        ("Group", "CREATE_COMPLETE"),
        ("Rule", "CREATE_COMPLETE"),
    }
    found = cloudformation.describe_stack_resource(StackName="one", LogicalResourceId="Group")
    assert found["StackResourceDetail"]["PhysicalResourceId"] == group_id
    assert len(cloudformation.describe_stack_resources(PhysicalResourceId=group_id)["StackResources"]) == 2
    assert cloudformation.list_stacks()["StackSummaries"][0]["StackName"] == "one"


def test_inline_egress_replaces_allow_all(account: Any, vpc: str) -> None:
    egress = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}]
    restricted = {**GROUP, "Properties": {**GROUP["Properties"], "SecurityGroupEgress": egress}}  # type: ignore[dict-item]
    create(account, body({"Group": restricted, "Open": GROUP}, Outputs=outputs("Group", "Open")), vpc)
    found = {one["OutputKey"]: one["OutputValue"] for one in at_rest(account)["Outputs"]}
    assert rules(account, found["Group"]) == ["10.0.0.0/8"]
    assert rules(account, found["Open"]) == ["0.0.0.0/0"]


def outputs(*names: str) -> dict[str, Any]:
    return {name: {"Value": {"Ref": name}} for name in names}


def test_an_egress_rule_takes_the_allow_all_of_somebody_elses_group(account: Any, vpc: str) -> None:
    ec2 = account.client("ec2")
    shared = ec2.create_security_group(GroupName="shared", Description="shared", VpcId=vpc)["GroupId"]
    account.settled()
    assert rules(account, shared) == ["0.0.0.0/0"]
    egress = {"GroupId": shared, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.1.0.0/16"}
    create(account, body({"Rule": {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": egress}}), vpc)
    assert at_rest(account)["StackStatus"] == "CREATE_COMPLETE"
    assert rules(account, shared) == ["10.1.0.0/16"]


FAILING = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": ["nobody"]}, "DependsOn": "Group"}


@pytest.mark.parametrize(
    ("on_failure", "status", "left"),
    [({}, "ROLLBACK_COMPLETE", 0), ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", 1),
     ({"DisableRollback": True}, "CREATE_FAILED", 1), ({"OnFailure": "DELETE"}, "DELETE_COMPLETE", 0)],
)  # fmt: skip
def test_failure(account: Any, vpc: str, on_failure: dict[str, Any], status: str, left: int) -> None:
    text = body({"Group": GROUP, "Profile": FAILING})
    stack_id = create(account, text, vpc, Capabilities=["CAPABILITY_IAM"], **on_failure)
    assert at_rest(account, stack_id)["StackStatus"] == status
    found = account.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
    failed = [
        event
        for event in found
        if event["ResourceStatus"] == "CREATE_FAILED" and event["PhysicalResourceId"] != stack_id
    ]
    assert "The role with name nobody cannot be found" in failed[0]["ResourceStatusReason"]
    reasons = [event.get("ResourceStatusReason", "") for event in found if event["LogicalResourceId"] == "one"]
    assert any("The following resource(s) failed to create: [Profile]" in reason for reason in reasons)
    filters = [{"Name": "group-name", "Values": ["one-Group-*"]}]
    groups = account.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    assert len(groups) == left


def test_what_a_failed_stack_rolled_back_is_said_event_by_event(account: Any, vpc: str) -> None:
    create(account, body({"Group": GROUP, "Profile": FAILING}), vpc, Capabilities=["CAPABILITY_IAM"])
    at_rest(account)
    assert events(account)[-5:] == [
        ("Profile", "CREATE_FAILED"),
        ("one", "ROLLBACK_IN_PROGRESS"),
        ("Group", "DELETE_IN_PROGRESS"),
        ("Group", "DELETE_COMPLETE"),
        ("one", "ROLLBACK_COMPLETE"),
    ]
    again = {"StackName": "one", "TemplateBody": body({"Group": GROUP}), "Parameters": value(vpc)}
    assert refused(account, "create_stack", **again) == ("AlreadyExistsException", "Stack [one] already exists")


def value(vpc: str) -> list[dict[str, str]]:
    return [{"ParameterKey": "Vpc", "ParameterValue": vpc}]


def test_a_parameter_that_names_nothing_rolls_the_stack_back(account: Any) -> None:
    create(account, body({"Group": GROUP}), "vpc-00000000000000000")
    assert at_rest(account)["StackStatus"] == "ROLLBACK_COMPLETE"
    found = account.client("cloudformation").describe_stack_events(StackName="one")["StackEvents"]
    assert "parameter value vpc-00000000000000000 for parameter name Vpc does not exist" in str(found)


def test_a_deleted_stack_is_found_by_id_only(account: Any, vpc: str) -> None:
    stack_id = create(account, body({"Group": GROUP}), vpc)
    at_rest(account)
    cloudformation = account.client("cloudformation")
    cloudformation.delete_stack(StackName="one")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig={"Delay": 0})
    assert at_rest(account, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    gone = ("ValidationError", "Stack with id one does not exist")
    assert refused(account, "describe_stacks", StackName="one") == gone
    cloudformation.delete_stack(StackName="one")
    assert create(account, body({"Group": GROUP}), vpc) != stack_id


def test_a_stack_that_cannot_be_deleted_says_why(account: Any, vpc: str) -> None:
    create(account, body({"Group": GROUP}, Outputs=outputs("Group")), vpc)
    group_id = at_rest(account)["Outputs"][0]["OutputValue"]
    ec2 = account.client("ec2")
    other = ec2.create_security_group(GroupName="other", Description="other", VpcId=vpc)["GroupId"]
    account.settled()
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[pair])
    account.client("cloudformation").delete_stack(StackName="one")
    assert at_rest(account)["StackStatus"] == "DELETE_FAILED"
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[pair])
    account.client("cloudformation").delete_stack(StackName="one")
    for _ in range(10):
        account.settled()
    assert refused(account, "describe_stacks", StackName="one")[0] == "ValidationError"


def test_the_same_token_is_the_same_stack(account: Any, vpc: str) -> None:
    text = body({"Group": GROUP})
    first = create(account, text, vpc, ClientRequestToken="t1")
    assert create(account, text, vpc, ClientRequestToken="t1") == first
    again = {"StackName": "one", "TemplateBody": text, "Parameters": value(vpc), "ClientRequestToken": "t2"}
    assert refused(account, "create_stack", **again)[0] == "AlreadyExistsException"


def test_updates(account: Any, vpc: str) -> None:
    create(account, body({"Group": GROUP}), vpc)
    same = {"StackName": "one", "UsePreviousTemplate": True}
    assert "IN_PROGRESS state and can not be updated" in refused(account, "update_stack", **same)[1]
    at_rest(account)
    previous = [{"ParameterKey": "Vpc", "UsePreviousValue": True}]
    refusal = refused(account, "update_stack", **same, Parameters=previous)
    assert refusal == ("ValidationError", "No updates are to be performed.")


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (body({"A": {"Type": "AWS::EKS::Cluster"}}), "ValidationError", "resource types: [AWS::EKS::Cluster]"),
        (body({"A": FAILING | {"DependsOn": []}}), "InsufficientCapabilitiesException", "CAPABILITY_IAM"),
        (body({"A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}}), "InsufficientCapabilitiesException",
         "CAPABILITY_NAMED_IAM"),
        (body({"A": {**GROUP, "DependsOn": "B"}}), "ValidationError", "Unresolved resource dependencies [B]"),
        (body({"A": {**GROUP, "Properties": {"VpcId": {"Ref": "Nobody"}}}}), "ValidationError", "[Nobody]"),
        (body({"A": {**GROUP, "DependsOn": "B"}, "B": {**GROUP, "DependsOn": "A"}}), "ValidationError",
         "Circular dependency between resources: [A, B]"),
        (body({}), "ValidationError", "At least one Resources member must be defined"),
        ("{", "ValidationError", "JSON not well-formed"),
        ("a: [", "ValidationError", "YAML not well-formed"),
        (body({"A": GROUP}) + " " * 51_200, "ValidationError", "length less than or equal to 51200"),
    ],
)  # fmt: skip
def test_templates_that_are_refused(account: Any, text: str, code: str, says: str) -> None:
    refusal = refused(account, "create_stack", StackName="one", TemplateBody=text, Parameters=value("vpc-1"))
    assert refusal[0] == code
    assert says in refusal[1]
    assert account.client("cloudformation").list_stacks()["StackSummaries"] == []


RULES = {"AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 5000}


@pytest.mark.parametrize(
    ("about", "given", "says"),
    [
        ({"Type": "String"}, [], "Parameters: [P] must have values"),
        ({"Type": "String"}, [("P", "x"), ("Q", "y")], "Parameters: [Q] do not exist in the template"),
        ({"Type": "String", **RULES}, [("P", "A1")], "Parameter 'P' must match pattern [a-z]+"),
        ({"Type": "String", **RULES}, [("P", "a")], "Parameter 'P' must contain at least 2 characters"),
        ({"Type": "String", **RULES}, [("P", "a" * 4097)], "length less than or equal to 4096"),
        ({"Type": "String", "MaxLength": 1}, [("P", "aa")], "Parameter 'P' must contain at most 1 characters"),
        ({"Type": "String", "AllowedValues": ["a", "b"]}, [("P", "c")], "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "Number"}, [("P", "two")], "Parameter 'P' must be a number."),
        ({"Type": "Number", "MinValue": 1}, [("P", "0")], "Parameter 'P' must be a number not less than 1"),
        ({"Type": "String", "AllowedPattern": "a", "ConstraintDescription": "be an a."}, [("P", "b")],
         "Parameter 'P' must be an a."),
        ({"Type": "List<AWS::EC2::Subnet::Id>", "AllowedPattern": "subnet-.*"}, [("P", "subnet-1,x")],
         "must match pattern"),
    ],
)  # fmt: skip
def test_parameters_that_are_refused(
    account: Any, about: dict[str, Any], given: list[tuple[str, str]], says: str
) -> None:
    text = json.dumps({"Parameters": {"P": about}, "Resources": {"A": {"Type": "AWS::EC2::SecurityGroup"}}})
    parameters = [{"ParameterKey": key, "ParameterValue": found} for key, found in given]
    refusal = refused(account, "create_stack", StackName="one", TemplateBody=text, Parameters=parameters)
    assert refusal[0] == "ValidationError"
    assert says in refusal[1]


def test_summary_and_template(account: Any, vpc: str) -> None:
    text = body({"A": GROUP, "B": FAILING | {"DependsOn": []}}, Description="two")
    cloudformation = account.client("cloudformation")
    summary = cloudformation.get_template_summary(TemplateBody=text)
    assert summary["Parameters"][0] == {"ParameterKey": "Vpc", "ParameterType": "AWS::EC2::VPC::Id", "NoEcho": False}
    assert summary["Capabilities"] == ["CAPABILITY_IAM"]
    assert summary["ResourceTypes"] == ["AWS::EC2::SecurityGroup", "AWS::IAM::InstanceProfile"]
    assert cloudformation.validate_template(TemplateBody=text)["Description"] == "two"
    create(account, text, vpc, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert cloudformation.get_template(StackName="one")["TemplateBody"] == json.loads(text)


def test_what_there_is_not_is_said(account: Any) -> None:
    assert refused(account, "list_exports")[0] == "NotImplementedInPractice"


YAML = """
Mappings: {Sizes: {small: {cpu: "2"}}}
Conditions:
  Is: !Equals [!Ref P, one]
  IsNot: !Not [!Condition Is]
  Both: !And [!Condition Is, !Not [!Condition IsNot]]
  Any: !Or [!Condition IsNot, !Condition Is]
Resources: {R: {Type: T}}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Ref P", "one"),
        ("!Ref R", "r-1"),
        ("!GetAtt R.Arn", "R/Arn"),
        ("!GetAtt [R, Arn]", "R/Arn"),
        ('!Sub "${P} ${R} ${R.Arn} ${!kept}"', "one r-1 R/Arn ${kept}"),
        ('!Sub ["${a}-${P}", {a: !Ref R}]', "r-1-one"),
        ('!Join ["-", [a, !Ref P, !Ref "AWS::NoValue"]]', "a-one"),
        ("!Select [1, [a, b]]", "b"),
        ('!Select ["0", !Split [",", "x,y"]]', "x"),
        ("!FindInMap [Sizes, small, cpu]", "2"),
        ("!Base64 abc", "YWJj"),
        ("{Fn::Base64: !Sub '${P}'}", "b25l"),
        ("!If [Is, 1, 2]", 1),
        ("!If [IsNot, 1, 2]", 2),
        ("!If [Both, 1, 2]", 1),
        ("!If [Any, 1, 2]", 1),
        ('{a: !If [IsNot, 1, !Ref "AWS::NoValue"], b: 2}', {"b": 2}),
        ("2025-01-01", "2025-01-01"),
    ],
)
def test_intrinsics(text: str, expected: object) -> None:
    loaded = template.load(f"{YAML}\nOutputs: {{O: {{Value: {text}}}}}")
    scope = Scope(loaded, {"P": "one"}, {"R": "r-1"}.__getitem__, lambda name, attribute: f"{name}/{attribute}")
    assert intrinsics.resolve(loaded["Outputs"]["O"]["Value"], scope) == expected


@pytest.mark.parametrize(
    "text", ["!Select [5, [a]]", "!FindInMap [Sizes, big, cpu]", "!Join [a]", "!Cidr [a]", "!If [Never, 1, 2]"]
)
def test_intrinsics_that_do_not_work_out(text: str) -> None:
    loaded = template.load(f"{YAML}\nOutputs: {{O: {{Value: {text}}}}}")
    scope = Scope(loaded, {"P": "one"}, str, lambda name, attribute: f"{name}/{attribute}")
    with pytest.raises(AwsError):
        intrinsics.resolve(loaded["Outputs"]["O"]["Value"], scope)
