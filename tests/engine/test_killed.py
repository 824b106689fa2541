"""The process is killed in the middle of a build, or of an undo; a new one ends as one that nothing disturbs.

A build ends in the same resources, none of them twice; an undo ends in what stood before the build.
"""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from replay_process import replay, undo
from resources import standing, twins

HELD_AFTER = {"writes_only": True, "when": "after", "what": "hold"}
# More kills than a build has levels of changes that depend on each other.
MOST_KILLS = 60


@pytest.mark.long
def test_killed_before_each_answer(builder: Callable[..., Any], account: Any, tmp_path: Path) -> None:
    """Each write is carried out and its answer held; the process dies; the next one goes on to the next writes."""
    wanted = calm(builder, account)
    account.faults({**HELD_AFTER, "once_per_call": True, "times": None})
    kills = 0
    while kills < MOST_KILLS:
        process = replay(account, tmp_path)
        while (held := account.held(timeout=0.5)) is None and process.poll() is None:
            pass
        if held is None:
            break
        kill(process)
        account.release()
        kills += 1
    assert process.wait() == 0, process.communicate()
    process.communicate()
    assert kills >= 8
    assert_as(wanted, account)


def test_killed_after_each_answer(builder: Callable[..., Any], account: Any, tmp_path: Path) -> None:
    """The process dies as soon as it tells that a call was answered that no process before had told of."""
    wanted = calm(builder, account)
    seen: set[str] = set()
    for _ in range(MOST_KILLS):
        process = replay(account, tmp_path)
        new = next((change for change in answered(process) if change not in seen), None)
        if new is None:
            break
        seen.add(new)
        kill(process)
    assert process.wait() == 0, process.communicate()
    process.communicate()
    assert len(seen) >= 5
    assert_as(wanted, account)


def test_an_undo_that_is_killed_goes_on(builder: Callable[..., Any], account: Any, tmp_path: Path) -> None:
    """Killed at its first deletion, in the middle, and towards its end; then it runs through."""
    before = standing(account)
    builder().build()
    for skip in (0, 3, 6):
        account.faults({**HELD_AFTER, "skip": skip, "times": 1})
        process = undo(account, tmp_path)
        while (held := account.held(timeout=0.5)) is None and process.poll() is None:
            pass
        assert held is not None, process.communicate()
        kill(process)
        account.release()
    assert standing(account) != before
    process = undo(account, tmp_path)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    account.faults()
    account.settled()
    assert standing(account) == before


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_an_undo_that_is_killed_once_at_every_single_deletion_goes_on(
    builder: Callable[..., Any], account: Any, tmp_path: Path
) -> None:
    """Before the answer of each: the thing is gone, and nobody was told."""
    before = standing(account)
    for deletion in range(MOST_KILLS):
        account.reset()
        builder(folder=f"machine-{deletion}").build()
        account.faults({**HELD_AFTER, "skip": deletion, "times": 1})
        process = undo(account, tmp_path / f"killed-{deletion}")
        while (held := account.held(timeout=0.5)) is None and process.poll() is None:
            pass
        if held is None:
            process.communicate()
            break
        kill(process)
        account.release()
        account.faults()
        again = undo(account, tmp_path / f"killed-{deletion}")
        _, errors = again.communicate()
        assert again.returncode == 0, (held, errors)
        account.settled()
        assert standing(account) == before, held
    print(f"\nkilled at each of {deletion} deletions")
    assert deletion >= 20


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_once_before_the_answer_of_every_single_write(
    builder: Callable[..., Any], account: Any, tmp_path: Path
) -> None:
    wanted = calm(builder, account)
    writes = 0
    while True:
        account.reset()
        account.faults({**HELD_AFTER, "skip": writes, "times": 1})
        process = replay(account, tmp_path / f"killed-{writes}")
        while (held := account.held(timeout=0.5)) is None and process.poll() is None:
            pass
        if held is None:
            process.communicate()
            break
        kill(process)
        account.release()
        account.faults()
        again = replay(account, tmp_path / f"killed-{writes}")
        _, errors = again.communicate()
        assert again.returncode == 0, (held, errors)
        assert_as(wanted, account)
        writes += 1
    print(f"\nkilled before the answer of each of {writes} writes")
    assert writes >= 30


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_once_after_the_answer_of_every_single_write(
    builder: Callable[..., Any], account: Any, tmp_path: Path
) -> None:
    operator = builder(folder="calm")
    calls = [change.id for change in operator.look().plan.changes]
    wanted = calm(builder, account)
    killed = []
    for number, change in enumerate(calls):
        account.reset()
        process = replay(account, tmp_path / f"killed-{number}")
        if change not in answered(process):
            process.communicate()
            continue
        kill(process)
        again = replay(account, tmp_path / f"killed-{number}")
        _, errors = again.communicate()
        assert again.returncode == 0, (change, errors)
        assert_as(wanted, account)
        killed.append(change)
    print(f"\nkilled after the answer of each of {len(killed)} writes")
    assert len(killed) >= 30


def calm(builder: Callable[..., Any], account: Any) -> dict[str, Any]:
    """What stands after a build that nothing disturbs; the account is empty again afterwards."""
    operator = builder(folder="calm")
    operator.build()
    operator.verify()
    wanted = standing(account)
    account.reset()
    return wanted


def answered(process: Any) -> Iterator[str]:
    """The ids of the changes whose calls were answered, as the process tells of them."""
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "answered":
            yield event["change"]


def kill(process: Any) -> None:
    """SIGKILL: nothing of the process runs on, no finally and no flush."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def assert_as(wanted: dict[str, Any], account: Any) -> None:
    """Nothing was made twice, and what stands is what a calm build makes."""
    account.faults()
    account.settled()
    assert twins(account) == []
    assert standing(account) == wanted
