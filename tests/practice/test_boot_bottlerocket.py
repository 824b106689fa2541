"""Bottlerocket's boot: its settings are read, and what is wrong with them is told on the console."""

from typing import Any

import pytest
from boot_cases import AROUND, SETTINGS, bottlerocket, without

from wizard.practice.boot import bottlerocket as settings
from wizard.practice.boot.node_config import UnreadableError
from wizard.practice.boot.sequence import Boot, boot
from wizard.practice.boot.snapshot import Surroundings


def booted(text: str = SETTINGS, around: Surroundings = AROUND, **changes: Any) -> Boot:
    return boot(bottlerocket(text, **changes), around)


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
    found = booted(around=without("ec2"))
    assert found.outcome == "never appears"
    assert "pluto: Error describing instance" in found.reason


def test_the_proxy_of_the_settings_is_everybodys() -> None:
    proxy = 'https-proxy = "http://10.0.5.5:8080"\n'
    direct = 'no-proxy = ["10.110.0.0/16", ".eks.amazonaws.com"]\n'
    nothing = without("ec2", "ecr.api", "ecr.dkr", "s3")
    found = booted(f"{SETTINGS}[settings.network]\n{proxy}{direct}", nothing)
    # aws-node is a pod: it does not know the proxy, and needs the endpoint.
    assert (found.outcome, found.step, found.rule) == ("NotReady", "network plugin's ec2", "proxy-not-for-pods")
    only_ec2 = without("ecr.api", "ecr.dkr", "s3")
    assert booted(f"{SETTINGS}[settings.network]\n{proxy}{direct}", only_ec2).outcome == "Ready"


def test_the_cluster_is_direct_by_itself() -> None:
    """Bottlerocket adds the API server to what goes direct."""
    assert booted(f'{SETTINGS}[settings.network]\nhttps-proxy = "http://10.0.5.5:8080"\n').outcome == "Ready"


def test_settings_of_the_wrong_type_are_told() -> None:
    with pytest.raises(UnreadableError, match="no-proxy"):
        settings.read(b'[settings.network]\nhttps-proxy = "http://p:1"\nno-proxy = "a,b"\n')
    with pytest.raises(UnreadableError, match="cluster-name"):
        settings.read(b"[settings.kubernetes]\ncluster-name = 1\n")
