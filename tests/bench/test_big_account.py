"""A keystroke's check and the list of VPCs in an account of 500 VPCs and 5,000 subnets."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from article_facts import ARTICLE, EMPTY
from textual.app import App

from screens.arguments import parse
from screens.dialogs import ChooseDialog
from screens.interview import Interview, Look, Offered, scope_of
from wizard import words
from wizard.answers import from_profile, question_at
from wizard.engine import STEP_NAMES
from wizard.facts import RouteTable, State, Subnet, Vpc, Zone
from wizard.steps.vpc.choices import SeenSubnet, SeenVpc, VpcChoices

KEYSTROKE_SECONDS = 0.016
LIST_SECONDS = 0.3
ROUNDS = 15
QUOTA = 200
ZONES = tuple(Zone(f"ap-northeast-1{letter}", f"apne1-az{number}") for number, letter in enumerate("acd", 1))


@pytest.fixture
def interview(tmp_path: Path) -> Interview:
    """Answers and facts as they stand after AWS was read.

    All VPCs and subnets can be chosen; the VPC that is looked at has 200 subnets and route tables, AWS's quota.
    """
    found = Interview(parse(["check", "none.yaml"]))
    found.draft = tmp_path / "draft.yaml"
    found.answers = from_profile(ARTICLE)
    found.account = replace(EMPTY.account, zones=ZONES)
    zones = [ZONES[number % 3] for number in range(5000)]
    subnets = tuple(
        Subnet(f"subnet-{number:017x}", f"vpc-{number // 10:017x}", zone.name, zone.id, cidr(number), 251, State.USABLE)
        for number, zone in enumerate(zones)
    )
    tables = tuple(
        RouteTable(f"rtb-{number:017x}", number == 0, (subnet.id,), ()) for number, subnet in enumerate(subnets[:QUOTA])
    )
    vpc = replace(
        EMPTY.vpc,
        vpc=Vpc(f"vpc-{0:017x}", ("10.64.0.0/10",), State.USABLE),
        subnets=subnets[:QUOTA],
        route_tables=tables,
    )
    facts = replace(EMPTY, account=found.account, vpc=vpc)
    found.take(Look("kubeconfig", "kubeconfig", EMPTY.account.at, found.shown(), facts, anew=True))
    seen = VpcChoices(
        vpcs=tuple(SeenVpc(f"vpc-{number:017x}", f"name {number % 97}", ("10.0.0.0/16",)) for number in range(500)),
        subnets=tuple(
            SeenSubnet(subnet.id, subnet.vpc_id, "", subnet.zone, subnet.zone_id, subnet.cidr, 251)
            for subnet in subnets
        ),
        zones=ZONES,
    )
    found.take_choices(Offered("vpc", scope_of(found.shown()), seen))
    return found


def cidr(number: int) -> str:
    """The CIDR of the subnet with this number."""
    return f"10.{64 + number // 256}.{number % 256}.0/24"


@pytest.mark.long
def test_the_check_after_a_keystroke(interview: Interview) -> None:
    """What follows from an answer, without reading AWS: the fields, what is missing, the findings of every step."""
    interview.connection = NotAsked()  # type: ignore[assignment]  # only its session() is used, and only for the profile
    taken = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        # As put does, but for the draft's file.
        interview.answers = {**interview.answers, "vpc.create.cidr": f"10.{number}.0.0/16"}
        assert interview.problems() == ()
        for step in STEP_NAMES:
            assert interview.asked(step)
        view = interview.view(STEP_NAMES[-1])
        taken.append(time.perf_counter() - started)
        assert view is not None
        assert view.findings
    print(f"a keystroke's check: {min(taken) * 1000:.1f} ms, worst {max(taken) * 1000:.1f} ms")
    assert min(taken) < KEYSTROKE_SECONDS


class NotAsked:
    """A connection that nobody asks anything."""

    practice = None

    def session(self, profile: object) -> "NotAsked":
        self.profile = profile
        return self


@pytest.mark.long
def test_the_list_of_vpcs_opens(interview: Interview) -> None:
    interview.answers = {**interview.answers, "vpc": "use"}
    question = question_at("vpc.use.id")
    assert question is not None

    async def opened() -> float:
        app: App[None] = App()
        async with app.run_test(size=(120, 40)) as pilot:
            started = time.perf_counter()
            found = interview.choices("vpc.use.id")
            assert isinstance(found, tuple)
            assert len(found) == 500
            app.push_screen(ChooseDialog(question, words.headings("vpc.use.id"), found, "", many=False))
            await pilot.pause()
            return time.perf_counter() - started

    taken = [asyncio.run(opened()) for _ in range(5)]
    print(f"the list of 500 VPCs: {min(taken) * 1000:.0f} ms")
    assert min(taken) < LIST_SECONDS
