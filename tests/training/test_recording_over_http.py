"""A failure that was recorded fails in the same way in the account that is built from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import Builder

from screens.cli import main
from wizard.findings import Severity
from wizard.standing.check import look
from wizard.standing.observe import observe
from wizard.steps.account.observe import who_and_where
from wizard.training import staging
from wizard.training.recording.nodes import CLUSTER
from wizard.training.scenario import load


def broken_dns(account: Any) -> None:
    """The name of EC2's endpoint is not answered in the VPC."""
    ec2 = account.client("ec2")
    found = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    one = next(each for each in found if each["ServiceName"].endswith(".ec2"))
    ec2.modify_vpc_endpoint(VpcEndpointId=one["VpcEndpointId"], PrivateDnsEnabled=False)


def no_way_in(account: Any) -> None:
    """The nodes' role has no access entry."""
    role = account.client("iam").get_role(RoleName="eksNodeRole")["Role"]["Arn"]
    account.client("eks").delete_access_entry(clusterName=CLUSTER, principalArn=role)


def nothing(_account: Any) -> None:
    """All is as it was built."""


def started_anew(account: Any) -> None:
    living = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    found = account.client("ec2").describe_instances(Filters=living)["Reservations"]
    ids = [one["InstanceId"] for reservation in found for one in reservation["Instances"]]
    account.client("ec2").terminate_instances(InstanceIds=ids)
    for _ in range(2):
        account.client("autoscaling").describe_auto_scaling_groups()
        account.pass_time(600)


def stops(operator: Builder) -> tuple[list[str], list[str]]:
    """The codes of what forbids nodes to join, and what their consoles show of it, by those words that hold no name."""
    found = look(CLUSTER, observe(operator.doors, CLUSTER, who_and_where(operator.doors)))
    wrong = [one for one in found.findings if one.severity is Severity.STOP]
    lines = {" ".join(word for word in line.split() if word.isalpha()) for one in wrong for line in one.seen}
    return sorted(one.code for one in wrong), sorted(lines)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "breaks", [broken_dns, *(pytest.param(one, marks=pytest.mark.long) for one in (no_way_in, nothing))]
)
def test_what_is_built_from_a_recording_fails_alike(
    account: Any, builder: Callable[..., Builder], tmp_path: Path, capsys: pytest.CaptureFixture[str], breaks: Any
) -> None:
    operator = builder()
    operator.build()
    breaks(account)
    started_anew(account)
    wrong = stops(operator)
    file = tmp_path / "failure.yaml"
    where = ("--endpoint-url", account.endpoint_url, "--region", account.region)

    before = account.calls()[-1]["number"]
    code = main(["check", "--cluster", CLUSTER, *where, "--record", str(file)])

    assert code == (3 if wrong[0] else 0)
    assert account.writes(before) == []
    assert f"eks-wizard practice {file}" in capsys.readouterr().err
    recorded = file.read_text("utf-8")
    instances = account.client("ec2").describe_instances()["Reservations"]
    ids = [one[key] for found in instances for one in found["Instances"] for key in ("InstanceId", "SubnetId", "VpcId")]
    for secret in (*ids, "10.110.", "eksNodeRole", "proxy.example", "eks-wizard:", "eksCluster-node"):
        assert secret not in recorded, secret

    account.reset()
    staging.begin(account.endpoint_url, load(file))
    assert stops(operator) == wrong


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kept.yaml"
    file.write_text("mine")
    assert main(["check", "--cluster", CLUSTER, "--region", "ap-northeast-1", "--record", str(file)]) == 2
    assert file.read_text() == "mine"
    assert "exists already" in capsys.readouterr().err
