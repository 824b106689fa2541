"""The ladder up to the Kubernetes API: on which rung a connection failed, and what was seen there."""

import json
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

import urllib3

from wizard.facts import Rung

# RFC 6598: AWS admits it as a VPC's CIDR, though Python does not call it private.
_SHARED = ip_network("100.64.0.0/10")
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST")


@dataclass(frozen=True)
class NotReached:
    """The rung that did not hold, and what was seen there in the network's own words (untrusted text).

    ``by`` is who stands in the way, where that one gives a name: the certificate's issuer, or an HTTP server's name.
    """

    rung: Rung
    detail: str
    by: str = ""


class KubeError(Exception):
    """A read that failed; ``why`` is the rung and what was seen."""

    def __init__(self, why: NotReached) -> None:
        super().__init__(f"{why.rung}: {why.detail}")
        self.why = why


@dataclass(frozen=True)
class Place:
    """Where the API is asked, and for how many seconds."""

    host: str
    port: int
    connect_timeout: float
    read_timeout: float


def addresses(host: str, port: int, *, public_too: bool = False) -> tuple[str, ...]:
    """The addresses that this machine finds for a name, each once. Raises KubeError on the rungs name and address."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise KubeError(NotReached(Rung.NAME, getattr(error, "strerror", None) or str(error))) from error
    told = tuple(dict.fromkeys(str(address[4][0]) for address in found))
    public = [address for address in told if not is_private(address)]
    if public and not public_too:
        raise KubeError(NotReached(Rung.ADDRESS, ", ".join(public)))
    return told


def resolves(host: str, seconds: float = 2) -> bool:
    """Whether this machine finds any address for a name; a resolver that does not answer in time does not."""
    found = threading.Event()

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.set()

    # The system's own patience can't be set, and may be half a minute.
    looking = threading.Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(seconds)
    return found.is_set()


def own_address(towards: str) -> str | None:
    """The address from which this machine's packets would leave for another; None without a way. Sends nothing."""
    family = socket.AF_INET6 if ":" in towards else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((towards, 443))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def is_private(address: str) -> bool:
    """Whether an address is one that a VPC, or this machine, gives (loopback included)."""
    found = ip_address(address.partition("%")[0])
    return found.is_private or (found.version == 4 and found in _SHARED)


def why(error: urllib3.exceptions.HTTPError, place: Place) -> NotReached:
    """The rung on which a request failed that got no answer."""
    match error:
        case urllib3.exceptions.NameResolutionError():
            return NotReached(Rung.NAME, str(error.__cause__ or error))
        case urllib3.exceptions.NewConnectionError():
            cause = error.__cause__
            if isinstance(cause, ConnectionRefusedError):
                return NotReached(Rung.REFUSED, "connection refused")
            return NotReached(Rung.NO_ROUTE, getattr(cause, "strerror", None) or str(error))
        case urllib3.exceptions.ConnectTimeoutError():
            return NotReached(Rung.TIMEOUT, f"no answer in {place.connect_timeout:g} s")
        case urllib3.exceptions.SSLError():
            return _why_not_tls(error, place)
        case urllib3.exceptions.ReadTimeoutError():
            # The handshake still runs on the time for connecting.
            if "handshake" in str(error.__cause__):
                return NotReached(Rung.SILENCE, f"no TLS handshake in {place.connect_timeout:g} s")
            return NotReached(Rung.SILENCE, f"no answer in {place.read_timeout:g} s")
        case urllib3.exceptions.ProtocolError() if isinstance(error.args[-1], ConnectionError):
            return NotReached(Rung.TLS, getattr(error.args[-1], "strerror", None) or str(error.args[-1]))
    return NotReached(Rung.HTTP, str(error))


def _why_not_tls(error: urllib3.exceptions.SSLError, place: Place) -> NotReached:
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NotReached(Rung.CERTIFICATE, cause.verify_message, _issuer(place))
    if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
        return _in_clear_text(place)
    return NotReached(Rung.TLS, str(cause))


def _in_clear_text(place: Place) -> NotReached:
    """What answers without TLS, asked in clear text who it is; nothing of ours is sent along."""
    timeout = urllib3.Timeout(connect=place.connect_timeout, read=place.connect_timeout)
    try:
        with urllib3.HTTPConnectionPool(place.host, place.port, timeout=timeout) as pool:
            answer = pool.request("GET", "/", retries=False, redirect=False)
    except urllib3.exceptions.HTTPError:
        return NotReached(Rung.HTTP, "an answer that is not encrypted")
    return NotReached(Rung.HTTP, f"an answer that is not encrypted, {_status(answer)}", _name(answer))


def _issuer(place: Place) -> str:
    """Who signed the certificate that is shown to us, whoever that is; empty when it can't be read."""
    try:
        with _shown(place, ssl.CERT_NONE, None) as shown:
            certificate = shown.getpeercert(binary_form=True) or b""
        # ssl tells the fields of a verified certificate only, so the one just shown is trusted for its own sake.
        with _shown(place, ssl.CERT_REQUIRED, certificate) as shown:
            found = shown.getpeercert() or {}
    except (OSError, ValueError):
        return ""
    parts: Any = found.get("issuer", ())
    return ", ".join(f"{name}={value}" for part in parts for name, value in part)


def _shown(place: Place, mode: ssl.VerifyMode, trusted: bytes | None) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = mode
    if trusted is not None:
        context.load_verify_locations(cadata=trusted)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    plain = socket.create_connection((place.host, place.port), place.connect_timeout)
    try:
        return context.wrap_socket(plain, server_hostname=place.host)
    except BaseException:
        plain.close()
        raise


def checked(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    """The answer's JSON object if it is a success of Kubernetes' own. Raises KubeError."""
    try:
        found = json.loads(answer.data)
    except (ValueError, RecursionError):
        found = None
    if answer.status == 200 and isinstance(found, dict):
        return found
    if isinstance(found, dict) and found.get("kind") == "Status":
        rung = {401: Rung.UNAUTHORIZED, 403: Rung.FORBIDDEN}.get(answer.status, Rung.HTTP)
        said = f"{answer.status} {found.get('message') or found.get('reason') or ''}".strip()
        raise KubeError(NotReached(rung, said))
    raise KubeError(NotReached(Rung.HTTP, _status(answer), _name(answer)))


def _status(answer: urllib3.BaseHTTPResponse) -> str:
    return f"{answer.status} {answer.reason or ''}".strip()


def _name(answer: urllib3.BaseHTTPResponse) -> str:
    """A proxy tells who it is in the one header or in the other."""
    return ", ".join(value for name in ("Server", "Via") if (value := answer.headers.get(name)))
