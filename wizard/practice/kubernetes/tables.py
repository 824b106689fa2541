"""Lists as the tables that kubectl prints (meta.k8s.io/v1 Table)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from wizard.practice.account import account
from wizard.practice.control_planes import Manifest

Cells = Callable[[Manifest], list[Any]]
# name, format, priority; priority 1 is for -o wide.
Columns = list[tuple[str, str, int]]


def table(kind: str, items: list[Manifest], version: str) -> Manifest:
    """The items of one kind as a Table."""
    columns, cells = _TABLES[kind]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": [
            {"name": name, "type": "string", "format": form, "description": name, "priority": priority}
            for name, form, priority in columns
        ],
        "rows": [{"cells": cells(item), "object": _partial(item)} for item in items],
    }


def _partial(item: Manifest) -> Manifest:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"]}


def _age(item: Manifest) -> str:
    """How long ago it was made, as Kubernetes shortens it (k8s.io/apimachinery/pkg/util/duration)."""
    created = datetime.strptime(item["metadata"]["creationTimestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    seconds = max(int((account.moment() - created).total_seconds()), 0)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    return f"{hours}h" if hours < 48 else f"{days}d"


def _node(item: Manifest) -> list[Any]:
    info = item["status"]["nodeInfo"]
    ready = next(found["status"] for found in item["status"]["conditions"] if found["type"] == "Ready") == "True"
    addresses = {found["type"]: found["address"] for found in item["status"]["addresses"]}
    return [
        item["metadata"]["name"],
        "Ready" if ready else "NotReady",
        "<none>",
        _age(item),
        info["kubeletVersion"],
        addresses["InternalIP"],
        "<none>",
        info["osImage"],
        info["kernelVersion"],
        info["containerRuntimeVersion"],
    ]


def _pod(item: Manifest) -> list[Any]:
    statuses = item["status"].get("containerStatuses", [])
    ready = sum(found["ready"] for found in statuses)
    return [
        item["metadata"]["name"],
        f"{ready}/{len(item['spec']['containers'])}",
        _pod_status(item),
        str(sum(found["restartCount"] for found in statuses)),
        _age(item),
        item["status"].get("podIP", "<none>"),
        item["spec"].get("nodeName", "<none>"),
        "<none>",
        "<none>",
    ]


def _pod_status(item: Manifest) -> str:
    """What kubectl shows as STATUS: what the first container that is not done waits for (kubernetes, printers.go)."""
    status = item["status"]
    first = status.get("initContainerStatuses", [])
    for number, found in enumerate(first):
        if "terminated" in found["state"]:
            continue
        reason = found["state"].get("waiting", {}).get("reason", "PodInitializing")
        return f"Init:{number}/{len(first)}" if reason == "PodInitializing" else f"Init:{reason}"
    waiting = [
        found["state"]["waiting"]["reason"]
        for found in status.get("containerStatuses", [])
        if "waiting" in found["state"]
    ]
    return str(waiting[0] if waiting else status["phase"])


_NAME: list[tuple[str, str, int]] = [("Name", "name", 0)]
_AGE: list[tuple[str, str, int]] = [("Age", "", 0)]


def _plain(*names: str, wide: tuple[str, ...] = ()) -> Columns:
    return [*((name, "", 0) for name in names), *((name, "", 1) for name in wide)]


def _daemon_set(item: Manifest) -> list[Any]:
    told = item["status"]
    numbers = [told[f"{name}Scheduled"] for name in ("desiredNumber", "currentNumber")]
    numbers += [told[name] for name in ("numberReady", "updatedNumberScheduled", "numberAvailable")]
    return [item["metadata"]["name"], *numbers, "<none>", _age(item)]


_TABLES: dict[str, tuple[Columns, Cells]] = {
    "Node": (
        [
            *_NAME,
            *_plain("Status", "Roles"),
            *_AGE,
            *_plain(
                "Version",
                wide=("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
            ),
        ],
        _node,
    ),
    "Pod": (
        [
            *_NAME,
            *_plain("Ready", "Status", "Restarts"),
            *_AGE,
            *_plain(wide=("IP", "Node", "Nominated Node", "Readiness Gates")),
        ],
        _pod,
    ),
    "DaemonSet": (
        [*_NAME, *_plain("Desired", "Current", "Ready", "Up-To-Date", "Available", "Node Selector"), *_AGE],
        _daemon_set,
    ),
    "Namespace": (
        [*_NAME, *_plain("Status"), *_AGE],
        lambda item: [item["metadata"]["name"], item["status"]["phase"], _age(item)],
    ),
    "ConfigMap": (
        [*_NAME, *_plain("Data"), *_AGE],
        lambda item: [item["metadata"]["name"], str(len(item.get("data") or {})), _age(item)],
    ),
}
