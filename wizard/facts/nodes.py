"""What the nodes are made of and by, and the instances that run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeGuard, TypeVar

from wizard.facts.state import State, Unknown, known


@dataclass(frozen=True)
class Ami:
    """``release`` is EKS's release of the image, such as 1.35.2-20260714; ``architecture`` is empty where not told.

    ``name`` is the image's, by which EKS's own images tell what they are; empty where it was not read.
    """

    id: str
    release: str
    architecture: str = ""
    name: str = ""


@dataclass(frozen=True)
class InstanceType:
    """``network`` is NetworkInfo as DescribeInstanceTypes gives it; ``zones`` where the type is offered."""

    name: str
    architectures: tuple[str, ...]
    vcpus: int
    memory_mib: int
    network: Mapping[str, Any]
    zones: tuple[str, ...] | Unknown = ()
    hypervisor: str = ""


@dataclass(frozen=True)
class Stack:
    """``ours`` tells that it carries our tags; ``parameters`` are the ones that it was made with."""

    name: str
    id: str
    status: str
    state: State
    reason: str
    ours: bool
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group as DescribeNodegroup gives it.

    ``issues`` are its health's, in EKS's words, and ``ailing`` the instances that they name.
    """

    name: str
    status: str
    state: State
    ours: bool
    minimum: int
    maximum: int
    desired: int
    instance_types: tuple[str, ...] = ()
    image_type: str = ""
    issues: tuple[str, ...] = ()
    ailing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instance:
    """``console`` is the end of its console output; what follows ``image`` is read of nodes that stand only."""

    id: str
    state: str
    zone: str
    private_dns_name: str
    image: str
    subnet: str = ""
    address: str = ""
    groups: tuple[str, ...] = ()
    launched_at: datetime | None = None
    console: str | Unknown = ""


Made = TypeVar("Made", bound=Stack | NodeGroup)


def is_replaced(made: Made | Unknown | None) -> TypeGuard[Made]:
    """Whether it is one of ours that failed or is being deleted: another one is made in its place."""
    return known(made) and made.ours and made.state in (State.FAILED, State.DELETING)


@dataclass(frozen=True)
class VolumeKey:
    """The KMS key of the nodes' volumes: the profile's, else the one that the account has chosen for EBS.

    ``state`` is KMS's, such as Enabled, empty where there is no such key. ``policy``, and ``granted`` (the operations
    that grants allow to Auto Scaling's role), are not read of a key that AWS keeps itself (``of_aws``).
    """

    id: str
    state: str
    of_aws: bool = False
    policy: str | Unknown = ""
    granted: tuple[str, ...] | Unknown = ()


@dataclass(frozen=True)
class NodeFacts:
    """``newest_ami`` is what AWS recommends today; ``ami`` the one that the nodes would start from.

    ``key_pair`` tells whether the key pair that the profile names is there; None where it names none. ``group`` is the
    managed node group; None where the profile wants none. ``volume_key`` is None where AWS's own key serves.
    ``vcpu_quota`` is how many vCPUs of the type's family may run, None where AWS tells none.
    ``reserved`` are the subnets of the profile that keep a part for prefixes; read where nodes take prefixes there.
    """

    instance_type: InstanceType | Unknown | None = None
    newest_ami: Ami | Unknown | None = None
    ami: Ami | Unknown | None = None
    stack: Stack | Unknown | None = None
    instances: tuple[Instance, ...] | Unknown = ()
    key_pair: bool | Unknown | None = None
    group: NodeGroup | Unknown | None = None
    volume_key: VolumeKey | Unknown | None = None
    vcpu_quota: float | Unknown | None = None
    reserved: tuple[str, ...] | Unknown = ()
