"""The account step: who builds, and the company's side of the network."""

from dataclasses import replace

import pytest
from article_facts import ACCOUNT, ADMIN, ARTICLE, EMPTY, FINISHED
from step_cases import Findings, checked

from wizard.facts import AccountFacts, Facts
from wizard.network import planned
from wizard.steps.account.check import check


def asked_by(resource: str, service: str = "iam") -> Facts:
    """An empty account as this identity sees it."""
    return replace(EMPTY, account=replace(EMPTY.account, arn=f"arn:aws:{service}::{ACCOUNT}:{resource}"))


CHECKS = (
    Findings("a role that others can take too", EMPTY, ("ACC003 ok account.id",)),
    Findings("the same after the build", FINISHED, ("ACC003 ok account.id",)),
    Findings("a user alone", asked_by("user/taro"), ("ACC003 ok account.id", "ACC007 note cluster.admins")),
    Findings("a user with a path", asked_by("user/a/taro"), ("ACC003 ok account.id", "ACC007 note cluster.admins")),
    Findings("the root user alone", asked_by("root"), ("ACC003 ok account.id", "ACC004 warn cluster.admins")),
    Findings(
        "a federated user alone",
        asked_by("federated-user/taro", "sts"),
        ("ACC003 ok account.id", "ACC004 warn cluster.admins"),
    ),
    Findings(
        "a user, and an administrator", asked_by("user/taro"), ("ACC003 ok account.id",), (f"cluster.admins=[{ADMIN}]",)
    ),
    Findings(
        "the root user, and an administrator",
        asked_by("root"),
        ("ACC003 ok account.id",),
        (f"cluster.admins=[{ADMIN}]",),
    ),
    Findings(
        "premises inside each other",
        EMPTY,
        ("ACC003 ok account.id", "ACC005 stop site.on_premises_cidrs"),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.0.4.0/24]",),
    ),
    Findings(
        "premises beside each other",
        EMPTY,
        ("ACC003 ok account.id",),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.1.0.0/16]",),
    ),
    Findings(
        "every pair that overlaps is named",
        EMPTY,
        ("ACC003 ok account.id", *("ACC005 stop site.on_premises_cidrs",) * 3),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.0.4.0/24, 10.0.4.128/25]",),
    ),
    Findings("no proxy", EMPTY, ("ACC003 ok account.id", "ACC006 note site.proxy"), ("site.proxy=null",)),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("account", case) == case.found


def test_the_identity_is_said_as_aws_gives_it() -> None:
    account: AccountFacts = EMPTY.account
    (finding,) = check(ARTICLE, EMPTY, planned(ARTICLE, EMPTY))
    assert finding.about == {"account": account.id, "region": account.region, "identity": account.arn}
