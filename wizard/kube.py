"""The one door to Kubernetes: version, nodes and pods; where they can't be had, kube_ladder says how far we got.

urllib3 with the cluster's own CA. No proxy of the environment is used: the cluster's endpoint is private.
"""

import binascii
import ssl
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from wizard import kube_ladder
from wizard.facts import Node, Rung
from wizard.kube_ladder import KubeError, NotReached, Place

_ROLE = "node-role.kubernetes.io/"


@dataclass(frozen=True)
class Pod:
    """``ready`` and ``containers`` count its containers; ``reason`` is the first that one of them gives for waiting."""

    namespace: str
    name: str
    phase: str
    ready: int
    containers: int
    restarts: int
    reason: str
    node: str
    created_at: datetime


@dataclass(frozen=True)
class Kube:
    """The API of one cluster: its endpoint (https://…), its CA (base64 of PEM), and whence a token comes. Seconds.

    ``public`` admits an endpoint with a public address, which that of a private cluster never has.
    """

    endpoint: str
    certificate_authority: str
    token_source: Callable[[], str]
    connect_timeout: float = 5
    read_timeout: float = 20
    public: bool = False

    def addresses(self) -> tuple[str, ...]:
        """The addresses that this machine finds for the endpoint. Raises KubeError on the rungs name and address."""
        place = self._place()
        return kube_ladder.addresses(place.host, place.port, public_too=self.public)

    def version(self) -> str:
        """The API's gitVersion. Raises KubeError."""
        found = self._get("/version")
        version = found.get("gitVersion")
        if not isinstance(version, str):
            raise KubeError(NotReached(Rung.HTTP, "the answer is not Kubernetes'"))
        return version

    def nodes(self) -> tuple[Node, ...]:
        """All nodes, by name. Raises KubeError."""
        return tuple(sorted(self._list("/api/v1/nodes", _node), key=lambda node: node.name))

    def pods(self, namespace: str) -> tuple[Pod, ...]:
        """All pods of a namespace, by name. Raises KubeError."""
        pods = self._list(f"/api/v1/namespaces/{quote(namespace, safe='')}/pods", _pod)
        return tuple(sorted(pods, key=lambda pod: pod.name))

    def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a ConfigMap; None where there is none of that name. Raises KubeError."""
        try:
            found = self._get(f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps/{quote(name, safe='')}")
        except KubeError as error:
            if error.why.rung is Rung.HTTP and error.why.detail.startswith("404"):
                return None
            raise
        data = found.get("data")
        return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}

    def has_daemon_set(self, namespace: str, name: str) -> bool:
        """Whether there is a DaemonSet of that name. Raises KubeError."""
        try:
            self._get(f"/apis/apps/v1/namespaces/{quote(namespace, safe='')}/daemonsets/{quote(name, safe='')}")
        except KubeError as error:
            # An API without DaemonSets has a 404, too, which names none.
            if error.why.rung is Rung.HTTP and error.why.detail.startswith("404") and name in error.why.detail:
                return False
            raise
        return True

    def _list(self, path: str, parse: Callable[[Any], Any]) -> list[Any]:
        items: list[Any] = []
        after = ""
        while True:
            page = self._get(f"{path}?limit=500{after}")
            try:
                items += [parse(item) for item in page["items"]]
                token = (page.get("metadata") or {}).get("continue")
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise KubeError(NotReached(Rung.HTTP, "the answer is not Kubernetes'")) from error
            if not token:
                return items
            after = f"&continue={quote(str(token), safe='')}"

    def _get(self, path: str) -> dict[str, Any]:
        self.addresses()
        place = self._place()
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self.token_source()}"}
        timeout = urllib3.Timeout(connect=self.connect_timeout, read=self.read_timeout)
        try:
            with urllib3.HTTPSConnectionPool(place.host, place.port, ssl_context=self._tls(), timeout=timeout) as pool:
                answer = pool.request("GET", path, headers=headers, retries=False, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise KubeError(kube_ladder.why(error, place)) from error
        return kube_ladder.checked(answer)

    def _place(self) -> Place:
        try:
            parts = urlsplit(self.endpoint)
            host, port = parts.hostname, parts.port or 443
        except ValueError:
            host, port = None, 443
        if not host or parts.scheme != "https":
            raise KubeError(NotReached(Rung.NAME, f"no https:// URL: {self.endpoint}"))
        return Place(host, port, self.connect_timeout, self.read_timeout)

    def _tls(self) -> ssl.SSLContext:
        try:
            pem = b64decode(self.certificate_authority, validate=True).decode("ascii")
            if not pem.strip():
                raise ValueError("empty")  # an empty CA would mean the machine's own CAs
            context = ssl.create_default_context(cadata=pem)
        except (binascii.Error, ValueError, ssl.SSLError) as error:
            raise KubeError(NotReached(Rung.TLS, f"the cluster's CA is no certificate: {error}")) from error
        # Newer Pythons are stricter by default than the certificates that EKS makes.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context


def token(presigned_url: str) -> str:
    """The bearer token that EKS takes for a presigned GetCallerIdentity URL (aws-iam-authenticator's v1 form)."""
    return "k8s-aws-v1." + urlsafe_b64encode(presigned_url.encode()).decode().rstrip("=")


def exec_credential(token: str, expiry: datetime) -> dict[str, Any]:
    """The ExecCredential that kubectl reads from a credential command; ``expiry`` has a time zone."""
    return {
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "spec": {},
        "status": {"expirationTimestamp": expiry.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "token": token},
    }


def node_table(nodes: Iterable[Node], now: datetime) -> str:
    """The nodes as ``kubectl get node`` prints them, without a line end at the end."""
    rows = [("NAME", "STATUS", "ROLES", "AGE", "VERSION")]
    for node in nodes:
        status = "Unknown" if node.ready is None else "Ready" if node.ready else "NotReady"
        rows.append((node.name, status, ",".join(node.roles) or "<none>", age(now - node.created_at), node.version))
    if len(rows) == 1:
        return "No resources found"
    widths = [max(6, *(len(row[column]) + 3 for row in rows)) for column in range(4)]
    return "\n".join("".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)) for row in rows)


def age(passed: timedelta) -> str:
    """A duration as kubectl writes an age (k8s.io/apimachinery, util/duration, HumanDuration)."""
    seconds = int(passed.total_seconds())
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < -1:
        return "<invalid>"
    if seconds < 120:
        return f"{max(0, seconds)}s"
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 2 * 365:
        return f"{days}d"
    if days < 8 * 365:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large}{unit}{small}{smaller}" if small else f"{large}{unit}"


def _node(item: Mapping[str, Any]) -> Node:
    metadata, status = item["metadata"], item.get("status") or {}
    conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
    ready = conditions.get("Ready")
    labels = metadata.get("labels") or {}
    roles = {label.removeprefix(_ROLE) for label in labels if label.startswith(_ROLE)}
    roles |= {role for label, role in labels.items() if label == "kubernetes.io/role"}
    return Node(
        name=_text(metadata["name"]),
        ready=None if ready is None else ready["status"] == "True",
        reason=_text((ready or {}).get("reason") or ""),
        roles=tuple(sorted(_text(role) for role in roles if role)),
        version=_text((status.get("nodeInfo") or {}).get("kubeletVersion") or ""),
        created_at=_time(metadata["creationTimestamp"]),
    )


def _pod(item: Mapping[str, Any]) -> Pod:
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    containers = status.get("containerStatuses") or []
    states = [container.get("state") or {} for container in containers]
    # What an init container waits for, the others wait for, too.
    first = [
        (container.get("state") or {}).get("waiting") or {} for container in status.get("initContainerStatuses") or []
    ]
    reasons = [f"Init:{one['reason']}" for one in first if one.get("reason", "PodInitializing") != "PodInitializing"]
    reasons += [state[kind].get("reason") for state in states for kind in ("waiting", "terminated") if state.get(kind)]
    return Pod(
        namespace=_text(metadata["namespace"]),
        name=_text(metadata["name"]),
        phase=_text(status.get("phase") or "Unknown"),
        ready=sum(container.get("ready") is True for container in containers),
        containers=len(spec.get("containers") or containers),
        restarts=sum(int(container.get("restartCount") or 0) for container in containers),
        reason=_text(next((reason for reason in reasons if reason), "") or status.get("reason") or ""),
        node=_text(spec.get("nodeName") or ""),
        created_at=_time(metadata["creationTimestamp"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"no text: {value!r}")
    return value


def _time(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
