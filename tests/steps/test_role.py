"""The role step: whose the roles are, whom they trust, what they may do."""

import json
from dataclasses import replace
from typing import Any

import pytest
from article_facts import (
    ACCOUNT,
    CLUSTER_POLICIES,
    EMPTY,
    FINISHED,
    HIDDEN,
    NODE_POLICIES,
    changed,
    policies,
)
from step_cases import Findings, Plans, call_of, changes, checked, shown

from wizard.facts import Facts, known
from wizard.steps.role.trust import with_service

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
USE_CLUSTER = f"role.cluster.use=arn:aws:iam::{ACCOUNT}:role/eksClusterRole"
USE_NODE = f"role.node.use=arn:aws:iam::{ACCOUNT}:role/platform/eksNodeRole"
ONE_POLICY = "role.cluster_policies=[AmazonEKSClusterPolicy]"


def with_role(which: str, **fields: Any) -> Facts:
    """The finished build with one role otherwise."""
    found = getattr(FINISHED.role, which)
    assert known(found)
    return changed(FINISHED, "role", **{which: replace(found, **fields)})


BOTH = ("ROLE109 ok role.cluster", "ROLE109 ok role.node")
OBSOLETE = "ROLE104 note role.cluster_policies"


def trusting(service: str, **more: Any) -> str:
    """A trust policy of one statement."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Id": "company", "Statement": statement})


CONDITIONAL = trusting("ec2.amazonaws.com", Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
OF_AWS = "/aws-service-role/eks.amazonaws.com/"

CHECKS = (
    Findings("nothing there", EMPTY, (OBSOLETE,)),
    Findings("nothing there, without the obsolete policy", EMPTY, (), (ONE_POLICY,)),
    Findings("both there", FINISHED, (OBSOLETE, *BOTH)),
    Findings("the obsolete policy may stay on the role", FINISHED, BOTH, (ONE_POLICY,)),
    Findings("the obsolete policy by its ARN", EMPTY, (OBSOLETE,), (f"role.cluster_policies=[{CLUSTER_POLICIES[1]}]",)),
    Findings(
        "somebody else's cluster role of this name",
        with_role("cluster", tags={}),
        ("ROLE101 stop role.cluster", OBSOLETE, BOTH[1]),
    ),
    Findings(
        "another cluster's node role of this name",
        with_role("node", tags={"eks-wizard:cluster": "other", "eks-wizard:change": "role.node"}),
        ("ROLE101 stop role.node", OBSOLETE, BOTH[0]),
    ),
    Findings(
        "one role for both",
        with_role("node", tags={"eks-wizard:cluster": "eksCluster", "eks-wizard:change": "role.cluster"}),
        ("ROLE101 stop role.node", OBSOLETE, BOTH[0]),
    ),
    Findings(
        "the cluster role trusts EC2",
        with_role("cluster", trusts=("ec2.amazonaws.com",)),
        ("ROLE102 stop role.cluster", OBSOLETE, BOTH[1]),
    ),
    Findings(
        "the node role trusts nobody", with_role("node", trusts=()), ("ROLE102 stop role.node", OBSOLETE, BOTH[0])
    ),
    Findings(
        "a role of the company's that trusts another service",
        with_role("cluster", trusts=("ec2.amazonaws.com",), trust=trusting("ec2.amazonaws.com"), tags={}),
        ("ROLE110 note role.cluster", OBSOLETE, BOTH[1]),
        (USE_CLUSTER,),
    ),
    Findings(
        "a role whose trust has a condition",
        with_role("node", trusts=(), trust=CONDITIONAL),
        ("ROLE102 stop role.node", OBSOLETE, BOTH[0]),
    ),
    Findings(
        "a role of AWS's own",
        with_role("cluster", trusts=(), trust=trusting("eks-fargate.amazonaws.com"), path=OF_AWS, tags={}),
        ("ROLE102 stop role.cluster", OBSOLETE, BOTH[1]),
        (USE_CLUSTER,),
    ),
    Findings(
        "more trust than needed is enough",
        with_role("node", trusts=("eks.amazonaws.com", "ec2.amazonaws.com")),
        (OBSOLETE, *BOTH),
    ),
    Findings(
        "a policy is missing on a role of ours, so it will be attached",
        with_role("cluster", policies=CLUSTER_POLICIES[:1]),
        (OBSOLETE, BOTH[1]),
    ),
    Findings(
        "a policy is missing on a role that is not ours to change",
        with_role("cluster", policies=CLUSTER_POLICIES[:1], tags={}),
        ("ROLE103 note role.cluster", OBSOLETE, BOTH[1]),
        (USE_CLUSTER,),
    ),
    Findings("a given role is complete", with_role("node", tags={}), (OBSOLETE, *BOTH), (USE_NODE,)),
    Findings("a given role is not there", EMPTY, (OBSOLETE, "ROLE107 stop role.node"), (USE_NODE,)),
    Findings(
        "a policy does not exist",
        changed(EMPTY, "role", policies={**EMPTY.role.policies, CLUSTER_POLICIES[0]: False}),
        (OBSOLETE, "ROLE105 stop role.cluster_policies"),
    ),
    Findings(
        "the boundary does not exist",
        changed(EMPTY, "role", policies={**EMPTY.role.policies, BOUNDARY: False}),
        (OBSOLETE, "ROLE105 stop role.permissions_boundary"),
        (f"role.permissions_boundary={BOUNDARY}",),
    ),
    Findings(
        "a policy can't be looked at",
        changed(EMPTY, "role", policies={**EMPTY.role.policies, BOUNDARY: HIDDEN}),
        (OBSOLETE, "ROLE190 unknown role"),
        (f"role.permissions_boundary={BOUNDARY}",),
    ),
    Findings(
        "a service-linked role will be made by AWS",
        changed(
            EMPTY, "role", service_linked={"AWSServiceRoleForAmazonEKS": False, "AWSServiceRoleForAutoScaling": True}
        ),
        (OBSOLETE, "ROLE106 note role"),
    ),
    Findings(
        "a service-linked role of node groups is missing",
        changed(EMPTY, "role", service_linked={"AWSServiceRoleForAmazonEKSNodegroup": False}),
        (OBSOLETE, "ROLE106 note role"),
        ("nodes.kind=managed",),
    ),
    Findings(
        "a service-linked role can't be looked at",
        changed(EMPTY, "role", service_linked={"AWSServiceRoleForAmazonEKS": HIDDEN}),
        (OBSOLETE, "ROLE190 unknown role"),
    ),
    Findings(
        "our role under another path", with_role("node", path="/eks/"), (OBSOLETE, "ROLE108 note role.node", *BOTH)
    ),
    Findings(
        "our role with another boundary",
        FINISHED,
        (OBSOLETE, "ROLE108 note role.cluster", "ROLE108 note role.node", *BOTH),
        (f"role.permissions_boundary={BOUNDARY}",),
    ),
    Findings(
        "a given role may have any path and boundary",
        with_role("node", path="/platform/", permissions_boundary=BOUNDARY, tags={}),
        (OBSOLETE, *BOTH),
        (USE_NODE,),
    ),
    Findings(
        "a role can't be looked at",
        changed(FINISHED, "role", cluster=HIDDEN),
        (OBSOLETE, BOTH[1], "ROLE190 unknown role.cluster"),
    ),
    Findings(
        "a role's policies can't be looked at",
        with_role("node", policies=HIDDEN),
        (OBSOLETE, BOTH[0], "ROLE190 unknown role.node"),
    ),
)

CLUSTER_ROLE = (
    "role.cluster create iam.CreateRole",
    "role.cluster.policy.AmazonEKSClusterPolicy create iam.AttachRolePolicy < role.cluster",
    "role.cluster.policy.AmazonEKSServicePolicy create iam.AttachRolePolicy < role.cluster",
)
NODE_ROLE = (
    "role.node create iam.CreateRole",
    "role.node.policy.AmazonEKSWorkerNodePolicy create iam.AttachRolePolicy < role.node",
    "role.node.policy.AmazonEKS_CNI_Policy create iam.AttachRolePolicy < role.node",
    "role.node.policy.AmazonEC2ContainerRegistryPullOnly create iam.AttachRolePolicy < role.node",
)

PLANS = (
    Plans("nothing there", EMPTY, (*CLUSTER_ROLE, *NODE_ROLE)),
    Plans("both there", FINISHED, ()),
    Plans("the cluster role is there", changed(FINISHED, "role", node=None), NODE_ROLE),
    Plans("one policy is enough", EMPTY, (*CLUSTER_ROLE[:2], *NODE_ROLE), (ONE_POLICY,)),
    Plans("a policy that nobody asks for is left alone", FINISHED, (), (ONE_POLICY,)),
    Plans(
        "made, and then interrupted",
        with_role("node", policies=NODE_POLICIES[:2]),
        ("role.node.policy.AmazonEC2ContainerRegistryPullOnly modify iam.AttachRolePolicy",),
    ),
    Plans(
        "a policy of the company's own",
        EMPTY,
        (
            "role.cluster create iam.CreateRole",
            "role.cluster.policy.own create iam.AttachRolePolicy < role.cluster",
            *NODE_ROLE,
        ),
        (f"role.cluster_policies=[arn:aws:iam::{ACCOUNT}:policy/eks/own]",),
    ),
    Plans(
        "a given role gets the policies that it lacks",
        with_role("node", policies=NODE_POLICIES[1:], tags={}),
        ("role.node.policy.AmazonEKSWorkerNodePolicy modify iam.AttachRolePolicy",),
        (USE_NODE,),
    ),
    Plans(
        "a given role whose policies can't be seen stays", with_role("node", policies=HIDDEN, tags={}), (), (USE_NODE,)
    ),
    Plans("a given role is never made", EMPTY, NODE_ROLE, (USE_CLUSTER,)),
    Plans(
        "a given role that trusts another service",
        with_role("cluster", trusts=("ec2.amazonaws.com",), trust=trusting("ec2.amazonaws.com"), tags={}),
        ("role.cluster.trust modify iam.UpdateAssumeRolePolicy",),
        (USE_CLUSTER,),
    ),
    Plans(
        "a given role whose trust has a condition stays",
        with_role("node", trusts=(), trust=CONDITIONAL, tags={}),
        (),
        (USE_NODE,),
    ),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("role", case) == tuple(sorted(case.found))


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_plan(case: Plans) -> None:
    assert shown(changes("role", case)) == case.changes


def test_a_role_is_made_with_path_boundary_tags_and_trust() -> None:
    settings = ("role.path=/platform/eks/", f"role.permissions_boundary={BOUNDARY}", "tags.Department=network")
    params = dict(call_of("role", "role.node", Plans("", EMPTY, (), settings)).params)
    trust = json.loads(params.pop("AssumeRolePolicyDocument"))
    assert params == {
        "RoleName": "eksNodeRole",
        "Path": "/platform/eks/",
        "PermissionsBoundary": BOUNDARY,
        "Tags": [
            {"Key": "Department", "Value": "network"},
            {"Key": "eks-wizard:cluster", "Value": "eksCluster"},
            {"Key": "eks-wizard:change", "Value": "role.node"},
        ],
    }
    assert trust["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]


def test_no_boundary_is_no_parameter() -> None:
    assert "PermissionsBoundary" not in call_of("role", "role.cluster", Plans("", EMPTY, ())).params


def test_policies_lie_in_the_partition_of_the_account() -> None:
    china = replace(EMPTY, account=replace(EMPTY.account, partition="aws-cn"))
    call = call_of("role", "role.cluster.policy.AmazonEKSClusterPolicy", Plans("", china, ()))
    assert call.params["PolicyArn"] == "arn:aws-cn:iam::aws:policy/AmazonEKSClusterPolicy"
    assert policies("AmazonEKSClusterPolicy") != (call.params["PolicyArn"],)


EKS = "eks.amazonaws.com"
ADDED = {"Effect": "Allow", "Principal": {"Service": EKS}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("there", "after"),
    [
        (json.loads(trusting("ec2.amazonaws.com"))["Statement"], 1),
        ([{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}], 1),
        ([{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}, ADDED | {"Principal": {}}], 2),
        ([ADDED | {"Principal": {"Service": ["ec2.amazonaws.com", EKS]}, "Action": "sts:TagSession"}], None),
        ([ADDED | {"Effect": "Deny"}], None),
        ([{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}], None),
        ([{"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": "sts:AssumeRole"}], None),
        (["no statement"], None),
    ],
    ids=str,
)
def test_trust_is_added_to_what_is_there(there: Any, after: int | None) -> None:
    policy = {"Version": "2008-10-17", "Id": "company", "Statement": there}
    role = replace(FINISHED.role.cluster, trusts=(), trust=json.dumps(policy))  # type: ignore[type-var]
    found = with_service(role, EKS)
    if after is None:
        assert found is None
        return
    kept = there if isinstance(there, list) else [there]
    assert len(kept) == after
    assert json.loads(found or "") == {**policy, "Statement": [*kept, ADDED]}


@pytest.mark.parametrize("trust", ["", "[]", "{}", "no JSON"])
def test_a_trust_policy_that_cannot_be_read_stays(trust: str) -> None:
    assert with_service(replace(FINISHED.role.cluster, trusts=(), trust=trust), EKS) is None  # type: ignore[type-var]
