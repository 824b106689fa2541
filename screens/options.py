"""Options that several commands share."""

import argparse
from typing import Any, NoReturn

from screens.arguments import PROGRAM, STEPS
from screens.exit_codes import Exit


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        # Looked up only when asked for: the first screen has no time for it.
        from importlib.metadata import version

        print(f"{PROGRAM} {version(PROGRAM)}")
        parser.exit()


def learner(parser: argparse.ArgumentParser) -> None:
    """Whose progress."""
    parser.add_argument("--learner", metavar="NAME", help="whose progress it is; yours by default")


def everywhere() -> argparse.ArgumentParser:
    """The options that every command has."""
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = parser.add_argument_group("everywhere")
    group.add_argument("--json", action="store_true", help="one JSON event per line on standard output")
    group.add_argument("--region", metavar="REGION", help="the region; has to be the profile's, if there is one")
    group.add_argument("--aws-profile", metavar="NAME", help="a profile of the AWS configuration, as AWS_PROFILE")
    group.add_argument("--endpoint-url", metavar="URL", help="another endpoint for all of AWS, as AWS_ENDPOINT_URL")
    group.add_argument("--no-color", action="store_true", help="no colour, as NO_COLOR")
    group.add_argument("-q", "--quiet", action="store_true", help="results, findings that matter and errors only")
    group.add_argument("-v", "--verbose", action="store_true", help="also what was checked and is right")
    group.add_argument("--version", action=_Version, nargs=0, help="show the version and end")
    return parser


def profile(parser: argparse.ArgumentParser, *, needed: bool = True, more: str = "") -> None:
    """The profile, and answers over it; ``more`` says what becomes of one that is not needed."""
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


def until(parser: argparse.ArgumentParser) -> None:
    """The last step."""
    parser.add_argument(
        "--until",
        choices=STEPS,
        metavar="STEP",
        help=f"the steps up to this one, and what they need: {', '.join(STEPS)}",
    )


def practice(parser: argparse.ArgumentParser) -> None:
    """An account of its own for one command."""
    parser.add_argument(
        "--practice",
        action="store_true",
        help="in a practice account on this machine, which is started for this command and then gone",
    )
    times(parser)


def diagram(parser: argparse.ArgumentParser) -> None:
    """A drawing before the result."""
    parser.add_argument(
        "--diagram", action="store_true", help="first draw the network as it will be, and tell what its nodes reach how"
    )


def times(parser: argparse.ArgumentParser) -> None:
    """How time passes in a practice account."""
    parser.add_argument(
        "--time-scale",
        type=seconds,
        metavar="S",
        help="practice only: real seconds for each second of AWS (1/60 by default)",
    )
    parser.add_argument(
        "--settle", type=seconds, metavar="S", help="practice only: seconds of AWS until new things can be seen"
    )


def seconds(text: str) -> float:
    """Seconds from 0 up. Raises ValueError and ArgumentTypeError."""
    number = float(text)
    if not 0 <= number < 1e6:
        raise argparse.ArgumentTypeError("not a number of seconds from 0 up")
    return number


seconds.__name__ = "number of seconds"


def port(text: str) -> int:
    """A port. Raises ValueError and ArgumentTypeError."""
    number = int(text)
    if not 0 <= number < 65536:
        raise argparse.ArgumentTypeError("not a port from 0 to 65535")
    return number


port.__name__ = "port"


def exit_codes() -> str:
    """The codes that a command may end with, as every help shows them."""
    return "exit codes:\n" + "\n".join(f"  {code.value:>3}  {code.meaning}" for code in Exit)
