"""The account step: who builds, and the company's side of the network."""

from dataclasses import replace

import pytest
from article_facts import ACCOUNT, ADMIN, ARTICLE, EMPTY, FINISHED, HIDDEN, MAIN_TABLE, TABLE, changed
from step_cases import USED_VPC, Findings, checked

from wizard.facts import AccountFacts, AddOn, Facts, Route, State
from wizard.network import planned
from wizard.steps.account.check import check


def asked_by(resource: str, service: str = "iam") -> Facts:
    """An empty account as this identity sees it."""
    return replace(EMPTY, account=replace(EMPTY.account, arn=f"arn:aws:{service}::{ACCOUNT}:{resource}"))


def plugin(configuration: str) -> Facts:
    """The finished build with the network plugin configured so."""
    return changed(FINISHED, "cluster", add_ons=(AddOn("vpc-cni", "v1.2.3", "ACTIVE", State.USABLE, configuration),))


def wide(active: bool = True) -> Facts:
    """The finished build, where the table leads to all of 192.168.0.0/16."""
    routes = (*TABLE.routes, Route("192.168.0.0/16", "tgw-00000000000000001", active))
    return changed(FINISHED, "vpc", route_tables=(MAIN_TABLE, replace(TABLE, routes=routes)))


def forwarded(*domains: str) -> Facts:
    """The finished build in a VPC that forwards these domains."""
    return changed(FINISHED, "vpc", forwarded=domains)


PROXY = "ACC040 note site.proxy.url"
SNAT = "ACC010 note site.on_premises_cidrs"
SEEN = ("ACC003 ok account.id", SNAT, PROXY)
BY_ADDRESS = ("site.proxy.url=http://10.0.1.9:8080",)
TWO_SITES = ("site.on_premises_cidrs=[10.0.0.0/16, 10.1.0.0/16]",)

CHECKS = (
    Findings("a role that others can take too", EMPTY, ("ACC003 ok account.id", SNAT, PROXY)),
    Findings("the same after the build", FINISHED, ("ACC003 ok account.id", SNAT, PROXY)),
    Findings(
        "a user alone", asked_by("user/taro"), ("ACC003 ok account.id", "ACC007 note cluster.admins", SNAT, PROXY)
    ),
    Findings(
        "a user with a path",
        asked_by("user/a/taro"),
        ("ACC003 ok account.id", "ACC007 note cluster.admins", SNAT, PROXY),
    ),
    Findings(
        "the root user alone", asked_by("root"), ("ACC003 ok account.id", "ACC004 warn cluster.admins", SNAT, PROXY)
    ),
    Findings(
        "a federated user alone",
        asked_by("federated-user/taro", "sts"),
        ("ACC003 ok account.id", "ACC004 warn cluster.admins", SNAT, PROXY),
    ),
    Findings(
        "a user, and an administrator",
        asked_by("user/taro"),
        ("ACC003 ok account.id", SNAT, PROXY),
        (f"cluster.admins=[{ADMIN}]",),
    ),
    Findings(
        "the root user, and an administrator",
        asked_by("root"),
        ("ACC003 ok account.id", SNAT, PROXY),
        (f"cluster.admins=[{ADMIN}]",),
    ),
    Findings(
        "premises inside each other",
        EMPTY,
        ("ACC003 ok account.id", "ACC005 stop site.on_premises_cidrs", SNAT, PROXY),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.0.4.0/24]",),
    ),
    Findings(
        "premises beside each other",
        EMPTY,
        ("ACC003 ok account.id", SNAT, PROXY),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.1.0.0/16]",),
    ),
    Findings(
        "every pair that overlaps is named",
        EMPTY,
        ("ACC003 ok account.id", *("ACC005 stop site.on_premises_cidrs",) * 3, SNAT, PROXY),
        ("site.on_premises_cidrs=[10.0.0.0/16, 10.0.4.0/24, 10.0.4.128/25]",),
    ),
    Findings("no proxy", EMPTY, ("ACC003 ok account.id", "ACC006 note site.proxy", SNAT), ("site.proxy=null",)),
    Findings(
        "the plugin leaves every address as it is",
        plugin('{"env": {"AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"}}'),
        ("ACC003 ok account.id", PROXY),
    ),
    Findings(
        "the same in YAML, without quotes",
        plugin("env:\n  AWS_VPC_K8S_CNI_EXTERNALSNAT: true\n"),
        ("ACC003 ok account.id", PROXY),
    ),
    Findings(
        "the plugin translates nothing to the premises",
        plugin('{"env": {"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "192.168.0.0/16, 10.0.0.0/8"}}'),
        ("ACC003 ok account.id", PROXY),
        TWO_SITES,
    ),
    Findings(
        "the plugin leaves one of two networks out",
        plugin('{"env": {"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "10.1.0.0/16"}}'),
        ("ACC003 ok account.id", SNAT, PROXY),
        TWO_SITES,
    ),
    Findings("the plugin's switch is off", plugin('{"env": {"AWS_VPC_K8S_CNI_EXTERNALSNAT": "false"}}'), SEEN),
    Findings("a configuration that is no YAML", plugin('{"env": ['), SEEN),
    Findings("a configuration of another form", plugin('{"env": ["AWS_VPC_K8S_CNI_EXTERNALSNAT"]}'), SEEN),
    Findings("what is excluded is no network", plugin('{"env": {"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": "all"}}'), SEEN),
    Findings("the add-ons can't be looked at", changed(FINISHED, "cluster", add_ons=HIDDEN), SEEN),
    Findings(
        "a plugin of one's own", EMPTY, ("ACC003 ok account.id", PROXY), ("cluster.addons=[kube-proxy, coredns]",)
    ),
    Findings("a proxy by its address, on the premises", EMPTY, ("ACC003 ok account.id", SNAT), BY_ADDRESS),
    Findings(
        "a proxy somewhere else",
        EMPTY,
        ("ACC003 ok account.id", SNAT, "ACC041 warn site.proxy.url"),
        ("site.proxy.url=http://192.168.7.7:8080",),
    ),
    Findings(
        "a proxy where a table of the company's leads",
        wide(),
        ("ACC003 ok account.id", SNAT),
        ("site.proxy.url=http://192.168.7.7:8080", *USED_VPC),
    ),
    Findings(
        "a proxy where the table leads to nothing",
        wide(active=False),
        ("ACC003 ok account.id", SNAT, "ACC041 warn site.proxy.url"),
        ("site.proxy.url=http://192.168.7.7:8080", *USED_VPC),
    ),
    Findings(
        "the tables can't be looked at",
        changed(FINISHED, "vpc", route_tables=HIDDEN),
        ("ACC003 ok account.id", SNAT),
        ("site.proxy.url=http://192.168.7.7:8080", *USED_VPC),
    ),
    Findings("the VPC to use was not seen yet", EMPTY, ("ACC003 ok account.id", SNAT), USED_VPC),
    Findings("the proxy's name in a VPC of the company's", FINISHED, SEEN, USED_VPC),
    Findings("its domain is forwarded", forwarded("example.internal"), ("ACC003 ok account.id", SNAT), USED_VPC),
    Findings("every domain is forwarded", forwarded(""), ("ACC003 ok account.id", SNAT), USED_VPC),
    Findings("another domain is forwarded", forwarded("ample.internal", "proxy.corp"), SEEN, USED_VPC),
    Findings(
        "its domain is a hosted zone of the VPC",
        changed(FINISHED, "endpoints", hosted_zones=("example.internal",)),
        ("ACC003 ok account.id", SNAT),
        USED_VPC,
    ),
    Findings(
        "what is forwarded can't be looked at",
        changed(FINISHED, "vpc", forwarded=HIDDEN),
        ("ACC003 ok account.id", SNAT, "ACC042 unknown site.proxy.url"),
        USED_VPC,
    ),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("account", case) == case.found


def test_the_identity_is_said_as_aws_gives_it() -> None:
    account: AccountFacts = EMPTY.account
    finding = next(iter(check(ARTICLE, EMPTY, planned(ARTICLE, EMPTY))))
    assert finding.about == {"account": account.id, "region": account.region, "identity": account.arn}
