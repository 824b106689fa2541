"""A plan as a shell script. That it builds what a replay builds is tests/witness's to say."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens import aws_cli
from wizard.plan import Call, Change, Plan, Ref, Wait, WriteFile

HOSTILE = """'; touch /tmp/owned; echo '$(id) `id` "$HOME" \\ %s ! \n#\x1b[2J\u202e"""
READ = Call("ec2", "DescribeVpcs", {"Filters": []})
VPC = Change("vpc", "vpc", "create", Call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}), Wait(READ, "Vpcs[].VpcId"))
SUBNET = Change(
    "vpc.subnet", "vpc", "create",
    Call("ec2", "CreateSubnet", {"VpcId": Ref("vpc", "Vpcs[0].VpcId"), "Name": HOSTILE, "Empty": [{}, [], None, True]}),
)  # fmt: skip


def plan(*changes: Change, cluster: str = "blue") -> Plan:
    return Plan("123456789012", "ap-northeast-1", cluster, "d" * 64, changes)


def run(
    plan: Plan, tmp_path: Path, answers: dict[str, Any], missing: str = "nothing at all"
) -> "subprocess.CompletedProcess[str]":
    """Runs the script with an ``aws`` that logs its arguments and answers from a list; ``missing`` is not found."""
    seen = tmp_path / "seen"
    aws = tmp_path / "aws"
    cases = "\n".join(
        f"  *{shlex.quote(key)}*) printf '%s' {shlex.quote(json.dumps(value))} ;;" for key, value in answers.items()
    )
    absent = f'*{shlex.quote(missing)}*) echo "ResourceNotFoundException" >&2; exit 254 ;;'
    aws.write_text(f'#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done >> {seen}\nprintf "\\0" >> {seen}\n'
                   f'case "$*" in\n{absent}\n{cases}\n'
                   f'  *get-caller-identity*) echo 123456789012 ;;\nesac\n')  # fmt: skip
    aws.chmod(0o755)
    script = tmp_path / "build.sh"
    script.write_text(aws_cli.script(plan))
    return subprocess.run(
        ["/bin/sh", str(script)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PAUSE_SECONDS": "0"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )


def calls(tmp_path: Path) -> list[list[str]]:
    """The arguments of each call of ``aws``."""
    return [call.split("\0") for call in (tmp_path / "seen").read_text().split("\0\0")[:-1]]


def test_values_go_from_answers_into_parameters_and_nothing_is_read_twice(tmp_path: Path) -> None:
    known = "vpc-1'$(id)`id`"
    done = run(plan(SUBNET, VPC), tmp_path, {"--query Vpcs[0].VpcId": known, "describe-vpcs": "ready"})
    assert done.returncode == 0, done.stderr
    made = {call[1]: json.loads(call[3]) for call in calls(tmp_path) if call[1].startswith("create-")}
    assert list(made) == ["create-vpc", "create-subnet"]
    assert made["create-subnet"] == {"VpcId": known, "Name": HOSTILE, "Empty": [{}, [], None, True]}
    assert not Path("/tmp/owned").exists()


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=30))
def test_any_text_reaches_aws_as_it_is(text: str) -> None:
    change = Change("x", "vpc", "create", Call("ec2", "CreateVpc", {"Name": text, "List": [text]}))
    word = aws_cli._json(change.action.params, {})  # type: ignore[union-attr]
    told = subprocess.run(["/bin/sh", "-c", f"printf %s {word}"], capture_output=True, check=True).stdout
    assert json.loads(told) == {"List": [text], "Name": text}


def test_comments_and_names_cannot_leave_their_line(tmp_path: Path) -> None:
    change = Change("x\ntouch /tmp/owned\n", "vpc", "wait", None, Wait(READ, "Vpcs"))
    done = run(plan(change, cluster="blue\ntouch /tmp/owned"), tmp_path, {"describe-vpcs": "ready"})
    assert done.returncode == 0, done.stderr
    assert not Path("/tmp/owned").exists()


def test_another_account_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    done = run(plan(VPC), tmp_path, {"get-caller-identity": "210987654321"})
    assert done.returncode == 2
    assert [call[1] for call in calls(tmp_path)] == ["get-caller-identity"]


@pytest.mark.parametrize(("answer", "said"), [("failed", "vpc: failed"), ("no", "vpc: not ready in time")])
def test_a_wait_ends(tmp_path: Path, answer: str, said: str) -> None:
    done = run(plan(VPC), tmp_path, {"describe-vpcs": answer})
    assert done.returncode == 1
    assert said in done.stderr


def test_what_failed_is_kept_and_deleted_and_a_missing_one_is_gone(tmp_path: Path) -> None:
    read = Call("eks", "DescribeCluster", {"name": "blue"})
    wait = Wait(read, "[cluster.arn]", limit=5, evidence=(read,), gone=True)
    gone = Change("cluster.gone", "cluster", "replace", Call("eks", "DeleteCluster", {"name": "blue"}), wait)
    answers = {"--query !": "no", "describe-cluster": {"cluster": {"status": "FAILED"}}}
    still_there = run(plan(gone), tmp_path, answers)
    assert (still_there.returncode, "cluster.gone: not ready in time" in still_there.stderr) == (1, True)

    (tmp_path / "seen").unlink()
    done = run(plan(gone), tmp_path, answers, missing="--query !")
    assert done.returncode == 0, done.stderr
    assert [call[1] for call in calls(tmp_path)] == [
        "get-caller-identity", "describe-cluster", "delete-cluster", "describe-cluster",
    ]  # fmt: skip
    kept = tmp_path / "evidence-cluster.gone.json"
    assert "FAILED" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_value_that_the_answer_lacks_ends_the_script(tmp_path: Path) -> None:
    done = run(plan(VPC, SUBNET), tmp_path, {"--query Vpcs[0].VpcId": None, "describe-vpcs": "ready"})
    assert done.returncode == 1
    assert "vpc: the answer lacks a value" in done.stderr
    assert "create-subnet" not in [call[1] for call in calls(tmp_path)]


def test_a_kubeconfig_is_the_aws_clis_to_write() -> None:
    change = Change("kubeconfig", "kubeconfig", "create", WriteFile("/a b/config", {"contexts": {"name": "work"}}))
    assert (
        "aws eks update-kubeconfig --name blue --region ap-northeast-1 --kubeconfig '/a b/config' --alias work"
        in aws_cli.script(plan(change)).splitlines()
    )


@pytest.mark.parametrize(
    ("wait", "answer", "state"),
    [
        (Wait(READ, "Vpcs[].Id"), {"Vpcs": []}, []),
        (Wait(READ, "Vpcs[].Id"), {"Vpcs": [{"Id": "1"}]}, "ready"),
        (Wait(READ, "[c.arn]", "c.s=='ON'", "c.s=='BAD'"), {"c": {"arn": "a", "s": "ON"}}, "ready"),
        (Wait(READ, "[c.arn]", "c.s=='ON'", "c.s=='BAD'"), {"c": {"arn": "a", "s": "BAD"}}, "failed"),
        (Wait(READ, "[c.arn]", "c.s=='ON'", "c.s=='BAD'"), {"c": {"arn": "a", "s": "SOON"}}, False),
        (Wait(READ, "Vpcs[].Id", gone=True), {"Vpcs": []}, "ready"),
        (Wait(READ, "Vpcs[].Id", gone=True), {"Vpcs": [{"Id": "1"}]}, False),
        (Wait(READ, "Vpcs[].Id", failed="Vpcs[0].Bad", gone=True), {"Vpcs": [{"Id": "1", "Bad": True}]}, "failed"),
    ],
)
def test_a_state_is_one_word(wait: Wait, answer: dict[str, Any], state: object) -> None:
    assert jmespath.search(aws_cli._state(wait), answer) == state


def test_operations_are_named_as_the_aws_cli_names_them() -> None:
    names = {
        "DescribeVpcs": "describe-vpcs",
        "CreateVpcEndpoint": "create-vpc-endpoint",
        "GetOIDCProvider": "get-oidc-provider",
    }
    assert {name: aws_cli.kebab(name) for name in names} == names
