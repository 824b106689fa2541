"""What the engine does not do: write unasked, build twice at once, go on after a stop, make a second of anything."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from resources import standing, twins

from wizard import engine
from wizard.events import Done, Failed, Retrying, Started, Stopped
from wizard.journal import Locked


def test_looking_only_reads(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.look()
    account.faults({"writes_only": True, "times": None, "when": "before", "what": "refuse"})

    operator.look()
    operator.verify()

    assert account.writes() == []
    assert len(account.calls()) > 30
    account.faults()
    operator.build()
    after = account.calls()[-1]["number"]
    operator.look()
    operator.verify()
    assert account.writes(after) == []


def test_the_second_of_two_builds_at_once_is_told_who_holds_the_lock(builder: Callable[..., Any], account: Any) -> None:
    first, second = builder(), builder()
    account.faults({"operation": "CreateVpc", "times": 1, "when": "before", "what": "hold"})
    with_first = threading.Thread(target=first.build)
    with_first.start()
    assert account.held()

    with pytest.raises(Locked, match=r"process [0-9]+ since"):
        second.build()

    account.release()
    with_first.join()
    assert twins(account) == []
    assert second.build() == []


def test_a_plan_that_no_longer_fits_is_refused(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    agreed = operator.look().plan
    account.catalogue(releases={"1.35": "1.35.7-20261101"})

    with pytest.raises(engine.PlanChanged) as changed:
        list(engine.build(operator.doors, operator.profile, agreed, operator.journal, threading.Event()))

    assert changed.value.now.digest != agreed.digest
    assert account.writes() == []


def test_what_forbids_the_build_forbids_it_at_the_last_moment_too(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    agreed = operator.look().plan
    account.catalogue(missing_endpoint_services=["ecr.api"])

    with pytest.raises(engine.StopsFound, match="END304"):
        list(engine.build(operator.doors, operator.profile, agreed, operator.journal, threading.Event()))

    assert account.writes() == []


def test_a_stop_starts_nothing_new_and_the_next_build_goes_on(builder: Callable[..., Any], account: Any) -> None:
    builder(folder="calm").build()
    wanted = standing(account)
    account.reset()
    operator = builder()
    stop = threading.Event()
    events = []
    for event in engine.build(operator.doors, operator.profile, operator.look().plan, operator.journal, stop):
        events.append(event)
        if isinstance(event, Done) and event.change.id == "vpc":
            stop.set()

    started = {event.change.id for event in events if isinstance(event, Started)}
    assert isinstance(events[-1], Stopped)
    assert "cluster" not in started
    assert len(account.writes()) <= len(started)

    operator.build()
    operator.verify()
    assert twins(account) == []
    assert standing(account) == wanted


def test_closing_the_generator_joins_its_threads(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    plan = operator.look().plan
    events = engine.build(operator.doors, operator.profile, plan, operator.journal, threading.Event())
    assert isinstance(next(events), Started)

    events.close()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("change")]
    before = len(account.writes())
    operator.look()
    assert len(account.writes()) == before
    operator.build()
    assert twins(account) == []


def test_two_things_with_the_same_tags_stop_the_build_and_both_are_named(
    builder: Callable[..., Any], account: Any
) -> None:
    operator = builder()
    tags = [{"Key": "eks-wizard:cluster", "Value": "eksCluster"}, {"Key": "eks-wizard:change", "Value": "vpc"}]
    made = [
        account.client("ec2").create_vpc(
            CidrBlock="10.110.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}]
        )["Vpc"]["VpcId"]
        for _ in range(2)
    ]
    account.pass_time(60)

    view = operator.look()

    twin = next(finding for finding in view.findings if finding.code == "VPC213")
    assert sorted(twin.about["twins"]) == sorted(made)
    assert view.stops


def test_a_name_that_somebody_else_took_is_not_taken_over(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.build(until="vpc")
    ec2 = account.client("ec2")
    vpc = next(vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"])
    ec2.create_security_group(GroupName="eksCluster-control-plane", Description="theirs", VpcId=vpc)

    events = operator.build()

    failed = [event for event in events if isinstance(event, Failed)]
    assert [event.finding.code for event in failed] == ["RUN002"]
    assert "cluster" not in {event.change.id for event in events if isinstance(event, Started)}


def test_throttling_is_waited_out(builder: Callable[..., Any], account: Any) -> None:
    account.faults({"writes_only": True, "once_per_call": True, "times": None, "when": "before", "what": "throttle"})
    operator = builder()
    events = operator.build()
    assert not [event for event in events if isinstance(event, Failed)]
    assert len([event for event in events if isinstance(event, Retrying)]) > 30
    operator.verify()
    assert twins(account) == []


def test_a_refused_write_says_which_permission_is_missing(builder: Callable[..., Any], account: Any) -> None:
    account.faults({"operation": "CreateVpc", "times": None, "when": "before", "what": "refuse"})
    operator = builder()
    events = operator.build()
    failed = [event.finding for event in events if isinstance(event, Failed)]
    assert [finding.code for finding in failed] == ["RUN001"]
    assert failed[0].about["action"] == "ec2:CreateVpc"
    assert failed[0].about["kind"] == "denied"
    account.faults()
    operator.build()
    assert twins(account) == []
    assert operator.look().plan.changes == ()
