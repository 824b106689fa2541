"""``check --cluster`` names the cause of each scenario, with the line of the console; and nothing once it is solved."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from screens.cli import main
from wizard.training.scenario import shipped

Practise = Callable[[str], Any]


def findings(account: Any, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The findings of the real command."""
    capsys.readouterr()
    where = ("--endpoint-url", account.endpoint_url, "--region", account.region)
    main(["check", "--cluster", "eksCluster", "--json", *where])
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [event for event in events if event["type"] == "finding"]


def stops(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that stop."""
    return [event for event in found if event["severity"] == "stop"]


@pytest.mark.long
@pytest.mark.parametrize("name", shipped())
def test_the_cause_of_a_scenario_is_named(
    practised: Practise, account: Any, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    found = practised(name)
    line = found.loaded.scenario.debrief.line
    all_told = findings(account, capsys)
    # The debrief says that check finds it.
    assert found.loaded.scenario.debrief.finding in {event["code"] for event in all_told if event["severity"] != "ok"}
    told = stops(all_told)
    if line:
        assert told
        assert told[0]["seen"], told
        assert told[0]["code"] != "NODE695"
    found.solve()
    assert found.judged()["solved"]
    assert [(event["code"], event["says"]) for event in stops(findings(account, capsys))] == []
