"""IAM's judgement of one action by policy documents: statements, wildcards, conditions, permissions boundary. Pure.

After the IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from functools import cache
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any, Literal

Document = Mapping[str, Any]
Context = Mapping[str, tuple[str, ...]]
Decision = Literal["allowed", "implicitDeny", "explicitDeny"]


@dataclass(frozen=True)
class Asked:
    """One action on one resource, with the values of condition keys."""

    action: str
    resource: str
    context: Context


@dataclass(frozen=True)
class Judgement:
    """``missing`` are keys that statements about the action name and nobody gave; ``boundary`` None without one."""

    decision: Decision
    missing: tuple[str, ...] = ()
    boundary: bool | None = None


def judge(identity: Iterable[Document], boundary: Document | None, asked: Asked) -> Judgement:
    """What the policies of a user or role say. What both they and the boundary allow is allowed."""
    missing: dict[str, None] = {}
    found = _decided(identity, asked, missing)
    if boundary is None:
        return Judgement(found, tuple(missing))
    bounded = _decided([boundary], asked, missing)
    both: tuple[Decision, Decision] = (found, bounded)
    for worst in ("explicitDeny", "implicitDeny"):
        if worst in both:
            return Judgement(worst, tuple(missing), bounded == "allowed")
    return Judgement("allowed", tuple(missing), True)


def _decided(documents: Iterable[Document], asked: Asked, missing: dict[str, None]) -> Decision:
    effects = [one["Effect"] for document in documents for one in _statements(document) if _fits(one, asked, missing)]
    return "explicitDeny" if "Deny" in effects else "allowed" if "Allow" in effects else "implicitDeny"


def _statements(document: Document) -> list[Document]:
    return listed(document.get("Statement"))


def listed(value: Any) -> list[Any]:
    """A policy element that may be one value or a list of them."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _fits(statement: Document, asked: Asked, missing: dict[str, None]) -> bool:
    if not _named(statement, "Action", asked.action.lower(), str.lower):
        return False
    if not _named(statement, "Resource", asked.resource, str):
        return False
    # Every condition is looked at, so that all missing keys are told.
    holds = [_holds(condition, asked.context, missing) for condition in _conditions(statement)]
    return all(holds)


def _named(statement: Document, element: str, value: str, spelled: Callable[[str], str]) -> bool:
    patterns = listed(statement.get(element))
    if f"Not{element}" in statement:
        return not any(_like(value, spelled(pattern)) for pattern in listed(statement[f"Not{element}"]))
    return any(_like(value, spelled(pattern)) for pattern in patterns)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # IAM knows * and ?, and no sets in brackets.
    return re.compile(translate(text.replace("[", "[[]")))


def is_meant(pattern: str, action: str) -> bool:
    """Whether an action is one of those that a pattern of actions means."""
    return _like(action.lower(), pattern.lower())


def _like(value: str, pattern: str) -> bool:
    return bool(_pattern(pattern).match(value))


@dataclass(frozen=True)
class _Condition:
    operator: str
    key: str
    values: tuple[str, ...]


def _conditions(statement: Document) -> Iterator[_Condition]:
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            yield _Condition(operator, key, tuple(_text(value) for value in listed(values)))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _in_network(value: str, network: str) -> bool:
    try:
        return ip_address(value) in ip_network(network, strict=False)
    except ValueError:
        return False


def _compared(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    """A comparison of numbers or of instants; what is neither does not match."""

    def matches(value: str, wanted: str) -> bool:
        try:
            return compare(_number(value), _number(wanted))
        except ValueError:
            return False

    return matches


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()


_EQUAL: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": lambda one, other: one.lower() == other.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda one, other: one.lower() == other.lower(),
    "IpAddress": _in_network,
    **{
        f"{kind}{name}": _compared(compare)
        for kind in ("Numeric", "Date")
        for name, compare in (
            ("Equals", eq),
            ("LessThan", lt),
            ("LessThanEquals", le),
            ("GreaterThan", gt),
            ("GreaterThanEquals", ge),
        )
    },
}


def _holds(condition: _Condition, context: Context, missing: dict[str, None]) -> bool:
    name = condition.operator.rpartition(":")[2]
    each = condition.operator.rpartition(":")[0]
    given = next((values for key, values in context.items() if key.lower() == condition.key.lower()), None)
    if given is None:
        missing[condition.key] = None
    if name == "Null":
        return (given is None) == (condition.values[0] == "true")
    plain = name.removesuffix("IfExists")
    negated = plain.replace("Not", "") if plain not in _EQUAL else None
    matches = _EQUAL.get(negated or plain)
    if matches is None:
        raise ValueError(f"the practice account's IAM has no condition operator {condition.operator}")
    if given is None:
        return each == "ForAllValues" or (each == "" and (negated is not None or name.endswith("IfExists")))

    def fits(value: str) -> bool:
        return any(matches(value, wanted) for wanted in condition.values) is (negated is None)

    return all(map(fits, given)) if each == "ForAllValues" else any(map(fits, given))
