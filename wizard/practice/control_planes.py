"""What each cluster's control plane holds: its certificate authority, its address on this machine, its ConfigMaps."""

import threading
from dataclasses import dataclass, field
from typing import Any

import yaml

Manifest = dict[str, Any]


@dataclass
class ControlPlane:
    """``endpoint`` is on loopback; ``authority`` is the CA's certificate as base64 of PEM, as EKS gives it.

    ``not_found`` stands for the endpoint where the operator's resolver leaves its name out: no resolver finds it.
    """

    name: str
    endpoint: str
    not_found: str
    authority: str
    config_maps: dict[tuple[str, str], Manifest] = field(default_factory=dict)
    version: int = 100

    def next_version(self) -> str:
        """A resourceVersion greater than every earlier one."""
        with lock:
            self.version += 1
            return str(self.version)


opened: dict[str, ControlPlane] = {}
lock = threading.RLock()


def aws_auth(name: str) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The groups of each role and of each user in the cluster's aws-auth ConfigMap; of a malformed one, nothing."""
    roles = {arn: groups for arn, _, groups in mapped_roles(name)}
    return roles, {arn: groups for arn, _, groups in _mapped(name, "mapUsers", "userarn")}


def mapped_roles(name: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """ARN, user name and groups of each role in the cluster's aws-auth ConfigMap."""
    return _mapped(name, "mapRoles", "rolearn")


def _mapped(name: str, of: str, key: str) -> list[tuple[str, str, tuple[str, ...]]]:
    plane = opened.get(name)
    data = plane.config_maps.get(("kube-system", "aws-auth"), {}).get("data") if plane else None
    text = data.get(of) if isinstance(data, dict) else None
    try:
        entries = yaml.safe_load(text) if isinstance(text, str) else None
    except yaml.YAMLError:
        return []
    found = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get(key), str):
            groups = entry.get("groups")
            given = tuple(map(str, groups)) if isinstance(groups, list) else ()
            found.append((entry[key], str(entry.get("username") or entry[key]), given))
    return found
