"""``completion``: a script by which a shell completes the command line."""

import argparse
from collections.abc import Iterator
from typing import Any

from screens.exit_codes import Exit
from screens.output import Output
from screens.parser import parser
from screens.stopping import Stopping


def completion(arguments: Any, output: Output, _stop: Stopping) -> Exit:
    """Prints the script, made of the commands and options as they are."""
    # Only this command needs it.
    import shtab

    root = parser()
    for one in parsers(root):
        for action in one._actions:
            if action.dest == "profile":
                # shtab reads from this attribute what stands in an argument's place.
                vars(action)["complete"] = shtab.FILE
    output.document(shtab.complete(root, shell=arguments.shell) + "\n")
    return Exit.DONE


def parsers(root: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and those of its commands, in the order of the help; argparse has no public way to them."""
    yield root
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from parsers(one)
