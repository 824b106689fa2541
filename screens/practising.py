"""What the training room says, full screen and line by line alike: lines that are safe to show."""

import getpass
import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from http.client import HTTPException
from pathlib import Path
from typing import Any

from screens import safe
from screens.arguments import PROGRAM, UsageError
from screens.aws_cli import kebab
from wizard import words
from wizard.places import places
from wizard.practice.process import PracticeAccount
from wizard.training import progress, scenario
from wizard.training.attempt import Attempt, Standing
from wizard.training.progress import Done
from wizard.training.scenario import Loaded
from wizard.training.steps import Step
from wizard.words import screen as label

# What ends an attempt that goes on no longer: its account is gone, or does not answer.
GONE = (OSError, HTTPException)
_NAMED = re.compile(r"\$\{([a-z][a-z0-9_]*)\}|\$([a-z][a-z0-9_]*)")
# More of a call than fits here is rather read in the scenario's file.
_MOST_OF_A_CALL = 300


def found(given: str) -> Loaded:
    """The scenario of this number or name, or in this file. Raises UsageError, and ProfileError for no scenario."""
    known = scenario.shipped()
    if given in known:
        return known[given]
    if given.isdecimal() and 0 < int(given) <= len(known):
        return list(known.values())[int(given) - 1]
    if given.endswith((".yaml", ".yml")) or Path(given).exists():
        return scenario.load(Path(given))
    near = get_close_matches(given, known, 1)
    meant = label("practice.meant", name=near[0]) if near else label("practice.all", count=len(known))
    raise UsageError(label("practice.unknown", given=repr(given[:40]), meant=meant))


def name_of(loaded: Loaded) -> str:
    """What a scenario is called in the file of what was solved: one of the learner's own is no other's."""
    return loaded.id if scenario.number_of(loaded) else f"file:{loaded.id}"


def titled(loaded: Loaded) -> str:
    """Its number and title. Its name is for whoever knows it, or has solved it: many a name tells the cause."""
    number, title = scenario.number_of(loaded), safe.line(loaded.scenario.title)
    return label("practice.numbered", number=number, title=title) if number else title


def listed(done: Mapping[str, Done]) -> list[str]:
    """All exercises from easy to hard, a line each below their levels, with what was solved."""
    told: list[str] = []
    for level, exercises in scenario.by_level():
        told += ["", label(f"practice.level_{level}")]
        told += [f"  {number:>2}  {each.scenario.title} ({standing(done.get(each.id))})" for number, each in exercises]
    return told


def learner(given: str | None) -> str:
    """Who learns: as given, or the user of this machine."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "learner"


def solved_by(name: str) -> dict[str, Done]:
    """What a learner has solved, nothing where that can't be read."""
    try:
        known = progress.read(progress.path_in(places()))
    except OSError:
        known = None
    return dict((known or {}).get(name, {}))


def standing(done: Done | None) -> str:
    """Whether a scenario was solved."""
    return label("practice.solved_with", points=done.points) if done else label("practice.not_solved")


def nodes(now: Standing) -> list[str]:
    """The instances, a line each."""
    found = [
        label(
            "practice.node",
            instance=node.instance,
            name=node.name.partition(".")[0],
            state=label(f"practice.state_{node.state.lower().replace(' ', '_')}"),
        )
        for node in now.nodes
    ]
    return [safe.line(line) for line in found] or [label("practice.no_nodes")]


def verdict(now: Standing) -> list[str]:
    """Why it is not solved; nothing where it is."""
    if now.solved:
        return []
    told = []
    if now.ready < now.wanted:
        told.append(label("practice.unsolved", ready=now.ready, wanted=now.wanted))
        if any(node.state in ("pending", "absent", "NotReady") and node.seconds < 120 for node in now.nodes):
            told.append(label("practice.waiting"))
    else:
        told.append(label("practice.unsolved_ready"))
    told += [label(f"practice.hurdle_{name}", about=about) for name, about in now.shortcuts]
    told += [label("practice.hurdle_overlap", about=about) for about in now.overlaps]
    told += now.broken
    return [safe.line(line) for line in told]


def no_hint(attempt: Attempt) -> str:
    """Why there is no next hint."""
    return label("practice.no_hint") if attempt.read else label("practice.without_hints")


def debrief(attempt: Attempt) -> Iterator[tuple[str, list[str]]]:
    """Headings with what stands below them, when it is over."""
    told = attempt.loaded.scenario.debrief
    yield label("practice.happened"), [safe.line(told.happened)]
    seen = [label("practice.seen_in"), f"  {attempt.line}"] if attempt.line else []
    yield label("practice.seen"), [safe.line(line) for line in (*seen, told.instead or "") if line]
    if told.finding in words.codes():
        lines = [
            label("practice.finding_is", code=told.finding, title=words.title(told.finding)),
            label("practice.finding_by", cluster=scenario.CLUSTER),
            label("practice.finding_all", code=told.finding),
        ]
        name = name_of(attempt.loaded)
        of = [one for one in words.failures() if name in one.scenarios]
        also = [label("practice.failure_is", id=one.id, title=one.title) for one in of]
        yield label("practice.finding"), [safe.line(each) for each in (*lines, *also)]
    if scenario.number_of(attempt.loaded):
        yield label("practice.name"), [label("practice.name_is", name=attempt.loaded.id)]
    if solution := attempt.loaded.scenario.solution:
        yield label("practice.solution"), [safe.line(_call(step, attempt.values)) for step in solution]


def _call(step: Step, values: Mapping[str, Any]) -> str:
    """The call as one would type it, with what the account's own things are called."""
    service, _, operation = step.call.partition(".")
    told = json.dumps(step.params, separators=(", ", ": "))
    told = _NAMED.sub(lambda found: str(values.get(found[1] or found[2], found[0])), told)
    cut = told if len(told) <= _MOST_OF_A_CALL else f"{told[:_MOST_OF_A_CALL]} …"
    return f"  {'aws ' if service != 'kubernetes' else ''}{service} {kebab(operation)} {cut}"


def keep(attempt: Attempt, name: str) -> list[str]:
    """Notes a solved scenario for its learner. Returns what is to be said of it."""
    from datetime import datetime

    path = progress.path_in(places())
    points, read = attempt.points, attempt.read
    told = [label("practice.debrief_solved", points=points, hints=read)]
    try:
        broken = progress.read(path) is None
        best = progress.record(path, name, name_of(attempt.loaded), points, read, datetime.now().astimezone())
    except OSError as error:
        return [*told, safe.line(label("practice.debrief_unkept", path=path, why=error.strerror or error))]
    if broken:
        told.append(safe.line(label("practice.debrief_aside", path=progress.beside(path))))
    if best.points > points:
        told.append(label("practice.debrief_best", points=best.points))
    return told


def exports(account: PracticeAccount) -> list[str]:
    """What a POSIX shell has to be told to use the account."""
    told = [f"export {name}={shlex.quote(value)}" for name, value in account.env.items()]
    return [f"unset {' '.join(account.unset)}", *told]


def shell(account: PracticeAccount, back: str = "", *, cluster: bool = True) -> list[str]:
    """How one works from another terminal; lines to type begin with blanks. Writes the file that is named there.

    ``back`` says what is to be known here meanwhile; ``cluster``, whether there is one to look at.
    """
    file = account.folder / "environment.sh"
    file.write_text("\n".join([*exports(account), ""]), "utf-8")
    file.chmod(0o600)
    typed = [f"aws eks update-kubeconfig --name {scenario.CLUSTER}", "kubectl get node -o wide",
             "aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId'",
             "aws ec2 get-console-output --output text --instance-id ID"]  # fmt: skip
    looks = [label("practice.shell_next"), "", *(f"  {line}" for line in typed), ""] if cluster else []
    return [
        label("practice.shell_how"),
        "",
        f"  . {shlex.quote(str(file))}",
        "",
        *looks,
        back or label("practice.shell_back"),
        label("practice.shell_other"),
    ]


def wizard_options(attempt: Attempt) -> list[str]:
    """The options with which the wizard opens this scenario's profile in its account."""
    loaded = attempt.loaded
    settings = [word for setting in loaded.scenario.wizard.settings for word in ("--set", setting)]
    return [str(scenario.profile_of(loaded)), "--endpoint-url", attempt.account.endpoint_url, *settings]


def wizard_command(options: Iterable[str]) -> list[str]:
    """The wizard as a program of its own, as this one was started."""
    return [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main())", *options]


def wizard_line(attempt: Attempt) -> str:
    """The same as one types it."""
    return safe.line(shlex.join([PROGRAM, *wizard_options(attempt)]))
