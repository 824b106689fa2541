"""IAM, STS, SSM and images of the practice account."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
)
IMAGE = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended"


def test_the_caller_is_an_iam_user(account: Any) -> None:
    caller = account.client("sts").get_caller_identity()
    assert caller["Arn"] == "arn:aws:iam::123456789012:user/practice"
    assert caller["Account"] == "123456789012"


def test_an_assumed_role_is_itself(account: Any) -> None:
    import boto3
    from botocore.config import Config

    role = account.client("iam").create_role(RoleName="admins", AssumeRolePolicyDocument=TRUST)["Role"]
    assumed = account.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
    sts = boto3.client(
        "sts",
        region_name=account.region,
        endpoint_url=account.endpoint_url,
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
        config=Config(proxies={}),
    )
    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/admins/me"


def test_who_is_missing_is_missed_in_iams_words(account: Any) -> None:
    iam = account.client("iam")
    with pytest.raises(ClientError, match=r"NoSuchEntity.*The role with name nobody cannot be found\."):
        iam.get_role(RoleName="nobody")
    with pytest.raises(ClientError, match=r"NoSuchEntity.*Instance Profile nobody cannot be found\."):
        iam.get_instance_profile(InstanceProfileName="nobody")


@pytest.mark.parametrize(
    "policy",
    ["AmazonEKSClusterPolicy", "AmazonEKSServicePolicy", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy",
     "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore"],
)  # fmt: skip
def test_managed_policies_can_be_attached(account: Any, policy: str) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="some", AssumeRolePolicyDocument=TRUST)
    account.settled()
    iam.attach_role_policy(RoleName="some", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    [attached] = iam.list_attached_role_policies(RoleName="some")["AttachedPolicies"]
    assert attached["PolicyName"] == policy


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS"),
        ("eks-nodegroup.amazonaws.com", "AWSServiceRoleForAmazonEKSNodegroup"),
        ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"),
    ],
)
def test_service_linked_roles_have_awss_names(account: Any, service: str, name: str) -> None:
    iam = account.client("iam")
    assert iam.create_service_linked_role(AWSServiceName=service)["Role"]["RoleName"] == name
    assert iam.get_role(RoleName=name)["Role"]["Path"] == f"/aws-service-role/{service}/"
    with pytest.raises(ClientError, match=f"InvalidInput.*Service role name {name} has been taken"):
        iam.create_service_linked_role(AWSServiceName=service)


def test_the_eks_image_is_a_parameter_and_an_image(account: Any) -> None:
    ssm, ec2 = account.client("ssm"), account.client("ec2")
    image_id = ssm.get_parameter(Name=f"{IMAGE}/image_id")["Parameter"]["Value"]
    assert ssm.get_parameter(Name=f"{IMAGE}/release_version")["Parameter"]["Value"] == "1.35.6-20260714"
    assert json.loads(ssm.get_parameter(Name=IMAGE)["Parameter"]["Value"])["image_id"] == image_id
    [image] = ec2.describe_images(ImageIds=[image_id])["Images"]
    assert image["Name"] == "amazon-eks-node-al2023-x86_64-standard-1.35-v20260714"
    filters = [{"Name": "name", "Values": ["amazon-eks-node-al2023-x86_64-standard-1.35-*"]}]
    assert ec2.describe_images(Owners=["amazon"], Filters=filters)["Images"] == [image]


def test_there_is_no_amazon_linux_2_for_new_versions(account: Any) -> None:
    ssm = account.client("ssm")
    name = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2/recommended/image_id"
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter(Name=name)
    both = ssm.get_parameters(Names=[name, f"{IMAGE}/image_name"])
    assert both["InvalidParameters"] == [name]
    assert len(both["Parameters"]) == 1


def test_a_newer_image_leaves_the_older_one(account: Any) -> None:
    ssm, ec2 = account.client("ssm"), account.client("ec2")
    older = ssm.get_parameter(Name=f"{IMAGE}/image_id")["Parameter"]["Value"]
    account.catalogue(releases={"1.35": "1.35.7-20260801"})
    newer = ssm.get_parameter(Name=f"{IMAGE}/image_id")["Parameter"]["Value"]
    assert newer != older
    assert {image["ImageId"] for image in ec2.describe_images(ImageIds=[older, newer])["Images"]} == {older, newer}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{not json", "invalid Json"),
        ("{}", "Syntax errors in policy"),
        ('{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}', "Missing required field Principal"),
        (TRUST.replace("ec2.amazonaws.com", "nobody"), "Invalid principal in policy"),
    ],
)
def test_a_trust_policy_is_checked(account: Any, document: str, message: str) -> None:
    with pytest.raises(ClientError, match=f"MalformedPolicyDocument.*{message}"):
        account.client("iam").create_role(RoleName="some", AssumeRolePolicyDocument=document)


def test_what_is_refused_is_simulated_so(account: Any) -> None:
    account.faults({"service": "eks", "operation": "Create.*", "what": "refuse"})
    results = account.client("iam").simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::123456789012:user/practice",
        ActionNames=["eks:CreateCluster", "eks:DescribeCluster"],
    )["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["implicitDeny", "allowed"]
