"""Recognising a practice account that runs already, by its address."""

import http.client
import json
import math
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 3.0
# An account that was just started warms up first.
_STEERING_SECONDS = 40.0


@dataclass(frozen=True)
class Running:
    """A practice account of another process. ``time_scale`` is real seconds per AWS second."""

    endpoint_url: str
    time_scale: float
    folder: Path


def running(endpoint_url: str) -> Running | None:
    """The practice account at this URL; None where none answers. Only this machine is ever asked."""
    try:
        parts = urlsplit(endpoint_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or not _is_loopback(host):
        return None
    # No proxy of the environment stands between: http.client knows none.
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/practice/ready")
        answer = connection.getresponse()
        said = json.loads(answer.read(65536)) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return _understood(endpoint_url, said)


class RefusedError(Exception):
    """The practice account does not do it. ``step`` is the one of a stage's steps that it is about, from 0."""

    def __init__(self, says: str, step: int | None) -> None:
        super().__init__(says)
        self.step = step


def steer(endpoint_url: str, what: str, content: object) -> dict[str, Any]:
    """Has the practice account at this URL do what control.py knows. Returns its answer.

    Raises RefusedError, OSError, and HTTPException.
    """
    return _asked(endpoint_url, "POST", what, content)


def ask(endpoint_url: str, what: str) -> dict[str, Any]:
    """What the practice account at this URL tells of itself (see control.py). Raises as ``steer`` does."""
    return _asked(endpoint_url, "GET", what, None)


def _asked(endpoint_url: str, method: str, what: str, content: object) -> dict[str, Any]:
    parts = urlsplit(endpoint_url)
    # No proxy of the environment stands between, as in running().
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_STEERING_SECONDS)
    try:
        headers = {"Content-Type": "application/json"}
        body = None if content is None else json.dumps(content)
        connection.request(method, f"/practice/{what}", body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
    except ValueError as error:
        raise http.client.HTTPException(f"no answer that can be read: {error}") from error
    finally:
        connection.close()
    if answer.status != 200 or not isinstance(said, dict):
        raise RefusedError(str(said.get("error", said)), said.get("step"))
    return said


def _understood(endpoint_url: str, said: object) -> Running | None:
    match said:
        case {"ready": True, "time_scale": int() | float() as scale, "folder": str() as folder}:
            return Running(endpoint_url, float(scale), Path(folder)) if 0 <= scale < math.inf and folder else None
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
