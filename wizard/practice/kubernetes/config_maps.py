"""Writing ConfigMaps: create, replace, patch, apply, delete."""

from dataclasses import dataclass
from typing import Any

from wizard.practice import control_planes
from wizard.practice.account import account
from wizard.practice.control_planes import ControlPlane, Manifest
from wizard.practice.eks.state import Cluster
from wizard.practice.kubernetes import objects
from wizard.practice.kubernetes.status import StatusError

_APPLY = "application/apply-patch+yaml"
_PATCHES = (_APPLY, "application/merge-patch+json", "application/strategic-merge-patch+json")


@dataclass(frozen=True)
class Write:
    """One write as it was asked for; ``name`` is None where the path has none."""

    method: str
    namespace: str
    name: str | None
    body: Manifest
    content_type: str
    dry: bool


def carry_out(cluster: Cluster, plane: ControlPlane, write: Write) -> tuple[int, Manifest]:
    """HTTP status and the object (or Status) that answers a write. Raises StatusError."""
    method, namespace, body = write.method, write.namespace, write.body
    if namespace not in objects.NAMESPACES:
        raise StatusError(404, "NotFound", f'namespaces "{namespace}" not found', "namespaces", namespace)
    about = body.get("metadata")
    name = write.name or str((about if isinstance(about, dict) else {}).get("name") or "")
    if not name:
        raise StatusError(422, "Invalid", 'ConfigMap "" is invalid: metadata.name: Required value')
    key = (namespace, name)
    with control_planes.lock:
        known = plane.config_maps.get(key)
        if method == "DELETE":
            _must_exist(known, name)
            if not write.dry:
                del plane.config_maps[key]
            return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        if method == "POST" and known:
            raise StatusError(409, "AlreadyExists", f'configmaps "{name}" already exists', "configmaps", name)
        if method == "PATCH" and write.content_type not in _PATCHES:
            raise StatusError(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
        if method == "PUT" or (method == "PATCH" and write.content_type != _APPLY):
            _must_exist(known, name)
        made = _stored(cluster, known, namespace, name, _merged(known, body) if method == "PATCH" else body)
        changed = known is None or _without_version(made) != _without_version(known)
        made["metadata"]["resourceVersion"] = (
            plane.next_version() if changed or known is None else known["metadata"]["resourceVersion"]
        )
        if not write.dry:
            plane.config_maps[key] = made
    return 200 if known else 201, made


def _must_exist(known: Manifest | None, name: str) -> None:
    if known is None:
        raise StatusError(404, "NotFound", f'configmaps "{name}" not found', "configmaps", name)


def _merged(known: Any, patch: Any) -> Any:
    """A merge patch (RFC 7396); for a ConfigMap a strategic one says the same, its directives aside."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(known) if isinstance(known, dict) else {}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


def _stored(cluster: Cluster, known: Manifest | None, namespace: str, name: str, asked: Manifest) -> Manifest:
    data = asked.get("data") or {}
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        message = (
            f'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal into Go struct field '
            f"ConfigMap.data of type string ({name})"
        )
        raise StatusError(400, "BadRequest", message)
    given = asked.get("metadata") if isinstance(asked.get("metadata"), dict) else {}
    about = objects.metadata(cluster, name, account.moment(), namespace)
    if known:
        about = {**about, "creationTimestamp": known["metadata"]["creationTimestamp"]}
    for kept in ("labels", "annotations"):
        if isinstance(given, dict) and isinstance(given.get(kept), dict):
            about[kept] = given[kept]
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": about, "data": data}


def _without_version(item: Manifest) -> Manifest:
    return {**item, "metadata": {**item["metadata"], "resourceVersion": ""}}
