"""The company behind the practice account's VPN: its networks, its name servers, its proxy.

By default it is a company in which everything is right: its names are forwarded by the VPC's resolver, answers find
their way back, and the proxy lets AWS through. What it announces to a VPN gateway are its ``cidrs``, by default none.
"""

from collections.abc import Mapping
from dataclasses import fields
from ipaddress import IPv4Network
from typing import Any

from wizard.practice.boot.snapshot import Premises


def parsed(asked: Mapping[str, Any]) -> Premises:
    """The premises in a JSON object; what it does not name is as by default. Raises ValueError."""
    if not isinstance(asked, dict):
        raise ValueError("the premises are an object")
    known = {field.name for field in fields(Premises)}
    if unknown := set(asked) - known:
        raise ValueError(f"the premises have no {sorted(unknown)[0]}, but {', '.join(sorted(known))}")
    typed: dict[str, Any] = {name: _typed(name, value) for name, value in asked.items()}
    return Premises(**typed)


def _typed(name: str, value: object) -> object:
    """A value of a JSON object, or of a file in which everything is text."""
    if isinstance(getattr(Premises(), name), bool):
        found = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
        if not isinstance(found, bool):
            raise ValueError(f"{name} is true or false")
        return found
    if not isinstance(value, list):
        raise ValueError(f"{name} is a list")
    if name == "cidrs":
        return tuple(IPv4Network(each) for each in value)
    return tuple(int(each) if name == "proxy_ports" else str(each) for each in value)
