"""``plan --as aws-cli``, run by the real aws CLI, makes what a replay makes."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import Builder
from replay_process import PROGRAM, ROOT, environment
from resources import standing, twins

ARTICLE = str(ROOT / "profiles" / "article.yaml")


def carried_out(account: Any, home: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """What ``plan --as aws-cli`` prints for the account as it is, run by a shell."""
    shell = environment(account, home)
    command = [*PROGRAM, "plan", ARTICLE, "--as", "aws-cli", *more]
    before = account.writes()
    script = home / "build.sh"
    script.write_text(subprocess.run(command, env=shell, capture_output=True, text=True, check=True).stdout)
    assert account.writes() == before
    return subprocess.run(
        ["/bin/sh", str(script)],
        check=False,
        env={**shell, "PAUSE_SECONDS": "0", "PATH": os.environ["PATH"]},
        cwd=home,
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(not shutil.which("aws"), reason="the aws CLI is not installed")
@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_script_replaces_what_failed(hurried_account: Any, tmp_path: Path) -> None:
    """Built by hand as far as the endpoints, of which one fails; then it is deleted, waited for and made again."""
    ec2 = hurried_account.client("ec2")
    hurried_account.catalogue(failing_endpoint_services=["sts"])
    home = tmp_path / "home"
    first = carried_out(hurried_account, home, "--until", "endpoints")
    assert first.returncode == 1, first.stderr
    assert "endpoints.sts: failed" in first.stderr
    of_sts = [{"Name": "service-name", "Values": [f"com.amazonaws.{hurried_account.region}.sts"]}]
    [old] = ec2.describe_vpc_endpoints(Filters=of_sts)["VpcEndpoints"]
    hurried_account.catalogue(failing_endpoint_services=[])

    again = carried_out(hurried_account, home, "--until", "endpoints")

    assert again.returncode == 0, again.stderr
    [new] = ec2.describe_vpc_endpoints(Filters=of_sts)["VpcEndpoints"]
    assert (new["State"], new["VpcEndpointId"] == old["VpcEndpointId"]) == ("available", False)
    kept = home / f"evidence-endpoints.sts.gone.{old['VpcEndpointId']}.json"
    assert old["LastError"]["Message"] in kept.read_text()


@pytest.mark.skipif(not shutil.which("aws"), reason="the aws CLI is not installed")
@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_script_makes_the_same_resources(
    builder: Callable[..., Builder], account: Any, hurried_account: Any, tmp_path: Path
) -> None:
    operator = builder()
    operator.build()
    operator.verify()
    wanted = standing(account)
    home = tmp_path / "home"

    ran = carried_out(hurried_account, home)

    assert ran.returncode == 0, ran.stderr
    shell = environment(hurried_account, home)
    replayed = subprocess.run([*PROGRAM, "verify", ARTICLE], check=False, env=shell, capture_output=True, text=True)
    assert replayed.returncode == 0, replayed.stderr
    assert twins(hurried_account) == []
    assert standing(hurried_account) == wanted
