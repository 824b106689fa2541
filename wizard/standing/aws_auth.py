"""The aws-auth ConfigMap: whom it maps. Pure."""

from collections.abc import Mapping
from typing import Any

import yaml

from wizard.facts import MappedRole


def roles(data: Mapping[str, str] | None) -> tuple[MappedRole, ...]:
    """The roles of mapRoles; none of a ConfigMap that is not there, or that is no YAML."""
    try:
        entries: Any = yaml.safe_load((data or {}).get("mapRoles", ""))
    except (yaml.YAMLError, RecursionError, ValueError):
        # A date that there is not is a ValueError.
        return ()
    listed = entries if isinstance(entries, list) else []
    return tuple(
        MappedRole(str(one["rolearn"]), str(one.get("username", "")), _groups(one.get("groups")))
        for one in listed
        if isinstance(one, dict) and "rolearn" in one
    )


def _groups(groups: Any) -> tuple[str, ...]:
    return tuple(map(str, groups)) if isinstance(groups, list) else ()
