"""The one door to AWS: one session, reads that retry, writes that are sent once, errors with a kind."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from wizard.error_kinds import Kind, kind_of
from wizard.facts import Unknown
from wizard.journal import log
from wizard.permissions import iam_action
from wizard.plan import Call

# What a client of ours sends: reads, which retry; writes, which are sent once; or writes that are only tried out.
Sends = Literal["read", "write", "try"]

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0


class CloudError(Exception):
    """AWS refused, or could not be reached. ``action`` is the IAM action of the call."""

    def __init__(self, kind: Kind, call: Call, code: str, message: str) -> None:
        super().__init__(f"{call.service}:{call.operation}: {code}: {message}")
        self.kind = kind
        self.action = iam_action(call)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Access:
    """Which AWS is meant; None leaves a thing to botocore. ``time_scale`` is real seconds per AWS second.

    ``practice`` pins everything to one loopback server with keys of its own, whatever the environment says.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    practice: bool = False
    access_key: str | None = None
    secret_key: str | None = None
    time_scale: float = 1.0
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS


# What the names of AWS's own endpoints end with (botocore's partitions.json).
AWS_HOSTS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".amazonwebservices.com.cn",
    ".amazonwebservices.eu",
    ".api.aws",
)

# botocore's settings that practice leaves empty: (configuration key, environment variable, value, conversion).
NO_OUTSIDE_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "", None),
    "credentials_file": (None, None, "", None),
    "ca_bundle": (None, None, None, None),
    "ignore_configured_endpoint_urls": (None, None, True, None),
}


class Cloud:
    """Calls AWS. Threads may share it: clients are made under one lock and used from any thread."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, Sends], Any] = {}
        self._session: Any = None

    @property
    def region(self) -> str | None:
        """The region in force: the one given, else what botocore finds in environment and configuration."""
        return self.access.region or self._open_session().region_name

    @property
    def profile(self) -> str | None:
        """The profile of the AWS configuration: the one given, else the environment's; None for the default one."""
        name: str = self._open_session().profile_name
        return self.access.profile or (None if name == "default" else name)

    @property
    def credentials_from(self) -> str:
        """Where the credentials come from, in botocore's word for it, such as "env" or "sso"; empty without any."""
        credentials = self._open_session().get_credentials()
        return str(credentials.method) if credentials else ""

    def host(self, service: str) -> str:
        """The host that a service's calls go to. Raises CloudError."""
        return urlsplit(self._client(service, "read").meta.endpoint_url).hostname or ""

    def read(self, call: Call) -> dict[str, Any]:
        """The whole answer of a read call, all its pages in one. Raises CloudError."""
        client = self._client(call.service, "read")
        method = _method(call.operation)
        if client.can_paginate(method):
            return self._ask(call, lambda **params: client.get_paginator(method).paginate(**params).build_full_result())
        return self._ask(call, getattr(client, method))

    def see_first(self, service: str, operation: str, **params: Any) -> dict[str, Any] | Unknown | None:
        """As ``see``, the first page only: the newest of what there is without end. Raises CloudError."""
        client = self._client(service, "read")
        return self._seen(lambda call: self._ask(call, getattr(client, _method(operation))), service, operation, params)

    def see(self, service: str, operation: str, **params: Any) -> dict[str, Any] | Unknown | None:
        """What a read call tells: None where the thing is not there, Unknown where AWS will not say.

        Raises CloudError where no call would get an answer (credentials, network, throttling without end).
        """
        return self._seen(self.read, service, operation, params)

    def _seen(
        self, read: Callable[[Call], dict[str, Any]], service: str, operation: str, params: dict[str, Any]
    ) -> dict[str, Any] | Unknown | None:
        try:
            return read(Call(service, operation, params))
        except CloudError as error:
            if error.kind is Kind.MISSING:
                return None
            if error.kind in (Kind.DENIED, Kind.NOT_TOLD):
                return Unknown(error.action, error.message)
            raise

    def write(self, call: Call, token: str | None = None) -> dict[str, Any]:
        """Sends a write once. ``token`` goes where the operation takes a client token. Raises CloudError."""
        client = self._client(call.service, "write")
        method = _method(call.operation)
        params = dict(call.params)
        field = self._token_field(client, call.operation)
        if token and field:
            params[field] = token
        sent = Call(call.service, call.operation, params)
        answer = self._ask(sent, getattr(client, method))
        for item in answer.get("Unsuccessful", ()):
            # EC2 answers some deletions with success, and says inside what it refused.
            code, message = (str(item.get("Error", {}).get(name, "")) for name in ("Code", "Message"))
            raise CloudError(kind_of(code, message, 400), sent, code, message)
        return answer

    def try_out(self, call: Call) -> bool | str | None:
        """Whether AWS would let the caller make this call of EC2's, which is not carried out (DryRun).

        True where it would, AWS's sentence where it would not; None where EC2 tells neither, or can't be asked so.
        Unlike the policy simulator, EC2 judges by all that is in force, an organization's policies included.
        """
        if not self._can_try_out(call):
            return None
        method = getattr(self._client(call.service, "try"), _method(call.operation))
        try:
            self._ask(Call(call.service, call.operation, {**call.params, "DryRun": True}), method)
        except CloudError as error:
            if error.code == "DryRunOperation":
                return True
            return error.message if error.kind is Kind.DENIED else None
        return None

    def _can_try_out(self, call: Call) -> bool:
        """Only at AWS's own endpoints and in practice: others may know no DryRun, and carry the call out."""
        if call.service != "ec2":
            return False
        client = self._client(call.service, "try")
        host = urlsplit(client.meta.endpoint_url).hostname or ""
        shape = client.meta.service_model.operation_model(call.operation).input_shape
        return (self.access.practice or host.endswith(AWS_HOSTS)) and shape is not None and "DryRun" in shape.members

    def takes_token(self, call: Call) -> bool:
        """True when AWS recognises a repetition of this call by its client token."""
        return self._token_field(self._client(call.service, "write"), call.operation) is not None

    def identity_url(self, cluster: str, region: str) -> str:
        """A presigned GetCallerIdentity URL that names the cluster, valid 60 s: the heart of a Kubernetes token.

        EKS checks it as aws-iam-authenticator does: the header x-k8s-aws-id has to be signed. Raises CloudError without
        credentials.
        """
        from botocore.exceptions import BotoCoreError, NoCredentialsError
        from botocore.signers import RequestSigner

        client = self._client("sts", "read")
        session = self._open_session()
        try:
            credentials = session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            # Fetched here: a profile may get them from a program or a sign-in, which may fail.
            credentials.get_frozen_credentials()
        except BotoCoreError as error:
            asked = Call("sts", "GetCallerIdentity", {})
            raise CloudError(Kind.CREDENTIALS, asked, type(error).__name__, str(error)) from error
        service = client.meta.service_model.service_id
        signer = RequestSigner(service, region, "sts", "v4", credentials, session.events)
        request = {
            "method": "GET",
            "url": f"{client.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": cluster},
            "context": {},
        }
        url: str = signer.generate_presigned_url(request, region_name=region, expires_in=60, operation_name="")
        return url

    def regions_of(self, service: str) -> tuple[str, ...]:
        """The regions that botocore's own list gives a service; it may lag behind AWS."""
        from botocore.exceptions import UnknownRegionError

        session = self._open_session()
        try:
            partition = session.get_partition_for_region(self.region) if self.region else "aws"
        except UnknownRegionError:
            partition = "aws"
        return tuple(session.get_available_regions(service, partition))

    def _ask(self, call: Call, method: Any) -> dict[str, Any]:
        from botocore import exceptions, parsers

        started = time.monotonic()
        code, request_id = "200", ""
        try:
            answer: dict[str, Any] = method(**call.params)
            request_id = answer.get("ResponseMetadata", {}).get("RequestId", "")
            return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        except exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            message = str(error.response.get("Error", {}).get("Message", ""))
            metadata = error.response.get("ResponseMetadata", {})
            request_id = metadata.get("RequestId", "")
            raise CloudError(kind_of(code, message, metadata.get("HTTPStatusCode", 0)), call, code, message) from error
        except (
            exceptions.NoCredentialsError,
            exceptions.CredentialRetrievalError,
            exceptions.TokenRetrievalError,
            exceptions.PartialCredentialsError,
            exceptions.SSOError,
            exceptions.ProfileNotFound,
        ) as error:
            code = type(error).__name__
            raise CloudError(Kind.CREDENTIALS, call, code, str(error)) from error
        except (exceptions.NoRegionError, exceptions.InvalidRegionError) as error:
            code = type(error).__name__
            raise CloudError(Kind.UNREACHABLE, call, code, str(error)) from error
        except (
            exceptions.EndpointConnectionError,
            exceptions.ConnectTimeoutError,
            exceptions.ProxyConnectionError,
        ) as error:
            # Nothing was carried out: no connection stood.
            code = type(error).__name__
            raise CloudError(Kind.UNREACHABLE, call, code, str(error)) from error
        except exceptions.SSLError as error:
            # A certificate is refused before anything is sent; any other fault of TLS may have come after it.
            code = type(error).__name__
            before = "CERTIFICATE_VERIFY_FAILED" in str(error)
            raise CloudError(Kind.UNREACHABLE if before else Kind.AMBIGUOUS, call, code, str(error)) from error
        except (exceptions.ParamValidationError, exceptions.MissingParametersError) as error:
            code = type(error).__name__
            raise CloudError(Kind.REFUSED, call, code, str(error)) from error
        except (exceptions.HTTPClientError, exceptions.BotoCoreError, parsers.ResponseParserError) as error:
            code = type(error).__name__
            raise CloudError(Kind.AMBIGUOUS, call, code, str(error)) from error
        finally:
            log.info(
                "%s:%s %s %s %.0f ms",
                call.service,
                call.operation,
                code,
                request_id,
                (time.monotonic() - started) * 1000,
            )

    def _token_field(self, client: Any, operation: str) -> str | None:
        shape = client.meta.service_model.operation_model(operation).input_shape
        members: Mapping[str, Any] = shape.members if shape else {}
        for name in ("ClientToken", "clientRequestToken", "ClientRequestToken", "clientToken"):
            if name in members:
                return name
        return None

    def _open_session(self) -> Any:
        if self._session is None:
            import boto3
            from botocore.exceptions import ProfileNotFound
            from botocore.session import Session

            access = self.access
            try:
                core = Session(profile=access.profile, session_vars=NO_OUTSIDE_SETTINGS if access.practice else None)
                core.register_component("data_loader", _models(core.get_config_variable("data_path")))
                self._session = boto3.Session(
                    botocore_session=core,
                    region_name=access.region,
                    aws_access_key_id=access.access_key,
                    aws_secret_access_key=access.secret_key,
                )
            except ProfileNotFound as error:
                nothing = Call("sts", "GetCallerIdentity", {})
                raise CloudError(Kind.CREDENTIALS, nothing, "ProfileNotFound", str(error)) from error
        return self._session

    def _client(self, service: str, sends: Sends) -> Any:
        with self._lock:
            if (service, sends) not in self._clients:
                from botocore.config import Config
                from botocore.exceptions import BotoCoreError

                config = Config(
                    connect_timeout=self.access.connect_seconds,
                    read_timeout=self.access.read_seconds,
                    # A repeated write makes a second thing where AWS has no token for it: the engine decides.
                    retries={"mode": "standard", "total_max_attempts": 1 if sends == "write" else 5},
                    max_pool_connections=32,
                    proxies={} if self.access.practice else None,
                )
                try:
                    client = self._open_session().client(service, endpoint_url=self.access.endpoint_url, config=config)
                except BotoCoreError as error:
                    nothing = Call(service, "", {})
                    raise CloudError(Kind.CREDENTIALS, nothing, type(error).__name__, str(error)) from error
                if self.access.practice:
                    client.meta.events.register("before-send", _only_to(self.access.endpoint_url or ""))
                if sends == "try":
                    client.meta.events.register("before-send", _only_dry)
                self._clients[service, sends] = client
            return self._clients[service, sends]


def _models(search_path: str | None) -> Any:
    """A loader of botocore's service models that parses none twice, whoever asks; EC2's alone take 200 ms."""
    from botocore.loaders import create_loader

    loader = create_loader(search_path)
    loader.file_loader = _files()
    return loader


@cache
def _files() -> Any:
    from botocore.loaders import JSONFileLoader

    files = JSONFileLoader()
    setattr(files, "load_file", cache(files.load_file))  # noqa: B010 - mypy takes no function for a method
    return files


def _only_to(endpoint_url: str) -> Any:
    wanted = urlsplit(endpoint_url).netloc

    def check(request: Any, **_: Any) -> None:
        if urlsplit(request.url).netloc != wanted:
            raise PermissionError(
                f"practice never leaves {wanted}: refused a request to {urlsplit(request.url).netloc}"
            )

    return check


def _only_dry(request: Any, **_: Any) -> None:
    """Lets no request out that EC2 would carry out."""
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
    if parse_qs(body).get("DryRun") != ["true"]:
        raise PermissionError(f"a call that is only tried out leaves with DryRun: refused {request.url}")


def _method(operation: str) -> str:
    from botocore import xform_name

    return xform_name(operation)
