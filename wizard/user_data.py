"""The user data of a node, as ``templates/nodes.yaml`` will render it, to be shown and checked beforehand."""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wizard.node_template import allowed_patterns

USER_DATA_LIMIT = 16_384
"""Bytes of user data before base64 (EC2)."""

PARAMETER_LIMIT = 4_096
"""Bytes of one parameter's value (CloudFormation)."""


@dataclass(frozen=True)
class Problem:
    """Why the stack would refuse its input: where is a parameter's name, or UserData; sizes in bytes."""

    where: str
    reason: Literal["too long", "not allowed", "contains the boundary"]
    size: int
    limit: int | None = None


def node_config(
    *,
    cluster_name: str,
    api_server_endpoint: str,
    certificate_authority: str,
    service_cidr: str,
    http_proxy: str | None = None,
    no_proxy: Iterable[str] = (),
) -> dict[str, Any]:
    """The NodeConfig (node.eks.aws/v1alpha1) of a node, with the proxy's environment when there is a proxy.

    The lower-case twins are for curl, dnf and Python. maxPods is left to nodeadm, which reads it off the type.
    """
    proxy: dict[str, Any] = {}
    if http_proxy:
        direct = ",".join(no_proxy)
        upper = {"HTTP_PROXY": http_proxy, "HTTPS_PROXY": http_proxy, "NO_PROXY": direct}
        lower = {name.lower(): value for name, value in upper.items()}
        proxy = {"instance": {"environment": {"default": upper | lower}}}
    cluster = {
        "name": cluster_name,
        "apiServerEndpoint": api_server_endpoint,
        "certificateAuthority": certificate_authority,
        "cidr": service_cidr,
    }
    return {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": proxy | {"cluster": cluster}}


def mime_boundary() -> str:
    """A boundary that no value can hold by chance or by design."""
    return secrets.token_hex(16)


def mime(config: Mapping[str, Any], boundary: str) -> str:
    """The user data before base64: one MIME part that holds the NodeConfig as JSON, which is YAML too."""
    return (
        "MIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="{boundary}"\n'
        "\n"
        f"--{boundary}\n"
        "Content-Type: application/node.eks.aws\n"
        "\n"
        f"{json.dumps(config, indent=2)}\n"
        "\n"
        f"--{boundary}--\n"
    )


def problems(config: Mapping[str, Any], boundary: str, parameters: Mapping[str, str]) -> tuple[Problem, ...]:
    """What EC2 or CloudFormation would refuse: user data and parameters too long or in no allowed form.

    ``parameters`` are those of the stack, by name. Nothing is returned when all is well.
    """
    found = []
    text = mime(config, boundary)
    size = len(text.encode())
    if size > USER_DATA_LIMIT:
        found.append(Problem("UserData", "too long", size, USER_DATA_LIMIT))
    if boundary in json.dumps(config):
        found.append(Problem("UserData", "contains the boundary", size))
    patterns = allowed_patterns()
    for name, value in parameters.items():
        size = len(value.encode())
        if size > PARAMETER_LIMIT:
            found.append(Problem(name, "too long", size, PARAMETER_LIMIT))
        # Of a list CloudFormation compares each value.
        values = value.split(",") if name == "Subnets" else [value]
        if name in patterns and not all(re.fullmatch(patterns[name], one) for one in values):
            found.append(Problem(name, "not allowed", size))
    return tuple(found)
