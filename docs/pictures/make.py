"""Makes the README's pictures: the real wizard in a practice account, and a replay in a real terminal (tmux).

Run it with ``.venv/bin/python docs/pictures/make.py`` after a change of what they show. The wizard's pictures are the
same each time: the account's place and port are fixed, and times of day are written over. A replay's durations differ.
"""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text
from textual.widgets import Input

from screens.app import FINISH, WizardApp
from screens.arguments import parse
from screens.finish import FinishScreen, Outcome
from screens.practice_room import RoomApp
from screens.progress import Board
from screens.stopping import Stopping
from wizard.events import Done, Started, Waiting
from wizard.facts import known
from wizard.plan import Plan
from wizard.practice import process
from wizard.training.scenario import shipped

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]

# The pictures of the wizard, in the order of the walk, with the columns and lines of its screen; then the terminal's.
WIZARD: Final = {
    "welcome": (80, 24),
    "finding": (120, 34),
    "wizard": (120, 40),
    "review": (100, 24),
    "building": (100, 24),
    "finish": (100, 20),
    "practice": (100, 28),
}
REPLAY: Final = "replay"
NAMES: Final = (*WIZARD, REPLAY)

# They stand in the pictures, and would be others each time.
PLACE: Final = Path("/tmp/eks-wizard-pictures")  # noqa: S108 - made here, and refused if it is there already
PORT: Final = 45990
CREATED: Final = datetime(2030, 1, 1, 9, 30, tzinfo=UTC)

# The pictured build has come to the cluster, and four of its minutes have passed.
CLUSTER_SECONDS: Final = 240.0

# The app's workers that read; others wait for an answer in a dialog.
READING: Final = {"load", "connect", "look", "choices", "look-at-all"}

EXERCISE = "endpoint-group-admits-nobody"
COLUMNS, LINES = 96, 22
SESSION = "eks-wizard-picture"
COMMAND = "eks-wizard replay profiles/article.yaml --practice --yes"


class PicturedApp(WizardApp):
    """The wizard, with clocks that stand still where it shows how long something takes."""

    CSS_PATH = ROOT / "screens" / "app.tcss"

    def __init__(self) -> None:
        super().__init__(parse(["--practice", "--time-scale", "0"]))
        self.remove_mode(FINISH)
        self.add_mode(FINISH, partial(FinishScreen, now=lambda: CREATED + timedelta(seconds=95)))
        self.agreed: Plan | None = None

    def start_build(self, plan: Plan) -> None:
        """Shows the plan at the moment that is pictured; ``build`` carries it out."""
        self.agreed = plan
        self.board = Board(plan, 1.0, now=lambda: 0.0)
        self.go("building")

    def show_some_of_it(self) -> None:
        """Tells the screen what the engine tells it, in the plan's order and with the usual times."""
        for change in self.agreed.changes if self.agreed else ():
            usual = change.wait.usual if change.wait else 0.0
            self._tell(Started(change))
            if change.id == "cluster":
                self._tell(Waiting(change, CLUSTER_SECONDS, usual, "CREATING"))
                return
            self._tell(Done(change, usual or 1.0, found=False))

    def build(self) -> None:
        """Carries out in earnest what was agreed to."""
        if self.agreed is not None:
            super().start_build(self.agreed)

    def _tell(self, what: Any) -> None:
        super()._tell(_dated(what) if isinstance(what, Outcome) else what)


def _dated(outcome: Outcome) -> Outcome:
    """The same, with nodes made at a fixed time."""
    view = outcome.view
    if view is None or not known(view.facts.kubeconfig.nodes):
        raise SystemExit("the pictured build ended without nodes")
    nodes = tuple(replace(node, created_at=CREATED) for node in view.facts.kubeconfig.nodes)
    kubeconfig = replace(view.facts.kubeconfig, nodes=nodes)
    return replace(outcome, view=replace(view, facts=replace(view.facts, kubeconfig=kubeconfig)))


@contextmanager
def fixed_places() -> Iterator[None]:
    """An empty home, the practice account at one place and port, and nothing of the operator's environment."""
    for name in list(os.environ):
        upper = name.upper()
        leading = upper.startswith(("AWS_", "XDG_", "EKS_WIZARD_", "TEXTUAL"))
        if leading or upper.endswith("_PROXY") or upper in ("KUBECONFIG", "NO_COLOR", "SSH_CONNECTION"):
            del os.environ[name]
    PLACE.mkdir(mode=0o700)
    os.environ["HOME"] = str(PLACE / "home")
    start = process.start
    process.start = partial(start, folder=PLACE / "practice", port=PORT)
    try:
        yield
    finally:
        process.start = start
        shutil.rmtree(PLACE)


async def wizard_pictures() -> dict[str, str]:
    """Goes through the wizard as the README does, and takes a picture here and there."""
    app, found = PicturedApp(), {}
    async with app.run_test(size=WIZARD["welcome"]) as pilot:

        async def until(holds: Callable[[], bool]) -> None:
            for _ in range(1200):
                await pilot.pause(0.05)
                if holds():
                    return
            raise SystemExit(f"the wizard did not come further than {app.current_mode}")

        def is_still() -> bool:
            reads = any(worker.group in READING and not worker.is_finished for worker in app.workers)
            return not reads and app.reading is None and not app.connecting

        async def press(*keys: str) -> None:
            await pilot.press(*keys)
            await until(is_still)

        async def picture(name: str) -> None:
            await pilot.resize_terminal(*WIZARD[name])
            for each in app.screen.query(Input):
                each.cursor_blink = False
            await until(is_still)
            await pilot.pause(0.3)
            found[name] = app.export_screenshot(title="eks-wizard", simplify=True)

        try:
            await until(lambda: app.is_loaded and is_still())
            await picture("welcome")
            await press("enter")
            await press(*"10.0.0.0/16", "enter", "tab")
            await press(*"http://proxy.example.internal:8080", "enter", "ctrl+n")
            await press("ctrl+n")
            await until(lambda: app.current_mode == "vpc" and app.interview.whole_view() is not None)
            # The second subnet goes to a zone that this account does not have.
            await press(*["tab"] * 4, "end", "backspace", "b", "enter")
            await picture("finding")
            await pilot.resize_terminal(*WIZARD["wizard"])
            await press("f4")
            await until(lambda: app.interview.is_fresh("vpc") and is_still())
            await picture("wizard")
            for _ in range(6):
                await press("ctrl+n")
            await until(lambda: app.current_mode == "review" and is_still())
            await picture("review")
            await press("ctrl+n", *"private-eks", "enter")
            await until(lambda: app.current_mode == "building")
            app.show_some_of_it()
            await picture("building")
            app.build()
            await until(lambda: app.outcome is not None and app.current_mode == FINISH)
            await picture("finish")
        finally:
            app.interview.close()
    return found


async def room_picture() -> str:
    """An exercise of the training room with one hint read."""
    app = RoomApp(parse(["practice", "--time-scale", "0", "--learner", "you"]), Stopping(b""), shipped()[EXERCISE])
    app.CSS_PATH = [ROOT / "screens" / name for name in ("app.tcss", "practice.tcss")]
    async with app.run_test(size=WIZARD["practice"]) as pilot:
        try:
            for _ in range(1200):
                await pilot.pause(0.05)
                if app.exercise is not None and app.exercise.now is not None:
                    break
            await pilot.press("down", "enter")
            await pilot.pause(0.3)
            return app.export_screenshot(title="eks-wizard", simplify=True)
        finally:
            app.end()


def replay_picture() -> str:
    """The last lines of a replay in a real terminal."""
    program = Path(sys.executable).parent / "eks-wizard"
    run = COMMAND.replace("eks-wizard", shlex.quote(str(program)), 1)
    size = ["-x", str(COLUMNS), "-y", "60"]
    tmux("new-session", "-d", "-s", SESSION, *size, "-c", str(ROOT), f"{run}; tmux wait-for -S {SESSION}; sleep 60")
    tmux("wait-for", SESSION)
    shown = tmux("capture-pane", "-p", "-e", "-t", SESSION, "-S", "-200").rstrip().splitlines()
    tmux("kill-session", "-t", SESSION)
    console = Console(record=True, width=COLUMNS, file=sys.stderr)
    console.print(f"$ {COMMAND}", markup=False, highlight=False)
    console.print("…", markup=False)
    for line in shown[-LINES:]:
        console.print(Text.from_ansi(line), overflow="crop", no_wrap=True)
    return console.export_svg(title="eks-wizard")


def tmux(*arguments: str) -> str:
    """What a tmux command prints."""
    return subprocess.run(["tmux", *arguments], capture_output=True, text=True, check=True).stdout


def write(name: str, picture: str) -> None:
    """Keeps a picture, without the web font that its maker names: it should show without asking anybody."""
    picture = re.sub(r"\b\d\d:\d\d:\d\d\b", "12:00:00", picture)
    picture = re.sub(r"(eks-wizard-practice-)\w{8}\b", r"\1practice", picture)
    # rich names styles by a number of its own for each picture.
    picture = re.sub(r"\bterminal-\d+", f"terminal-{name}", picture)
    # Each line is cut at its own edge, where nothing stands; that would be a fifth of the file.
    cuts = r'<clipPath id="[^"]*-line-\d+">.*?</clipPath>| clip-path="[^"]*-line-\d+\)"'
    picture = re.sub(cuts, "", picture, flags=re.DOTALL)
    lines = re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->", "", picture, flags=re.DOTALL).splitlines()
    text = "\n".join(line.rstrip() for line in lines if line.strip())
    (HERE / f"{name}.svg").write_text(f"{text}\n", encoding="utf-8")


def main() -> None:
    """Writes all pictures beside this file."""
    with fixed_places():
        found = asyncio.run(wizard_pictures())
        found["practice"] = asyncio.run(room_picture())
    found[REPLAY] = replay_picture()
    for name in NAMES:
        write(name, found[name])


if __name__ == "__main__":
    main()
