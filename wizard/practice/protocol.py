"""AWS's wire protocols, both ways, for every service that botocore has a model of.

``parse`` turns a WSGI environ into an operation and its parameters, ``response`` turns a result or an error into
an HTTP answer, and ``environ`` and ``result`` do the same from the caller's side. Parameters and results have
the shapes of botocore's service models, as a boto3 user knows them.
"""

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape

import botocore.parsers
import botocore.serialize
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

Params = dict[str, Any]
Environ = dict[str, Any]


class AwsError(Exception):
    """A refusal, in AWS's words.

    ``status`` is the HTTP status; without one the service's model gives it, and 400 where it says nothing.
    ``fields`` are what the error's shape has besides the message, for instance ``clusterName``.
    """

    def __init__(self, code: str, message: str, status: int | None = None, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class UnknownOperationError(Exception):
    """The request names no operation of the service's model."""


def parse(service: str, environ: Environ) -> tuple[str, Params]:
    """The operation and its parameters. Raises UnknownOperationError, and AwsError for what cannot be read."""
    request = Request(environ)
    model = get_service_model(service)
    try:
        operation, labels = get_service_router(service).match(request)
        protocol = determine_request_protocol(model, request.content_type)
    except (NotFound, NotImplementedError) as error:
        raise UnknownOperationError(service) from error
    parser = PROTOCOL_PARSERS[protocol](operation)
    try:
        params = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": labels,
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise AwsError("SerializationException", "The request could not be read.") from error
    finally:
        rewind(environ)
    # moto's parser takes a list that is absent from the query string for an empty one.
    members = operation.input_shape.members if operation.input_shape else {}
    in_query = {name for name, shape in members.items() if shape.serialization.get("location") == "querystring"}
    return operation.name, {key: value for key, value in params.items() if value != [] or key not in in_query}


def rewind(environ: Environ) -> None:
    """Lets the next reader of the environ find its body again."""
    environ["wsgi.input"].seek(0)


def validate(service: str, operation: str, params: Params, code: str = "InvalidParameterException") -> None:
    """Checks the parameters against the model: required ones, types, lengths. Raises AwsError with the code."""
    shape = get_service_model(service).operation_model(operation).input_shape
    if shape is None:
        return
    try:
        report = ParamValidator().validate(params, shape)
    except ParamValidationError as error:
        raise AwsError(code, str(error)) from error
    if report.has_errors():
        raise AwsError(code, report.generate_report())


def response(service: str, operation: str, answer: Params | AwsError) -> Response:
    """The HTTP answer that carries a result or an error in the service's own protocol."""
    if isinstance(answer, AwsError):
        return _error(service, answer)
    model = get_service_model(service)
    operation_model = model.operation_model(operation)
    request_id = str(uuid4())
    serializer = get_serializer_class(service, model.protocol)(
        operation_model, context=SerializationContext(request_id)
    )
    serialized = serializer.serialize(answer)
    body = serialized["body"]
    return Response(
        int(serialized["status_code"]),
        {**serialized["headers"], "x-amzn-RequestId": request_id},
        body if isinstance(body, bytes) else body.encode(),
    )


def _error(service: str, error: AwsError) -> Response:
    try:
        protocol = get_service_model(service).protocol
    except Exception:  # botocore has several ways to say that it does not know a service
        protocol = "query"
    status = error.status or _modelled_status(service, error.code)
    request_id = str(uuid4())
    code, message = escape(error.code), escape(error.message)
    if protocol in ("json", "rest-json"):
        content = {"__type": error.code, "message": error.message, **error.fields}
        headers = {
            "Content-Type": "application/x-amz-json-1.1" if protocol == "json" else "application/json",
            "x-amzn-ErrorType": error.code,
            "x-amzn-RequestId": request_id,
        }
        return Response(status, headers, json.dumps(content).encode())
    if protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    return Response(status, headers, b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode())


@lru_cache(maxsize=1024)
def _modelled_status(service: str, code: str) -> int:
    try:
        shapes = get_service_model(service).error_shapes
    except Exception:  # see _error
        return 400
    for shape in shapes:
        trait = shape.metadata.get("error", {})
        if code in (shape.name, trait.get("code")):
            return int(trait.get("httpStatusCode", 400))
    return 400


def environ(service: str, operation: str, params: Params, headers: Mapping[str, str]) -> Environ:
    """A request as a client would send it. ``headers`` carry at least Host and Authorization."""
    model = get_service_model(service)
    serializer = botocore.serialize.create_serializer(model.protocol, include_validation=False)
    request = serializer.serialize_to_request(params, model.operation_model(operation))
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    if isinstance(body, str):
        body = body.encode()
    url = urlsplit(request["url_path"])
    query = "&".join(part for part in (url.query, urlencode(request["query_string"], doseq=True)) if part)
    return wsgi_environ(request["method"], url.path, query, {**headers, **request["headers"]}, body)


def wsgi_environ(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Environ:
    """A WSGI environ whose body can be read any number of times (see rewind). ``path`` is still quoted."""
    found: Environ = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(path, "latin-1"),
        "RAW_URI": f"{path}?{query}" if query else path,
        "QUERY_STRING": query,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        found[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    found["CONTENT_LENGTH"] = str(len(body))
    return found


def result(service: str, operation: str, answer: Response) -> Params:
    """What an HTTP answer says, as boto3 would give it (without ResponseMetadata). Raises AwsError."""
    model = get_service_model(service)
    parser = botocore.parsers.create_parser(model.protocol)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    parsed: Params = parser.parse(
        {"status_code": answer.status, "headers": headers, "body": answer.body},
        model.operation_model(operation).output_shape,
    )
    parsed.pop("ResponseMetadata", None)
    if answer.status >= 300:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code", "InternalError"), error.get("Message", ""), answer.status)
    return parsed
