"""The CloudFormation template of the worker nodes, with the rules for traffic from the premises."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_network

import yaml

# What people on the premises use a node for: services of type NodePort, ping, and "fragmentation needed" when a
# packet does not fit the VPN. The kubelet's port is left to the control plane.
_FROM_PREMISES = (
    ("tcp", 30000, 32767, "NodePort services"),
    ("udp", 30000, 32767, "NodePort services"),
    ("icmp", -1, -1, "ICMP"),
)
_SSH = ("tcp", 22, 22, "SSH")


def node_template(*, on_premises_cidrs: Iterable[str] = (), ssh: bool = False) -> str:
    """The text for CreateStack: ``templates/nodes.yaml`` and one ingress rule per CIDR and purpose.

    The rules are text because a list parameter cannot be looped over without a transform, which would ask for
    CAPABILITY_AUTO_EXPAND and a change set. ``ssh`` is for nodes with a key pair. Without CIDRs the text is the
    file's own. Equal sets of CIDRs give equal text. Raises ValueError for a CIDR that is none.
    """
    networks = sorted({ip_network(cidr) for cidr in on_premises_cidrs}, key=lambda network: (network.version, network))
    purposes = (*_FROM_PREMISES, _SSH) if ssh else _FROM_PREMISES
    rules = "".join(_rule(network, purpose) for network in networks for purpose in purposes)
    # NodeSecurityGroup is the last resource of the file, so its rules can simply follow.
    return _file() + (f"      SecurityGroupIngress:\n{rules}" if rules else "")


@cache
def allowed_patterns() -> Mapping[str, str]:
    """AllowedPattern of each parameter that has one, by the parameter's name; the whole value has to match."""
    # BaseLoader takes CloudFormation's short forms for plain text; the parameters have none.
    parameters = yaml.load(_file(), Loader=yaml.BaseLoader)["Parameters"]  # noqa: S506
    return {
        name: parameter["AllowedPattern"] for name, parameter in parameters.items() if "AllowedPattern" in parameter
    }


@cache
def _file() -> str:
    return (files("wizard") / "templates" / "nodes.yaml").read_text(encoding="utf-8")


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
