"""What user data tells a node: NodeConfig for nodeadm, settings for Bottlerocket. Pure."""

import base64
import binascii
import gzip
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_string
from typing import Any, Final

import yaml

from wizard.joining.scripts import drop_ins
from wizard.no_proxy import host_and_port

# What nodeadm can't do without (awslabs/amazon-eks-ami, nodeadm/internal/api/validation.go), and Bottlerocket's names
# for it.
FIELDS: Final = {
    "name": "cluster-name",
    "apiServerEndpoint": "api-server",
    "certificateAuthority": "cluster-certificate",
    "cidr": "",
}
NODE_CONFIG: Final = "application/node.eks.aws"


@dataclass(frozen=True)
class Settings:
    """``cluster`` by FIELDS, "" where not said; ``environment`` by systemd service, "default" for all of them.

    ``script_sets_proxy`` tells that a script of the user data speaks of a proxy, ``scripted`` is what it gives to
    services.
    """

    cluster: Mapping[str, str]
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    named_by_instance_id: bool = False
    max_pods: int | None = None
    script_sets_proxy: bool = False
    scripted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def environment_of(self, service: str) -> Mapping[str, str]:
        """The environment of a systemd service: its own comes before that of all."""
        return {**self.environment.get("default", {}), **self.environment.get(service, {})}


class Unreadable(Exception):
    """The node makes nothing of its user data; the text says why, in a few words."""


def read(user_data: str, *, bottlerocket: bool) -> Settings:
    """The settings, several NodeConfigs merged, the last one winning. Raises Unreadable."""
    return _from_toml(user_data) if bottlerocket else _from_node_config(user_data)


def _from_node_config(user_data: str) -> Settings:
    documents, scripts = _parts(user_data)
    if not documents:
        raise Unreadable("no NodeConfig")
    merged: dict[str, Any] = {}
    for document in documents:
        merged = _merged(merged, _loaded(document))
    spec = _table(merged, "spec")
    cluster, instance, kubelet = (_table(spec, name) for name in ("cluster", "instance", "kubelet"))
    environment = _table(instance, "environment")
    pods = _table(kubelet, "config").get("maxPods")
    return Settings(
        cluster={name: _text(cluster, name) for name in FIELDS},
        environment={
            service: {name: _text(values, name) for name in values}
            for service in environment
            for values in [_table(environment, service)]
        },
        named_by_instance_id=_table(spec, "featureGates").get("InstanceIdNodeName") is True,
        max_pods=pods if isinstance(pods, int) else None,
        script_sets_proxy=any("proxy" in script.lower() for script in scripts),
        scripted=drop_ins(scripts),
    )


def _parts(user_data: str) -> tuple[list[str], list[str]]:
    """The NodeConfigs, and what else there is."""
    user_data = _plain(user_data.encode())
    message = message_from_string(user_data)
    if not message.is_multipart():
        # What is no MIME is a NodeConfig as a whole, or something that nodeadm does not read.
        return ([], [user_data]) if user_data.startswith("#!") or not user_data.strip() else ([user_data], [])
    documents: list[str] = []
    scripts: list[str] = []
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            text = _plain(content)
            (documents if part.get_content_type() == NODE_CONFIG else scripts).append(text)
    return documents, scripts


def _plain(data: bytes) -> str:
    """Text as nodeadm makes it of the whole and of each part: base64 and gzip are taken off where they are there
    (awslabs/amazon-eks-ami, nodeadm/internal/configprovider/encoding.go)."""
    with suppress(binascii.Error):
        data = base64.b64decode(data.replace(b"\r", b"").replace(b"\n", b""), validate=True)
    if data.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError, zlib.error):
            data = gzip.decompress(data)
    return data.decode("utf-8", "replace")


def _loaded(document: str) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(document)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # A date that there is not is a ValueError.
        raise Unreadable("a NodeConfig that is no YAML") from error
    if not isinstance(loaded, dict):
        raise Unreadable("a NodeConfig that is no mapping")
    if (loaded.get("apiVersion"), loaded.get("kind")) != ("node.eks.aws/v1alpha1", "NodeConfig"):
        raise Unreadable("something else than a NodeConfig of node.eks.aws/v1alpha1")
    return loaded


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        there = merged.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            merged[key] = _merged(there, value)
        elif value not in (None, "", [], {}):  # what is empty overrides nothing
            merged[key] = value
    return merged


def _from_toml(user_data: str) -> Settings:
    try:
        loaded = tomllib.loads(user_data)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable("no TOML") from error
    settings = _table(loaded, "settings")
    kubernetes, network = _table(settings, "kubernetes"), _table(settings, "network")
    environment = {}
    if proxy := _text(network, "https-proxy"):
        direct = network.get("no-proxy", [])
        if not isinstance(direct, list) or not all(isinstance(one, str) for one in direct):
            raise Unreadable("settings.network.no-proxy that is no list of texts")
        # The services get these besides (bottlerocket.dev, settings.network.no-proxy); pluto does not.
        own = ("localhost", "127.0.0.1", host_and_port(_text(kubernetes, "api-server"))[0], ".cluster.local")
        given = {"HTTPS_PROXY": proxy, "NO_PROXY": ",".join(direct)}
        environment = {"default": {**given, "NO_PROXY": ",".join(filter(None, (*direct, *own)))}, "pluto": given}
    pods = kubernetes.get("max-pods")
    cluster = {name: _text(kubernetes, theirs) if theirs else "" for name, theirs in FIELDS.items()}
    return Settings(cluster, environment, max_pods=pods if isinstance(pods, int) else None)


def _table(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = table.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{name} that is no mapping")
    return value


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{name} that is no text")
    return value


def missing(settings: Settings, *, bottlerocket: bool) -> Iterator[str]:
    """The fields of FIELDS that the node can't do without and that are not said, in its own words for them."""
    for name, theirs in FIELDS.items():
        if not settings.cluster[name] and (theirs or not bottlerocket):
            yield theirs if bottlerocket else name
