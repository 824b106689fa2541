"""Endpoint policies: whether one lets anybody do what every node does. Pure."""

import json
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any


def allows(
    document: str | None,
    action: str,
    resource: str,
    who: Collection[str] = (),
    context: Mapping[str, str | None] = MappingProxyType({}),
) -> bool | None:
    """Whether the policy lets every principal do this; None where it depends on conditions or on who asks.

    ``who`` are the names of the one who asks, where that is known: the ARN of a role, its account's number and root.
    ``context`` are the condition keys of which the value is known; None where the request has none. No document is
    AWS's default of endpoints, which allows everything. IAM user guide, "Policy evaluation logic".
    """
    if not document:
        return True
    try:
        policy = json.loads(document)
    except ValueError:
        return None
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    values = {key.lower(): value for key, value in context.items()}
    verdicts = [
        (statement.get("Effect"), holds)
        for statement in _listed(statements)
        if isinstance(statement, dict) and _concerns(statement, action, resource)
        for holds in [_holds(statement, who, values)]
        if holds is not False
    ]
    if ("Deny", True) in verdicts:
        return False
    if any(effect == "Deny" for effect, _ in verdicts):
        return None
    if ("Allow", True) in verdicts:
        return True
    return None if verdicts else False


def _holds(statement: Mapping[str, Any], who: Collection[str], context: Mapping[str, str | None]) -> bool | None:
    """Whether the statement is about whoever asks, as far as that is known; None where it depends."""
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS") if isinstance(principal, dict) else principal)
    if "*" in named or set(who) & set(named):
        return _met(statement.get("Condition") or {}, context)
    # Of somebody who is known, it is known that it is about somebody else.
    return False if who and named else None


def _met(conditions: Any, context: Mapping[str, str | None]) -> bool | None:
    """Whether all conditions are met; None where one is not known to be, and none is known not to be."""
    if not isinstance(conditions, dict):
        return None
    verdicts = [
        _one_met(operator, context[key.lower()], _listed(values)) if key.lower() in context else None
        for operator, asked in conditions.items()
        for key, values in (asked.items() if isinstance(asked, dict) else [("", None)])
    ]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _one_met(operator: str, value: str | None, wanted: list[Any]) -> bool | None:
    """A key without a value meets a condition only where it is negated, or says IfExists (IAM user guide, condition
    operators)."""
    name = operator.removesuffix("IfExists")
    negated = "Not" in name
    if name.replace("Not", "") not in (
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "ArnEquals",
        "ArnLike",
        "Bool",
    ):
        return None
    if value is None:
        return negated or operator.endswith("IfExists")
    exact = "StringEquals" in name.replace("Not", "") and not name.endswith("IgnoreCase")
    texts = [str(one) for one in wanted]
    like = any(value == one if exact else fnmatchcase(value.lower(), one.lower()) for one in texts)
    return like != negated


def _concerns(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    actions = _matches(statement, "Action", action.lower(), str.lower)
    return actions and _matches(statement, "Resource", resource, str)


def _matches(statement: Mapping[str, Any], key: str, value: str, spelt: Any) -> bool:
    if f"Not{key}" in statement:
        return not any(fnmatchcase(value, spelt(one)) for one in _listed(statement[f"Not{key}"]))
    return any(fnmatchcase(value, spelt(one)) for one in _listed(statement.get(key)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
