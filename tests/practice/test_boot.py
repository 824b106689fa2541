"""One case for each thing that keeps a node from joining, and for each way in which it joins all the same."""

import ast
import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from boot_cases import (
    ALL_OUT,
    ANYWHERE,
    AROUND,
    CLUSTER,
    LOCAL,
    MACHINE,
    NO_PROXY,
    OTHER,
    REGION,
    ROLE,
    SUBNET,
    VPC,
    behind,
    document,
    machine,
    mime,
    node_config,
    proxied,
    text,
    with_cluster,
    with_endpoint,
    without,
)

import wizard.practice.boot
from wizard.practice.boot.node_config import UnreadableError, read
from wizard.practice.boot.proxy import proxy_for
from wizard.practice.boot.sequence import boot
from wizard.practice.boot.snapshot import AccessEntry, AclEntry, Group, Machine, Route, Rule, Surroundings


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
        machine(user_data=mime(document(featureGates={"InstanceIdNodeName": True}))),
        with_cluster(access_entries=(AccessEntry(ROLE.arn, "EC2", "AROA1"),)),
    ),
]


@pytest.mark.parametrize(("node", "around"), [case[1:] for case in JOINS], ids=[case[0] for case in JOINS])
def test_joins(node: Machine, around: Surroundings) -> None:
    found = boot(node, around)
    assert (found.outcome, found.reason) == ("Ready", "")


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
        behind(AclEntry(100, True, True, ANYWHERE), AclEntry(100, False, True, ANYWHERE, "tcp", 443, 443)),
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
        "aws-node cannot use AWS",
    ),
    ("no instance profile", machine(role=None), AROUND, "never appears", "no EC2 IMDS role found"),
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
        "nodes is forbidden",
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
    second = (
        "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n"
        "spec: {cluster: {name: other, cidr: ''}, kubelet: {config: {maxPods: 17}}}"
    )
    config = read(mime(document(), second))
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
