"""The aws-auth ConfigMap: which roles it makes nodes of. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

# What EKS documents for nodes (EKS user guide, aws-auth ConfigMap).
GROUP: Final = "system:nodes"
USER: Final = "system:node:{{EC2PrivateDNSName}}"


def nodes(data: Mapping[str, str] | None) -> tuple[str, ...]:
    """The ARNs of the roles that mapRoles makes nodes of; none of a ConfigMap that is not there or no YAML."""
    try:
        entries: Any = yaml.safe_load((data or {}).get("mapRoles", ""))
    except (yaml.YAMLError, RecursionError):
        return ()
    listed = entries if isinstance(entries, list) else []
    return tuple(str(one["rolearn"]) for one in listed if isinstance(one, dict) and _is_node(one))


def _is_node(entry: Mapping[str, Any]) -> bool:
    groups = entry.get("groups")
    return "rolearn" in entry and isinstance(groups, list) and GROUP in groups and entry.get("username") == USER
