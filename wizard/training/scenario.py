"""A scenario: an account in which something is broken, what a learner has to do there, and what counts as solved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from wizard.answer_types import Cidr, Section, Text, Whole, refused
from wizard.node_template import node_template
from wizard.plan import tags
from wizard.training.steps import PROFILES, SCENARIOS, Standing, Step, Steps, Values, block, checked, step
from wizard.yaml_text import Document, read_file

VERSION: Final = 1
CLUSTER: Final = "eksCluster"
MOST_POINTS: Final = 100
Shortcut = Literal["public_endpoint", "another_cluster", "open_to_all", "internet", "administrator"]
SHORTCUTS: Final[tuple[Shortcut, ...]] = (
    "public_endpoint", "another_cluster", "open_to_all", "internet", "administrator",
)  # fmt: skip

_Prose = Annotated[str, Text("empty", r"[\s\S]+", most=2000)]
_Title = Annotated[str, Text("empty", r"[^\n]+", most=60)]
_Line = Annotated[str, Text("empty", r"[^\n]+", most=300)]
_Code = Annotated[str, Text("finding_code", r"[A-Z]{2,4}[0-9]{3}", most=60)]
_File = Annotated[str, Text("own_profile", r"[a-z0-9][a-z0-9-]*\.yaml", most=60)]


class Hint(Section):
    """One hint; ``costs`` are points."""

    costs: Annotated[int, Whole(0, MOST_POINTS)]
    says: _Prose


class Rule(Section):
    """What has to hold at the end: a JMESPath over the answer to a read. ``says`` is told where it does not."""

    says: _Prose
    read: Annotated[Any, BeforeValidator(step)]
    holds: _Line


class Solved(Section):
    """What counts as solved, judged by the practice account."""

    nodes: Annotated[int, Whole(1, 20)] = 2
    forbidden: tuple[Shortcut, ...] = SHORTCUTS
    services_outside: tuple[Cidr, ...] = ()
    rules: tuple[Rule, ...] = ()


class Debrief(Section):
    """``line`` stands in a node's console while it is unsolved; where no log tells, ``instead`` says what does.

    ``finding`` is the code of the finding that would have told.
    """

    happened: _Prose
    line: _Line | None = None
    instead: _Prose | None = None
    finding: _Code


class Exercise(Section):
    """What the wizard begins with when it is used here: a profile of ours, and settings put over its answers."""

    profile: _File = "article.yaml"
    settings: tuple[_Line, ...] = ()


def _affordable(hints: tuple[Hint, ...]) -> tuple[Hint, ...]:
    total = sum(hint.costs for hint in hints)
    if total > MOST_POINTS:
        raise refused("hints_too_dear", total=total, most=MOST_POINTS)
    return hints


class Scenario(Section):
    """One scenario. ``exists``, ``broken`` and ``nodes`` are carried out in this order when its account is built."""

    scenario_version: Annotated[Literal[1], Whole(VERSION, VERSION)]
    title: _Title
    level: Annotated[int, Whole(1, 5)]
    story: _Prose
    task: _Prose
    exists: Standing
    values: Values = Field(default_factory=dict)
    broken: Steps = ()
    nodes: Standing = ("nodes",)
    solved: Solved = Solved()
    wizard: Exercise = Exercise()
    hints: Annotated[tuple[Hint, ...], AfterValidator(_affordable)] = ()
    debrief: Debrief
    solution: Steps


@dataclass(frozen=True)
class Play:
    """One step as it is carried out, with the file and line that it comes from."""

    step: Step
    file: str
    line: int
    path: str


@dataclass(frozen=True)
class Loaded:
    """A scenario with its id, and where it was read."""

    id: str
    path: Path
    scenario: Scenario
    document: Document

    def building(self) -> tuple[Play, ...]:
        """The steps that build its account."""
        return (*self._plays("exists"), *self._plays("broken"), *self._plays("nodes"))

    def solving(self) -> tuple[Play, ...]:
        """The steps of its reference solution."""
        return self._plays("solution")

    def values(self) -> dict[str, str]:
        """What the names in its steps stand for from the beginning: the blocks' own values, and over them its own."""
        named = [each for each in (*self.scenario.exists, *self.scenario.nodes) if isinstance(each, str)]
        found: dict[str, str] = {"nodes_template": _template()}
        for name in named:
            found.update(block(name).values)
        return {**found, **self.scenario.values}

    def criteria(self) -> dict[str, Any]:
        """What counts as solved, as the practice account takes it."""
        solved = self.scenario.solved
        return {
            "cluster": CLUSTER,
            "nodes": solved.nodes,
            "forbidden": list(solved.forbidden),
            "services_outside": [str(network) for network in solved.services_outside],
            "rules": [{"says": rule.says, "read": rule.read.data(), "holds": rule.holds} for rule in solved.rules],
        }

    def _plays(self, section: str) -> tuple[Play, ...]:
        found: list[Play] = []
        for number, each in enumerate(getattr(self.scenario, section)):
            line = self.document.line_of((section, number))
            steps = block(each).steps if isinstance(each, str) else (each,)
            found += [Play(step, str(self.path), line, f"{section}.{number}") for step in steps]
        return tuple(found)


def _template() -> str:
    """The template of the article's own nodes."""
    return node_template(on_premises_cidrs=["10.0.0.0/16"], tags=tags(CLUSTER, "nodes.stack", {}))


def load(path: Path) -> Loaded:
    """The scenario in the file at ``path``. Raises ProfileError."""
    document = read_file(path)
    return Loaded(path.stem, path, checked(document, str(path), Scenario), document)


@cache
def shipped() -> Mapping[str, Loaded]:
    """The scenarios that come with the wizard by their ids, from easy to hard."""
    found = [load(path) for path in sorted(SCENARIOS.glob("*.yaml"))]
    return {each.id: each for each in sorted(found, key=lambda each: (each.scenario.level, each.id))}


def by_level() -> Iterator[tuple[int, list[tuple[int, Loaded]]]]:
    """Each level with its shipped scenarios, which have their numbers before them."""
    for level, found in groupby(enumerate(shipped().values(), 1), key=lambda each: each[1].scenario.level):
        yield level, list(found)


def number_of(loaded: Loaded) -> int | None:
    """Its place among the shipped ones, from 1; None for one of somebody's own."""
    ours = shipped().get(loaded.id)
    return list(shipped()).index(loaded.id) + 1 if ours is not None and ours.path == loaded.path else None


def profile_of(loaded: Loaded) -> Path:
    """The profile that the wizard begins with in this scenario."""
    return PROFILES / loaded.scenario.wizard.profile
