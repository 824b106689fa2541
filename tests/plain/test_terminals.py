"""The real program at a pseudo-terminal: a dumb one, Ctrl-C, a signal, and what is imported."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from article_typed import ALL
from replay_process import PROGRAM, ROOT, environment


class Terminal:
    """The wizard at a pseudo-terminal of 80 columns."""

    def __init__(self, account: Any, home: Path, term: str, *argv: str) -> None:
        env = {**environment(account, home), "TERM": term, "COLUMNS": "80", "LINES": "24"}
        self.fd, other = pty.openpty()
        self.process = subprocess.Popen([*PROGRAM, *argv], stdin=other, stdout=other, stderr=other, env=env)
        os.close(other)
        self.shown = ""
        self._seen = 0

    def until(self, text: str, seconds: float = 60) -> None:
        """Reads on until the text was shown once more."""
        deadline = time.monotonic() + seconds
        while (found := self.shown.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), self.shown
        self._seen = found + len(text)

    def end(self) -> int:
        """The exit code, once all was read."""
        while self._read():
            pass
        os.close(self.fd)
        return self.process.wait(60)

    def _read(self) -> bool:
        read = b""
        with suppress(OSError):
            read = os.read(self.fd, 65536)
        self.shown += read.decode(errors="replace")
        return bool(read)


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(account: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens the wizard at terminals, which are gone after the test."""
    opened: list[Terminal] = []

    def at(term: str, *argv: str) -> Terminal:
        opened.append(Terminal(account, tmp_path / "operator", term, *argv))
        return opened[-1]

    yield at
    for one in opened:
        one.process.kill()
        one.process.wait()


def test_a_dumb_terminal_gets_lines_alone(terminal: Open) -> None:
    at = terminal("dumb")
    # A terminal of lines takes what is typed ahead.
    at.until("Answer [private-eks]: ")
    for line in (*ALL, "build", "eksCluster"):
        os.write(at.fd, f"{line}\n".encode())
    assert at.end() == 0
    assert at.shown.count(" Ready ") == 2
    assert "\x1b" not in at.shown


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_ctrl_c_at_a_prompt_says_where_the_draft_is(account: Any, terminal: Open, term: str) -> None:
    at = terminal(term, "--plain")
    at.until("Answer [private-eks]:")
    os.write(at.fd, b"mine\r" if term == "xterm" else b"mine\n")
    at.until("Answer [123456789012]:")
    # What the terminal makes of Ctrl-C; a prompt of questionary's reads the key itself.
    if term == "dumb":
        at.process.send_signal(signal.SIGINT)
    else:
        os.write(at.fd, b"\x03")
    assert at.end() == 5
    assert "Your answers are kept in" in at.shown
    assert "Traceback" not in at.shown
    assert account.writes() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_a_signal_at_a_prompt_leaves_in_order(terminal: Open, term: str, number: int) -> None:
    at = terminal(term, "--plain")
    at.until("Answer [private-eks]:")
    at.process.send_signal(number)
    assert at.end() == 5
    assert "nothing is kept" in at.shown
    assert "Traceback" not in at.shown


def test_ctrl_c_while_it_builds_stops_in_order(account: Any, terminal: Open) -> None:
    account.faults({"service": "iam", "operation": "CreateRole", "what": "hold", "times": 1})
    at = terminal("xterm", "--plain", str(ROOT / "profiles" / "article.yaml"))
    for typed in ("review", "build", "eksCluster"):
        at.until("Your choice:")
        os.write(at.fd, f"{typed}\r".encode())
    assert account.held(30) is not None
    at.process.send_signal(signal.SIGINT)
    at.until("Stopping:")
    account.release()
    assert at.end() == 5
    assert "eks-wizard replay " in " ".join(at.shown.split())
    assert not any(write.startswith("eks.") for write in account.writes())


def test_menus(terminal: Open) -> None:
    at = terminal("xterm", "--menus")
    for prompt in ("Answer [private-eks]:", "Answer [123456789012]:"):
        at.until(prompt)
        os.write(at.fd, b"\r")
    at.until("ap-northeast-1")
    os.write(at.fd, b"\r")
    at.until("no rows")
    os.write(at.fd, b"\r")
    at.until("Answer:")
    os.write(at.fd, b"10.0.0.0/16\r")
    at.until("go back")
    # Up from "yes", which stands, to the last of the menu: save and leave.
    os.write(at.fd, b"\x1b[A\r")
    assert at.end() == 0
    assert "Your answers are kept in" in at.shown


def test_help_and_the_choice_of_a_face_import_no_prompts() -> None:
    code = "import sys, screens.cli\n"
    code += "try: screens.cli.main(['mine.yaml', '--help'])\nexcept SystemExit: pass\n"
    code += "screens.cli.main([])\n"
    code += "print(sorted({'questionary', 'prompt_toolkit', 'boto3', 'textual', 'rich'} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert done.stdout.splitlines()[-1] == "[]"
