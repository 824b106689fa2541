"""The last screen: what it claims, and what it does not."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from article_facts import ARTICLE, CONTROL_PLANE_GROUP, EMPTY, FINISHED, MAIN_TABLE, TABLE, changed
from keyboard import press
from screen_host import Host, interview_at
from screen_text import assert_golden, screen_text

from screens.arguments import parse
from screens.exit_codes import Exit
from screens.finish import FinishScreen, Outcome, Surroundings, _narrowed, replay_command, told
from screens.interview import Interview
from screens.progress import Board
from wizard import engine, words
from wizard.engine import View
from wizard.events import Crashed, Done, Failed
from wizard.facts import Rung, Unknown, Unreached, VpnConnection
from wizard.findings import stop
from wizard.network import CLUSTER

SIZES = [(80, 24), (120, 40)]
PLAN = engine.judge(ARTICLE, EMPTY).plan
BY_ID = {change.id: change for change in PLAN.changes}
REFUSED = stop("RUN001", "cluster", change="cluster", step="cluster", action="eks:CreateCluster", kind="denied",
               aws_code="AccessDenied", said="no\x1b[2J")  # fmt: skip
NODES = FINISHED.kubeconfig.nodes
assert isinstance(NODES, tuple)
NOW = max(node.created_at for node in NODES) + timedelta(minutes=6)


def verified(facts: Any = FINISHED) -> View:
    """The last view of a verification that found this."""
    view = engine.judge(ARTICLE, facts)
    found = tuple(found for step in engine.STEPS for found in step.verify(ARTICLE, facts, view.network))
    return replace(view, findings=found)


def board(*, done: int = len(PLAN.changes)) -> Board:
    made = Board(PLAN, 1.0)
    for change in PLAN.changes[:done]:
        made.take(Done(change, 4.0, found=False))
    return made


def failed() -> Outcome:
    made = board(done=20)
    made.take(Failed(BY_ID[CLUSTER], REFUSED, "/state/evidence/cluster.json"))
    return Outcome(Exit.PARTWAY, made, errors=(words.say(REFUSED),), evidence=("/state/evidence/cluster.json",),
                   log=Path("/state/log/eks-wizard.log"))  # fmt: skip


# AWS's side is right as far as it can be seen, and no tunnel is up.
UNREACHED = Unreached(
    Rung.TIMEOUT,
    "no answer in 5 s",
    addresses=("10.110.3.118", "10.110.4.201"),
    groups=(CONTROL_PLANE_GROUP,),
    tables=(MAIN_TABLE, TABLE),
    connections=(VpnConnection("vpn-0a1b2c3d4e5f60718", "vgw-00000000000000001", ("DOWN", "DOWN")),),
)
BUILT = Outcome(Exit.DONE, board(), verified(), log=Path("/state/log/eks-wizard.log"))
SERVE = Surroundings(Path("/home/taro/a b.yaml"), "eks-wizard replay '/home/taro/a b.yaml'", practice_ends=False)
PRACTICE = Surroundings(Path("/p.yaml"), "eks-wizard replay /p.yaml --practice", practice_ends=True)


def text(outcome: Outcome, around: Surroundings = SERVE) -> str:
    return "\n".join(told(outcome, around, NOW, 200))


def test_what_was_built_and_what_to_type_next() -> None:
    said = text(BUILT)
    assert said.startswith("eksCluster is built and verified: 34 of 34 changes done.")
    assert "\nNAME " in said
    assert said.count("   Ready ") == 2
    assert "\nNext        kubectl --kubeconfig " in said
    assert "\nBuild again eks-wizard replay '/home/taro/a b.yaml'" in said
    assert "Log" not in said


def test_a_practice_account_that_ends_is_said_to_end() -> None:
    assert "the practice account ends with it" in text(BUILT, PRACTICE)
    assert "the practice account ends with it" not in text(BUILT)
    assert "begins anew" in text(failed(), PRACTICE)


def test_what_could_not_be_seen_is_not_claimed() -> None:
    hidden = verified(changed(FINISHED, "kubeconfig", nodes=Unknown("", UNREACHED.said), unreached=UNREACHED))
    said = text(Outcome(Exit.UNVERIFIED, board(), hidden))
    assert "not right yet, or could not be seen" in said
    assert "The nodes were not seen" in said
    assert " Ready" not in said.partition("nodes were")[2]
    stale = text(Outcome(Exit.UNVERIFIED, board(), verified(changed(FINISHED, "kubeconfig", entry_current=False))))
    assert "kubectl --kubeconfig" not in stale
    assert "kubeconfig  " not in stale


def test_a_failure_says_what_is_there_and_how_to_go_on() -> None:
    said = text(failed())
    assert said.startswith("The build of eksCluster ended part-way: 20 of 34 changes are done.")
    assert "You are not allowed eks:CreateCluster" in said
    assert "\x1b" not in said
    assert "20 of 34 changes are done and stay" in said
    assert "Not done: cluster, " in said
    assert "and 6 more" in said
    assert "\nGo on with  eks-wizard replay" in said
    assert "\nEvidence    /state/evidence/cluster.json" in said
    assert "\nLog         /state/log/eks-wizard.log" in said
    assert "Ready" not in said


@pytest.mark.parametrize(
    ("outcome", "first"),
    [
        (Outcome(Exit.FINDINGS, Board(PLAN, 1.0), errors=(words.error("locked", holder="process 7"),)),
         "Nothing of eksCluster was written."),
        (Outcome(Exit.PARTWAY, board(done=3), stopped=True), "Stopped, as you asked: 3 of 34"),
        (Outcome(Exit.PARTWAY, board(), stopped=True), "Stopped, as you asked: 34 of 34"),
        (Outcome(Exit.DONE, Board(replace(PLAN, changes=()), 1.0), verified()), "eksCluster is verified"),
    ],
)  # fmt: skip
def test_how_it_begins(outcome: Outcome, first: str) -> None:
    assert text(outcome).startswith(first)


def test_a_bug_with_nothing_done_does_not_say_that_something_was_built() -> None:
    made = Board(PLAN, 1.0)
    made.take(Crashed(BY_ID[CLUSTER], ValueError("x")))
    assert text(Outcome(Exit.BUG, made)).startswith("The build of eksCluster ended part-way: 0 of 34")


def test_the_command_that_replays_is_quoted_and_speaks_to_the_same_aws() -> None:
    path = Path("/home/taro/my profiles/a;b.yaml")
    assert replay_command(parse([]), path) == "eks-wizard replay '/home/taro/my profiles/a;b.yaml'"
    assert replay_command(parse(["check", "x", "--practice"]), path).endswith(" --practice")
    arguments = parse(["--endpoint-url", "http://127.0.0.1:5000", "--aws-profile", "a b"])
    assert replay_command(arguments, None) == (
        "eks-wizard replay PROFILE --endpoint-url http://127.0.0.1:5000 --aws-profile 'a b'"
    )


def test_a_narrow_window_wraps_under_the_text_and_cuts_nothing() -> None:
    narrow = list(told(BUILT, SERVE, NOW, 78))
    assert max(map(len, narrow)) <= 78
    assert [line.split() for line in narrow if "ip-10-" in line] == [
        line.split() for line in text(BUILT).splitlines() if "ip-10-" in line
    ]
    assert "".join(text(failed()).split()) == "".join("".join(told(failed(), SERVE, NOW, 40)).split())


@pytest.mark.parametrize(
    ("width", "heads"),
    [(95, "NAME STATUS ROLES AGE VERSION"), (84, "NAME STATUS ROLES AGE VERSION"), (78, "NAME STATUS AGE VERSION"),
     (70, "NAME STATUS VERSION"), (40, "NAME STATUS VERSION")],
)  # fmt: skip
def test_a_long_version_leaves_room_by_columns_that_matter_less(width: int, heads: str) -> None:
    """AWS's own versions are longer than those of an upstream kubelet; a name and a version are never cut."""
    node = "ip-10-110-0-9.ap-northeast-1.compute.internal"
    table = [
        f"{'NAME':<48}STATUS   ROLES    AGE   VERSION",
        f"{node:<48}Ready    <none>   1s    v1.35.6-eks-113cf36",
    ]
    shown = _narrowed(table, width)
    assert " ".join(shown[0].split()) == heads
    assert shown[1].startswith(f"{node} ")
    assert shown[1].endswith(" v1.35.6-eks-113cf36")
    assert max(map(len, shown)) <= max(width, 72)


# The screen


@pytest.fixture
def interview(account: Any) -> Iterator[Interview]:
    with interview_at(account.endpoint_url) as found:
        found.source = Path("/home/taro/.config/eks-wizard/profiles/article.yaml")
        yield found


STATES = {
    "done": BUILT,
    "failed": failed(),
    "stopped": Outcome(Exit.PARTWAY, board(done=12), stopped=True),
    "unverified": Outcome(
        Exit.UNVERIFIED,
        board(),
        verified(changed(FINISHED, "kubeconfig", nodes=Unknown("", UNREACHED.said), unreached=UNREACHED)),
        log=Path("/state/log/eks-wizard.log"),
    ),
    "locked": Outcome(Exit.FINDINGS, Board(PLAN, 1.0), errors=(words.error("locked", holder="process 7"),)),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_golden(interview: Interview, account: Any, state: str, size: tuple[int, int]) -> None:
    async def run() -> None:
        app = Host(lambda: FinishScreen(lambda: NOW), interview)
        async with app.run_test(size=size) as pilot:
            finish = app.screen_stack[0]
            assert isinstance(finish, FinishScreen)
            finish.show(STATES[state])
            await pilot.pause()
            await assert_golden(pilot, f"finish-{state}-{size[0]}", (r"127\.0\.0\.1:\d{5}", "127.0.0.1:50000"))

    asyncio.run(run())


def test_the_buttons_lead_on(interview: Interview) -> None:
    async def run() -> None:
        app = Host(FinishScreen, interview)
        async with app.run_test(size=(80, 24)) as pilot:
            finish = app.screen_stack[0]
            assert isinstance(finish, FinishScreen)
            finish.show(failed())
            await pilot.pause()
            await press(pilot, "ctrl+r")
            assert "Look again" not in screen_text(app)
            assert app.built == []
            finish.show(BUILT)
            await pilot.pause()
            await press(pilot, "tab", "enter", "tab", "enter")
            await pilot.click("#verify")
            await pilot.pause()
            assert app.gone == ["leave", "review"]
            assert [plan.changes for plan in app.built] == [()]
            await press(pilot, "ctrl+r", "ctrl+b")
            assert (len(app.built), app.gone[-1]) == (2, "review")

    asyncio.run(run())


def test_the_wizards_own_dummy_has_nothing_to_show(interview: Interview) -> None:
    async def run() -> None:
        app = Host(FinishScreen, interview)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert "Back to the review" in screen_text(app)

    asyncio.run(run())
