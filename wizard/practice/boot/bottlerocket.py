"""Bottlerocket: user data -> settings, and how these become a node's configuration.

Sources: bottlerocket-core-kit (early-boot-config, pluto, thar-be-settings) and the settings' models.
"""

import base64
import binascii
import contextlib
import tomllib
from typing import Any
from urllib.parse import urlsplit

from wizard.practice.boot import console, max_pods
from wizard.practice.boot.course import Course, Step, StoppedError, no_instance_profile
from wizard.practice.boot.node_config import NodeConfig, UnreadableError
from wizard.practice.boot.nodeadm import metadata_off
from wizard.practice.boot.policy import Request
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import Machine


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
        given = {"HTTPS_PROXY": proxy, "NO_PROXY": ",".join(direct)}
        # The services get these besides (bottlerocket-core-kit, packages/release/proxy-env).
        own = ["localhost", "127.0.0.1", urlsplit(_text(kubernetes, "api-server")).hostname or "", ".cluster.local"]
        environment = {"default": {**given, "NO_PROXY": ",".join([*direct, *filter(None, own)])}, "pluto": given}
    pods = kubernetes.get("max-pods")
    return NodeConfig(
        name=_text(kubernetes, "cluster-name"),
        endpoint=_text(kubernetes, "api-server"),
        certificate_authority=_text(kubernetes, "cluster-certificate"),
        environment=environment,
        max_pods=pods if isinstance(pods, int) else None,
        node_name=_text(kubernetes, "hostname-override"),
        feature_gates={"InstanceIdNodeName": _text(kubernetes, "hostname-override-source") == "instance-id"},
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


# the boot


def configure(course: Course) -> None:
    """early-boot-config reads user data, pluto asks EC2, thar-be-settings writes the files. Raises StoppedError."""
    machine, at = course.machine, 8.2
    if trouble := metadata_off(machine):
        raise _failed(course, at + 60, "early-boot-config", "configuration", trouble)
    course.log.append(console.bottlerocket(at, "early-boot-config", "User data found via IMDS"))
    if trouble := settings_unreadable(machine):
        raise _failed(course, at + 0.3, "early-boot-config", "configuration", trouble)
    course.config = _loaded(machine)
    course.node_name = _named(course, at)
    if trouble := settings_incomplete(course.config):
        raise _failed(course, at + 2.6, "thar-be-settings", "configuration", trouble)
    course.max_pods = course.config.max_pods or (
        max_pods.standard(machine.interfaces, machine.addresses_per_interface)
        if machine.known_type
        else max_pods.KUBELET_DEFAULT
    )
    course.log += [
        console.bottlerocket(at + 2.2, "sundog", "Successfully completed."),
        console.bottlerocket(at + 2.9, "thar-be-settings", "Rendering and writing configuration files..."),
    ]


@rule("settings-unreadable")
def settings_unreadable(machine: Machine) -> str | None:
    """User data must be TOML, with the types that the settings have."""
    try:
        read(machine.user_data)
    except UnreadableError as error:
        return str(error)
    return None


@rule("settings-incomplete")
def settings_incomplete(config: NodeConfig) -> str | None:
    """kubelet's files can't be written without the cluster's name, endpoint and certificate authority."""
    return missing(config)


def _loaded(machine: Machine) -> NodeConfig:
    try:
        return read(machine.user_data)
    except UnreadableError:
        return NodeConfig()


def _named(course: Course, at: float) -> str:
    """pluto asks EC2 for the name unless the settings say one; since Kubernetes 1.26 they do not (bottlerocket 3028).

    The cluster's DNS address it asks EKS for, and guesses where it gets no answer.
    """
    machine = course.machine
    if course.config.node_name:
        return course.config.node_name
    if course.config.feature_gates.get("InstanceIdNodeName"):
        return machine.id
    if trouble := no_instance_profile(machine):
        raise _failed(course, at + 300, "pluto", "ec2", trouble)
    called = course.call("pluto", f"ec2.{machine.region}.amazonaws.com", Request("ec2:DescribeInstances"))
    if called.obstacle is not None:
        reason = f"pluto: Error describing instance '{machine.id}': DescribeInstances: {called.obstacle.says}"
        raise _failed(course, at + 300, "pluto", "ec2", called.obstacle, reason, proxied=called.attempt.proxied)
    return machine.private_dns_name


def _failed(
    course: Course, at: float, program: str, step: Step, obstacle: Obstacle, reason: str = "", *, proxied: bool = False
) -> StoppedError:
    course.gave_up_at = at
    if program == "pluto":
        course.log.append(
            console.bottlerocket(
                at - 0.1, program, "Timed out retrieving private DNS name from EC2: deadline has elapsed"
            )
        )
    course.log += [
        console.bottlerocket(at, program, reason or obstacle.says),
        console.systemd(at + 0.1, f"{program}.service: Failed with result 'exit-code'."),
        console.systemd(at + 0.2, "Dependency failed for multi-user.target - Bottlerocket final boot."),
    ]
    return StoppedError(step, obstacle, reason, proxied=proxied)
