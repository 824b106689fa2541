"""What AWS is asked about a plan: each action on what its call is about, in the context that the call will have."""

from collections.abc import Mapping
from dataclasses import replace

import botocore.session
import pytest
from article_facts import ARTICLE, EMPTY, FINISHED, changed, role

from wizard import engine
from wizard.facts import Facts, Question, known
from wizard.permissions import actions
from wizard.plan import Plan
from wizard.profile import with_settings
from wizard.rights.questions import batches, is_by_cloudformation, is_of_the_call, questions, trials

HERE = "ap-northeast-1:123456789012"
ROLES = "arn:aws:iam::123456789012:role"
NOBODY = "0" * 17


def plan(*settings: str, facts: Facts = EMPTY) -> Plan:
    return engine.judge(with_settings(ARTICLE, settings), facts).plan


def asked(*settings: str, facts: Facts = EMPTY) -> Mapping[Question, tuple[str, ...]]:
    return questions(plan(*settings, facts=facts), facts)


def about(action: str, found: Mapping[Question, tuple[str, ...]]) -> list[tuple[str, dict[str, tuple[str, ...]]]]:
    return [(one.resource, dict(one.context)) for one in found if one.action == action]


def test_every_action_that_the_calls_need_is_asked_about() -> None:
    wanted = plan()
    own = {action for action in actions(wanted, EMPTY.role.service_linked) if "*" not in action}
    found = {question.action for question in questions(wanted, EMPTY)}
    assert "autoscaling:DescribeAutoScalingGroups" in found
    # What its waits read has been read by then.
    assert {action.partition(":")[2][:4] for action in own - found} <= {"Desc", "List", "GetR"}
    assert found - own == {"autoscaling:DescribeAutoScalingGroups"}


def test_nothing_is_asked_about_a_finished_plan() -> None:
    assert asked(facts=FINISHED) == {}
    assert trials(plan(facts=FINISHED)) == {}


def test_steps_come_with_what_they_need() -> None:
    found = asked()
    [group] = [steps for one, steps in found.items() if one.action == "ec2:CreateSecurityGroup"
               and one.resource.endswith(f"security-group/sg-{NOBODY}") and not is_by_cloudformation(one)]  # fmt: skip
    assert group == ("endpoints", "security_group")


def test_roles_are_asked_about_by_path_boundary_and_policy() -> None:
    boundary = "arn:aws:iam::123456789012:policy/bound"
    found = asked("role.path=/it/", f"role.permissions_boundary={boundary}", "tags.CostCentre='4711'")
    for name in ("eksClusterRole", "eksNodeRole"):
        arn = f"{ROLES}/it/{name}"
        [keys] = [keys for resource, keys in about("iam:CreateRole", found) if resource == arn]
        assert keys["iam:PermissionsBoundary"] == (boundary,)
        assert keys["aws:RequestTag/CostCentre"] == ("4711",)
        assert keys["aws:RequestedRegion"] == ("us-east-1",)
    attached = about("iam:AttachRolePolicy", found)
    assert len(attached) == 5
    assert {keys["iam:PolicyARN"][0].rpartition("/")[2] for _, keys in attached} >= {"AmazonEKSClusterPolicy"}
    assert {keys["iam:PermissionsBoundary"] for _, keys in attached} == {(boundary,)}
    passed = sorted((resource, keys["iam:PassedToService"][0]) for resource, keys in about("iam:PassRole", found))
    assert passed == [
        (f"{ROLES}/it/eksClusterRole", "eks.amazonaws.com"),
        (f"{ROLES}/it/eksNodeRole", "ec2.amazonaws.com"),
        (f"{ROLES}/it/eksNodeRole", "ec2.amazonaws.com"),
    ]


def test_a_given_role_is_passed_under_its_own_arn() -> None:
    given = replace(role("eksNodeRole", "role.node", "ec2.amazonaws.com", ()), arn=f"{ROLES}/company/eksNodeRole")
    facts = changed(EMPTY, "role", node=given)
    found = about("iam:PassRole", asked(f"role.node.use={given.arn}", facts=facts))
    assert {resource for resource, _ in found} == {f"{ROLES}/eksClusterRole", given.arn}


def test_a_service_linked_role_is_asked_about_where_it_is_missing() -> None:
    facts = changed(EMPTY, "role", service_linked={"AWSServiceRoleForAutoScaling": True})
    [(resource, keys)] = about("iam:CreateServiceLinkedRole", asked(facts=facts))
    assert resource == f"{ROLES}/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"
    assert keys["iam:AWSServiceName"] == ("eks.amazonaws.com",)


@pytest.mark.parametrize(
    ("action", "resources"),
    [
        ("ec2:CreateVpc", {f"vpc/vpc-{NOBODY}"}),
        ("ec2:CreateSubnet", {f"subnet/subnet-{NOBODY}", f"vpc/vpc-{NOBODY}"}),
        ("ec2:CreateRoute", {f"route-table/rtb-{NOBODY}"}),
        ("ec2:AttachVpnGateway", {f"vpc/vpc-{NOBODY}", f"vpn-gateway/vgw-{NOBODY}"}),
    ],
)
def test_what_is_not_made_yet_has_an_id_that_nobody_has(action: str, resources: set[str]) -> None:
    found = {resource for resource, _ in about(action, asked())}
    assert found == {f"arn:aws:ec2:{HERE}:{resource}" for resource in resources}


def test_what_stands_already_is_asked_about_by_its_id() -> None:
    facts = replace(FINISHED, endpoints=replace(FINISHED.endpoints, endpoints=()))
    found = {resource.rpartition(":")[2] for resource, _ in about("ec2:CreateVpcEndpoint", asked(facts=facts))}
    assert found == {
        "vpc/vpc-00000000000000001", f"vpc-endpoint/vpce-{NOBODY}", "route-table/rtb-00000000000000001",
        "subnet/subnet-00000000000000001", "subnet/subnet-00000000000000002", "security-group/sg-00000000000000001",
    }  # fmt: skip


def test_tags_go_with_what_is_tagged_and_with_nothing_else() -> None:
    found = asked("tags.CostCentre='4711'")
    for action in ("ec2:CreateVpc", "eks:CreateCluster", "eks:TagResource", "cloudformation:CreateStack"):
        assert all(keys["aws:RequestTag/CostCentre"] == ("4711",) for _, keys in about(action, found)), action
    for action in ("ec2:AttachVpnGateway", "iam:AttachRolePolicy", "iam:PassRole"):
        assert not any(key.startswith(("aws:RequestTag", "aws:TagKeys")) for _, keys in about(action, found)
                       for key in keys), action  # fmt: skip
    created = {keys["ec2:CreateAction"][0] for _, keys in about("ec2:CreateTags", found) if "ec2:CreateAction" in keys}
    assert {"CreateVpc", "CreateSubnet", "CreateVpcEndpoint", "AuthorizeSecurityGroupIngress"} <= created


def test_what_cloudformation_does_is_asked_about_as_called_by_it() -> None:
    found = asked()
    assert {one.action for one in found if is_by_cloudformation(one)} >= {
        "autoscaling:CreateAutoScalingGroup", "ec2:CreateLaunchTemplate", "ec2:RunInstances",
    }  # fmt: skip
    assert not any(is_by_cloudformation(one) for one in found if one.action.startswith(("cloudformation", "eks")))
    kinds = {keys["ec2:InstanceType"] for _, keys in about("ec2:RunInstances", found)}
    assert kinds == {("m5.large",)}


def test_the_image_that_is_started_is_asked_about_where_it_is_known() -> None:
    """Companies let instances be started from images of their choice; an image's ARN names no account."""
    image = EMPTY.nodes.ami
    assert known(image)
    resources = {resource for resource, _ in about("ec2:RunInstances", asked())}
    assert f"arn:aws:ec2:ap-northeast-1::image/{image.id}" in resources
    managed = {resource for resource, _ in about("ec2:RunInstances", asked("nodes.kind=managed"))}
    assert not any("image/" in resource for resource in managed)


def test_a_managed_node_group_is_tried_with_the_caller_s_rights() -> None:
    found = asked("nodes.kind=managed")
    assert {f"{ROLES}/eksNodeRole"} == {
        resource for resource, keys in about("iam:PassRole", found)
        if keys["iam:PassedToService"] == ("eks.amazonaws.com",) and "Node" in resource
    }  # fmt: skip
    tagged = [resource for resource, keys in about("ec2:CreateTags", found)
              if "ec2:CreateAction" not in keys and "aws:CalledVia" not in keys]  # fmt: skip
    assert tagged == [f"arn:aws:ec2:{HERE}:instance/i-{NOBODY}"]
    assert "autoscaling:CreateAutoScalingGroup" not in {one.action for one in found}


def test_in_china_names_are_others() -> None:
    account = replace(EMPTY.account, partition="aws-cn", region="cn-north-1")
    found = asked("account.region=cn-north-1", facts=replace(EMPTY, account=account))
    passed = {keys["iam:PassedToService"][0] for _, keys in about("iam:PassRole", found)}
    assert passed == {"eks.amazonaws.com", "ec2.amazonaws.com.cn"}
    assert all(one.resource == "*" or one.resource.startswith("arn:aws-cn:") for one in found)
    assert {keys["aws:RequestedRegion"] for _, keys in about("iam:CreateRole", found)} == {("cn-north-1",)}


def test_what_is_known_in_full_is_tried_once_for_each_action() -> None:
    assert set(trials(plan())) == {"ec2:CreateVpc", "ec2:CreateVpnGateway"}
    facts = replace(FINISHED, endpoints=replace(FINISHED.endpoints, endpoints=()))
    assert set(trials(plan(facts=facts))) == {"ec2:CreateVpcEndpoint"}


def test_the_first_questions_are_few_and_the_exact_ones_carry_all() -> None:
    found = list(asked())
    coarse, exact = batches(found, exact=False), batches(found, exact=True)
    assert len(coarse) <= 8 < len(exact)
    for some in (coarse, exact):
        assert sorted((one for batch in some for one in batch.questions), key=str) == sorted(found, key=str)
        assert all(one.action in batch.actions and one.resource in batch.resources
                   for batch in some for one in batch.questions)  # fmt: skip
    assert all(batch.context == one.context for batch in exact for one in batch.questions)
    assert {key for batch in coarse for key, _ in batch.context} == {
        "aws:RequestedRegion", "aws:SecureTransport", "ec2:Region",
    }  # fmt: skip


def test_every_context_is_sorted_and_holds_each_key_once() -> None:
    for question in asked():
        keys = [key for key, _ in question.context]
        assert keys == sorted(set(keys))


def test_every_action_is_one_of_its_service() -> None:
    services = {"ec2": "ec2", "iam": "iam", "eks": "eks", "autoscaling": "autoscaling", "route53": "route53",
                "cloudformation": "cloudformation"}  # fmt: skip
    # Permissions that are no operations.
    only = {"iam:PassRole", "cloudformation:TagResource"}
    session = botocore.session.get_session()
    for question in {*asked(), *asked("nodes.kind=managed")}:
        service, _, operation = question.action.partition(":")
        if question.action not in only:
            assert operation in session.get_service_model(services[service]).operation_names


@pytest.mark.parametrize(
    ("key", "decided"),
    [
        ("aws:RequestTag/CostCentre", True), ("aws:requesttag/x", True), ("aws:TagKeys", True),
        ("iam:PermissionsBoundary", True), ("iam:PassedToService", True), ("aws:CalledViaFirst", True),
        ("aws:SourceVpc", False), ("aws:SourceIp", False), ("aws:ResourceTag/owner", False),
        ("aws:MultiFactorAuthPresent", False),
    ],
)  # fmt: skip
def test_which_keys_a_call_decides(key: str, decided: bool) -> None:
    assert is_of_the_call(key) is decided
