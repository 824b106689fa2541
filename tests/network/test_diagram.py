"""The network as text: drawings to look at, and no line wider than asked for, whatever things are called."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from article_facts import (
    ARTICLE,
    CLUSTER,
    CONTROL_PLANE_GROUP,
    EMPTY,
    ENDPOINTS,
    FINISHED,
    GATEWAY,
    HIDDEN,
    INSTANCES,
    SUBNETS,
    VPC,
    changed,
)
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from step_cases import USED_VPC

from screens import safe
from wizard import engine
from wizard.diagram import diagram, matrix
from wizard.facts import ClusterFacts, EndpointFacts, Facts, SecurityGroupFacts, State, VpcFacts
from wizard.network import planned
from wizard.profile import load, with_settings
from wizard.reachability import Reachability, reachability

GOLDEN = Path(__file__).with_name("golden")
NASTY = "\x1b[2J\x1b]0;x\x07[red]\u202e" + "網" * 250
THREE_ZONES = Path(__file__).parents[2] / "profiles" / "three-zones.yaml"

_MENDED = {
    "ecr.api": {"state": State.UNDER_WAY},
    "sts": {"groups": ("sg-0000000000000dead",)},
    "s3": {"policy": '{"Statement": []}'},
}
BROKEN = changed(
    FINISHED,
    "endpoints",
    endpoints=tuple(replace(one, **_MENDED.get(one.suffix, {})) for one in ENDPOINTS),
)
UNKNOWN = replace(
    EMPTY,
    vpc=VpcFacts(HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    endpoints=EndpointFacts(HIDDEN, HIDDEN, HIDDEN),
    security_group=SecurityGroupFacts(HIDDEN),
    cluster=ClusterFacts(HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    nodes=replace(EMPTY.nodes, stack=HIDDEN, instances=HIDDEN),
)


def named(name: str) -> Facts:
    """The finished account with this for a name wherever AWS may answer one."""
    facts = changed(FINISHED, "vpc", vpc=replace(VPC, id=name, name=name), gateway=replace(GATEWAY, id=name))
    facts = changed(facts, "cluster", cluster=replace(CLUSTER, endpoint=name, version=name))
    facts = changed(facts, "nodes", instances=tuple(replace(one, id=name) for one in INSTANCES))
    facts = changed(facts, "security_group", group=replace(CONTROL_PLANE_GROUP, id=name))
    tables = facts.vpc.route_tables
    assert isinstance(tables, tuple)
    facts = changed(facts, "vpc", route_tables=tuple(replace(one, id=name) for one in tables))
    ends = tuple(replace(one, id=name, private_dns=False, route_tables=(name,)) for one in ENDPOINTS)
    facts = changed(facts, "endpoints", endpoints=ends)
    return changed(facts, "vpc", subnets=tuple(replace(one, id=name, zone_id=name) for one in SUBNETS))


CASES: Mapping[str, tuple[Facts, tuple[str, ...]]] = {
    "empty": (EMPTY, ()),
    "finished": (FINISHED, ()),
    "broken": (BROKEN, ()),
    "unknown": (UNKNOWN, ()),
    "untrusted": (named(NASTY), ()),
    "misfit": (EMPTY, ("vpc.create.subnets=[{zone: ap-northeast-1a, cidr: 10.110.3.0/24}, "
                       "{zone: us-east-1a, cidr: 10.110.3.128/25}, {zone: ap-northeast-1a, cidr: 10.9.0.0/24}]",
                       "site.proxy=null", "cluster.version=1.11", "nodes.instance_type=m5.nano")),
    "transit": (EMPTY, ("vpc.create.connect={transit_gateway: tgw-00000000000000001}",
                        "endpoints.services=[ec2, ecr.api, s3]")),
}  # fmt: skip


def drawn(facts: Facts, width: int, *settings: str) -> list[str]:
    profile = with_settings(ARTICLE, settings)
    view = engine.judge(profile, facts)
    return [
        *diagram(profile, facts, view.network, view.findings, width, safe.line),
        "",
        *matrix(reachability(profile, facts, view.network), width, safe.line),
    ]


@pytest.mark.parametrize("width", [76, 110])
@pytest.mark.parametrize("name", CASES)
def test_the_drawing_is_as_it_was_looked_at(name: str, width: int) -> None:
    facts, settings = CASES[name]
    lines = drawn(facts, width, *settings)
    assert max(map(cell_len, lines)) <= width
    assert lines == (GOLDEN / f"{name}-{width}.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [40, 41, 59, 79, 200])
def test_it_fits_every_terminal(name: str, width: int) -> None:
    facts, settings = CASES[name]
    assert max(map(cell_len, drawn(facts, width, *settings))) <= width


def test_narrower_than_40_it_stays_at_40() -> None:
    assert drawn(FINISHED, 5) == drawn(FINISHED, 40)


@pytest.mark.parametrize("name", CASES)
def test_no_finding_that_stops_is_lost(name: str) -> None:
    facts, settings = CASES[name]
    profile = with_settings(ARTICLE, settings)
    stops = {one.code for one in engine.judge(profile, facts).findings if one.severity.value == "stop"}
    text = "\n".join(drawn(facts, 76, *settings))
    assert {code for code in stops if f"!{code}" not in text} == set()
    assert ("!CODE stops the build" in text) is bool(stops)


def test_a_finding_stands_at_what_it_is_about() -> None:
    settings = CASES["misfit"][1]
    lines = drawn(EMPTY, 110, *settings)
    assert any("subnet 10.110.3.128/25 !VPC202 !VPC204" in line for line in lines)
    assert any("subnet 10.9.0.0/24 !VPC201" in line for line in lines)
    assert any("cluster eksCluster, Kubernetes 1.11 !CLU502" in line for line in lines)
    assert any("!END313" in line for line in drawn(BROKEN, 110))


def test_three_zones_stand_side_by_side_where_there_is_room() -> None:
    profile = load(THREE_ZONES)
    view = engine.judge(profile, EMPTY)
    lines = diagram(profile, EMPTY, view.network, view.findings, 110, safe.line)
    assert any(all(zone in line for zone in ("1a (", "1c (", "1d (")) for line in lines)
    assert max(map(cell_len, lines)) <= 110


def test_a_vpc_that_is_used_is_drawn_as_it_stands() -> None:
    lines = drawn(FINISHED, 76, *USED_VPC)
    assert any("whatever the VPC's route tables lead to" in line for line in lines)


def test_nothing_known_is_no_way_at_all() -> None:
    assert matrix(Reachability((), (), ()), 76, safe.line) == []


names = st.text(min_size=1, max_size=300) | st.text(st.sampled_from("網가ｗ🄀👨‍👩‍👧é̈️🇯🇵[/]\x1b"), min_size=1)


@given(names, st.integers(40, 140))
def test_no_name_makes_a_line_wider(name: str, width: int) -> None:
    facts = named(name)
    network = planned(ARTICLE, facts)
    ways = reachability(ARTICLE, facts, network)
    lines = [*diagram(ARTICLE, facts, network, (), width, safe.line), *matrix(ways, width, safe.line)]
    assert [line for line in lines if cell_len(line) > width] == []
    assert "\x1b" not in "".join(lines)
