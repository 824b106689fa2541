"""Whether policies let a request through, as IAM evaluates them (IAM user guide, "Policy evaluation logic").

Deny wins, then one Allow is needed. A condition key that the request has no value for does not match, unless the
operator says IfExists or is a negated one (IAM user guide, "Condition operators"); so it is with keys that nothing is
known of here: an Allow under such a condition does not allow, which is how a real policy fails that asks for what a
booting node does not have (aws:PrincipalTag, aws:SourceIp with an endpoint, aws:userid of another).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from re import DOTALL, IGNORECASE, Pattern, compile, escape
from typing import Any, Literal
from urllib.parse import unquote

Verdict = Literal["allowed", "implicit deny", "explicit deny"]


@dataclass(frozen=True)
class Request:
    """One API call: action as in "ec2:DescribeInstances", the resource's ARN or "*", and the context's keys.

    ``principals`` are the ARNs and account ids by which a policy's Principal can name the caller.
    """

    action: str
    resource: str = "*"
    principals: frozenset[str] = frozenset()
    context: Mapping[str, str] = field(default_factory=dict)


def verdict(documents: Iterable[str], request: Request, *, with_principal: bool = False) -> Verdict:
    """What the documents together say of a request. ``with_principal``: their statements name whom they are for."""
    allowed = False
    for document in documents:
        for statement in statements(document):
            if not _matches(statement, request, with_principal=with_principal):
                continue
            if statement.get("Effect") == "Deny":
                return "explicit deny"
            allowed = allowed or statement.get("Effect") == "Allow"
    return "allowed" if allowed else "implicit deny"


@lru_cache(maxsize=1024)
def statements(document: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of a policy document; of one that is no JSON object, none."""
    try:
        loaded = json.loads(document if document.lstrip().startswith("{") else unquote(document))
    except ValueError:
        return ()
    found = loaded.get("Statement", []) if isinstance(loaded, dict) else []
    return tuple(one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict))


def listed(value: object) -> list[str]:
    """A policy element that may be one text or a list of them."""
    return [str(item) for item in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _matches(statement: Mapping[str, Any], request: Request, *, with_principal: bool) -> bool:
    return (
        (not with_principal or _principal(statement, request))
        and _element(statement, "Action", request.action, ignore_case=True)
        and _element(statement, "Resource", request.resource, ignore_case=False)
        and _conditions(statement.get("Condition"), request.context)
    )


def _element(statement: Mapping[str, Any], name: str, value: str, *, ignore_case: bool) -> bool:
    if f"Not{name}" in statement:
        return not any(_like(pattern, value, ignore_case) for pattern in listed(statement[f"Not{name}"]))
    return any(_like(pattern, value, ignore_case) for pattern in listed(statement.get(name)))


def _principal(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotPrincipal" in statement:
        return not _named(statement["NotPrincipal"], request)
    return _named(statement.get("Principal"), request)


def _named(principal: object, request: Request) -> bool:
    """An account may be given by its id or as its root; that stands for everyone in it."""
    names = listed(principal.get("AWS")) if isinstance(principal, dict) else listed(principal)
    return any(name == "*" or name in request.principals for name in names)


@lru_cache(maxsize=4096)
def _pattern(text: str, ignore_case: bool) -> Pattern[str]:
    body = "".join(".*" if letter == "*" else "." if letter == "?" else escape(letter) for letter in text)
    return compile(body, DOTALL | (IGNORECASE if ignore_case else 0))


def like(pattern: str, action: str) -> bool:
    """Whether an action is one of those that a pattern of actions means."""
    return _like(pattern, action, ignore_case=True)


def _like(pattern: str, value: str, ignore_case: bool = False) -> bool:
    return bool(_pattern(pattern, ignore_case).fullmatch(value))


# conditions


def _in_network(value: str, wanted: str) -> bool:
    try:
        return ip_address(value) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def _compared(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def numbers(value: str, wanted: str) -> bool:
        try:
            return compare(_number(value), _number(wanted))
        except ValueError:
            return False

    return numbers


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": lambda value, wanted: _like(wanted, value),
    "ArnEquals": lambda value, wanted: _like(wanted, value),
    "ArnLike": lambda value, wanted: _like(wanted, value),
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _in_network,
    "NumericEquals": _compared(lambda one, other: one == other),
    "NumericLessThan": _compared(lambda one, other: one < other),
    "NumericLessThanEquals": _compared(lambda one, other: one <= other),
    "NumericGreaterThan": _compared(lambda one, other: one > other),
    "NumericGreaterThanEquals": _compared(lambda one, other: one >= other),
    "DateLessThan": _compared(lambda one, other: one < other),
    "DateGreaterThan": _compared(lambda one, other: one > other),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
}


def _conditions(condition: object, context: Mapping[str, str]) -> bool:
    if condition is None:
        return True
    if not isinstance(condition, dict):
        return False
    values = {key.lower(): value for key, value in context.items()}
    return all(
        isinstance(block, dict) and all(_holds(operator, values.get(key.lower()), block[key]) for key in block)
        for operator, block in condition.items()
    )


def _holds(operator: str, value: str | None, wanted: object) -> bool:
    if operator.startswith("ForAllValues:") and value is None:
        return True
    operator = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
    choices = [text.lower() if isinstance(wanted, bool) else text for text in listed(wanted)]
    if operator == "Null":
        return (value is None) == (choices[:1] == ["true"])
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = operator in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(operator, operator))
    if compare is None:
        return False
    if value is None:
        return optional or negated
    return any(compare(value, choice) for choice in choices) != negated
