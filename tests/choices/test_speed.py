"""Big accounts: what is shown while someone types has to be there at once."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from wizard import live_choices
from wizard.facts import Zone
from wizard.steps.nodes.choices import NodeChoices, SeenType
from wizard.steps.vpc.choices import SeenSubnet, SeenVpc, VpcChoices

MOST_SECONDS = 0.05
ZONES = tuple(Zone(f"ap-northeast-1{letter}", f"apne1-az{number}") for number, letter in enumerate("acd", 1))
VPC = VpcChoices(
    vpcs=tuple(SeenVpc(f"vpc-{number:017x}", f"name {number % 97}", ("10.0.0.0/16",)) for number in range(500)),
    subnets=tuple(
        SeenSubnet(
            f"subnet-{number:017x}", f"vpc-{number % 500:017x}", f"name {number % 89}", ZONES[number % 3].name,
            ZONES[number % 3].id, f"10.0.{number % 256}.0/24", number % 252,
        )
        for number in range(5000)
    ),
    zones=ZONES,
)  # fmt: skip
NODES = NodeChoices(
    types=tuple(SeenType(f"m{number % 40}i.{number}xlarge", number, 4096, ("x86_64",), 29) for number in range(1500)),
    offered={f"m{number % 40}i.{number}xlarge": frozenset(zone.name for zone in ZONES) for number in range(1500)},
)
ROWS = {"vpc": "create", "vpc.create.subnets": "ap-northeast-1a 10.0.0.0/24\nap-northeast-1c 10.0.1.0/24"}
CASES: tuple[tuple[str, str, Any, dict[str, str], int], ...] = (
    ("vpc", "vpc.use.id", VPC, {}, 500),
    ("vpc", "vpc.use.subnets", VPC, {"vpc.use.id": f"vpc-{7:017x}"}, 10),
    ("vpc", "vpc.use.subnets", VPC, {}, 5000),
    ("nodes", "nodes.instance_type", NODES, ROWS, 1500),
)


def quickest(run: Callable[[], Any]) -> float:
    """Seconds of the quickest of some runs: the others waited for the machine."""
    taken = []
    for _ in range(7):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return min(taken)


@pytest.mark.parametrize(("step", "path", "seen", "answers", "count"), CASES)
def test_choices_are_quick(step: str, path: str, seen: Any, answers: dict[str, str], count: int) -> None:
    found = live_choices.choices(step, path, seen, answers)
    assert isinstance(found, tuple)
    assert len(found) == count
    seconds = quickest(lambda: live_choices.choices(step, path, seen, answers))
    print(f"{path}: {count} in {seconds * 1000:.1f} ms")
    assert seconds < MOST_SECONDS
