"""An operator at the practice account, in this process."""

import threading
from dataclasses import dataclass
from pathlib import Path

from wizard import engine
from wizard.doors import Doors
from wizard.events import Crashed, Event
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
