"""Nodes of every kind: built, found as they should be, and taken back."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from builders import PROFILES, builds_once
from resources import standing

from wizard import engine
from wizard.events import Crashed, Done, Failed
from wizard.profile import load, with_settings

KINDS = [
    ("managed-nodes.yaml", ()),
    ("bottlerocket.yaml", ()),
    pytest.param(
        "managed-nodes.yaml", ("nodes.instance_type=m7g.large", "tags={team: platform}"), marks=pytest.mark.long
    ),
    pytest.param(
        "managed-nodes.yaml",
        ("nodes.os=bottlerocket", "endpoints.services=[ec2,ecr.api,ecr.dkr,eks,s3,sts]"),
        marks=pytest.mark.long,
    ),
    pytest.param("article.yaml", ("nodes.prefix_delegation=true",), marks=pytest.mark.long),
    pytest.param("bottlerocket.yaml", ("nodes.prefix_delegation=true",), marks=pytest.mark.long),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("profile", "settings"), KINDS, ids=str)
def test_builds_once_and_is_taken_back(
    builder: Callable[..., Any], account: Any, profile: str, settings: tuple[str, ...]
) -> None:
    before = standing(account)
    operator = builder(with_settings(load(PROFILES / profile), settings))
    builds_once(operator, account)

    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    for event in engine.take_back(operator.doors, operator.profile, plan, operator.journal, threading.Event()):
        assert not isinstance(event, Crashed | Failed), event
    assert standing(account) == before


def close_the_endpoints(account: Any) -> None:
    """Somebody takes the rules of the endpoints' group away."""
    ec2 = account.client("ec2")
    mine = [{"Name": "tag:eks-wizard:change", "Values": ["endpoints.group"]}]
    [group] = ec2.describe_security_groups(Filters=mine)["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])


@pytest.mark.timeout(300)
def test_a_node_group_whose_nodes_do_not_join_says_why_and_is_made_anew(
    builder: Callable[..., Any], account: Any
) -> None:
    without = builder("managed-nodes.yaml")
    plan, failures = without.look().plan, []
    for event in engine.build(without.doors, without.profile, plan, without.journal, threading.Event()):
        if isinstance(event, Done) and event.change.id == "cluster":
            close_the_endpoints(account)
        if isinstance(event, Failed):
            failures.append(event)
    [failed] = failures
    assert failed.change.id == "nodes.group"
    assert failed.finding.code == "RUN006"
    assert failed.finding.about["reasons"] == ["NodeCreationFailure: Instances failed to join the kubernetes cluster"]

    operator = builder("managed-nodes.yaml", "other")
    view = operator.look()
    assert "NODE621" in {finding.code for finding in view.findings}
    assert "nodes.group.gone" in {change.id for change in view.plan.changes}
    assert not [event for event in operator.build() if isinstance(event, Failed)]
    # The nodes are gone with their group; what EKS said of it and what they logged is kept.
    (kept,) = operator.journal.folder.glob("evidence/*nodes.group.gone*")
    described, *logs = json.loads(kept.read_text())
    [issue] = described["nodegroup"]["health"]["issues"]
    assert issue["code"] == "NodeCreationFailure"
    assert sorted(log["InstanceId"] for log in logs) == sorted(issue["resourceIds"])
    assert all("dial tcp" in log["Output"] for log in logs)
    assert {node.ready for node in operator.verify().facts.kubeconfig.nodes} == {True}
    assert operator.look().plan.changes == ()


def test_a_group_and_a_build_that_stopped_meanwhile(builder: Callable[..., Any], account: Any) -> None:
    """The group is made, and its answer is lost: it is found again and not made twice."""
    account.faults({"service": "eks", "operation": "CreateNodegroup", "what": "reset", "when": "after", "times": 1})
    operator = builder("managed-nodes.yaml", read_seconds=2)
    assert not [event for event in operator.build() if isinstance(event, Failed)]
    assert account.client("eks").list_nodegroups(clusterName="managed")["nodegroups"] == ["nodes"]


@pytest.mark.parametrize(("os", "kind"), [("al2023", "stack"), ("bottlerocket", "stack"), ("al2023", "managed")])
def test_with_prefixes_a_node_holds_more_pods(builder: Callable[..., Any], account: Any, os: str, kind: str) -> None:
    settings = ("nodes.prefix_delegation=true", f"nodes.os={os}", f"nodes.kind={kind}")
    operator = builder(with_settings(load(PROFILES / "article.yaml"), settings))
    operator.build()
    parameters = operator.look().facts.nodes.stack.parameters
    assert parameters.get("MaxPods") == (None if kind == "managed" else "110")
    addon = account.client("eks").describe_addon(clusterName="eksCluster", addonName="vpc-cni")["addon"]
    assert addon["configurationValues"] == '{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}'
