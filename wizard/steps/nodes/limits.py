"""Checks what forbids instances to be launched: another architecture, a key that can't be used, the quota of vCPUs."""

import re
from collections.abc import Iterator
from typing import Final

from wizard.facts import Facts, InstanceType, NodeGroup, Stack, Unknown, known
from wizard.findings import Finding, stop, warn
from wizard.profile import Profile
from wizard.steps.nodes import volume_key

# The quotas of the vCPUs of running on-demand instances, by how the names of their types begin (Service Quotas, EC2).
QUOTAS: Final = (
    (re.compile(r"(?:g|vt)[0-9r]"), "L-DB2E81BA"),
    (re.compile(r"p[0-9]"), "L-417A185B"),
    (re.compile(r"f[0-9]"), "L-74FC7D96"),
    (re.compile(r"inf[0-9]"), "L-1945791B"),
    (re.compile(r"trn[0-9]"), "L-2C3B7624"),
    (re.compile(r"dl[0-9]"), "L-6E869C2A"),
    (re.compile(r"hpc[0-9]"), "L-F7808C92"),
    (re.compile(r"x[0-9]"), "L-7295265B"),
    (re.compile(r"u[-0-9]"), "L-43DA4232"),
    (re.compile(r"(?:[acdhimrtz]|im|is)[0-9]"), "L-1216C47A"),
)


def quota_of(instance_type: str) -> str | None:
    """The code of the quota that limits the type's vCPUs; None of one that has none, such as mac."""
    return next((code for begins, code in QUOTAS if begins.match(instance_type)), None)


def launched_by(
    profile: Profile, stack: Stack | Unknown | None, group: NodeGroup | Unknown | None
) -> Stack | NodeGroup | Unknown | None:
    """What starts the nodes: the node group of managed ones, whose stack holds their launch template only."""
    return group if profile.nodes.kind == "managed" else stack


def check(profile: Profile, facts: Facts) -> Iterator[Finding]:
    """Findings about nodes that are yet to be launched."""
    kind, image = facts.nodes.instance_type, facts.nodes.ami
    if known(kind) and known(image) and image.architecture not in ("", *kind.architectures):
        about = {"ami": image.id, "there": image.architecture, "type": kind.name, "wanted": list(kind.architectures)}
        yield stop("NODE625", "nodes.ami", **about)
    yield from volume_key.check(facts)
    if known(kind):
        yield from _vcpus(profile, facts, kind)


def _vcpus(profile: Profile, facts: Facts, kind: InstanceType) -> Iterator[Finding]:
    quota, nodes = facts.nodes.vcpu_quota, profile.nodes
    if not isinstance(quota, float):
        return
    about = {"type": kind.name, "quota_code": quota_of(kind.name), "quota": int(quota)}
    if nodes.desired * kind.vcpus > quota:
        yield stop("NODE628", "nodes.desired", nodes=nodes.desired, vcpus=nodes.desired * kind.vcpus, **about)
    elif nodes.max * kind.vcpus > quota:
        yield warn("NODE629", "nodes.max", nodes=nodes.max, vcpus=nodes.max * kind.vcpus, **about)
