"""What learners have solved is kept wholly, the best counts, and a broken file loses nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from screens.cli import main
from wizard.places import places
from wizard.training import progress
from wizard.training.scenario import shipped

DAY = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "practice" / "progress.json"


def test_the_best_counts(file: Path) -> None:
    assert progress.read(file) == {}
    assert progress.record(file, "kim", "one", 80, 2, DAY) == progress.Done(80, 2, DAY.isoformat(), 1)
    worse = progress.record(file, "kim", "one", 60, 3, DAY.replace(day=27))
    assert worse == progress.Done(80, 2, DAY.isoformat(), 2)
    better = progress.record(file, "kim", "one", 100, 0, DAY.replace(day=28))
    assert (better.points, better.hints, better.times) == (100, 0, 3)
    progress.record(file, "lee", "one", 50, 1, DAY)
    known = progress.read(file)
    assert known is not None
    assert {name: list(done) for name, done in known.items()} == {"kim": ["one"], "lee": ["one"]}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kim": 1}', '{"kim": {"one": {"points": "many"}}}', "\x00"])
def test_a_file_that_holds_something_else_is_kept_aside(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert progress.read(file) is None
    assert file.read_text() == content
    progress.record(file, "kim", "one", 80, 2, DAY)
    assert progress.beside(file).read_text() == content
    assert list(progress.read(file) or {}) == ["kim"]


def test_two_learners_at_once_lose_nothing(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: progress.record(file, f"learner{number}", "one", 80, 2, DAY), range(24)))
    assert len(progress.read(file) or {}) == 24


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "--report"]) == 0
    assert "Nobody has solved" in capsys.readouterr().err
    file = progress.path_in(places())
    for learner, scenario, points in (("kim", "role-made-again", 70), ("kim", "no-ecr-endpoint", 95), ("lee", "x", 1)):
        progress.record(file, learner, scenario, points, 1, DAY)
    assert main(["practice", "--report"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("kim: 165 points, 2 of ")
    titles = ["Images without credentials", "The same name, another role"]
    assert [line.split()[:2] for line in told[1:3]] == [["95", "points"], ["70", "points"]]
    assert [title in line for line, title in zip(told[1:3], titles, strict=True)] == [True, True]
    # Names tell the cause to whoever has not solved it yet.
    assert not {"no-ecr-endpoint", "role-made-again"} & set("\n".join(told).split())
    assert told[3].startswith("lee: 0 points, 0 of ")

    assert main(["practice", "--report", "--json", "--learner", "kim"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    solved = [event for event in events if event["type"] == "solved"]
    assert [(each["scenario"], each["points"], each["level"]) for each in solved] == [
        ("no-ecr-endpoint", 95, 1),
        ("role-made-again", 70, 3),
    ]
    assert solved[0]["number"] == list(shipped()).index("no-ecr-endpoint") + 1
    assert main(["practice", "--report", "--learner", "max"]) == 0
    assert "max has not solved" in capsys.readouterr().err

    file.write_text("{")
    assert main(["practice", "--report"]) == 2
    assert f"{file} can't be read" in capsys.readouterr().err


def test_a_learner_s_name_may_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress.record(progress.path_in(places()), "\x1b[31mkim", "no-ecr-endpoint", 95, 1, DAY)
    assert main(["practice", "--report"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\\x1b[31mkim" in told


def test_where_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["where"]) == 0
    assert str(progress.path_in(places())) in capsys.readouterr().out
