"""The command line: what is taken, what is refused, and how quickly help comes."""

import json
import os
import re
import subprocess
import sys

import pytest

from screens.arguments import COMMANDS, PRACTICE_TIME_SCALE, UsageError, parse
from screens.exit_codes import Exit


def program(*argv: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs the real program without a terminal."""
    return subprocess.run(
        [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main())", *argv],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, **environment}, check=False,
    )  # fmt: skip


def test_help_loads_nothing_slow() -> None:
    code = """
import sys
from screens.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
slow = {"boto3", "botocore", "textual", "rich", "pydantic", "yaml", "questionary", "urllib3"}
print("loaded:", sorted(slow & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_each_command_of_the_parser_is_known_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    listed = capsys.readouterr().out.partition("commands:")[2].partition("everywhere:")[0]
    named = [line.split()[0] for line in listed.splitlines() if re.match("    [a-z]", line)]
    assert tuple(named) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_begins_with_examples_and_says_what_is_written(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([command, "--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"examples:\n  eks-wizard {command}" in shown
    assert "rites " in shown
    assert all(f"{code.value:>3}  {code.meaning}" in shown for code in Exit)


def test_the_exit_codes_are_what_callers_rely_on() -> None:
    assert {code.name: code.value for code in Exit} == {
        "DONE": 0, "BUG": 1, "USAGE": 2, "FINDINGS": 3, "AWS": 4, "PARTWAY": 5, "UNVERIFIED": 6, "CHANGES": 7,
        "INTERRUPTED": 130,
    }  # fmt: skip


def test_options_stand_before_and_after_the_command() -> None:
    for line in (
        "--json -q check p.yaml",
        "check p.yaml --json -q",
        "check -q --json p.yaml",
        "-q check p.yaml --json",
    ):
        found = parse(line.split())
        assert (found.command, found.profile, found.json, found.quiet) == ("check", "p.yaml", True, True)


def test_repeatable_options_gather() -> None:
    found = parse(["replay", "p.yaml", "--set", "a=1", "--accept", "X1", "--set", "b=2", "--accept", "X2"])
    assert found.settings == ["a=1", "b=2"]
    assert found.accept == ["X1", "X2"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["replay"], "PROFILE"),
        (["build", "p.yaml"], "'build'"),
        (["plan", "p.yaml", "--as", "terraform"], "terraform"),
        (["plan", "p.yaml", "--exit"], "--exit"),
        (["check", "p.yaml", "--until", "everything"], "everything"),
        (["check", "p.yaml", "--time-scale", "2"], "need --practice"),
        (["check", "p.yaml", "--practice", "--time-scale", "nan"], "from 0 up"),
        (["check", "p.yaml", "--practice", "--time-scale", "fast"], "fast"),
        (["check", "p.yaml", "--practice", "--endpoint-url", "http://127.0.0.1:1"], "--endpoint-url"),
        (["check"], "--cluster NAME"),
        (["check", "p.yaml", "--cluster", "blue"], "not at both"),
        (["check", "--cluster", "blue", "--set", "a.b=c"], "about a profile"),
        (["check", "--cluster", "blue", "--practice"], "--endpoint-url"),
        (["practice", "serve", "--port", "70000"], "65535"),
        (["token"], "--cluster-name"),
        (["verify", "p.yaml", "--yes"], "--yes"),
        (["--json"], "people"),
        (["mine.yaml", "--quiet"], "people"),
        (["--set", "cluster.name=blue"], "PROFILE"),
        (["mine.yaml", "other.yaml"], "other.yaml"),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_sentence(argv: list[str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(argv)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_time_scale_is_for_practice() -> None:
    assert parse(["replay", "p.yaml", "--practice", "--time-scale", "0"]).time_scale == 0
    assert parse(["practice", "serve", "--time-scale", "0.5"]).time_scale == 0.5
    assert parse(["practice", "serve"]).time_scale is None
    assert pytest.approx(10) == PRACTICE_TIME_SCALE * 600


def test_usage_errors_end_with_2_and_no_traceback() -> None:
    done = program("replay", "--json")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["error", "end"]


@pytest.mark.parametrize("argv", [[], ["--plain"], ["profiles/my own.yaml"], ["--practice", "--menus"]])
def test_the_wizard_asks_nobody_without_a_terminal(argv: list[str]) -> None:
    done = program(*argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    profile = "'profiles/my own.yaml'" if "profiles/my own.yaml" in argv else "PROFILE"
    assert f"eks-wizard replay {profile} --yes" in done.stderr


def test_a_line_without_a_command_is_the_wizards() -> None:
    found = parse(["--region", "eu-west-1", "mine.yaml", "--set", "cluster.name=blue", "--plain"])
    assert (found.command, found.profile, found.region, found.plain) == ("wizard", "mine.yaml", "eu-west-1", True)
    assert found.settings == ["cluster.name=blue"]
    assert parse([]).profile is None
    assert parse(["--menus"]).plain
    assert not parse(["--practice", "--time-scale", "0"]).plain


def test_a_misspelt_command_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"'rplay'.* Did you mean replay"):
        parse(["rplay", "p.yaml"])


def test_version() -> None:
    done = program("--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "eks-wizard")
