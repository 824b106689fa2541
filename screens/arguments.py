"""The command line as words: which command it is, and whether its options go together."""

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROGRAM = "eks-wizard"
COMMANDS = (
    "replay",
    "check",
    "plan",
    "verify",
    "undo",
    "explain",
    "schema",
    "token",
    "where",
    "completion",
    "practice",
)
SHELLS = ("bash", "zsh", "tcsh")
# The command of a line that names none.
WIZARD = "wizard"
# The command that has kinds, and the kind of a line that names none.
PRACTICE, ROOM = "practice", "room"
STEPS = ("account", "role", "vpc", "endpoints", "security_group", "cluster", "nodes", "kubeconfig")

# Real seconds per AWS second in the practice account: a cluster of ten minutes stands in ten seconds.
PRACTICE_TIME_SCALE = 1 / 60


class UsageError(Exception):
    """The command line can't be carried out; the message is one sentence."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options and the ``command``, WIZARD where none is named. Raises UsageError; --help and --version exit."""
    found = argparse.Namespace(**_DEFAULTS)
    if not argv:
        # Most often it is the wizard alone that is wanted, and its first screen soon.
        found.command = WIZARD
        return found
    from screens.parser import parser

    parser().parse_args(_with_command(argv), found)
    if found.command == WIZARD:
        _check_wizard(found)
    if not found.practice and found.command != "practice" and (found.time_scale, found.settle) != (None, None):
        raise UsageError("--time-scale and --settle are the practice account's: they need --practice.")
    if found.practice and found.endpoint_url:
        raise UsageError("--practice starts an account of its own: it can't be given with --endpoint-url.")
    if found.command == "check":
        _check_check(found)
    if found.diagram and found.form:
        raise UsageError("--as prints one document for a program to read: it can't be given with --diagram.")
    return found


def _with_command(argv: Sequence[str]) -> list[str]:
    """The words with their command: argparse takes none to be left out. Raises UsageError for a misspelt one."""
    word = _first_word(argv)
    if word == PRACTICE:
        here = argv.index(word) + 1
        kind = [] if _first_word(argv[here:]) in (ROOM, "serve") else [ROOM]
        return [*argv[:here], *kind, *argv[here:]]
    if word in COMMANDS or word == WIZARD or (word is None and {"-h", "--help", "--version"} & set(argv)):
        return list(argv)
    if word is not None and not (Path(word).exists() or word.endswith((".yaml", ".yml"))):
        near = difflib.get_close_matches(word, COMMANDS, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no command and no profile {word!r}.{meant} See {PROGRAM} --help.")
    return [WIZARD, *argv]


def _first_word(argv: Sequence[str]) -> str | None:
    """The first word that is neither an option nor an option's value."""
    words = iter(argv)
    for word in words:
        if word in _TAKING_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


# Those that may stand before the first word.
_TAKING_A_VALUE = (
    "--region", "--aws-profile", "--endpoint-url", "--set", "--time-scale", "--settle", "--learner", "--scenario",
    "--port",
)  # fmt: skip


def _check_wizard(found: argparse.Namespace) -> None:
    if found.json or found.quiet:
        raise UsageError(f"The wizard speaks with people: --json and --quiet are for {PROGRAM} replay and its like.")
    if found.settings and found.profile is None:
        raise UsageError("--set changes the answers of a profile: name the PROFILE, too.")
    found.plain = found.plain or found.menus


def _check_check(found: argparse.Namespace) -> None:
    if found.cluster is None:
        if found.profile is None:
            raise UsageError(f"{PROGRAM} check looks at a PROFILE, or with --cluster NAME at a cluster that exists.")
        return
    if found.profile is not None:
        raise UsageError("check looks at a PROFILE or at a --cluster that exists, not at both at once.")
    if found.settings or found.until or found.diagram:
        raise UsageError("--set, --until and --diagram are about a profile: they can't be given with --cluster.")
    if found.practice:
        raise UsageError(
            "--practice starts an account in which no cluster is. One in which nodes don't join is kept up by "
            f"{PROGRAM} practice serve --scenario 3; name it by --endpoint-url."
        )


_DEFAULTS: dict[str, Any] = {
    "command": None, "profile": None, "json": False, "region": None, "aws_profile": None, "endpoint_url": None,
    "no_color": False, "quiet": False, "verbose": False, "practice": False, "time_scale": None, "settle": None,
    "yes": None, "dry_run": False, "settings": (), "until": None, "accept": (), "expect": None, "form": None,
    "exit_code": False, "diagram": False, "code": None, "cluster_name": None, "port": 0, "plain": False, "menus": False,
    "shell": None, "cluster": None, "record": None, "scenario": None, "report": False, "learner": None,
    "practice_command": None,
}  # fmt: skip
