"""Which stops may name the cause by which a boot ends: by the rule of the boot (or EC2's error code), the codes."""

from wizard.findings import Finding
from wizard.practice.boot.course import Step

CAUSES: dict[str, frozenset[str]] = {
    rule: frozenset(codes.split())
    for rule, codes in {
        # where EC2 starts no instance
        "InvalidAMIID.NotFound": "NODE607",
        "InvalidParameterValue": "NODE625",
        "Unsupported": "NODE602",
        "InsufficientFreeAddressesInSubnet": "NODE664",
        "VcpuLimitExceeded": "NODE670",
        "Client.InternalError": "NODE670",
        # image, user data, metadata
        "no-eks-image": "NODE667",
        "metadata-off": "NODE657",
        # a certificate that is no base64, too
        "user-data-unreadable": "NODE640 NODE643",
        "settings-unreadable": "NODE640",
        "node-config-incomplete": "NODE641",
        "settings-incomplete": "NODE641",
        "service-cidr-unusable": "NODE643",
        # names
        "dns-support-off": "NODE646",
        "dns-hostnames-off": "NODE646",
        "no-name-server": "VPC221",
        "name-server-unreachable": "VPC221",
        "other-name-server": "VPC221",
        "endpoint-not-available": "NODE673 NODE645",
        "private-dns-off": "NODE645",
        "private-access-off": "NODE655",
        # packets: a service that no endpoint serves, one that NO_PROXY sends direct, the proxy itself, another VPC
        "no-route": "NODE644 NODE654 NODE650 NODE651",
        "gateway-not-routed": "NODE649",
        # of an endpoint, of the control plane; on the way to another cluster, to which user data lead by mistake
        "egress-refused": "NODE648 NODE643",
        "ingress-refused": "NODE647 NODE656 NODE643",
        "acl-refused": "VPC227 NODE643",
        "no-interface": "NODE673",
        # the proxy
        "private-through-proxy": "NODE652",
        "metadata-through-proxy": "NODE679",
        "proxy-unsupported": "NODE608",
        "proxy-too-late": "NODE608",
        # whatever keeps a program without that proxy from its service
        "proxy-by-script": "NODE644 NODE645 NODE646 NODE647 NODE648 NODE673 VPC221 VPC227",
        "proxy-not-for-pods": "NODE644 NODE645 NODE646 NODE647 NODE648 NODE673 VPC221 VPC227",
        # the role, for AWS and for the cluster
        "no-instance-profile": "NODE658",
        "role-refused": "NODE659",
        "endpoint-refused": "END313",
        "cluster-unknown": "NODE643",
        "certificate-mismatch": "NODE643",
        "wrong-cluster-name": "NODE643",
        "role-recreated": "NODE662",
        "aws-auth-ignored": "NODE660",
        "aws-auth-path": "NODE660",
        "role-not-mapped": "NODE660",
        "not-a-node": "NODE661 NODE678",
        "node-name-refused": "NODE675",
        # the network plugin
        "no-network-plugin": "NODE674",
        "service-account-not-trusted": "NODE677",
    }.items()
}

# What does not keep a node from being Ready, and the warnings that may name it.
FLAWS: dict[str, frozenset[str]] = {
    rule: frozenset(codes.split())
    for rule, codes in {
        "hop-limit": "NODE665",
        "kubelet-unreachable": "NODE663",
        "nodes-apart": "NODE698",
        "premises-hidden": "VPC209",
        "no-pod-addresses": "NODE683",
        "service-cidr-differs": "NODE643",
    }.items()
}
# What neither AWS nor Kubernetes tells: the wizard has it from nobody but the console of a node.
OF_THE_COMPANY = frozenset({"no-way-back", "name-unknown", "proxy-not-listening", "proxy-refuses", "proxy-intercepts"})

# Up to which step of a boot a stop says that no node gets; the step of the first program that meets it.
_STEPS: dict[str, Step] = {
    "NODE667": "image",
    "NODE657": "configuration",
    "NODE640": "configuration",
    # nodeadm validates what it read once EC2 has answered
    "NODE641": "ec2",
    "NODE679": "token",
    "NODE652": "cluster",
    "NODE655": "cluster",
    "NODE656": "cluster",
    "NODE660": "authentication",
    "NODE662": "authentication",
    "NODE661": "authorization",
    "NODE675": "authorization",
    "NODE678": "authorization",
    "NODE674": "network plugin",
    "NODE677": "sts",
}
# The last step at which a program may meet what a stop says, and the one at which it asks a certain service.
_PROGRAMS: dict[str, Step] = {
    "nodeadm": "ec2",
    "pluto": "ec2",
    "kubelet": "registry token",
    "containerd": "layers",
    "aws-node": "network plugin's ec2",
}
_SERVICES: dict[tuple[str, str], Step] = {("containerd", "ecr.dkr"): "manifest", ("aws-node", "sts"): "sts"}


def step_of(finding: Finding) -> Step | None:
    """The step past which no node gets, by what the stop says; None where it does not say."""
    programs = finding.about.get("by", [])
    if programs and finding.code not in _STEPS:
        first = programs[0]
        return _SERVICES.get((first, finding.about.get("service", "")), _PROGRAMS.get(first))
    return _STEPS.get(finding.code)
