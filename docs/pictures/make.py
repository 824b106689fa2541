"""Makes the README's pictures: the real wizard in a practice account, and a replay in a real terminal (tmux).

Run it with ``.venv/bin/python docs/pictures/make.py`` after a change of what they show.
"""

import asyncio
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from screens.app import WizardApp
from screens.arguments import parse

ROOT = Path(__file__).parents[2]
COLUMNS, LINES = 96, 22
SESSION = "eks-wizard-picture"
COMMAND = "eks-wizard replay profiles/article.yaml --practice --yes"


def tmux(*arguments: str) -> str:
    """What a tmux command prints."""
    return subprocess.run(["tmux", *arguments], capture_output=True, text=True, check=True).stdout


async def wizard() -> str:
    """The step of the VPC with its drawing, as Textual exports it; times of day are written over."""
    app = WizardApp(parse(["--practice", "--time-scale", "0", str(ROOT / "profiles" / "article.yaml")]))
    async with app.run_test(size=(120, 40)) as pilot:

        async def until(holds: Callable[[], bool]) -> None:
            for _ in range(600):
                await pilot.pause(0.05)
                if holds():
                    return
            raise SystemExit("the wizard did not come so far")

        await until(lambda: app.is_loaded and app.interview.account is not None)
        await pilot.press("enter")
        await until(lambda: app.current_mode == "account" and app.interview.is_fresh("account"))
        app.go("vpc")
        await until(lambda: app.current_mode == "vpc" and app.interview.is_fresh("kubeconfig") and app.reading is None)
        await pilot.pause(0.3)
        picture = app.export_screenshot(title="eks-wizard")
        app.exit()
    app.interview.close()
    return re.sub(r"\b\d\d:\d\d:\d\d\b", "12:00:00", picture)


def write(name: str, picture: str) -> None:
    """Keeps a picture, without the web font that its maker names: it should show without asking anybody."""
    lines = re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->", "", picture, flags=re.DOTALL).splitlines()
    text = "\n".join(line.rstrip() for line in lines if line.strip())
    (Path(__file__).parent / f"{name}.svg").write_text(f"{text}\n", encoding="utf-8")


def main() -> None:
    """Writes wizard.svg and replay.svg beside this file."""
    write("wizard", asyncio.run(wizard()))
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
    write("replay", console.export_svg(title="eks-wizard"))


if __name__ == "__main__":
    main()
