"""What is shown while a plan is carried out."""

from typing import Any

import pytest
from rich.console import Console

from screens.output import Output
from screens.progress import Board, Frame, bar, finished_line, progress, under_way
from wizard.events import Done, Failed, Retrying, Started, Stopped, Waiting
from wizard.findings import stop
from wizard.plan import Call, Change, Plan, Wait

READ = Call("ec2", "DescribeVpcs", {})
VPC = Change("vpc", "vpc", "create", Call("ec2", "CreateVpc", {}), Wait(READ, "Vpcs"))
CLUSTER = Change("cluster", "cluster", "create", Call("eks", "CreateCluster", {}), Wait(READ, "x", usual=600))
PLAN = Plan("1", "r", "blue", "d", (VPC, CLUSTER))


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def frame(board: Board, width: int, height: int = 24) -> list[str]:
    console = Console(width=width, height=height, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    with console.file:
        console.print(Frame(board))
        return console.export_text().splitlines()


def test_a_long_wait_shows_elapsed_and_usual_between_events() -> None:
    clock = Clock()
    board = Board(PLAN, 1.0, clock)
    board.take(Started(CLUSTER))
    board.take(Waiting(CLUSTER, 120, 600, "there"))
    clock.at += 65
    assert frame(board, 80) == [
        "create  cluster  3 min 5 s, usually 10 min",
        "[--------------------] 0 of 2 changes done, 1 under way",
    ]


def test_practice_counts_in_the_time_of_aws() -> None:
    clock = Clock()
    board = Board(PLAN, 0.1, clock)
    board.take(Started(CLUSTER))
    clock.at += 6
    assert under_way(board) == "cluster 1 min, usually 10 min"
    assert finished_line(Done(CLUSTER, 60, False), board) == "done    cluster (10 min)"
    assert finished_line(Done(CLUSTER, 60, True), board) == "done    cluster (10 min, its answer was lost; found it)"


def test_what_is_left_is_what_was_neither_done_nor_failed() -> None:
    board = Board(PLAN, 1.0)
    assert board.left == ["vpc", "cluster"]
    board.take(Done(VPC, 1, False))
    board.take(Failed(CLUSTER, stop("RUN001", "cluster")))
    board.take(Stopped())
    assert (board.left, board.done, board.stopped, board.running) == ([], ["vpc"], True, {})
    assert bar(board) == "[##########----------] 1 of 2 changes done, 0 under way"


def test_more_changes_than_rows_are_counted() -> None:
    changes = [Change(f"vpc.subnet.{number}", "vpc", "create", None) for number in range(30)]
    board = Board(Plan("1", "r", "blue", "d", tuple(changes)), 1.0)
    for change in changes:
        board.take(Started(change))
    shown = frame(board, 40, 24)
    assert len(shown) <= 20
    assert shown[-2].strip() == f"and {30 - (len(shown) - 2)} more"
    assert all(len(line) <= 40 for line in shown)


def test_a_log_gets_a_sign_of_life_each_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    board = Board(PLAN, 1.0, clock)
    with progress(Output(as_json=False, quiet=False, verbose=False, color=False), board, in_place=False) as show:
        show(Started(CLUSTER))
        for _ in range(9):
            clock.at += 10
            show(Waiting(CLUSTER, clock.at - 100, 600, "there"))
        show(Retrying(CLUSTER, "throttled", "Rate exceeded\x1b[2J"))
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" ")[2] for line in lines] == [
        "start   cluster",
        "waiting cluster 30 s, usually 10 min",
        "waiting cluster 1 min, usually 10 min",
        "waiting cluster 1 min 30 s, usually 10 min",
        "again   cluster: AWS asks for patience: Rate exceeded\\x1b[2J",
    ]


@pytest.mark.parametrize("quiet", [True, False])
def test_json_lines_are_not_for_people(quiet: bool, capsys: pytest.CaptureFixture[Any]) -> None:
    output = Output(as_json=True, quiet=quiet, verbose=False, color=False)
    with progress(output, Board(PLAN, 1.0), in_place=True) as show:
        show(Started(VPC))
    out, err = capsys.readouterr()
    assert (out, err) == ('{"type": "started", "change": "vpc", "step": "vpc"}\n', "")
