"""The practice account over HTTP: one address for every service, and /practice/ to steer it."""

import socket
import struct
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from wizard.practice import aws, control, control_planes, protocol, rights
from wizard.practice.account import account
from wizard.practice.calls import Logged
from wizard.practice.eks import state
from wizard.practice.faults import DroppedError
from wizard.practice.process import ACCESS_KEY_ID, REGION
from wizard.practice.protocol import AwsError, Environ, Params, Response

# The names that requests are signed with, where botocore calls the service otherwise.
_SIGNING_NAMES = {
    "elasticloadbalancing": "elbv2",
    "servicequotas": "service-quotas",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "api.pricing": "pricing",
}


def answer(environ: Environ) -> Response:
    """Answers one API request. Raises DroppedError when the connection is to end without an answer."""
    service, region, access_key = _scope(environ)
    try:
        operation, params = protocol.parse(service, environ)
    except AwsError as error:
        return protocol.response(service, "", error)
    except Exception:  # no model of that name, or no operation in it
        operation, params = _named_operation(environ), {}
    call = aws.Call(service, operation, params, region, access_key)
    entry = account.calls.opened(service, operation, params, environ.get("HTTP_USER_AGENT", ""))
    try:
        found = _faulty(call, entry, environ)
    except DroppedError as dropped:
        account.calls.closed(entry, "lost", str(dropped))
        raise
    except AwsError as error:
        _time_passes(entry)
        refusal = protocol.response(service, operation, error)
        account.calls.closed(entry, "refused", error.code, refusal.status)
        return refusal
    if found.status >= 300:
        _time_passes(entry)
        account.calls.closed(entry, "refused", _code(service, operation, found), found.status)
    else:
        account.calls.closed(entry, "done", "", found.status)
    return found


def _time_passes(refused: Logged) -> None:
    """A write that is refused because something is young yet may be sent again, and in the end it works."""
    if refused.write:
        account.clock.read_happened()


def _faulty(call: aws.Call, entry: Logged, environ: Environ) -> Response:
    account.faults.meet(entry, "before")
    rights.require(call)
    if not entry.write and not entry.dry_run:
        account.clock.read_happened()
    found = _settled(call, environ)
    if entry.write and call.service == "ec2" and control_planes.opened:
        # Whether the operator reaches a cluster depends on routes, rules and ACLs.
        state.kubernetes_module().judge_all()
    account.faults.meet(entry, "after")
    return found


def _settled(call: aws.Call, environ: Environ) -> Response:
    service, operation = call.service, call.operation
    account.settle.before(service, operation, call.params)
    if call.params.get("DryRun") and service == "ec2":
        # moto honours DryRun for some operations and carries the others out.
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    handler = aws.handler(service, operation)
    if handler is None:
        found = aws.moto_answer(service, operation, environ)
    else:
        found = protocol.response(service, operation, _handled(handler, call))
    if found.status < 300:
        account.settle.created_by_name(service, operation, call.params)
    return account.settle.after(service, operation, found)


def _handled(handler: aws.Handler, call: aws.Call) -> Params:
    try:
        return handler(call)
    except AwsError:
        raise
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        message = f"The practice account could not carry out {call.service}:{call.operation}; its log says more."
        raise AwsError("InternalError", message, 500) from error


def _code(service: str, operation: str, found: Response) -> str:
    try:
        protocol.result(service, operation, found)
    except AwsError as error:
        return error.code
    except Exception:  # the answer of an operation that no model knows
        return str(found.status)
    return ""


def _scope(environ: Environ) -> tuple[str, str, str]:
    """botocore's name of the service, the region and the access key that a request is signed for."""
    credential = ""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if "Credential=" in authorization:
        credential = authorization.split("Credential=", 1)[1].split(",", 1)[0].strip()
    else:
        credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
    parts = credential.split("/")
    if len(parts) < 5:
        return "sts", REGION, ACCESS_KEY_ID  # only STS takes unsigned requests
    return _SIGNING_NAMES.get(parts[3], parts[3]), parts[2], parts[0]


def _named_operation(environ: Environ) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target).rpartition(".")[2]
    body = environ["wsgi.input"].read(4096).decode("utf-8", "replace")
    protocol.rewind(environ)
    named = parse_qs(body).get("Action") or parse_qs(environ.get("QUERY_STRING", "")).get("Action")
    return named[0] if named else f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"


class Door(BaseHTTPRequestHandler):
    """One connection; it stays open between requests."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server_version = "eks-wizard-practice"
    sys_version = ""

    def _serve(self) -> None:
        body = self._body()
        url = urlsplit(self.path)
        try:
            if url.path.startswith("/practice/"):
                found = control.answer(self.command, url.path, parse_qs(url.query), body)
            else:
                headers = dict(self.headers.items())
                found = answer(protocol.wsgi_environ(self.command, url.path, url.query, headers, body))
        except DroppedError as dropped:
            self._drop(silent=dropped.silent)
            return
        except Exception:
            traceback.print_exc(file=sys.stderr)
            found = Response(500, {"Content-Type": "text/plain"}, b"the practice account failed; its log says more")
        self._send(found)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, found: Response) -> None:
        self.send_response(found.status)
        for name, value in found.headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)
        self.wfile.flush()

    def _drop(self, *, silent: bool) -> None:
        self.close_connection = True
        if silent:
            account.faults.silence()
            return
        # With linger 0 closing sends RST instead of FIN; shutting down first would send FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """The account keeps a log of calls instead."""


class Server(ThreadingHTTPServer):
    """The listener; a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's
        """Clients may go away at any time; everything else is a fault of ours and is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            traceback.print_exc(file=sys.stderr)


def listen(port: int) -> Server:
    """A server on loopback, bound and not yet serving."""
    return Server(("127.0.0.1", port), Door)
