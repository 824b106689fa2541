"""A boot under way: what the node has and knows so far, the console log that it has written, and how it stops."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

from wizard.practice.boot import connection, environments
from wizard.practice.boot.connection import Attempt
from wizard.practice.boot.console import Line
from wizard.practice.boot.node_config import NodeConfig
from wizard.practice.boot.policy import Request
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import Cluster, Machine, Role, Surroundings

# What a node is at, in order; "configuration" is everything before the first call that leaves the node.
Step = Literal[
    "image", "configuration", "ec2", "token", "cluster", "authentication", "authorization",
    "network plugin", "registry token", "manifest", "layers", "sts", "network plugin's ec2",
]  # fmt: skip


class StoppedError(Exception):
    """The boot goes no further. ``reason`` says so in one line."""

    def __init__(self, step: Step, obstacle: Obstacle, reason: str = "", *, proxied: bool = False) -> None:
        super().__init__(reason or obstacle.says)
        self.step: Step = step
        self.rule = obstacle.rule
        self.reason = reason or obstacle.says
        self.proxied = proxied


@dataclass
class Course:
    """One boot; the steps fill it in."""

    machine: Machine
    surroundings: Surroundings
    log: list[Line]
    config: NodeConfig = field(default_factory=NodeConfig)
    cluster: Cluster | None = None
    node_name: str = ""
    max_pods: int = 0
    registered_at: float | None = None
    gave_up_at: float | None = None

    @property
    def slowness(self) -> float:
        """Machines are not all equally fast; the same one always is."""
        return sha256(self.machine.id.encode()).digest()[0] / 255 * 12

    @property
    def role(self) -> Role:
        """The role behind the instance profile; without one, a role that may do nothing."""
        return self.machine.role or Role(f"arn:aws:iam::{self.machine.account}:role/none", "")

    def request(self, program: environments.Program, host: str) -> Attempt:
        """A request of one of the node's programs.

        Where it fails, and would not with a proxy that was meant for the program and did not reach it, that is why.
        """
        given = environments.of(self.machine, self.config, program)
        found = self._request(given.effective, host, program)
        if found.obstacle is None:
            return found
        for why, environment in given.withheld:
            if self._request({**given.effective, **environment}, host, program).obstacle is None:
                return replace(found, obstacle=Obstacle(why.rule, found.obstacle.says))
        return found

    def _request(self, environment: Mapping[str, str], host: str, program: environments.Program) -> Attempt:
        proxy = environments.proxy(environment, host, program)
        return connection.through(self.machine, self.surroundings, proxy, host)

    def call(self, program: environments.Program, host: str, *asked: Request, role: Role | None = None) -> "Called":
        """Calls of an AWS API over one connection, until the first that fails."""
        attempt = self.request(program, host)
        if attempt.obstacle is not None:
            return Called(attempt, attempt.obstacle, asked[0])
        for one in asked:
            obstacle = connection.refused(self.machine, self.surroundings, attempt, role or self.role, one)
            if obstacle is not None:
                return Called(attempt, obstacle, one)
        return Called(attempt, None, asked[-1])


@dataclass(frozen=True)
class Called:
    """How calls of an AWS API went: the connection, what ended them if anything did, and which was the last."""

    attempt: Attempt
    obstacle: Obstacle | None
    asked: Request


@rule("no-instance-profile")
def no_instance_profile(machine: Machine) -> str | None:
    """Without an instance profile, or with one whose role EC2 may not take on, IMDS has no credentials."""
    if machine.role is not None and "ec2.amazonaws.com" in machine.role.trusted:
        return None
    return "no EC2 IMDS role found"
