"""The program as its callers see it: a command line, two streams and an exit code, at the practice account."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from screens.cli import main

ARTICLE = str(Path(__file__).parents[2] / "profiles" / "article.yaml")


@dataclass(frozen=True)
class Ran:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of one type."""
        return [event for event in self.events if event["type"] == kind]


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""

    def called(*argv: str) -> Ran:
        capsys.readouterr()
        code = main(argv)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return called


@pytest.fixture
def at_practice(account: Any, run: Run) -> Run:
    """Runs a command with the article's profile in the practice account of the tests, on a machine without journals."""
    folder: Path = account.practice.folder
    for left in ("clusters", "log"):
        shutil.rmtree(folder / left, ignore_errors=True)
    (folder / "kubeconfig").unlink(missing_ok=True)

    def called(command: str, *options: str) -> Ran:
        return run(command, ARTICLE, "--endpoint-url", account.endpoint_url, *options)

    return called
