"""Why Kubernetes can't be reached: each rung is told for itself, and what AWS shows of the way rules causes out."""

from dataclasses import replace
from typing import Any

import pytest
from article_facts import (
    ADMIN,
    ARTICLE,
    CLUSTER,
    CONTROL_PLANE_GROUP,
    FINISHED,
    GATEWAY,
    HIDDEN,
    MAIN_TABLE,
    OPERATOR,
    TABLE,
    changed,
    group,
)
from step_cases import Findings, lines, profile_of, step, verified

from wizard import words
from wizard.facts import (
    AccessEntry,
    AclEntry,
    Facts,
    NetworkAcl,
    Route,
    Rung,
    Unknown,
    Unreached,
    VpnConnection,
)
from wizard.findings import Finding, Severity
from wizard.network import planned
from wizard.steps.kubeconfig.causes import causes

OPEN = NetworkAcl(
    "acl-1",
    TABLE.subnets,
    tuple(AclEntry(100, egress, True, "-1", None, "0.0.0.0/0") for egress in (True, False)),
)
# Answers may leave for Linux's ports alone, and the article's operators sit at Windows.
NARROW = replace(OPEN, entries=(OPEN.entries[1], AclEntry(100, True, True, "6", (32768, 60999), "0.0.0.0/0")))
UP = VpnConnection("vpn-1", GATEWAY.id, ("UP", "DOWN"))
LOST = Unreached(
    Rung.TIMEOUT,
    "no answer in 5 s",
    addresses=("10.110.3.11", "10.110.4.9"),
    own_address="10.0.7.7",
    groups=(CONTROL_PLANE_GROUP, group(9, "eks-cluster-sg-eksCluster-1", "")),
    tables=(MAIN_TABLE, TABLE),
    acls=(OPEN,),
    connections=(UP,),
)
SHARED = replace(TABLE, routes=(Route("10.0.0.0/8", "tgw-1"),))


def facts(unreached: Unreached, **cluster: Any) -> Facts:
    """The finished build, whose API was not reached so; with another cluster."""
    seen = changed(FINISHED, "kubeconfig", nodes=Unknown("", unreached.said), unreached=unreached)
    return changed(seen, "cluster", cluster=replace(CLUSTER, **cluster))


def found(unreached: Unreached, *settings: str, **cluster: Any) -> tuple[Finding, ...]:
    seen = facts(unreached, **cluster)
    profile = profile_of(Findings("", seen, (), settings))
    return tuple(causes([str(cidr) for cidr in profile.site.on_premises_cidrs], seen, unreached))


def lost(**different: Any) -> Unreached:
    """A timeout, with something different in what AWS shows."""
    return replace(LOST, **different)


ONLY = {
    Rung.NAME: "KUBE708",
    Rung.ADDRESS: "KUBE709",
    Rung.NO_ROUTE: "KUBE705",
    Rung.REFUSED: "KUBE705",
    Rung.TIMEOUT: "KUBE710",
    Rung.SILENCE: "KUBE705",
    Rung.TLS: "KUBE705",
    Rung.CERTIFICATE: "KUBE714",
    Rung.HTTP: "KUBE715",
    Rung.UNAUTHORIZED: "KUBE716",
    Rung.FORBIDDEN: "KUBE717",
}


@pytest.mark.parametrize("rung", Rung)
def test_each_rung_leaves_the_nodes_unknown_and_says_what_was_seen(rung: Rung) -> None:
    unreached = replace(LOST, rung=rung, said="the network's words", principal=OPERATOR)
    assert verified("kubeconfig", Findings("", facts(unreached), ())) == (f"{ONLY[rung]} unknown nodes.desired",)
    said = words.say(found(unreached)[0])
    assert "the network's words" in said.says or rung is Rung.REFUSED
    assert said.do


def test_no_two_rungs_are_said_alike() -> None:
    said = [words.say(found(replace(LOST, rung=rung))[0]) for rung in Rung]
    assert len({(one.says, one.because, one.do) for one in said}) == len(Rung)


WRONG = "KUBE710 unknown nodes.desired"
NO_RULE = "KUBE711 warn security_group"
LOST_BACK = "KUBE712 warn vpc"
ELSEWHERE = "KUBE713 warn site.on_premises_cidrs"


AT_AWS: tuple[tuple[dict[str, Any], tuple[str, ...], str], ...] = (
    ({}, (WRONG,), "right"),
    ({"own_address": None}, (WRONG,), "right"),
    ({"connections": (replace(UP, tunnels=()),)}, (WRONG,), "right"),
    ({"tables": (MAIN_TABLE, SHARED), "connections": ()}, (WRONG,), "right"),
    ({"groups": (group(9, "", "", "10.0.0.0/17"), group(10, "", "", "10.0.128.0/17"))}, (WRONG,), "right"),
    ({"groups": ()}, (WRONG, NO_RULE), "wrong"),
    ({"groups": (group(9, "", "", "10.0.8.0/24"),)}, (WRONG, NO_RULE), "wrong"),
    ({"groups": (group(9, "", "", "10.0.8.0/24"),), "own_address": None}, (WRONG, NO_RULE), "wrong"),
    ({"tables": (MAIN_TABLE,)}, (WRONG, LOST_BACK), "wrong"),
    ({"tables": (MAIN_TABLE, replace(TABLE, subnets=TABLE.subnets[:1]))}, (WRONG, LOST_BACK), "wrong"),
    (
        {"tables": (replace(TABLE, routes=(Route("10.0.0.0/16", GATEWAY.id, active=False),)),)},
        (WRONG, LOST_BACK),
        "wrong",
    ),
    ({"tables": (replace(TABLE, routes=(Route("0.0.0.0/0", "igw-1"),)),)}, (WRONG, LOST_BACK), "wrong"),
    ({"acls": (NARROW,)}, (WRONG, LOST_BACK), "wrong"),
    ({"connections": ()}, (WRONG, LOST_BACK), "wrong"),
    ({"connections": (replace(UP, tunnels=("DOWN", "DOWN")),)}, (WRONG, LOST_BACK), "wrong"),
    ({"connections": (replace(UP, id="vpn-2", tunnels=("DOWN",)), UP)}, (WRONG,), "right"),
    ({"own_address": "192.168.1.5"}, (WRONG, ELSEWHERE), "wrong"),
    ({"groups": (), "tables": (MAIN_TABLE,)}, (WRONG, NO_RULE, LOST_BACK), "wrong"),
    ({"groups": HIDDEN}, (WRONG,), "untold"),
    ({"tables": HIDDEN, "connections": ()}, (WRONG,), "untold"),
    ({"acls": HIDDEN}, (WRONG,), "untold"),
    ({"connections": HIDDEN}, (WRONG,), "untold"),
    ({"groups": HIDDEN, "tables": (MAIN_TABLE,)}, (WRONG, LOST_BACK), "wrong"),
    ({"tables": (), "connections": ()}, (WRONG,), "untold"),
)


@pytest.mark.parametrize(("different", "expected", "cause"), AT_AWS)
def test_what_is_wrong_at_aws_is_told_beside_a_timeout(
    different: dict[str, Any], expected: tuple[str, ...], cause: str
) -> None:
    told = found(lost(**different))
    assert lines(told) == expected
    assert told[-1].about["cause"] == cause


def test_the_private_endpoint_may_be_off() -> None:
    told = found(LOST, private_access=False)
    assert lines(told) == (WRONG, "KUBE712 warn cluster.name")
    assert "switched off" in words.say(told[0]).says


def test_where_all_is_right_it_says_what_and_what_remains() -> None:
    said = words.say(found(LOST)[0])
    assert (
        said.says == "Port 443 of 10.110.3.11, 10.110.4.9, the cluster's endpoint, does not answer: no answer in 5 s."
    )
    assert said.because == (
        "AWS's side is right: a rule for 10.0.0.0/16 on 443, the route 10.0.0.0/16 to vgw-00000000000000001,"
        " a tunnel of vpn-1 is up, the network ACLs. So the packets are lost on the premises or in the VPN."
    )


def test_beside_a_fault_the_rest_is_ruled_out() -> None:
    no_rule, rest = found(lost(groups=(group(9, "", "", "10.0.8.0/24"),), own_address=None))
    assert words.say(no_rule).says.startswith(
        "The security groups of the control plane, sg-00000000000000009, don't admit"
    )
    assert "10.0.0.0/21" in words.say(no_rule).says
    assert "the route 10.0.0.0/16 to vgw-00000000000000001" in words.say(rest).because
    assert "a rule" not in words.say(rest).because


def test_what_aws_does_not_tell_is_named() -> None:
    assert "service:Operation" in words.say(found(lost(acls=HIDDEN))[0]).because


ENTRY = AccessEntry(ADMIN, "STANDARD", ())


@pytest.mark.parametrize(
    ("entry", "mode", "word"),
    [
        (None, "API", "no access entry"),
        (None, "API_AND_CONFIG_MAP", "no access entry"),
        (None, "CONFIG_MAP", "aws-auth"),
        (ENTRY, "API", "made anew"),
        (HIDDEN, "API", "those that have an access entry"),
    ],
)
def test_why_an_identity_is_not_known(entry: Any, mode: str, word: str) -> None:
    unreached = Unreached(Rung.UNAUTHORIZED, "401 Unauthorized", principal=ADMIN, entry=entry)
    (told,) = found(unreached, authentication=mode)
    said = words.say(told)
    assert ADMIN in said.says
    assert word in said.because


@pytest.mark.parametrize(("resolves", "word"), [(True, "leaves this name out"), (False, "knows no public names")])
def test_a_resolver_that_drops_private_answers_is_told_from_one_that_knows_nothing(resolves: bool, word: str) -> None:
    name = "eks.ap-northeast-1.amazonaws.com"
    (told,) = found(Unreached(Rung.NAME, "Name not known", other_name=name, other_resolves=resolves))
    said = words.say(told)
    assert name in said.says
    assert word in said.because


@pytest.mark.parametrize(("private", "word"), [(True, "an old one"), (False, "switched off")])
def test_a_public_address_is_old_or_the_only_one(private: bool, word: str) -> None:
    (told,) = found(Unreached(Rung.ADDRESS, "52.94.0.1"), private_access=private)
    assert word in words.say(told).because


READY = "[   40.1] kubelet: Node ip-10-110-3-4 status event: Node became ready, just became ready"
FAILED = 'nodeadm: {"msg":"retrying request EC2/DescribeInstances, attempt 9"}'


SHOWN = replace(LOST, consoles={"i-1": READY, "i-2": FAILED, "i-3": "", "i-4": HIDDEN, "i-5": READY})


def test_the_consoles_are_what_is_left_to_see_of_the_nodes() -> None:
    seen = facts(SHOWN)
    told = [
        finding
        for finding in step("kubeconfig").verify(ARTICLE, seen, planned(ARTICLE, seen))
        if finding.code in ("KUBE719", "KUBE720")
    ]
    failed, ready, silent = told
    assert (failed.severity, failed.about["instance"]) == (Severity.WARN, "i-2")
    assert "EC2/DescribeInstances" in words.say(failed).says
    assert words.say(ready).says == "By their consoles these instances became Ready: i-1, i-5."
    assert words.say(silent).says.endswith("nor why not: i-3.")


# All of these as cases, for what is asked of every step's table.
CASES = (
    *(
        Findings(rung.value, facts(replace(LOST, rung=rung)), (f"{code} unknown nodes.desired",))
        for rung, code in ONLY.items()
    ),
    *(Findings(f"timeout {number}", facts(lost(**one[0])), one[1]) for number, one in enumerate(AT_AWS)),
    Findings(
        "consoles",
        facts(SHOWN),
        ("KUBE710 unknown nodes.desired", *("KUBE719 note nodes.desired",) * 2, "KUBE720 warn nodes.desired"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verify(case: Findings) -> None:
    assert verified("kubeconfig", case) == case.found
