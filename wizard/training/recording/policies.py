"""Policies of a recording: who may do what stays, who it is does not. Pure."""

import json
import re
from typing import Any, Final

from wizard.joining.machine import DEFAULT_REGISTRY, REGISTRIES
from wizard.training.recording.disguise import ACCOUNT, REGION
from wizard.training.recording.named import Named

# What of a statement is kept; a statement's name, for one, is the company's own.
_PARTS: Final = ("Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
_ACTION: Final = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+|\*")
# AWS's own keys whose names say nothing of a company; a tag's would.
_CONDITION: Final = re.compile(r"(aws|s3|ec2|ecr|kms|sts):[A-Za-z0-9]+")
_OPERATOR: Final = re.compile(
    r"(For(All|Any)Values?:)?(String|Arn|Numeric|Date|Binary|Bool|Null|(Not)?IpAddress)"
    r"(Not)?(Equals|Like|LessThan|GreaterThan)?(Equals|IgnoreCase)?(IfExists)?"
)
# The bucket of ECR's layers and the registries of EKS's images are AWS's (ECR user guide, VPC endpoints).
_LAYERS: Final = re.compile(r"prod-[a-z0-9-]+-starport-layer-bucket(/.*)?")
_ARN: Final = re.compile(r"arn:([a-z-]+|\*):([a-z0-9-]*|\*):([a-z0-9-]*|\*):(\d{12}|aws|\*|):(.+)")
_REGISTRIES: Final = frozenset({DEFAULT_REGISTRY, *REGISTRIES.values()})
# Companies copy these under names that begin so: of what may be theirs only the very names that nodes pull are kept.
_REPOSITORY: Final = re.compile(r"repository/(\*|amazon-k8s-cni(-init)?|(eks|amazon)/(\*|pause|kube-proxy|coredns))")
# Who trusts or is asked; a bucket's or an endpoint's host has more parts.
_SERVICE: Final = re.compile(r"[a-z0-9-]+\.amazonaws\.com(\.cn)?")


def disguised(policy: str, named: Named) -> dict[str, Any] | None:
    """The policy without what only the company knows; None for text that is no policy."""
    try:
        document = json.loads(policy)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    found = document.get("Statement", [])
    statements = [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]
    return {"Version": "2012-10-17", "Statement": [_statement(one, named) for one in statements]}


def _statement(statement: dict[str, Any], named: Named) -> dict[str, Any]:
    return {part: _part(part, statement[part], named) for part in _PARTS if part in statement}


def _part(part: str, value: Any, named: Named) -> Any:
    match part:
        case "Effect":
            return "Deny" if value == "Deny" else "Allow"
        case "Action" | "NotAction":
            return [one for one in _listed(value) if _ACTION.fullmatch(one)]
        case "Condition":
            return _conditions(value, named)
        case "Principal" | "NotPrincipal" if isinstance(value, dict):
            kinds = {kind: one for kind, one in value.items() if kind in ("AWS", "Service", "Federated")}
            return {kind: [_value(each, named) for each in _listed(one)] for kind, one in kinds.items()}
    return [_value(one, named) for one in _listed(value)] if not isinstance(value, str) else _value(value, named)


def _conditions(value: Any, named: Named) -> dict[str, Any]:
    operators = value.items() if isinstance(value, dict) else ()
    return {
        operator: {
            key: [_value(each, named) for each in _listed(wanted)]
            for key, wanted in keys.items()
            if _CONDITION.fullmatch(key)
        }
        for operator, keys in operators
        if _OPERATOR.fullmatch(operator) and isinstance(keys, dict)
    }


def is_service(principal: str) -> bool:
    """Whether a principal is one of AWS's services."""
    return bool(_SERVICE.fullmatch(principal))


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _value(value: str, named: Named) -> str:
    """A principal, resource or condition's value."""
    if value == "*" or value.lower() in ("true", "false") or is_service(value):
        return value
    if reference := named.values.get(value):
        # Inside of the policy's text it stands in braces.
        return f"${{{reference}}}"
    if found := _ARN.fullmatch(value):
        partition, service, region, account, resource = found.groups()
        is_awss = account in _REGISTRIES
        owner = account if not account.isdigit() or is_awss else _account(account, named)
        where = REGION if region not in ("", "*") else region
        return f"arn:{partition}:{service}:{where}:{owner}:{resource if is_awss else _resource(resource, named)}"
    if re.fullmatch(r"\d{12}", value):
        return _account(value, named)
    return named.disguise.cidr(value) or _resource(value, named)


def _account(account: str, named: Named) -> str:
    """The account that everything is in is the practice account; others are other ones."""
    return ACCOUNT if account == named.account else named.other_account(account)


def _resource(resource: str, named: Named) -> str:
    if found := _LAYERS.fullmatch(resource):
        return f"prod-{REGION}-starport-layer-bucket{found[1] or ''}"
    if resource == "*" or _REPOSITORY.fullmatch(resource):
        return resource
    wildcard = "*" if resource.endswith("*") else ""
    return "/".join(named.disguise.host(part.replace("*", "")) for part in resource.split("/")) + wildcard
