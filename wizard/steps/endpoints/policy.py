"""Endpoint policies: whether one lets anybody do what every node does. Pure."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any


def allows(document: str | None, action: str, resource: str) -> bool | None:
    """Whether the policy lets every principal do this; None where it depends on conditions or on who asks.

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
        (statement.get("Effect"), _for_all(statement))
        for statement in _listed(statements)
        if isinstance(statement, dict) and _concerns(statement, action, resource)
    ]
    if ("Deny", True) in verdicts:
        return False
    if any(effect == "Deny" for effect, _ in verdicts):
        return None
    if ("Allow", True) in verdicts:
        return True
    return None if verdicts else False


def _for_all(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in _listed(named) and not statement.get("Condition")


def _concerns(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    actions = _matches(statement, "Action", action.lower(), str.lower)
    return actions and _matches(statement, "Resource", resource, str)


def _matches(statement: Mapping[str, Any], key: str, value: str, spelt: Any) -> bool:
    if f"Not{key}" in statement:
        return not any(fnmatchcase(value, spelt(one)) for one in _listed(statement[f"Not{key}"]))
    return any(fnmatchcase(value, spelt(one)) for one in _listed(statement.get(key)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
