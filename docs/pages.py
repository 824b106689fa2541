"""Writes the pages that follow from the program: commands.md from the parser, failures.md from the words, scenarios.md
from the scenarios.

``python docs/pages.py`` writes them all.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from screens.completing import parsers
from screens.exit_codes import Exit
from screens.parser import parser
from wizard import words
from wizard.training.scenario import shipped

FOLDER: Final = Path(__file__).parent


def commands() -> Iterator[str]:
    """The reference of the command line, line by line."""
    root, *others = parsers(parser())
    everywhere = {action.dest for action in root._actions}
    yield from _heading("The command line")
    for command in others:
        if any(isinstance(action, argparse._SubParsersAction) for action in command._actions):
            # What it takes stands with its kinds.
            continue
        profile = "" if command.prog != root.prog or command.get_default("command") else " [PROFILE]"
        yield from (f"## {command.prog}{profile}", "")
        yield from ("```text", (command.description or "").strip(), "```", "")
        yield from _arguments(action for action in command._actions if action.dest not in everywhere)
    yield from ("## Everywhere", "", *_arguments(root._actions))
    yield from ("## Exit codes", "", *_table(("code", "meaning"), ((str(code.value), code.meaning) for code in Exit)))


def failures() -> Iterator[str]:
    """The catalogue of failures, line by line."""
    yield from _heading("How private clusters fail")
    yield "`eks-wizard explain C01` prints one failure, `eks-wizard explain END301` one finding with what to do."
    yield ""
    rows = (
        (one.id, one.title, one.looks, _linked(one.codes), _scenarios(one.scenarios), one.impossible)
        for one in words.failures()
    )
    whether = "why it can't be in what the wizard builds"
    yield from _table(("", "failure", "how it looks", "findings that tell of it", "scenarios", whether), rows)


def scenarios() -> Iterator[str]:
    """The exercises of the training room, and each finding with those in which it is to be met, line by line."""
    known = shipped()
    yield from _heading("The exercises of the training room")
    yield "`eks-wizard practice` opens the training room, `eks-wizard practice 3` the third exercise."
    yield ""
    tasks = (
        (str(number), each.scenario.title, str(each.scenario.level), " ".join(each.scenario.task.split()))
        for number, each in enumerate(known.values(), 1)
    )
    yield from _table(("", "exercise", "level", "task"), tasks)
    yield from ("", "## What each is about", "")
    yield "For trainers, and for whoever writes exercises: who wants to find out for themselves reads no further."
    yield "`eks-wizard practice` takes the names, too. They stay, while a number may be another one in a later version."
    yield ""
    causes = (
        (f"`{name}`", str(number), f"`{each.scenario.debrief.finding}`",
         " ".join(one.id for one in words.failures() if name in one.scenarios))
        for number, (name, each) in enumerate(known.items(), 1)
    )  # fmt: skip
    yield from _table(("name", "number", "finding that tells", "failure"), causes)
    yield from ("", "## Every finding and its exercises", "")
    yield "A finding has an exercise where one is about it, or about a failure that it tells of."
    yield ""
    yield from _table(
        ("code", "finding", "exercises"),
        (
            (_anchored(code), words.title(code), " ".join(f"`{name}`" for name in _about(code)))
            for code in words.codes()
        ),
    )


def _anchored(code: str) -> str:
    return f'<a id="{code.lower()}"></a>`{code}`'


def _about(code: str) -> list[str]:
    """The names of the exercises in which a finding is to be met."""
    failing = {name for failure in words.failures() if code in failure.codes for name in failure.scenarios}
    return [name for name, each in shipped().items() if name in failing or each.scenario.debrief.finding == code]


PAGES: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "commands.md": commands,
    "failures.md": failures,
    "scenarios.md": scenarios,
}


def page(name: str) -> str:
    """A whole page in Markdown, by its file's name."""
    return "\n".join(PAGES[name]()).rstrip("\n") + "\n"


def _heading(title: str) -> tuple[str, ...]:
    return (f"# {title}", "", "Made from the program by `python docs/pages.py`.", "")


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _linked(codes: Iterable[str]) -> str:
    return " ".join(f"[{code}](scenarios.md#{code.lower()})" for code in codes)


def _scenarios(ids: Iterable[str]) -> str:
    return " ".join(f"[{one}](../profiles/scenarios/{one}.yaml)" for one in ids)


def _arguments(actions: Iterable[argparse.Action]) -> Iterator[str]:
    rows = list(_rows(actions))
    if rows:
        yield from (*_table(("argument", "what it does"), rows), "")


def _rows(actions: Iterable[argparse.Action]) -> Iterator[tuple[str, str]]:
    for action in actions:
        if isinstance(action, argparse._SubParsersAction) or not action.help:
            continue
        value = str(action.metavar or "") or (" or ".join(map(str, action.choices)) if action.choices else "")
        takes = f" {value}" if value and action.nargs != 0 else ""
        name = f"{', '.join(action.option_strings)}{takes}" if action.option_strings else value
        yield f"`{name}`", action.help


if __name__ == "__main__":
    for file in PAGES:
        (FOLDER / file).write_text(page(file), "utf-8")
