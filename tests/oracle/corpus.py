"""A fixed corpus of worlds, each kind of fault alone in some of them, made as far as somebody asks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from oracle.faults import FAULTS
from oracle.inventing import worlds
from oracle.judging import seen
from oracle.right_world import REGIONS
from oracle.worlds import World

import wizard.joining
from wizard.facts import Facts, Launch
from wizard.findings import Finding
from wizard.practice.boot.sequence import Boot

__all__ = ["CHECKING", "CODES", "FAULTS", "Kept", "corpus", "drawn", "invented"]

ROUNDS, OF_EACH = 3, 5
# Where the checks about joining stand, and the codes of their stops.
CHECKING: tuple[ModuleType, ...] = (
    wizard.joining,
    *(import_module(f"wizard.joining.{one.name}") for one in iter_modules(wizard.joining.__path__)),
)
CODES = sorted(
    {
        code
        for module in CHECKING
        for code in re.findall(r'\b(?:stop|finding)\(\s*"([A-Z]+\d+)"', Path(module.__file__ or "").read_text())
    }
)


@dataclass(frozen=True)
class Kept:
    """A world with what was found out about it once."""

    world: World

    @cached_property
    def boots(self) -> tuple[Boot, ...]:
        """How its machines boot."""
        return self.world.boots()

    @cached_property
    def seen(self) -> tuple[Facts, Launch, tuple[Finding, ...]]:
        """What the wizard sees and finds."""
        return seen(self.world)


def drawn(number: int, strategy: st.SearchStrategy[World], start: int) -> list[World]:
    """So many worlds; the same ``start`` gives the same ones."""
    kept: list[World] = []

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(world: World) -> None:
        kept.append(world)

    keep()
    return kept


def invented(number: int, faults: tuple[str, ...], start: int, regions: tuple[str, ...] = REGIONS) -> list[World]:
    """So many worlds with exactly these faults."""
    return drawn(number, worlds(faults, regions), start)


_made: list[Kept] = []
_to_make = [(start, name) for start in range(ROUNDS) for name in FAULTS]


def corpus() -> Iterator[Kept]:
    """All of it, in an order that brings every fault early."""
    index = 0
    while True:
        while index < len(_made):
            yield _made[index]
            index += 1
        if not _to_make:
            return
        start, name = _to_make.pop(0)
        _made.extend(map(Kept, invented(OF_EACH, (name,), start)))
