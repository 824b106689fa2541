"""What is billed once the plan has run: counted from facts and plan, never priced."""

from dataclasses import replace
from importlib import resources

import pytest
import yaml
from article_facts import (
    ARTICLE,
    CLUSTER,
    EMPTY,
    ENDPOINTS,
    FINISHED,
    GATEWAY,
    HIDDEN,
    INSTANCES,
    STACK,
    SUBNETS,
    changed,
)

from wizard import engine, words
from wizard.billed import Billed, billed
from wizard.facts import Facts, State, VpcFacts
from wizard.profile import with_settings

TRANSIT = "vpc.create.connect={transit_gateway: tgw-00000000000000001}"


def bill(facts: Facts, *settings: str, until: str | None = None) -> tuple[Billed, ...]:
    profile = with_settings(ARTICLE, settings)
    view = engine.judge(profile, facts, until)
    return billed(profile, facts, view.network, view.plan)


def counted(facts: Facts, *settings: str, until: str | None = None) -> list[tuple[str, int, str, bool]]:
    found = bill(facts, *settings, until=until)
    assert all(words.bill(one.key, one.about) for one in found)
    return [(one.key, one.count, one.unit, one.exists) for one in found]


@pytest.mark.parametrize(("facts", "exists"), [(EMPTY, False), (FINISHED, True)])
def test_the_article(facts: Facts, exists: bool) -> None:
    assert counted(facts) == [
        ("control_plane", 1, "hour", exists),
        ("interface_endpoints", 8, "hour", exists),
        ("nodes", 2, "hour", exists),
        ("volumes", 40, "GiB and month", exists),
    ]


def test_only_what_the_plan_makes_is_counted() -> None:
    assert counted(EMPTY, until="endpoints") == [("interface_endpoints", 8, "hour", False)]
    hidden = replace(EMPTY, vpc=VpcFacts(HIDDEN))
    assert counted(hidden) == []


def test_half_of_the_endpoints_are_there() -> None:
    half = tuple(one for one in ENDPOINTS if one.suffix in ("ec2", "s3"))
    half = tuple(replace(one, subnets=(SUBNETS[0].id,)) if one.suffix == "ec2" else one for one in half)
    found = bill(changed(FINISHED, "endpoints", endpoints=half))
    assert [(one.count, one.exists, one.about) for one in found if one.key == "interface_endpoints"] == [
        (1, True, {"services": ["ec2"], "zones": ["ap-northeast-1a"]}),
        (6, False, {"services": ["ecr.api", "ecr.dkr", "sts"], "zones": ["ap-northeast-1a", "ap-northeast-1c"]}),
    ]


def test_extended_support() -> None:
    assert counted(EMPTY, "cluster.support=EXTENDED")[0][0] == "control_plane_extended_later"
    old = changed(FINISHED, "cluster", cluster=replace(CLUSTER, version="1.33"))
    first = bill(old)[0]
    assert first.key == "control_plane_extended_now"
    assert "Kubernetes 1.33" in words.bill(first.key, first.about)


def test_nodes_as_they_run_and_as_they_are_asked_for() -> None:
    scaled = changed(FINISHED, "nodes", instances=(*INSTANCES, replace(INSTANCES[0], id="i-3")))
    assert ("nodes", 3, "hour", True) in counted(scaled)
    assert ("volumes", 150, "GiB and month", True) in counted(scaled, "nodes.volume_size=50")
    assert not [one for one in counted(EMPTY, "nodes.desired=0", "nodes.min=0") if one[0] in ("nodes", "volumes")]
    # The plan makes the stack anew, and the nodes with it; one that somebody else made stays as it is.
    failed = changed(FINISHED, "nodes", stack=replace(STACK, state=State.FAILED))
    assert [one for one in counted(failed) if one[0] == "nodes"] == [("nodes", 2, "hour", False)]
    theirs = changed(FINISHED, "nodes", stack=replace(STACK, state=State.FAILED, ours=False))
    assert not [one for one in counted(theirs) if one[0] == "nodes"]


def test_a_transit_gateway_attachment_and_no_vpn_gateway() -> None:
    there = changed(EMPTY, "vpc", gateway=replace(GATEWAY, id="tgw-00000000000000001", attached=None))
    assert ("transit_gateway_attachment", 1, "hour", False) in counted(there, TRANSIT)
    attached = changed(FINISHED, "vpc", gateway=replace(GATEWAY, id="tgw-00000000000000001"))
    assert ("transit_gateway_attachment", 1, "hour", True) in counted(attached, TRANSIT)
    assert not any("gateway" in key for key, *_ in counted(FINISHED))


def test_every_sentence_is_said_and_none_names_money() -> None:
    said = yaml.safe_load((resources.files(words) / "billed.yaml").read_text("utf-8"))
    old = changed(FINISHED, "cluster", cluster=replace(CLUSTER, version="1.33"))
    there = changed(EMPTY, "vpc", gateway=replace(GATEWAY, id="tgw-00000000000000001", attached=None))
    found = [*bill(there, TRANSIT), *bill(old), *bill(EMPTY, "cluster.support=EXTENDED")]
    assert {one.key for one in found} == set(said)
    for one in found:
        sentence = words.bill(one.key, one.about)
        assert "<" not in sentence
        assert not {"$", "USD", "€"} & set(sentence.split())
