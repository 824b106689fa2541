"""What every test may use: a clean environment, and a practice account."""

import gc
import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from builders import PROFILES, Builder

from wizard.cloud import Access, Cloud
from wizard.doors import Doors, Machine
from wizard.journal import Journal
from wizard.practice.process import PracticeAccount, start
from wizard.profile import Profile, load

# Each app of a test makes so many objects that the collector would go through botocore's models a third of the time.
gc.set_threshold(50_000, 20, 20)

_NO_PROXIES = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the operator's credentials, proxies, kubeconfig, home or terminal."""
    for name in list(os.environ):
        upper = name.upper()
        if upper.startswith(("AWS_", "XDG_")) or upper.endswith("_PROXY") or upper in ("KUBECONFIG", "NO_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))


class AccountUnderTest:
    """A practice account as a test steers it, from outside and beside the code under test."""

    def __init__(self, practice: PracticeAccount) -> None:
        self.practice = practice
        self.endpoint_url = practice.endpoint_url
        self.region = practice.region
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """A plain boto3 client with the account's own credentials; it sends everything once."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = boto3.session.Session().client(
                service,  # type: ignore[call-overload]
                region_name=key[1],
                endpoint_url=self.endpoint_url,
                aws_access_key_id=self.practice.access_key_id,
                aws_secret_access_key=self.practice.secret_access_key,
                config=Config(proxies={}, retries={"total_max_attempts": 1}, read_timeout=60),
            )
        return self._clients[key]

    def control(self, method: str, what: str, content: Any = None, timeout: float = 60) -> Any:
        """One request to the account's /practice/ interface."""
        request = urllib.request.Request(  # noqa: S310 - always loopback
            f"{self.endpoint_url}/practice/{what}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with _NO_PROXIES.open(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{method} {what}: {error.read().decode()}") from None

    def reset(self) -> None:
        """Everything fresh: resources, clock, faults, calls, catalogue; journals and the kubeconfig, too."""
        self.control("POST", "reset")
        shutil.rmtree(self.practice.folder / "clusters", ignore_errors=True)
        (self.practice.folder / "kubeconfig").unlink(missing_ok=True)

    def faults(self, *rules: dict[str, Any]) -> None:
        """Puts these fault rules in force, and no others."""
        self.control("POST", "faults", list(rules))

    def calls(self, after: int = 0) -> list[dict[str, Any]]:
        """The calls that the account was asked, with a greater number than ``after``."""
        found: list[dict[str, Any]] = self.control("GET", f"calls?after={after}")["calls"]
        return found

    def writes(self, after: int = 0) -> list[str]:
        """The writes among the calls, as "service.Operation", in order."""
        return [f"{call['service']}.{call['operation']}" for call in self.calls(after) if call["write"]]

    def held(self, timeout: float = 60) -> dict[str, Any] | None:
        """The call that a "hold" rule holds, waited for; None when there is none in time."""
        found: dict[str, Any] | None = self.control("GET", f"held?timeout={timeout}", timeout=timeout + 30)["call"]
        return found

    def release(self) -> None:
        """Lets held calls go on."""
        self.control("POST", "release")

    def catalogue(self, **changes: Any) -> None:
        """Changes what is on offer: versions, releases, addons, endpoint services that are missing or fail."""
        self.control("POST", "catalogue", changes)

    def health(self, cluster: str, *issues: dict[str, Any], failed: bool = False) -> None:
        """Decrees the health issues of a cluster, made or to be made, and whether creating it fails."""
        self.control("POST", "health", {"name": cluster, "failed": failed, "issues": list(issues)})

    def settled(self) -> None:
        """Lets time pass until everything made so far can be seen (at time scale 0 reads move the clock)."""
        for _ in range(3):
            self.client("sts").get_caller_identity()

    def pass_time(self, seconds: float) -> None:
        """Moves the clock of an account at time scale 0 by AWS seconds."""
        self.control("POST", "time", {"seconds": seconds})


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeAccount]:
    """One practice account for each test process, at time scale 0: states advance by reads."""
    with start(time_scale=0, folder=tmp_path_factory.mktemp("practice")) as running:
        yield running


@pytest.fixture(scope="session")
def steered(practice: PracticeAccount) -> AccountUnderTest:
    """The practice account as a test before left it: for tests that share what one of them builds."""
    return AccountUnderTest(practice)


@pytest.fixture
def account(steered: AccountUnderTest) -> AccountUnderTest:
    """The practice account, empty."""
    steered.reset()
    return steered


@pytest.fixture
def hurried_account(tmp_path: Path) -> Iterator[AccountUnderTest]:
    """An account of its own whose time runs: for tools so slow that counting their reads would take long."""
    with start(time_scale=0.002, folder=tmp_path / "hurried") as running:
        yield AccountUnderTest(running)


@pytest.fixture
def builder(account: AccountUnderTest, tmp_path: Path) -> Callable[..., Builder]:
    """Makes an operator with a machine of their own: a journal and a kubeconfig in a folder."""
    return builder_at(account, tmp_path)


def builder_at(account: AccountUnderTest, machines: Path) -> Callable[..., Builder]:
    """Makes operators whose machines are in this folder; what is given beside profile and folder is Access's."""

    def make(profile: str | Profile = "article.yaml", folder: str = "machine", **given: Any) -> Builder:
        access = Access(
            region=account.region,
            endpoint_url=account.endpoint_url,
            practice=True,
            access_key=account.practice.access_key_id,
            secret_key=account.practice.secret_access_key,
            time_scale=0,
        )
        place = machines / folder
        machine = Machine({"PATH": os.environ["PATH"], "KUBECONFIG": str(place / "kubeconfig")})
        answers = load(PROFILES / profile) if isinstance(profile, str) else profile
        return Builder(Doors(Cloud(replace(access, **given)), machine), Journal(place / "journal"), answers)

    return make
