"""The one door to Kubernetes: version, nodes and pods, and if they can't be had, how far we got.

urllib3 with the cluster's own CA. No proxy of the environment is used: the cluster's endpoint is private.
"""

import binascii
import json
import socket
import ssl
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from wizard.facts import Node

_ROLE = "node-role.kubernetes.io/"
# RFC 6598: AWS admits it as a VPC's CIDR, though Python does not call it private.
_SHARED = ip_network("100.64.0.0/10")


class Rung(StrEnum):
    """How far up the ladder a connection got before it failed."""

    NAME = "name"
    ADDRESS = "address"
    PORT = "port"
    TLS = "tls"
    HTTP = "http"
    AUTHENTICATION = "authentication"


@dataclass(frozen=True)
class Reached:
    """The API answers us; ``version`` is its gitVersion, such as v1.35.2-eks-3e2a1b."""

    version: str


@dataclass(frozen=True)
class NotReached:
    """The rung that did not hold, and what was seen there (the network's own words: untrusted text)."""

    rung: Rung
    detail: str


class KubeError(Exception):
    """A read that failed; ``why`` is the rung and what was seen."""

    def __init__(self, why: NotReached) -> None:
        super().__init__(f"{why.rung}: {why.detail}")
        self.why = why


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
    """The API of one cluster: its endpoint (https://…), its CA (base64 of PEM), and whence a token comes. Seconds."""

    endpoint: str
    certificate_authority: str
    token_source: Callable[[], str]
    connect_timeout: float = 5
    read_timeout: float = 20

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

    def reach(self) -> Reached | NotReached:
        """Whether this identity can read nodes from here, and if not, the rung of the ladder that broke."""
        try:
            host, port = self._place()
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                raise KubeError(NotReached(Rung.NAME, str(error))) from error
            public = [str(address[4][0]) for address in found if not _is_private(str(address[4][0]))]
            if public:
                return NotReached(Rung.ADDRESS, ", ".join(dict.fromkeys(public)))
            version = self.version()
            # /version is open to everybody; only this shows that the cluster knows us.
            self._get("/api/v1/nodes?limit=1")
        except KubeError as error:
            return error.why
        return Reached(version)

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
        host, port = self._place()
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self.token_source()}"}
        timeout = urllib3.Timeout(connect=self.connect_timeout, read=self.read_timeout)
        try:
            with urllib3.HTTPSConnectionPool(host, port, ssl_context=self._tls(), timeout=timeout) as pool:
                answer = pool.request("GET", path, headers=headers, retries=False, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise KubeError(self._why(error)) from error
        return _checked(answer)

    def _place(self) -> tuple[str, int]:
        """Host and port of the endpoint."""
        try:
            parts = urlsplit(self.endpoint)
            host, port = parts.hostname, parts.port or 443
        except ValueError:
            host, port = None, 443
        if not host or parts.scheme != "https":
            raise KubeError(NotReached(Rung.NAME, f"no https:// URL: {self.endpoint}"))
        return host, port

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

    def _why(self, error: urllib3.exceptions.HTTPError) -> NotReached:
        match error:
            case urllib3.exceptions.NameResolutionError():
                return NotReached(Rung.NAME, str(error.__cause__ or error))
            case urllib3.exceptions.NewConnectionError():
                cause = error.__cause__
                said = "refused" if isinstance(cause, ConnectionRefusedError) else getattr(cause, "strerror", None)
                return NotReached(Rung.PORT, said or str(error))
            case urllib3.exceptions.ConnectTimeoutError():
                return NotReached(Rung.PORT, f"no answer in {self.connect_timeout:g} s")
            case urllib3.exceptions.SSLError():
                return self._why_not_tls(error)
            case urllib3.exceptions.ReadTimeoutError():
                # The handshake still runs on the time for connecting.
                if "handshake" in str(error.__cause__):
                    return NotReached(Rung.TLS, f"no TLS handshake in {self.connect_timeout:g} s")
                return NotReached(Rung.HTTP, f"connected, but no answer in {self.read_timeout:g} s")
        return NotReached(Rung.HTTP, str(error))

    def _why_not_tls(self, error: urllib3.exceptions.SSLError) -> NotReached:
        cause = error.args[0] if error.args else error
        if isinstance(cause, ssl.SSLCertVerificationError):
            issuer = self._issuer()
            said = cause.verify_message
            return NotReached(Rung.TLS, f"{said}; the certificate's issuer is {issuer}" if issuer else said)
        if isinstance(cause, ssl.SSLError) and cause.reason in (
            "WRONG_VERSION_NUMBER",
            "HTTP_REQUEST",
            "HTTPS_PROXY_REQUEST",
        ):
            return NotReached(Rung.HTTP, "what answers does not speak TLS")
        return NotReached(Rung.TLS, str(cause))

    def _issuer(self) -> str | None:
        """Who signed the certificate that is shown to us, whoever that is; None when it can't be read."""
        try:
            with self._shown(ssl.CERT_NONE, None) as shown:
                certificate = shown.getpeercert(binary_form=True) or b""
            # ssl tells the fields of a verified certificate only, so the one just shown is trusted for its own sake.
            with self._shown(ssl.CERT_REQUIRED, certificate) as shown:
                found = shown.getpeercert() or {}
        except (OSError, ValueError):
            return None
        parts: Any = found.get("issuer", ())
        return ", ".join(f"{name}={value}" for part in parts for name, value in part) or None

    def _shown(self, mode: ssl.VerifyMode, trusted: bytes | None) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = mode
        if trusted is not None:
            context.load_verify_locations(cadata=trusted)
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        host, port = self._place()
        plain = socket.create_connection((host, port), self.connect_timeout)
        try:
            return context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


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


def _is_private(address: str) -> bool:
    """Whether an address is one that a VPC, or this machine, gives (loopback included)."""
    found = ip_address(address.partition("%")[0])
    return found.is_private or (found.version == 4 and found in _SHARED)


def _checked(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    """The answer's JSON object if it is a success of Kubernetes' own."""
    try:
        found = json.loads(answer.data)
    except (ValueError, RecursionError):
        found = None
    if answer.status == 200 and isinstance(found, dict):
        return found
    if isinstance(found, dict) and found.get("kind") == "Status":
        rung = Rung.AUTHENTICATION if answer.status in (401, 403) else Rung.HTTP
        raise KubeError(
            NotReached(rung, f"{answer.status} {found.get('message') or found.get('reason') or ''}".strip())
        )
    seen = {"server": answer.headers.get("Server"), "via": answer.headers.get("Via")}
    by = "".join(f", {name}: {value}" for name, value in seen.items() if value)
    raise KubeError(NotReached(Rung.HTTP, f"the answer is not Kubernetes': {answer.status} {answer.reason or ''}{by}"))


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
    reasons = [state[kind].get("reason") for state in states for kind in ("waiting", "terminated") if state.get(kind)]
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
