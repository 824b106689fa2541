"""The journal: what is on the disk after a kill, who holds the lock, and which token a repetition carries."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from wizard.carry_out import Run, carry_out
from wizard.cloud import Access, Cloud
from wizard.journal import Journal, Locked, Record
from wizard.pace import Pace
from wizard.plan import Call, Change

LOOK = {"service": "ec2", "operation": "DescribeVpcs", "params": {}, "items": "Vpcs[]"}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "clusters" / "eksCluster")


def told(record: Record) -> tuple[str | None, str | None, Mapping[str, Any] | None]:
    return record.outcome, record.token, record.look


def test_an_empty_journal(journal: Journal) -> None:
    assert journal.records() == {}


def test_an_intent_is_open_until_its_outcome(journal: Journal) -> None:
    journal.intent("vpc", {"operation": "CreateVpc"}, "token", LOOK)
    assert told(journal.records()["vpc"]) == (None, "token", LOOK)
    journal.outcome("vpc", "done")
    assert told(journal.records()["vpc"]) == ("done", "token", LOOK)


def test_the_last_record_of_each_change_counts(journal: Journal) -> None:
    journal.intent("vpc", {}, "first", None)
    journal.intent("role", {}, None, None)
    journal.outcome("vpc", "refused", code="VpcLimitExceeded")
    journal.intent("vpc", {}, "second", LOOK)
    journal.outcome("role", "found")
    records = journal.records()
    assert list(records) == ["vpc", "role"]
    assert told(records["vpc"]) == (None, "second", LOOK)
    assert records["role"].outcome == "found"
    assert records["vpc"].at <= records["role"].at


def test_an_outcome_without_an_intent_is_none(journal: Journal) -> None:
    journal.outcome("vpc", "done")
    assert journal.records() == {}


def test_another_journal_on_the_same_folder_reads_the_same(journal: Journal) -> None:
    journal.intent("vpc", {"params": {"CidrBlock": "10.0.0.0/16"}}, "token", LOOK)
    assert Journal(journal.folder).records() == journal.records()


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_torn_last_line_is_passed_over_and_swallows_nothing(journal: Journal, kept: int) -> None:
    journal.intent("vpc", {}, "token", None)
    journal.outcome("vpc", "done")
    whole = journal.path.read_bytes()
    journal.intent("role", {}, "lost", None)
    torn = journal.path.read_bytes()[: len(whole) + kept]
    journal.path.write_bytes(torn)
    assert {change: record.outcome for change, record in journal.records().items()} == {"vpc": "done"}
    journal.intent("role", {}, "again", None)
    records = journal.records()
    assert (records["vpc"].outcome, records["role"].token) == ("done", "again")


@pytest.mark.parametrize("line", ["null", "[]", "7", '"vpc"', "{}", '{"kind": "intent"', "\x00\x00"])
def test_lines_that_are_none_are_passed_over(journal: Journal, line: str) -> None:
    journal.intent("vpc", {}, "token", None)
    with journal.path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}")
    journal.outcome("vpc", "done")
    assert list(journal.records()) == ["vpc"]
    assert journal.records()["vpc"].outcome == "done"


def test_threads_write_whole_lines(journal: Journal) -> None:
    def write(name: str) -> None:
        for number in range(10):
            journal.intent(f"{name}.{number}", {"text": "x" * 500}, None, None)
            journal.outcome(f"{name}.{number}", "done")

    threads = [threading.Thread(target=write, args=(f"t{index}",)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = journal.records()
    assert len(records) == 80
    assert {record.outcome for record in records.values()} == {"done"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_journal_and_evidence_are_the_operators_alone(journal: Journal) -> None:
    before = os.umask(0)
    try:
        journal.intent("vpc", {}, None, None)
        evidence = journal.evidence("vpc", {})
    finally:
        os.umask(before)
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert evidence.stat().st_mode & 0o777 == 0o600
    assert journal.folder.stat().st_mode & 0o777 == 0o700


def test_evidence_is_kept_beside_the_journal(journal: Journal) -> None:
    change = "cluster.admin.arn:aws:iam::123456789012:role/platform/Admin"
    said = {"events": [{"reason": "no"}]}
    path = journal.evidence(change, said)
    assert path.parent == journal.folder / "evidence"
    assert json.loads(path.read_text("utf-8")) == said
    assert path.name.endswith("-cluster.admin.arn_aws_iam__123456789012_role_platform_Admin.json")


def test_evidence_of_the_same_second_replaces_nothing(journal: Journal) -> None:
    paths = [journal.evidence("vpc", number) for number in range(3)]
    assert [json.loads(path.read_text("utf-8")) for path in paths] == [0, 1, 2]


HOLD = """
import sys
from pathlib import Path
from wizard.journal import Journal
with Journal(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_another_process_names_its_holder(journal: Journal) -> None:
    command = [sys.executable, "-c", HOLD, str(journal.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Locked) as refused, journal.lock():
            pytest.fail("two hold the lock")
        assert refused.value.holder.startswith(f"process {other.pid} since 20")
        assert refused.value.holder.endswith(" UTC")
        other.communicate()
    with journal.lock():
        assert str(os.getpid()) in (journal.folder / "lock.holder").read_text("utf-8")


def test_another_cluster_has_another_lock(journal: Journal) -> None:
    with journal.lock(), Journal(journal.folder.with_name("other")).lock():
        pass


def test_a_failure_under_the_lock_frees_it(journal: Journal) -> None:
    with pytest.raises(ZeroDivisionError), journal.lock():
        _ = 1 / 0
    with journal.lock():
        pass


class Recorder(Cloud):
    """The door to AWS, but that every write goes to a list."""

    def __init__(self) -> None:
        super().__init__(
            Access(region="eu-west-1", practice=True, endpoint_url="http://127.0.0.1:9", access_key="a", secret_key="b")
        )
        self.sent: list[tuple[str, str | None]] = []

    def write(self, call: Call, token: str | None = None) -> dict[str, Any]:
        self.sent.append((call.operation, token))
        return {}


def carried_out(journal: Journal, operation: str = "CreateAddon") -> str | None:
    """The token that a change's call is sent with."""
    cloud = Recorder()
    change = Change("addon", "cluster", "create", Call("eks", operation, {}))
    carry_out(change, Run(cloud, journal, Pace(0, threading.Event()), lambda _: None))
    ((sent, token),) = cloud.sent
    assert sent == operation
    return token


def test_an_open_intent_keeps_its_token(journal: Journal) -> None:
    journal.intent("addon", {}, "from-before", None)
    assert carried_out(journal) == "from-before"


@pytest.mark.parametrize("outcome", ["done", "found", "refused", "failed"])
def test_a_new_intent_has_a_new_token(journal: Journal, outcome: str) -> None:
    journal.intent("addon", {}, "from-before", None)
    journal.outcome("addon", outcome)
    token = carried_out(journal)
    assert token not in (None, "from-before")
    assert journal.records()["addon"].token == token


def test_another_changes_token_is_not_taken(journal: Journal) -> None:
    journal.intent("other", {}, "from-before", None)
    assert carried_out(journal) not in (None, "from-before")


def test_no_token_where_the_call_takes_none(journal: Journal) -> None:
    journal.intent("addon", {}, "from-before", None)
    assert carried_out(journal, "AssociateAccessPolicy") is None
