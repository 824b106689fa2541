"""Each state of what exists: usable is adopted, under way and deleting are waited for, failed and ours is replaced.

What is replaced is replaced in the open: its evidence is kept, it goes, a new one comes.
"""

import json
from collections.abc import Callable
from typing import Any

from resources import twins

from wizard.events import Done, Failed
from wizard.findings import Severity

ISSUE = {
    "code": "InsufficientFreeAddresses",
    "message": "One or more subnets have no free addresses.",
    "resourceIds": [],
}


def failed(events: list[Any]) -> list[str]:
    return [event.change.id for event in events if isinstance(event, Failed)]


def replaced(operator: Any, gone: str, code: str) -> None:
    """The look says so, the build does it, and nothing is left to do."""
    view = operator.look()
    assert {finding.code: finding.severity for finding in view.findings}[code] is Severity.NOTE
    assert not view.stops
    assert {change.id: change.verb for change in view.plan.changes}[gone] == "replace"
    events = operator.build()
    assert failed(events) == []
    assert gone in {event.change.id for event in events if isinstance(event, Done)}
    assert operator.look().plan.changes == ()
    assert not [one for one in operator.verify().findings if one.severity is not Severity.OK]


def test_a_cluster_that_failed_is_made_anew(builder: Callable[..., Any], account: Any) -> None:
    account.health("eksCluster", ISSUE, failed=True)
    operator = builder()
    assert failed(operator.build()) == ["cluster"]

    view = operator.look()
    assert {finding.code: finding.severity for finding in view.findings}["CLU521"] is Severity.NOTE
    assert not view.stops
    assert {change.id: change.verb for change in view.plan.changes}["cluster.gone"] == "replace"
    before = account.calls()[-1]["number"]
    # Nothing was mended, so the new one fails as well.
    assert failed(operator.build()) == ["cluster"]

    assert account.writes(after=before) == ["eks.DeleteCluster", "eks.CreateCluster"]
    (kept,) = operator.journal.folder.glob("evidence/*cluster.gone*")
    assert json.loads(kept.read_text())[0]["cluster"]["health"]["issues"][0]["code"] == ISSUE["code"]
    assert twins(account) == []


def test_a_stack_that_rolled_back_is_made_anew(builder: Callable[..., Any], account: Any) -> None:
    cloudformation = account.client("cloudformation")
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": ["nobody"]}}
    tags = {"eks-wizard:cluster": "eksCluster", "eks-wizard:change": "nodes.stack"}
    cloudformation.create_stack(
        StackName="eksCluster-nodes",
        TemplateBody=json.dumps({"Resources": {"Profile": profile}}),
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    account.pass_time(600)
    account.settled()
    assert [one["StackStatus"] for one in cloudformation.describe_stacks()["Stacks"]] == ["ROLLBACK_COMPLETE"]
    operator = builder()

    replaced(operator, "nodes.stack.gone", "NODE612")

    (kept,) = operator.journal.folder.glob("evidence/*nodes.stack.gone*")
    assert "nobody" in kept.read_text()


def test_a_cluster_that_is_being_created_is_waited_for(builder: Callable[..., Any], account: Any) -> None:
    operator = builder()
    operator.build(until="security_group")
    network, role = operator.look().network, operator.look().facts.role.cluster
    account.client("eks").create_cluster(
        name="eksCluster",
        roleArn=role.arn,
        resourcesVpcConfig={
            "subnetIds": [subnet.id for subnet in network.subnets],
            "securityGroupIds": [network.control_plane_group],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        kubernetesNetworkConfig={"serviceIpv4Cidr": "172.20.0.0/16"},
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"},
        upgradePolicy={"supportType": "STANDARD"},
    )
    view = operator.look(until="cluster")
    assert view.facts.cluster.cluster.status == "CREATING"
    assert not view.stops
    assert {change.id: change.verb for change in view.plan.changes}["cluster"] == "wait"
    before = account.calls()[-1]["number"]

    events = operator.build(until="cluster")

    assert failed(events) == []
    # What follows does not begin before it is ACTIVE; nobody makes a second one.
    assert account.writes(after=before) == ["eks.CreateAddon", "eks.CreateAddon"]
    assert operator.look(until="cluster").facts.cluster.cluster.status == "ACTIVE"
    assert operator.look(until="cluster").plan.changes == ()


def endpoint(account: Any, service: str) -> dict[str, Any]:
    """The endpoint of a service, as AWS tells of it."""
    named = [{"Name": "service-name", "Values": [f"com.amazonaws.{account.region}.{service}"]}]
    found: list[dict[str, Any]] = account.client("ec2").describe_vpc_endpoints(Filters=named)["VpcEndpoints"]
    assert len(found) == 1
    return found[0]


def test_an_endpoint_that_is_being_deleted_is_waited_for_and_made_again(
    builder: Callable[..., Any], account: Any
) -> None:
    operator = builder()
    operator.build(until="endpoints")
    account.catalogue(endpoint_deletion_seconds=600)
    old = endpoint(account, "ec2")["VpcEndpointId"]
    account.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[old])
    assert endpoint(account, "ec2")["State"] == "deleting"

    view = operator.look(until="endpoints")
    assert not view.stops
    assert [(change.id, change.verb) for change in view.plan.changes] == [
        (f"endpoints.ec2.gone.{old}", "wait"),
        ("endpoints.ec2", "create"),
    ]
    before = account.calls()[-1]["number"]
    events = operator.build(until="endpoints")

    assert failed(events) == []
    assert account.writes(after=before) == ["ec2.CreateVpcEndpoint"]
    assert endpoint(account, "ec2")["VpcEndpointId"] != old
    assert operator.look(until="endpoints").plan.changes == ()


def test_an_endpoint_that_failed_is_made_anew(builder: Callable[..., Any], account: Any) -> None:
    account.catalogue(failing_endpoint_services=["sts"])
    operator = builder()
    assert failed(operator.build(until="endpoints")) == ["endpoints.sts"]
    old = endpoint(account, "sts")
    assert old["State"] == "failed"
    account.catalogue(failing_endpoint_services=[])

    view = operator.look(until="endpoints")
    assert not view.stops
    [told] = [finding for finding in view.findings if finding.code == "END317"]
    assert told.about["said"] == old["LastError"]["Message"]
    gone = f"endpoints.sts.gone.{old['VpcEndpointId']}"
    assert {change.id: change.verb for change in view.plan.changes}[gone] == "replace"
    assert failed(operator.build(until="endpoints")) == []

    (kept,) = operator.journal.folder.glob(f"evidence/*{gone}*")
    assert old["LastError"]["Message"] in kept.read_text()
    assert endpoint(account, "sts")["State"] == "available"
    assert operator.look(until="endpoints").plan.changes == ()


def test_somebody_else_s_endpoint_that_failed_stays(builder: Callable[..., Any], account: Any) -> None:
    account.catalogue(failing_endpoint_services=["sts"])
    operator = builder()
    operator.build(until="endpoints")
    account.catalogue(failing_endpoint_services=[])
    old = endpoint(account, "sts")["VpcEndpointId"]
    account.client("ec2").delete_tags(Resources=[old], Tags=[{"Key": "eks-wizard:cluster"}])
    account.settled()

    view = operator.look(until="endpoints")

    assert view.stops
    assert [finding.code for finding in view.findings if finding.severity is Severity.STOP] == ["END307"]
    assert not [change for change in view.plan.changes if change.verb in ("replace", "delete")]
