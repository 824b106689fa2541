"""An operator at the practice account, in this process."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources import twins

from wizard import engine
from wizard.doors import Doors
from wizard.events import Crashed, Done, Event, Failed
from wizard.findings import Severity
from wizard.journal import Journal
from wizard.profile import Profile

PROFILES = Path(__file__).parents[1] / "profiles"


@dataclass
class Builder:
    """Looks at the practice account and builds in it as one operator on one machine would."""

    doors: Doors
    journal: Journal
    profile: Profile

    def look(self, until: str | None = None) -> engine.View:
        return engine.look(self.doors, self.profile, until)

    def build(self, until: str | None = None) -> list[Event]:
        """Agrees to the plan and applies it; a bug of the program's is raised here."""
        stop = threading.Event()
        engine.recover(self.doors, self.journal, stop)
        plan = self.look(until).plan
        events = []
        for event in engine.build(self.doors, self.profile, plan, self.journal, stop, until):
            if isinstance(event, Crashed):
                raise event.error
            events.append(event)
        return events

    def verify(self) -> engine.View:
        return list(engine.verify(self.doors, self.profile, threading.Event()))[-1]


def builds_once(operator: Builder, account: Any) -> None:
    """Builds to Ready nodes by exactly the changes planned; a second time there is nothing to do, and no write."""
    planned = operator.look().plan
    events = operator.build()
    assert not [event for event in events if isinstance(event, Failed)]
    done = sorted(event.change.id for event in events if isinstance(event, Done))
    assert done == sorted(change.id for change in planned.changes)
    view = operator.verify()
    assert not [finding for finding in view.findings if finding.severity is not Severity.OK]
    nodes = view.facts.kubeconfig.nodes
    assert isinstance(nodes, tuple)
    assert all(node.ready for node in nodes)
    assert len(nodes) == operator.profile.nodes.desired
    assert twins(account) == []

    before = account.calls()[-1]["number"]
    assert operator.look().plan.changes == ()
    assert operator.build() == []
    assert account.writes(after=before) == []
