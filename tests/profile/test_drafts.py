"""Drafts are kept at each answer and found again."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wizard import drafts
from wizard.places import Places
from wizard.profile_problems import ProfileError


@pytest.fixture
def there(tmp_path: Path) -> Places:
    return Places(state=tmp_path / "state", config=tmp_path / "config")


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_draft_is_found_again_with_all_its_answers(there: Places) -> None:
    answers = {"cluster.name": "orders", "tags": "a=b\nc=[red]x[/]", "nodes.ami": "", "cluster.version": "1.30"}
    path = drafts.new_path(there, NOW, practice=False)
    assert not path.parent.exists()
    drafts.keep(path, answers)
    (found,) = drafts.kept(there)
    assert (found.path, dict(found.answers), found.practice) == (path, answers, False)
    drafts.drop(path)
    assert drafts.kept(there) == ()


def test_the_latest_draft_comes_first_and_practice_is_told(there: Places) -> None:
    for name, at, practice in (("old", 1_000_000_000, False), ("new", 1_700_000_000, True)):
        path = drafts.new_path(there, datetime.fromtimestamp(at, UTC), practice=practice)
        drafts.keep(path, {"cluster.name": name})
        os.utime(path, (at, at))
    assert [(draft.answers["cluster.name"], draft.practice) for draft in drafts.kept(there)] == [
        ("new", True),
        ("old", False),
    ]


@pytest.mark.parametrize("text", ["", "[", "- a\n", "\x00", "unknown.path: x\n"])
def test_what_is_no_draft_is_left_out_and_left_alone(there: Places, text: str) -> None:
    path = there.state / "drafts" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert drafts.kept(there) == ()
    assert path.read_text() == text


def test_a_file_that_someone_else_wrote_is_not_written_over(there: Places) -> None:
    path = there.state / "drafts" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    with pytest.raises(ProfileError):
        drafts.keep(path, {"name": "x"})
    assert path.read_text() == "mine\n"
