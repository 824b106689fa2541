"""What AWS's error codes mean for whoever sent the call, and what a connection that breaks tells of it."""

import base64
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.cloud import Access, Cloud, CloudError
from wizard.error_kinds import Kind, kind_of
from wizard.plan import Call
from wizard.practice.kubernetes.certificates import issue


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        # A second sending of what the first one made; each means: look, it may be ours.
        ("InvalidGroup.Duplicate", "The security group 'x' already exists for VPC 'vpc-1'", 400, Kind.EXISTS),
        ("InvalidPermission.Duplicate", "the specified rule already exists", 400, Kind.EXISTS),
        ("InvalidSubnet.Conflict", "The CIDR '10.0.0.0/24' conflicts with another subnet", 400, Kind.EXISTS),
        ("RouteAlreadyExists", "The route identified by 10.0.0.0/16 already exists.", 400, Kind.EXISTS),
        ("Resource.AlreadyAssociated", "the specified association for route table", 400, Kind.EXISTS),
        ("DuplicateTransitGatewayAttachment", "tgw-1 has non-deleted Vpc Attachments", 400, Kind.EXISTS),
        (
            "InvalidParameter",
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
            " ec2.eu-west-1.amazonaws.com in the VPC vpc-1",
            400,
            Kind.EXISTS,
        ),
        ("EntityAlreadyExists", "Role with name x already exists.", 409, Kind.EXISTS),
        ("ResourceInUseException", "Cluster already exists with name: x", 409, Kind.EXISTS),
        ("AlreadyExistsException", "Stack [x] already exists", 400, Kind.EXISTS),
        ("TokenAlreadyExistsException", "Token x", 400, Kind.EXISTS),
        # Young, or still changing: the same call is right in a moment.
        ("InvalidParameterException", "Role with arn: x could not be assumed: it does not exist", 400, Kind.YOUNG),
        ("InvalidParameterException", "The specified principalArn is invalid: invalid principal.", 400, Kind.YOUNG),
        ("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"x"', 400, Kind.YOUNG),
        ("IncorrectState", "The attachment is in invalid state", 400, Kind.YOUNG),
        ("InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist", 400, Kind.MISSING),
        ("InvalidAMIID.NotFound", "The image id '[ami-1]' does not exist", 400, Kind.MISSING),
        ("NoSuchEntity", "The role with name x cannot be found.", 404, Kind.MISSING),
        ("ValidationError", "Stack with id x does not exist", 400, Kind.MISSING),
        ("ResourceNotFoundException", "No cluster found for name: x.", 404, Kind.MISSING),
        # Not carried out, and the same call may be sent again.
        ("RequestLimitExceeded", "Request limit exceeded.", 503, Kind.THROTTLED),
        ("Throttling", "Rate exceeded", 400, Kind.THROTTLED),
        ("TooManyRequestsException", "Too many requests", 429, Kind.THROTTLED),
        ("ConcurrentModification", "Try again", 409, Kind.THROTTLED),
        # Nobody knows.
        ("InternalError", "An internal error has occurred", 500, Kind.AMBIGUOUS),
        ("ServiceUnavailableException", "unavailable", 503, Kind.AMBIGUOUS),
        ("504", "Gateway Timeout", 504, Kind.AMBIGUOUS),
        ("RequestTimeout", "The request timed out", 400, Kind.AMBIGUOUS),
        # No.
        ("UnauthorizedOperation", "You are not authorized to perform this operation.", 403, Kind.DENIED),
        ("AccessDenied", "User: x is not authorized to perform: iam:CreateRole", 403, Kind.DENIED),
        ("ExpiredToken", "The security token included in the request is expired", 403, Kind.CREDENTIALS),
        ("InvalidSignatureException", "Signature expired", 403, Kind.CREDENTIALS),
        ("VpcLimitExceeded", "The maximum number of VPCs has been reached.", 400, Kind.REFUSED),
        ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", 409, Kind.REFUSED),
        ("ResourceLimitExceededException", "cluster limit exceeded", 400, Kind.REFUSED),
        ("InvalidParameterValue", "Value (x) for parameter zone is invalid.", 400, Kind.REFUSED),
        # An HTTP proxy's page, not AWS.
        ("403", "Forbidden", 403, Kind.REFUSED),
    ],
)
def test_each_code_has_its_kind(code: str, message: str, status: int, kind: Kind) -> None:
    assert kind_of(code, message, status) is kind


def test_tls_that_breaks_after_the_request_leaves_open_whether_it_was_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def garbage(server: socket.socket, tls: Callable[[socket.socket], socket.socket]) -> None:
        plain, _ = server.accept()
        secure = tls(plain)
        secure.recv(65536)
        raw = socket.socket(fileno=secure.detach())
        raw.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        raw.close()

    assert outcome_of_a_write(tmp_path, monkeypatch, garbage, trusted=True) is Kind.AMBIGUOUS


def test_a_certificate_that_is_not_trusted_tells_that_nothing_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(server: socket.socket, tls: Callable[[socket.socket], socket.socket]) -> None:
        plain, _ = server.accept()
        with pytest.raises(OSError, match=r"ALERT|EOF|reset"):
            tls(plain).recv(1)
        plain.close()

    assert outcome_of_a_write(tmp_path, monkeypatch, refused, trusted=False) is Kind.UNREACHABLE


def outcome_of_a_write(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[[socket.socket, Callable[[socket.socket], socket.socket]], None],
    *,
    trusted: bool,
) -> Kind:
    """The kind of the error that CreateVpc meets at a TLS server on loopback that behaves like ``serve``."""
    authority, context = issue("127.0.0.1", folder)
    other, _ = issue("127.0.0.1", folder)
    bundle = folder / "ca.pem"
    bundle.write_bytes(base64.b64decode(authority if trusted else other))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, args=(server, lambda one: context.wrap_socket(one, server_side=True)))
        serving.start()
        cloud = Cloud(
            Access(
                region="eu-west-1",
                endpoint_url=f"https://127.0.0.1:{server.getsockname()[1]}",
                access_key="AKIAIOSFODNN7EXAMPLE",
                secret_key="none",
            )
        )
        with pytest.raises(CloudError) as failed:
            cloud.write(Call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}))
        serving.join()
    return failed.value.kind
