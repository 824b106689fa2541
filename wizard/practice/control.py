"""Steering the practice account: the JSON API under /practice/, which AWS does not have.

    GET    ready                    how the account runs, and its time
    POST   reset                    everything fresh
    GET    calls?after=N            the calls with a greater number
    POST   faults [rule, ...]       these rules and no others (see faults.Rule); DELETE: none
    GET    held?timeout=S           the call that a "hold" rule holds, waited for; null when there is none
    POST   release                  lets held, delayed and silent calls go
    POST   time {seconds}           lets AWS seconds pass at once
    POST   random {seed}            ids that are made up from now on follow from this number
    POST   health {name, failed, issues}   a cluster's health, and whether creating it fails
    POST   catalogue {...}          what is on offer (see catalogue.Catalogue.with_changes)

Every answer is a JSON object; what is not understood is 400 with an "error".
"""

import json
import re
from dataclasses import asdict
from typing import Any

from moto.moto_api._internal import mock_random

from wizard.practice.account import account
from wizard.practice.eks import state
from wizard.practice.protocol import Response

Query = dict[str, list[str]]


def answer(method: str, path: str, query: Query, body: bytes) -> Response:
    """Answers one request of whoever steers."""
    try:
        found = _carried_out(method, path.removeprefix("/practice/"), query, json.loads(body) if body else None)
    except NotImplementedError:
        return _json(404, {"error": f"the practice account has no {method} {path}"})
    except (ValueError, TypeError, KeyError, re.error) as error:
        return _json(400, {"error": str(error)})
    return _json(200, found)


def _json(status: int, content: Any) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(content, default=str).encode())


def _carried_out(method: str, what: str, query: Query, body: Any) -> dict[str, Any]:
    match method, what:
        case "GET", "ready":
            folder = str(account.folder)
            return {"ready": True, "time_scale": account.time_scale, "now": account.clock.now(), "folder": folder}
        case "POST", "reset":
            account.reset()
        case "GET", "calls":
            return {"calls": account.calls.after(int(_first(query, "after", "0")))}
        case "POST", "faults":
            account.faults.replace(body)
        case "DELETE", "faults":
            account.faults.replace([])
        case "GET", "held":
            held = account.faults.held(float(_first(query, "timeout", "10")))
            return {"call": asdict(held) if held else None}
        case "POST", "release":
            account.faults.release()
        case "POST", "time":
            account.clock.advance(float(body["seconds"]))
        case "POST", "random":
            account.at_rest.wait(30)
            mock_random.seed(int(body["seed"]))
        case "POST", "health":
            state.decreed[body["name"]] = state.Health(bool(body.get("failed")), tuple(body.get("issues", ())))
        case "POST", "catalogue":
            account.catalogue = account.catalogue.with_changes(body)
        case _:
            raise NotImplementedError(what)
    return {}


def _first(query: Query, name: str, otherwise: str) -> str:
    return query.get(name, [otherwise])[0]
