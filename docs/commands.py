"""Writes commands.md, the reference of the command line, from the parser itself: ``python docs/commands.py``."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from screens.arguments import parser
from screens.completing import parsers
from screens.exit_codes import Exit

PAGE = Path(__file__).with_name("commands.md")


def page() -> str:
    """The whole page, in Markdown."""
    root, *commands = parsers(parser())
    everywhere = {action.dest for action in root._actions}
    lines = ["# The command line", "", "Made from the program by `python docs/commands.py`.", ""]
    for command in commands:
        if command.prog != root.prog or command.get_default("command"):
            lines += [f"## {command.prog}", ""]
        else:
            lines += [f"## {command.prog} [PROFILE]", ""]
        lines += ["```text", (command.description or "").strip(), "```", ""]
        lines += _table([action for action in command._actions if action.dest not in everywhere])
    lines += ["## Everywhere", "", *_table(root._actions)]
    lines += ["## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code.value} | {code.meaning} |" for code in Exit]
    return "\n".join(lines) + "\n"


def _table(actions: list[argparse.Action]) -> list[str]:
    rows = [f"| {name} | {text} |" for name, text in _rows(actions)]
    return ["| argument | what it does |", "|---|---|", *rows, ""] if rows else []


def _rows(actions: list[argparse.Action]) -> Iterator[tuple[str, str]]:
    for action in actions:
        if isinstance(action, argparse._SubParsersAction) or not action.help:
            continue
        value = str(action.metavar or "") or (" or ".join(map(str, action.choices)) if action.choices else "")
        takes = f" {value}" if value and action.nargs != 0 else ""
        name = f"{', '.join(action.option_strings)}{takes}" if action.option_strings else value
        yield f"`{name}`", action.help.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
