"""The account step: who builds, and the company's side of the network."""

from dataclasses import replace

import pytest
from article_facts import ACCOUNT, ADMIN, ARTICLE, EMPTY, FINISHED, HIDDEN, changed
from step_cases import Findings, checked

from wizard.facts import AccountFacts, AddOn, Facts, State
from wizard.network import planned
from wizard.steps.account.check import check


def asked_by(resource: str, service: str = "iam") -> Facts:
    """An empty account as this identity sees it."""
    return replace(EMPTY, account=replace(EMPTY.account, arn=f"arn:aws:{service}::{ACCOUNT}:{resource}"))


def plugin(configuration: str) -> Facts:
    """The finished build with the network plugin configured so."""
    return changed(FINISHED, "cluster", add_ons=(AddOn("vpc-cni", "v1.2.3", "ACTIVE", State.USABLE, configuration),))


SNAT = "ACC010 note site.on_premises_cidrs"
SEEN = ("ACC003 ok account.id", SNAT)
TWO_SITES = ("site.on_premises_cidrs=[10.0.0.0/16, 10.1.0.0/16]",)

CHECKS = (
    Findings("a role that others can take too", EMPTY, ("ACC003 ok account.id", SNAT)),
    Findings("the same after the build", FINISHED, ("ACC003 ok account.id", SNAT)),
    Findings("a user alone", asked_by("user/taro"), ("ACC003 ok account.id", "ACC007 note cluster.admins", SNAT)),
    Findings(
        "a user with a path", asked_by("user/a/taro"), ("ACC003 ok account.id", "ACC007 note cluster.admins", SNAT)
    ),
    Findings("the root user alone", asked_by("root"), ("ACC003 ok account.id", "ACC004 warn cluster.admins", SNAT)),
    Findings(
        "a federated user alone",
        asked_by("federated-user/taro", "sts"),
        ("ACC003 ok account.id", "ACC004 warn cluster.admins", SNAT),
    ),
    Findings(
        "a user, and an administrator",
        asked_by("user/taro"),
        ("ACC003 ok account.id", SNAT),
        (f"cluster.admins=[{ADMIN}]",),
    ),
    Findings(
        "the root user, and an administrator",
        asked_by("root"),
        ("ACC003 ok account.id", SNAT),
        (f"cluster.admins=[{ADMIN}]",),
    ),
    Findings(
        "premises inside each other",
        EMPTY,
        ("ACC003 ok account.id", "ACC005 stop site.on_premises_cidrs", SNAT),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.0.4.0/24]",),
    ),
    Findings(
        "premises beside each other",
        EMPTY,
        ("ACC003 ok account.id", SNAT),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.1.0.0/16]",),
    ),
    Findings(
        "every pair that overlaps is named",
        EMPTY,
        ("ACC003 ok account.id", *("ACC005 stop site.on_premises_cidrs",) * 3, SNAT),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.0.4.0/24, 10.0.4.128/25]",),
    ),
    Findings("no proxy", EMPTY, ("ACC003 ok account.id", "ACC006 note site.proxy", SNAT), ("site.proxy=null",)),
    Findings(
        "the plugin leaves every address as it is",
        plugin('{"env": {"AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"}}'),
        ("ACC003 ok account.id",),
    ),
    Findings(
        "the same in YAML, without quotes",
        plugin("env:\n  AWS_VPC_K8S_CNI_EXTERNALSNAT: true\n"),
        ("ACC003 ok account.id",),
    ),
    Findings(
        "the plugin translates nothing to the premises",
        plugin('{"env": {"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "192.168.0.0/16, 10.0.0.0/8"}}'),
        ("ACC003 ok account.id",),
        TWO_SITES,
    ),
    Findings(
        "the plugin leaves one of two networks out",
        plugin('{"env": {"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "10.1.0.0/16"}}'),
        ("ACC003 ok account.id", SNAT),
        TWO_SITES,
    ),
    Findings("the plugin's switch is off", plugin('{"env": {"AWS_VPC_K8S_CNI_EXTERNALSNAT": "false"}}'), SEEN),
    Findings("a configuration that is no YAML", plugin('{"env": ['), SEEN),
    Findings("a configuration of another form", plugin('{"env": ["AWS_VPC_K8S_CNI_EXTERNALSNAT"]}'), SEEN),
    Findings("what is excluded is no network", plugin('{"env": {"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "all"}}'), SEEN),
    Findings("the add-ons can't be looked at", changed(FINISHED, "cluster", add_ons=HIDDEN), SEEN),
    Findings("a plugin of one's own", EMPTY, ("ACC003 ok account.id",), ("cluster.addons=[kube-proxy, coredns]",)),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("account", case) == case.found


def test_the_identity_is_said_as_aws_gives_it() -> None:
    account: AccountFacts = EMPTY.account
    finding = next(iter(check(ARTICLE, EMPTY, planned(ARTICLE, EMPTY))))
    assert finding.about == {"account": account.id, "region": account.region, "identity": account.arn}
