"""The real program in a process of its own: signals, terminals, and practice accounts that it starts."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from screens.cli import main

ARTICLE = str(Path(__file__).parents[2] / "profiles" / "article.yaml")
PROGRAM = [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main())"]


@contextmanager
def started(*argv: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*PROGRAM, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_stops_in_order(account: Any, number: int) -> None:
    account.faults({"service": "iam", "operation": "CreateRole", "what": "hold", "times": 1})
    with started("replay", ARTICLE, "--endpoint-url", account.endpoint_url, "--yes", "--json") as process:
        assert account.held(30) is not None
        process.send_signal(number)
        assert process.stderr is not None
        assert "Stopping" in process.stderr.readline()
        account.release()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert f"eks-wizard replay {ARTICLE} --endpoint-url {account.endpoint_url} --yes --json" in err
    assert json.loads(out.splitlines()[-1]) == {"type": "end", "exit_code": 5}
    assert not any(write.startswith("eks.") for write in account.writes())


def test_the_second_signal_ends_at_once(account: Any) -> None:
    account.faults({"service": "iam", "operation": "CreateRole", "what": "hold", "times": 1})
    with started("replay", ARTICLE, "--endpoint-url", account.endpoint_url, "--yes", "--json") as process:
        assert account.held(30) is not None
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "Stopping" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    account.release()
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1]) == {"type": "end", "exit_code": 130}


def test_a_practice_account_serves_until_it_is_told_to_end() -> None:
    with started("practice", "serve", "--time-scale", "0") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["type"] == "practice"
        assert {"endpoint_url", "region", "env", "unset"} <= ready.keys()
        environment = {**os.environ, **ready["env"]}
        token = subprocess.run(
            [*PROGRAM, "token", "--cluster-name", "x"], env=environment, capture_output=True, text=True, check=True
        )
        assert json.loads(token.stdout)["kind"] == "ExecCredential"
        plan = subprocess.run(
            [*PROGRAM, "plan", ARTICLE, "--until", "role"], env=environment, capture_output=True, text=True, check=True
        )
        assert "PRACTICE — NOT AWS" in plan.stderr
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_practice_starts_an_account_and_leaves_none() -> None:
    with started("replay", ARTICLE, "--practice", "--yes", "--time-scale", "0", "--until", "role", "--json") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out.splitlines()[1])["practice"] is True
    assert not (Path.home() / ".kube").exists()
    assert not (Path.home() / ".local").exists()


class Terminal:
    """A pseudo-terminal of 80 columns that the program runs at."""

    def __init__(self, *argv: str) -> None:
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
        environment.pop("CI", None)
        self.fd, other = pty.openpty()
        self.process = subprocess.Popen([*PROGRAM, *argv], stdin=other, stdout=other, stderr=other, env=environment)
        os.close(other)
        self.shown = ""

    def until(self, text: str, seconds: float = 60) -> str:
        """All that was shown so far, once it holds the text."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            try:
                self.shown += os.read(self.fd, 65536).decode()
            except OSError:
                assert text in self.shown, self.shown
        return self.shown

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def end(self) -> tuple[int, str]:
        """The exit code, and all that was shown."""
        while True:
            try:
                read = os.read(self.fd, 65536)
            except OSError:
                break
            if not read:
                break
            self.shown += read.decode()
        os.close(self.fd)
        return self.process.wait(60), self.shown


def test_at_a_terminal_the_clusters_name_is_typed(account: Any) -> None:
    terminal = Terminal("replay", ARTICLE, "--endpoint-url", account.endpoint_url, "--until", "role")
    shown = terminal.until("type the cluster's name (eksCluster): ")
    assert "PRACTICE" in shown
    assert "iam:CreateRole" in shown
    assert account.writes() == []
    terminal.type("eksCluster\n")
    code, shown = terminal.end()
    assert code == 0
    assert "changes done" in shown
    assert "\x1b[32mdone\x1b[0m    role.cluster" in shown


def test_before_an_undo_the_clusters_name_is_typed(account: Any) -> None:
    way = (ARTICLE, "--endpoint-url", account.endpoint_url)
    assert main(["replay", *way, "--until", "role", "--yes"]) == 0
    made = len(account.writes())
    terminal = Terminal("undo", *way)
    terminal.until("To delete this, type the cluster's name (eksCluster): ")
    assert len(account.writes()) == made
    terminal.type("no\n")
    code, shown = terminal.end()
    assert (code, len(account.writes())) == (2, made)
    assert "nothing was deleted" in shown
    terminal = Terminal("undo", *way)
    terminal.until("(eksCluster): ")
    terminal.type("eksCluster\n")
    assert terminal.end()[0] == 0
    assert len(account.writes()) > made


@pytest.mark.parametrize(("typed", "code"), [("no\n", 2), ("\n", 2), ("\x04", 2)])
def test_anything_else_typed_writes_nothing(account: Any, typed: str, code: int) -> None:
    terminal = Terminal("replay", ARTICLE, "--endpoint-url", account.endpoint_url, "--until", "role")
    terminal.until("(eksCluster): ")
    terminal.type(typed)
    ended, shown = terminal.end()
    assert ended == code
    assert "nothing was written" in shown
    assert account.writes() == []


def test_ctrl_c_at_the_question_writes_nothing(account: Any) -> None:
    terminal = Terminal("replay", ARTICLE, "--endpoint-url", account.endpoint_url, "--until", "role")
    terminal.until("(eksCluster): ")
    terminal.process.send_signal(signal.SIGINT)
    code, shown = terminal.end()
    assert code == 5
    assert "nothing was written" in shown
    assert account.writes() == []
