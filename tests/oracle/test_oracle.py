"""The wizard's checks about joining against how nodes boot, in worlds that nobody thought of.

For each subnet of a launch: without a stop every node there becomes Ready; of one that does not, a stop names the
cause that its console shows; and where all become Ready there is no stop.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle.causes import CAUSES
from oracle.consoles import unexplained
from oracle.corpus import CODES, FAULTS, invented
from oracle.hiding import hidden
from oracle.inventing import worlds
from oracle.judging import disagreements, found, seen, untrue, verdicts
from oracle.worlds import World

from wizard.findings import Severity

ORDINARY, LONG = 300, 5000
# In the long form each kind of fault besides stands alone so many times.
ALONE = 100
LEAST = 20
# Always the same examples, and nothing kept between runs.
SETTINGS = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


class Counted:
    """What occurred in a run, by worlds."""

    def __init__(self) -> None:
        self.ready: Counter[bool] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()

    def hold(self, world: World) -> None:
        """Holds the two against each other in one world."""
        _, _, findings = seen(world)
        boots = world.boots()
        judged = list(verdicts(world, findings, boots))
        self.ready[all(one.is_ready for one in judged)] += 1
        self.outcomes.update({boot.outcome for one in judged for boot in one.boots})
        self.causes.update({cause for one in judged for cause in one.causes})
        self.findings.update({one.code for one in findings if one.severity is Severity.STOP})
        assert [*disagreements(world, findings, boots)] == [], world

    @property
    def share(self) -> float:
        """The share of worlds in which all nodes are Ready."""
        return self.ready[True] / self.ready.total()


def run(examples: int, test: Callable[..., Any], **given_by: Any) -> None:
    """So many examples of a test."""
    settings(SETTINGS, max_examples=examples)(given(**given_by)(test))()


def test_the_wizard_and_the_nodes_agree() -> None:
    counted = Counted()
    run(ORDINARY, counted.hold, world=worlds())
    assert 0.3 <= counted.share <= 0.7
    assert set(counted.outcomes) == {"Ready", "NotReady", "never appears"}


def test_what_may_not_be_read_is_never_right() -> None:
    run(ORDINARY // 2, refuse, data=st.data())


def refuse(data: Any) -> None:
    """Some reads are refused: no stop that is not true, no "ok" where a node does not get Ready, and never silence."""
    world = data.draw(worlds())
    facts = data.draw(hidden(seen(world)[0]))
    findings = found(facts)
    assert [*untrue(world, findings)] == [], world


def explain(world: World) -> None:
    """What a console shows is what a stop names."""
    assert [*unexplained(world, world.boots())] == [], world


def test_a_stop_names_what_the_console_shows() -> None:
    run(ORDINARY // 4, explain, world=worlds())


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thousands_of_consoles() -> None:
    run(LONG // 2, explain, world=worlds())


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thousands_of_worlds() -> None:
    """Thousands of them, in which everything that can happen does, and often enough to mean something."""
    counted = Counted()
    run(LONG, counted.hold, world=worlds())
    share = counted.share
    assert 0.3 <= share <= 0.7
    for start, name in enumerate(FAULTS):
        for world in invented(ALONE, (name,), start):
            counted.hold(world)
    print(f"{counted.ready.total()} worlds, {share:.0%} Ready in the mixed ones")
    for what in (counted.outcomes, counted.causes, counted.findings):
        print(dict(what.most_common()))
    assert {rule: counted.causes[rule] for rule in CAUSES if counted.causes[rule] < LEAST} == {}
    assert {code: counted.findings[code] for code in CODES if counted.findings[code] < LEAST} == {}
    assert min(counted.outcomes.values()) >= LEAST


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thousands_of_refusals() -> None:
    run(LONG // 2, refuse, data=st.data())
