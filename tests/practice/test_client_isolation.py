"""Practice never reaches a real account, whatever the operator's environment says."""

import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from replay_process import PROGRAM, ROOT

from wizard.cloud import Access, Cloud
from wizard.plan import Call

ASKED = [
    Call("sts", "GetCallerIdentity", {}),
    Call("ec2", "DescribeVpcs", {}),
    Call("iam", "ListRoles", {}),
    Call("eks", "ListClusters", {}),
    Call("ssm", "DescribeParameters", {}),
    Call("cloudformation", "DescribeStacks", {}),
]


class Trap(socketserver.ThreadingTCPServer):
    """Stands for everything that is not the practice account, and counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.visits += 1
        super().process_request(request, client_address)


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hostile(trap: Trap, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An environment in which every way leads to the trap; returns the trap's URL."""
    url = f"http://127.0.0.1:{trap.server_address[1]}"
    config = tmp_path / "config"
    config.write_text(
        f"[profile production]\nregion = us-east-1\nendpoint_url = {url}\n[default]\nendpoint_url = {url}\n"
    )
    credentials = tmp_path / "credentials"
    credentials.write_text("[production]\naws_access_key_id = AKIAREALLOOKINGKEY00\naws_secret_access_key = real\n")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAREALLOOKINGKEY00",
        "AWS_SECRET_ACCESS_KEY": "a-real-looking-secret-access-key-of-forty",
        "AWS_SESSION_TOKEN": "a-real-looking-session-token",
        "AWS_PROFILE": "production",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_EC2": url,
        "AWS_ENDPOINT_URL_STS": url,
        "AWS_ENDPOINT_URL_IAM": url,
        "AWS_ENDPOINT_URL_EKS": url,
        "HTTP_PROXY": url,
        "HTTPS_PROXY": url,
        "http_proxy": url,
        "https_proxy": url,
        "ALL_PROXY": url,
    }.items():
        monkeypatch.setenv(name, value)
    return url


def test_every_call_of_practice_goes_to_the_practice_account(account: Any, trap: Trap, hostile: str) -> None:
    access = Access(
        region=account.region,
        endpoint_url=account.endpoint_url,
        practice=True,
        access_key=account.practice.access_key_id,
        secret_key=account.practice.secret_access_key,
        time_scale=0,
    )
    cloud = Cloud(access)
    for call in ASKED:
        cloud.read(call)
    cloud.write(Call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}))
    assert cloud.read(ASKED[0])["Arn"] == f"arn:aws:iam::{account.practice.account_id}:user/practice"
    assert account.endpoint_url.removeprefix("http://") in cloud.identity_url("eksCluster", account.region)
    assert "AKIAREALLOOKINGKEY00" not in cloud.identity_url("eksCluster", account.region)
    assert trap.visits == 0


def test_the_trap_is_one(trap: Trap, hostile: str) -> None:
    """Without practice the same environment leads straight into it: the test above can fail."""
    with pytest.raises(Exception, match="sts"):
        Cloud(Access(region="us-east-1", read_seconds=0.2)).read(ASKED[0])
    assert trap.visits > 0


def test_a_client_that_is_led_astray_refuses(account: Any, trap: Trap, hostile: str) -> None:
    """Even a request that something rewrote on its way is stopped before it is sent."""
    access = Access(
        region=account.region, endpoint_url=account.endpoint_url, practice=True, access_key="a", secret_key="b"
    )
    cloud = Cloud(access)
    client = cloud._client("sts", "read")

    def astray(request: Any, **_: Any) -> None:
        request.url = hostile

    client.meta.events.register_first("before-send", astray)
    with pytest.raises(PermissionError, match="practice never leaves"):
        client.get_caller_identity()
    assert trap.visits == 0


WATCH = """
import os, sys
def watch(event, arguments):
    if event == "socket.connect":
        place = arguments[1]
    elif event == "socket.getaddrinfo":
        place = arguments[0]
    else:
        return
    with open(os.environ["WATCHED"], "a") as file:
        file.write(f"{event} {place!r}\\n")
sys.addaudithook(watch)
"""


def test_a_whole_replay_in_practice_speaks_to_loopback_alone(trap: Trap, hostile: str, tmp_path: Path) -> None:
    """Every Python process of it is watched from its first line: the program's and the practice account's."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(WATCH)
    watched = tmp_path / "watched"
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "WATCHED": str(watched)}
    command = [*PROGRAM, "replay", str(ROOT / "profiles" / "article.yaml"), "--practice", "--yes", "--time-scale", "0"]

    ran = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=100)

    assert ran.returncode == 0, ran.stderr
    places = set(watched.read_text().splitlines())
    assert places
    assert not [place for place in places if "'127.0.0.1'" not in place and "'localhost'" not in place]
    assert trap.visits == 0
    assert f"{trap.server_address[1]}" not in " ".join(places)
