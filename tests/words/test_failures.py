"""The catalogue of failures names findings that there are, and says of each failure how it looks."""

import pytest

from wizard import words
from wizard.training.scenario import shipped
from wizard.words import Failure

FAILURES = words.failures()
LONGEST = 300


def test_every_number_of_the_catalogue_is_there() -> None:
    assert [one.id for one in FAILURES] == [f"C{number:02}" for number in range(1, 45)]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.id)
def test_a_failure_is_told_by_findings_or_can_not_be(failure: Failure) -> None:
    assert failure.codes or failure.impossible
    assert set(failure.codes) <= set(words.codes())
    assert len(set(failure.codes)) == len(failure.codes)
    assert not failure.title.endswith(".")
    assert len(failure.title) <= 72
    for text in (failure.looks, failure.impossible or "."):
        assert text.endswith(".")
        assert len(text) <= LONGEST


@pytest.mark.parametrize("scenario", sorted(shipped()))
def test_every_scenario_is_one_of_a_failure(scenario: str) -> None:
    of = [one.id for one in FAILURES if scenario in one.scenarios]
    assert of, f"add {scenario} to the scenarios of a failure in wizard/words/failures.yaml"


def test_no_failure_names_a_scenario_that_is_not_there() -> None:
    assert {name for one in FAILURES for name in one.scenarios} <= set(shipped())


def test_a_failure_is_found_by_its_number() -> None:
    found = words.failure("C04")
    assert found is not None
    assert "END301" in found.codes
    assert words.failure("C45") is None
