"""The CloudFormation templates of the worker nodes: self-managed ones, or the launch template of managed ones.

The text is put together from the files in ``templates``: what depends on the answers is text rather than a condition of
CloudFormation's, so that the template of a build says no more than what it makes.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

import yaml

Kind = Literal["stack", "managed"]
OperatingSystem = Literal["al2023", "bottlerocket"]

# What people on the premises use a node for: services of type NodePort, ping, and "fragmentation needed" when a
# packet does not fit the VPN. The kubelet's port is left to the control plane.
_FROM_PREMISES = (
    ("tcp", 30000, 32767, "NodePort services"),
    ("udp", 30000, 32767, "NodePort services"),
    ("icmp", -1, -1, "ICMP"),
)
_SSH = ("tcp", 22, 22, "SSH")
# How deep parameters, and the parts of a launch template, are indented in the files.
_PARAMETER, _DATA = 2, 8
# What user data need that have to name the cluster.
_OF_CLUSTER = ("ApiServerEndpoint", "CertificateAuthorityData", "ServiceCidr")


def node_template(
    *,
    on_premises_cidrs: Iterable[str] = (),
    ssh: bool = False,
    tags: Mapping[str, str] | None = None,
    kind: Kind = "stack",
    os: OperatingSystem = "al2023",
    own_image: bool = False,
    max_pods: bool = False,
) -> str:
    """The text for CreateStack, with one ingress rule per CIDR and purpose.

    The rules are text because a list parameter cannot be looped over without a transform, which would ask for
    CAPABILITY_AUTO_EXPAND and a change set. ``ssh`` is for nodes with a key pair, ``tags`` for their instances and
    volumes: tags of a stack do not reach volumes. ``own_image`` tells that managed nodes start from an image that the
    profile names; EKS then adds nothing to their user data. With ``max_pods`` user data say how many pods a node holds,
    which nodeadm counts without prefixes. Without any of them the text is the file's own. Equal sets of CIDRs give
    equal text. Raises ValueError for a CIDR that is none.
    """
    text = _managed(own_image) if kind == "managed" else _file("nodes.yaml")
    if os == "bottlerocket":
        text = _bottlerocket(text, names_cluster=kind == "stack" or own_image)
    if max_pods:
        text = _with_max_pods(text)
    networks = sorted({ip_network(cidr) for cidr in on_premises_cidrs}, key=lambda network: (network.version, network))
    purposes = (*_FROM_PREMISES, _SSH) if ssh else _FROM_PREMISES
    rules = "".join(_rule(network, purpose) for network in networks for purpose in purposes)
    # NodeSecurityGroup is the last resource of each file, so its rules can simply follow.
    return _tagged(text, tags or {}) + (f"      SecurityGroupIngress:\n{rules}" if rules else "")


def parameters_of(template: str) -> frozenset[str]:
    """The names of a template's parameters."""
    return frozenset(re.findall(r"^  (\w+):$", _parameters(template), re.MULTILINE))


@cache
def allowed_patterns() -> Mapping[str, str]:
    """AllowedPattern of each parameter that has one, by the parameter's name; the whole value has to match."""
    names = ("launch-template.yaml", "bottlerocket.yaml", "nodes.yaml")
    return {name: pattern for file in names for name, pattern in _patterns(file)}


def _patterns(file: str) -> Iterable[tuple[str, str]]:
    # BaseLoader takes CloudFormation's short forms for plain text; the parameters have none.
    parameters = yaml.load(_parameters(_file(file)), Loader=yaml.BaseLoader)  # noqa: S506
    return (
        (name, parameter["AllowedPattern"]) for name, parameter in parameters.items() if "AllowedPattern" in parameter
    )


def _parameters(template: str) -> str:
    return re.split(r"\n(?=\S)", template.partition("\nParameters:\n")[2], maxsplit=1)[0]


def _managed(own_image: bool) -> str:
    text = _file("launch-template.yaml")
    if not own_image:
        return text
    nodes = _file("nodes.yaml")
    more = "".join(_block(nodes, _PARAMETER, name) for name in (*_OF_CLUSTER, "ImageId"))
    text = text.replace("\nParameters:\n", f"\nParameters:\n{more}", 1)
    data = "      LaunchTemplateData:\n"
    text = text.replace(data, f"{data}{_block(nodes, _DATA, 'ImageId')}", 1)
    return text.replace(_block(text, _DATA, "UserData"), _block(nodes, _DATA, "UserData"), 1)


def _bottlerocket(text: str, *, names_cluster: bool) -> str:
    own = _file("bottlerocket.yaml")
    user_data = own if names_cluster else _file("bottlerocket-managed.yaml")
    text = text.replace(_block(text, _DATA, "BlockDeviceMappings"), _block(own, _DATA, "BlockDeviceMappings"), 1)
    text = text.replace(_block(text, _DATA, "UserData"), _block(user_data, _DATA, "UserData"), 1)
    text = text.replace(_block(text, _PARAMETER, "MimeBoundary"), "", 1)
    if names_cluster:
        dns = _block(own, _PARAMETER, "ClusterDnsIp")
        text = text.replace(_block(text, _PARAMETER, "ServiceCidr"), dns, 1)
    return text


def _with_max_pods(text: str) -> str:
    text = text.replace("\nParameters:\n", "\nParameters:\n  MaxPods:\n    Type: Number\n    MinValue: 1\n", 1)
    spec, dns = '"spec": {\n', 'cluster-dns-ip = "${ClusterDnsIp}"\n'
    text = re.sub(
        rf"^( +){re.escape(spec)}",
        r'\g<0>\1  "kubelet": {"config": {"maxPods": ${MaxPods}}},\n',
        text,
        flags=re.M,
    )
    return re.sub(rf"^( +){re.escape(dns)}", r"\g<0>\1max-pods = ${MaxPods}\n", text, flags=re.MULTILINE)


def _block(text: str, indent: int, key: str) -> str:
    """The key's lines at this depth, its inner lines included."""
    margin = " " * indent
    found = re.search(rf"^{margin}{key}:.*\n(?:(?:{margin} +.*)?\n)*", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"no {key} at depth {indent}")
    return found[0].rstrip("\n") + "\n"


def _tagged(text: str, tags: Mapping[str, str]) -> str:
    """The tags beside those that instances and volumes have in the file; these win."""
    lines = "".join(
        f"              - Key: {json.dumps(key, ensure_ascii=False)}\n"
        f"                Value: {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in tags.items()
        if key != "Name" and not key.startswith("kubernetes.io/cluster/")
    )
    # Only the launch template's lists of tags are that deep.
    return text.replace("            Tags:\n", f"            Tags:\n{lines}")


@cache
def _file(name: str) -> str:
    return (files("wizard") / "templates" / name).read_text(encoding="utf-8")


def _rule(network: IPv4Network | IPv6Network, purpose: tuple[str, int, int, str]) -> str:
    protocol, first, last, why = purpose
    if network.version == 6 and protocol == "icmp":
        protocol = "icmpv6"
    return (
        f"        - Description: {why} from the premises\n"
        f'          {"CidrIp" if network.version == 4 else "CidrIpv6"}: "{network}"\n'
        f"          IpProtocol: {protocol}\n"
        f"          FromPort: {first}\n"
        f"          ToPort: {last}\n"
    )
