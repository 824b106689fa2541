"""The cluster of a recording, the roles, and what starts its nodes. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from wizard.facts import AccessEntry, Facts, Launch, Role, Unknown, known
from wizard.joining.machine import api_name, system_of
from wizard.joining.mapped import BY_DNS_NAME, BY_INSTANCE_ID, NODES
from wizard.joining.settings import Settings
from wizard.joining.user_data import settings_of
from wizard.training.recording.disguise import ACCOUNT, Disguise
from wizard.training.recording.named import Named, RecordedStep, step
from wizard.training.recording.policies import is_service

CLUSTER: Final = "eksCluster"
CLUSTER_ROLE: Final = "eksClusterRole"
# So many nodes of a launch are started: more of them show nothing else.
MOST_NODES: Final = 2
_AWS_POLICY: Final = re.compile(r"arn:[a-z-]+:iam::aws:policy/")
# Kubernetes' own groups; whatever else begins with system: may be of somebody's making.
_GROUPS: Final = ("system:bootstrappers", NODES, "system:masters")
_TAG: Final = f"kubernetes.io/cluster/{CLUSTER}"
_BOUNDARY: Final = "b0undary0123456789"
# Somebody else's: such a node asks a cluster that is not this one.
_ANOTHER_API: Final = "https://0123456789ABCDEF0123456789ABCDEF.gr7.ap-northeast-1.eks.amazonaws.com"
_ANOTHER_AUTHORITY: Final = "YW5vdGhlciBjbHVzdGVyJ3MgY2VydGlmaWNhdGU="
# The image that EKS recommends, and where the practice account keeps one whose nodeadm sets the proxy late or never.
_IN_TIME: Final = "20251120"


def cluster(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The cluster and its role."""
    there = facts.cluster.cluster
    if not known(there):
        return
    yield _create_role(CLUSTER_ROLE, "/", ("eks.amazonaws.com",), "cluster_role")
    yield _attach(CLUSTER_ROLE, "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    groups = [one for one in there.groups if one != there.security_group]
    services = named.disguise.cidr(there.service_cidr or "")
    about: dict[str, Any] = {
        "name": CLUSTER,
        "roleArn": "$cluster_role",
        "resourcesVpcConfig": {
            "subnetIds": named.refs(there.subnets),
            "securityGroupIds": named.refs(tuple(groups)),
            "endpointPublicAccess": str(there.public_access).lower(),
            "endpointPrivateAccess": str(there.private_access).lower(),
        },
        "accessConfig": {
            "authenticationMode": there.authentication,
            "bootstrapClusterCreatorAdminPermissions": "true",
        },
        "bootstrapSelfManagedAddons": "false",
    }
    if services:
        about["kubernetesNetworkConfig"] = {"serviceIpv4Cidr": services}
    yield {**step("eks.CreateCluster", about), "passes": "900"}
    kept = {
        "api_server": "cluster.endpoint",
        "certificate_authority": "cluster.certificateAuthority.data",
        "version": "cluster.version",
        named.new("cluster_group", there.security_group or ""): "cluster.resourcesVpcConfig.clusterSecurityGroupId",
    }
    yield step("eks.DescribeCluster", {"name": CLUSTER}, **kept)


def add_ons(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The network plugin and kube-proxy, as far as the cluster has them."""
    own = facts.cluster.network_plugin_role
    plugin: dict[str, Any] = {"clusterName": CLUSTER, "addonName": "vpc-cni"}
    if known(own):
        yield from _role(own, named)
        plugin["serviceAccountRoleArn"] = named.ref(own.arn)
    if facts.cluster.network_plugin is not False:
        yield step("eks.CreateAddon", plugin)
    yield step("eks.CreateAddon", {"clusterName": CLUSTER, "addonName": "kube-proxy"})


def _create_role(name: str, path: str, trusts: tuple[str, ...], keep: str) -> RecordedStep:
    statement = {"Effect": "Allow", "Principal": {"Service": list(trusts)}, "Action": "sts:AssumeRole"}
    # A trust policy needs somebody to trust.
    trust = statement if trusts else {**statement, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    about = {"RoleName": name, "Path": path, "AssumeRolePolicyDocument": document}
    return step("iam.CreateRole", about, **{keep: "Role.Arn"})


def _attach(role: str, policy: str) -> RecordedStep:
    return step("iam.AttachRolePolicy", {"RoleName": role, "PolicyArn": policy})


def roles(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The roles of the nodes, each with its way into the cluster."""
    there = facts.cluster.cluster
    launches = facts.launches.launches
    if not known(there) or isinstance(launches, Unknown):
        return
    entries = (
        {one.principal: one for one in facts.cluster.access_entries} if known(facts.cluster.access_entries) else {}
    )
    for role in {one.role.arn: one.role for one in launches if known(one.role)}.values():
        yield from _role(role, named, entries.get(role.arn))
    yield from _aws_auth(facts, named)


def _role(role: Role, named: Named, entry: AccessEntry | None = None) -> Iterator[RecordedStep]:
    keep = named.new("role", role.arn)
    name = keep.replace("_", "-")
    made = _create_role(name, "/" if role.path == "/" else "/path/", _services(role.trusts), keep)
    outlived = bool(entry and entry.created_at and role.created_at and entry.created_at < role.created_at)
    admitted = step(
        "eks.CreateAccessEntry",
        {"clusterName": CLUSTER, "principalArn": f"${keep}", "type": entry.kind if entry else ""},
    )
    yield made
    if entry and outlived:
        # The entry is for a role of this name that is gone.
        yield from (admitted, step("iam.DeleteRole", {"RoleName": name}), made)
    of_aws = [one for one in role.policies if _AWS_POLICY.match(one)] if known(role.policies) else []
    yield from (_attach(name, one) for one in of_aws)
    is_all = known(role.policies) and bool(of_aws) and len(of_aws) == len(role.policies)
    statements = [] if is_all or not known(role.allowed) or not role.allowed else [("Allow", role.allowed)]
    statements += [("Deny", role.denied)] if role.denied else []
    if statements:
        inline = [{"Effect": effect, "Action": list(actions), "Resource": "*"} for effect, actions in statements]
        document = json.dumps({"Version": "2012-10-17", "Statement": inline})
        yield step("iam.PutRolePolicy", {"RoleName": name, "PolicyName": "recorded", "PolicyDocument": document})
    if entry and not outlived:
        yield admitted


def _services(trusts: tuple[str, ...]) -> tuple[str, ...]:
    """The services among those who may assume a role: others are the company's own."""
    return tuple(one for one in trusts if is_service(one))


def _aws_auth(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """The ConfigMap's entries for the nodes' roles."""
    mapped = facts.cluster.aws_auth if known(facts.cluster.aws_auth) else ()
    by_name = {arn.rpartition("/")[2]: value for arn, value in named.values.items() if ":role/" in arn}
    lines = []
    for one in mapped:
        value = by_name.get(one.arn.rpartition("/")[2])
        if value is None:
            continue
        short = (
            f"arn:aws:iam::{ACCOUNT}:{'role' if ':role/' in one.arn else 'instance-profile'}/{value.replace('_', '-')}"
        )
        arn = f"${{{value}}}" if one.arn in named.values else short
        groups = [group for group in one.groups if group in _GROUPS]
        of_node = "system:node:recorded" if one.username.startswith("system:node:") else "recorded"
        username = one.username if one.username in (BY_DNS_NAME, BY_INSTANCE_ID) else of_node
        lines.append(f"- rolearn: {arn}\n  username: {username}\n  groups: [{', '.join(groups)}]\n")
    if lines:
        about = {"cluster": CLUSTER, "name": "aws-auth", "data": {"mapRoles": "".join(lines)}}
        yield step("kubernetes.ApplyConfigMap", about)


def starting(facts: Facts, named: Named) -> Iterator[RecordedStep]:
    """What starts nodes; a managed node group stands as the Auto Scaling group that it is."""
    launches = facts.launches.launches
    for number, launch in enumerate(() if isinstance(launches, Unknown) else launches, 1):
        yield from _launch(launch, f"nodes-{number}", facts, named)


def _launch(launch: Launch, name: str, facts: Facts, named: Named) -> Iterator[RecordedStep]:
    key = name.replace("-", "_")
    data: dict[str, Any] = {"ImageId": f"${key}_image"}
    yield _image(launch, key)
    data["InstanceType"] = launch.instance_type.name if known(launch.instance_type) else "m5.large"
    if known(launch.groups):
        data["SecurityGroupIds"] = named.refs(launch.groups)
    if known(launch.role) and (role := named.values.get(launch.role.arn)):
        yield step("iam.CreateInstanceProfile", {"InstanceProfileName": name})
        given = {"InstanceProfileName": name, "RoleName": role.replace("_", "-")}
        yield step("iam.AddRoleToInstanceProfile", given)
        data["IamInstanceProfile"] = {"Name": name}
    if launch.hop_limit is not None or not launch.metadata:
        data["MetadataOptions"] = {
            "HttpPutResponseHopLimit": str(launch.hop_limit or 2),
            "HttpEndpoint": "enabled" if launch.metadata else "disabled",
        }
    data["UserData"] = {"base64": user_data(launch, facts, named.disguise)}
    template = {"LaunchTemplateName": name, "LaunchTemplateData": data}
    yield step("ec2.CreateLaunchTemplate", template, **{f"{key}_template": "LaunchTemplate.LaunchTemplateId"})
    size = str(nodes_of(launch))
    about = {
        "AutoScalingGroupName": name,
        "MinSize": size,
        "MaxSize": str(2 * MOST_NODES),
        "DesiredCapacity": size,
        "VPCZoneIdentifier": ",".join(f"${{{one[1:]}}}" for one in named.refs(launch.subnets)),
        "LaunchTemplate": {"LaunchTemplateId": f"${key}_template", "Version": "$Default"},
        "Tags": [{"Key": _TAG, "Value": "owned", "PropagateAtLaunch": "true"}],
    }
    yield step("autoscaling.CreateAutoScalingGroup", about)


def nodes_of(launch: Launch) -> int:
    """How many nodes of a launch are started in a recording."""
    return max(1, min(launch.desired, MOST_NODES))


def _image(launch: Launch, key: str) -> RecordedStep:
    """The image that shows the same: a release of EKS's on this or that side of when the proxy is set."""
    kept = {f"{key}_image": "Parameter.Value"}
    system = system_of(launch)
    name = launch.image.name if known(launch.image) else ""
    processor = "arm64" if known(launch.image) and launch.image.architecture == "arm64" else "x86_64"
    if system.bottlerocket:
        return step(
            "ssm.GetParameter",
            {"Name": f"/aws/service/bottlerocket/aws-k8s-${{version}}/{processor}/latest/image_id"},
            **kept,
        )
    if name and not system.release:
        plain = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{processor}"
        return step("ssm.GetParameter", {"Name": plain}, **kept)
    if system.release and system.release < _IN_TIME:
        late = f"amazon-eks-node-al2023-{processor}-standard-*-v{_release_before(system.release)}"
        about = {"Owners": ["amazon"], "Filters": [{"Name": "name", "Values": [late]}]}
        return step("ec2.DescribeImages", about, **{f"{key}_image": "Images[0].ImageId"})
    recommended = f"/aws/service/eks/optimized-ami/${{version}}/amazon-linux-2023/{processor}/standard/recommended"
    return step("ssm.GetParameter", {"Name": f"{recommended}/image_id"}, **kept)


def _release_before(release: str) -> str:
    """The practice account's release that treats a proxy as this one does."""
    return "20250920" if release < "20251007" else "20251106"


def user_data(launch: Launch, facts: Facts, disguise: Disguise) -> str:
    """New user data that tells a node what the original tells it; nothing of its text is taken over."""
    there = facts.cluster.cluster
    system = system_of(launch)
    settings = settings_of(launch, system)
    if settings is None or not known(there):
        return f"#!/bin/bash\n/etc/eks/bootstrap.sh {CLUSTER}\n"
    said = settings.cluster
    endpoints = {(there.endpoint or "").rstrip("/").lower(), f"https://{api_name(there)}".lower()}
    told = {
        "name": CLUSTER if said["name"] == there.name else "another-cluster",
        "apiServerEndpoint": "${api_server}"
        if said["apiServerEndpoint"].rstrip("/").lower() in endpoints
        else _ANOTHER_API,
        "certificateAuthority": "${certificate_authority}"
        if said["certificateAuthority"] == there.certificate_authority
        else _ANOTHER_AUTHORITY,
        "cidr": disguise.cidr(said["cidr"]) or "none",
    }
    given = {name: value for name, value in told.items() if said[name]}
    environment = {
        service: _environment(values, disguise)
        for service, values in settings.environment.items()
        if service in ("default", "kubelet", "containerd", "nodeadm-config", "nodeadm-run", "pluto")
    }
    if system.bottlerocket:
        return _toml(given, environment.get("pluto", {}), settings.max_pods)
    return _mime(given, environment, settings, disguise)


def _environment(values: Mapping[str, str], disguise: Disguise) -> dict[str, str]:
    """A proxy's variables; others are not a node's way to anything."""
    found = {}
    for name, value in values.items():
        if name.lower() in ("http_proxy", "https_proxy"):
            found[name] = disguise.proxy(value) if value else ""
        elif name.lower() == "no_proxy":
            found[name] = disguise.no_proxy(value)
    return found


def _toml(cluster: Mapping[str, str], proxy: Mapping[str, str], max_pods: int | None) -> str:
    names = {
        "name": "cluster-name",
        "apiServerEndpoint": "api-server",
        "certificateAuthority": "cluster-certificate",
    }
    lines = ["[settings.kubernetes]", *(f'{names[key]} = "{value}"' for key, value in cluster.items() if key in names)]
    lines += [f"max-pods = {max_pods}"] if max_pods else []
    if proxy.get("HTTPS_PROXY"):
        direct = [one for one in proxy.get("NO_PROXY", "").split(",") if one]
        lines += [
            "",
            "[settings.network]",
            f'https-proxy = "{proxy["HTTPS_PROXY"]}"',
            f"no-proxy = {json.dumps(direct)}",
        ]
    return "\n".join(lines) + "\n"


def _mime(
    cluster: Mapping[str, str], environment: Mapping[str, Mapping[str, str]], settings: Settings, disguise: Disguise
) -> str:
    spec: dict[str, Any] = {"cluster": dict(cluster)}
    if environment:
        spec["instance"] = {"environment": environment}
    if settings.named_by_instance_id:
        spec["featureGates"] = {"InstanceIdNodeName": True}
    if settings.max_pods:
        spec["kubelet"] = {"config": {"maxPods": settings.max_pods}}
    config = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    parts = [("application/node.eks.aws", json.dumps(config, indent=1))]
    scripts = [_drop_in(service, _environment(values, disguise)) for service, values in settings.scripted.items()]
    if settings.script_sets_proxy and not scripts:
        scripts = ["echo 'HTTPS_PROXY=http://name-0.internal:8080' >> /etc/environment"]
    if scripts:
        parts.append(("text/cloud-boothook", "\n".join(["#!/bin/bash", *scripts])))
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"', ""]
    for kind, text in parts:
        lines += [f"--{_BOUNDARY}", f"Content-Type: {kind}", "", text, ""]
    return "\n".join([*lines, f"--{_BOUNDARY}--", ""])


def _drop_in(service: str, values: Mapping[str, str]) -> str:
    folder = f"/etc/systemd/system/{service}.service.d"
    said = "".join(f'Environment="{name}={value}"\\n' for name, value in values.items())
    return f"mkdir -p {folder}\nprintf '[Service]\\n{said}' > {folder}/proxy.conf"
