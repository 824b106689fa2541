"""The command line: commands, options and help. Imports nothing slow: the help has to come at once."""

import argparse
import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from screens.exit_codes import Exit

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

_DESCRIPTION = """\
Builds a private EKS cluster behind a VPN and an HTTP proxy from a profile, step by step,
each step checked against live AWS.

examples:
  eks-wizard                                             the wizard: asks, checks and builds; --plain line by line
  eks-wizard --practice                                  the wizard where nothing costs and nothing breaks
  eks-wizard PROFILE                                     the wizard, beginning with a profile's answers
  eks-wizard replay profiles/article.yaml --practice     build it where nothing costs and nothing breaks
  eks-wizard check PROFILE                               what would fail, and why; only reads
  eks-wizard plan PROFILE                                what would be made; only reads
  eks-wizard replay PROFILE                              build it, after you have seen the plan
  eks-wizard replay PROFILE --yes --json                 build it in a pipeline
  eks-wizard undo PROFILE                                delete what the profile made, after you have seen it
  eks-wizard explain NODE608                             one finding, in full
  eks-wizard practice                                    clusters that fail, to learn from"""

_SURROUNDINGS = """\
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTPS_PROXY and NO_PROXY mean what they mean to the aws CLI.
NO_COLOR, TERM=dumb, COLUMNS and CI are honoured; EKS_WIZARD_PLAIN=1 is --plain.
Results go to standard output, all else to standard error."""


class UsageError(Exception):
    """The command line can't be carried out; the message is one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sentence = f"{message[:1].upper()}{message[1:]}".rstrip(".")
        raise UsageError(f"{sentence}. See {self.prog} --help.")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        # Looked up only when asked for: the first screen has no time for it.
        from importlib.metadata import version

        print(f"{PROGRAM} {version(PROGRAM)}")
        parser.exit()


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options and the ``command``, WIZARD where none is named. Raises UsageError; --help and --version exit."""
    found = argparse.Namespace(**_DEFAULTS)
    if not argv:
        # Most often it is the wizard alone that is wanted, and its first screen soon.
        found.command = WIZARD
        return found
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
        raise UsageError("--practice starts an account in which no cluster is: name one that runs by --endpoint-url.")


_DEFAULTS: dict[str, Any] = {
    "command": None, "profile": None, "json": False, "region": None, "aws_profile": None, "endpoint_url": None,
    "no_color": False, "quiet": False, "verbose": False, "practice": False, "time_scale": None, "settle": None,
    "yes": False, "dry_run": False, "settings": (), "until": None, "accept": (), "expect": None, "form": None,
    "exit_code": False, "diagram": False, "code": None, "cluster_name": None, "port": 0, "plain": False, "menus": False,
    "shell": None, "cluster": None, "record": None, "scenario": None, "report": False, "learner": None,
    "practice_command": None,
}  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line, with a parser for each command."""
    everywhere = _everywhere()
    root = _Parser(
        prog=PROGRAM,
        description=_DESCRIPTION,
        epilog=f"{_exit_codes()}\n\n{_SURROUNDINGS}",
        parents=[everywhere],
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    commands = root.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(
        name: str, short: str, writes: str, *examples: str, parent: Any = commands, listed: bool = True
    ) -> argparse.ArgumentParser:
        shown = "\n".join(f"  {PROGRAM} {example}".rstrip() for example in examples)
        added: argparse.ArgumentParser = parent.add_parser(
            name,
            **({"help": short} if listed else {"prog": PROGRAM}),
            parents=[everywhere],
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            description=f"examples:\n{shown}\n\n{short[0].upper()}{short[1:]}.\n{writes}",
            epilog=_exit_codes(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        return added

    wizard = command(
        WIZARD,
        "the wizard: asks step by step, checks each step against live AWS, and builds what you agreed to",
        "Keeps a draft of the answers, a profile of them at the end, and what replay writes once you build.",
        "",
        "--practice",
        "profiles/article.yaml --plain",
        listed=False,
    )
    _profile(wizard, needed=False, more=" to begin with")
    wizard.add_argument(
        "--plain", action="store_true", help="line by line, for screen readers, serial consoles and transcripts"
    )
    wizard.add_argument("--menus", action="store_true", help="line by line, with menus where something can be picked")
    _practice(wizard)

    replay = command(
        "replay",
        "observe, check, plan, ask, build and verify",
        "Writes to AWS what the plan shows, and on this machine the kubeconfig, a journal and a log file.",
        "replay profiles/article.yaml --practice",
        "replay PROFILE",
        "replay PROFILE --yes --accept CLU503 --set cluster.name=blue",
        "replay PROFILE --dry-run",
    )
    _profile(replay)
    _until(replay)
    _practice(replay)
    replay.add_argument("--yes", action="store_true", help="build without asking; never overrides a finding that stops")
    replay.add_argument("--dry-run", action="store_true", help="show findings and plan, and end there; only reads")
    replay.add_argument("--accept", action="append", metavar="CODE", help="accept this warning (repeatable)")
    replay.add_argument("--expect", metavar="DIGEST", help="build only the plan with this digest")

    check = command(
        "check",
        "show the findings",
        "Only reads AWS; writes a log file. Ends with 3 when a finding forbids the build,\n"
        "or with --cluster when one says why nodes don't join.",
        "check PROFILE",
        "check PROFILE --json",
        "check PROFILE --diagram",
        "check PROFILE --as iam-policy > policy.json",
        "check --cluster eksCluster --region ap-northeast-1",
        "check --cluster eksCluster --region ap-northeast-1 --record failure.yaml",
    )
    _profile(check, needed=False)
    check.add_argument(
        "--cluster",
        metavar="NAME",
        help="look at a cluster that exists, in place of a PROFILE: why its nodes don't join",
    )
    check.add_argument(
        "--record",
        metavar="FILE",
        help="keep what decides whether nodes join as a scenario, with other names and addresses and no tags",
    )
    _until(check)
    _practice(check)
    _diagram(check)
    check.add_argument(
        "--as", dest="form", choices=("iam-policy",), help="the IAM policy that looking needs; asks nothing of AWS"
    )

    plan = command(
        "plan",
        "show the changes",
        "Only reads AWS; writes a log file. Ends with 3 when a finding forbids the build.",
        "plan PROFILE",
        "plan PROFILE --as aws-cli > build.sh",
        "plan PROFILE --as iam-policy > policy.json",
        "plan PROFILE --exit-code",
    )
    _profile(plan)
    _until(plan)
    _practice(plan)
    _diagram(plan)
    plan.add_argument(
        "--as",
        dest="form",
        choices=("aws-cli", "json", "iam-policy"),
        help="a shell script of aws commands, one JSON document, or the IAM policy that looking and building need",
    )
    plan.add_argument("--exit-code", action="store_true", help="end with 7 when there are changes")

    verify = command(
        "verify",
        "tell whether the cluster is what the profile says, and its nodes are Ready",
        "Only reads AWS and Kubernetes; writes a log file. Waits for nodes up to 15 minutes.",
        "verify PROFILE",
    )
    _profile(verify)
    _until(verify)
    _practice(verify)

    undo = command(
        "undo",
        "delete what the profile made",
        "Deletes at AWS what carries the tags of the profile's cluster, and its entry in the kubeconfig; writes a\n"
        "journal and a log file. Ends with 3 before anything is deleted when somebody else's things stand in it.",
        "undo PROFILE",
        "undo PROFILE --yes eksCluster --json",
    )
    _profile(undo)
    _practice(undo)
    undo.add_argument(
        "--yes",
        metavar="NAME",
        help="the cluster's name, to delete without asking; never overrides a finding that stops",
    )
    undo.add_argument(
        "--as", dest="form", choices=("iam-policy",), help="only look, and print the IAM policy that deleting needs"
    )

    _beside_builds(command)
    return root


def _beside_builds(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands that look at no profile."""
    explain = command(
        "explain",
        "explain one finding or failure, or list them all",
        "Writes nothing.",
        "explain",
        "explain NODE608",
        "explain C14",
    )
    explain.add_argument("code", nargs="?", metavar="CODE", help="such as NODE608 or C14; without it, the list")

    command("schema", "print the JSON Schema of a profile", "Writes nothing.", "schema > profile.schema.json")

    token = command(
        "token",
        "print an ExecCredential for kubectl, as aws eks get-token does",
        "Writes nothing.",
        "token --cluster-name eksCluster --region ap-northeast-1",
    )
    token.add_argument("--cluster-name", required=True, metavar="NAME", help="the cluster to sign for")

    command("where", "list the files that are read and written", "Writes nothing.", "where")

    completion = command(
        "completion",
        "print a script by which a shell completes commands and options",
        "Writes nothing.",
        "completion bash > ~/.local/share/bash-completion/completions/eks-wizard",
        "completion zsh > ~/.zfunc/_eks-wizard",
    )
    completion.add_argument("shell", choices=SHELLS, help="the shell that reads the script")

    _practising(command)


def _practising(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The training room, and what keeps an account up."""
    kinds = command(PRACTICE, _ROOM, _ROOM_WRITES, *_ROOM_EXAMPLES).add_subparsers(
        dest="practice_command", metavar="[SCENARIO] | serve", required=True
    )
    room = command(ROOM, _ROOM, _ROOM_WRITES, *_ROOM_EXAMPLES, parent=kinds, listed=False)
    room.prog = f"{PROGRAM} {PRACTICE}"
    room.add_argument("scenario", nargs="?", metavar="SCENARIO", help="one of those listed, or the FILE of your own")
    room.add_argument("--plain", action="store_true", help="line by line, for screen readers and serial consoles")
    room.add_argument("--report", action="store_true", help="what each learner has solved; with --json, too")
    _learner(room)
    _times(room)

    serve = command(
        "serve",
        "keep a practice account up until Ctrl-C or SIGTERM",
        "Prints one JSON line on standard output when it is ready, and one when the exercise is solved.\n"
        "Writes the account's config, credentials and log into a temporary folder, and what was solved.",
        "practice serve --port 5000",
        "practice serve --scenario no-ec2-endpoint",
        "practice serve --port 5000 --time-scale 0.1",
        parent=kinds,
    )
    serve.add_argument("--port", type=_port, metavar="N", help="the port on 127.0.0.1; a free one by default")
    has = serve.add_mutually_exclusive_group()
    has.add_argument("--scenario", metavar="SCENARIO", help="the exercise that stands in it")
    has.add_argument("--for", dest="profile", metavar="PROFILE", help="a profile whose seed stands in it")
    _learner(serve)
    _times(serve)


_ROOM = "open the training room: private clusters that fail, to be mended"
_ROOM_WRITES = """\
Writes the practice account's config, credentials, kubeconfig and log into a temporary folder, and what was solved
into the state folder. Without a terminal it lists the exercises and ends with 2."""
_ROOM_EXAMPLES = (
    "practice",
    "practice no-ec2-endpoint",
    "practice mine.yaml --plain",
    "practice --report --json",
    "practice serve --scenario no-ec2-endpoint",
)


def _learner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--learner", metavar="NAME", help="whose progress it is; yours by default")


def _everywhere() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = parser.add_argument_group("everywhere")
    group.add_argument("--json", action="store_true", help="one JSON event per line on standard output")
    group.add_argument("--region", metavar="REGION", help="the region; has to be the profile's")
    group.add_argument("--aws-profile", metavar="NAME", help="a profile of the AWS configuration, as AWS_PROFILE")
    group.add_argument("--endpoint-url", metavar="URL", help="another endpoint for all of AWS, as AWS_ENDPOINT_URL")
    group.add_argument("--no-color", action="store_true", help="no colour, as NO_COLOR")
    group.add_argument("-q", "--quiet", action="store_true", help="results, findings that matter and errors only")
    group.add_argument("-v", "--verbose", action="store_true", help="also what was checked and is right")
    group.add_argument("--version", action=_Version, nargs=0, help="show the version and end")
    return parser


def _profile(parser: argparse.ArgumentParser, *, needed: bool = True, more: str = "") -> None:
    text = "the YAML file with the answers"
    if needed:
        parser.add_argument("profile", metavar="PROFILE", help=f"{text}; it is never changed")
    else:
        parser.add_argument("profile", metavar="PROFILE", nargs="?", help=f"{text}{more}")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        metavar="PATH=VALUE",
        help="another answer for this run, such as cluster.name=blue (repeatable)",
    )


def _until(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until",
        choices=STEPS,
        metavar="STEP",
        help=f"the steps up to this one, and what they need: {', '.join(STEPS)}",
    )


def _practice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--practice",
        action="store_true",
        help="in a practice account on this machine, which is started for this command and then gone",
    )
    _times(parser)


def _diagram(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--diagram", action="store_true", help="first draw the network as it will be, and tell what its nodes reach how"
    )


def _times(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--time-scale",
        type=_seconds,
        metavar="S",
        help="practice only: real seconds for each second of AWS (1/60 by default)",
    )
    parser.add_argument(
        "--settle", type=_seconds, metavar="S", help="practice only: seconds of AWS until new things can be seen"
    )


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1e6:
        raise argparse.ArgumentTypeError("not a number of seconds from 0 up")
    return number


_seconds.__name__ = "number of seconds"


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise argparse.ArgumentTypeError("not a port from 0 to 65535")
    return number


_port.__name__ = "port"


def _exit_codes() -> str:
    return "exit codes:\n" + "\n".join(f"  {code.value:>3}  {code.meaning}" for code in Exit)
