"""``--diagram`` and ``--as iam-policy``: the network to look at, and what one has to be allowed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.permissions import reads

Run = Callable[..., Any]
ARTICLE = str(Path(__file__).parents[2] / "profiles" / "article.yaml")


@pytest.mark.parametrize("command", ["check", "plan"])
def test_the_drawing_comes_before_the_rest(at_practice: Run, command: str) -> None:
    ran = at_practice(command, "--diagram")
    assert ran.code == 0
    assert ran.out.startswith("+ will be made\n\nPremises 10.0.0.0/16\n")
    first = {"check": "ROLE104", "plan": "Plan for cluster eksCluster"}[command]
    assert ran.out.index("└─") < ran.out.index("the internet  proxy") < ran.out.index(first)
    assert "endpoint. The gateway endpoint is on" in ran.out


def test_without_asking_nothing_is_drawn(at_practice: Run) -> None:
    assert "│" not in at_practice("check").out
    assert not at_practice("check", "--json").of("diagram")


def test_a_terminal_gets_what_fits(at_practice: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.output.Output.table_width", lambda _self, **_: 76)
    lines = at_practice("check", "--diagram").out.splitlines()
    drawn = lines[: lines.index("") + 1 + lines[lines.index("") + 1 :].index("")]
    assert len(drawn) > 20
    assert max(map(len, drawn)) == 76


def test_as_events(at_practice: Run) -> None:
    ran = at_practice("check", "--diagram", "--json")
    assert [event["type"] for event in ran.events][:4] == ["start", "account", "diagram", "reachability"]
    assert "+ VPN gateway" in ran.of("diagram")[0]["lines"]
    cells = ran.of("reachability")[0]["cells"]
    assert cells[0] == {
        "from": "10.110.3.0/24",
        "to": "cluster API",
        "way": "direct",
        "why": "cluster",
        "says": "The cluster's private endpoint has interfaces in the VPC, and NO_PROXY holds its name.",
    }
    assert {cell["way"] for cell in cells} == {"direct", "endpoint", "proxy"}


def test_a_policy_of_what_the_plan_needs(account: Any, at_practice: Run) -> None:
    ran = at_practice("plan", "--as", "iam-policy")
    assert ran.code == 0
    found = json.loads(ran.out)
    allowed = {action for one in found["Statement"] for action in one["Action"]}
    assert {*reads(), "eks:CreateCluster", "iam:PassRole", "ec2:RunInstances"} <= allowed
    assert account.writes() == []


def test_a_policy_of_what_looking_needs(account: Any, at_practice: Run) -> None:
    before = len(account.calls())
    ran = at_practice("check", "--as", "iam-policy")
    assert ran.code == 0
    found = json.loads(ran.out)
    allowed = {action for one in found["Statement"] for action in one["Action"]}
    assert allowed == set(reads())
    verbs = ("Describe", "Get", "List", "Simulate")
    assert all(action.partition(":")[2].startswith(verbs) for action in allowed)
    # Whoever asks for it may not be allowed to look yet.
    assert len(account.calls()) == before


def test_a_document_is_not_drawn_into(at_practice: Run) -> None:
    ran = at_practice("plan", "--as", "iam-policy", "--diagram")
    assert ran.code == 2
    assert "--as" in ran.err
    assert ran.out == ""


def test_other_encodings_than_utf_8_get_ascii() -> None:
    command = [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main(sys.argv[1:]))"]
    options = ["check", ARTICLE, "--practice", "--time-scale", "0", "--diagram"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONIOENCODING": "cp932"}
    done = subprocess.run([*command, *options], env=environment, capture_output=True, check=True, timeout=60)
    assert b".- + VPC eksCluster 10.110.0.0/16 -" in done.stdout
    assert done.stdout.isascii()
