"""Findings as the plain wizard tells them after a step, with offers that can be taken."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from screens import lines
from screens.plain_prompts import Leave
from screens.plain_questions import Turn, screen
from wizard import words
from wizard.findings import Finding, Severity

if TYPE_CHECKING:
    from screens.plain import Way

Again = Literal["again"]


def told_findings(way: "Way", step: str) -> Turn | Again | None:
    """Tells what was found in a step. Returns whether to go on (None), back, or to read AWS again. Raises Leave."""
    found = _found(way, step)
    if found:
        way.tell(screen("findings"))
    offers = tell_findings(way, found)
    severities = [finding.severity for finding in found]
    needed = offers or {Severity.STOP, Severity.WARN, Severity.UNKNOWN} & set(severities)
    if way.interview.view(step) is not None and not needed:
        return None
    if stops := severities.count(Severity.STOP):
        way.tell(screen("stops_one" if stops == 1 else "stops", count=stops))
    label = screen("go_on_stops" if stops else "go_on", offers=told_offers(offers))
    while True:
        typed = way.choice(label)
        match typed:
            case "":
                return None
            case "b":
                return Turn.BACK
            case "s":
                raise Leave(asked=True)
            case "r":
                way.reach_again()
                return "again"
            case "?":
                way.tell(screen("go_on_help"))
            case _ if offer := picked_offer(offers, typed):
                take(way, offer)
                if way.reached and not way.interview.is_fresh(step):
                    way.look(step)
                return told_findings(way, step)
            case _:
                way.tell(screen("not_that", typed=typed))


def _found(way: "Way", step: str) -> list[Finding]:
    """What was found in a step; why nothing could be, is told."""
    look, view = way.interview.looks.get(step), way.interview.view(step)
    if look is not None and look.wrong is not None:
        return [look.wrong]
    if view is not None:
        return [finding for finding in view.findings if lines.step_of(finding) == step]
    if way.reached and (problems := way.interview.problems()):
        way.tell(screen("not_checked"), *(screen("problem", path=each.path, why=each.says) for each in problems))
    return []


def tell_findings(way: "Way", found: Sequence[Finding]) -> list[Finding]:
    """Tells the findings, those first that need somebody. Returns those with an offer, by their numbers."""
    offers: list[Finding] = []
    right = 0
    for finding in lines.ordered(found):
        if finding.severity is Severity.OK and not way.arguments.verbose:
            right += 1
            continue
        # What --set would say the offer says here.
        way.output.insist(*lines.finding_lines(replace(finding, offer={})), style=lines.STYLES[finding.severity])
        if finding.offer:
            offers.append(finding)
            way.output.insist(_told_offer(len(offers), finding))
    if right:
        way.tell(f"{Severity.OK.value:<8}{screen('passed_one' if right == 1 else 'passed', count=right)}")
    return offers


def _told_offer(number: int, finding: Finding) -> str:
    """The line under a finding that says what can be taken."""
    return " " * 8 + screen("offer", name=f"o{number}", label=words.offer(finding) or _answers(finding))


def _answers(finding: Finding) -> str:
    return ", ".join(f"{path} {text.replace(chr(10), '; ')}" for path, text in finding.offer.items())


def told_offers(offers: Sequence[Finding]) -> str:
    if not offers:
        return ""
    if len(offers) == 1:
        return screen("go_on_offers", first="o1")
    return screen("go_on_many_offers", first="o1", last=f"o{len(offers)}")


def picked_offer(offers: Sequence[Finding], typed: str) -> Finding | None:
    number = re.fullmatch(r"o([1-9]\d?)", typed)
    return offers[int(number[1]) - 1] if number and int(number[1]) <= len(offers) else None


def take(way: "Way", finding: Finding) -> None:
    """Takes the offer of a finding."""
    way.put(finding.offer)
    way.tell(screen("offer_taken", answers=_answers(finding)))
