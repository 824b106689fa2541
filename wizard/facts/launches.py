"""What starts nodes of a cluster, as it stands, whoever made it."""

from dataclasses import dataclass
from typing import Literal

from wizard.facts.nodes import Ami, Instance, InstanceType, VolumeKey
from wizard.facts.role import Role
from wizard.facts.security_group import SecurityGroup
from wizard.facts.state import Unknown

LaunchKind = Literal["Auto Scaling group", "managed node group", "instances"]


@dataclass(frozen=True)
class Launch:
    """An Auto Scaling group or a managed node group of a cluster; ``instances`` are those that none of them started.

    All is as the next instance gets it: ``subnets`` and ``groups`` are ids, ``groups`` those of the security groups
    that it will carry; ``role`` is that of its instance profile, None where it has none that works; ``image`` is None
    where there is no such image, ``instance_type`` where the region has no such type. ``user_data`` is plain text, ""
    where there is none. ``hop_limit`` is that of IMDS, ``metadata`` whether IMDS answers at all. ``public_address``
    tells whether it gets one, None where its subnet decides that. ``instances`` are those that live now, ``issues``
    what Auto Scaling or EKS says went wrong, in their words, the newest first.

    ``volume_key`` is that of the volumes, None where it is AWS's, ``vcpu_quota`` how many vCPUs of the type's family
    may run, None where AWS tells none, or none that limits these; both are read only where instances are missing.
    ``is_tagged`` tells that it carries the cluster's tag, ``is_made`` that there is the Auto Scaling group that
    starts instances: without one nothing is told but names, numbers and issues.
    """

    name: str
    kind: LaunchKind
    subnets: tuple[str, ...]
    groups: tuple[str, ...] | Unknown
    role: Role | Unknown | None
    image: Ami | Unknown | None
    instance_type: InstanceType | Unknown | None
    user_data: str | Unknown
    hop_limit: int | None = None
    public_address: bool | None = None
    desired: int = 0
    instances: tuple[Instance, ...] | Unknown = ()
    issues: tuple[str, ...] | Unknown = ()
    metadata: bool = True
    is_tagged: bool = True
    is_made: bool = True
    volume_key: VolumeKey | Unknown | None = None
    vcpu_quota: float | Unknown | None = None


@dataclass(frozen=True)
class LaunchFacts:
    """What starts nodes of a cluster that stands; ``groups`` are the security groups that these nodes carry.

    ``fargate`` are the names of Fargate profiles, which are read where nothing starts nodes.
    """

    launches: tuple[Launch, ...] | Unknown = ()
    groups: tuple[SecurityGroup, ...] | Unknown = ()
    fargate: tuple[str, ...] | Unknown = ()
