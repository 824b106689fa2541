"""What follows from what AWS said about a plan's actions."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from article_facts import ARTICLE, EMPTY, FINISHED, HIDDEN

from wizard import engine
from wizard.facts import Denier, Facts, Question, Rights, Unknown, Verdict
from wizard.findings import Finding
from wizard.rights.check import check
from wizard.rights.questions import is_by_cloudformation, questions

PLAN = engine.judge(ARTICLE, EMPTY).plan
ASKED = questions(PLAN, EMPTY)
ALLOWED = Verdict(None)
DENIED = Verdict(Denier.IDENTITY)


def told(
    verdict: Verdict, which: Callable[[Question], bool], tried: Mapping[str, bool | str] | None = None
) -> list[Finding]:
    """What is found where these questions are answered so, and all others are allowed."""
    simulated = {question: verdict if which(question) else ALLOWED for question in ASKED}
    return found(Rights(simulated, tried or {}))


def found(rights: Rights | None, arn: str = EMPTY.account.arn) -> list[Finding]:
    facts = replace(EMPTY, rights=rights, account=replace(EMPTY.account, arn=arn))
    return list(check(PLAN, facts))


def lines(findings: list[Finding]) -> list[str]:
    return [f"{one.code} {one.severity} {one.where}" for one in findings]


def named(*actions: str) -> Callable[[Question], bool]:
    return lambda question: question.action in actions


def test_all_is_allowed() -> None:
    [finding] = told(ALLOWED, named())
    assert lines([finding]) == ["ACC021 ok account.id"]
    assert finding.about["count"] == len({question.action for question in ASKED})


def test_nobody_asked_or_nothing_to_ask() -> None:
    assert found(None) == []
    facts: Facts = replace(FINISHED, rights=Rights({}))
    assert list(check(engine.judge(ARTICLE, FINISHED).plan, facts)) == []


def test_each_step_is_told_what_it_lacks() -> None:
    findings = told(DENIED, named("iam:CreateRole", "iam:TagRole", "ec2:CreateSecurityGroup", "eks:CreateAddon"))
    assert lines(findings) == [
        "ACC020 stop role", "ACC020 stop endpoints", "ACC020 stop security_group", "ACC020 stop cluster",
        "ACC020 stop nodes",
    ]  # fmt: skip
    assert findings[0].about["actions"] == ["iam:CreateRole", "iam:TagRole"]
    by_step = {finding.where: finding.about["actions"] for finding in findings}
    assert by_step["nodes"] == ["ec2:CreateSecurityGroup", "eks:CreateAddon"]


def test_a_boundary_is_told_beside_what_policies_deny() -> None:
    simulated = dict.fromkeys(ASKED, ALLOWED)
    simulated |= {one: DENIED for one in ASKED if one.action == "iam:TagRole"}
    simulated |= {one: Verdict(Denier.BOUNDARY) for one in ASKED if one.action == "iam:CreateRole"}
    findings = found(Rights(simulated))
    assert [(one.about["denier"], one.about["actions"]) for one in findings] == [
        ("boundary", ["iam:CreateRole"]), ("identity", ["iam:TagRole"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (("aws:SourceVpc",), "ACC023 unknown vpc"),
        (("aws:RequestTag/CostCentre", "aws:ResourceTag/owner"), "ACC023 unknown vpc"),
        (("aws:RequestTag/CostCentre",), "ACC020 stop vpc"),
        (("iam:PermissionsBoundary", "aws:TagKeys"), "ACC020 stop vpc"),
        ((), "ACC020 stop vpc"),
    ],
)
def test_what_depends_on_what_nobody_knows_is_unknown(missing: tuple[str, ...], line: str) -> None:
    assert lines(told(Verdict(Denier.IDENTITY, missing), named("ec2:CreateVpc"))) == [line]


def test_what_an_organization_denies_in_the_simulator_is_unknown() -> None:
    assert lines(told(Verdict(Denier.ORGANIZATION), named("eks:CreateCluster"))) == ["ACC026 unknown cluster"]


def test_what_only_taking_back_needs_is_a_warning() -> None:
    findings = told(DENIED, named("ec2:DeleteLaunchTemplate", "autoscaling:UpdateAutoScalingGroup"))
    assert lines(findings) == ["ACC025 warn nodes"]
    assert findings[0].about["actions"] == ["autoscaling:UpdateAutoScalingGroup", "ec2:DeleteLaunchTemplate"]


def test_ec2_is_believed_before_the_simulator() -> None:
    assert lines(told(DENIED, named("ec2:CreateVpc"), {"ec2:CreateVpc": True})) == ["ACC021 ok account.id"]
    assert lines(told(ALLOWED, named(), {"ec2:CreateVpc": "no, says the company"})) == [
        "ACC021 ok account.id", "ACC024 stop account.id",
    ]  # fmt: skip
    # Once is enough.
    assert lines(told(DENIED, named("ec2:CreateVpc"), {"ec2:CreateVpc": "no"})) == ["ACC020 stop vpc"]
    # What CloudFormation does is tried by nobody.
    by_stack = told(DENIED, lambda one: one.action == "ec2:CreateSecurityGroup" and is_by_cloudformation(one),
                    {"ec2:CreateSecurityGroup": True})  # fmt: skip
    assert lines(by_stack) == ["ACC020 stop nodes"]


def test_who_may_do_nothing_only_looks() -> None:
    every = told(DENIED, lambda _: True)
    assert lines(every) == ["ACC027 warn account.id"]
    assert every[0].about["steps"] == ["role", "vpc", "endpoints", "security_group", "cluster", "nodes"]
    reads = told(DENIED, lambda one: not one.action.partition(":")[2].startswith(("Describe", "Get")))
    assert lines(reads) == ["ACC027 warn account.id"]
    assert "ACC020 stop role" in lines(told(DENIED, lambda one: one.action != "ec2:CreateVpc"))
    assert "ACC020 stop role" in lines(told(DENIED, lambda _: True, {"ec2:CreateVpc": True}))


@pytest.mark.parametrize(
    ("simulated", "arn", "expected"),
    [
        (HIDDEN, EMPTY.account.arn, ["ACC022 unknown account.id"]),
        (None, "arn:aws:iam::123456789012:root", []),
        (None, "arn:aws:sts::123456789012:federated-user/taro", ["ACC022 unknown account.id"]),
    ],
)
def test_who_can_not_be_asked_about(simulated: Unknown | None, arn: str, expected: list[str]) -> None:
    assert lines(found(Rights(simulated), arn)) == expected
    refused = found(Rights(simulated, {"ec2:CreateVpc": "no"}), arn)
    assert lines(refused) == [*expected, "ACC024 stop account.id"]


def test_answers_to_another_plan_claim_nothing() -> None:
    some = dict.fromkeys(list(ASKED)[:10], ALLOWED)
    assert found(Rights(some)) == []
    denied = next(one for one in ASKED if one.action == "iam:CreateRole")
    assert lines(found(Rights({**some, denied: DENIED}))) == ["ACC020 stop role"]
