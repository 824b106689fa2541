"""A Kubernetes API over TLS for each cluster of the practice account: enough for kubectl to look and to map roles."""

import threading

from wizard.practice import control_planes
from wizard.practice.account import account
from wizard.practice.control_planes import ControlPlane
from wizard.practice.kubernetes import certificates, server

_servers: dict[str, server.Server] = {}


def open_cluster(name: str) -> tuple[str, str]:
    """The address of a cluster's API, https://127.0.0.1:port, and its CA as base64 of PEM; opened at first asking."""
    with control_planes.lock:
        plane = control_planes.opened.get(name)
        if plane is None:
            cluster = server.cluster(name)
            host = cluster.aws_endpoint.removeprefix("https://") if cluster else name
            authority, context = certificates.issue(host, account.folder)
            listener = server.Server(name, context)
            plane = ControlPlane(name, f"https://127.0.0.1:{listener.server_port}", authority)
            control_planes.opened[name] = plane
            _servers[name] = listener
            threading.Thread(target=listener.serve_forever, name=f"kubernetes-{name}", daemon=True).start()
    return plane.endpoint, plane.authority


def close_cluster(name: str) -> None:
    """Stops a cluster's API and forgets what it held."""
    with control_planes.lock:
        control_planes.opened.pop(name, None)
        listener = _servers.pop(name, None)
    if listener:
        listener.shutdown()
        listener.server_close()


def ready_nodes(name: str) -> int:
    """How many nodes of the cluster are Ready now."""
    cluster = server.cluster(name)
    return sum(booted.is_ready for booted in server.nodes(cluster)) if cluster else 0
