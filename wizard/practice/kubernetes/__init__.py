"""A Kubernetes API over TLS for each cluster of the practice account: enough for kubectl to look and to map roles."""

import ssl
import threading
from dataclasses import dataclass
from itertools import count

from wizard.practice import control_planes
from wizard.practice.account import account
from wizard.practice.boot.observe import control_plane
from wizard.practice.control_planes import ControlPlane
from wizard.practice.eks.state import Cluster
from wizard.practice.kubernetes import certificates, server
from wizard.practice.operator import gate
from wizard.practice.operator.settings import current
from wizard.practice.operator.way import obstacle

# How often a listener looks whether it is to stop, in seconds.
_POLL = 0.05


@dataclass
class _Listening:
    """``server`` is None while the premises' firewall refuses connections; ``lost`` says what loses packets.

    ``judged`` numbers the look that this follows from: looks may overtake each other.
    """

    context: ssl.SSLContext
    port: int
    server: server.Server | None
    private_access: bool | None = None
    lost: str | None = None
    judged: int = -1


_listening: dict[str, _Listening] = {}
_judging = threading.Lock()
_looks = count()


def open_cluster(name: str) -> tuple[str, str]:
    """The address of a cluster's API as the operator finds it, and its CA as base64 of PEM; opened at first asking."""
    cluster = server.cluster(name)
    with control_planes.lock:
        plane = control_planes.opened.get(name)
        if plane is None:
            aws_endpoint = cluster.aws_endpoint if cluster else f"https://{name}"
            authority, context = certificates.issue(aws_endpoint.removeprefix("https://"), account.folder)
            listener = _listen(name, context, 0)
            plane = ControlPlane(
                name, f"https://127.0.0.1:{listener.server_port}", f"{aws_endpoint}.invalid", authority
            )
            control_planes.opened[name] = plane
            _listening[name] = _Listening(context, listener.server_port, listener)
    known = _listening.get(name)
    if cluster and known and known.private_access is not _private_access(cluster):
        judge(name)
    complete = current.settings.resolver == "complete"
    return plane.endpoint if complete else plane.not_found, plane.authority


def _private_access(cluster: Cluster) -> bool:
    return bool(cluster.described["resourcesVpcConfig"]["endpointPrivateAccess"])


def _listen(name: str, context: ssl.SSLContext, port: int) -> server.Server:
    listener = server.Server(name, context, port)
    threading.Thread(target=listener.serve_forever, args=(_POLL,), name=f"kubernetes-{name}", daemon=True).start()
    return listener


def judge_all() -> None:
    """Lets every API be met as the network and the operator's side are now."""
    for name in list(control_planes.opened):
        judge(name)


def judge(name: str) -> None:
    """Lets a cluster's API be met as the network and the operator's side are now."""
    look, cluster, settings = next(_looks), server.cluster(name), current.settings
    if cluster is None:
        return
    private_access = _private_access(cluster)
    lost = obstacle(control_plane(cluster), settings)
    with _judging:
        known = _listening.get(name)
        if known is None or look < known.judged:
            return
        known.judged, known.private_access, known.lost = look, private_access, lost
        if settings.firewall == "refuses":
            _stop(known)
            return
        if known.server is None:
            known.server = _listen(name, known.context, known.port)
        if known.lost or settings.firewall == "drops":
            known.server.silent = not gate.drop(known.server.socket)
        else:
            known.server.silent = False
            gate.admit(known.server.socket)


def lost() -> dict[str, str | None]:
    """By cluster, what at AWS or in the VPN loses the operator's packets; None where nothing does."""
    return {name: known.lost for name, known in sorted(_listening.items())}


def _stop(known: _Listening) -> None:
    if known.server:
        known.server.shutdown()
        known.server.server_close()
        known.server = None


def close_cluster(name: str) -> None:
    """Stops a cluster's API and forgets what it held."""
    with _judging:
        with control_planes.lock:
            control_planes.opened.pop(name, None)
            known = _listening.pop(name, None)
        if known:
            _stop(known)


def ready_nodes(name: str) -> int:
    """How many nodes of the cluster are Ready now."""
    cluster = server.cluster(name)
    return sum(booted.is_ready for booted in server.nodes(cluster)) if cluster else 0
