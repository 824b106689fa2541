"""A plan is a value: its refs, its order, its digest and its form as data."""

import json
from dataclasses import replace
from typing import Any

import pytest
from article_facts import ARTICLE, CLUSTER, EMPTY, FINISHED, NEWEST_AMI, changed
from hypothesis import given
from hypothesis import strategies as st

from wizard import engine
from wizard.facts import State
from wizard.plan import (
    Call,
    Change,
    Plan,
    Ref,
    Wait,
    WriteFile,
    as_data,
    canonical,
    carries_on,
    refs,
    resolved,
    tag_filters,
    tag_list,
    tag_specifications,
    tags,
    until,
)
from wizard.profile import digest, with_settings

VPC = Ref("vpc", "Vpcs[0].VpcId")


def change(identity: str, *after: str, step: str = "vpc", **params: Any) -> Change:
    """A change that calls with these params."""
    return Change(identity, step, "create", Call("ec2", "CreateThing", params), after=after)


def plan(*changes: Change, **fields: Any) -> Plan:
    """A plan of these changes."""
    head = {"account": "123456789012", "region": "ap-northeast-1", "cluster": "c", "profile_digest": "p"}
    return Plan(**{**head, **fields}, changes=changes)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (VPC, [VPC]),
        ({"a": VPC, "b": [1, {"c": (VPC, "x")}]}, [VPC, VPC]),
        ("vpc", []),
        (None, []),
        ([{}, [], ()], []),
    ],
)
def test_refs_are_found_wherever_they_stand(value: Any, found: list[Ref]) -> None:
    assert list(refs(value)) == found


def test_refs_become_what_the_answer_holds() -> None:
    answers = {"vpc": {"Vpcs": [{"VpcId": "vpc-1"}]}, "cluster": {"cluster": {"subnetIds": ["a", "b"]}}}
    value = {"VpcId": VPC, "Subnets": [Ref("cluster", "join(',', cluster.subnetIds)")], "Keep": ("x", 1, None, True)}
    assert resolved(value, answers) == {"VpcId": "vpc-1", "Subnets": ["a,b"], "Keep": ["x", 1, None, True]}


def test_an_answer_may_hold_false_or_nothing_but_not_lack_the_path() -> None:
    assert resolved(Ref("a", "b"), {"a": {"b": False}}) is False
    assert resolved(Ref("a", "b"), {"a": {"b": []}}) == []
    with pytest.raises(LookupError, match="the answer of a has no b"):
        resolved(Ref("a", "b"), {"a": {"c": 1}})
    with pytest.raises(LookupError):
        resolved(Ref("a", "b"), {})


@pytest.mark.parametrize(
    ("one", "needs"),
    [
        (change("a"), set()),
        (change("a", "b", "c"), {"b", "c"}),
        (change("a", VpcId=VPC), {"vpc"}),
        (change("a", "b", VpcId=VPC), {"b", "vpc"}),
        (Change("a", "vpc", "wait", None, Wait(Call("ec2", "Describe", {"VpcId": VPC}), "x")), {"vpc"}),
        (Change("a", "kubeconfig", "create", WriteFile("f", {"users": {"name": Ref("cluster", "arn")}})), {"cluster"}),
        # A wait may look at what the change itself makes.
        (change("vpc", VpcId=VPC), set()),
    ],
)
def test_a_change_needs_what_it_names(one: Change, needs: set[str]) -> None:
    assert one.needs == needs


CHAIN = (
    change("role", step="role"),
    change("vpc"),
    change("subnet", VpcId=VPC),
    change("endpoint", "subnet", step="endpoints"),
    change("cluster", "role", "subnet", step="cluster"),
)


@pytest.mark.parametrize(
    ("steps", "ids"),
    [
        ((), []),
        (("role",), ["role"]),
        (("vpc",), ["vpc", "subnet"]),
        (("endpoints",), ["vpc", "subnet", "endpoint"]),
        (("cluster",), ["role", "vpc", "subnet", "cluster"]),
        (("role", "vpc", "endpoints", "cluster"), ["role", "vpc", "subnet", "endpoint", "cluster"]),
        (("nodes",), []),
    ],
)
def test_until_takes_the_steps_and_what_they_need_in_order(steps: tuple[str, ...], ids: list[str]) -> None:
    assert [one.id for one in until(CHAIN, frozenset(steps))] == ids


NAMES = [str(number) for number in range(8)]
GRAPHS = st.lists(
    st.tuples(
        st.sampled_from(["role", "vpc", "cluster"]), st.lists(st.sampled_from([*NAMES, "elsewhere"]), max_size=3)
    ),
    max_size=len(NAMES),
).map(lambda rows: tuple(change(NAMES[i], *after, step=step) for i, (step, after) in enumerate(rows)))


@given(GRAPHS, st.frozensets(st.sampled_from(["role", "vpc", "cluster"])))
def test_until_is_closed_and_takes_no_more(changes: tuple[Change, ...], steps: frozenset[str]) -> None:
    taken = until(changes, steps)
    ids = {one.id for one in taken}
    assert {one.id for one in changes if one.step in steps} <= ids
    assert all(one.needs & {other.id for other in changes} <= ids for one in taken)
    assert all(one.step in steps or any(one.id in other.needs for other in taken) for one in taken)
    assert until(taken, steps) == taken == tuple(one for one in changes if one.id in ids)


@pytest.mark.parametrize(
    "other",
    [
        plan(*CHAIN, account="210987654321"),
        plan(*CHAIN, region="eu-west-1"),
        plan(*CHAIN, profile_digest="q"),
        plan(*CHAIN[:-1]),
        plan(*reversed(CHAIN)),
        plan(*CHAIN[:-1], replace(CHAIN[-1], id="other")),
        plan(*CHAIN[:-1], replace(CHAIN[-1], verb="modify")),
        plan(*CHAIN[:-1], replace(CHAIN[-1], after=("role",))),
        plan(*CHAIN[:-1], replace(CHAIN[-1], action=Call("ec2", "CreateThing", {"Size": 1}))),
        plan(*CHAIN[:-1], replace(CHAIN[-1], action=Call("ec2", "CreateOther", {}))),
        plan(*CHAIN[:-1], replace(CHAIN[-1], action=None)),
    ],
    ids=str,
)
def test_another_plan_has_another_digest(other: Plan) -> None:
    assert other.digest != plan(*CHAIN).digest


def test_equal_plans_have_equal_digests_whatever_is_adopted() -> None:
    assert plan(*CHAIN).digest == plan(*CHAIN).digest == plan(*CHAIN, adopted=("vpc-1",)).digest
    assert plan(*CHAIN) == plan(*CHAIN, adopted=("vpc-1",))


def test_a_ref_is_not_the_text_that_it_is_written_as() -> None:
    assert plan(change("a", VpcId=VPC)).digest != plan(change("a", "vpc", VpcId="vpc")).digest


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=6), st.randoms())
def test_the_digest_ignores_the_order_of_keys(params: dict[str, Any], random: Any) -> None:
    keys = list(params)
    random.shuffle(keys)
    shuffled = {key: params[key] for key in keys}
    assert plan(change("a", p=params)).digest == plan(change("a", p=shuffled)).digest
    assert json.loads(canonical(params)) == params


def test_no_time_enters_the_digest() -> None:
    later = replace(EMPTY, account=replace(EMPTY.account, at=EMPTY.account.at.replace(hour=23)))
    assert engine.judge(ARTICLE, later).plan.digest == engine.judge(ARTICLE, EMPTY).plan.digest
    assert "2026-11-23" not in json.dumps(as_data(engine.judge(ARTICLE, EMPTY).plan.changes))


def test_another_profile_is_another_plan() -> None:
    other = with_settings(ARTICLE, ("nodes.max=9",))
    assert digest(other) != digest(ARTICLE)
    assert engine.judge(other, FINISHED).plan.digest != engine.judge(ARTICLE, FINISHED).plan.digest


def test_a_plan_is_plain_json_data() -> None:
    data = as_data(engine.judge(ARTICLE, EMPTY).plan.changes)
    assert json.loads(json.dumps(data)) == data
    assert [one["id"] for one in data][:1] == ["role.cluster"]


def test_each_part_as_data() -> None:
    wait = Wait(Call("ec2", "DescribeVpcs", {}), "Vpcs[]", ready="ready")
    assert as_data(replace(change("a", "z", "b", VpcId=VPC), wait=wait)) == {
        "id": "a",
        "step": "vpc",
        "verb": "create",
        "action": {
            "service": "ec2",
            "operation": "CreateThing",
            "params": {"VpcId": {"ref": "vpc", "path": "Vpcs[0].VpcId"}},
        },
        "wait": {
            "read": {"service": "ec2", "operation": "DescribeVpcs", "params": {}},
            "items": "Vpcs[]",
            "ready": "ready",
            "failed": None,
        },
        "after": ["b", "vpc", "z"],
    }
    assert as_data(WriteFile("f", {"a": VPC})) == {
        "write_file": "f",
        "entry": {"a": {"ref": "vpc", "path": "Vpcs[0].VpcId"}},
    }


def test_our_tags_win_over_the_profiles_and_the_profiles_are_kept() -> None:
    own = {"eks-wizard:cluster": "stolen", "Department": "network", "Name": "mine"}
    assert tags("c", "vpc", own, Name="ours") == {
        "eks-wizard:cluster": "c",
        "eks-wizard:change": "vpc",
        "Department": "network",
        "Name": "ours",
    }


def test_tags_in_awss_forms() -> None:
    assert tag_list({"a": "b"}) == [{"Key": "a", "Value": "b"}]
    assert tag_specifications("vpc", {"a": "b"}) == [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]
    assert tag_filters("c", "vpc") == [
        {"Name": "tag:eks-wizard:cluster", "Values": ["c"]},
        {"Name": "tag:eks-wizard:change", "Values": ["vpc"]},
    ]


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ("account", ["account"]),
        ("vpc", ["account", "role", "vpc"]),
        ("kubeconfig", list(engine.STEP_NAMES)),
        (None, list(engine.STEP_NAMES)),
    ],
)
def test_steps_until(last: str | None, names: list[str]) -> None:
    assert [step.name for step in engine.steps_until(last)] == names


def test_steps_come_after_the_steps_whose_facts_they_read() -> None:
    for index, step in enumerate(engine.STEPS):
        assert set(step.after) <= set(engine.STEP_NAMES[:index])


@pytest.mark.parametrize("last", engine.STEP_NAMES)
def test_a_plan_until_a_step_has_what_that_step_needs_and_finds_no_more(last: str) -> None:
    view, whole = engine.judge(ARTICLE, EMPTY, last), engine.judge(ARTICLE, EMPTY)
    names = {step.name for step in engine.steps_until(last)}
    everything = {one.id for one in whole.plan.changes}
    planned = {one.id for one in view.plan.changes}
    assert planned >= {one.id for one in whole.plan.changes if one.step in names}
    assert all(one.needs & everything <= planned for one in view.plan.changes)
    assert all(one in whole.findings for one in view.findings)


CREATING = changed(
    FINISHED,
    "cluster",
    cluster=replace(CLUSTER, status="CREATING", state=State.UNDER_WAY, endpoint=None, certificate_authority=None),
    access_entries=(),
    add_ons=(),
)
CREATING = changed(changed(CREATING, "nodes", stack=None, instances=()), "kubeconfig", entry_current=None, nodes=None)
ACTIVE = changed(CREATING, "cluster", cluster=CLUSTER)


def test_a_plan_carries_on_when_what_was_under_way_has_ended() -> None:
    agreed, now = engine.judge(ARTICLE, CREATING).plan, engine.judge(ARTICLE, ACTIVE).plan
    assert agreed.digest != now.digest
    assert carries_on(now, agreed)
    assert not carries_on(agreed, now)


@pytest.mark.parametrize(
    "other",
    [
        changed(ACTIVE, "endpoints", endpoints=()),
        changed(ACTIVE, "nodes", ami=replace(NEWEST_AMI, id="ami-0cccccccccccccccc")),
        replace(ACTIVE, account=replace(ACTIVE.account, id="210987654321")),
    ],
    ids=["endpoints are gone", "another image", "another account"],
)
def test_a_plan_does_not_carry_on_when_something_else_has_changed(other: Any) -> None:
    agreed, now = engine.judge(ARTICLE, CREATING).plan, engine.judge(ARTICLE, other).plan
    assert not carries_on(now, agreed)


def test_a_plan_carries_on_as_itself() -> None:
    agreed = engine.judge(ARTICLE, EMPTY).plan
    assert carries_on(engine.judge(ARTICLE, EMPTY).plan, agreed)
    assert not carries_on(engine.judge(ARTICLE, FINISHED).plan, agreed)
