"""The door to Kubernetes and the practice account's cluster, with tokens of the aws CLI's and of our own making."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from wizard.cloud import Access, Cloud
from wizard.facts import Node, Rung
from wizard.kube import Kube, token
from wizard.kube_ladder import KubeError

AWS = shutil.which("aws")


def nodes(cluster: dict[str, Any], bearer: str) -> tuple[Node, ...]:
    return Kube(cluster["endpoint"], cluster["certificateAuthority"]["data"], lambda: bearer).nodes()


def test_our_token_opens_the_door(account: Any, cluster: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in account.practice.env.items():
        monkeypatch.setenv(name, value)
    url = Cloud(Access(region=account.region)).identity_url(cluster["name"], account.region)
    assert nodes(cluster, token(url)) == ()


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
    assert nodes(cluster, json.loads(made.stdout)["status"]["token"]) == ()


def test_no_other_token_does(cluster: dict[str, Any]) -> None:
    with pytest.raises(KubeError) as raised:
        nodes(cluster, token("https://sts.ap-northeast-1.amazonaws.com/"))
    assert raised.value.why.rung is Rung.UNAUTHORIZED
