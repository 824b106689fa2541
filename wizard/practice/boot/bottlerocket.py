"""User data -> settings, as Bottlerocket reads them (bottlerocket-os, early-boot-config and the settings' models)."""

import base64
import binascii
import contextlib
import tomllib
from typing import Any

from wizard.practice.boot.node_config import NodeConfig, UnreadableError


def read(user_data: bytes) -> NodeConfig:
    """What matters of the settings, in NodeConfig's form; Bottlerocket's proxy is for every service.

    Raises UnreadableError for what is no TOML, and for settings of another type than they have.
    """
    with contextlib.suppress(binascii.Error):  # user data usually is plain text by now
        user_data = base64.b64decode(user_data, validate=True)
    try:
        settings = tomllib.loads(user_data.decode()).get("settings", {})
    except ValueError as error:
        raise UnreadableError(f"Unable to parse user data as TOML: {error}") from error
    kubernetes, network = _table(settings, "kubernetes"), _table(settings, "network")
    environment = {}
    if proxy := _text(network, "https-proxy"):
        direct = network.get("no-proxy", [])
        if not isinstance(direct, list) or not all(isinstance(one, str) for one in direct):
            raise UnreadableError("invalid type in settings.network.no-proxy, expected a sequence of strings")
        # Bottlerocket adds these by itself.
        direct = ["localhost", "127.0.0.1", *direct]
        environment = {"default": {"HTTPS_PROXY": proxy, "NO_PROXY": ",".join(direct)}}
    pods = kubernetes.get("max-pods")
    return NodeConfig(
        name=_text(kubernetes, "cluster-name"),
        endpoint=_text(kubernetes, "api-server"),
        certificate_authority=_text(kubernetes, "cluster-certificate"),
        environment=environment,
        max_pods=pods if isinstance(pods, int) else None,
    )


def missing(config: NodeConfig) -> str | None:
    """What thar-be-settings says of the first setting that kubelet can't do without, or None."""
    for name, value in (
        ("cluster-name", config.name),
        ("api-server", config.endpoint),
        ("cluster-certificate", config.certificate_authority),
    ):
        if not value:
            return f"Failed to render template 'kubelet-kubeconfig': Variable 'settings.kubernetes.{name}' not found"
    return None


def _table(settings: Any, name: str) -> dict[str, Any]:
    found = settings.get(name, {}) if isinstance(settings, dict) else None
    if not isinstance(found, dict):
        raise UnreadableError(f"invalid type in settings.{name}, expected a table")
    return found


def _text(table: dict[str, Any], name: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str):
        raise UnreadableError(f"invalid type in {name}, expected a string")
    return value
