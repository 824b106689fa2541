"""What failed and carries our tags is replaced, in the open: its evidence is kept, it goes, a new one comes."""

import json
from collections.abc import Callable
from typing import Any

from resources import twins

from wizard.events import Done, Failed
from wizard.findings import Severity

ISSUE = {
    "code": "InsufficientFreeAddresses",
    "message": "One or more subnets have no free addresses.",
    "resourceIds": [],
}


def failed(events: list[Any]) -> list[str]:
    return [event.change.id for event in events if isinstance(event, Failed)]


def replaced(operator: Any, gone: str, code: str) -> None:
    """The look says so, the build does it, and nothing is left to do."""
    view = operator.look()
    assert {finding.code: finding.severity for finding in view.findings}[code] is Severity.NOTE
    assert not view.stops
    assert {change.id: change.verb for change in view.plan.changes}[gone] == "replace"
    events = operator.build()
    assert failed(events) == []
    assert gone in {event.change.id for event in events if isinstance(event, Done)}
    assert operator.look().plan.changes == ()
    assert not [one for one in operator.verify().findings if one.severity is not Severity.OK]


def test_a_cluster_that_failed_is_made_anew(builder: Callable[..., Any], account: Any) -> None:
    account.health("eksCluster", ISSUE, failed=True)
    operator = builder()
    assert failed(operator.build()) == ["cluster"]

    view = operator.look()
    assert {finding.code: finding.severity for finding in view.findings}["CLU521"] is Severity.NOTE
    assert not view.stops
    assert {change.id: change.verb for change in view.plan.changes}["cluster.gone"] == "replace"
    before = account.calls()[-1]["number"]
    # Nothing was mended, so the new one fails as well.
    assert failed(operator.build()) == ["cluster"]

    assert account.writes(after=before) == ["eks.DeleteCluster", "eks.CreateCluster"]
    (kept,) = operator.journal.folder.glob("evidence/*cluster.gone*")
    assert json.loads(kept.read_text())["cluster"]["health"]["issues"][0]["code"] == ISSUE["code"]
    assert twins(account) == []


def test_a_stack_that_rolled_back_is_made_anew(builder: Callable[..., Any], account: Any) -> None:
    cloudformation = account.client("cloudformation")
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": ["nobody"]}}
    tags = {"eks-wizard:cluster": "eksCluster", "eks-wizard:change": "nodes.stack"}
    cloudformation.create_stack(
        StackName="eksCluster-nodes",
        TemplateBody=json.dumps({"Resources": {"Profile": profile}}),
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    account.pass_time(600)
    account.settled()
    assert [one["StackStatus"] for one in cloudformation.describe_stacks()["Stacks"]] == ["ROLLBACK_COMPLETE"]
    operator = builder()

    replaced(operator, "nodes.stack.gone", "NODE612")

    (kept,) = operator.journal.folder.glob("evidence/*nodes.stack.gone*")
    assert "nobody" in kept.read_text()
