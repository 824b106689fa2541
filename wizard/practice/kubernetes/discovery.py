"""What the API server says of itself: groups, resources, and enough OpenAPI for kubectl apply."""

from wizard.practice.control_planes import Manifest

# plural, kind, short name, namespaced, verbs
_RESOURCES = (
    ("nodes", "Node", "no", False, ("get", "list", "watch")),
    ("pods", "Pod", "po", True, ("get", "list", "watch")),
    ("namespaces", "Namespace", "ns", False, ("get", "list", "watch")),
    ("configmaps", "ConfigMap", "cm", True, ("create", "delete", "get", "list", "patch", "update", "watch")),
)
_OF_APPS = (("daemonsets", "DaemonSet", "ds", True, ("get", "list", "watch")),)
# By the beginning of the paths: of the core API, and of apps.
GROUPS = {
    "/api/v1": {plural: kind for plural, kind, _, _, _ in _RESOURCES},
    "/apis/apps/v1": {plural: kind for plural, kind, _, _, _ in _OF_APPS},
}
KINDS = {plural: kind for kinds in GROUPS.values() for plural, kind in kinds.items()}


_V1 = {"groupVersion": "apps/v1", "version": "v1"}
_APPS = {"name": "apps", "versions": [_V1], "preferredVersion": _V1}


def document(path: str, version: str) -> Manifest | None:
    """The document at a path that names no object, or None."""
    documents = {
        "/version": _version(version),
        "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_APPS]},
        "/api/v1": _resources("v1", _RESOURCES),
        "/apis/apps": {"kind": "APIGroup", "apiVersion": "v1", **_APPS},
        "/apis/apps/v1": _resources("apps/v1", _OF_APPS),
        "/openapi/v3": {"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1"}}},
        "/openapi/v3/api/v1": _openapi("3.0.0"),
        "/openapi/v2": _openapi("2.0"),
    }
    return documents.get(path)


def _version(version: str) -> Manifest:
    major, minor, *_ = version.split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{version}-eks-113cf36",
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2026-07-14T00:00:00Z",
        "goVersion": "go1.25.7",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def _resources(group: str, resources: tuple[tuple[str, str, str, bool, tuple[str, ...]], ...]) -> Manifest:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group,
        "resources": [
            {
                "name": plural,
                "singularName": kind.lower(),
                "namespaced": namespaced,
                "kind": kind,
                "shortNames": [short],
                "verbs": list(verbs),
            }
            for plural, kind, short, namespaced, verbs in resources
        ],
    }


def _openapi(version: str) -> Manifest:
    """kubectl asks whether PATCH takes fieldValidation, and then leaves validation to the server."""
    kind = [{"group": "", "version": "v1", "kind": "ConfigMap"}]
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}, "type": "string"}
        for name in ("dryRun", "fieldManager", "fieldValidation")
    ]
    operation = {"parameters": parameters, "responses": {"200": {"description": "OK"}}}
    operation["x-kubernetes-group-version-kind"] = kind[0]
    schema = {"type": "object", "x-kubernetes-group-version-kind": kind}
    paths = {
        "/api/v1/namespaces/{namespace}/configmaps/{name}": {
            "patch": {**operation, "x-kubernetes-action": "patch"},
        }
    }
    about = {"title": "Kubernetes", "version": "unversioned"}
    if version == "2.0":
        return {
            "swagger": "2.0",
            "info": about,
            "paths": paths,
            "definitions": {"io.k8s.api.core.v1.ConfigMap": schema},
        }
    schemas = {"schemas": {"io.k8s.api.core.v1.ConfigMap": schema}}
    return {"openapi": version, "info": about, "paths": paths, "components": schemas}
