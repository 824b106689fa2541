"""``replay`` from end to end, and each way in which it ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.journal import Journal

# conftest.py's fixture; a test folder is no package to import its types from.
Run = Callable[..., Any]

DENIED = {"writes_only": True, "what": "refuse"}


def test_a_build_ends_with_its_nodes_and_the_next_step(account: Any, at_practice: Run) -> None:
    ran = at_practice("replay", "--yes")
    assert ran.code == 0
    nodes, kubeconfig, following = ran.out.splitlines()[:-2], *ran.out.splitlines()[-2:]
    assert nodes[0].split() == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    assert [node.split()[1] for node in nodes[1:]] == ["Ready", "Ready"]
    path = account.practice.folder / "kubeconfig"
    assert kubeconfig == f"kubeconfig: {path}"
    assert following == f"next: kubectl --kubeconfig {path} get node"
    assert path.exists()
    assert not (Path.home() / ".kube").exists()
    assert "PRACTICE — NOT AWS" in ran.err

    after = account.calls()[-1]["number"]
    again = at_practice("replay", "--yes")
    assert again.code == 0
    assert "Nothing to do" in again.err
    assert again.out.splitlines()[0] == nodes[0]
    assert account.writes(after) == []


def test_json_is_one_event_per_line(at_practice: Run) -> None:
    ran = at_practice("replay", "--yes", "--json")
    kinds = [event["type"] for event in ran.events]
    assert ran.events[0] | {"at": 0, "version": 0} == {
        "type": "start", "schema_version": 1, "command": "replay", "at": 0, "version": 0,
    }  # fmt: skip
    assert ran.events[-1] == {"type": "end", "exit_code": 0}
    assert ran.err == ""
    assert ran.of("account")[0]["practice"] is True
    changes = [change["id"] for change in ran.of("change")]
    assert ran.of("plan")[0]["changes"] == len(changes)
    assert sorted(event["change"] for event in ran.of("done")) == sorted(changes)
    assert sorted(event["change"] for event in ran.of("started")) == sorted(changes)
    assert kinds.index("account") < kinds.index("finding") < kinds.index("plan") < kinds.index("started")
    assert [node["ready"] for node in ran.of("node")] == [True, True]


def test_a_dry_run_only_reads(account: Any, at_practice: Run) -> None:
    ran = at_practice("replay", "--dry-run")
    assert ran.code == 0
    assert "ec2:CreateVpc" in ran.err
    assert account.writes() == []


def test_until_a_step(account: Any, at_practice: Run) -> None:
    ran = at_practice("replay", "--yes", "--json", "--until", "vpc")
    assert ran.code == 0
    assert {change["step"] for change in ran.of("change")} == {"role", "vpc"}
    assert not any(write.startswith("eks.") for write in account.writes())


def test_nobody_is_asked_without_a_terminal(account: Any, at_practice: Run) -> None:
    ran = at_practice("replay")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert account.calls() == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "account.id=210987654321"], "210987654321"),
        (["--region", "us-east-1"], "us-east-1"),
        (["--set", "cluster.name=-x"], "cluster.name"),
        (["--set", "cluster.colour=blue"], "colour"),
    ],
)
def test_a_wrong_profile_ends_with_2(account: Any, at_practice: Run, options: list[str], said: str) -> None:
    ran = at_practice("replay", "--yes", *options)
    assert ran.code == 2
    assert said in ran.err
    assert account.writes() == []


def test_a_profile_that_is_not_there(run: Run, tmp_path: Path) -> None:
    ran = run("replay", str(tmp_path / "none.yaml"), "--yes")
    assert ran.code == 2
    assert "none.yaml" in ran.err


def test_yes_never_overrides_a_finding_that_stops(account: Any, at_practice: Run) -> None:
    ran = at_practice("replay", "--yes", "--set", "site.on_premises_cidrs=[10.110.0.0/16]", "--json")
    assert ran.code == 3
    assert "stop" in {finding["severity"] for finding in ran.of("finding")}
    assert account.writes() == []


def test_each_warning_has_to_be_accepted(account: Any, at_practice: Run) -> None:
    options = ("--yes", "--json", "--until", "cluster", "--set", "cluster.addons=[vpc-cni]")
    refused = at_practice("replay", *options)
    assert refused.code == 3
    warned = {finding["code"] for finding in refused.of("finding") if finding["severity"] == "warn"}
    assert all(f"--accept {code}" in refused.of("error")[0]["do"] for code in warned)
    assert warned
    assert account.writes() == []
    accepted = at_practice("replay", *options, *(word for code in warned for word in ("--accept", code.lower())))
    assert accepted.code == 0


def test_only_the_expected_plan_is_built(account: Any, at_practice: Run) -> None:
    refused = at_practice("replay", "--yes", "--json", "--until", "role", "--expect", "0" * 64)
    assert refused.code == 3
    assert account.writes() == []
    digest = refused.of("plan")[0]["digest"]
    assert at_practice("replay", "--yes", "--until", "role", "--expect", digest).code == 0


def test_one_run_at_a_time(account: Any, at_practice: Run) -> None:
    folder = account.practice.folder / "clusters" / "123456789012" / "ap-northeast-1" / "eksCluster"
    with Journal(folder).lock():
        ran = at_practice("replay", "--yes")
    assert ran.code == 3
    assert "process" in ran.err
    assert account.writes() == []


def test_a_plan_that_changed_meanwhile_is_shown_and_not_built(
    account: Any, at_practice: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screens import replay as replaying

    gate = replaying._gate

    def meanwhile(*arguments: Any) -> Any:
        account.client("iam").detach_role_policy(RoleName="eksClusterRole", PolicyArn=policy)
        account.settled()
        return gate(*arguments)

    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    assert at_practice("replay", "--yes", "--until", "role").code == 0
    before = account.calls()[-1]["number"]
    monkeypatch.setattr(replaying, "_gate", meanwhile)
    ran = at_practice("replay", "--yes", "--until", "vpc")
    assert ran.code == 3
    assert "added    role.cluster.policy.AmazonEKSClusterPolicy\n" in ran.err
    assert account.writes(before) == ["iam.DetachRolePolicy"]


def test_what_is_found_just_before_the_first_write_stops_too(
    account: Any, at_practice: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screens import replay as replaying

    gate = replaying._gate

    def meanwhile(*arguments: Any) -> Any:
        account.client("iam").create_role(RoleName="eksNodeRole", AssumeRolePolicyDocument=(
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},'
            '"Action":"sts:AssumeRole"}]}'))  # fmt: skip
        account.settled()
        return gate(*arguments)

    monkeypatch.setattr(replaying, "_gate", meanwhile)
    ran = at_practice("replay", "--yes")
    assert ran.code == 3
    assert "Findings stop it" in ran.err
    assert account.writes() == ["iam.CreateRole"]


def test_refused_before_anything_was_written(account: Any, at_practice: Run) -> None:
    account.faults({"service": "sts", "what": "refuse"})
    ran = at_practice("replay", "--yes")
    assert ran.code == 4
    assert "sts:GetCallerIdentity" in ran.err
    assert "Log: " in ran.err


def test_no_right_to_write_anything(account: Any, at_practice: Run) -> None:
    account.faults(DENIED)
    warned = at_practice("replay", "--yes")
    assert warned.code == 3
    assert "--accept ACC027" in warned.err
    assert account.writes() == []
    ran = at_practice("replay", "--yes", "--accept", "ACC027")
    assert ran.code == 4
    assert "0 of " in ran.err


def test_a_right_that_is_missing_is_told_before_anything_is_written(account: Any, at_practice: Run) -> None:
    account.faults({**DENIED, "service": "eks", "operation": "CreateCluster"})
    ran = at_practice("replay", "--yes", "--json")
    assert ran.code == 3
    stops = {each["code"]: each for each in ran.of("finding") if each["severity"] == "stop"}
    assert set(stops) == {"ACC020"}
    assert "eks:CreateCluster" in stops["ACC020"]["says"]
    assert account.writes() == []


def test_a_failure_half_way_tells_how_to_go_on(account: Any, at_practice: Run) -> None:
    # A denial that passes is no policy's: nobody can tell it before.
    account.faults({**DENIED, "service": "eks", "operation": "CreateCluster", "times": 1})
    options = ("--yes", "--set", "tags.team=a b", "--expect")
    digest = at_practice("replay", "--dry-run", "--json", "--set", "tags.team=a b").of("plan")[0]["digest"]
    ran = at_practice("replay", *options, digest)
    assert ran.code == 5
    assert "STOP    RUN001  cluster: " in ran.err
    assert "eks:CreateCluster" in ran.err
    resume = next(line for line in ran.err.splitlines() if line.startswith("To go on from here: "))
    assert resume.endswith(f"--endpoint-url {account.endpoint_url} --yes --set 'tags.team=a b'")
    assert Path(next(line for line in ran.err.splitlines() if line.startswith("Log: "))[5:]).exists()
    account.faults()
    assert at_practice("replay", *options[:-1]).code == 0


def test_built_but_not_verified(account: Any, at_practice: Run) -> None:
    assert at_practice("replay", "--yes", "--until", "role").code == 0
    # Who asks is read once to look, and once more to verify.
    account.faults({"service": "sts", "what": "refuse", "skip": 1})
    ran = at_practice("replay", "--yes", "--until", "role")
    assert ran.code == 6
    assert "To look again, run: eks-wizard replay" in ran.err


def test_a_bug_ends_with_1_and_its_trace_is_in_the_log(
    account: Any, at_practice: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard import engine

    def broken(*_: Any) -> None:
        raise RuntimeError("unforeseen\x1b[2J")

    monkeypatch.setattr(engine, "judge", broken)
    ran = at_practice("replay", "--yes")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err
    logged = (account.practice.folder / "log" / "eks-wizard.log").read_text()
    assert "RuntimeError: unforeseen" in logged
    assert "Traceback" in logged


def test_a_code_that_is_none_can_not_be_accepted(at_practice: Run) -> None:
    ran = at_practice("replay", "--yes", "--accept", "NODE6O3")
    assert ran.code == 2
    assert "There is no finding NODE6O3 to accept" in ran.err
