"""Each read that a look makes is refused in turn: what AWS does not tell is said, and never taken for not there."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from wizard import engine
from wizard.events import Failed
from wizard.findings import Severity
from wizard.permissions import PREFIXES, iam_action
from wizard.plan import Call

# Who asks has to be known before anything else; nothing is said instead of it.
ALWAYS = {"sts:GetCallerIdentity"}
# Without these reads a plan may still be right; AWS itself refuses what they would have warned of.
ONLY_WARNED_OF = {
    "iam:GetPolicy",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstances",
    "ec2:GetEbsDefaultKmsKeyId",
    "eks:DescribeClusterVersions",
    "iam:SimulatePrincipalPolicy",
    "servicequotas:GetServiceQuota",
}

# The nodes' image, which is read in vain once they have one.
FOR_NEW_NODES = {"ec2:DescribeInstanceTypes", "ssm:GetParameter"}


def test_in_a_finished_account_nothing_is_planned_again(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    assert not [event for event in operator.build() if isinstance(event, Failed)]
    operator.verify()
    actions = reads(account, operator.look)
    assert len(actions) > 20
    for action in sorted(actions):
        refuse(account, action)
        view = operator.look()
        about = [finding for finding in view.findings if finding.about.get("action") == action]
        assert about, f"{action} was refused, and nothing says so"
        assert {finding.severity for finding in about} <= {Severity.UNKNOWN, Severity.STOP}
        assert [change.id for change in view.plan.changes if isinstance(change.action, Call)] == [], action
        assert view.stops == (action not in ONLY_WARNED_OF | FOR_NEW_NODES), action


def test_in_an_empty_account_nothing_is_built_on_what_is_not_known(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    for action in sorted(reads(account, operator.look)):
        refuse(account, action)
        view = operator.look()
        if action != "iam:ListAttachedRolePolicies":  # of a role that is not there
            assert [finding for finding in view.findings if finding.about.get("action") == action], action
        if view.stops:
            with pytest.raises(engine.StopsFound):
                operator.build()
        else:
            assert action in ONLY_WARNED_OF | {"iam:ListAttachedRolePolicies"}, action
    assert account.writes() == []


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeInstances",
        *(
            pytest.param(action, marks=pytest.mark.long)
            for action in ("ec2:DescribeVpcEndpoints", "eks:DescribeCluster", "eks:DescribeAddon")
        ),
    ],
)
def test_what_could_not_be_verified_is_not_ok(builder: Callable[..., Any], account: Any, action: str) -> None:
    operator = builder()
    operator.build()
    operator.verify()
    refuse(account, action)

    found = {finding.about.get("action"): finding.severity for finding in operator.verify().findings}

    assert found.get(action) is Severity.UNKNOWN


def test_a_role_that_is_given_need_not_be_read(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.build()
    operator.verify()
    facts = operator.look().facts
    used = {name: {"use": getattr(facts.role, name).arn} for name in ("cluster", "node")}
    content = operator.profile.model_dump(mode="json")
    operator.profile = type(operator.profile).model_validate({**content, "role": {**content["role"], **used}})
    refuse(account, "iam:GetRole")

    view = operator.look()

    assert not view.stops
    assert view.plan.changes == ()
    hidden = replace(facts.cluster, access_entries=())
    entry = engine.judge(operator.profile, replace(view.facts, cluster=hidden)).plan.changes[0]
    assert isinstance(entry.action, Call)
    assert entry.action.params["principalArn"] == used["node"]["use"]


def reads(account: Any, look: Callable[[], Any]) -> set[str]:
    """The IAM actions of the reads that a look makes."""
    before = account.calls()[-1]["number"] if account.calls() else 0
    look()
    read = [call for call in account.calls(before) if not call["params"].get("DryRun")]
    return {iam_action(Call(call["service"], call["operation"], {})) for call in read} - ALWAYS


def refuse(account: Any, action: str) -> None:
    """Lets AWS refuse every call of one action, and no other."""
    prefix, operation = action.split(":")
    service = {iam: name for name, iam in PREFIXES.items()}.get(prefix, prefix)
    account.faults({"service": service, "operation": operation, "times": None, "what": "refuse"})
