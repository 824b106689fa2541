"""User data -> NodeConfig, as nodeadm reads it (awslabs/amazon-eks-ami, nodeadm/internal/configprovider)."""

import base64
import binascii
import contextlib
import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

import yaml

from wizard.practice.boot import scripts

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableError(Exception):
    """nodeadm cannot make a NodeConfig of the user data; the text is nodeadm's own."""


@dataclass(frozen=True)
class NodeConfig:
    """What matters of a NodeConfig; what it does not say is empty.

    ``scripted`` are the proxies that scripts beside it set, as ``scripts.environments`` says. ``node_name`` is what
    kubelet is told to be called by hand.
    """

    name: str = ""
    endpoint: str = ""
    certificate_authority: str = ""
    cidr: str = ""
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    feature_gates: Mapping[str, bool] = field(default_factory=dict)
    max_pods: int | None = None
    max_pods_expression: str = ""
    node_name: str = ""
    scripted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read(user_data: bytes) -> NodeConfig:
    """The NodeConfig of the user data, its parts merged, the last one winning. Raises UnreadableError."""
    found = _read(user_data)
    if isinstance(found, str):
        raise UnreadableError(found)
    return found


@lru_cache(maxsize=256)
def _read(user_data: bytes) -> NodeConfig | str:
    """The NodeConfig, or why there is none."""
    try:
        documents, written = _parts(_plain(user_data))
        merged: dict[str, Any] = {}
        for document in documents:
            merged = _merge(merged, _decode(document))
        return _understood(merged, scripts.environments(written))
    except UnreadableError as error:
        return str(error)


def _understood(merged: dict[str, Any], scripted: Mapping[str, Mapping[str, str]]) -> NodeConfig:
    spec = _mapping(merged.get("spec"), "spec")
    cluster = _mapping(spec.get("cluster"), "spec.cluster")
    instance = _mapping(spec.get("instance"), "spec.instance")
    kubelet = _mapping(spec.get("kubelet"), "spec.kubelet")
    environment = _mapping(instance.get("environment"), "spec.instance.environment")
    max_pods = _mapping(kubelet.get("config"), "spec.kubelet.config").get("maxPods")
    flags = _flags(kubelet.get("flags"))
    if flags.get("max-pods", "").isdigit():
        max_pods = int(flags["max-pods"])
    return NodeConfig(
        name=_text(cluster.get("name"), "NodeConfig.spec.cluster.name"),
        endpoint=_text(cluster.get("apiServerEndpoint"), "NodeConfig.spec.cluster.apiServerEndpoint"),
        certificate_authority=_base64(cluster.get("certificateAuthority")),
        cidr=_text(cluster.get("cidr"), "NodeConfig.spec.cluster.cidr"),
        environment={
            key: {name: _text(value, f"NodeConfig.spec.instance.environment.{key}") for name, value in found.items()}
            for key in environment
            if (found := _mapping(environment[key], f"spec.instance.environment.{key}"))
        },
        feature_gates={str(name): bool(on) for name, on in _mapping(spec.get("featureGates"), "featureGates").items()},
        max_pods=max_pods if isinstance(max_pods, int) else None,
        max_pods_expression=_text(kubelet.get("maxPodsExpression"), "NodeConfig.spec.kubelet.maxPodsExpression"),
        node_name=flags.get("hostname-override", ""),
        scripted=scripted,
    )


def missing(config: NodeConfig) -> str | None:
    """What nodeadm's validation.go says of the first of the four required fields that is missing, or None."""
    if not config.name:
        return "Name is missing in cluster configuration"
    if not config.endpoint:
        return "Apiserver endpoint is missing in cluster configuration"
    if not config.certificate_authority:
        return "Certificate authority is missing in cluster configuration"
    if not config.cidr:
        return "CIDR is missing in cluster configuration"
    return None


def unusable_cidr(config: NodeConfig) -> str | None:
    """What nodeadm says of a service CIDR that is none, or of one that is not IPv4's, or None."""
    try:
        version = ip_network(config.cidr, strict=False).version
    except ValueError:
        return f"invalid CIDR address: {config.cidr}"
    # For IPv6 it asks IMDS for an address that instances of an IPv4 subnet do not have.
    return None if version == 4 else "operation error ec2imds: GetMetadata, http response error StatusCode: 404"


def is_multipart(user_data: bytes) -> bool:
    """Whether the user data are MIME parts."""
    return message_from_bytes(_plain(user_data)).get_content_maintype() == "multipart"


def _plain(data: bytes) -> bytes:
    with contextlib.suppress(binascii.Error):  # user data usually is plain text by now
        data = base64.b64decode(data, validate=True)
    if data.startswith(b"\x1f\x8b"):
        try:
            return gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableError(f"failed to decompress user data: {error}") from error
    return data


def _parts(data: bytes) -> tuple[list[bytes], tuple[str, ...]]:
    """The NodeConfigs and the scripts among MIME parts; what is no MIME is one NodeConfig."""
    message = message_from_bytes(data)
    if message.get_content_maintype() != "multipart":
        return [data], ()
    kinds: dict[str, list[bytes]] = {}
    for part in message.walk():
        if not part.is_multipart():
            kinds.setdefault(part.get_content_type(), []).append(_plain(_payload(part.get_payload(decode=True))))
    found = kinds.get("application/node.eks.aws", [])
    if not found:
        raise UnreadableError("could not find NodeConfig within UserData")
    texts = (script for kind in scripts.KINDS for script in kinds.get(kind, []))
    return found, tuple(script.decode(errors="replace") for script in texts)


def _flags(value: object) -> dict[str, str]:
    """kubelet's flags by name; the last one wins."""
    given = [str(one).lstrip("-") for one in value] if isinstance(value, list) else []
    return dict(one.split("=", 1) for one in given if "=" in one)


def _payload(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else b""


def _decode(document: bytes) -> dict[str, Any]:
    try:
        loaded = _json(document) or yaml.load(document, _LOADER)  # noqa: S506 - a safe loader, in C where there is one
    except yaml.YAMLError as error:
        raise UnreadableError(f"couldn't get version/kind; json parse error: {str(error).splitlines()[0]}") from error
    if not isinstance(loaded, dict):
        raise UnreadableError(
            "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct "
            '{ APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        )
    version, kind = str(loaded.get("apiVersion", "")), str(loaded.get("kind", ""))
    if not kind:
        raise UnreadableError("Object 'Kind' is missing in the NodeConfig")
    if version != "node.eks.aws/v1alpha1" or kind != "NodeConfig":
        raise UnreadableError(f'no kind "{kind}" is registered for version "{version}" in scheme')
    return loaded


def _json(document: bytes) -> object:
    """What JSON the document is: most of them are, and YAML takes longer over it. None for what is no JSON."""
    with contextlib.suppress(ValueError):
        return json.loads(document)
    return None


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _merge(known, value)
        elif value not in (None, "", [], {}):  # an empty value overrides nothing (mergo.WithOverride)
            merged[key] = value
    return merged


def _mapping(value: object, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableError(f"json: cannot unmarshal {_go_kind(value)} into Go struct field {where}")
    return value


def _text(value: object, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableError(f"json: cannot unmarshal {_go_kind(value)} into Go struct field {where} of type string")
    return value


def _base64(value: object) -> str:
    text = _text(value, "NodeConfig.spec.cluster.certificateAuthority")
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UnreadableError("illegal base64 data at input byte 0") from error
    return text


def _go_kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"
