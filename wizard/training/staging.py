"""Building the account of a scenario, or what a profile's seed makes, in a practice account that runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wizard.practice.running import RefusedError, ask, steer
from wizard.profile_problems import Problem, ProfileError, says
from wizard.training.scenario import Loaded, Play
from wizard.training.steps import KIND, seed
from wizard.yaml_text import read_file

# AWS seconds from the last step until nodes have given up or go on failing: what is broken can be seen at once.
_UNTIL_SEEN = 400


def begin(endpoint_url: str, loaded: Loaded) -> dict[str, Any]:
    """Builds the scenario's account in an empty one, and has it judged from now on. Returns what names stand for.

    Raises ProfileError where a step can't be carried out, OSError and HTTPException.
    """
    values = _played(endpoint_url, loaded.building(), loaded.values(), seeded=True)
    wait(endpoint_url, _UNTIL_SEEN)
    # Boots are decided when somebody looks.
    try:
        steer(endpoint_url, "scenario", {**loaded.criteria(), "values": values})
    except RefusedError as error:
        path = ("solved", "rules")
        problem = Problem(
            str(loaded.path),
            loaded.document.line_of(path),
            ".".join(path),
            says("rule_refused", {"why": str(error)}, KIND),
        )
        raise ProfileError((problem,)) from error
    ask(endpoint_url, "solved")
    return values


def solve(endpoint_url: str, loaded: Loaded, values: Mapping[str, Any]) -> None:
    """Carries out the scenario's reference solution. Raises as ``begin`` does."""
    _played(endpoint_url, loaded.solving(), values, seeded=False)
    wait(endpoint_url, _UNTIL_SEEN)


def wait(endpoint_url: str, seconds: float) -> None:
    """Lets AWS seconds pass at once. Raises OSError and HTTPException."""
    steer(endpoint_url, "time", {"seconds": seconds})


def plant(endpoint_url: str, path: Path) -> None:
    """Carries out what stands in a seed; its ids are always the same. Raises as ``begin`` does."""
    document = read_file(path)
    steps = seed(document, str(path))
    lines = [document.line_of((number,)) for number in range(len(steps))]
    plays = [
        Play(step, str(path), line, str(number)) for number, (step, line) in enumerate(zip(steps, lines, strict=True))
    ]
    _played(endpoint_url, plays, {}, seeded=True)


def _played(endpoint_url: str, plays: Sequence[Play], values: Mapping[str, Any], *, seeded: bool) -> dict[str, Any]:
    steps = [play.step.data() for play in plays]
    try:
        found = steer(endpoint_url, "stage", {"steps": steps, "values": values, "seeded": seeded})["values"]
    except RefusedError as error:
        if error.step is None:
            raise
        play = plays[error.step]
        said = says("step_refused", {"why": str(error)}, KIND)
        raise ProfileError((Problem(play.file, play.line, play.path, said),)) from error
    return dict(found)
