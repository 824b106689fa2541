"""Makes the README's picture: the real program in a real terminal (tmux), and what stood there at the end.

Run it with ``.venv/bin/python docs/pictures/make.py`` after a change of what ``replay`` prints.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
COLUMNS, LINES = 96, 22
SESSION = "eks-wizard-picture"
COMMAND = "eks-wizard replay profiles/article.yaml --practice --yes"


def tmux(*arguments: str) -> str:
    """What a tmux command prints."""
    return subprocess.run(["tmux", *arguments], capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Writes replay.svg beside this file."""
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
    # rich names a web font; a picture should show without asking anybody.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="eks-wizard"), flags=re.DOTALL)
    (Path(__file__).parent / "replay.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
