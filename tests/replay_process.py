"""The real program at a practice account, in a process of its own that a test may kill."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main())"]


def environment(account: Any, home: Path) -> dict[str, str]:
    """What an operator's shell would have set for the account; files go below ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        **account.practice.env,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "KUBECONFIG": str(home / "kubeconfig"),
    }


def replay(account: Any, home: Path, *more: str, profile: str = "article.yaml") -> "subprocess.Popen[str]":
    """Starts ``replay PROFILE --yes --json`` and returns the running process; its events are lines on its stdout."""
    return _started(account, home, "replay", str(ROOT / "profiles" / profile), "--yes", "--json", *more)


def undo(account: Any, home: Path) -> "subprocess.Popen[str]":
    """Starts ``undo article.yaml --yes eksCluster --json`` and returns the running process, as ``replay`` does."""
    return _started(account, home, "undo", str(ROOT / "profiles" / "article.yaml"), "--yes", "eksCluster", "--json")


def _started(account: Any, home: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        env=environment(account, home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
