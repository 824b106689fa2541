"""The real program at a real terminal of 80 by 24: from start to finish, killed, asked to end, hung up."""

import re
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from replay_process import PROGRAM, ROOT
from resources import twins
from terminal import Terminal, at_account, shell, terminals

from wizard.drafts import Draft, kept
from wizard.places import Places
from wizard.profile import load

ARTICLE = str(ROOT / "profiles" / "article.yaml")
HELD = {"service": "iam", "operation": "CreateRole", "what": "hold", "times": 1}

Open = Callable[..., Terminal]


@pytest.fixture
def terminal() -> Iterator[Open]:
    with terminals() as at:
        yield at


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "operator"


def drafts(home: Path) -> tuple[Draft, ...]:
    return kept(Places(home / ".local/state/eks-wizard", home / ".config/eks-wizard"))


def to_review(at: Terminal) -> None:
    """Opens the profile of the command line, which is the first choice, and goes on to the end."""
    at.do("Open the profile", "enter")
    at.do("Step 1 of 8", "f2")
    at.do("9 Review", "end", "enter")
    at.until("Ready: asks for the cluster's name")


def agree(at: Terminal, name: str = "eksCluster") -> None:
    at.press("ctrl+n")
    at.do("To agree, type the name", name, "enter")


class Watched:
    """A proxy that no one may use."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def used(self) -> bool:
        """Whether anyone has ever connected; the backlog keeps who did."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def close(self) -> None:
        self._socket.close()


def test_from_start_to_finish_and_nothing_reaches_a_real_account(terminal: Open, home: Path) -> None:
    with closing(Watched()) as proxy:
        real = {"AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL", "AWS_SECRET_ACCESS_KEY": "real" * 10,
                "AWS_SESSION_TOKEN": "real", "AWS_REGION": "eu-central-1",
                **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), proxy.url)}  # fmt: skip # noqa: E501
        at = terminal(shell(home, **real), "--practice", "--time-scale", "0.002")
        begin(at)
        at.do("▸ Networks on the premises", "10.0.0.0/16", "enter")
        at.do("▸ Do the nodes reach", "enter")
        at.do("▸ URL of the proxy", "http://proxy.example.internal:8080", "enter")
        at.do("Read from account", "ctrl+n")
        for number in range(2, 9):
            at.until(f"Step {number} of 8")
            at.do("Read from account", "ctrl+n")
        at.until("Ready: asks for the cluster's name")
        assert "PRACTICE" in at.text.splitlines()[0]
        agree(at, "private-eks")
        at.until("private-eks is built and verified", 90)
        # A terminal shows what it is sent in pieces: this stands below the nodes.
        at.until("Build again")
        nodes = [line.split()[1] for line in at.text.splitlines() if line.strip().startswith("ip-")]
        assert nodes == ["Ready", "Ready"]
        at.press("ctrl+q")
        assert at.end() == 0
        assert at.restored
        assert not proxy.used
    assert drafts(home) == ()
    assert load(home / ".config/eks-wizard/profiles/private-eks.yaml").cluster.name == "private-eks"


def begin(at: Terminal) -> None:
    """Begins a new cluster once it is known whose AWS this is."""
    at.until("You are")
    at.do("Begin a new cluster", "enter")


def begun(at: Terminal) -> None:
    """Begins a new cluster, and answers its first question that is open."""
    begin(at)
    at.do("▸ Networks on the premises", "10.20.0.0/16", "enter")
    at.do("▸ Do the nodes reach", "tab")
    # Once this can be seen, what was accepted before it was taken in.
    at.do("▸ URL of the proxy", "http://half")
    at.until("http://half")


def test_killed_in_the_middle_of_the_questions(account: Any, terminal: Open, home: Path) -> None:
    at = terminal(at_account(account, home))
    begun(at)
    at.process.kill()
    assert at.end() == -signal.SIGKILL
    assert drafts(home)[0].answers == {"site.on_premises_cidrs": "10.20.0.0/16"}
    again = terminal(at_account(account, home))
    again.do("Go on with the draft", "enter")
    again.until("Step 1 of 8")
    again.until("10.20.0.0/16")
    again.until("▸ URL of the proxy")
    again.press("ctrl+q")
    again.do("Leave", "tab", "enter")
    assert again.end() == 0
    assert again.restored
    assert account.writes() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_while_it_asks(account: Any, terminal: Open, home: Path, number: int) -> None:
    at = terminal(at_account(account, home))
    begun(at)
    at.process.send_signal(number)
    assert at.end(10) == 5
    assert at.restored
    assert drafts(home)[0].answers == {"site.on_premises_cidrs": "10.20.0.0/16"}
    assert str(drafts(home)[0].path) in at.unbroken
    assert account.writes() == []


def test_the_line_is_lost(account: Any, terminal: Open, home: Path) -> None:
    at = terminal(at_account(account, home))
    begun(at)
    at.hang_up()
    assert at.process.wait(20) == 5
    assert drafts(home)[0].answers == {"site.on_premises_cidrs": "10.20.0.0/16"}


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.long)])
def test_asked_to_end_while_it_builds(account: Any, terminal: Open, home: Path, number: int) -> None:
    account.faults(HELD)
    at = terminal(at_account(account, home), ARTICLE)
    to_review(at)
    assert account.writes() == []
    agree(at)
    assert at.meanwhile(account.held) is not None
    at.process.send_signal(number)
    at.until("Stopping")
    account.release()
    assert at.end() == 5
    assert at.restored
    assert not any(write.startswith("eks.") for write in account.writes())
    saved = home / ".config/eks-wizard/profiles/article.yaml"
    assert f"eks-wizardreplay{saved}" in at.unbroken
    replay = subprocess.run(
        [*PROGRAM, "replay", str(saved), "--yes"],
        env=at_account(account, home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert replay.returncode == 0, replay.stderr
    assert twins(account) == []


def test_ctrl_c_while_it_builds_asks_first(account: Any, terminal: Open, home: Path) -> None:
    account.faults(HELD)
    at = terminal(at_account(account, home), ARTICLE)
    to_review(at)
    agree(at)
    assert at.meanwhile(account.held) is not None
    at.press("ctrl+c")
    # The cursor is on "Keep building".
    at.do("Stop the build?", "enter")
    at.until("under way")
    account.release()
    at.until("eksCluster is built and verified")
    at.press("ctrl+q")
    assert at.end() == 0


def test_two_wizards_and_one_build(account: Any, terminal: Open, home: Path) -> None:
    account.faults(HELD)
    first, second = (terminal(at_account(account, home), ARTICLE) for _ in range(2))
    to_review(first)
    to_review(second)
    agree(first)
    assert first.meanwhile(account.held) is not None
    agree(second)
    second.until("Another run")
    second.until("Nothing of eksCluster was written")
    second.press("ctrl+q")
    assert second.end() == 3
    account.release()
    first.until("eksCluster is built and verified")
    first.press("ctrl+q")
    assert first.end() == 0
    assert twins(account) == []


@pytest.mark.parametrize("plain", [False, True], ids=["full screen", "plain"])
def test_a_read_that_waits_does_not_hold_the_program(account: Any, terminal: Open, home: Path, plain: bool) -> None:
    account.faults({"service": "sts", "operation": "GetCallerIdentity", "what": "hold", "times": 1})
    at = terminal(at_account(account, home), *(["--plain"] if plain else []))
    assert at.meanwhile(account.held) is not None
    if not plain:
        at.until("Begin a new cluster")
    started = time.monotonic()
    at.press("ctrl+c")
    assert at.end(10) == (5 if plain else 0)
    print(f"\nended {time.monotonic() - started:.2f} s after leaving")
    account.release()
    assert at.restored or plain


def test_stopping_a_build_is_not_held_by_a_read(account: Any, terminal: Open, home: Path) -> None:
    """The stack's events are read beside the build; nobody waits for that read."""
    account.faults({"service": "cloudformation", "operation": "DescribeStackEvents", "what": "hold", "times": 1})
    at = terminal(at_account(account, home), ARTICLE)
    to_review(at)
    agree(at)
    assert at.meanwhile(account.held) is not None
    started = time.monotonic()
    at.process.terminate()
    assert at.end(10) in (0, 5)
    print(f"\nended {time.monotonic() - started:.2f} s after it was asked to")
    account.release()


def test_no_colour(account: Any, terminal: Open, home: Path) -> None:
    at = terminal(at_account(account, home, NO_COLOR="1"), ARTICLE)
    at.do("Open the profile", "enter")
    at.until("passed")
    at.press("ctrl+c")
    assert at.end() == 0
    for codes in re.findall(r"\x1b\[([\d;]*)m", at.stream):
        numbers = [int(number) for number in codes.split(";") if number]
        assert not {*range(31, 38), *range(41, 48), *range(91, 97), *range(101, 107)} & set(numbers[:1]), codes
        if numbers[:2] in ([38, 2], [48, 2]):
            assert len(set(numbers[2:5])) == 1, codes


def test_a_dumb_terminal_gets_lines(account: Any, terminal: Open, home: Path) -> None:
    at = terminal(at_account(account, home, TERM="dumb"))
    at.do("Name of this profile", "s", "\n")
    assert at.end() == 0
    assert "\x1b" not in at.stream


def test_without_a_terminal_nobody_is_asked(home: Path) -> None:
    ended = subprocess.run(
        [*PROGRAM, ARTICLE], env=shell(home), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"eks-wizard replay {ARTICLE} --yes" in ended.stderr
    assert "\x1b" not in ended.stderr
