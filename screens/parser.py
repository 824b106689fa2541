"""The parser of each command: its words, examples and options. Imports nothing slow: the help has to come at once."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from screens import options
from screens.arguments import PRACTICE, PROGRAM, ROOM, SHELLS, WIZARD, UsageError

_DESCRIPTION = """\
Builds a private EKS cluster behind a VPN and an HTTP proxy from a profile, step
by step, each step checked against live AWS.

examples:
  eks-wizard                        the wizard: asks, checks and builds
  eks-wizard --plain                the same line by line
  eks-wizard --practice             where nothing costs and nothing breaks
  eks-wizard PROFILE                beginning with a profile's answers
  eks-wizard check PROFILE          what would fail, and why; only reads
  eks-wizard check --cluster NAME   why a cluster's nodes don't join; only reads
  eks-wizard plan PROFILE           what would be made; only reads
  eks-wizard replay PROFILE         build it, after you have seen the plan
  eks-wizard undo PROFILE           delete it, after you have seen what goes
  eks-wizard explain NODE608        one finding, in full
  eks-wizard practice               clusters that fail, to learn from"""

_SURROUNDINGS = """\
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTPS_PROXY and
NO_PROXY mean what they mean to the aws CLI. NO_COLOR, TERM=dumb, COLUMNS and CI are
honoured; EKS_WIZARD_PLAIN=1 is --plain.
Results go to standard output, all else to standard error."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sentence = f"{message[:1].upper()}{message[1:]}".rstrip(".")
        raise UsageError(f"{sentence}. See {self.prog} --help.")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line, with a parser for each command."""
    everywhere = options.everywhere()
    root = _Parser(
        prog=PROGRAM,
        description=_DESCRIPTION,
        epilog=f"{options.exit_codes()}\n\n{_SURROUNDINGS}",
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
            epilog=options.exit_codes(),
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
    options.profile(wizard, needed=False, more=" to begin with")
    wizard.add_argument(
        "--plain", action="store_true", help="line by line, for screen readers, serial consoles and transcripts"
    )
    wizard.add_argument("--menus", action="store_true", help="line by line, with menus where something can be picked")
    options.practice(wizard)

    replay = command(
        "replay",
        "observe, check, plan, ask, build and verify",
        "Writes to AWS what the plan shows, and on this machine the kubeconfig, a journal and a log file.",
        "replay profiles/article.yaml --practice",
        "replay PROFILE",
        "replay PROFILE --yes --accept CLU503 --set cluster.name=blue",
        "replay PROFILE --dry-run",
    )
    options.profile(replay)
    options.until(replay)
    options.practice(replay)
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
    options.profile(check, needed=False)
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
    options.until(check)
    options.practice(check)
    options.diagram(check)
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
    options.profile(plan)
    options.until(plan)
    options.practice(plan)
    options.diagram(plan)
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
    options.profile(verify)
    options.until(verify)
    options.practice(verify)

    undo = command(
        "undo",
        "delete what the profile made",
        "Deletes at AWS what carries the tags of the profile's cluster, and its entry in the kubeconfig; writes a\n"
        "journal and a log file. Ends with 3 before anything is deleted when somebody else's things stand in it.",
        "undo PROFILE",
        "undo PROFILE --yes eksCluster --json",
    )
    options.profile(undo)
    options.practice(undo)
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
        dest="practice_command", metavar="[EXERCISE] | serve", required=True
    )
    room = command(ROOM, _ROOM, _ROOM_WRITES, *_ROOM_EXAMPLES, parent=kinds, listed=False)
    room.prog = f"{PROGRAM} {PRACTICE}"
    room.add_argument("scenario", nargs="?", metavar="EXERCISE", help="its number or name, or the FILE of your own")
    room.add_argument("--plain", action="store_true", help="line by line, for screen readers and serial consoles")
    room.add_argument("--report", action="store_true", help="what each learner has solved; with --json, too")
    options.learner(room)
    options.times(room)

    serve = command(
        "serve",
        "keep a practice account up until Ctrl-C or SIGTERM",
        "Says how to use it from another terminal, and when the exercise is solved. With\n"
        "--json, or where standard output is no terminal, it prints one JSON line each.\n"
        "Writes the account's config, credentials and log into a temporary folder, and\n"
        "what was solved.",
        "practice serve --port 5000",
        "practice serve --scenario 3",
        "practice serve --port 5000 --time-scale 0.1",
        parent=kinds,
    )
    serve.add_argument("--port", type=options.port, metavar="N", help="the port on 127.0.0.1; a free one by default")
    has = serve.add_mutually_exclusive_group()
    has.add_argument("--scenario", metavar="EXERCISE", help="what stands in it: number, name, or the FILE of your own")
    has.add_argument("--for", dest="profile", metavar="PROFILE", help="a profile whose seed stands in it")
    options.learner(serve)
    options.times(serve)


_ROOM = "open the training room: private clusters that fail, to be mended"
_ROOM_WRITES = """\
Writes the practice account's config, credentials, kubeconfig and log into a
temporary folder, and what was solved into the state folder. Without a terminal
it lists the exercises and ends with 2."""
_ROOM_EXAMPLES = (
    "practice",
    "practice 3",
    "practice mine.yaml --plain",
    "practice --report --json",
    "practice serve --scenario 3",
)
