"""One case for each thing that keeps a node from joining, and for each way in which it joins all the same."""

import ast
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

import wizard.practice.boot
from wizard.practice.boot.node_config import UnreadableError, read
from wizard.practice.boot.proxy import proxy_for
from wizard.practice.boot.sequence import Boot, boot
from wizard.practice.boot.snapshot import (
    AccessEntry,
    AclEntry,
    Cluster,
    Endpoint,
    Group,
    Machine,
    Role,
    Route,
    Rule,
    Subnet,
    Surroundings,
)

ANYWHERE = IPv4Network("0.0.0.0/0")
VPC = IPv4Network("10.110.0.0/16")
REGION = "ap-northeast-1"
CLUSTER_HOST = "0A1B2C.gr7.ap-northeast-1.eks.amazonaws.com"
CA = base64.b64encode(b"the cluster's CA").decode()
NO_PROXY = ",".join(
    ("10.110.0.0/16", ".eks.amazonaws.com", *(f"{name}.{REGION}.amazonaws.com" for name in ("ec2", ".ecr", ".s3")))
)
ALL_OUT = (Rule(cidrs=(ANYWHERE,)),)
HTTPS_FROM_VPC = (Rule("tcp", 443, 443, (VPC,)),)

LOCAL = Route(VPC, "local")
TO_PREMISES = Route(IPv4Network("10.0.0.0/16"), "vgw-1")
SUBNET = Subnet("subnet-a", IPv4Network("10.110.3.0/24"), "rtb-1", (LOCAL, TO_PREMISES))
OTHER = Subnet("subnet-c", IPv4Network("10.110.4.0/24"), "rtb-1", (LOCAL, TO_PREMISES))
NODE_GROUP = Group("sg-node", egress=ALL_OUT)
ENDPOINT_GROUP = Group("sg-endpoint", ingress=HTTPS_FROM_VPC, egress=ALL_OUT)
CONTROL_PLANE = Group("sg-plane", ingress=(Rule("tcp", 443, 443, groups=("sg-node",)),), egress=ALL_OUT)
ROLE = Role("arn:aws:iam::123456789012:role/eksNodeRole", "AROA1", ("ec2:*", "ecr:*"))


def endpoint(service: str) -> Endpoint:
    return Endpoint(f"vpce-{service}", service, groups=(ENDPOINT_GROUP,), subnets=(SUBNET, OTHER))


S3 = Endpoint("vpce-s3", "s3", gateway=True, private_dns=False, route_tables=("rtb-1",), prefix_list="pl-1")
CLUSTER = Cluster(
    "eksCluster",
    f"https://{CLUSTER_HOST}",
    CA,
    aliases=("https://127.0.0.1:4443",),
    groups=(CONTROL_PLANE,),
    subnets=(SUBNET, OTHER),
    access_entries=(AccessEntry(ROLE.arn, "EC2_LINUX", "AROA1"),),
)


def node_config(environment: dict[str, str] | None = None, **cluster: object) -> bytes:
    fields = {"name": "eksCluster", "apiServerEndpoint": CLUSTER.endpoint, "certificateAuthority": CA}
    spec: dict[str, object] = {"cluster": {**fields, "cidr": "172.20.0.0/16", **cluster}}
    if environment is not None:
        spec["instance"] = {"environment": {"default": environment}}
    document = json.dumps({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec})
    return mime(document)


def mime(*documents: str) -> bytes:
    parts = "".join(f"--B\nContent-Type: application/node.eks.aws\n\n{document}\n" for document in documents)
    return f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n{parts}--B--\n'.encode()


def proxied(no_proxy: str = NO_PROXY) -> bytes:
    return node_config({"HTTPS_PROXY": "http://10.0.9.9:3128", "NO_PROXY": no_proxy})


MACHINE = Machine(
    "i-0123456789abcdef0",
    REGION,
    "123456789012",
    "m5.large",
    IPv4Address("10.110.3.20"),
    "ip-10-110-3-20.ap-northeast-1.compute.internal",
    SUBNET,
    (NODE_GROUP,),
    node_config(),
    ROLE,
)
AROUND = Surroundings((VPC,), endpoints=(*map(endpoint, ("ec2", "ecr.api", "ecr.dkr")), S3), clusters=(CLUSTER,))


def without(service: str) -> Surroundings:
    return replace(AROUND, endpoints=tuple(found for found in AROUND.endpoints if found.service != service))


def with_endpoint(service: str, **changes: object) -> Surroundings:
    return replace(
        AROUND,
        endpoints=tuple(
            replace(found, **changes) if found.service == service else found  # type: ignore[arg-type]
            for found in AROUND.endpoints
        ),
    )


def with_cluster(**changes: object) -> Surroundings:
    return replace(AROUND, clusters=(replace(CLUSTER, **changes),))  # type: ignore[arg-type]


def machine(**changes: object) -> Machine:
    return replace(MACHINE, **changes)  # type: ignore[arg-type]


def text(found: Boot) -> str:
    return "\n".join(found.console)


def test_everything_there_is_a_ready_node() -> None:
    found = boot(MACHINE, AROUND)
    assert (found.outcome, found.reason, found.cluster, found.max_pods) == ("Ready", "", "eksCluster", 29)
    assert found.registered_at is not None
    assert found.ready_at is not None
    assert found.registered_at < found.ready_at
    assert 55 <= found.ready_at <= 90
    assert "Successfully registered node" in text(found)


def test_the_console_grows_with_time() -> None:
    found = boot(MACHINE, AROUND)
    assert "Successfully registered" not in "\n".join(found.console_until(10))
    assert found.console_until(1000) == found.console
    stamps = [float(line.split("]")[0].strip("[ ")) for line in found.console]
    assert stamps == sorted(stamps)


JOINS: list[tuple[str, Machine, Surroundings]] = [
    (
        "the loopback endpoint in user data",
        machine(user_data=node_config(apiServerEndpoint=CLUSTER.aliases[0])),
        AROUND,
    ),
    ("proxy with everything local direct", machine(user_data=proxied()), AROUND),
    ("proxy, cluster only by CIDR name", machine(user_data=proxied(NO_PROXY + ",*.example.com")), AROUND),
    ("layers through the proxy", machine(user_data=proxied(NO_PROXY.rpartition(",")[0])), without("s3")),
    (
        "NAT instead of endpoints",
        machine(subnet=replace(SUBNET, routes=(LOCAL, Route(ANYWHERE, "nat-1")))),
        replace(AROUND, endpoints=()),
    ),
    (
        "aws-auth",
        MACHINE,
        with_cluster(authentication_mode="API_AND_CONFIG_MAP", access_entries=(), aws_auth_roles=(ROLE.arn,)),
    ),
    (
        "a path that aws-auth leaves out",
        machine(role=replace(ROLE, arn="arn:aws:iam::123456789012:role/eks/nodes/n")),
        with_cluster(authentication_mode="CONFIG_MAP", aws_auth_roles=("arn:aws:iam::123456789012:role/n",)),
    ),
    (
        "egress to the S3 prefix list and the VPC only",
        machine(
            groups=(
                Group("sg-node", egress=(Rule("tcp", 443, 443, (VPC,)), Rule("tcp", 443, 443, prefix_lists=("pl-1",)))),
            )
        ),
        AROUND,
    ),
    (
        "instance id as node name needs no ec2 at first",
        machine(
            user_data=mime(
                node_config().decode().split("\n\n", 2)[2].split("\n--B")[0],
                json.dumps(
                    {
                        "apiVersion": "node.eks.aws/v1alpha1",
                        "kind": "NodeConfig",
                        "spec": {"featureGates": {"InstanceIdNodeName": True}},
                    }
                ),
            )
        ),
        AROUND,
    ),
]


@pytest.mark.parametrize(("node", "around"), [case[1:] for case in JOINS], ids=[case[0] for case in JOINS])
def test_joins(node: Machine, around: Surroundings) -> None:
    found = boot(node, around)
    assert (found.outcome, found.reason) == ("Ready", "")


def with_acl(*entries: AclEntry) -> Machine:
    return machine(subnet=replace(SUBNET, acl=entries))


CLOSED = Group("sg-endpoint", egress=ALL_OUT)
FAILS: list[tuple[str, Machine, Surroundings, str, str]] = [
    ("no user data", machine(user_data=b""), AROUND, "never appears", "json parse error"),
    (
        "a shell script",
        machine(user_data=mime().replace(b"--B--", b"--B\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n--B--")),
        AROUND,
        "never appears",
        "could not find NodeConfig within UserData",
    ),
    ("no EKS AMI", machine(ami_release=""), AROUND, "never appears", "no EKS AMI"),
    (
        "no name",
        machine(user_data=node_config(name="")),
        AROUND,
        "never appears",
        "Name is missing in cluster configuration",
    ),
    (
        "no endpoint",
        machine(user_data=node_config(apiServerEndpoint="")),
        AROUND,
        "never appears",
        "Apiserver endpoint is missing in cluster configuration",
    ),
    (
        "no CA",
        machine(user_data=node_config(certificateAuthority="")),
        AROUND,
        "never appears",
        "Certificate authority is missing in cluster configuration",
    ),
    (
        "no CIDR",
        machine(user_data=node_config(cidr="")),
        AROUND,
        "never appears",
        "CIDR is missing in cluster configuration",
    ),
    ("no ec2 endpoint", MACHINE, without("ec2"), "never appears", "i/o timeout"),
    (
        "ec2 endpoint without private DNS",
        MACHINE,
        with_endpoint("ec2", private_dns=False),
        "never appears",
        "i/o timeout",
    ),
    ("no DNS hostnames", MACHINE, replace(AROUND, dns_hostnames=False), "never appears", "i/o timeout"),
    ("no DNS support", MACHINE, replace(AROUND, dns_support=False), "never appears", "read udp"),
    ("endpoint group closed", MACHINE, with_endpoint("ec2", groups=(CLOSED,)), "never appears", "i/o timeout"),
    ("node has no egress", machine(groups=(Group("sg-node"),)), AROUND, "never appears", "i/o timeout"),
    (
        "ACL denies answers",
        with_acl(AclEntry(100, True, True, ANYWHERE), AclEntry(100, False, True, ANYWHERE, "tcp", 443, 443)),
        with_endpoint("ec2", subnets=(OTHER,)),
        "never appears",
        "i/o timeout",
    ),
    (
        "ec2 through a proxy without route",
        machine(user_data=proxied(".eks.amazonaws.com"), subnet=replace(SUBNET, routes=(LOCAL,))),
        AROUND,
        "never appears",
        "proxyconnect tcp: dial tcp 10.0.9.9:3128: i/o timeout",
    ),
    (
        "proxy too late for EC2",
        machine(user_data=proxied(".eks.amazonaws.com"), ami_release="v20251023"),
        without("ec2"),
        "never appears",
        "dial tcp 52.",
    ),
    (
        "ec2 only through the proxy",
        machine(user_data=proxied(".eks.amazonaws.com")),
        without("ec2"),
        "NotReady",
        "aws-node cannot use EC2",
    ),
    ("no instance profile", machine(role=None), AROUND, "never appears", "UnauthorizedOperation"),
    (
        "another endpoint",
        machine(user_data=node_config(apiServerEndpoint="https://X.gr7.eu-west-1.eks.amazonaws.com")),
        AROUND,
        "never appears",
        "no such host",
    ),
    (
        "no private endpoint",
        MACHINE,
        with_cluster(private_access=False, public_access=True),
        "never appears",
        "i/o timeout",
    ),
    ("control plane closed", MACHINE, with_cluster(groups=(Group("sg-plane"),)), "never appears", "i/o timeout"),
    (
        "cluster through the proxy",
        machine(user_data=proxied(f"ec2.{REGION}.amazonaws.com")),
        AROUND,
        "never appears",
        "Forbidden",
    ),
    (
        "another cluster's CA",
        machine(user_data=node_config(certificateAuthority="bm8=")),
        AROUND,
        "never appears",
        "x509",
    ),
    ("another cluster's name", machine(user_data=node_config(name="other")), AROUND, "never appears", "Unauthorized"),
    ("no access entry", MACHINE, with_cluster(access_entries=()), "never appears", "Unauthorized"),
    (
        "entry of type STANDARD",
        MACHINE,
        with_cluster(access_entries=(AccessEntry(ROLE.arn, "STANDARD"),)),
        "never appears",
        "Unauthorized",
    ),
    (
        "role made again",
        MACHINE,
        with_cluster(access_entries=(AccessEntry(ROLE.arn, "EC2_LINUX", "AROA0"),)),
        "never appears",
        "Unauthorized",
    ),
    (
        "aws-auth in mode API",
        MACHINE,
        with_cluster(access_entries=(), aws_auth_roles=(ROLE.arn,)),
        "never appears",
        "Unauthorized",
    ),
    ("no network plugin", MACHINE, with_cluster(network_plugin=False), "NotReady", "network plugin"),
    ("no ecr.api", MACHINE, without("ecr.api"), "NotReady", "no basic auth credentials"),
    ("no ecr.dkr", MACHINE, without("ecr.dkr"), "NotReady", "failed to do request: Head"),
    ("no s3", MACHINE, without("s3"), "NotReady", "starport-layer-bucket"),
    (
        "s3 on another route table",
        MACHINE,
        with_endpoint("s3", route_tables=("rtb-2",)),
        "NotReady",
        "starport-layer-bucket",
    ),
    (
        "proxy from an AMI too old",
        machine(user_data=proxied(""), ami_release="v20250920"),
        without("ecr.dkr"),
        "NotReady",
        "dial tcp 52.",
    ),
    (
        "no CNI policy",
        machine(role=replace(ROLE, allowed=("ec2:DescribeInstances", "ecr:*"))),
        AROUND,
        "NotReady",
        "UnauthorizedOperation",
    ),
    ("no ECR policy", machine(role=replace(ROLE, allowed=("ec2:*",))), AROUND, "NotReady", "no basic auth credentials"),
]


@pytest.mark.parametrize(
    ("node", "around", "outcome", "says"), [case[1:] for case in FAILS], ids=[case[0] for case in FAILS]
)
def test_fails(node: Machine, around: Surroundings, outcome: str, says: str) -> None:
    found = boot(node, around)
    assert found.outcome == outcome
    assert says in found.reason
    assert found.ready_at is None
    assert (found.registered_at is None) == (outcome == "never appears")


def test_the_console_tells_of_retries() -> None:
    console = text(boot(MACHINE, without("ec2")))
    assert "retrying request EC2/DescribeInstances, attempt 8" in console
    assert "Failed to start nodeadm-config.service" in console
    assert f'Post \\"https://ec2.{REGION}.amazonaws.com/\\"' in console


def test_later_parts_win_and_empty_values_do_not() -> None:
    first = node_config().decode().split("\n\n", 2)[2].split("\n--B")[0]
    second = (
        "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n"
        "spec: {cluster: {name: other, cidr: ''}, kubelet: {config: {maxPods: 17}}}"
    )
    config = read(mime(first, second))
    assert (config.name, config.cidr, config.max_pods) == ("other", "172.20.0.0/16", 17)


@pytest.mark.parametrize("encode", [lambda data: data, base64.b64encode], ids=["plain", "base64"])
def test_user_data_may_be_one_bare_document(encode: Callable[[bytes], bytes]) -> None:
    document = b"apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: n}}"
    assert read(encode(document)).name == "n"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("apiVersion: v1\nkind: Pod", 'no kind "Pod" is registered'),
        ("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: 12}}", "cannot unmarshal number"),
        (
            "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {certificateAuthority: '%'}}",
            "illegal base64",
        ),
        ("{", "json parse error"),
    ],
)
def test_what_cannot_be_read(document: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read(mime(document))


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("", "ec2.example.com", False),
        ("example.com", "ec2.example.com", True),
        ("example.com", "notexample.com", False),
        (".example.com", "example.com", False),
        (".example.com", "a.b.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "example.com", False),
        ("EXAMPLE.com", "Example.COM", True),
        ("example.com:443", "example.com", True),
        ("example.com:80", "example.com", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "example.com", False),
        ("10.1.2.3", "10.1.2.3", True),
        (" a.com , b.com ", "b.com", True),
        ("*", "anything", True),
        ("", "localhost", True),
        ("", "127.0.0.1", True),
        (".eks.amazonaws.com", "eks.ap-northeast-1.amazonaws.com", False),
    ],
)
def test_no_proxy_as_go_reads_it(no_proxy: str, host: str, direct: bool) -> None:
    found = proxy_for({"https_proxy": "proxy.internal:3128", "NO_PROXY": no_proxy}, host)
    assert (found is None) == direct


def test_a_boot_knows_nothing_of_the_wizard() -> None:
    """Otherwise the wizard's checks would be judged by themselves."""
    files = list(Path(wizard.practice.boot.__path__[0]).glob("*.py"))
    assert len(files) > 5
    modules = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                modules.add(node.module or "")
            elif isinstance(node, ast.Import):
                modules.update(alias.name for alias in node.names)
    own = {module for module in modules if module.split(".")[0] == "wizard"}
    assert own
    assert {module for module in own if not module.startswith("wizard.practice")} == set()
