"""Each step as it stands on the screen, in each of its states."""

import pytest
from conftest import AccountUnderTest
from wizard_run import NARROW, NOBODY, WIDE, Wizard, over

from wizard.engine import STEP_NAMES

# Answers that can be read, and that AWS or reason speak against.
WRONG = {
    "role.cluster": "use",
    "role.cluster.use": "arn:aws:iam::123456789012:role/nobodysRole",
    "vpc.create.cidr": "10.0.0.0/16",
    "endpoints.services": "ec2, ecr.api, s3",
    "security_group": "use",
    "security_group.use": "sg-0123456789abcdef0",
    "cluster.version": "1.20",
    "nodes.instance_type": "m5.huge",
}
# A step, the answer it can't do without, and what stands there instead.
MISSING = {
    "account": {"site.on_premises_cidrs": ""},
    "role": {"role.cluster": "use"},
    "vpc": {"vpc.create.subnets": ""},
    "endpoints": {"endpoints.security_group": "use"},
    "security_group": {"security_group": "use"},
    "cluster": {"cluster.service_cidr": ""},
    "nodes": {"nodes.instance_type": ""},
}


def test_right(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        for step in STEP_NAMES:
            await used.go(step)
            assert "STOP" not in used.text
            await used.golden(f"step-{step}-ok")

    over(account.endpoint_url, act)


def test_stopped(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin(**WRONG)
        for step in STEP_NAMES:
            await used.go(step)
            await used.golden(f"step-{step}-stop")

    over(account.endpoint_url, act)


def test_another_account_than_the_profiles(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin(**{"account.id": "999999999999"})
        assert used.codes == ["ACC001"]
        await used.golden("step-account-other")

    over(account.endpoint_url, act)


@pytest.mark.long
def test_refused(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        account.faults({"service": "(?!sts).*", "what": "refuse"})
        await used.press("f5")
        await used.quiet()
        for step in STEP_NAMES:
            await used.go(step)
            await used.golden(f"step-{step}-unknown")

    over(account.endpoint_url, act)


@pytest.mark.long
def test_under_way(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.begin()
        account.faults({"service": "(?!sts).*", "what": "hold"})
        for step in STEP_NAMES[1:]:
            await used.show(step)
            await used.until(lambda: used.app.reading)
            assert "Reading AWS" in used.text
            await used.golden(f"step-{step}-reading", *((NARROW, WIDE) if step == "vpc" else (NARROW,)))
        account.faults()

    over(account.endpoint_url, act)


@pytest.mark.long
def test_answers_missing(account: AccountUnderTest) -> None:
    async def act(used: Wizard) -> None:
        await used.quiet()
        used.app.interview.begin()
        await used.go("account")
        await used.golden("step-account-begun")
        for step, answers in MISSING.items():
            await used.begin(**answers)
            await used.go(step)
            assert "ANSWER" in used.text
            await used.golden(f"step-{step}-missing", *((NARROW, WIDE) if step == "vpc" else (NARROW,)))

    over(account.endpoint_url, act)


@pytest.mark.long
def test_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")

    async def act(used: Wizard) -> None:
        await used.begin()
        for step in STEP_NAMES:
            await used.go(step)
            assert "Not checked" in used.status
            await used.golden(f"step-{step}-unreachable", *((NARROW, WIDE) if step == "vpc" else (NARROW,)))

    over(NOBODY, act)
