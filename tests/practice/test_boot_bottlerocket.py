"""Bottlerocket's boot: its settings are read, and what is wrong with them is told on the console."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from wizard.practice.boot import bottlerocket
from wizard.practice.boot.node_config import UnreadableError
from wizard.practice.boot.sequence import Boot, boot
from wizard.practice.boot.snapshot import (
    AccessEntry,
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

REGION = "ap-northeast-1"
ROLE = "arn:aws:iam::123456789012:role/eksNodeRole"
OPEN = Group(
    "sg-1", ingress=(Rule(cidrs=(IPv4Network("0.0.0.0/0"),)),), egress=(Rule(cidrs=(IPv4Network("0.0.0.0/0"),)),)
)
SUBNET = Subnet(
    "subnet-1",
    IPv4Network("10.110.3.0/24"),
    "rtb-1",
    (Route(IPv4Network("10.110.0.0/16"), "local"), Route(IPv4Network("10.0.0.0/16"), "vgw-1")),
)
CLUSTER = Cluster(
    "eksCluster",
    f"https://ABC.gr7.{REGION}.eks.amazonaws.com",
    "Y2E=",
    groups=(OPEN,),
    subnets=(SUBNET,),
    access_entries=(AccessEntry(ROLE, "EC2_LINUX"),),
)
SETTINGS = f"""
[settings.kubernetes]
cluster-name = "eksCluster"
api-server = "{CLUSTER.endpoint}"
cluster-certificate = "Y2E="
cluster-dns-ip = "172.20.0.10"
"""
MACHINE = Machine(
    id="i-00000000000000001",
    region=REGION,
    account="123456789012",
    instance_type="m5.large",
    address=IPv4Address("10.110.3.10"),
    private_dns_name=f"ip-10-110-3-10.{REGION}.compute.internal",
    subnet=SUBNET,
    groups=(OPEN,),
    user_data=SETTINGS.encode(),
    role=Role(ROLE, "AROA1", ("ec2:*", "ecr:*")),
    ami_release="",
    bottlerocket="1.52.0-6b1c2f2d",
)


def surroundings(*services: str) -> Surroundings:
    """The VPC with endpoints for these services and S3."""
    interfaces = tuple(Endpoint(f"vpce-{name}", name, groups=(OPEN,), subnets=(SUBNET,)) for name in services)
    s3 = Endpoint("vpce-s3", "s3", gateway=True, private_dns=False, route_tables=("rtb-1",), prefix_list="pl-1")
    return Surroundings((IPv4Network("10.110.0.0/16"),), endpoints=(*interfaces, s3), clusters=(CLUSTER,))


ALL = surroundings("ec2", "ecr.api", "ecr.dkr")


def booted(text: str = SETTINGS, around: Surroundings = ALL, **changes: Any) -> Boot:
    return boot(replace(MACHINE, user_data=text.encode(), **changes), around)


def test_a_node_with_its_settings_becomes_ready() -> None:
    found = booted()
    assert (found.outcome, found.max_pods, found.cluster) == ("Ready", 29, "eksCluster")
    console = "\n".join(found.console)
    assert "Welcome to Bottlerocket OS 1.52.0 (aws-k8s-1.34)!" in console
    assert "nodeadm" not in console
    assert "Successfully registered node" in console


def test_max_pods_is_a_setting() -> None:
    assert booted(SETTINGS + "max-pods = 110\n").max_pods == 110


@pytest.mark.parametrize("name", ["cluster-name", "api-server", "cluster-certificate"])
def test_without_a_setting_of_the_cluster_kubelet_is_not_configured(name: str) -> None:
    found = booted("\n".join(line for line in SETTINGS.splitlines() if not line.startswith(name)))
    assert found.outcome == "never appears"
    assert f"Variable 'settings.kubernetes.{name}' not found" in found.reason
    assert "thar-be-settings.service: Failed" in "\n".join(found.console)


@pytest.mark.parametrize("text", ["MIME-Version: 1.0\n", "[settings", "[settings]\nkubernetes = 1\n"])
def test_what_is_no_toml_of_settings_is_refused(text: str) -> None:
    found = booted(text)
    assert found.outcome == "never appears"
    assert "early-boot-config" in "\n".join(found.console)


def test_without_the_ec2_endpoint_pluto_fails() -> None:
    found = booted(around=surroundings("ecr.api", "ecr.dkr"))
    assert found.outcome == "never appears"
    assert "pluto private-dns-name" in found.reason


def test_the_proxy_of_the_settings_is_everybodys() -> None:
    proxy = 'https-proxy = "http://10.0.5.5:8080"\n'
    direct = 'no-proxy = ["10.110.0.0/16", ".eks.amazonaws.com"]\n'
    nothing = surroundings()
    assert booted(f"{SETTINGS}[settings.network]\n{proxy}{direct}", nothing).outcome == "NotReady"
    # aws-node is a pod: it does not know the proxy, and needs the endpoint.
    assert booted(f"{SETTINGS}[settings.network]\n{proxy}{direct}", surroundings("ec2")).outcome == "Ready"
    shadowed = booted(f"{SETTINGS}[settings.network]\n{proxy}", surroundings("ec2"))
    assert shadowed.reason.endswith("Forbidden")


def test_settings_of_the_wrong_type_are_told() -> None:
    with pytest.raises(UnreadableError, match="no-proxy"):
        bottlerocket.read(b'[settings.network]\nhttps-proxy = "http://p:1"\nno-proxy = "a,b"\n')
    with pytest.raises(UnreadableError, match="cluster-name"):
        bottlerocket.read(b"[settings.kubernetes]\ncluster-name = 1\n")
