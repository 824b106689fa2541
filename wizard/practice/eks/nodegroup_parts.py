"""What a managed node group is made of: launch template, instance profile, Auto Scaling group, and its way in.

EKS copies the group's launch template and adds what it decides itself: image, instance profile, its own part of the
user data, and the cluster's security group where the template names none.
"""

import base64
import json
import tomllib
from typing import Any

import yaml

from wizard.practice import aws, control_planes
from wizard.practice.account import account
from wizard.practice.aws import Call
from wizard.practice.boot import bottlerocket, max_pods, node_config
from wizard.practice.eks import nodegroup_rules, state
from wizard.practice.eks.access_entries import new_entry
from wizard.practice.eks.clusters import described as described_cluster
from wizard.practice.eks.state import Cluster, Nodegroup
from wizard.practice.protocol import AwsError, Params

_NOT_COPIED = ("NetworkInterfaces", "SecurityGroupIds")


def make(call: Call, cluster: Cluster, group: Nodegroup) -> None:
    """Makes the parts and starts the instances; what AWS refuses becomes the group's health issues."""
    role = group.described["nodeRole"].rpartition("/")[2]
    name = f"eks-{group.unique}"
    try:
        aws.carry_out(call.asking("CreateInstanceProfile", "iam", InstanceProfileName=name))
        aws.carry_out(call.asking("AddRoleToInstanceProfile", "iam", InstanceProfileName=name, RoleName=role))
        data = {**_data(call.region, cluster, group), "IamInstanceProfile": {"Name": name}}
        made = aws.carry_out(
            call.asking("CreateLaunchTemplate", "ec2", LaunchTemplateName=name, LaunchTemplateData=data)
        )
        _make_auto_scaling_group(call, cluster, group, made["LaunchTemplate"]["LaunchTemplateId"])
    except AwsError as error:
        group.issues = [{"code": "AsgInstanceLaunchFailures", "message": error.message, "resourceIds": []}]


def _make_auto_scaling_group(call: Call, cluster: Cluster, group: Nodegroup, template: str) -> None:
    sizes, name = group.described["scalingConfig"], auto_scaling_group(group)
    tags = {
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": group.name,
        f"kubernetes.io/cluster/{cluster.name}": "owned",
    }
    aws.carry_out(
        call.asking(
            "CreateAutoScalingGroup",
            "autoscaling",
            AutoScalingGroupName=name,
            MinSize=sizes["minSize"],
            MaxSize=sizes["maxSize"],
            DesiredCapacity=sizes["desiredSize"],
            VPCZoneIdentifier=",".join(group.described["subnets"]),
            LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
            Tags=[
                {
                    "Key": key,
                    "Value": value,
                    "PropagateAtLaunch": True,
                    "ResourceId": name,
                    "ResourceType": "auto-scaling-group",
                }
                for key, value in tags.items()
            ],
        )
    )
    count(call, group)


def count(call: Call, group: Nodegroup) -> None:
    """Notes which instances the group has, and why it lacks some."""
    name = auto_scaling_group(group)
    asking = call.asking("DescribeAutoScalingGroups", "autoscaling", AutoScalingGroupNames=[name])
    found = aws.carry_out(asking)["AutoScalingGroups"][0]
    group.instances = [instance["InstanceId"] for instance in found.get("Instances", [])]
    group.issues = [issue for issue in group.issues if issue["code"] != "AsgInstanceLaunchFailures"]
    if len(group.instances) < found["DesiredCapacity"]:
        asking = call.asking("DescribeScalingActivities", "autoscaling", AutoScalingGroupName=name)
        failed = [one for one in aws.carry_out(asking)["Activities"] if one["StatusCode"] == "Failed"]
        message = failed[0]["StatusMessage"] if failed else "Could not launch instances."
        group.issues = [{"code": "AsgInstanceLaunchFailures", "message": message, "resourceIds": [name]}]


def auto_scaling_group(group: Nodegroup) -> str:
    """The name of the group's Auto Scaling group."""
    return str(group.described["resources"]["autoScalingGroups"][0]["name"])


def scale(call: Call, group: Nodegroup) -> None:
    """Gives the Auto Scaling group the sizes that the node group has now."""
    sizes = group.described["scalingConfig"]
    aws.carry_out(
        call.asking(
            "UpdateAutoScalingGroup",
            "autoscaling",
            AutoScalingGroupName=auto_scaling_group(group),
            MinSize=sizes["minSize"],
            MaxSize=sizes["maxSize"],
            DesiredCapacity=sizes["desiredSize"],
        )
    )
    count(call, group)


def remove(call: Call, group: Nodegroup) -> None:
    """Deletes the parts; what is not there any more does not matter."""
    name, role = f"eks-{group.unique}", group.described["nodeRole"].rpartition("/")[2]
    scaling = {"AutoScalingGroupName": auto_scaling_group(group), "ForceDelete": True}
    for service, operation, params in (
        ("autoscaling", "DeleteAutoScalingGroup", scaling),
        ("ec2", "DeleteLaunchTemplate", {"LaunchTemplateName": name}),
        ("iam", "RemoveRoleFromInstanceProfile", {"InstanceProfileName": name, "RoleName": role}),
        ("iam", "DeleteInstanceProfile", {"InstanceProfileName": name}),
    ):
        try:
            aws.carry_out(call.asking(operation, service, **params))
        except AwsError:
            continue


# the nodes' way in


def admit(call: Call, cluster: Cluster, group: Nodegroup) -> None:
    """Lets nodes with the group's role in, as EKS does by itself: an access entry, or a line of aws-auth."""
    arn = group.described["nodeRole"]
    if cluster.authentication_mode == "CONFIG_MAP":
        _write_aws_auth(cluster, lambda roles: roles if _mapped(roles, arn) else [*roles, _role_line(arn)])
    elif arn not in cluster.access_entries:
        role = aws.carry_out(call.asking("GetRole", "iam", RoleName=arn.rpartition("/")[2]))["Role"]
        cluster.access_entries[arn] = new_entry(cluster, arn, "EC2_LINUX", role["RoleId"], {})
        group.admitted = True


def dismiss(cluster: Cluster, group: Nodegroup) -> None:
    """Takes back what ``admit`` gave, once no managed node group has the role any more."""
    arn = group.described["nodeRole"]
    if cluster.authentication_mode == "CONFIG_MAP":
        _write_aws_auth(cluster, lambda roles: [one for one in roles if not _mapped([one], arn)])
    elif group.admitted:
        cluster.access_entries.pop(arn, None)


def _mapped(roles: list[Any], arn: str) -> bool:
    return any(isinstance(one, dict) and one.get("rolearn") == _without_path(arn) for one in roles)


def _without_path(arn: str) -> str:
    return f"{arn.partition('/')[0]}/{arn.rpartition('/')[2]}"


def _role_line(arn: str) -> Params:
    groups = ["system:bootstrappers", "system:nodes"]
    return {"rolearn": _without_path(arn), "username": "system:node:{{EC2PrivateDNSName}}", "groups": groups}


def _write_aws_auth(cluster: Cluster, change: Any) -> None:
    kubernetes = state.kubernetes_module()
    if kubernetes is None:
        return
    kubernetes.open_cluster(cluster.name)
    plane = control_planes.opened[cluster.name]
    with control_planes.lock:
        known = plane.config_maps.get(("kube-system", "aws-auth"), {})
        data = dict(known.get("data") or {})
        try:
            roles = yaml.safe_load(data.get("mapRoles") or "[]")
        except yaml.YAMLError:
            roles = []
        data["mapRoles"] = yaml.safe_dump(change(roles if isinstance(roles, list) else []))
        moment = f"{account.moment():%Y-%m-%dT%H:%M:%SZ}"
        about = {"name": "aws-auth", "namespace": "kube-system", "creationTimestamp": moment}
        metadata = {**about, **known.get("metadata", {}), "resourceVersion": plane.next_version()}
        written = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": data}
        plane.config_maps["kube-system", "aws-auth"] = written


# the launch template that EKS makes of the group's own


def _data(region: str, cluster: Cluster, group: Nodegroup) -> Params:
    template, described = group.template, group.described
    data = {key: value for key, value in template.items() if key not in _NOT_COPIED and value}
    data["SecurityGroupIds"] = _groups(template) or [cluster.security_group_id]
    data.setdefault("InstanceType", described.get("instanceTypes", [""])[0])
    if "MetadataOptions" not in template:
        data["MetadataOptions"] = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    if "BlockDeviceMappings" not in template and "diskSize" in described:
        disk = {"VolumeSize": described["diskSize"], "VolumeType": "gp3", "DeleteOnTermination": True}
        data["BlockDeviceMappings"] = [{"DeviceName": "/dev/xvda", "Ebs": disk}]
    if "ImageId" not in template:
        kind = described["amiType"]
        data["ImageId"] = nodegroup_rules.image(region, kind, described["version"])
        given = base64.b64decode(template.get("UserData", ""))
        merge = _merged_toml if kind.startswith("BOTTLEROCKET") else _merged_mime
        pods = _most_pods(region, cluster, str(data["InstanceType"]), kind, given)
        data["UserData"] = base64.b64encode(merge(given, cluster, group, pods)).decode()
    return data


def _most_pods(region: str, cluster: Cluster, instance_type: str, kind: str, given: bytes) -> int:
    """What EKS tells kubelet: the number in the template's user data, or its own, and never more than its most."""
    asking = Call("ec2", "DescribeInstanceTypes", {"InstanceTypes": [instance_type]}, region)
    found = aws.carry_out(asking)["InstanceTypes"][0]
    network, vcpus = found["NetworkInfo"], found["VCpuInfo"]["DefaultVCpus"]
    try:
        read = bottlerocket.read if kind.startswith("BOTTLEROCKET") else node_config.read
        asked = read(given).max_pods if given else None
    except node_config.UnreadableError:
        asked = None
    if asked is not None:
        return max_pods.capped(asked, vcpus)
    interfaces, addresses = network["MaximumNetworkInterfaces"], network["Ipv4AddressesPerInterface"]
    return max_pods.managed(interfaces, addresses, vcpus, prefixes=_takes_prefixes(cluster))


def _takes_prefixes(cluster: Cluster) -> bool:
    """Whether the VPC CNI add-on is told to take prefixes (EKS user guide, "Assign more IP addresses")."""
    addon = cluster.addons.get("vpc-cni")
    try:
        told = json.loads(addon.asked.get("configurationValues") or "{}") if addon else {}
    except ValueError:
        return False
    variables = told.get("env") if isinstance(told, dict) else None
    return isinstance(variables, dict) and str(variables.get("ENABLE_PREFIX_DELEGATION")).lower() == "true"


def _groups(template: Params) -> list[str]:
    """The template's own groups: with any, EKS adds none (EKS user guide, launch templates)."""
    interfaces = template.get("NetworkInterfaces", [])
    return [*template.get("SecurityGroupIds", []), *(name for one in interfaces for name in one.get("Groups", []))]


def _labels(group: Nodegroup) -> dict[str, str]:
    named = {
        "eks.amazonaws.com/nodegroup": group.name,
        "eks.amazonaws.com/capacityType": group.described["capacityType"],
    }
    return {**named, **group.described["labels"]}


def _merged_mime(given: bytes, cluster: Cluster, group: Nodegroup, pods: int) -> bytes:
    """EKS's own NodeConfig as one more part of the user data."""
    labels = ",".join(f"{key}={value}" for key, value in _labels(group).items())
    opened = described_cluster(cluster)
    config = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {
                "name": cluster.name,
                "apiServerEndpoint": opened["endpoint"],
                "certificateAuthority": opened["certificateAuthority"]["data"],
                "cidr": cluster.described["kubernetesNetworkConfig"]["serviceIpv4Cidr"],
            },
            "kubelet": {"config": {"maxPods": pods}, "flags": [f"--node-labels={labels}"]},
        },
    }
    # One that the template's own user data have not.
    boundary = f"eks-{group.unique}"
    own = f"--{boundary}\nContent-Type: application/node.eks.aws\n\n{json.dumps(config)}\n"
    head = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{boundary}"\n\n'
    theirs = f"--{boundary}\n{given.decode()}\n" if given else ""
    return f"{head}{theirs}{own}--{boundary}--\n".encode()


def _merged_toml(given: bytes, cluster: Cluster, group: Nodegroup, pods: int) -> bytes:
    """Bottlerocket's settings with the cluster's beside those of the template, which may not name a cluster."""
    opened = described_cluster(cluster)
    settings = tomllib.loads(given.decode()).get("settings", {})
    kubernetes = {
        **settings.get("kubernetes", {}),
        "cluster-name": cluster.name,
        "api-server": opened["endpoint"],
        "cluster-certificate": opened["certificateAuthority"]["data"],
        "max-pods": pods,
    }
    lines: list[str] = []
    for table, values in {**settings, "kubernetes": kubernetes}.items():
        lines.append(f"[settings.{table}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items() if not isinstance(value, dict)]
        for inner, more in values.items():
            if isinstance(more, dict):
                lines.append(f"[settings.{table}.{inner}]")
                lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in more.items()]
    lines.append("[settings.kubernetes.node-labels]")
    lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in _labels(group).items()]
    return ("\n".join(lines) + "\n").encode()
