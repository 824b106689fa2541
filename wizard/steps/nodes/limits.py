"""Checks what forbids instances to be launched: another architecture, a key that can't be used, the quota of vCPUs."""

import re
from collections.abc import Iterator

from wizard.facts import Facts, InstanceType, known
from wizard.findings import Finding, stop, unknown, warn
from wizard.profile import Profile

# The families that the quota is for (Service Quotas, Running On-Demand Standard instances).
STANDARD = re.compile(r"[acdhimrtz][0-9]")
# Keys of this alias belong to AWS, which grants them itself.
OF_AWS = ":alias/aws/"


def check(profile: Profile, facts: Facts) -> Iterator[Finding]:
    """Findings about nodes that are yet to be launched."""
    kind, image = facts.nodes.instance_type, facts.nodes.ami
    if known(kind) and known(image) and image.architecture not in ("", *kind.architectures):
        about = {"ami": image.id, "there": image.architecture, "type": kind.name, "wanted": list(kind.architectures)}
        yield stop("NODE625", "nodes.ami", **about)
    yield from _volume_key(profile, facts)
    if known(kind) and STANDARD.match(kind.name):
        yield from _vcpus(profile, facts, kind)


def _volume_key(profile: Profile, facts: Facts) -> Iterator[Finding]:
    state, key = facts.nodes.volume_key, profile.nodes.volume_kms_key
    if not isinstance(state, str):
        return
    if state != "Enabled":
        yield stop("NODE626", "nodes.volume_kms_key", key=key, state=state or "missing")
    elif OF_AWS not in (key or ""):
        # Its policy and grants may be written in many ways, and reading them is seldom allowed.
        yield unknown("NODE627", "nodes.volume_kms_key", key=key)


def _vcpus(profile: Profile, facts: Facts, kind: InstanceType) -> Iterator[Finding]:
    quota, nodes = facts.nodes.vcpu_quota, profile.nodes
    if not isinstance(quota, float):
        return
    about = {"type": kind.name, "each": kind.vcpus, "quota": int(quota)}
    if nodes.desired * kind.vcpus > quota:
        yield stop("NODE628", "nodes.desired", nodes=nodes.desired, vcpus=nodes.desired * kind.vcpus, **about)
    elif nodes.max * kind.vcpus > quota:
        yield warn("NODE629", "nodes.max", nodes=nodes.max, vcpus=nodes.max * kind.vcpus, **about)
