"""What goes wrong on the company's side: a node's console is the only one to tell, and the wizard passes it on."""

import pytest
from oracle.causes import OF_THE_COMPANY
from oracle.company_faults import BY_RULE, company_worlds
from oracle.consoles import NOT_EXPLAINED, shown
from oracle.corpus import drawn
from oracle.judging import seen

from wizard.findings import Severity
from wizard.practice.boot.rules import RULES, off


def test_each_rule_about_the_company_has_its_fault() -> None:
    assert {*BY_RULE} == OF_THE_COMPANY


@pytest.mark.parametrize("rule", sorted(BY_RULE))
def test_the_console_tells_and_nothing_else_does(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = drawn(5, company_worlds(rule), 1)
    for world in worlds:
        boots = world.boots()
        assert {boot.rule for boot in boots} == {rule}, world
        # Nothing that AWS tells is wrong, and the wizard does not claim that it is.
        assert not [one for one in seen(world)[2] if one.severity is Severity.STOP], world
        assert {one.code for one in shown(world, boots)} == {NOT_EXPLAINED}, world
    monkeypatch.setitem(RULES, rule, off)
    for world in worlds:
        boots = world.boots()
        assert {boot.outcome for boot in boots} == {"Ready"}, world
        assert not shown(world, boots), world
