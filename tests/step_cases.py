"""The form of the steps' case tables, and how a case is run."""

from collections.abc import Iterable
from dataclasses import dataclass

from article_facts import ARTICLE

from wizard import engine
from wizard.facts import Facts
from wizard.findings import Finding
from wizard.network import planned
from wizard.plan import Call, Change, Wait, WriteFile
from wizard.profile import Profile, with_settings

USED_VPC = ("vpc.use={id: vpc-00000000000000001, subnets: [subnet-00000000000000001, subnet-00000000000000002]}",)


@dataclass(frozen=True)
class Findings:
    """What a step's check, or its verify, finds: each as ``CODE severity where``, sorted."""

    name: str
    facts: Facts
    found: tuple[str, ...]
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plans:
    """What a step plans: each as ``change verb service.Operation``, with what it needs behind ``<``."""

    name: str
    facts: Facts
    changes: tuple[str, ...]
    settings: tuple[str, ...] = ()


def profile_of(case: Findings | Plans) -> Profile:
    """The article's profile with the case's settings."""
    return with_settings(ARTICLE, case.settings)


def step(name: str) -> engine.Step:
    """The engine's step of this name."""
    return next(one for one in engine.STEPS if one.name == name)


def checked(name: str, case: Findings) -> tuple[str, ...]:
    """What the step's check finds."""
    profile = profile_of(case)
    return lines(step(name).check(profile, case.facts, planned(profile, case.facts)))


def verified(name: str, case: Findings) -> tuple[str, ...]:
    """What the step's verify finds."""
    profile = profile_of(case)
    return lines(step(name).verify(profile, case.facts, planned(profile, case.facts)))


def changes(name: str, case: Plans) -> tuple[Change, ...]:
    """What the step plans, as it is."""
    profile = profile_of(case)
    return tuple(step(name).plan(profile, case.facts, planned(profile, case.facts)))


def lines(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Findings as a table writes them."""
    return tuple(sorted(f"{one.code} {one.severity} {one.where}" for one in findings))


def shown(changes: Iterable[Change]) -> tuple[str, ...]:
    """Changes as a table writes them."""
    return tuple(_line(change) for change in changes)


def _line(change: Change) -> str:
    match change.action:
        case Call(service, operation):
            does = f"{service}.{operation}"
        case WriteFile():
            does = "file"
        case None:
            does = "nothing"
    needs = " < " + " ".join(sorted(change.needs)) if change.needs else ""
    return f"{change.id} {change.verb} {does}{needs}"


def call_of(name: str, change: str, case: Plans) -> Call:
    """The AWS call of one change that the step plans."""
    action = next(one.action for one in changes(name, case) if one.id == change)
    assert isinstance(action, Call)
    return action


def wait_of(name: str, change: str, case: Plans) -> Wait:
    """How the effect of one change that the step plans is seen."""
    wait = next(one.wait for one in changes(name, case) if one.id == change)
    assert wait is not None
    return wait
