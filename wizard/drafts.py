"""Drafts: the answers of a wizard that has not ended, kept at each answer and found again."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wizard import profile as profiles
from wizard.answers import Answers, question_at
from wizard.places import Places
from wizard.profile_problems import ProfileError


@dataclass(frozen=True)
class Draft:
    """``at`` is when its last answer was given; ``practice`` tells that it was made in the practice account."""

    path: Path
    at: datetime
    answers: Answers
    practice: bool


_PRACTICE = "-practice"


def new_path(places: Places, now: datetime, *, practice: bool) -> Path:
    """Where a new wizard keeps its draft; nothing is written yet."""
    mark = _PRACTICE if practice else ""
    return places.state / "drafts" / f"{now:%Y%m%d-%H%M%S}-{os.getpid()}{mark}.yaml"


def keep(path: Path, answers: Answers) -> None:
    """Writes the answers so far, wholly or not at all. Raises OSError."""
    profiles.save(answers, path)


def drop(path: Path) -> None:
    """Forgets a draft whose answers stand in a profile now."""
    path.unlink(missing_ok=True)


def kept(places: Places) -> tuple[Draft, ...]:
    """The drafts that are there, the latest first; what can't be read as one is left out and left alone."""
    folder = places.state / "drafts"
    found = _readable(sorted(folder.glob("*.yaml"))) if folder.is_dir() else ()
    return tuple(sorted(found, key=lambda draft: draft.at, reverse=True))


def _readable(paths: list[Path]) -> Iterator[Draft]:
    for path in paths:
        try:
            tree = profiles.load_draft(path)
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except (ProfileError, OSError):
            continue
        answers = {name: text for name, text in tree.items() if isinstance(text, str) and question_at(name)}
        if answers:
            yield Draft(path, at, answers, practice=path.stem.endswith(_PRACTICE))
