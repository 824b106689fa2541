"""The API server: TLS, authentication, reads, and writes of ConfigMaps."""

import json
import ssl
import sys
import traceback
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from wizard.practice import control_planes
from wizard.practice.account import account
from wizard.practice.boot import fleet
from wizard.practice.boot.fleet import Booted
from wizard.practice.cloudformation import stacks
from wizard.practice.control_planes import ControlPlane, Manifest
from wizard.practice.eks import state
from wizard.practice.eks.state import Cluster
from wizard.practice.kubernetes import certificates, config_maps, discovery, logs, objects, pods, tables, tokens
from wizard.practice.kubernetes.config_maps import Write
from wizard.practice.kubernetes.status import StatusError
from wizard.practice.operator import gate
from wizard.practice.operator.settings import current

_OPEN = ("/version", "/healthz", "/livez", "/readyz")
_WRITES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def cluster(name: str) -> Cluster | None:
    """The cluster of that name, in whatever region."""
    return next((found for (_, known), found in list(state.clusters.items()) if known == name), None)


def nodes(of: Cluster) -> list[Booted]:
    """The machines that have registered with a cluster, by node name."""
    stacks.advance()
    found = [booted for booted in fleet.booted(of.region) if booted.boot.cluster == of.name and booted.is_registered]
    return sorted(found, key=lambda booted: booted.node_name)


class Server(ThreadingHTTPServer):
    """The listener of one cluster on loopback; a thread for each connection, in which TLS is negotiated too.

    ``silent`` has it accept connections and say nothing.
    """

    daemon_threads = True

    def __init__(self, name: str, context: ssl.SSLContext, port: int = 0) -> None:
        self.cluster_name = name
        self.silent = False
        self._context = context
        super().__init__(("127.0.0.1", port), Door)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Negotiates TLS in the connection's own thread, so that one slow client holds nobody up."""
        request.settimeout(30)
        if self.silent:
            gate.keep_silent(request)
            return
        if current.settings.proxy:
            gate.answer_as_proxy(request)
            return
        context = _intercepting() if current.settings.interceptor else self._context
        try:
            wrapped = context.wrap_socket(request, server_side=True)
        except (OSError, ssl.SSLError):
            return  # a client that does not know our CA says so and goes away
        try:
            super().finish_request(wrapped, client_address)
        finally:
            wrapped.close()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's
        """Clients may go away at any time; everything else is a fault of ours and is printed."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc(file=sys.stderr)


@cache
def _intercepting() -> ssl.SSLContext:
    """The company's own certificate for the clusters' endpoints."""
    return certificates.issue("eks.amazonaws.com", account.folder, "Example Company TLS Inspection")[1]


class Door(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server_version = "kube-apiserver"
    sys_version = ""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, content = self._answer(body)
        except StatusError as error:
            status, content = error.code, error.status()
        except Exception:
            traceback.print_exc(file=sys.stderr)
            failed = StatusError(500, "InternalError", "the practice account failed; its log says more")
            status, content = failed.code, failed.status()
        self._send(status, content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _answer(self, body: bytes) -> tuple[int, Manifest | str]:
        name = self.server.cluster_name  # type: ignore[attr-defined]
        found, plane = cluster(name), control_planes.opened.get(name)
        if found is None or plane is None:
            raise StatusError(503, "ServiceUnavailable", "the cluster is being deleted")
        url = urlsplit(self.path)
        path = url.path.rstrip("/")
        if path in _OPEN[1:]:
            return 200, "ok"
        user = tokens.user(self.headers.get("Authorization", "").removeprefix("Bearer "), found)
        if user is None and path not in _OPEN:
            raise StatusError(401, "Unauthorized", "Unauthorized")
        if self.command == "GET":
            version = account.catalogue.version(found.described["version"])
            document = discovery.document(path, version.patch if version else f"{found.described['version']}.0")
            if document is not None:
                return 200, document
        if self.command == "GET" and path.endswith("/log"):
            return 200, _log(found, plane, user, path.removesuffix("/log"), parse_qs(url.query))
        namespace, plural, name = _parsed(path)
        _admit(user, _WRITES.get(self.command) or ("get" if name else "list"), namespace, plural, name)
        query = parse_qs(url.query)
        if self.command != "GET":
            if plural != "configmaps" or namespace is None:
                raise StatusError(405, "MethodNotAllowed", "the server does not allow this method on the resource")
            content_type = self.headers.get("Content-Type", "").partition(";")[0]
            write = Write(self.command, namespace, name, _loaded(body), content_type, "dryRun" in query)
            return config_maps.carry_out(found, plane, write)
        if query.get("watch", [""])[0] in ("1", "true"):
            return 200, ""
        account.clock.read_happened()
        return 200, self._listed(plane, plural, name, _selected(_items(found, plane, plural, namespace), query))

    def _listed(self, plane: ControlPlane, plural: str, name: str | None, items: list[Manifest]) -> Manifest:
        kind = discovery.KINDS[plural]
        if name is not None:
            items = [item for item in items if item["metadata"]["name"] == name]
            if not items:
                of = f"{plural}.apps" if plural == "daemonsets" else plural
                raise StatusError(404, "NotFound", f'{of} "{name}" not found', plural, name)
        if "as=Table" in self.headers.get("Accept", ""):
            return tables.table(kind, items, str(plane.version))
        if name is not None:
            return items[0]
        about = {"resourceVersion": str(plane.version)}
        version = "apps/v1" if plural == "daemonsets" else "v1"
        return {"kind": f"{kind}List", "apiVersion": version, "metadata": about, "items": items}

    def _send(self, status: int, content: Manifest | str) -> None:
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(content, str) and content else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads an access log here."""


def _log(found: Cluster, plane: ControlPlane, user: tokens.User | None, path: str, query: dict[str, list[str]]) -> str:
    """What a container has written, asked for at the path of its pod. Raises StatusError."""
    namespace, plural, name = _parsed(path)
    _admit(user, "get", namespace, f"{plural}/log", name)
    pod = next((one for one in _items(found, plane, plural, namespace) if one["metadata"]["name"] == name), None)
    if plural != "pods" or pod is None:
        raise StatusError(404, "NotFound", f'{plural} "{name}" not found', plural, name or "")
    return logs.text(pod, query.get("container", [None])[0], nodes(found))


def _admit(user: tokens.User | None, verb: str, namespace: str | None, plural: str, name: str | None) -> None:
    rights = user.rights if user else "none"
    if rights == "admin" or (rights == "view" and verb in ("get", "list")):
        return
    where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
    quoted = f'{plural} "{name}"' if name else plural
    raise StatusError(
        403,
        "Forbidden",
        f'{quoted} is forbidden: User "{user.name if user else ""}" cannot {verb} resource '
        f'"{plural}" in API group ""{where}',
    )


def _parsed(path: str) -> tuple[str | None, str, str | None]:
    """Namespace, plural and name in a path of the core API or of apps. Raises StatusError for any other path."""
    for begin, kinds in discovery.GROUPS.items():
        if path.startswith(f"{begin}/"):
            rest = path.removeprefix(f"{begin}/").split("/")
            namespace = None
            if len(rest) >= 3 and rest[0] == "namespaces":
                namespace, rest = rest[1], rest[2:]
            if len(rest) in (1, 2) and rest[0] in kinds:
                return namespace, rest[0], rest[1] if len(rest) == 2 else None
    raise StatusError(404, "NotFound", "the server could not find the requested resource")


def _items(found: Cluster, plane: ControlPlane, plural: str, namespace: str | None) -> list[Manifest]:
    match plural:
        case "nodes":
            return [objects.node(found, booted) for booted in nodes(found)]
        case "namespaces":
            return objects.namespaces(found)
        case "pods":
            items = pods.kube_system(found, nodes(found))
        case "daemonsets":
            items = pods.daemon_sets(found, nodes(found))
        case _:
            items = [item for _, item in sorted(plane.config_maps.items())]
    return [item for item in items if namespace in (None, item["metadata"]["namespace"])]


def _selected(items: list[Manifest], query: dict[str, list[str]]) -> list[Manifest]:
    for term in ",".join(query.get("labelSelector", [])).split(","):
        key, sign, value = term.replace("==", "=").partition("=")
        if sign:
            items = [item for item in items if (item["metadata"].get("labels") or {}).get(key) == value]
    for term in ",".join(query.get("fieldSelector", [])).split(","):
        if term.startswith("metadata.name="):
            items = [item for item in items if item["metadata"]["name"] == term.partition("=")[2]]
    return items


def _loaded(body: bytes) -> Manifest:
    try:
        loaded = yaml.safe_load(body) if body else {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StatusError(400, "BadRequest", "the object provided is unrecognized") from error
    if not isinstance(loaded, dict):
        raise StatusError(400, "BadRequest", "the object provided is unrecognized")
    return loaded
