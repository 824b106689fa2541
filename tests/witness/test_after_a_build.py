"""The real aws CLI and the real kubectl look at what was built."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import Builder

from wizard.kube import node_table

aws_cli = pytest.mark.skipif(not shutil.which("aws"), reason="the aws CLI is not installed")
kubectl = pytest.mark.skipif(not shutil.which("kubectl") or not shutil.which("aws"), reason="kubectl is not installed")


@pytest.fixture
def built(builder: Callable[..., Builder]) -> Builder:
    """An operator who has built the article's cluster."""
    operator = builder()
    operator.build()
    operator.verify()
    return operator


def run(account: Any, operator: Builder, *command: str) -> str:
    """What a real program prints in a shell that is set up for the practice account and this operator's kubeconfig."""
    kubeconfig = operator.doors.machine.environment["KUBECONFIG"]
    environment = {**account.practice.env, "PATH": os.environ["PATH"], "HOME": str(Path(kubeconfig).parent)}
    told = subprocess.run(
        command, check=False, env={**environment, "KUBECONFIG": kubeconfig}, capture_output=True, text=True, timeout=60
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


@aws_cli
def test_aws_describes_a_private_cluster_and_its_endpoints(account: Any, built: Builder) -> None:
    cluster = json.loads(run(account, built, "aws", "eks", "describe-cluster", "--name", "eksCluster"))["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["resourcesVpcConfig"]["endpointPrivateAccess"] is True
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is False
    vpc = cluster["resourcesVpcConfig"]["vpcId"]
    query = "VpcEndpoints[].[ServiceName, State, PrivateDnsEnabled]"
    filters = f"Name=vpc-id,Values={vpc}"
    command = ("aws", "ec2", "describe-vpc-endpoints", "--filters", filters, "--query", query)
    endpoints = json.loads(run(account, built, *command))
    assert sorted(name.split("ap-northeast-1.")[1] for name, _, _ in endpoints) == [
        "ec2", "ecr.api", "ecr.dkr", "s3", "sts",
    ]  # fmt: skip
    assert {state for _, state, _ in endpoints} == {"available"}
    assert all(private for name, _, private in endpoints if not name.endswith("s3"))
    stack = json.loads(run(account, built, "aws", "cloudformation", "describe-stacks"))["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


@aws_cli
def test_aws_update_kubeconfig_means_the_same(account: Any, built: Builder, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    run(account, built, "aws", "eks", "update-kubeconfig", "--name", "eksCluster", "--kubeconfig", str(theirs))
    ours = Path(built.doors.machine.environment["KUBECONFIG"])
    assert yaml.safe_load(ours.read_text()) == yaml.safe_load(theirs.read_text())


@kubectl
def test_kubectl_prints_the_nodes_as_we_do(account: Any, built: Builder) -> None:
    printed = run(account, built, "kubectl", "get", "nodes").splitlines()
    nodes = built.look().facts.kubeconfig.nodes
    ours = node_table(nodes, datetime.now(UTC)).splitlines()
    # AGE counts on while the two look, and the practice account's clock is not this machine's.
    age = 3
    without_age = [[word for column, word in enumerate(line.split()) if column != age] for line in printed]
    assert without_age == [[word for column, word in enumerate(line.split()) if column != age] for line in ours]
    assert [line.split()[1] for line in printed[1:]] == ["Ready", "Ready"]
    assert printed[0].split() == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
