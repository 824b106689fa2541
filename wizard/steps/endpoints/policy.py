"""Endpoint policies: whether one lets anybody do what every node does. Pure."""

import json
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import Any


def allows(
    document: str | None, action: str, resource: str, who: Collection[str] = (), true: Collection[str] = ()
) -> bool | None:
    """Whether the policy lets every principal do this; None where it depends on conditions or on who asks.

    ``who`` are the names of the one who asks, where that is known: the ARN of a role, its account's number and root.
    ``true`` are the condition keys that are true when it asks. No document is AWS's default of endpoints, which allows
    everything. IAM user guide, "Policy evaluation logic".
    """
    if not document:
        return True
    try:
        policy = json.loads(document)
    except ValueError:
        return None
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    verdicts = [
        (statement.get("Effect"), holds)
        for statement in _listed(statements)
        if isinstance(statement, dict) and _concerns(statement, action, resource)
        for holds in [_holds(statement, who, true)]
        if holds is not False
    ]
    if ("Deny", True) in verdicts:
        return False
    if any(effect == "Deny" for effect, _ in verdicts):
        return None
    if ("Allow", True) in verdicts:
        return True
    return None if verdicts else False


def _holds(statement: Mapping[str, Any], who: Collection[str], true: Collection[str]) -> bool | None:
    """Whether the statement is about whoever asks, whatever the circumstances; None where that depends."""
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS") if isinstance(principal, dict) else principal)
    if "*" in named or set(who) & set(named):
        return True if _met(statement.get("Condition") or {}, true) else None
    # Of somebody who is known, it is known that it is about somebody else.
    return False if who and named else None


def _met(conditions: Any, true: Collection[str]) -> bool:
    """Whether all that is asked is that keys are true which are."""
    return isinstance(conditions, dict) and all(
        isinstance(asked, dict) and all(key in true and _true(value) for key, value in asked.items())
        for asked in conditions.values()
    )


def _true(value: Any) -> bool:
    return all(str(one).lower() == "true" for one in _listed(value))


def _concerns(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    actions = _matches(statement, "Action", action.lower(), str.lower)
    return actions and _matches(statement, "Resource", resource, str)


def _matches(statement: Mapping[str, Any], key: str, value: str, spelt: Any) -> bool:
    if f"Not{key}" in statement:
        return not any(fnmatchcase(value, spelt(one)) for one in _listed(statement[f"Not{key}"]))
    return any(fnmatchcase(value, spelt(one)) for one in _listed(statement.get(key)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
