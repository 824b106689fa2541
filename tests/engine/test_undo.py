"""Taking a build back: in order, resumed after a stop, and never what is somebody else's."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from builders import PROFILES
from resources import standing

from wizard import engine
from wizard.events import Crashed, Done, Event, Failed
from wizard.findings import Severity
from wizard.plan import tag_specifications
from wizard.profile import load, with_settings


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


@pytest.mark.parametrize("after", [6, *(pytest.param(late, marks=pytest.mark.long) for late in (1, 4, 12, 20))])
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
    # The second is what EKS would have made for a cluster eksCluster-2.
    for name in ("theirs", "eks-cluster-sg-eksCluster-2-1234567890"):
        ec2.create_security_group(GroupName=name, Description=name, VpcId=group["VpcId"])
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    account.settled()

    found = engine.look_to_undo(operator.doors, operator.profile).findings

    kinds = sorted(finding.about["kind"] for finding in found if finding.code == "UNDO801")
    assert kinds == ["rule", "security group", "security group"]
    plan = engine.look_to_undo(operator.doors, operator.profile).plan
    after = account.calls()[-1]["number"]
    with pytest.raises(engine.StopsFound):
        list(engine.take_back(operator.doors, operator.profile, plan, operator.journal, threading.Event()))
    assert account.writes(after) == []


@pytest.fixture
def network(builder: Callable[..., Any], account: Any) -> Any:
    """An operator who built the network, and a look at what would be deleted."""
    operator = builder()
    operator.build(until="vpc")
    return operator


def foreign(operator: Any) -> list[tuple[str, str, str]]:
    """What of somebody else's stands in what would be deleted: kind, id and where."""
    found = engine.look_to_undo(operator.doors, operator.profile).findings
    assert {finding.code for finding in found if finding.severity is Severity.STOP} <= {"UNDO801"}
    return sorted((one.about["kind"], one.about["id"], one.about["place"]) for one in found if one.code == "UNDO801")


def test_a_peering_and_its_routes_stop_it(network: Any, account: Any) -> None:
    assert foreign(network) == []
    ec2 = account.client("ec2")
    vpc, table = network.look().network.vpc, network.look().network.route_tables[0]
    theirs = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    peering = ec2.create_vpc_peering_connection(VpcId=theirs, PeerVpcId=vpc)["VpcPeeringConnection"]
    identity = peering["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=identity)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.99.0.0/16", VpcPeeringConnectionId=identity)
    account.settled()

    assert foreign(network) == [
        ("VPC peering connection", identity, f"VPC {vpc}"),
        ("route", "10.99.0.0/16", f"route table {table}"),
    ]
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="10.99.0.0/16")
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=identity)
    assert foreign(network) == []


def test_what_has_an_interface_stops_it(network: Any, account: Any) -> None:
    """NAT gateways, load balancers, file systems, databases and functions have one in the subnets that they serve."""
    ec2 = account.client("ec2")
    subnet = network.look().network.subnets[0].id
    descriptions = (
        "Interface for NAT Gateway nat-0123456789abcdef0",
        "ELB net/shop/0123456789abcdef",
        "EFS mount target for fs-0123456789abcdef0 (fsmt-0123456789abcdef0)",
        "RDSNetworkInterface",
        "AWS Lambda VPC ENI-orders",
    )
    for description in descriptions:
        ec2.create_network_interface(SubnetId=subnet, Description=description)
    account.settled()
    found = engine.look_to_undo(network.doors, network.profile).findings
    assert sorted(one.about["name"] for one in found if one.code == "UNDO801") == sorted(descriptions)


def test_what_somebody_put_on_our_roles_stops_it(network: Any, account: Any) -> None:
    iam = account.client("iam")
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="eksNodeRole", PolicyName="buckets", PolicyDocument=json.dumps(allow))
    iam.create_instance_profile(InstanceProfileName="jump-host")
    account.settled()
    iam.add_role_to_instance_profile(InstanceProfileName="jump-host", RoleName="eksNodeRole")
    with pytest.raises(ClientError, match="DeleteConflict"):
        iam.delete_role(RoleName="eksNodeRole")
    account.settled()
    assert foreign(network) == [
        ("inline policy", "buckets", "role eksNodeRole"),
        ("instance profile", "jump-host", "role eksNodeRole"),
    ]


def test_what_runs_by_our_roles_elsewhere_stops_it(network: Any, account: Any) -> None:
    """Another cluster that took our role, and a managed node group of a cluster that is not ours."""
    iam, eks, ec2 = account.client("iam"), account.client("eks"), account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    account.settled()
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.99.{number}.0/24", AvailabilityZone=f"ap-northeast-1{zone}")
        for number, zone in enumerate("ac")
    ]
    account.settled()
    eks.create_cluster(
        name="theirs",
        roleArn=iam.get_role(RoleName="eksClusterRole")["Role"]["Arn"],
        resourcesVpcConfig={"subnetIds": [one["Subnet"]["SubnetId"] for one in subnets]},
    )
    profile = "eks-08c968da-2d88-0096-4c82-1ee57490a6af"
    iam.create_instance_profile(InstanceProfileName=profile)
    account.settled()
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName="eksNodeRole")
    account.settled()
    assert foreign(network) == [
        ("cluster", "theirs", "role eksClusterRole"),
        ("instance profile", profile, "role eksNodeRole"),
    ]


def test_a_stack_of_the_same_name_that_is_somebody_else_s_stops_it(network: Any, account: Any) -> None:
    vpc = network.look().network.vpc
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "theirs", "VpcId": vpc}}
    account.client("cloudformation").create_stack(
        StackName="eksCluster-nodes", TemplateBody=json.dumps({"Resources": {"Group": group}})
    )
    account.pass_time(300)
    account.settled()
    assert [(kind, place) for kind, _, place in foreign(network)] == [("security group", f"VPC {vpc}")]


def test_twins_go_together(network: Any, account: Any) -> None:
    before = account.client("ec2").describe_security_groups()["SecurityGroups"]
    tags = {"eks-wizard:cluster": "eksCluster", "eks-wizard:change": "security_group"}
    for name in ("one", "two"):
        account.client("ec2").create_security_group(
            GroupName=name,
            Description=name,
            VpcId=network.look().network.vpc,
            TagSpecifications=tag_specifications("security-group", tags),
        )
    account.settled()
    plan = engine.look_to_undo(network.doors, network.profile).plan
    assert len([change for change in plan.changes if change.id.startswith("security_group ")]) == 2
    assert not [event for event in take_back(network) if isinstance(event, Failed)]
    left = account.client("ec2").describe_security_groups()["SecurityGroups"]
    assert {"one", "two"}.isdisjoint(group["GroupName"] for group in (*before, *left))


def test_a_cluster_s_protection_is_switched_off_and_its_fargate_profile_stops_it(
    builder: Callable[..., Any], account: Any
) -> None:
    before = standing(account)
    operator = builder(with_settings(load(PROFILES / "article.yaml"), ("cluster.deletion_protection=true",)))
    operator.build(until="cluster")
    eks = account.client("eks")
    with pytest.raises(ClientError, match="deletion protection is enabled"):
        eks.delete_cluster(name="eksCluster")
    role = account.client("iam").get_role(RoleName="eksNodeRole")["Role"]["Arn"]
    eks.create_fargate_profile(clusterName="eksCluster", fargateProfileName="batch", podExecutionRoleArn=role)
    assert foreign(operator) == [("Fargate profile", "batch", "cluster eksCluster")]
    eks.delete_fargate_profile(clusterName="eksCluster", fargateProfileName="batch")

    found = engine.look_to_undo(operator.doors, operator.profile)
    assert [(one.code, one.severity) for one in found.findings] == [
        ("UNDO802", Severity.NOTE),
        ("UNDO805", Severity.NOTE),
    ]
    [off] = [change for change in found.plan.changes if change.verb == "modify"]
    assert (off.id, off.action.params) == (
        "cluster.deletion-protection",
        {"name": "eksCluster", "deletionProtection": False},
    )
    assert not [event for event in take_back(operator) if isinstance(event, Failed)]
    assert standing(account) == before


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
