"""What can keep a node from becoming Ready: each rule has a name and a function of its own.

A rule answers None, or what the program that meets it says. ``RULES`` holds every rule by its name; whoever puts
another function there (a test that switches a rule off) changes what every boot does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

Asked = ParamSpec("Asked")


@dataclass(frozen=True)
class Obstacle:
    """A rule that has something against it, and in which words the node's programs say so."""

    rule: str
    says: str


RULES: dict[str, Callable[..., str | None]] = {}


def rule(name: str) -> Callable[[Callable[Asked, str | None]], Callable[Asked, Obstacle | None]]:
    """Makes a function the rule of that name; called, it answers an Obstacle or None."""

    def named(function: Callable[Asked, str | None]) -> Callable[Asked, Obstacle | None]:
        RULES[name] = function

        @wraps(function)
        def ask(*args: Asked.args, **kwargs: Asked.kwargs) -> Obstacle | None:
            says = RULES[name](*args, **kwargs)
            return None if says is None else Obstacle(name, says)

        return ask

    return named


def off(*_: Any, **__: Any) -> None:
    """A rule that never has anything against it."""
