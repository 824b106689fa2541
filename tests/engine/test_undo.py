"""Taking a build back: in order, resumed after a stop, and never what is somebody else's."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from resources import standing

from wizard import engine
from wizard.events import Crashed, Done, Event, Failed


def take_back(operator: Any, stop: threading.Event | None = None, after: int = 10_000) -> list[Event]:
    """Deletes what there is, and asks to stop after so many changes."""
    stop = stop or threading.Event()
    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    events = []
    for event in engine.take_back(operator.doors, operator.profile, plan, operator.journal, stop):
        if isinstance(event, Crashed):
            raise event.error
        events.append(event)
        if sum(isinstance(one, Done) for one in events) >= after:
            stop.set()
    return events


@pytest.mark.parametrize("after", [1, 4, 6, 12, 20])
def test_an_undo_that_was_stopped_goes_on(builder: Callable[..., Any], account: Any, after: int) -> None:
    before = standing(account)
    operator = builder()
    operator.build()

    take_back(operator, after=after)
    # From another machine, where there is no journal.
    events = take_back(builder(folder="other"))

    assert not [event for event in events if isinstance(event, Failed)]
    assert standing(account) == before
    assert engine.look_to_undo(operator.doors, operator.profile).plan.changes in ((), *_kubeconfig_only(operator))


def _kubeconfig_only(operator: Any) -> list[Any]:
    """The first machine's kubeconfig is its own."""
    changes = engine.look_to_undo(operator.doors, operator.profile).plan.changes
    return [changes] if [change.id for change in changes] == ["kubeconfig"] else []


def test_a_half_built_cluster_is_taken_back(builder: Callable[..., Any], account: Any) -> None:
    before = standing(account)
    operator = builder()
    operator.build(until="vpc")
    take_back(operator)
    assert standing(account) == before


def test_answers_that_get_lost_are_no_failure(builder: Callable[..., Any], account: Any) -> None:
    before = standing(account)
    operator = builder()
    operator.build(until="endpoints")
    for name in ("DeleteVpc", "DeleteRole", "DeleteSecurityGroup"):
        account.faults({"operation": name, "times": 1, "when": "after", "what": "reset"})
        assert not [event for event in take_back(operator) if isinstance(event, Failed)]
        assert standing(account) == before
        operator.build(until="endpoints")


def test_what_was_adopted_stays(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.build(until="role")
    iam = account.client("iam")
    iam.untag_role(RoleName="eksNodeRole", TagKeys=["eks-wizard:cluster", "eks-wizard:change"])

    found = engine.look_to_undo(operator.doors, operator.profile)
    take_back(operator)

    assert [finding.code for finding in found.findings] == ["UNDO804"]
    assert iam.get_role(RoleName="eksNodeRole")
    assert iam.list_attached_role_policies(RoleName="eksNodeRole")["AttachedPolicies"]


def test_foreign_rules_and_groups_stop_it(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.build()
    ec2 = account.client("ec2")
    ours = [{"Name": "group-name", "Values": ["eksCluster-control-plane"]}]
    group = ec2.describe_security_groups(Filters=ours)["SecurityGroups"][0]
    ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=group["VpcId"])
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    account.settled()

    found = engine.look_to_undo(operator.doors, operator.profile).findings

    assert {finding.about["kind"] for finding in found if finding.code == "UNDO801"} == {"rule", "security group"}
    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    after = account.calls()[-1]["number"]
    with pytest.raises(engine.StopsFound):
        list(engine.take_back(operator.doors, operator.profile, plan, operator.journal, threading.Event()))
    assert account.writes(after) == []


def test_interfaces_that_the_network_plugin_left_behind_go(builder: Callable[..., Any], account: Any) -> None:
    before = standing(account)
    operator = builder()
    operator.build(until="cluster")
    ec2 = account.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "tag:eks-wizard:cluster", "Values": ["eksCluster"]}])["Subnets"][0]
    tags = [{"Key": "cluster.k8s.amazonaws.com/name", "Value": "eksCluster"}]
    made = ec2.create_network_interface(
        SubnetId=subnet["SubnetId"],
        Description="aws-K8S-i-0123456789abcdef0",
        TagSpecifications=[{"ResourceType": "network-interface", "Tags": tags}],
    )["NetworkInterface"]["NetworkInterfaceId"]
    account.settled()

    assert not engine.look_to_undo(operator.doors, operator.profile).stops
    assert not [event for event in take_back(operator) if isinstance(event, Failed)]
    assert standing(account) == before
    named = [{"Name": "network-interface-id", "Values": [made]}]
    assert ec2.describe_network_interfaces(Filters=named)["NetworkInterfaces"] == []
