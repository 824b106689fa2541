"""From the nodes' template to nodes that kubectl prints, over real HTTP and TLS."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def finished(world: Any, name: str = "nodes") -> dict[str, Any]:
    """The stack once it has come to rest."""
    for _ in range(120):
        stack: dict[str, Any] = world.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
    raise AssertionError(stack["StackStatus"])


def console(world: Any) -> str:
    instance = world.instances()[0]["InstanceId"]
    return str(world.client("ec2").get_console_output(InstanceId=instance).get("Output", ""))


@pytest.mark.timeout(180)
def test_the_template_leads_to_two_ready_nodes(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    world.make_stack()
    assert finished(world)["StackStatus"] == "CREATE_COMPLETE"
    world.account.pass_time(150)
    lines = world.kubectl("get", "nodes").splitlines()
    assert [line.split()[1] for line in lines] == ["STATUS", "Ready", "Ready"]
    wide = world.kubectl("get", "nodes", "-o", "wide")
    assert "Amazon Linux 2023" in wide
    assert "10.110.3." in wide
    assert "10.110.4." in wide
    pods = [line.split()[1:4] for line in world.kubectl("get", "pods", "-A").splitlines()[1:]]
    assert [pod[0].split("-")[0] for pod in pods] == ["aws", "kube", "aws", "kube", "coredns", "coredns"]
    assert {tuple(pod[1:]) for pod in pods} == {("2/2", "Running"), ("1/1", "Running")}
    assert "CoreDNS" in world.kubectl("logs", "-n", "kube-system", "-l", "k8s-app=kube-dns")
    assert "Successfully registered node" in console(world)
    world.client("eks").create_addon(clusterName="eksCluster", addonName="coredns")
    world.account.pass_time(60)
    addon = world.client("eks").describe_addon(clusterName="eksCluster", addonName="coredns")["addon"]
    assert addon["status"] == "ACTIVE"


@pytest.mark.timeout(180)
def test_without_the_ec2_endpoint_there_is_no_node_and_the_console_tells(world: Any) -> None:
    world.roles()
    world.network()
    world.endpoints(("ecr.api", "ecr.dkr"))
    world.make_cluster()
    world.make_stack()
    assert finished(world)["StackStatus"] == "CREATE_COMPLETE"
    world.account.pass_time(400)
    assert world.kubectl("get", "nodes") == ""
    told = console(world)
    assert "retrying request EC2/DescribeInstances" in told
    assert 'Post \\"https://ec2.ap-northeast-1.amazonaws.com/\\": dial tcp' in told
    assert "Failed to start nodeadm-config.service" in told


def test_instances_are_as_the_template_says(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    world.make_stack()
    finished(world)
    world.account.pass_time(60)
    instances = world.instances()
    assert len(instances) == 2
    assert {instance["SubnetId"] for instance in instances} == set(world.subnets)
    assert {instance["Placement"]["AvailabilityZone"][-1] for instance in instances} == {"a", "c"}
    for instance in instances:
        address = instance["PrivateIpAddress"]
        assert instance["PrivateDnsName"] == f"ip-{address.replace('.', '-')}.ap-northeast-1.compute.internal"
        assert instance["IamInstanceProfile"]["Arn"].startswith("arn:aws:iam::123456789012:instance-profile/nodes-")
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
        tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        assert tags["kubernetes.io/cluster/eksCluster"] == "owned"
        assert tags["team"] == "platform"
        assert tags["aws:cloudformation:stack-name"] == "nodes"
        assert instance["SecurityGroups"][0]["GroupName"].startswith("nodes-NodeSecurityGroup-")
    for volume in world.client("ec2").describe_volumes()["Volumes"]:
        assert {"Key": "Name", "Value": "eksCluster-node"} in volume["Tags"]


def test_instances_take_their_time(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    world.make_stack()
    seen = []
    group: dict[str, Any] = {}
    for _ in range(60):
        groups = world.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        states = [found["State"]["Name"] for found in world.instances()]
        if groups and states:
            group = groups[0]
            seen.append((states[0], group["Instances"][0]["LifecycleState"]))
            if seen[-1] == ("running", "InService"):
                break
    assert seen[0] == ("pending", "Pending")
    assert ("running", "Pending") in seen
    assert seen[-1] == ("running", "InService")
    activities = world.client("autoscaling").describe_scaling_activities(
        AutoScalingGroupName=group["AutoScalingGroupName"]
    )["Activities"]
    assert [activity["Description"][:30] for activity in activities] == ["Launching a new EC2 instance: "] * 2


def test_a_group_grows_and_shrinks(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    world.make_stack()
    finished(world)
    scaling = world.client("autoscaling")
    name = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupName"]
    scaling.update_auto_scaling_group(AutoScalingGroupName=name, DesiredCapacity=4)
    group = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert len(group["Instances"]) == 4
    assert group["DesiredCapacity"] == 4
    assert sorted(instance["SubnetId"] for instance in world.instances()) == sorted(world.subnets * 2)
    scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    assert len(scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]) == 2


def test_what_is_not_terminated_stays_in_its_group(ready_for_nodes: Any) -> None:
    """A dry run, an id that there is not, and a group that moto runs by itself."""
    world = ready_for_nodes
    world.make_stack()
    finished(world)
    ec2, scaling = world.client("ec2"), world.client("autoscaling")
    one = world.instances()[0]["InstanceId"]
    with pytest.raises(ClientError, match="DryRunOperation"):
        ec2.terminate_instances(InstanceIds=[one], DryRun=True)
    with pytest.raises(ClientError, match="InvalidInstanceID"):
        ec2.terminate_instances(InstanceIds=[one, "i-00000000000000000"])
    group = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert one in [instance["InstanceId"] for instance in group["Instances"]]

    scaling.create_launch_configuration(
        LaunchConfigurationName="old", ImageId=world.instances()[0]["ImageId"], InstanceType="m5.large"
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="old",
        LaunchConfigurationName="old",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=world.subnets[0],
    )
    old = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["old"])["AutoScalingGroups"][0]
    ec2.terminate_instances(InstanceIds=[old["Instances"][0]["InstanceId"]])


def test_a_type_that_no_zone_offers_fails_the_stack(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    world.make_stack(InstanceType="m5.nosuch")
    stack = finished(world)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = world.client("cloudformation").describe_stack_events(StackName="nodes")["StackEvents"]
    failed = next(event for event in events if event["ResourceStatus"] == "CREATE_FAILED")
    assert failed["LogicalResourceId"] == "AutoScalingGroup"
    assert "Group did not stabilize" in failed["ResourceStatusReason"]
    assert "is not supported in your requested Availability Zone" in failed["ResourceStatusReason"]
    activities = world.client("autoscaling").describe_scaling_activities()["Activities"]
    assert {activity["StatusCode"] for activity in activities} == {"Failed"}


def test_an_access_entry_made_later_still_lets_nodes_in(world: Any) -> None:
    world.roles()
    world.network()
    world.endpoints(("ec2", "ecr.api", "ecr.dkr"))
    world.make_cluster(entry=False)
    world.make_stack()
    finished(world)
    world.account.pass_time(200)
    assert world.kubectl("get", "nodes") == ""
    assert "Unauthorized" in console(world)
    role = "arn:aws:iam::123456789012:role/eksNodeRole"
    world.client("eks").create_access_entry(clusterName="eksCluster", principalArn=role, type="EC2_LINUX")
    assert world.kubectl("get", "nodes").count(" Ready ") == 2


def test_a_changed_size_is_an_update_in_place(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    world.make_stack()
    finished(world)
    before = {instance["InstanceId"] for instance in world.instances()}
    cloudformation = world.client("cloudformation")
    cloudformation.update_stack(
        StackName="nodes",
        UsePreviousTemplate=True,
        Parameters=world.parameters(DesiredSize="3"),
        Capabilities=["CAPABILITY_IAM"],
    )
    assert finished(world)["StackStatus"] == "UPDATE_COMPLETE"
    after = {instance["InstanceId"] for instance in world.instances()}
    assert len(after) == 3
    assert before < after


@pytest.mark.timeout(180)
def test_a_deleted_stack_takes_its_nodes_along(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    stack_id = world.make_stack()
    finished(world)
    world.account.pass_time(150)
    assert world.kubectl("get", "nodes").count(" Ready ") == 2
    world.client("cloudformation").delete_stack(StackName="nodes")
    stack = finished(world, stack_id)
    events = world.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
    assert [event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "DELETE_FAILED"] == []
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert world.kubectl("get", "nodes") == ""
    assert {instance["State"]["Name"] for instance in world.instances()} == {"terminated"}
    assert world.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert world.client("iam").list_instance_profiles()["InstanceProfiles"] == []
    plane = world.client("ec2").describe_security_groups(GroupIds=[world.ids["plane"]])["SecurityGroups"][0]
    assert [pair for rule in plane["IpPermissions"] for pair in rule["UserIdGroupPairs"]] == []


def test_a_type_that_one_zone_lacks_starts_in_the_other(ready_for_nodes: Any) -> None:
    world = ready_for_nodes
    world.make_stack(InstanceType="a1.large")
    assert finished(world)["StackStatus"] == "CREATE_COMPLETE"
    assert {instance["SubnetId"] for instance in world.instances()} == {world.subnets[0]}
    activities = world.client("autoscaling").describe_scaling_activities()["Activities"]
    failed = next(activity for activity in activities if activity["StatusCode"] == "Failed")
    assert "(ap-northeast-1c)" in failed["StatusMessage"]
    assert "or choosing ap-northeast-1a." in failed["StatusMessage"]
