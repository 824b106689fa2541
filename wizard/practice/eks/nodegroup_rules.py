"""What CreateNodegroup checks before it begins.

Sources: the EKS user guide's pages launch-templates and create-managed-node-group, and its API reference.
"""

import base64
import re
import tomllib

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.boot import node_config
from wizard.practice.eks import rules
from wizard.practice.eks.state import Cluster
from wizard.practice.patches import eks_images
from wizard.practice.process import ACCOUNT_ID
from wizard.practice.protocol import AwsError, Params

_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,62}")
_IMAGE_TYPES = {
    "AL2023_x86_64_STANDARD": "x86_64",
    "AL2023_ARM_64_STANDARD": "arm64",
    "BOTTLEROCKET_x86_64": "x86_64",
    "BOTTLEROCKET_ARM_64": "arm64",
}


def check_name(name: str) -> None:
    """Raises AwsError unless the name is one EKS takes."""
    if not _NAME.fullmatch(name):
        raise rules.invalid("The nodegroup name must match the pattern ^[0-9A-Za-z][A-Za-z0-9_-]*", nodegroupName=name)


def image_type(asked: Params) -> str:
    """The kind of image that the group's nodes start from, where its launch template names none."""
    return str(asked.get("amiType") or "AL2023_x86_64_STANDARD")


def release(kind: str, version: str) -> str:
    """The newest release of an image type, as DescribeNodegroup says it. Raises AwsError for an unknown version."""
    releases = account.catalogue.releases
    if version not in releases:
        raise rules.invalid(f"Unsupported Kubernetes version {version}")
    return eks_images.BOTTLEROCKET_RELEASE if kind.startswith("BOTTLEROCKET") else releases[version]


def image(region: str, kind: str, version: str) -> str:
    """The id of the image that an image type means."""
    if kind.startswith("BOTTLEROCKET"):
        return eks_images.image_id(region, eks_images.bottlerocket_name(version, _IMAGE_TYPES[kind]))
    return eks_images.image_id(region, eks_images.image_name(version, _IMAGE_TYPES[kind], release(kind, version)))


def checked(call: Call, cluster: Cluster) -> Params:
    """The data of the launch template, empty without one. Raises AwsError for what EKS would refuse."""
    asked = call.params
    check_sizes({"minSize": 1, "maxSize": 2, "desiredSize": 2, **asked.get("scalingConfig", {})})
    _check_role(call, asked["nodeRole"])
    _check_subnets(call, cluster, asked["subnets"])
    template = _template(call, asked["launchTemplate"]) if "launchTemplate" in asked else {}
    if template:
        _check_template(asked, template)
    if "ImageId" not in template:
        kind = image_type(asked)
        if kind not in _IMAGE_TYPES:
            raise AwsError("NotImplementedInPractice", f"The practice account has no images of type {kind}.", 501)
        types = asked.get("instanceTypes") or [template.get("InstanceType", "t3.medium")]
        for name in types:
            _check_type(call, name, kind)
        _check_user_data(template, kind)
        version = asked.get("version") or cluster.described["version"]
        if int(version.partition(".")[2]) > int(cluster.described["version"].partition(".")[2]):
            raise rules.invalid(f"Requested Nodegroup version {version} is greater than the cluster's")
        release(kind, version)
    return template


def check_sizes(sizes: Params) -> None:
    """Raises AwsError unless the least, the wanted and the most are in that order."""
    if sizes["minSize"] > sizes["maxSize"]:
        raise rules.invalid("Minimum capacity cannot be greater than maximum capacity")
    if not sizes["minSize"] <= sizes["desiredSize"] <= sizes["maxSize"]:
        raise rules.invalid("desired capacity must be between minimum and maximum capacity")


def named_template(call: Call, asked: Params) -> Params:
    """A launch template by its id, name and version, however it was named. Raises AwsError."""
    key = "LaunchTemplateIds" if "id" in asked else "LaunchTemplateNames"
    value = asked.get("id") or asked.get("name")
    found = _from_ec2(call, "DescribeLaunchTemplates", **{key: [value]})["LaunchTemplates"][0]
    version = str(asked.get("version") or found["DefaultVersionNumber"])
    return {"id": found["LaunchTemplateId"], "name": found["LaunchTemplateName"], "version": version}


def _template(call: Call, asked: Params) -> Params:
    if ("id" in asked) == ("name" in asked):
        raise rules.invalid("You must specify either the launch template ID or the launch template name, not both")
    if account.settle.is_young(asked.get("id", "")):
        raise rules.invalid(f"Launch template {asked['id']} does not exist")
    named = named_template(call, asked)
    found = _from_ec2(call, "DescribeLaunchTemplateVersions", LaunchTemplateId=named["id"], Versions=[named["version"]])
    data: Params = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    return data


def _from_ec2(call: Call, operation: str, **params: object) -> Params:
    try:
        return aws.carry_out(call.asking(operation, "ec2", **params))
    except AwsError as error:
        raise rules.invalid(f"{error.message} (Service: AmazonEC2; Error Code: {error.code})") from error


def _check_template(asked: Params, template: Params) -> None:
    """What a managed node group's launch template must not have (EKS user guide, launch templates)."""
    interfaces = template.get("NetworkInterfaces", [])
    barred = {
        "an instance profile": "IamInstanceProfile" in template,
        "subnets": any("SubnetId" in one for one in interfaces),
        "shutdown behavior": "InstanceInitiatedShutdownBehavior" in template,
        "hibernation": "HibernationOptions" in template,
        "spot options": "InstanceMarketOptions" in template,
    }
    for what, is_there in barred.items():
        if is_there:
            message = f"Launch template should not specify {what}. The noted launch template is invalid for EKS."
            raise AwsError("InvalidRequestException", message)
    if "InstanceType" in template and asked.get("instanceTypes"):
        message = "You cannot specify instance types in both the launch template and the API request"
        raise AwsError("InvalidRequestException", message)
    if "diskSize" in asked:
        raise rules.invalid("Disk size must be specified within the launch template.")
    if "remoteAccess" in asked:
        raise rules.invalid("Remote access configuration cannot be specified with a launch template.")
    if "ImageId" in template and {"amiType", "releaseVersion", "version"} & set(asked):
        raise rules.invalid("You cannot specify an AMI type, version or release with an image in the launch template.")


def _check_user_data(template: Params, kind: str) -> None:
    """EKS merges user data with its own, so it has to be able to read it."""
    data = base64.b64decode(template.get("UserData", ""))
    if not data:
        return
    code = "Ec2LaunchTemplateInvalidConfiguration"
    if kind.startswith("BOTTLEROCKET"):
        try:
            tomllib.loads(data.decode())
        except (ValueError, UnicodeDecodeError) as error:
            raise rules.invalid(f"{code}: User data was not in the TOML format.") from error
    elif not node_config.is_multipart(data):
        raise rules.invalid(f"{code}: User data was not in the MIME multipart format.")


def _check_type(call: Call, name: str, kind: str) -> None:
    found = _from_ec2(call, "DescribeInstanceTypes", InstanceTypes=[name])["InstanceTypes"]
    if _IMAGE_TYPES[kind] not in found[0]["ProcessorInfo"]["SupportedArchitectures"]:
        raise rules.invalid(f"[{name}] is not a valid instance type for requested amiType {kind}")


def _check_role(call: Call, arn: str) -> None:
    match = rules.ROLE.fullmatch(arn)
    if not match:
        raise rules.invalid(f"Invalid node role: '{arn}'")
    unusable = rules.invalid(f"The role with name {match[2]} cannot be found. (Service: AmazonIdentityManagement)")
    if match[1] != ACCOUNT_ID or account.settle.role_is_young(match[2]):
        raise unusable
    try:
        role = aws.carry_out(call.asking("GetRole", "iam", RoleName=match[2]))["Role"]
    except AwsError as error:
        raise unusable from error
    if "ec2.amazonaws.com" not in rules.trusted_services(role["AssumeRolePolicyDocument"]):
        raise rules.invalid(
            "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of "
            f"nodeRole {arn}"
        )


def _check_subnets(call: Call, cluster: Cluster, subnets: list[str]) -> None:
    if not subnets:
        raise rules.invalid("Subnets cannot be empty")
    for subnet in _from_ec2(call, "DescribeSubnets", SubnetIds=subnets)["Subnets"]:
        if subnet["VpcId"] != cluster.vpc_id:
            raise rules.invalid(f"Subnet {subnet['SubnetId']} does not belong to the cluster's VPC {cluster.vpc_id}")
