"""What each learner has solved, kept in one file of the state folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from wizard import whole_file
from wizard.places import Places

# How long another program that writes just now is waited for.
_SECONDS = 10.0


@dataclass(frozen=True)
class Done:
    """A scenario that was solved, so many ``times``: the best ``points``, the ``hints`` they cost, when (ISO 8601)."""

    points: int
    hints: int
    at: str
    times: int = 1


Progress = Mapping[str, Mapping[str, Done]]
_FORM: TypeAdapter[dict[str, dict[str, Done]]] = TypeAdapter(dict[str, dict[str, Done]])


def path_in(places: Places) -> Path:
    """The file."""
    return places.state / "practice" / "progress.json"


def read(path: Path) -> Progress | None:
    """Scenarios by their ids, by learner; None where the file is there and holds something else. Raises OSError."""
    try:
        return _FORM.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError:
        return None


def beside(path: Path) -> Path:
    """Where a file goes that holds something else, before a new one takes its place."""
    return path.with_suffix(".unreadable.json")


def record(path: Path, learner: str, scenario: str, points: int, hints: int, at: datetime) -> Done:
    """Notes that a scenario was solved. Returns the best of it. Raises OSError, and filelock.Timeout, an OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock"), timeout=_SECONDS):
        known = read(path)
        if known is None:
            path.replace(beside(path))
        learners = {name: dict(done) for name, done in (known or {}).items()}
        before = learners.get(learner, {}).get(scenario)
        now = Done(points, hints, at.isoformat(timespec="seconds"), before.times + 1 if before else 1)
        if before and before.points >= points:
            now = Done(before.points, before.hints, before.at, now.times)
        learners.setdefault(learner, {})[scenario] = now
        tree = {name: {each: asdict(one) for each, one in done.items()} for name, done in learners.items()}
        whole_file.write(path, json.dumps(tree, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    return now
