"""The EKS-optimised AMIs and Bottlerocket's: their public SSM parameters, and the images themselves."""

import hashlib
import json
import re
from fnmatch import fnmatch

from wizard.practice import aws
from wizard.practice.account import account
from wizard.practice.aws import Call, Handler
from wizard.practice.patches.backend import filter_values
from wizard.practice.protocol import AwsError, Params

_OWNER = "602401143452"
_PARAMETER = re.compile(
    r"/aws/service/eks/optimized-ami/(?P<version>1\.\d+)/amazon-linux-2023/(?P<arch>x86_64|arm64)/standard/"
    r"(?:recommended|(?P<name>amazon-eks-node-al2023-[^/]+))(?:/(?P<field>image_id|release_version|image_name))?"
)

_BOTTLEROCKET = re.compile(
    r"/aws/service/bottlerocket/aws-k8s-(?P<version>1\.\d+)/(?P<arch>x86_64|arm64)/"
    r"(?:latest|1\.52\.0-6b1c2f2d)/(?P<field>image_id|image_version)"
)
BOTTLEROCKET_RELEASE = "1.52.0-6b1c2f2d"


def bottlerocket_name(version: str, architecture: str) -> str:
    """As AWS names Bottlerocket's image for a version of Kubernetes."""
    return f"bottlerocket-aws-k8s-{version}-{architecture}-v{BOTTLEROCKET_RELEASE}"


def image_name(version: str, architecture: str, release: str) -> str:
    """As AWS names the image of a release, which is written like 1.35.6-20260714."""
    return f"amazon-eks-node-al2023-{architecture}-standard-{version}-v{release.rpartition('-')[2]}"


def image_id(region: str, name: str) -> str:
    """The image's id in a region: always the same for the same name."""
    return f"ami-{hashlib.sha256(f'{region}/{name}'.encode()).hexdigest()[:17]}"


def _value(region: str, parameter: str) -> str | None:
    if (bottlerocket := _BOTTLEROCKET.fullmatch(parameter)) and bottlerocket["version"] in account.catalogue.releases:
        name = bottlerocket_name(bottlerocket["version"], bottlerocket["arch"])
        return image_id(region, name) if bottlerocket["field"] == "image_id" else BOTTLEROCKET_RELEASE
    match = _PARAMETER.fullmatch(parameter)
    releases = account.catalogue.releases
    if not match or match["version"] not in releases:
        return None
    release = releases[match["version"]]
    name = image_name(match["version"], match["arch"], release)
    if match["name"] not in (None, name):
        return None
    found = {
        "image_id": image_id(region, name),
        "image_name": name,
        "release_version": release,
    }
    if match["field"]:
        return found[match["field"]]
    return json.dumps({"schema_version": "2", **found})


def _parameter(region: str, name: str) -> Params | None:
    value = _value(region, name)
    if value is None:
        return None
    return {
        "Name": name,
        "Type": "String",
        "Value": value,
        "Version": 1,
        "LastModifiedDate": account.moment(0),
        "ARN": f"arn:aws:ssm:{region}::parameter{name}",
        "DataType": "text",
    }


def _is_ours(name: str) -> bool:
    return name.startswith(("/aws/service/eks/", "/aws/service/bottlerocket/"))


def _get(call: Call) -> Params:
    name = call.params["Name"]
    if not _is_ours(name):
        return aws.moto(call)
    found = _parameter(call.region, name)
    if found is None:
        raise AwsError("ParameterNotFound", f"Parameter {name} not found.", 400)
    return {"Parameter": found}


def _get_many(call: Call) -> Params:
    ours = [name for name in call.params["Names"] if _is_ours(name)]
    others = [name for name in call.params["Names"] if not _is_ours(name)]
    answer = aws.moto(call.having(Names=others)) if others else {"Parameters": [], "InvalidParameters": []}
    for name in ours:
        found = _parameter(call.region, name)
        if found:
            answer["Parameters"].append(found)
        else:
            answer["InvalidParameters"].append(name)
    return answer


def _get_by_path(call: Call) -> Params:
    path = call.params["Path"].rstrip("/")
    if not _is_ours(path + "/"):
        return aws.moto(call)
    names = [
        f"/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/{architecture}/standard/recommended{field}"
        for version in account.catalogue.releases
        for architecture in ("x86_64", "arm64")
        for field in ("", "/image_id", "/image_name", "/release_version")
    ]
    deep = call.params.get("Recursive", False)
    wanted = [name for name in names if name.startswith(path + "/") and (deep or "/" not in name[len(path) + 1 :])]
    return {"Parameters": [found for name in wanted if (found := _parameter(call.region, name))]}


def images(region: str) -> list[Params]:
    """Every EKS image that was ever on offer, as DescribeImages gives it."""
    al2023 = [
        _image(region, version, architecture, release)
        for version, release in account.catalogue.every_release
        for architecture in ("x86_64", "arm64")
    ]
    bottlerocket = [
        _bottlerocket_image(region, version, architecture)
        for version in account.catalogue.releases
        for architecture in ("x86_64", "arm64")
    ]
    return [*al2023, *bottlerocket]


def _bottlerocket_image(region: str, version: str, architecture: str) -> Params:
    name = bottlerocket_name(version, architecture)
    root, data = ("/dev/xvda", 2), ("/dev/xvdb", 20)
    return {
        **_image(region, version, architecture, account.catalogue.releases[version]),
        "ImageId": image_id(region, name),
        "Name": name,
        "ImageLocation": f"amazon/{name}",
        "Description": "",
        "BlockDeviceMappings": [
            {"DeviceName": device, "Ebs": {"DeleteOnTermination": True, "VolumeSize": size, "VolumeType": "gp2"}}
            for device, size in (root, data)
        ],
    }


def _image(region: str, version: str, architecture: str, release: str) -> Params:
    name = image_name(version, architecture, release)
    day = release.rpartition("-")[2]
    return {
        "ImageId": image_id(region, name),
        "Name": name,
        "ImageLocation": f"amazon/{name}",
        "ImageOwnerAlias": "amazon",
        "OwnerId": _OWNER,
        "Public": True,
        "State": "available",
        "ImageType": "machine",
        "Architecture": architecture,
        "Platform": None,
        "PlatformDetails": "Linux/UNIX",
        "CreationDate": f"{day[:4]}-{day[4:6]}-{day[6:8]}T00:00:00.000Z",
        "Description": f"EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: {release.rpartition('-')[0]})",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "EnaSupport": True,
        "SriovNetSupport": "simple",
        "BootMode": "uefi-preferred" if architecture == "x86_64" else "uefi",
        "ImdsSupport": "v2.0",
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"DeleteOnTermination": True, "VolumeSize": 20, "VolumeType": "gp3", "Encrypted": False},
            }
        ],
        "Tags": [],
    }


def _describe(call: Call) -> Params:
    wanted = call.params.get("ImageIds", [])
    owners = call.params.get("Owners", [])
    ours = [image for image in images(call.region) if not wanted or image["ImageId"] in wanted]
    if owners and not {_OWNER, "amazon"} & set(owners):
        ours = []
    for name, values in filter_values(call.params).items():
        ours = [image for image in ours if _passes(image, name, values)]
    others = [image_id for image_id in wanted if image_id not in {image["ImageId"] for image in images(call.region)}]
    if wanted and not others:
        return {"Images": ours}
    answer = aws.moto(call.having(ImageIds=others or None))
    answer["Images"] = [*answer.get("Images", []), *ours]
    return answer


_FILTERS = {
    "name": "Name",
    "image-id": "ImageId",
    "architecture": "Architecture",
    "owner-id": "OwnerId",
    "owner-alias": "ImageOwnerAlias",
    "state": "State",
    "root-device-type": "RootDeviceType",
    "virtualization-type": "VirtualizationType",
    "image-type": "ImageType",
}


def _passes(image: Params, name: str, values: list[str]) -> bool:
    key = _FILTERS.get(name)
    return key is not None and any(fnmatch(str(image[key]), value) for value in values)


HANDLERS: dict[str, Handler] = {
    "ssm.GetParameter": _get,
    "ssm.GetParameters": _get_many,
    "ssm.GetParametersByPath": _get_by_path,
    "ec2.DescribeImages": _describe,
}
