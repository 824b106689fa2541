"""A check less, or a rule of the boot less, and the oracle notices: nothing in either is there for nothing."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from oracle.causes import CAUSES, FLAWS, OF_THE_COMPANY
from oracle.corpus import CHECKING, CODES, Kept, corpus, invented
from oracle.judging import disagreements, found

from wizard.findings import Finding, Severity
from wizard.joining import judge
from wizard.practice.boot.rules import RULES, off


def _checks() -> Iterator[tuple[Any, str]]:
    """Every function and method that yields findings, by where it stands; but for those that only warn."""
    for module in CHECKING:
        holders: list[Any] = [module, *(one for _, one in inspect.getmembers(module, inspect.isclass))]
        for holder in holders:
            for name, function in vars(holder).items():
                if not inspect.isfunction(function) or function.__module__ != module.__name__:
                    continue
                # What dataclasses make, and what is the sum of all others.
                if name.startswith("__") or function is judge:
                    continue
                if inspect.signature(function).return_annotation == Iterator[Finding] and not _only_warns(function):
                    yield holder, name


def _only_warns(function: Any) -> bool:
    source = inspect.getsource(function)
    return "warn(" in source and "stop" not in source and "yield from" not in source


CHECKS = {f"{getattr(holder, '__qualname__', holder.__name__)}.{name}": (holder, name) for holder, name in _checks()}
# One of each kind for the ordinary run, and the faults by which they are noticed.
SAMPLE = (
    ("NODE647", "endpoint_shut"),
    ("wizard.joining.ways._to_gateway", "node_egress"),
    ("acl-refused", "acl_entries"),
)


def nothing(*_: Any, **__: Any) -> Iterator[Any]:
    """A check that finds nothing."""
    return iter(())


def without_code(code: str, worlds: Iterable[Kept]) -> bool:
    """Whether anything is noticed when a finding is never made."""
    return any(
        any(disagreements(one.world, tuple(finding for finding in one.seen[2] if finding.code != code), one.boots))
        for one in worlds
        if any(finding.code == code for finding in one.seen[2])
    )


def without_check(check: str, worlds: Iterable[Kept], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether anything is noticed when a check finds nothing."""
    kept = [one for one in worlds if any(finding.severity is Severity.STOP for finding in one.seen[2])]
    facts = [one.seen[0] for one in kept]
    holder, name = CHECKS[check]
    function = vars(holder)[name]
    for place in (holder, *(module for module in CHECKING if getattr(module, name, None) is function)):
        monkeypatch.setattr(place, name, nothing)
    return any(any(disagreements(one.world, found(told), one.boots)) for one, told in zip(kept, facts, strict=True))


def without_rule(rule: str, worlds: Iterable[Kept], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether anything is noticed when a rule of the boot has never anything against a node."""
    kept = [one for one in worlds if one.seen and one.boots]
    # Those that met it are the first to end otherwise.
    kept.sort(key=lambda one: all(rule not in (boot.rule, *boot.flaws) for boot in one.boots))
    monkeypatch.setitem(RULES, rule, off)
    return any(any(disagreements(one.world, one.seen[2])) for one in kept)


def test_every_rule_and_every_stop_has_its_place() -> None:
    assert {*CAUSES} & {*RULES} | {*FLAWS} | OF_THE_COMPANY == {*RULES}
    assert frozenset().union(*CAUSES.values()) == {*CODES}


@pytest.mark.parametrize(("mutant", "fault"), SAMPLE)
def test_one_of_each(mutant: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [Kept(world) for world in invented(20, (fault,), 0)]
    assert not any(any(disagreements(one.world, one.seen[2], one.boots)) for one in kept)
    if mutant in CODES:
        assert without_code(mutant, kept)
    elif mutant in CHECKS:
        assert without_check(mutant, kept, monkeypatch)
    else:
        assert without_rule(mutant, kept, monkeypatch)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_all_agree() -> None:
    assert [found for one in corpus() for found in disagreements(one.world, one.seen[2], one.boots)] == []


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("code", CODES)
def test_a_finding_less(code: str) -> None:
    assert without_code(code, corpus())


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("check", CHECKS)
def test_a_check_less(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert without_check(check, corpus(), monkeypatch)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("rule", sorted({*RULES} - OF_THE_COMPANY))
def test_a_rule_less(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert without_rule(rule, corpus(), monkeypatch)
