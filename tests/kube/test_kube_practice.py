"""The door to Kubernetes and the practice account's cluster, with tokens of the aws CLI's and of our own making."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from wizard.cloud import Access, Cloud
from wizard.kube import Kube, NotReached, Reached, Rung, token

AWS = shutil.which("aws")


def reached(cluster: dict[str, Any], bearer: str) -> Reached | NotReached:
    return Kube(cluster["endpoint"], cluster["certificateAuthority"]["data"], lambda: bearer).reach()


def test_our_token_opens_the_door(account: Any, cluster: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in account.practice.env.items():
        monkeypatch.setenv(name, value)
    url = Cloud(Access(region=account.region)).identity_url(cluster["name"], account.region)
    assert isinstance(reached(cluster, token(url)), Reached)


@pytest.mark.skipif(AWS is None, reason="the aws CLI is not installed")
def test_the_token_of_the_aws_cli_opens_it_too(account: Any, cluster: dict[str, Any]) -> None:
    assert AWS is not None
    made = subprocess.run(
        [AWS, "eks", "get-token", "--cluster-name", cluster["name"], "--region", account.region],
        env={**os.environ, **account.practice.env},
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert isinstance(reached(cluster, json.loads(made.stdout)["status"]["token"]), Reached)


def test_no_other_token_does(cluster: dict[str, Any]) -> None:
    found = reached(cluster, token("https://sts.ap-northeast-1.amazonaws.com/"))
    assert isinstance(found, NotReached)
    assert found.rung is Rung.AUTHENTICATION
