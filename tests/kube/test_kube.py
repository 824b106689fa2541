"""The door to Kubernetes, against a small TLS server: what it reads, and each rung on which it can fail."""

import base64
import json
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wizard.facts import Node, Rung
from wizard.kube import Kube, Pod, age, exec_credential, node_table, token
from wizard.kube_ladder import KubeError, NotReached, own_address, resolves

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Authority:
    """A CA that signs certificates for 127.0.0.1."""

    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self.name, self.key.public_key(), x509.BasicConstraints(True, None))

    @property
    def data(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.PEM)).decode()

    def context(self, folder: Path, host: str = "127.0.0.1") -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
        leaf = self._signed(x509.Name([]), key.public_key(), names)
        path = folder / "server.pem"
        path.write_bytes(
            leaf.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        today = datetime.now(UTC)
        builder = x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number())
        builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
        return builder.add_extension(extension, critical=True).sign(self.key, hashes.SHA256())


Answer = tuple[int, str]


@contextmanager
def serving(answer: Callable[[str, str], Answer], context: ssl.SSLContext | None) -> Iterator[str]:
    """A server on loopback; ``answer`` gets path and Authorization header. Yields host and port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            status, body = answer(self.path, self.headers.get("Authorization", ""))
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("kubernetes")


def status(code: int, message: str) -> Answer:
    return code, json.dumps({"kind": "Status", "apiVersion": "v1", "code": code, "message": message})


def always(code: int, body: str) -> Callable[[str, str], Answer]:
    def answer(path: str, authorization: str) -> Answer:
        return code, body

    return answer


def node(name: str, ready: str | None = "True", **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "MemoryPressure", "status": "False"}]
    if ready:
        conditions.append({"type": "Ready", "status": ready, "reason": "KubeletReady"})
    return {
        "metadata": {"name": name, "creationTimestamp": "2026-11-23T11:55:00Z", **metadata},
        "status": {"conditions": conditions, "nodeInfo": {"kubeletVersion": "v1.35.2-eks-3e2a1b"}},
    }


POD = {
    "metadata": {"namespace": "kube-system", "name": "coredns-1", "creationTimestamp": "2026-11-23T11:55:00Z"},
    "spec": {"nodeName": "ip-10-110-3-4", "containers": [{"name": "coredns"}, {"name": "other"}]},
    "status": {
        "phase": "Pending",
        "containerStatuses": [
            {"ready": True, "restartCount": 1, "state": {"running": {}}},
            {"ready": False, "restartCount": 2, "state": {"waiting": {"reason": "ImagePullBackOff"}}},
        ],
    },
}


WAITING = {"waiting": {"reason": "PodInitializing"}}
INITIALIZING = {
    "metadata": {"namespace": "kube-system", "name": "aws-node-1", "creationTimestamp": "2026-11-23T11:55:00Z"},
    "spec": {"nodeName": "ip-10-110-3-4", "containers": [{"name": "aws-node"}]},
    "status": {
        "phase": "Pending",
        "initContainerStatuses": [{"ready": False, "state": {"waiting": {"reason": "ImagePullBackOff"}}}],
        "containerStatuses": [{"ready": False, "restartCount": 0, "state": WAITING}],
    },
}


def kubernetes(path: str, authorization: str) -> Answer:
    """A small API: two nodes on two pages, two pods, one good token."""
    if path == "/version":
        return 200, json.dumps({"gitVersion": "v1.35.2-eks-3e2a1b"})
    if authorization != "Bearer good":
        return status(401, "Unauthorized")
    if path.startswith("/api/v1/nodes"):
        if "continue=a%2Fb" in path:
            return 200, json.dumps({"kind": "NodeList", "metadata": {}, "items": [node("ip-10-110-3-4", "Unknown")]})
        labels = {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge"}
        more = {"continue": "a/b"}
        return 200, json.dumps({"kind": "NodeList", "metadata": more, "items": [node("ip-10-110-4-9", labels=labels)]})
    if path.startswith("/api/v1/namespaces/kube-system/pods"):
        return 200, json.dumps({"kind": "PodList", "metadata": {}, "items": [POD, INITIALIZING]})
    return status(404, "not found")


def kube(place: str, authority: Authority, text: str = "good", **timeouts: float) -> Kube:
    return Kube(f"https://{place}", authority.data, lambda: text, **timeouts)


def test_what_it_reads(authority: Authority, tmp_path: Path) -> None:
    with serving(kubernetes, authority.context(tmp_path)) as place:
        door = kube(place, authority)
        assert door.version() == "v1.35.2-eks-3e2a1b"
        made = datetime(2026, 11, 23, 11, 55, tzinfo=UTC)
        assert door.nodes() == (
            Node("ip-10-110-3-4", False, "KubeletReady", (), "v1.35.2-eks-3e2a1b", made),
            Node("ip-10-110-4-9", True, "KubeletReady", ("edge", "worker"), "v1.35.2-eks-3e2a1b", made),
        )
        assert door.pods("kube-system") == (
            Pod("kube-system", "aws-node-1", "Pending", 0, 1, 0, "Init:ImagePullBackOff", "ip-10-110-3-4", made),
            Pod("kube-system", "coredns-1", "Pending", 1, 2, 3, "ImagePullBackOff", "ip-10-110-3-4", made),
        )
        with pytest.raises(KubeError, match="404 not found"):
            door.pods("../secrets")


def test_no_proxy_of_the_environment_is_asked(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(kubernetes, authority.context(tmp_path)) as place:
        assert len(kube(place, authority).nodes()) == 2


def broken(door: Kube) -> NotReached:
    """Where the ladder breaks."""
    with pytest.raises(KubeError) as raised:
        door.nodes()
    return raised.value.why


def failing(answer: Callable[[str, str], Answer], authority: Authority, folder: Path) -> NotReached:
    with serving(answer, authority.context(folder)) as place:
        return broken(kube(place, authority))


def test_a_token_that_the_cluster_does_not_know(authority: Authority, tmp_path: Path) -> None:
    with serving(kubernetes, authority.context(tmp_path)) as place:
        assert broken(kube(place, authority, "bad")) == NotReached(Rung.UNAUTHORIZED, "401 Unauthorized")


def test_an_identity_that_may_not_read_nodes(authority: Authority, tmp_path: Path) -> None:
    answer = always(*status(403, "nodes is forbidden"))
    assert failing(answer, authority, tmp_path) == NotReached(Rung.FORBIDDEN, "403 nodes is forbidden")


@pytest.mark.parametrize("code", [200, 302, 403, 407, 503])
def test_a_page_that_is_not_kubernetes_own(authority: Authority, tmp_path: Path, code: int) -> None:
    found = failing(always(code, "<html>Access denied</html>"), authority, tmp_path)
    assert found.rung is Rung.HTTP
    assert found.detail.startswith(f"{code} ")
    assert "BaseHTTP" in found.by


@pytest.mark.parametrize("body", ["{}", '{"items": 5}', "[]", '"text"', "[" * 100_000])
def test_json_that_is_not_kubernetes_own(authority: Authority, tmp_path: Path, body: str) -> None:
    assert failing(always(200, body), authority, tmp_path).rung is Rung.HTTP


@pytest.mark.parametrize(
    "items", [None, 5, [5], [{}], [{"metadata": {"name": 5, "creationTimestamp": "2026-11-23T11:55:00Z"}}]]
)
def test_nodes_in_another_shape_are_an_error_of_ours_to_name(authority: Authority, tmp_path: Path, items: Any) -> None:
    with (
        serving(always(200, json.dumps({"items": items})), authority.context(tmp_path)) as place,
        pytest.raises(KubeError, match="not Kubernetes'"),
    ):
        kube(place, authority).nodes()


def test_a_certificate_of_another_ca_is_told_with_its_issuer(authority: Authority, tmp_path: Path) -> None:
    with serving(kubernetes, Authority("Company Proxy CA").context(tmp_path)) as place:
        found = broken(kube(place, authority))
    assert (found.rung, found.by) == (Rung.CERTIFICATE, "commonName=Company Proxy CA")


def test_a_certificate_for_another_address(authority: Authority, tmp_path: Path) -> None:
    with serving(kubernetes, authority.context(tmp_path, "10.1.2.3")) as place:
        found = broken(kube(place, authority))
    assert found.rung is Rung.CERTIFICATE
    assert "127.0.0.1" in found.detail


def test_plain_http_where_tls_should_be(authority: Authority) -> None:
    with serving(always(403, "no"), None) as place:
        found = broken(kube(place, authority))
    assert (found.rung, found.detail) == (Rung.HTTP, "an answer that is not encrypted, 403 Forbidden")
    assert "BaseHTTP" in found.by


def test_something_else_than_http_where_tls_should_be(authority: Authority) -> None:
    def greet() -> None:
        for _ in range(2):
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"220 mail.example.internal ESMTP\r\n")
                connection.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as server:
        greeting = threading.Thread(target=greet)
        greeting.start()
        found = broken(kube(f"127.0.0.1:{server.getsockname()[1]}", authority))
        greeting.join(10)
    assert found == NotReached(Rung.HTTP, "an answer that is not encrypted")


@pytest.mark.parametrize(
    "data", ["", "%%%", base64.b64encode(b"no certificate").decode(), base64.b64encode(b"\xff").decode()]
)
def test_a_ca_that_is_none_never_means_the_machines_own(data: str) -> None:
    assert broken(Kube("https://127.0.0.1:1", data, lambda: "good")).rung is Rung.TLS


def test_a_closed_port(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert broken(kube(f"127.0.0.1:{port}", authority)) == NotReached(Rung.REFUSED, "connection refused")


def test_a_server_that_never_shakes_hands(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = broken(kube(f"127.0.0.1:{silent.getsockname()[1]}", authority, connect_timeout=0.1))
    assert found == NotReached(Rung.SILENCE, "no TLS handshake in 0.1 s")


@pytest.mark.parametrize("reset", [True, False])
def test_a_connection_that_is_cut_at_the_handshake(authority: Authority, reset: bool) -> None:
    def cut() -> None:
        connection, _ = server.accept()
        connection.recv(1)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        cutting = threading.Thread(target=cut)
        cutting.start()
        found = broken(kube(f"127.0.0.1:{server.getsockname()[1]}", authority))
        cutting.join()
    assert found.rung is Rung.TLS


def test_a_server_that_shakes_hands_and_says_nothing(authority: Authority, tmp_path: Path) -> None:
    asked_enough = threading.Event()

    def answer(path: str, authorization: str) -> Answer:
        asked_enough.wait(10)
        return kubernetes(path, authorization)

    with serving(answer, authority.context(tmp_path)) as place:
        found = broken(kube(place, authority, read_timeout=0.1))
        asked_enough.set()
    assert found == NotReached(Rung.SILENCE, "no answer in 0.1 s")


@pytest.mark.skipif(sys.platform != "linux", reason="leans on how Linux treats a full backlog")
def test_a_port_that_drops_packets(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        found = broken(kube(f"127.0.0.1:{full.getsockname()[1]}", authority, connect_timeout=0.2))
    assert found == NotReached(Rung.TIMEOUT, "no answer in 0.2 s")


@pytest.mark.parametrize(
    ("endpoint", "rung"),
    [
        ("", Rung.NAME),
        ("http://127.0.0.1", Rung.NAME),
        ("https://127.0.0.1:port", Rung.NAME),
        ("https://no-such-host.invalid", Rung.NAME),
        ("https://52.94.0.1", Rung.ADDRESS),
        ("https://[2600:1f00::1]", Rung.ADDRESS),
    ],
)
def test_rungs_before_any_packet(authority: Authority, endpoint: str, rung: Rung) -> None:
    assert broken(Kube(endpoint, authority.data, lambda: "good", connect_timeout=0.1)).rung is rung


def test_an_address_of_the_shared_space_is_private(authority: Authority) -> None:
    assert Kube("https://100.64.0.1", authority.data, lambda: "good").addresses() == ("100.64.0.1",)


def test_a_public_address_where_the_cluster_has_one(authority: Authority) -> None:
    assert Kube("https://52.94.0.1", authority.data, lambda: "good", public=True).addresses() == ("52.94.0.1",)


def test_what_this_machine_tells_of_itself() -> None:
    assert (resolves("localhost"), resolves("no-such-host.invalid")) == (True, False)
    assert own_address("127.0.0.1") == "127.0.0.1"
    assert own_address("not an address") is None


def test_a_token_is_the_url_without_padding() -> None:
    made = token("https://sts.ap-northeast-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Expires=60")
    head, _, rest = made.partition(".")
    assert (head, "=" in rest) == ("k8s-aws-v1", False)
    assert base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4)).startswith(b"https://sts.")


def test_the_credential_says_its_expiry_in_utc() -> None:
    tokyo = datetime.fromisoformat("2026-11-23T21:14:00+09:00")
    assert exec_credential("t", tokyo) == {
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "spec": {},
        "status": {"expirationTimestamp": "2026-11-23T12:14:00Z", "token": "t"},
    }


def test_the_table_is_kubectls() -> None:
    nodes = [
        Node(
            "ip-10-110-3-4.ap-northeast-1.compute.internal",
            True,
            "",
            (),
            "v1.35.2-eks-3e2a1b",
            NOW - timedelta(seconds=301),
        ),
        Node("x", False, "", ("edge", "worker"), "v1", NOW - timedelta(days=3)),
        Node("y", None, "", (), "v1", NOW),
    ]
    assert node_table(nodes, NOW).split("\n") == [
        "NAME                                            STATUS     ROLES         AGE    VERSION",
        "ip-10-110-3-4.ap-northeast-1.compute.internal   Ready      <none>        5m1s   v1.35.2-eks-3e2a1b",
        "x                                               NotReady   edge,worker   3d     v1",
        "y                                               Unknown    <none>        0s     v1",
    ]
    assert node_table([], NOW) == "No resources found"


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        ({"seconds": -2}, "<invalid>"),
        ({"seconds": -1}, "0s"),
        ({"seconds": 119}, "119s"),
        ({"seconds": 120}, "2m"),
        ({"seconds": 121}, "2m1s"),
        ({"minutes": 10, "seconds": 5}, "10m"),
        ({"minutes": 179}, "179m"),
        ({"hours": 3}, "3h"),
        ({"hours": 7, "minutes": 59}, "7h59m"),
        ({"hours": 8, "minutes": 59}, "8h"),
        ({"hours": 47}, "47h"),
        ({"hours": 48}, "2d"),
        ({"days": 7, "hours": 23}, "7d23h"),
        ({"days": 8, "hours": 23}, "8d"),
        ({"days": 729}, "729d"),
        ({"days": 730}, "2y"),
        ({"days": 731}, "2y1d"),
        ({"days": 8 * 365}, "8y"),
    ],
)
def test_age(passed: dict[str, float], text: str) -> None:
    assert age(timedelta(**passed)) == text
