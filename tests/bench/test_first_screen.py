"""The first full screen comes about as soon as Textual's own could: process start to paint, in one run."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

# The floor: an app of Textual's that shows one line.
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("one line")
Bare().run()
"""
ROUNDS = 9
GOAL = 1.35


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_the_first_screen_comes_as_soon_as_textual_can(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-west-1",
    }
    bare = [sys.executable, "-c", BARE]
    ours = [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main([]))"]
    for command in (bare, ours):
        seconds_until(command, b"one line" if command is bare else b"Begin", environment)
    rounds = [
        (seconds_until(bare, b"one line", environment), seconds_until(ours, b"Begin", environment))
        for _ in range(ROUNDS)
    ]
    # The quickest of each: the others waited for the machine.
    floor, first = (min(times) for times in zip(*rounds, strict=True))
    print(f"bare {floor:.3f} s, first screen {first:.3f} s: {first / floor:.2f}")
    assert first / floor <= GOAL


def seconds_until(command: Sequence[str], mark: bytes, environment: dict[str, str]) -> float:
    """Seconds from the start of a program, on a terminal of 80x24, until ``mark`` is painted; it is then ended."""
    leader, follower = pty.openpty()
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env={**environment, "COLUMNS": "80", "LINES": "24"}
    ) as process:
        os.close(follower)
        seen = b""
        try:
            while mark not in seen:
                ready, _, _ = select.select([leader], [], [], 30)
                assert ready, seen
                seen += os.read(leader, 65536)
            return time.perf_counter() - started
        finally:
            process.kill()
            os.close(leader)
