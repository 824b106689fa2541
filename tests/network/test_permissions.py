"""The IAM actions of a plan: from its calls, from what AWS asks for beside them, and from what is read."""

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
import yaml
from article_facts import ARTICLE, EMPTY, FINISHED, HIDDEN
from builders import Builder

import wizard
from wizard import engine
from wizard.permissions import RESOURCE_TYPES, SERVICE_LINKED, actions, iam_action, policy, reads
from wizard.plan import Call, Plan
from wizard.profile import with_settings

# IAM takes so many characters of a managed policy, white space not counted.
LONGEST_POLICY = 6144
EXISTS = EMPTY.role.service_linked


def plan(*settings: str) -> Plan:
    return engine.judge(with_settings(ARTICLE, settings), EMPTY).plan


def test_the_actions_of_a_whole_build() -> None:
    needed = actions(plan(), EXISTS)
    assert list(needed) == sorted(set(needed))
    assert [action for action in needed if not action.partition(":")[2].startswith(("Describe", "Get", "List"))] == [
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:CreateOrUpdateTags",
        "autoscaling:DeleteAutoScalingGroup",
        "autoscaling:UpdateAutoScalingGroup",
        "cloudformation:CreateStack",
        "cloudformation:TagResource",
        "ec2:AssociateRouteTable",
        "ec2:AttachVpnGateway",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateLaunchTemplate",
        "ec2:CreateRoute",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateSubnet",
        "ec2:CreateTags",
        "ec2:CreateVpc",
        "ec2:CreateVpcEndpoint",
        "ec2:CreateVpnGateway",
        "ec2:DeleteLaunchTemplate",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteTags",
        "ec2:ModifyVpcAttribute",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:RunInstances",
        "eks:CreateAccessEntry",
        "eks:CreateAddon",
        "eks:CreateCluster",
        "eks:TagResource",
        "iam:AddRoleToInstanceProfile",
        "iam:AttachRolePolicy",
        "iam:CreateInstanceProfile",
        "iam:CreateRole",
        "iam:DeleteInstanceProfile",
        "iam:PassRole",
        "iam:RemoveRoleFromInstanceProfile",
        "iam:TagRole",
        "route53:AssociateVPCWithHostedZone",
    ]


def test_waits_and_evidence_are_reads_of_the_plan() -> None:
    needed = actions(plan())
    assert {"ec2:DescribeVpcs", "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"} <= set(needed)


def test_nothing_to_do_needs_nothing() -> None:
    done = engine.judge(ARTICLE, FINISHED).plan
    assert done.changes == ()
    assert actions(done) == ()
    assert {one["Sid"] for one in policy(done)["Statement"]} == {
        "Cloudformation",
        "Ec2",
        "Eks",
        "Iam",
        "Kms",
        "Route53",
        "Route53resolver",
        "Servicequotas",
        "Ssm",
        "Sts",
    }


@pytest.mark.parametrize(
    ("told", "services"),
    [
        ({}, ["autoscaling.amazonaws.com", "eks.amazonaws.com"]),
        ({"AWSServiceRoleForAmazonEKS": True}, ["autoscaling.amazonaws.com"]),
        ({"AWSServiceRoleForAmazonEKS": HIDDEN, "AWSServiceRoleForAutoScaling": True}, ["eks.amazonaws.com"]),
        (EXISTS, []),
    ],
)
def test_service_linked_roles_that_are_not_known_to_exist(told: Any, services: list[str]) -> None:
    assert ("iam:CreateServiceLinkedRole" in actions(plan(), told)) is bool(services)
    statements = {one["Sid"]: one for one in policy(plan(), told)["Statement"]}
    if services:
        condition = {"StringEquals": {"iam:AWSServiceName": services}}
        assert statements["ServiceLinkedRoles"]["Condition"] == condition
    else:
        assert "ServiceLinkedRoles" not in statements


def test_what_is_not_asked_for_is_not_needed() -> None:
    until_role = engine.judge(ARTICLE, EMPTY, "role").plan
    assert actions(until_role) == ("iam:AttachRolePolicy", "iam:CreateRole", "iam:GetRole",
                                   "iam:ListAttachedRolePolicies", "iam:TagRole")  # fmt: skip
    gateway_only = engine.judge(with_settings(ARTICLE, ("endpoints.services=[s3]",)), EMPTY).plan
    assert "route53:AssociateVPCWithHostedZone" not in actions(gateway_only)


def test_an_entry_for_people_passes_no_role() -> None:
    only = "endpoints.services=[s3]"
    changes = plan(only, "cluster.admins=['arn:aws:iam::123456789012:role/admin']").changes
    entries = tuple(one for one in changes if one.id == "cluster.admin.arn:aws:iam::123456789012:role/admin")
    assert len(entries) == 1
    assert actions(Plan("", "", "", "", entries)) == ("eks:CreateAccessEntry", "eks:DescribeAccessEntry",
                                                      "eks:TagResource")  # fmt: skip


def test_every_type_of_the_nodes_template_is_known_and_no_other() -> None:
    text = (resources.files(wizard) / "templates" / "nodes.yaml").read_text("utf-8")
    made = yaml.load(text, Loader=yaml.BaseLoader)["Resources"]  # noqa: S506 - it makes nothing but text
    assert {one["Type"] for one in made.values()} == set(RESOURCE_TYPES)


def test_the_policy_is_one_that_iam_takes() -> None:
    found = policy(plan("cluster.admins=['arn:aws:iam::123456789012:user/anna']"))
    assert found["Version"] == "2012-10-17"
    sids = [one["Sid"] for one in found["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(sid.isalnum() for sid in sids)
    for one in found["Statement"]:
        assert (one["Effect"], one["Resource"]) == ("Allow", "*")
        assert len({action.partition(":")[0] for action in one["Action"]}) == 1
    passed = next(one for one in found["Statement"] if one["Sid"] == "PassRole")
    assert passed["Action"] == ["iam:PassRole"]
    services = ["ec2.amazonaws.com", "eks.amazonaws.com"]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": services}}
    allowed = [action for one in found["Statement"] for action in one["Action"]]
    assert len(set(allowed)) == len(allowed)
    assert set(allowed) == {*reads(), *actions(plan("cluster.admins=['arn:aws:iam::123456789012:user/anna']"))}
    assert len(json.dumps(found, separators=(",", ":"))) <= LONGEST_POLICY


def test_a_transit_gateway_asks_for_its_service_linked_role() -> None:
    services = {service for _, service in SERVICE_LINKED.values()}
    assert "transitgateway.amazonaws.com" in services
    connect = "vpc.create.connect={transit_gateway: tgw-00000000000000001}"
    statements = policy(plan(connect), EXISTS)["Statement"]
    linked = next(one for one in statements if one["Sid"] == "ServiceLinkedRoles")
    assert linked["Condition"] == {"StringEquals": {"iam:AWSServiceName": ["transitgateway.amazonaws.com"]}}


def test_the_reads_are_those_that_looking_makes(account: Any, builder: Callable[..., Builder]) -> None:
    people = "cluster.admins=['arn:aws:iam::123456789012:role/admin', 'arn:aws:iam::123456789012:user/anna']"
    key = "nodes.volume_kms_key=arn:aws:kms:ap-northeast-1:123456789012:alias/nodes"
    settings = (people, "nodes.key_pair=operators", "nodes.ami=ami-0123456789abcdef0", key)
    operator = builder(with_settings(ARTICLE, (people,)))
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": root}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    account.client("iam").create_role(RoleName="admin", AssumeRolePolicyDocument=json.dumps(trust))
    account.client("iam").create_user(UserName="anna")
    made = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    account.client("kms").create_alias(AliasName="alias/nodes", TargetKeyId=made)
    before = account.calls()[-1]["number"]
    # What nodes may be launched with is read while they are to be launched.
    operator.look()
    builder(with_settings(ARTICLE, settings), "other").look()
    looks = account.calls(before)
    operator.build()
    before = account.calls()[-1]["number"]
    operator.look()
    connect = "vpc.create.connect={transit_gateway: tgw-00000000000000001}"
    builder(with_settings(ARTICLE, (connect,)), "third").look()
    builder(with_settings(ARTICLE, ("nodes.kind=managed",)), "managed").look()
    network = operator.look().network
    used = (
        f"vpc.use={{id: {network.vpc}, subnets: [{', '.join(str(one.id) for one in network.subnets)}]}}",
        f"security_group.use={network.control_plane_group}",
        "nodes.prefix_delegation=true",
    )
    builder(with_settings(ARTICLE, used), "fourth").look()
    # Whether a write is allowed is asked by itself: a dry run needs no right beside it.
    looks += account.calls(before)
    read = [call for call in looks if not call["params"].get("DryRun")]
    seen = {iam_action(Call(call["service"], call["operation"], {})) for call in read}
    # A transit gateway that is not there has no attachments; a stack's history is read while it is made, VPNs where
    # Kubernetes does not answer, and prefix lists where a rule or route names one.
    later = {
        "ec2:GetManagedPrefixListEntries",
        "ec2:DescribeTransitGatewayVpcAttachments",
        "cloudformation:DescribeStackEvents",
        "ec2:DescribeVpnConnections",
    }
    assert seen | later == set(reads())
