"""Managed node groups: from CreateNodegroup to nodes, and what EKS refuses."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/eksNodeRole"
PROXY = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

{"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": {"instance": {"environment": {"default":
{"HTTPS_PROXY": "http://proxy.example.internal:8080", "NO_PROXY": "10.110.0.0/16,.eks.amazonaws.com,.amazonaws.com"}}}}}

--//--
"""


@pytest.fixture
def place(world: Any) -> Any:
    """An account with all that a node group needs, and no access entry."""
    world.roles()
    world.network()
    world.endpoints(("ec2", "ecr.api", "ecr.dkr", "sts"))
    world.make_cluster(entry=False)
    world.client("eks").create_addon(clusterName="eksCluster", addonName="vpc-cni")
    return world


def template(world: Any, **data: Any) -> dict[str, str]:
    made = world.client("ec2").create_launch_template(LaunchTemplateName="own", LaunchTemplateData=data)
    world.account.settled()
    return {"id": made["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}


def make(world: Any, **changes: Any) -> dict[str, Any]:
    asked = {
        "nodeRole": ROLE,
        "subnets": world.subnets,
        "scalingConfig": {"minSize": 2, "maxSize": 4, "desiredSize": 2},
    }
    made: dict[str, Any] = world.client("eks").create_nodegroup(
        clusterName="eksCluster", nodegroupName="nodes", **{**asked, **changes}
    )["nodegroup"]
    return made


def group(world: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.client("eks").describe_nodegroup(clusterName="eksCluster", nodegroupName="nodes")
    return dict(found["nodegroup"])


def open_to_nodes(world: Any, group_id: str) -> None:
    """The rules that nodes need who do not carry the cluster's own group."""
    ec2, own = world.client("ec2"), world.cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    from_nodes = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[from_nodes])


def test_a_group_becomes_active_with_its_nodes(place: Any) -> None:
    made = make(place, tags={"team": "platform"}, instanceTypes=["m5.large"])
    assert (made["status"], made["amiType"], made["version"]) == ("CREATING", "AL2023_x86_64_STANDARD", "1.35")
    assert made["resources"]["autoScalingGroups"][0]["name"].startswith("eks-nodes-")
    place.account.pass_time(200)
    assert group(place)["status"] == "ACTIVE"
    assert group(place)["health"] == {"issues": []}
    own = place.cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    instances = place.instances()
    assert [[one["GroupId"] for one in instance["SecurityGroups"]] for instance in instances] == [[own], [own]]
    tags = {tag["Key"]: tag["Value"] for tag in instances[0]["Tags"]}
    assert tags["eks:nodegroup-name"] == "nodes"
    assert tags["kubernetes.io/cluster/eksCluster"] == "owned"
    entry = place.client("eks").describe_access_entry(clusterName="eksCluster", principalArn=ROLE)["accessEntry"]
    assert entry["type"] == "EC2_LINUX"
    instance = instances[0]["InstanceId"]
    found = place.client("ec2").describe_instance_attribute(InstanceId=instance, Attribute="userData")
    assert b'"maxPods": 29' in base64.b64decode(found["UserData"]["Value"])
    assert place.client("eks").list_nodegroups(clusterName="eksCluster")["nodegroups"] == ["nodes"]
    arn = made["nodegroupArn"]
    assert place.client("eks").list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "platform"}


def test_what_the_template_says_is_merged_with_what_eks_says(place: Any) -> None:
    named = template(place, UserData=base64.b64encode(PROXY.encode()).decode(), InstanceType="m5.large")
    made = make(place, launchTemplate=named)
    assert "instanceTypes" not in made
    place.account.pass_time(200)
    assert group(place)["status"] == "ACTIVE"
    instance = place.instances()[0]["InstanceId"]
    console = str(place.client("ec2").get_console_output(InstanceId=instance)["Output"])
    assert "Set nodeadm environment variable" in console
    assert "http://proxy.example.internal:8080" in console


def with_a_group_of_its_own(place: Any) -> str:
    """A node group whose launch template names one security group, which admits nobody; its id."""
    own = place.client("ec2").create_security_group(GroupName="own", Description="own", VpcId=place.ids["vpc"])
    place.account.settled()
    make(place, launchTemplate=template(place, SecurityGroupIds=[own["GroupId"]], InstanceType="m5.large"))
    place.account.pass_time(300)
    assert group(place)["status"] == "CREATING"
    return str(own["GroupId"])


def test_nodes_with_groups_of_the_template_alone_do_not_reach_the_cluster(place: Any) -> None:
    with_a_group_of_its_own(place)
    place.account.pass_time(700)
    failed = group(place)
    assert failed["status"] == "CREATE_FAILED"
    [issue] = failed["health"]["issues"]
    assert issue["code"] == "NodeCreationFailure"
    assert sorted(issue["resourceIds"]) == sorted(one["InstanceId"] for one in place.instances())


def test_what_is_mended_in_time_still_helps(place: Any) -> None:
    own = with_a_group_of_its_own(place)
    open_to_nodes(place, own)
    assert group(place)["status"] == "ACTIVE"


def test_instances_that_start_at_last_are_no_issue_any_more(place: Any) -> None:
    kms = place.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "Encrypted": True, "KmsKeyId": key}}
    make(place, launchTemplate=template(place, BlockDeviceMappings=[disk], InstanceType="m5.large"))
    [issue] = group(place)["health"]["issues"]
    assert "Client error on launch" in issue["message"]
    role = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=f"arn:aws:iam::123456789012:role/{role}",
        Operations=["CreateGrant", "Decrypt", "GenerateDataKeyWithoutPlaintext"],
    )
    name = group(place)["resources"]["autoScalingGroups"][0]["name"]
    place.client("autoscaling").start_instance_refresh(AutoScalingGroupName=name)
    place.account.pass_time(300)
    assert (group(place)["status"], group(place)["health"]) == ("ACTIVE", {"issues": []})


def test_a_group_goes_with_all_its_parts_and_the_cluster_waits_for_it(place: Any) -> None:
    make(place)
    place.account.pass_time(200)
    eks = place.client("eks")
    with pytest.raises(ClientError, match="nodegroups attached"):
        eks.delete_cluster(name="eksCluster")
    assert eks.delete_nodegroup(clusterName="eksCluster", nodegroupName="nodes")["nodegroup"]["status"] == "DELETING"
    place.account.pass_time(200)
    with pytest.raises(ClientError, match="No node group found"):
        group(place)
    assert eks.list_nodegroups(clusterName="eksCluster")["nodegroups"] == []
    assert {instance["State"]["Name"] for instance in place.instances()} == {"terminated"}
    assert ROLE not in eks.list_access_entries(clusterName="eksCluster")["accessEntries"]
    assert place.client("iam").list_instance_profiles()["InstanceProfiles"] == []
    assert place.client("ec2").describe_launch_templates()["LaunchTemplates"] == []
    eks.delete_cluster(name="eksCluster")


def test_a_cluster_without_access_entries_gets_a_line_in_aws_auth(world: Any) -> None:
    world.roles()
    world.network()
    world.endpoints(("ec2", "ecr.api", "ecr.dkr", "sts"))
    world.make_cluster(mode="CONFIG_MAP", entry=False)
    make(world)
    world.account.pass_time(200)
    assert group(world)["status"] == "ACTIVE"
    assert ROLE in world.kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "yaml")


def test_a_type_that_a_zone_lacks_and_sizes_that_change(place: Any) -> None:
    make(place)
    place.account.pass_time(200)
    assert group(place)["status"] == "ACTIVE"
    sizes = {"minSize": 1, "maxSize": 4, "desiredSize": 3}
    eks = place.client("eks")
    eks.update_nodegroup_config(clusterName="eksCluster", nodegroupName="nodes", scalingConfig=sizes)
    assert group(place)["scalingConfig"] == sizes
    assert len(place.instances()) == 3


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"IamInstanceProfile": {"Name": "x"}}, {}, "instance profile"),
    ({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-11111111"}]}, {}, "subnets"),
    ({"InstanceType": "m5.large"}, {"instanceTypes": ["m5.large"]}, "instance types in both"),
    ({"ImageId": "ami-11111111"}, {"amiType": "AL2023_x86_64_STANDARD"}, "cannot specify an AMI type"),
    ({"InstanceType": "m5.large"}, {"diskSize": 30}, "Disk size must be specified within"),
    ({"UserData": base64.b64encode(b"#!/bin/sh\n").decode()}, {}, "not in the MIME multipart format"),
    ({"InstanceType": "m7g.large"}, {}, "not a valid instance type for requested amiType"),
    ({"InstanceType": "m5.large"}, {"amiType": "BOTTLEROCKET_ARM_64"}, "not a valid instance type"),
]


@pytest.mark.parametrize(("data", "asked", "said"), REFUSED)
def test_what_a_template_may_not_say(place: Any, data: dict[str, Any], asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        make(place, launchTemplate=template(place, **data), **asked)
    assert place.client("eks").list_nodegroups(clusterName="eksCluster")["nodegroups"] == []


def test_what_else_is_refused(place: Any) -> None:
    other = place.client("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    for changes, said in (
        ({"nodeRole": "arn:aws:iam::123456789012:role/eksClusterRole"}, "service principals .ec2.amazonaws.com."),
        ({"nodeRole": "arn:aws:iam::123456789012:role/none"}, "cannot be found"),
        ({"subnets": [other[0]["SubnetId"]]}, "does not belong to the cluster's VPC"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 2, "desiredSize": 2}}, "Minimum capacity"),
        ({"version": "1.36"}, "greater than the cluster"),
    ):
        with pytest.raises(ClientError, match=said):
            make(place, **changes)
    make(place)
    with pytest.raises(ClientError, match="already exists"):
        make(place)
