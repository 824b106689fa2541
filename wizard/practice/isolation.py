"""The practice account's process cannot reach anything but this machine.

Two things see to it: the environment is emptied of what could name a real account or a proxy, and an audit hook
refuses to resolve or connect to anything that is not loopback. An audit hook cannot be taken off again.
"""

import ipaddress
import os
import sys
from typing import Any


class NotLoopbackError(OSError):
    """Something in the practice account's process tried to leave this machine."""


def scrub(environment: dict[str, str]) -> dict[str, str]:
    """The environment without AWS's variables, the proxies', moto's and Kubernetes'."""
    return {name: value for name, value in environment.items() if not _leads_outside(name.upper())}


def _leads_outside(name: str) -> bool:
    return name.startswith(("AWS_", "MOTO_", "BOTO_")) or name.endswith("_PROXY") or name == "KUBECONFIG"


def isolate() -> None:
    """Scrubs this process's own environment and refuses every connection that is not to loopback."""
    kept = scrub(dict(os.environ))
    for name in set(os.environ) - set(kept):
        del os.environ[name]
    # botocore would otherwise ask the instance metadata service and read the operator's files.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a Unix socket: this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if host is not None and not is_loopback(host):
        raise NotLoopbackError(f"the practice account does not connect to {host!r}")


def is_loopback(host: str | bytes) -> bool:
    """Whether a host, as given to a socket, is this machine; a name is resolved by nobody."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("", "localhost", "0.0.0.0", "::"):  # noqa: S104 - what a server binds, not where it connects
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
