"""Policies as JSON text, of roles and of endpoints: whether they let a node's request through.

A condition key that the request has no value for does not match, unless the operator says IfExists or is a negated one
(IAM user guide, "Condition operators"); so it is with keys that nothing is known of here: an Allow under such a
condition does not allow, which is how a real policy fails that asks for what a booting node does not have
(aws:PrincipalTag, aws:PrincipalOrgID outside an organisation, aws:SourceIp with an endpoint).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from wizard.practice.policies import Asked, Decision, judge, listed


@dataclass(frozen=True)
class Request:
    """One API call: action as in "ec2:DescribeInstances", the resource's ARN or "*", and the context's keys.

    ``principals`` are the ARNs and account ids by which a policy's Principal can name the caller.
    """

    action: str
    resource: str = "*"
    principals: frozenset[str] = frozenset()
    context: Mapping[str, str] = field(default_factory=dict)


def verdict(documents: Iterable[str], request: Request, *, with_principal: bool = False) -> Decision:
    """What the documents together say of a request. ``with_principal``: their statements name whom they are for."""
    found = [
        statement
        for document in documents
        for statement in statements(document)
        if not with_principal or _is_for(statement, request)
    ]
    context = {key: (value,) for key, value in request.context.items()}
    try:
        return judge([{"Statement": found}], None, Asked(request.action, request.resource, context)).decision
    except ValueError:
        return "implicitDeny"  # AWS takes no policy with an operator that there is not


@lru_cache(maxsize=1024)
def statements(document: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of a policy document that say something; of one that is no JSON object, none."""
    try:
        loaded = json.loads(document if document.lstrip().startswith("{") else unquote(document))
    except ValueError:
        return ()
    found = listed(loaded.get("Statement")) if isinstance(loaded, dict) else []
    return tuple(
        one
        for one in found
        if isinstance(one, dict) and one.get("Effect") in ("Allow", "Deny") and _is_well_formed(one.get("Condition"))
    )


def _is_well_formed(condition: object) -> bool:
    if condition is None:
        return True
    return isinstance(condition, dict) and all(isinstance(keys, dict) for keys in condition.values())


def _is_for(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotPrincipal" in statement:
        return not _named(statement["NotPrincipal"], request)
    return _named(statement.get("Principal"), request)


def _named(principal: object, request: Request) -> bool:
    """An account may be given by its id or as its root; that stands for everyone in it."""
    names = listed(principal.get("AWS")) if isinstance(principal, dict) else listed(principal)
    return any(name == "*" or name in request.principals for name in names)
