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


@pytest.mark.skipif(not shutil.which("aws"), reason="the aws CLI is not installed")
@pytest.mark.timeout(300)
def test_the_script_makes_the_same_resources(
    builder: Callable[..., Builder], account: Any, hurried_account: Any, tmp_path: Path
) -> None:
    operator = builder()
    operator.build()
    operator.verify()
    wanted = standing(account)
    shell = environment(hurried_account, tmp_path / "home")
    command = [*PROGRAM, "plan", ARTICLE, "--as", "aws-cli"]
    printed = subprocess.run(command, env=shell, capture_output=True, text=True, check=True).stdout
    assert hurried_account.writes() == []

    script = tmp_path / "build.sh"
    script.write_text(printed)
    ran = subprocess.run(
        ["/bin/sh", str(script)],
        check=False,
        env={**shell, "PAUSE_SECONDS": "0", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stderr
    replayed = subprocess.run([*PROGRAM, "verify", ARTICLE], check=False, env=shell, capture_output=True, text=True)
    assert replayed.returncode == 0, replayed.stderr
    assert twins(hurried_account) == []
    assert standing(hurried_account) == wanted
