"""Steering the practice account: the JSON API under /practice/, which AWS does not have.

    GET    ready                    how the account runs, and its time
    POST   reset                    everything fresh
    GET    calls?after=N            the calls with a greater number
    POST   faults [rule, ...]       these rules and no others (see faults.Rule); DELETE: none
    GET    held?timeout=S           the call that a "hold" rule holds, waited for; null when there is none
    POST   release                  lets held, delayed and silent calls go
    POST   time {seconds}           lets AWS seconds pass at once
    POST   stage {steps, values, seeded}   carries calls out at once and answers the "values" kept (see stage.play)
    POST   scenario {...}           what counts as solved from now on (see judging)
    GET    solved                   how the scenario stands
    POST   health {name, failed, issues}   a cluster's health, and whether creating it fails
    POST   catalogue {...}          what is on offer (see catalogue.Catalogue.with_changes)
    POST   operator {...}           the operator's side; what is not named is as by default (see operator.settings)
    GET    operator                 the operator's side, and by cluster what loses packets from there
    POST   premises {...}           the company behind the VPN, likewise (see boot.snapshot.Premises)

Every answer is a JSON object; what is not understood is 400 with an "error".
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from wizard.practice import judging, premises, stage
from wizard.practice.account import account
from wizard.practice.eks import state
from wizard.practice.operator.settings import current, parsed
from wizard.practice.protocol import Response

Query = dict[str, list[str]]


def answer(method: str, path: str, query: Query, body: bytes) -> Response:
    """Answers one request of whoever steers."""
    try:
        found = _carried_out(method, path.removeprefix("/practice/"), query, json.loads(body) if body else None)
    except NotImplementedError:
        return _json(404, {"error": f"the practice account has no {method} {path}"})
    except stage.StageError as error:
        return _json(400, {"error": str(error), "step": error.number})
    except (ValueError, TypeError, KeyError, re.error) as error:
        return _json(400, {"error": str(error)})
    return _json(200, found)


def _json(status: int, content: Any) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(content, default=str).encode())


def _carried_out(method: str, what: str, query: Query, body: Any) -> dict[str, Any]:
    do = _REQUESTS.get((method, what))
    if do is None:
        raise NotImplementedError(what)
    return do(query, body) or {}


def _ready(_query: Query, _body: Any) -> dict[str, Any]:
    folder = str(account.folder)
    return {"ready": True, "time_scale": account.time_scale, "now": account.clock.now(), "folder": folder}


def _reset(_query: Query, _body: Any) -> None:
    account.reset()


def _calls(query: Query, _body: Any) -> dict[str, Any]:
    return {"calls": account.calls.after(int(_first(query, "after", "0")))}


def _faults(_query: Query, body: Any) -> None:
    account.faults.replace(body or [])


def _held(query: Query, _body: Any) -> dict[str, Any]:
    held = account.faults.held(float(_first(query, "timeout", "10")))
    return {"call": asdict(held) if held else None}


def _release(_query: Query, _body: Any) -> None:
    account.faults.release()


def _time(_query: Query, body: Any) -> None:
    account.clock.advance(float(body["seconds"]))


def _stage(_query: Query, body: Any) -> dict[str, Any]:
    values = stage.play(body["steps"], body.get("values", {}), seeded=bool(body.get("seeded")))
    _kubernetes().judge_all()
    return {"values": values}


def _scenario(_query: Query, body: Any) -> None:
    judging.begin(body)


def _solved(_query: Query, _body: Any) -> dict[str, Any]:
    return judging.judged()


def _health(_query: Query, body: Any) -> None:
    state.decreed[body["name"]] = state.Health(bool(body.get("failed")), tuple(body.get("issues", ())))


def _catalogue(_query: Query, body: Any) -> None:
    account.catalogue = account.catalogue.with_changes(body)


def _set_operator(_query: Query, body: Any) -> None:
    current.settings = parsed(body)
    _kubernetes().judge_all()


def _operator(_query: Query, _body: Any) -> dict[str, Any]:
    return {"settings": asdict(current.settings), "lost": _kubernetes().lost()}


def _premises(_query: Query, body: Any) -> None:
    account.premises = premises.parsed(body)


def _kubernetes() -> Any:
    """Late: it brings much that an account without a cluster does not need."""
    from wizard.practice import kubernetes

    return kubernetes


_REQUESTS: dict[tuple[str, str], Callable[[Query, Any], dict[str, Any] | None]] = {
    ("GET", "ready"): _ready,
    ("POST", "reset"): _reset,
    ("GET", "calls"): _calls,
    ("POST", "faults"): _faults,
    ("DELETE", "faults"): _faults,
    ("GET", "held"): _held,
    ("POST", "release"): _release,
    ("POST", "time"): _time,
    ("POST", "stage"): _stage,
    ("POST", "scenario"): _scenario,
    ("GET", "solved"): _solved,
    ("POST", "health"): _health,
    ("POST", "catalogue"): _catalogue,
    ("POST", "operator"): _set_operator,
    ("GET", "operator"): _operator,
    ("POST", "premises"): _premises,
}


def _first(query: Query, name: str, otherwise: str) -> str:
    return query.get(name, [otherwise])[0]
