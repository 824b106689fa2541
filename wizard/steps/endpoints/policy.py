"""Endpoint policies: whether one lets anybody do what every node does. Pure."""

import json
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import Any


def allows(document: str | None, action: str, resource: str, who: Collection[str] = ()) -> bool | None:
    """Whether the policy lets every principal do this; None where it depends on conditions or on who asks.

    ``who`` are the names of the one who asks, where that is known: the ARN of a role, its account's number and root.
    No document is AWS's default, which allows everything. IAM user guide, "Policy evaluation logic".
    """
    if not document:
        return True
    try:
        policy = json.loads(document)
    except ValueError:
        return None
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    verdicts = [
        (statement.get("Effect"), _holds(statement, who))
        for statement in _listed(statements)
        if isinstance(statement, dict)
        and _concerns(statement, action, resource)
        and _holds(statement, who) is not False
    ]
    if ("Deny", True) in verdicts:
        return False
    if any(effect == "Deny" for effect, _ in verdicts):
        return None
    if ("Allow", True) in verdicts:
        return True
    return None if verdicts else False


def _holds(statement: Mapping[str, Any], who: Collection[str]) -> bool | None:
    """Whether the statement is about whoever asks, whatever the circumstances; None where that depends."""
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS") if isinstance(principal, dict) else principal)
    if "*" in named or set(who) & set(named):
        return None if statement.get("Condition") else True
    # Of somebody who is known, it is known that it is about somebody else.
    return False if who and named else None


def _concerns(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    actions = _matches(statement, "Action", action.lower(), str.lower)
    return actions and _matches(statement, "Resource", resource, str)


def _matches(statement: Mapping[str, Any], key: str, value: str, spelt: Any) -> bool:
    if f"Not{key}" in statement:
        return not any(fnmatchcase(value, spelt(one)) for one in _listed(statement[f"Not{key}"]))
    return any(fnmatchcase(value, spelt(one)) for one in _listed(statement.get(key)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
