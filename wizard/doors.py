"""What a step may look through: AWS, Kubernetes, and this machine."""

import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from wizard.cloud import Cloud
from wizard.facts import Cluster
from wizard.kube import Kube, token


@dataclass(frozen=True)
class Machine:
    """This machine, as far as a step may ask it: the environment and the programs on the path."""

    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def has(self, program: str) -> bool:
        """True when the program is on the path."""
        return shutil.which(program, path=self.environment.get("PATH")) is not None


@dataclass(frozen=True)
class Doors:
    """Everything that reads or writes outside the program."""

    cloud: Cloud
    machine: Machine

    def kube(self, cluster: Cluster) -> Kube:
        """The Kubernetes API of a cluster that has an endpoint, asked with a token of our own signing."""
        region = cluster.arn.split(":")[3]
        return Kube(
            cluster.endpoint or "",
            cluster.certificate_authority or "",
            lambda: token(self.cloud.identity_url(cluster.name, region)),
            connect_timeout=self.cloud.access.connect_seconds,
            read_timeout=self.cloud.access.read_seconds,
            public=cluster.public_access,
        )


def together(*asks: Callable[[], Any]) -> list[Any]:
    """The answers of several reads that don't depend on each other, asked at once, in the order given."""
    with ThreadPoolExecutor(max_workers=max(1, min(8, len(asks)))) as pool:
        return list(pool.map(lambda ask: ask(), asks))
