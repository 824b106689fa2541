"""A write's answer gets lost within a running build: nothing is made twice, and the build goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from resources import standing, twins

from wizard.events import Failed, Retrying
from wizard.plan import Call

# What a calm build leaves: the same for every case, so it is built once in each test process.
_calm: list[Any] = []
LOST = {
    "reset": {"what": "reset"},
    "503": {"what": "error", "status": 503, "code": "ServiceUnavailable", "message": "try later"},
    "500": {"what": "error", "status": 500, "code": "InternalError", "message": "an internal error has occurred"},
    "timeout": {"what": "silence"},
}


@pytest.mark.parametrize("when", ["after", "before"])
# To the engine an error of the service is what a connection that ends is: it may have been carried out.
@pytest.mark.parametrize("how", [how if how == "reset" else pytest.param(how, marks=pytest.mark.long) for how in LOST])
def test_every_answer_lost_once_makes_nothing_twice(
    builder: Callable[..., Any], account: Any, how: str, when: str
) -> None:
    """Each write of the article meets the fault once, "after" it was carried out or "before"."""
    if not _calm:
        builder(folder="calm").build()
        _calm.append(standing(account))
        account.reset()
    account.faults({"writes_only": True, "once_per_call": True, "times": None, "when": when, **LOST[how]})

    operator = builder(read_seconds=0.5)
    calls = {change.id for change in operator.look().plan.changes if isinstance(change.action, Call)}
    events = operator.build()

    assert not [event for event in events if isinstance(event, Failed)]
    assert calls <= {event.change.id for event in events if isinstance(event, Retrying)}
    if when == "after":
        assert len(account.writes()) == len(calls), "what was carried out is found, and not sent again"
    account.faults()
    operator.verify()
    assert twins(account) == []
    assert [standing(account)] == _calm
    assert operator.look().plan.changes == ()
