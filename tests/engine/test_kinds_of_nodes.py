"""Nodes of every kind: built, found as they should be, and taken back."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from builders import PROFILES
from resources import standing, twins

from wizard import engine
from wizard.events import Crashed, Done, Failed
from wizard.findings import Severity
from wizard.profile import load, with_settings

KINDS = [
    ("managed-nodes.yaml", ()),
    ("bottlerocket.yaml", ()),
    ("managed-nodes.yaml", ("nodes.os=bottlerocket", "endpoints.services=[ec2,ecr.api,ecr.dkr,eks,s3,sts]")),
    ("article.yaml", ("nodes.prefix_delegation=true",)),
    ("bottlerocket.yaml", ("nodes.prefix_delegation=true",)),
    ("managed-nodes.yaml", ("nodes.instance_type=m7g.large", "tags={team: platform}")),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("profile", "settings"), KINDS, ids=str)
def test_builds_once_and_is_taken_back(
    builder: Callable[..., Any], account: Any, profile: str, settings: tuple[str, ...]
) -> None:
    before = standing(account)
    operator = builder(with_settings(load(PROFILES / profile), settings))
    planned = operator.look().plan

    events = operator.build()

    assert not [event for event in events if isinstance(event, Failed)]
    done = sorted(event.change.id for event in events if isinstance(event, Done))
    assert done == sorted(change.id for change in planned.changes)
    view = operator.verify()
    assert not [finding for finding in view.findings if finding.severity is not Severity.OK]
    assert len(view.facts.kubeconfig.nodes) == operator.profile.nodes.desired
    assert twins(account) == []

    number = account.calls()[-1]["number"]
    assert operator.look().plan.changes == ()
    assert operator.build() == []
    assert account.writes(after=number) == []

    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    for event in engine.take_back(operator.doors, operator.profile, plan, operator.journal, threading.Event()):
        assert not isinstance(event, Crashed | Failed), event
    assert standing(account) == before
