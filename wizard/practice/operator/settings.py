"""What is steered of the operator's side; by default nothing stands in the way that AWS's side does not put there."""

from dataclasses import dataclass, fields
from ipaddress import IPv4Address
from typing import Any, Literal, get_args

from wizard.practice.account import account

Firewall = Literal["open", "drops", "refuses"]
Resolver = Literal["complete", "strips private answers"]


@dataclass(frozen=True)
class Settings:
    """The operator's machine and premises.

    ``address`` is the machine's own; None: one on the premises from which the way works, if there is any. ``inside``
    says that the machine is no such one but stands in the VPC and carries the cluster's own group. ``vpn`` says
    whether the tunnels are up, ``firewall`` what the premises' own does with port 443 to the VPC. A ``resolver`` that
    strips private answers does not find a cluster's name. With ``interceptor`` the connection is opened with a CA of
    the company's, with ``proxy`` a proxy answers in the API's place.
    """

    address: IPv4Address | None = None
    inside: bool = False
    vpn: bool = True
    firewall: Firewall = "open"
    resolver: Resolver = "complete"
    interceptor: bool = False
    proxy: bool = False


def parsed(content: Any) -> Settings:
    """The settings in a JSON object; what it does not name is as by default. Raises ValueError."""
    if not isinstance(content, dict):
        raise ValueError("the operator's settings are an object")
    unknown = sorted(set(content) - {field.name for field in fields(Settings)})
    if unknown:
        raise ValueError(f"the operator has no {unknown[0]}")
    given = dict(content)
    for name in ("inside", "vpn", "interceptor", "proxy"):
        if not isinstance(given.get(name, True), bool):
            raise ValueError(f"{name} is true or false")
    for name, words in (("firewall", get_args(Firewall)), ("resolver", get_args(Resolver))):
        if given.get(name, words[0]) not in words:
            raise ValueError(f"{name} is one of: {', '.join(words)}")
    if given.get("address") is not None:
        given["address"] = IPv4Address(given["address"])
    return Settings(**given)


class Current:
    """The settings in force."""

    def __init__(self) -> None:
        self.settings = Settings()

    def reset(self) -> None:
        """As by default."""
        self.settings = Settings()


current = Current()
account.on_reset(current.reset)
