"""The aws CLI as witness: its update-kubeconfig and ours mean the same."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from wizard.cloud import Access, Cloud
from wizard.kubeconfig import entry, holds, put

AWS = shutil.which("aws")
pytestmark = pytest.mark.skipif(AWS is None, reason="the aws CLI is not installed")

OTHERS = """\
apiVersion: v1
kind: Config
current-context: dev
preferences: {}
clusters:
- {name: dev, cluster: {server: "https://10.0.0.1"}}
contexts:
- {name: dev, context: {cluster: dev, user: dev}}
users:
- {name: dev, user: {token: abc}}
"""


@pytest.mark.parametrize(("before", "context"), [(None, None), (OTHERS, None), (OTHERS, "work")])
def test_ours_means_what_the_aws_cli_writes(
    account: Any, cluster: dict[str, Any], tmp_path: Path, before: str | None, context: str | None
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    if before is not None:
        ours.write_text(before, encoding="utf-8")
        theirs.write_text(before, encoding="utf-8")
    made = entry(
        cluster["name"],
        cluster["arn"],
        cluster["endpoint"],
        cluster["certificateAuthority"]["data"],
        account.region,
        context,
    )
    put(ours, made)
    assert AWS is not None
    subprocess.run(
        [AWS, "eks", "update-kubeconfig", "--name", cluster["name"], "--kubeconfig", str(theirs)]
        + (["--alias", context] if context else []),
        env={**os.environ, **account.practice.env},
        check=True,
        capture_output=True,
        timeout=60,
    )
    text = theirs.read_text(encoding="utf-8")
    assert yaml.safe_load(ours.read_text(encoding="utf-8")) == yaml.safe_load(text)
    assert holds(text, made)


def test_the_entry_names_the_profile_that_the_aws_cli_would_name(
    account: Any, cluster: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = ap-northeast-1\n", encoding="utf-8")
    environment = {**account.practice.env, "AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "work"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    theirs = tmp_path / "theirs"
    assert AWS is not None
    subprocess.run(
        [AWS, "eks", "update-kubeconfig", "--name", cluster["name"], "--kubeconfig", str(theirs)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    (user,) = yaml.safe_load(theirs.read_text(encoding="utf-8"))["users"]
    assert user["user"]["exec"]["env"] == [{"name": "AWS_PROFILE", "value": "work"}]
    assert Cloud(Access(region=account.region)).profile == "work"
    assert Cloud(Access(region=account.region, profile="work")).profile == "work"
    assert Cloud(Access(region=account.region, practice=True)).profile is None
    monkeypatch.delenv("AWS_PROFILE")
    assert Cloud(Access(region=account.region)).profile is None
    assert Cloud(Access(region=account.region)).credentials_from == "env"
