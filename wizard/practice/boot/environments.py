"""The environment that each program of a node gets, and what was meant for it and does not reach it.

Sources: awslabs/amazon-eks-ami, nodeadm/internal/system/environment.go, its CHANGELOG, and the order of its units
(nodeadm-config runs before cloud-init, nodeadm-run after it); bottlerocket-core-kit, packages/release/proxy-env and
sources/api/pluto/src/proxy.rs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wizard.practice.boot import proxy as proxies
from wizard.practice.boot.node_config import NodeConfig
from wizard.practice.boot.proxy import Proxy
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import Machine

Program = Literal["nodeadm", "kubelet", "containerd", "pluto", "aws-node"]


@dataclass(frozen=True)
class Given:
    """What a program has, and beside it what it should have had, each with the rule that kept it away."""

    effective: Mapping[str, str]
    withheld: tuple[tuple[Obstacle, Mapping[str, str]], ...] = ()


@rule("proxy-unsupported")
def proxy_unsupported(machine: Machine) -> str | None:
    """spec.instance.environment came with AMI v20251007 (amazon-eks-ami PR 2384)."""
    there = bool(machine.bottlerocket) or machine.ami_release >= "v20251007"
    return None if there else "nodeadm knows no spec.instance.environment"


@rule("proxy-too-late")
def proxy_too_late(machine: Machine) -> str | None:
    """Until v20251016 Go had cached the environment before nodeadm set it (PR 2471), from v20251023 to v20251112
    nodeadm set it after its EC2 calls; since v20251120 it sets it first (PR 2489)."""
    early = bool(machine.bottlerocket) or machine.ami_release >= "v20251120"
    return None if early else "nodeadm sets its environment after its EC2 calls"


@rule("proxy-by-script")
def proxy_by_script(config: NodeConfig) -> str | None:
    """Boothooks and scripts run after nodeadm-config, and /etc/environment is for logins, not for services."""
    return "user data's scripts run after nodeadm-config" if config.scripted else None


@rule("proxy-not-for-pods")
def proxy_not_for_pods(machine: Machine) -> str | None:  # noqa: ARG001 - every rule is told what it is about
    """A pod has the environment of its own specification and none of the node's, hostNetwork or not."""
    return "pods do not have the node's environment"


def of(machine: Machine, config: NodeConfig, program: Program) -> Given:
    """The environment of a program."""
    default = config.environment.get("default", {})
    own = {**default, **config.environment.get(program, {})}
    scripted = {**config.scripted.get("", {}), **config.scripted.get(program, {})}
    if machine.bottlerocket:
        if program == "aws-node":
            return _unless(proxy_not_for_pods(machine), {}, own)
        return Given(own)
    match program:
        case "aws-node":
            return _unless(proxy_not_for_pods(machine), {}, {**own, **scripted})
        case "nodeadm":
            early = _unless(proxy_unsupported(machine) or proxy_too_late(machine), {}, default)
        case _:
            early = _unless(proxy_unsupported(machine), {}, own)
    if program in config.scripted:
        # A drop-in that a boothook writes is there when nodeadm-run starts the service, and overrides nodeadm's.
        return Given({**early.effective, **config.scripted[program]}, early.withheld)
    late = _unless(proxy_by_script(config), early.effective, _any(config) if program == "nodeadm" else scripted)
    return Given(late.effective, (*early.withheld, *late.withheld))


def proxy(environment: Mapping[str, str], host: str, program: Program) -> Proxy | None:
    """The proxy that a request of the program takes."""
    if program == "pluto":
        return proxies.for_pluto(environment, host)
    return proxies.proxy_for(environment, host)


def _any(config: NodeConfig) -> Mapping[str, str]:
    """What the scripts set for whichever service."""
    found: dict[str, str] = {}
    for environment in config.scripted.values():
        found |= environment
    return found


def _unless(why: Obstacle | None, effective: Mapping[str, str], more: Mapping[str, str]) -> Given:
    if why is None:
        return Given({**effective, **more})
    return Given(effective, ((why, more),) if more else ())
