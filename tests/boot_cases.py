"""A node that becomes Ready, its surroundings, and ways to take parts of either away: where cases about boots begin."""

import base64
import json
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from wizard.practice.boot.course import Step
from wizard.practice.boot.sequence import Boot
from wizard.practice.boot.snapshot import (
    AccessEntry,
    AclEntry,
    Cluster,
    DhcpOptions,
    Endpoint,
    Group,
    Machine,
    PrefixList,
    Premises,
    Role,
    Route,
    Rule,
    Subnet,
    Surroundings,
)

ANYWHERE = IPv4Network("0.0.0.0/0")
VPC = IPv4Network("10.110.0.0/16")
PREMISES = IPv4Network("10.0.0.0/16")
REGION = "ap-northeast-1"
ACCOUNT = "123456789012"
CLUSTER_HOST = "0A1B2C.gr7.ap-northeast-1.eks.amazonaws.com"
CA = base64.b64encode(b"the cluster's CA").decode()
NO_PROXY = ",".join(
    ("10.110.0.0/16", ".eks.amazonaws.com", *(f"{name}.{REGION}.amazonaws.com" for name in ("ec2", ".ecr", ".s3")))
)
ALL_OUT = (Rule(cidrs=(ANYWHERE,)),)
HTTPS_FROM_VPC = (Rule("tcp", 443, 443, (VPC,)),)

LOCAL = Route(VPC, "local")
TO_PREMISES = Route(PREMISES, "vgw-1")
TO_INTERNET = Route(ANYWHERE, "nat-1")
SUBNET = Subnet("subnet-a", IPv4Network("10.110.3.0/24"), "rtb-1", (LOCAL, TO_PREMISES), zone=f"{REGION}a", vpc="vpc-1")
OTHER = Subnet("subnet-c", IPv4Network("10.110.4.0/24"), "rtb-1", (LOCAL, TO_PREMISES), zone=f"{REGION}c", vpc="vpc-1")
PLANE_IN = Rule("tcp", 443, 443, groups=("sg-node",))
NODE_GROUP = Group("sg-node", (Rule(groups=("sg-node",)), Rule("tcp", 1025, 65535, groups=("sg-plane",))), ALL_OUT)
ENDPOINT_GROUP = Group("sg-endpoint", ingress=HTTPS_FROM_VPC, egress=ALL_OUT)
CONTROL_PLANE = Group("sg-plane", ingress=(PLANE_IN,), egress=ALL_OUT)
ROLE = Role(f"arn:aws:iam::{ACCOUNT}:role/eksNodeRole", "AROA1", ("ec2:*", "ecr:*"))
S3_CIDR = IPv4Network("52.219.0.0/20")
PREFIX_LISTS = (PrefixList("pl-1", f"com.amazonaws.{REGION}.s3", (S3_CIDR,)),)
S3 = Endpoint("vpce-s3", "s3", gateway=True, private_dns=False, route_tables=("rtb-1",), prefix_list="pl-1")


def endpoint(service: str) -> Endpoint:
    """An interface endpoint in both zones, open to the VPC."""
    return Endpoint(f"vpce-{service}", service, groups=(ENDPOINT_GROUP,), subnets=(SUBNET, OTHER))


CLUSTER = Cluster(
    "eksCluster",
    f"https://{CLUSTER_HOST}",
    CA,
    aliases=("https://127.0.0.1:4443",),
    groups=(CONTROL_PLANE,),
    subnets=(SUBNET, OTHER),
    access_entries=(AccessEntry(ROLE.arn, "EC2_LINUX", "AROA1"),),
    service_cidr=IPv4Network("172.20.0.0/16"),
)


def document(**spec: Any) -> str:
    """A NodeConfig of the cluster, with what else stands in its spec."""
    fields = {"name": "eksCluster", "apiServerEndpoint": CLUSTER.endpoint, "certificateAuthority": CA}
    cluster = {**fields, "cidr": "172.20.0.0/16", **spec.pop("cluster", {})}
    return json.dumps(
        {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": {"cluster": cluster, **spec}}
    )


def mime(*documents: str, **scripts: str) -> bytes:
    """MIME parts: NodeConfigs, and scripts by their kind (cloud_boothook, x_shellscript)."""
    parts = "".join(f"--B\nContent-Type: application/node.eks.aws\n\n{each}\n" for each in documents)
    parts += "".join(
        f"--B\nContent-Type: text/{kind.replace('_', '-')}\n\n{script}\n" for kind, script in scripts.items()
    )
    return f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n{parts}--B--\n'.encode()


def node_config(environment: dict[str, str] | None = None, **cluster: object) -> bytes:
    """User data with one NodeConfig."""
    instance = {} if environment is None else {"instance": {"environment": {"default": environment}}}
    return mime(document(cluster=cluster, **instance))


def proxied(no_proxy: str = NO_PROXY, url: str = "http://10.0.9.9:3128") -> bytes:
    """User data with a proxy."""
    return node_config({"HTTPS_PROXY": url, "NO_PROXY": no_proxy})


MACHINE = Machine(
    "i-0123456789abcdef0",
    REGION,
    ACCOUNT,
    "m5.large",
    IPv4Address("10.110.3.20"),
    "ip-10-110-3-20.ap-northeast-1.compute.internal",
    SUBNET,
    (NODE_GROUP,),
    node_config(),
    ROLE,
)
AROUND = Surroundings(
    (VPC,),
    endpoints=(*map(endpoint, ("ec2", "ecr.api", "ecr.dkr")), S3),
    clusters=(CLUSTER,),
    vpc="vpc-1",
    prefix_lists=PREFIX_LISTS,
    premises=Premises((PREMISES,)),
)


def without(*services: str) -> Surroundings:
    """The surroundings without some endpoints."""
    return replace(AROUND, endpoints=tuple(found for found in AROUND.endpoints if found.service not in services))


def with_endpoint(service: str, **changes: Any) -> Surroundings:
    """The surroundings with one endpoint changed."""
    changed = (replace(found, **changes) if found.service == service else found for found in AROUND.endpoints)
    return replace(AROUND, endpoints=tuple(changed))


def with_cluster(**changes: Any) -> Surroundings:
    """The surroundings with another cluster."""
    return replace(AROUND, clusters=(replace(CLUSTER, **changes),))


def with_premises(around: Surroundings = AROUND, **changes: Any) -> Surroundings:
    """The surroundings with other premises."""
    return replace(around, premises=replace(around.premises, **changes))


def with_name_servers(*servers: str, around: Surroundings = AROUND) -> Surroundings:
    """The surroundings with other name servers in the DHCP options."""
    return replace(around, dhcp=DhcpOptions(name_servers=servers))


def machine(**changes: Any) -> Machine:
    """The machine with something changed."""
    return replace(MACHINE, **changes)


def routed(*routes: Route) -> Machine:
    """The machine in a subnet with other routes than the VPC's own."""
    return machine(subnet=replace(SUBNET, routes=(LOCAL, *routes)))


def behind(*entries: AclEntry) -> Machine:
    """The machine in a subnet with a network ACL."""
    return machine(subnet=replace(SUBNET, acl=entries))


def letting_out(*rules: Rule) -> Machine:
    """The machine in a group that lets out only this."""
    return machine(groups=(replace(NODE_GROUP, egress=rules),))


def policy(*statements: dict[str, Any]) -> str:
    """A policy document; statements allow, and are for everyone, unless they say otherwise."""
    each = [{"Effect": "Allow", "Principal": "*", "Resource": "*", **one} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": each})


SETTINGS = f"""
[settings.kubernetes]
cluster-name = "eksCluster"
api-server = "{CLUSTER.endpoint}"
cluster-certificate = "{CA}"
cluster-dns-ip = "172.20.0.10"
"""


def bottlerocket(text: str = SETTINGS, **changes: Any) -> Machine:
    """The machine with Bottlerocket and its settings."""
    return machine(**{"user_data": text.encode(), "ami_release": "", "bottlerocket": "1.52.0-6b1c2f2d", **changes})


def text(found: Boot) -> str:
    """The whole console log."""
    return "\n".join(found.console)


@dataclass(frozen=True)
class Failure:
    """A boot that fails: where, by which rule, and some of the words of its reason."""

    name: str
    step: Step
    rule: str
    machine: Machine
    around: Surroundings
    says: str
    proxied: bool = False


def https(*cidrs: IPv4Network, **to: tuple[str, ...]) -> Rule:
    """A rule for port 443 alone."""
    return Rule("tcp", 443, 443, cidrs, **to)


def acl(*entries: tuple[bool, bool, IPv4Network, str, int, int]) -> Machine:
    """The machine behind an ACL of these lines: outward, allow, CIDR, protocol, first and last port."""
    return behind(
        *(
            AclEntry(100 + number, outward, allow, cidr, protocol, first, last)
            for number, (outward, allow, cidr, protocol, first, last) in enumerate(entries)
        )
    )


ALL = (True, True, ANYWHERE, "-1", 0, 65535)
ALL_BACK = (False, True, ANYWHERE, "-1", 0, 65535)
NOTHING_DIRECT = ".eks.amazonaws.com,169.254.169.254"
BY_NAME = "http://proxy.example.internal:3128"
THROUGH = machine(user_data=proxied(NOTHING_DIRECT))
PATH_ROLE = replace(ROLE, arn=f"arn:aws:iam::{ACCOUNT}:role/eks/nodes/eksNodeRole")
OF_A_POD = Role(f"arn:aws:iam::{ACCOUNT}:role/cni", "AROA2", ("ec2:*",), trusted=("oidc-provider/oidc.eks/id/1",))
STARPORT = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"
