"""The practice account's process cannot reach anything but this machine, whatever its surroundings say."""

import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from wizard.practice import process
from wizard.practice.isolation import is_loopback, scrub

REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "token",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_EC2": "https://ec2.ap-northeast-1.amazonaws.com",
    "AWS_CA_BUNDLE": "/nowhere/bundle.pem",
    "HTTPS_PROXY": "http://192.0.2.1:3128",
    "http_proxy": "http://192.0.2.1:3128",
    "MOTO_ACCOUNT_ID": "999999999999",
    "KUBECONFIG": "/nowhere/kubeconfig",
}


def test_it_works_among_real_looking_credentials_and_proxies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in REAL_LOOKING.items():
        monkeypatch.setenv(name, value)
    with process.start(time_scale=0, folder=tmp_path) as practice:
        for name in REAL_LOOKING:
            monkeypatch.delenv(name)
        client = boto3.client(
            "sts",
            region_name=practice.region,
            endpoint_url=practice.endpoint_url,
            aws_access_key_id=practice.access_key_id,
            aws_secret_access_key=practice.secret_access_key,
            config=Config(proxies={}),
        )
        assert client.get_caller_identity()["Account"] == "123456789012"
        assert set(REAL_LOOKING) - {
            "MOTO_ACCOUNT_ID",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "KUBECONFIG",
        } <= set(practice.unset)
        assert practice.env["AWS_ENDPOINT_URL"] == practice.endpoint_url
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            assert Path(practice.env[name]).parent == tmp_path
            assert "AKIAIOSFODNN7EXAMPLE" not in Path(practice.env[name]).read_text()
        assert Path(practice.env["KUBECONFIG"]).parent == tmp_path
    assert practice.process.poll() is not None


def test_it_refuses_to_leave_the_machine(tmp_path: Path) -> None:
    attempts = """
import os, socket, urllib.request
from wizard.practice.isolation import isolate, NotLoopbackError
isolate()
assert not [name for name in os.environ if name in ("AWS_PROFILE", "HTTPS_PROXY", "http_proxy", "KUBECONFIG")]
for attempt in (
    lambda: socket.create_connection(("192.0.2.1", 443), 1),
    lambda: socket.getaddrinfo("ec2.ap-northeast-1.amazonaws.com", 443),
    lambda: socket.gethostbyname("example.com"),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    lambda: urllib.request.urlopen("http://169.254.169.254/latest/meta-data/", timeout=1),
):
    try:
        attempt()
    except OSError as error:
        reason = getattr(error, "reason", error)
        assert isinstance(reason, NotLoopbackError), repr(error)
    else:
        raise SystemExit("it got out")
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), 1).close()
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", attempts],
        env={**os.environ, **REAL_LOOKING},
        cwd=Path(process.__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), (b"127.9.9.9", True), ("::1", True), ("localhost", True), ("10.0.0.1", False),
     ("localhost.example.com", False), ("169.254.169.254", False), ("::ffff:10.0.0.1", False)],
)  # fmt: skip
def test_what_loopback_is(host: str | bytes, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_scrubbed_environment_keeps_the_rest() -> None:
    assert scrub({**REAL_LOOKING, "PATH": "/bin", "NO_PROXY": "x", "LANG": "C"}) == {"PATH": "/bin", "LANG": "C"}


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    parent = (
        "import sys, pathlib, os\nfrom wizard.practice.process import start\n"
        "print(start(time_scale=0, folder=pathlib.Path(sys.argv[1])).process.pid, flush=True)\nos._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent, str(tmp_path)],
        cwd=Path(process.__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    process_id, deadline = int(done.stdout), time.monotonic() + 20
    while _runs(process_id):
        assert time.monotonic() < deadline, "the practice account outlived its parent"


def _runs(process_id: int) -> bool:
    try:
        return "practice" in Path(f"/proc/{process_id}/cmdline").read_text()
    except OSError:
        return False


def test_without_its_packages_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "find_spec", lambda _: None)
    with pytest.raises(process.PracticeUnavailableError, match=r"eks-wizard\[practice\]"):
        process.start(time_scale=0, folder=tmp_path)


def test_starting_it_needs_neither_moto_nor_werkzeug() -> None:
    seen = "import sys, wizard.practice.process; print(sorted({'moto', 'werkzeug', 'botocore'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", seen], cwd=Path(process.__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
