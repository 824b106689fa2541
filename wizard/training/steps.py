"""The steps of a scenario, a block or a seed: calls as data, each of which the aws CLI could make.

A step is ``ec2.CreateVpc: {CidrBlock: 10.0.0.0/16}``; beside it may stand ``keep`` (a name for a part of the answer, by
JMESPath, which later steps use as ``$name`` or ``${name}``) and ``passes`` (AWS seconds that go by afterwards).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from wizard.answer_types import Section, refused
from wizard.profile_problems import Problem, ProfileError, dotted, in_file, says, wrongs
from wizard.yaml_text import Document, Tree, read_file

KIND: Final = "scenario"
PROFILES: Final = Path(__file__).parents[2] / "profiles"
SCENARIOS: Final = PROFILES / "scenarios"
# What stands in an account, in files of profiles/scenarios/blocks; in the order in which they build on each other.
BLOCKS: Final = ("network", "roles", "endpoints", "cluster", "nodes")
_CALL = re.compile(r"[a-z][a-z0-9]*\.[A-Z][A-Za-z0-9]*")
_NAME = re.compile("[a-z][a-z0-9_]{0,39}")
_MOST_SECONDS = 100_000
_MOST_STEPS = 200
_BESIDE = ("keep", "passes")


@dataclass(frozen=True)
class Step:
    """One call; ``passes`` None leaves it to the account."""

    call: str
    params: Mapping[str, Any]
    keep: Mapping[str, str]
    passes: int | None

    def data(self) -> dict[str, Any]:
        """The step as the practice account takes it."""
        found: dict[str, Any] = {"call": self.call, "params": self.params, "keep": self.keep}
        return found if self.passes is None else {**found, "passes": self.passes}


def step(value: object) -> Step:
    """The step that a part of a file is. Raises PydanticCustomError."""
    if isinstance(value, Step):
        return value
    if not isinstance(value, dict):
        raise refused("step")
    calls = [key for key in value if key not in _BESIDE]
    if len(calls) != 1 or not _CALL.fullmatch(calls[0]):
        raise refused("step", at=calls[0]) if len(calls) == 1 else refused("step")
    params, keep, passes = value[calls[0]] or {}, value.get("keep") or {}, value.get("passes")
    if not isinstance(params, dict):
        raise refused("step", at=calls[0])
    if not isinstance(keep, dict) or not all(_NAME.fullmatch(k) and isinstance(v, str) for k, v in keep.items()):
        raise refused("step_keep", at="keep")
    if passes is not None and not (re.fullmatch("[0-9]{1,6}", str(passes)) and int(passes) <= _MOST_SECONDS):
        raise refused("step_passes", at="passes", most=_MOST_SECONDS)
    return Step(calls[0], params, keep, None if passes is None else int(passes))


def block_or_step(value: object) -> "str | Step":
    """A block's name, or a step. Raises PydanticCustomError."""
    if isinstance(value, str):
        if value not in BLOCKS:
            raise refused("block", known=", ".join(BLOCKS))
        return value
    return step(value)


def _not_too_many(value: object) -> object:
    if isinstance(value, list) and len(value) > _MOST_STEPS:
        raise refused("too_many_steps", most=_MOST_STEPS)
    return value


Steps = Annotated[tuple[Annotated[Any, BeforeValidator(step)], ...], BeforeValidator(_not_too_many)]
Standing = Annotated[tuple[Annotated[Any, BeforeValidator(block_or_step)], ...], BeforeValidator(_not_too_many)]
Values = dict[str, str]


class Block(Section):
    """A file of blocks: what the names in its steps stand for unless a scenario says otherwise, and the steps."""

    values: Values = Field(default_factory=dict)
    steps: Steps


class _Seed(Section):
    steps: Steps


@cache
def block(name: str) -> Block:
    """One of BLOCKS."""
    path = SCENARIOS / "blocks" / f"{name}.yaml"
    return checked(read_file(path), str(path), Block)


def seed(document: Document, name: str) -> tuple[Step, ...]:
    """The steps of a seed, which is a list of them. Raises ProfileError."""
    lines = {("steps", *path): line for path, line in document.lines.items()}
    whole = Document({"steps": document.tree}, lines, document.refusals)
    return tuple(checked(whole, name, _Seed).steps)


Model = TypeVar("Model", bound=Section)


def checked(document: Document, name: str, model: type[Model]) -> Model:
    """What a document of this kind says. Raises ProfileError with all that is wrong."""
    found = list(in_file(document, name, KIND))
    tree: Tree = document.tree
    if not found and not isinstance(tree, dict):
        key = "file_empty" if tree is None else "not_a_mapping"
        found.append(Problem(name, 1, "", says(key, {"given": tree}, KIND)))
    if found:
        raise ProfileError(tuple(found))
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise ProfileError(
            tuple(
                sorted(
                    (
                        Problem(name, document.line_of(each.path), dotted(each.path), says(each.key, each.about, KIND))
                        for each in wrongs(error, model)
                    ),
                    key=lambda problem: problem.line,
                )
            )
        ) from error
