"""Recognising a practice account that runs already, by its address."""

import http.client
import json
import math
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
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


def steer(endpoint_url: str, what: str, content: object) -> None:
    """Has the practice account at this URL do what control.py knows. Raises OSError, and HTTPException."""
    parts = urlsplit(endpoint_url)
    # No proxy of the environment stands between, as in running().
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_STEERING_SECONDS)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/practice/{what}", json.dumps(content), headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise http.client.HTTPException(answer.read().decode(errors="replace"))
    finally:
        connection.close()


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
