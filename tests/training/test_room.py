"""The training room: full screen, line by line, and where nobody can be asked."""

import asyncio
import io
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from keyboard import Keyboard
from screen_text import assert_golden
from textual.pilot import Pilot
from textual.widgets import OptionList

from screens import practising, streams
from screens.arguments import parse
from screens.cli import main
from screens.practice_exercise import ExerciseScreen
from screens.practice_room import RoomApp
from screens.stopping import Stopping
from wizard.places import places
from wizard.practice import process
from wizard.training import progress, staging
from wizard.training.scenario import shipped

HOUSE = Path(__file__).parents[2]
FILES = ("practice.py", "practice_console.py", "practice_exercise.py", "practice_plain.py", "practice_room.py",
         "practice_serve.py", "practising.py")  # fmt: skip
NAME = "no-ecr-endpoint"


def test_each_label_is_used_and_each_used_one_is_there() -> None:
    labels = yaml.safe_load((HOUSE / "wizard" / "words" / "screens" / "practice.yaml").read_text("utf-8"))
    code = "\n".join((HOUSE / "screens" / file).read_text("utf-8") for file in FILES)
    used = set(re.findall(r"""label\(\s*f?["']practice\.(\w+)["']""", code))
    assert used <= set(labels)
    # Put together from a level, a state and a shortcut.
    made = {key for key in labels if re.match("level_|state_|hurdle_", key)}
    assert set(labels) - used - made == set()


class Room(Keyboard):
    """A learner who has no mouse and reads the screen."""

    def __init__(self, app: RoomApp, pilot: Pilot[Any]) -> None:
        super().__init__(pilot)
        self.app: RoomApp = app

    @property
    def exercise(self) -> ExerciseScreen:
        found = self.app.exercise
        assert found is not None
        return found

    async def open(self, name: str) -> None:
        """Chooses an exercise, and waits until its account stands."""
        await self.until(lambda: "Level 1" in self.text)
        exercises = self.app.screen.query_one("#exercises", OptionList)
        exercises.highlighted = exercises.get_option_index(name)
        await self.press("enter")
        await self.until(lambda: self.app.exercise is not None and self.app.exercise.now is not None)
        await self.pilot.pause()

    async def do(self, name: str) -> None:
        """Chooses what can be done in an exercise."""
        doings = self.exercise.query_one("#doings", OptionList)
        doings.highlighted = doings.get_option_index(name)
        doings.focus()
        await self.press("enter")
        await self.pilot.pause()

    async def golden(self, name: str) -> None:
        for size in ((80, 24), (120, 40)):
            await self.pilot.resize_terminal(*size)
            await self.pilot.pause()
            # Machines are not all equally fast, and what a stack makes has other ids each time.
            ids, moments = r"i-[0-9a-f]{17}", r"\[ {3}\d\d\.\d{6}\]"
            hidden = ((ids, "i-0123456789abcdef0"), (moments, "[   42.000000]"))
            await assert_golden(self.pilot, f"{name}-{size[0]}", *hidden)
        await self.pilot.resize_terminal(80, 24)


def room(act: Callable[[Room], Awaitable[None]], *argv: str) -> RoomApp:
    """Shows the room while ``act`` uses it."""

    async def use() -> RoomApp:
        arguments = parse(["practice", "--learner", "kim", "--time-scale", "0", *argv])
        app = RoomApp(arguments, Stopping(b""), None)
        async with app.run_test(size=(80, 24)) as pilot:
            await act(Room(app, pilot))
        app.end()
        return app

    return asyncio.run(use())


def test_an_exercise_from_the_list_to_the_debrief(exercises: Any) -> None:
    async def act(used: Room) -> None:
        await used.until(lambda: "Images without credentials" in used.text)
        await used.golden("practice-list")
        await used.open(NAME)
        await used.until(lambda: "What happened" in used.text)
        await used.golden("practice-exercise")

        # Hints say what they cost before they are read.
        assert "Read the next hint: costs 5 points" in used.text
        await used.do("hint")
        await used.until(lambda: "1. The nodes registered" in used.text)
        await used.until(lambda: "Solved now it is worth 95 points" in used.text)

        await used.do("check")
        await used.until(lambda: "Not solved: 0 of 2 nodes are Ready." in used.text)
        await used.golden("practice-not-solved")

        await used.do("console")
        await used.until(lambda: "Console of i-" in used.text)
        await used.until(lambda: "cni plugin not initialized" in used.text)
        await used.press("n")
        await used.press("escape")

        await used.do("shell")
        await used.until(lambda: "environment.sh" in used.text)
        await used.press("escape")
        file = Path(exercises.practice.folder) / "environment.sh"
        assert f"export AWS_ENDPOINT_URL={exercises.endpoint_url}" in file.read_text()

        # Without a terminal of its own the wizard is told of as a command.
        await used.do("wizard")
        await used.until(lambda: "eks-wizard" in used.text and "article.yaml" in used.text)

        assert used.exercise.attempt is not None
        await used.do("check")
        await used.until(lambda: "Not solved: 0 of 2 nodes are Ready." in used.text)
        staging.solve(exercises.endpoint_url, used.exercise.loaded, used.exercise.attempt.values)
        # What was said of the nodes is said no longer once it is not so.
        await used.press("f5")
        await used.until(lambda: "It is solved now: check your solution." in used.text)
        assert "Not solved" not in used.text
        await used.do("check")
        await used.until(lambda: "What it was" in used.text)
        await used.until(lambda: "Solved: 95 points. Hints read: 1." in used.text)
        await used.golden("practice-debrief")
        await used.press("end")
        await used.pilot.pause()
        await used.until(lambda: "eks-wizard explain NODE654" in used.text)
        await used.press("escape")
        await used.until(lambda: used.app.exercise is None)
        await used.until(lambda: "solved, 95 points" in used.text)

    room(act)
    known = progress.read(progress.path_in(places()))
    assert known is not None
    assert known["kim"][NAME].points == 95


def test_what_is_too_long_for_a_small_screen_is_paged(exercises: Any) -> None:
    async def act(used: Room) -> None:
        await used.open(NAME)
        for _ in range(3):
            await used.do("hint")
        await used.until(lambda: "3. An interface endpoint" in used.text)
        assert "What happened" not in used.text
        await used.press("pageup")
        await used.until(lambda: "What happened" in used.text)
        await used.press("pagedown")
        await used.until(lambda: "3. An interface endpoint" in used.text)

    room(act)


def test_giving_up_tells_all_and_keeps_nothing(exercises: Any) -> None:
    async def act(used: Room) -> None:
        await used.open(NAME)
        await used.do("give_up")
        await used.until(lambda: "this time there are no" in used.text)
        await used.press("right", "enter")
        await used.until(lambda: "No points this time" in used.text)
        await used.press("escape")
        await used.until(lambda: used.app.exercise is None)

    room(act)
    assert progress.read(progress.path_in(places())) == {}


def test_leaving_asks_first(exercises: Any) -> None:
    async def act(used: Room) -> None:
        await used.open(NAME)
        await used.press("escape")
        await used.until(lambda: "end with the exercise" in used.text)
        await used.press("enter")
        await used.pilot.pause()
        assert used.app.exercise is not None
        await used.press("ctrl+c")
        await used.until(lambda: "end with the exercise" in used.text)
        await used.press("right", "enter")
        await used.until(lambda: used.app.exercise is None)

    room(act)


# Line by line


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the room line by line with these lines typed; returns the exit code and what was said."""

    def run(argv: list[str], *lines: str) -> tuple[int, str]:
        monkeypatch.setenv("TERM", "dumb")
        monkeypatch.setattr(streams, "can_ask", lambda: True)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        capsys.readouterr()
        code = main(["practice", "--learner", "kim", "--time-scale", "0", *argv])
        told = capsys.readouterr()
        return code, told.err + told.out

    return run


def test_line_by_line(exercises: Any, typed: Callable[..., tuple[int, str]]) -> None:
    number = "3"
    code, told = typed([], "x", number, "h", "c", "n", "o", "t", "zz", "r", "g", "q")
    assert code == 0
    for said in (
        "That is no number from 1 to",
        "Two nodes of eksCluster have registered",
        "h for a hint that costs 5 points",
        "1. The nodes registered",
        "Solved now it is worth 95 points.",
        "Not solved: 0 of 2 nodes are Ready.",
        "is a node, NotReady",
        "Console of i-",
        "environment.sh",
        "There is no 'zz' here.",
        "start their instances anew: 1.",
        "No points this time.",
        "What happened:",
        "Failed getting credential from external registry credential provider",
        "eks-wizard explain NODE654",
        "aws ec2 create-vpc-endpoint",
    ):
        assert said in told, said
    # The costs stand before the hint, the solution only at the end.
    assert told.index("costs 5 points") < told.index("1. The nodes registered")
    assert told.index("create-vpc-endpoint") > told.index("No points this time.")


def test_a_scenario_of_one_s_own(exercises: Any, typed: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = (HOUSE / "profiles" / "scenarios" / f"{NAME}.yaml").read_text("utf-8")
    file.write_text(text.replace("title: Images without", "title: Mine, without"), "utf-8")
    code, told = typed([str(file)], "q")
    assert code == 0
    assert "Mine, without credentials" in told
    file.write_text(text.replace("level: 1", "level: 7"), "utf-8")
    code, told = typed([str(file)])
    assert code == 2
    assert "mine.yaml:3: level: '7' is no whole number from 1 to 5" in told


def test_a_scenario_may_steer_no_terminal(
    exercises: Any, typed: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    text = (HOUSE / "profiles" / "scenarios" / f"{NAME}.yaml").read_text("utf-8")
    file.write_text(
        text.replace("title: Images", 'title: "[red]$(id)\u202eImages"').replace(" without credentials", ""), "utf-8"
    )
    _, told = typed([str(file)], "q")
    assert "\u202e" not in told
    assert "[red]$(id)" in told


def test_without_a_terminal_it_lists_and_never_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice"]) == 2
    told = capsys.readouterr()
    assert "   3  Images without credentials (not solved yet)" in told.out
    # Names tell the cause.
    assert not [name for name in shipped() if name in told.out]
    assert "practice serve --scenario NUMBER" in told.err
    assert main(["practice", "3"]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert "practice serve --scenario 3." in told.err
    assert main(["practice", "no-ecr-endpont"]) == 2
    assert "Did you mean no-ecr-endpoint?" in capsys.readouterr().err
    for given in ("0", "99", "x"):
        assert main(["practice", given]) == 2
        assert (
            f"There is no exercise '{given}'. They are numbered from 1 to {len(shipped())};" in capsys.readouterr().err
        )
    assert main(["practice", "--json"]) == 2
    assert main(["practice", "nowhere.yaml"]) == 2
    assert "nowhere.yaml:1: There is no such file." in capsys.readouterr().err


@pytest.mark.parametrize("number", [1, len(shipped())])
def test_an_exercise_is_found_by_its_number_and_its_name(number: int) -> None:
    name = list(shipped())[number - 1]
    assert practising.found(str(number)) is practising.found(name) is shipped()[name]
    assert practising.titled(shipped()[name]) == f"{number}. {shipped()[name].scenario.title}"


def test_one_s_own_has_no_number(tmp_path: Path) -> None:
    """Neither where its file is called as one of ours is."""
    file = tmp_path / f"{NAME}.yaml"
    file.write_bytes(shipped()[NAME].path.read_bytes())
    assert practising.titled(practising.found(str(file))) == "Images without credentials"


def test_an_account_that_is_left_takes_its_folder_along(tmp_path: Path) -> None:
    """Its keys and the kubeconfig are of no use to anybody. What ended by itself keeps its log."""
    left, ended = (process.start(time_scale=0, folder=tmp_path / name) for name in ("left", "ended"))
    assert (left.folder / "aws-credentials").exists()
    left.discard()
    assert not left.folder.exists()
    ended.process.kill()
    ended.process.wait()
    ended.discard()
    assert (ended.folder / "practice.log").exists()
