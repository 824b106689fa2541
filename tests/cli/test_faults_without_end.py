"""AWS throttles, fails or breaks the connection without end: one sentence, an exit code, and a way to go on."""

from collections.abc import Callable
from typing import Any

import pytest

# conftest.py's fixture; a test folder is no package to import its types from.
Run = Callable[..., Any]

WITHOUT_END = {
    "throttled": {"what": "throttle"},
    "failing": {"what": "error", "status": 500, "code": "InternalError", "message": "an internal error has occurred"},
    "breaking off": {"what": "reset"},
}


@pytest.mark.parametrize("how", WITHOUT_END)
def test_a_read_that_gets_no_answer_ends_with_4_and_names_its_action(account: Any, at_practice: Run, how: str) -> None:
    account.faults({"service": "cloudformation", "operation": "DescribeStacks", **WITHOUT_END[how]})
    ran = at_practice("replay", "--yes")
    assert ran.code == 4
    [said] = [line for line in ran.err.splitlines() if line.startswith("ERROR")]
    assert "cloudformation:DescribeStacks" in said
    assert "Do: " in ran.err
    assert account.writes() == []


@pytest.mark.parametrize("how", WITHOUT_END)
def test_a_write_that_gets_no_answer_stops_its_step_and_the_next_replay_goes_on(
    account: Any, at_practice: Run, how: str
) -> None:
    account.faults({"service": "ec2", "writes_only": True, **WITHOUT_END[how]})
    ran = at_practice("replay", "--yes", "--until", "vpc", "--json")
    assert ran.code == 5
    failed = {event["change"]: event for event in ran.of("failed")}
    assert set(failed) == {"vpc", "vpc.vpn-gateway"}
    for change, finding in failed.items():
        assert finding["step"] == "vpc"
        assert change in finding["says"]
        action = {"vpc": "ec2:CreateVpc", "vpc.vpn-gateway": "ec2:CreateVpnGateway"}[change]
        assert action in finding["says"]
        assert finding["do"]
    account.faults()
    assert at_practice("replay", "--yes", "--until", "vpc").code == 0
    assert len(account.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]) == 1
