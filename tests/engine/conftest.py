"""The engine at the practice account, in this process."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wizard import engine
from wizard.cloud import Access, Cloud
from wizard.doors import Doors, Machine
from wizard.events import Crashed, Event
from wizard.journal import Journal
from wizard.profile import Profile, load

PROFILES = Path(__file__).parents[2] / "profiles"


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


@pytest.fixture
def builder(account: Any, tmp_path: Path) -> Callable[..., Builder]:
    """Makes an operator with a machine of their own: a journal and a kubeconfig in a folder."""

    def make(profile: str | Profile = "article.yaml", folder: str = "machine", read_seconds: float = 20) -> Builder:
        access = Access(
            region=account.region,
            endpoint_url=account.endpoint_url,
            practice=True,
            access_key=account.practice.access_key_id,
            secret_key=account.practice.secret_access_key,
            time_scale=0,
            read_seconds=read_seconds,
        )
        place = tmp_path / folder
        machine = Machine({"PATH": os.environ["PATH"], "KUBECONFIG": str(place / "kubeconfig")})
        answers = load(PROFILES / profile) if isinstance(profile, str) else profile
        return Builder(Doors(Cloud(access), machine), Journal(place / "journal"), answers)

    return make
