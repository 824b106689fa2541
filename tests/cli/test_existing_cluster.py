"""``check --cluster`` in the practice account: something is broken, nodes start, and the cause is named."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from builders import Builder

from screens.cli import main
from wizard.permissions import READS, STANDING_READS, iam_action
from wizard.plan import Call


@dataclass
class Standing:
    """The article's cluster, built by somebody, and what breaks and mends it."""

    account: Any

    def started_anew(self) -> None:
        """Replaces all nodes, and lets the new ones get as far as they do."""
        living = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        found = self.account.client("ec2").describe_instances(Filters=living)["Reservations"]
        ids = [one["InstanceId"] for reservation in found for one in reservation["Instances"]]
        self.account.client("ec2").terminate_instances(InstanceIds=ids)
        for _ in range(2):
            self.account.client("autoscaling").describe_auto_scaling_groups()
            self.account.pass_time(600)

    def endpoint(self, service: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.account.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        return next(one for one in found if one["ServiceName"].endswith(f".{service}"))

    def check(self, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and events of the real command."""
        capsys.readouterr()
        where = ("--endpoint-url", self.account.endpoint_url, "--region", self.account.region)
        code = main(["check", "--cluster", "eksCluster", "--json", *where, *more])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def standing(account: Any, builder: Callable[..., Builder]) -> Standing:
    operator = builder()
    operator.build()
    operator.verify()
    return Standing(account)


def findings(events: list[dict[str, Any]], severity: str) -> list[str]:
    return [event["code"] for event in events if event["type"] == "finding" and event["severity"] == severity]


def nodes(events: list[dict[str, Any]]) -> list[str]:
    return [one["node_state"] for event in events if event["type"] == "launch" for one in event["instances"]]


def test_a_cluster_is_looked_at_without_a_profile_and_what_keeps_its_nodes_away_is_named(
    standing: Standing, capsys: pytest.CaptureFixture[str]
) -> None:
    """One build for all that can be mended again: each fault is shown, named with the console's line, and mended."""
    account, ec2 = standing.account, standing.account.client("ec2")
    before = account.calls()[-1]["number"]
    code, events = standing.check(capsys)
    assert (code, findings(events, "stop"), nodes(events)) == (0, [], ["Ready", "Ready"])
    assert account.writes(after=before) == []
    asked = {iam_action(Call(call["service"], call["operation"], {})) for call in account.calls(before)}
    rare = {
        "autoscaling:DescribeLaunchConfigurations", "ec2:DescribeInstanceAttribute", "ec2:GetManagedPrefixListEntries",
        "eks:ListFargateProfiles", "iam:GetRolePolicy",
    }  # fmt: skip
    assert asked - set(READS) == set(STANDING_READS) - rare

    ec2.modify_vpc_endpoint(VpcEndpointId=standing.endpoint("ec2")["VpcEndpointId"], PrivateDnsEnabled=False)
    standing.started_anew()
    code, events = standing.check(capsys)
    stop = next(event for event in events if event.get("severity") == "stop")
    assert (code, stop["code"], nodes(events)) == (3, "NODE645", ["no node", "no node"])
    assert "DescribeInstances" in stop["seen"][0]
    ec2.modify_vpc_endpoint(VpcEndpointId=standing.endpoint("ec2")["VpcEndpointId"], PrivateDnsEnabled=True)

    role = account.client("iam").get_role(RoleName="eksNodeRole")["Role"]["Arn"]
    account.client("eks").delete_access_entry(clusterName="eksCluster", principalArn=role)
    standing.started_anew()
    code, events = standing.check(capsys)
    stop = next(event for event in events if event.get("severity") == "stop")
    assert (code, stop["code"], nodes(events)) == (3, "NODE660", ["no node", "no node"])
    assert "Unauthorized" in stop["seen"][0]

    account.faults({"operation": "GetConsoleOutput|DescribeVpcEndpoints", "what": "refuse"})
    code, events = standing.check(capsys)
    assert code == 3
    assert findings(events, "unknown") == ["NODE690", "NODE690"]
    assert "NODE671" not in findings(events, "ok")
    assert "NODE660" in findings(events, "stop")
    account.faults()


def test_without_a_region_nothing_is_asked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    assert main(["check", "--cluster", "eksCluster"]) == 2
    assert "--region" in capsys.readouterr().err


@pytest.mark.parametrize("region", ["mars-north-1", "ap-north-1"])
def test_a_region_that_is_none_is_told_before_anything_is_asked(
    region: str, account: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = len(account.calls())
    code = main(["check", "--cluster", "eksCluster", "--endpoint-url", account.endpoint_url, "--region", region])
    assert code == 2
    told = capsys.readouterr().err
    assert f"knows no EKS in region {region}." in told
    assert "--region" in told
    assert len(account.calls()) == asked


def test_a_cluster_that_is_not_there(account: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, events = Standing(account).check(capsys)
    assert (code, findings(events, "stop")) == (3, ["NODE691"])


# No reasons here: notes, policies of AWS that are known by name, and what only matters when something is wrong.
OF_NO_CONSEQUENCE = {
    "eks:DescribeClusterVersions",
    "ec2:DescribeAvailabilityZones",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "ec2:DescribePrefixLists",
    "ec2:GetConsoleOutput",
    # Of a service that has an endpoint no zone is asked.
    "route53:ListHostedZonesByVPC",
}


@pytest.mark.long
def test_each_read_that_is_refused_is_unknown_and_nothing_is_ok_then(
    standing: Standing, capsys: pytest.CaptureFixture[str]
) -> None:
    before = standing.account.calls()[-1]["number"]
    standing.check(capsys)
    asked = {(call["service"], call["operation"]) for call in standing.account.calls(before)}
    silent = set()
    for service, operation in sorted(asked - {("sts", "GetCallerIdentity")}):
        standing.account.faults({"service": service, "operation": operation, "what": "refuse"})
        code, events = standing.check(capsys)
        assert code in (0, 3), (operation, code)
        if not findings(events, "unknown") and code == 0:
            silent.add(iam_action(Call(service, operation, {})))
    standing.account.faults()
    assert silent == OF_NO_CONSEQUENCE
