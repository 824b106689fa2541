"""Carrying a call out: by a handler of the practice account's own where there is one, else by moto.

A handler is a function from a Call to the result that boto3 would show; it raises AwsError to refuse. It may hand
the call on with ``moto(call)``, changed or not, and change what comes back. ``carry_out`` is also how parts of the
practice account call each other, as CloudFormation does: such calls are not logged, meet no faults and settle at
once.
"""

import importlib
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from moto.core import responses
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.utils import method_names_from_class
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from wizard.practice import company, protocol
from wizard.practice.account import account
from wizard.practice.patches import managed_policies
from wizard.practice.process import ACCESS_KEY_ID, REGION
from wizard.practice.protocol import AwsError, Environ, Params, Response


@dataclass(frozen=True)
class Call:
    """One API call. ``service`` is botocore's name of it, ``params`` have botocore's shape."""

    service: str
    operation: str
    params: Params = field(default_factory=dict)
    region: str = REGION
    access_key: str = ACCESS_KEY_ID

    def having(self, **params: Any) -> "Call":
        """The same call with some parameters changed; None takes one out."""
        merged = {**self.params, **params}
        return replace(self, params={key: value for key, value in merged.items() if value is not None})

    def asking(self, operation: str, service: str | None = None, **params: Any) -> "Call":
        """Another call by the same caller in the same region."""
        return replace(self, service=service or self.service, operation=operation, params=params)


Handler = Callable[[Call], Params]

# Modules with ``HANDLERS: dict[str, Handler]``, keyed by "service.Operation". A later one wins over an earlier one.
_MODULES = (
    "wizard.practice.patches.dhcp_options",
    "wizard.practice.patches.ebs_default_key",
    "wizard.practice.patches.eks_images",
    "wizard.practice.patches.endpoint_services",
    "wizard.practice.patches.identity",
    "wizard.practice.patches.network_acls",
    "wizard.practice.patches.network_interfaces",
    "wizard.practice.patches.not_found",
    "wizard.practice.patches.prefix_lists",
    "wizard.practice.patches.route_tables",
    "wizard.practice.patches.security_groups",
    "wizard.practice.patches.service_linked_roles",
    "wizard.practice.patches.service_quotas",
    "wizard.practice.patches.simulation",
    "wizard.practice.patches.trust_policies",
    "wizard.practice.patches.vpc_attributes",
    "wizard.practice.patches.vpc_endpoints",
    "wizard.practice.patches.vpn_connections",
    "wizard.practice.patches.vpn_gateways",
    "wizard.practice.eks.clusters",
    "wizard.practice.eks.updates",
    "wizard.practice.eks.access_entries",
    "wizard.practice.eks.addons",
    "wizard.practice.eks.versions",
    "wizard.practice.eks.nodegroups",
    "wizard.practice.eks.fargate",
    "wizard.practice.eks.tags",
    "wizard.practice.instances",
    "wizard.practice.replacing",
    "wizard.practice.cloudformation.handlers",
)
# Services that moto never sees: what their own modules do not have is not implemented.
_OWN = {"eks": "wizard.practice.eks.clusters", "cloudformation": "wizard.practice.cloudformation.handlers"}


@cache
def _handlers() -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    for name in _MODULES:
        module = _module(name)
        if module is not None:
            found.update(module.HANDLERS)
    return found


@cache
def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not error.name or not name.startswith(error.name):
            raise
        return None


def handler(service: str, operation: str) -> Handler | None:
    """The practice account's own way to carry an operation out; None leaves it to moto."""
    found = _handlers().get(f"{service}.{operation}")
    if found is None and service in _OWN and _module(_OWN[service]) is not None:
        return not_implemented
    return found


def not_implemented(call: Call) -> Params:
    """Refuses an operation that the practice account does not have."""
    raise AwsError("NotImplementedInPractice", f"The practice account has no {call.service}:{call.operation}.", 501)


def carry_out(call: Call) -> Params:
    """The result of a call. Raises AwsError."""
    return (handler(call.service, call.operation) or moto)(call)


def moto(call: Call) -> Params:
    """The result of a call as moto gives it. Raises AwsError."""
    environ = protocol.environ(call.service, call.operation, call.params, _headers(call))
    return protocol.result(call.service, call.operation, moto_answer(call.service, call.operation, environ))


def _headers(call: Call) -> dict[str, str]:
    scope = f"{call.access_key}/20260101/{call.region}/{call.service}/aws4_request"
    return {
        "Host": "127.0.0.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
    }


class _Dispatcher(DomainDispatcherApplication):
    """moto's, which for each request looks through moto's folder and every service's patterns of host names."""

    get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)


# moto lists the methods of a service's class at each request, too.
setattr(responses, "method_names_from_class", cache(method_names_from_class))  # noqa: B010 - not exported to mypy
_dispatcher = _Dispatcher(create_backend_app)
# moto's models are plain dictionaries without locks.
moto_lock = threading.RLock()


def moto_answer(service: str, operation: str, environ: Environ) -> Response:
    """moto's own answer to a request, with a typed error where moto has none."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        started[:] = [int(status[:3]), dict(headers)]

    absent = AwsError("NotImplementedInPractice", f"The practice account has no {service}:{operation}.", 501)
    try:
        application: Any = _dispatcher.get_application(environ)
    except Exception:  # moto has no such service at all, and no way of its own to say so
        return protocol.response(service, operation, absent)
    try:
        with moto_lock:
            protocol.rewind(environ)
            body = b"".join(application(environ, start_response))
    except NotImplementedError:
        started[:] = [501, {}]
        body = b""
    except Exception:
        traceback.print_exc(file=sys.stderr)
        message = f"The practice account could not carry out {service}:{operation}; its log says more."
        return protocol.response(service, operation, AwsError("InternalError", message, 500))
    status, headers = started
    if status == 501 or (status >= 400 and body.lstrip()[:9].lower() in (b"<!doctype", b"<html>")):
        return protocol.response(service, operation, absent)
    return Response(status, headers, body)


def _empty_moto() -> None:
    # moto's own reset makes every backend anew, default VPCs and all; made on first use they cost nothing here.
    with moto_lock:
        in_use: list[BackendDict[Any]] = getattr(BackendDict, "_instances")  # noqa: B009 - mypy wants it unbound
        for backends in in_use:
            backends.clear()
        in_use.clear()
        reset_model_data()


managed_policies.install()
company.install()
account.on_reset(_empty_moto)
