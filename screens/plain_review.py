"""The end of the plain wizard: review, accept, save, build, verify."""

import json
import shutil
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screens import failures, replay, report, safe
from screens.exit_codes import Exit
from screens.plain_findings import Again, picked_offer, take, tell_findings, told_offers
from screens.plain_prompts import Leave
from screens.plain_questions import screen
from wizard import words
from wizard.billed import billed
from wizard.cloud import CloudError
from wizard.diagram import diagram
from wizard.engine import STEP_NAMES, PlanChanged, StopsFound, View
from wizard.findings import Finding, Severity
from wizard.journal import Locked
from wizard.pace import StopAsked
from wizard.permissions import policy
from wizard.profile_problems import ProfileError

if TYPE_CHECKING:
    from screens.plain import Way

_LAST = STEP_NAMES[-1]


class Review:
    """All at once, and what follows from it."""

    def __init__(self, way: "Way") -> None:
        self.way, self.interview = way, way.interview

    def go(self) -> Exit | int:
        """Returns how the wizard ended, or the index of the step to go to. Raises Leave."""
        again = False
        while True:
            view, offers = self._told(again=again)
            came = self._asked(view, offers)
            if came is None:
                return len(STEP_NAMES) - 1
            if came != "again":
                return came
            again = True

    def _told(self, *, again: bool) -> tuple[View | None, list[Finding]]:
        way = self.way
        way.tell("", "", screen("review"))
        if problems := self.interview.problems():
            way.tell(screen("review_problems"))
            way.tell(*(screen("problem", path=each.path, why=each.says) for each in problems))
        if way.reached and not problems and (again or not self.interview.is_fresh(_LAST)):
            way.look(_LAST, again=again)
        view = self.interview.view(_LAST)
        if view is None:
            look = self.interview.looks.get(_LAST)
            if look is not None and look.wrong is not None:
                tell_findings(way, [look.wrong])
            if not problems:
                way.tell(screen("review_unread"))
            return None, []
        offers = tell_findings(way, view.findings)
        way.tell("")
        report.plan(way.output, view.plan)
        self._tell_bill(view)
        if view.stops:
            way.tell("", screen("review_stops"))
        return view, offers

    def _asked(self, view: View | None, offers: list[Finding]) -> Exit | int | Again | None:
        """What is to be done: an end, a step's index, the review again, or (None) back to the last step."""
        way = self.way
        can_build = view is not None and not view.stops
        label = screen("review_ask") if can_build else screen("review_ask_stops", offers=told_offers(offers))
        while True:
            typed = way.choice(label)
            match typed:
                case "b":
                    return None
                case "s":
                    raise Leave(asked=True)
                case "?" | "":
                    self._help(can_build=can_build, offers=offers)
                case "r":
                    way.reach_again()
                    return "again"
                case "profile" if self._saved() is not None:
                    way.tell_where_it_is_kept()
                    return Exit.DONE
                case "build" if view is not None and (came := self._build(view)) is not None:
                    return came
                case "profile" | "network" | "permissions" | "build":
                    # What hinders the others was told.
                    self._show(typed, view)
                case _ if typed.isdecimal() and 0 < int(typed) <= len(STEP_NAMES):
                    return int(typed) - 1
                case _ if offer := picked_offer(offers, typed):
                    take(way, offer)
                    return "again"
                case _:
                    way.tell(screen("not_that", typed=typed))

    def _help(self, *, can_build: bool, offers: Sequence[Finding]) -> None:
        names = ["build"] if can_build else []
        names += ["profile", "step", *(["offer"] if offers else []), "again", "network", "permissions", "leave"]
        self.way.tell(*(screen(f"review_help_{name}", count=len(STEP_NAMES)) for name in names))

    def _tell_bill(self, view: View) -> None:
        found = billed(self.interview.session().profile, view.facts, view.network, view.plan)
        told = (screen("bill_exists" if each.exists else "bill_made", count=each.count, unit=each.unit,
                       what=words.bill(each.key, each.about)) for each in found)  # fmt: skip
        self.way.tell("", screen("bill"), *told)

    def _show(self, what: str, view: View | None) -> None:
        if view is None:
            self.way.tell(screen("review_unread"))
        elif what == "network":
            self._draw(view)
        elif what == "permissions":
            needed = policy(view.plan, view.facts.role.service_linked)
            self.way.output.table(*json.dumps(needed, indent=2).splitlines())

    def _draw(self, view: View) -> None:
        profile = self.interview.profile()
        width = min(shutil.get_terminal_size((80, 24)).columns, 120)
        self.way.output.table(*diagram(profile, view.facts, view.network, view.findings, width, safe.line))

    def _saved(self) -> Path | None:
        try:
            path = self.interview.save()
        except ProfileError as error:
            for problem in error.problems:
                self.way.tell(screen("not_saved", why=problem.says))
            return None
        except OSError as error:
            self.way.tell(screen("not_saved", why=error))
            return None
        self.way.tell(screen("saved", path=path))
        return path

    # Building

    def _build(self, view: View) -> Exit | Again | None:
        """Returns how it ended, or None where the operator would rather not. Raises Leave."""
        way = self.way
        if view.stops:
            way.tell(screen("review_stops"))
            return None
        if not self._accepted(view):
            return None
        path = self._saved()
        if path is None:
            return None
        session = self.interview.session()
        if view.plan.changes and not self._named(view.plan.cluster):
            return None
        arguments = as_replay(way.arguments, path)
        stop = way.stop
        stop.say = lambda: way.tell(screen("stopping"))
        try:
            if view.plan.changes:
                way.tell(screen("building"))
                code = replay.build(arguments, way.output, stop, session, session.journal(), view.plan)
                if code is not None:
                    return self._after(code)
            return replay.verify(arguments, way.output, stop, session)
        except (Locked, PlanChanged, StopsFound, CloudError, StopAsked) as failure:
            return self._after(failures.told(way.output, failure))

    def _after(self, code: Exit) -> Exit | Again:
        """After a build that was not finished: the way goes on, unless a stop was asked for."""
        if self.way.stop.asked.is_set():
            return code
        self.way.code = code
        typed = self.way.choice(screen("after_failure"))
        return "again" if typed == "r" else code

    def _accepted(self, view: View) -> bool:
        codes = dict.fromkeys(each.code for each in view.findings if each.severity is Severity.WARN)
        if not codes or not view.plan.changes:
            return True
        told = ", ".join(codes)
        way = self.way
        way.tell(screen("warnings_one" if len(codes) == 1 else "warnings", count=len(codes), codes=told))
        typed = way.choice(screen("accept")).upper().replace(",", " ").split()
        missing = [] if typed == ["ALL"] else [code for code in codes if code not in typed]
        if missing:
            way.tell(screen("accept_missing", codes=", ".join(missing)))
        return not missing

    def _named(self, name: str) -> bool:
        way = self.way
        while typed := way.choice(screen("name", name=name)):
            if typed == name:
                return True
            way.tell(screen("name_wrong", name=name))
        return False


def as_replay(arguments: Any, path: Path) -> Namespace:
    """The options that replay would have been given for the profile at ``path``: what goes on where this ends."""
    argv = ("replay", str(path), *options(arguments))
    return Namespace(**{**vars(arguments), "command": "replay", "profile": str(path), "settings": (), "argv": argv})


def options(arguments: Any) -> list[str]:
    """The options that say which AWS is meant, as they could be typed."""
    found = ["--practice"] if arguments.practice else []
    for option, value in (
        ("--time-scale", arguments.time_scale),
        ("--settle", arguments.settle),
        ("--endpoint-url", arguments.endpoint_url),
        ("--aws-profile", arguments.aws_profile),
    ):
        found += [option, str(value)] if value is not None else []
    return found
