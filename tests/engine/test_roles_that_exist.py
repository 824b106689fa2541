"""Roles that exist: trust is added to what is there, and an entry that outlived its role is made anew."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from builders import PROFILES

from wizard import engine
from wizard.events import Failed
from wizard.findings import Severity
from wizard.profile import load, with_settings

SPOT = {
    "Version": "2012-10-17",
    "Id": "company",
    "Statement": [
        {"Sid": "Spot", "Effect": "Allow", "Principal": {"Service": "spot.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
NODE_ROLE = "arn:aws:iam::123456789012:role/eksNodeRole"


def failed(events: list[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, Failed)]


def test_a_company_s_role_that_does_not_trust_eks_is_let(builder: Callable[..., Any], account: Any) -> None:
    iam = account.client("iam")
    made = iam.create_role(RoleName="company", AssumeRolePolicyDocument=json.dumps(SPOT))["Role"]
    settings = (f"role.cluster={{use: {made['Arn']}}}",)
    operator = builder(with_settings(load(PROFILES / "article.yaml"), settings))
    operator.build(until="security_group")
    # As it was, EKS would have refused it.
    iam.update_assume_role_policy(RoleName="company", PolicyDocument=json.dumps(SPOT))
    network = operator.look().network
    with pytest.raises(ClientError, match="required service principals"):
        account.client("eks").create_cluster(
            name="other",
            roleArn=made["Arn"],
            resourcesVpcConfig={"subnetIds": [subnet.id for subnet in network.subnets]},
        )

    view = operator.look(until="cluster")
    found = {finding.code: finding.severity for finding in view.findings if finding.where == "role.cluster"}
    assert found["ROLE110"] is Severity.NOTE
    assert not view.stops
    [added] = [change for change in view.plan.changes if change.id == "role.cluster.trust"]
    assert added.verb == "modify"
    assert not failed(operator.build(until="cluster"))

    after = iam.get_role(RoleName="company")["Role"]["AssumeRolePolicyDocument"]
    assert after["Statement"][:1] == SPOT["Statement"]
    assert {key: value for key, value in after.items() if key != "Statement"} == {
        "Version": "2012-10-17",
        "Id": "company",
    }
    assert after["Statement"][1]["Principal"] == {"Service": "eks.amazonaws.com"}
    assert operator.look(until="cluster").plan.changes == ()
    undone = engine.look_to_undo(operator.doors, operator.profile)
    assert ("UNDO804", "company") in {(one.code, one.about["id"]) for one in undone.findings if one.code == "UNDO804"}
    list(engine.take_back(operator.doors, operator.profile, undone.plan, operator.journal, threading.Event()))
    assert iam.get_role(RoleName="company")["Role"]["AssumeRolePolicyDocument"] == after


@pytest.mark.parametrize("again", [pytest.param(False, marks=pytest.mark.long), True], ids=["gone", "made again"])
def test_an_entry_of_ours_that_outlived_its_role_is_made_anew(
    builder: Callable[..., Any], account: Any, again: bool
) -> None:
    operator = builder()
    operator.build(until="nodes")
    iam, eks = account.client("iam"), account.client("eks")
    old = eks.describe_access_entry(clusterName="eksCluster", principalArn=NODE_ROLE)["accessEntry"]
    for profile in iam.list_instance_profiles_for_role(RoleName="eksNodeRole")["InstanceProfiles"]:
        name = profile["InstanceProfileName"]
        iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName="eksNodeRole")
    for policy in iam.list_attached_role_policies(RoleName="eksNodeRole")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="eksNodeRole", PolicyArn=policy["PolicyArn"])
    role = iam.get_role(RoleName="eksNodeRole")["Role"]
    iam.delete_role(RoleName="eksNodeRole")
    if again:
        trust = json.dumps(role["AssumeRolePolicyDocument"])
        iam.create_role(RoleName="eksNodeRole", AssumeRolePolicyDocument=trust, Tags=role["Tags"])
        account.settled()

    view = operator.look(until="nodes")
    assert "NODE633" in {finding.code for finding in view.findings}
    assert not view.stops
    assert {change.id: change.verb for change in view.plan.changes}["nodes.access-entry.gone"] == "replace"
    assert not failed(operator.build(until="nodes"))

    new = eks.describe_access_entry(clusterName="eksCluster", principalArn=NODE_ROLE)["accessEntry"]
    assert new["accessEntryArn"] != old["accessEntryArn"]
    assert new["createdAt"] >= iam.get_role(RoleName="eksNodeRole")["Role"]["CreateDate"]
    (kept,) = operator.journal.folder.glob("evidence/*nodes.access-entry.gone*")
    assert old["accessEntryArn"] in kept.read_text()
    assert operator.look(until="nodes").plan.changes == ()
