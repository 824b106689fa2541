"""A profile with a seed beside it is carried out in a practice account that holds what the seed makes."""

from pathlib import Path

import pytest

from screens.cli import main

PROFILES = Path(__file__).parents[2] / "profiles"
QUICK = ("--practice", "--time-scale", "0", "-q")


@pytest.mark.usefixtures("account")
def test_a_profile_that_uses_what_exists_is_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(PROFILES / "adopt-existing-vpc.yaml"), "--yes", *QUICK]) == 0
    assert "Ready" in capsys.readouterr().out


def test_a_file_that_is_no_seed_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text((PROFILES / "article.yaml").read_text("utf-8"))
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "mine.yaml").write_text("ec2: [")
    assert main(["check", str(profile), *QUICK]) == 2
    told = capsys.readouterr().err
    assert "mine.yaml:1: This is not YAML." in told
    assert "Traceback" not in told
