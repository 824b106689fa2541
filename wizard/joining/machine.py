"""What a launch makes nodes of: image, type, addresses, and what these can do. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from wizard.facts import Cluster, Facts, InstanceType, Launch, Unknown, known
from wizard.findings import Finding, stop, unknown, warn
from wizard.joining.settings import Settings
from wizard.max_pods import LEAST_PODS, addresses_taken, max_pods

# nodeadm takes spec.instance.environment from this release on (awslabs/amazon-eks-ami, PR 2384), and has it before it
# asks EC2 from the second one on (PRs 2471 and 2489).
FIRST_WITH_ENVIRONMENT: Final = "20251007"
FIRST_IN_TIME: Final = "20251120"
# The registries of EKS's images, by region; everywhere else the default (EKS user guide, add-ons-images).
DEFAULT_REGISTRY: Final = "602401143452"
REGISTRIES: Final = {
    "af-south-1": "877085696533",
    "ap-east-1": "800184023465",
    "ap-south-2": "900889452093",
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "ca-west-1": "761377655185",
    "cn-north-1": "918309763551",
    "cn-northwest-1": "961992271922",
}

_AL2023 = re.compile(r"amazon-eks-node-al2023-.+-v(\d{8})$")
_BOTTLEROCKET = re.compile(r"bottlerocket-aws-k8s-[\d.]+(?:-[a-z0-9_]+)*-v(.+)$")
# Amazon's own images that hold no program of EKS's.
_PLAIN = re.compile(r"(al2023-ami-|amzn2-ami-|ubuntu/images/|Windows_Server-(?!.*EKS_Optimized)|RHEL-|debian-\d)")


@dataclass(frozen=True)
class System:
    """What the image holds. ``release`` is the day of EKS's release of AL2023, such as 20260714; "" for others.

    ``told`` tells that the image's own name says what reads its user data.
    """

    bottlerocket: bool = False
    release: str = ""
    told: bool = False

    def early(self, settings: Settings) -> Mapping[str, str]:
        """The environment of the program that asks EC2 first."""
        if self.bottlerocket:
            return settings.environment_of("pluto")
        in_time = not self.release or self.release >= FIRST_IN_TIME
        return settings.environment.get("default", {}) if in_time else {}

    def late(self, settings: Settings, service: str) -> Mapping[str, str]:
        """The environment of a systemd service."""
        has_it = self.bottlerocket or not self.release or self.release >= FIRST_WITH_ENVIRONMENT
        return {**(settings.environment_of(service) if has_it else {}), **settings.scripted.get(service, {})}


def system_of(launch: Launch) -> System:
    """What the launch's image holds, by its name; of an image that tells nothing, what its user data is for."""
    name = launch.image.name if known(launch.image) else ""
    al2023 = _AL2023.match(name)
    if al2023:
        return System(release=al2023[1], told=True)
    if _BOTTLEROCKET.match(name):
        return System(bottlerocket=True, told=True)
    return System(bottlerocket=not name and isinstance(launch.user_data, str) and "[settings." in launch.user_data)


def api_name(cluster: Cluster) -> str:
    """The host name by which nodes ask the cluster's API."""
    return cluster.dns_name or urlsplit(cluster.endpoint or "").hostname or ""


def registry(region: str) -> str:
    """The account that holds EKS's images for a region."""
    return REGISTRIES.get(region, DEFAULT_REGISTRY)


def check(launch: Launch, facts: Facts) -> Iterator[Finding]:
    """Findings about the image, the type and the addresses of the launch's nodes."""
    where = f"nodes.{launch.name}"
    for thing in (launch.image, launch.instance_type, launch.instances, launch.issues):
        if isinstance(thing, Unknown):
            yield unknown("NODE690", where, action=thing.action, said=thing.why)
    yield from _image(launch, facts, where)
    kind = launch.instance_type
    if known(kind):
        yield from _type(launch, facts, kind, where)
    if not launch.metadata:
        yield stop("NODE657", where, launch=launch.name)
    if launch.hop_limit == 1:
        yield warn("NODE665", where, launch=launch.name)
    yield from _tagged(launch, facts, where)
    if known(launch.issues) and launch.issues:
        living = len(launch.instances) if known(launch.instances) else launch.desired
        finding = stop if living < launch.desired else warn
        yield finding("NODE670", where, launch=launch.name, kind=launch.kind, issues=list(launch.issues))


def _image(launch: Launch, facts: Facts, where: str) -> Iterator[Finding]:
    image, kind = launch.image, launch.instance_type
    if image is None:
        cluster = facts.cluster.cluster
        version = cluster.version if known(cluster) else "unknown"
        yield stop("NODE607", where, ami="none", version=version)
        return
    if isinstance(image, Unknown):
        return
    if known(kind) and image.architecture and image.architecture not in kind.architectures:
        about = {"ami": image.id, "there": image.architecture, "wanted": kind.architectures[0], "type": kind.name}
        yield stop("NODE625", where, **about)
    if _PLAIN.match(image.name):
        yield stop("NODE667", where, ami=image.id, name=image.name)
    elif not _AL2023.match(image.name) and not _BOTTLEROCKET.match(image.name):
        yield unknown("NODE672", where, ami=image.id, name=image.name)


def _type(launch: Launch, facts: Facts, kind: InstanceType, where: str) -> Iterator[Finding]:
    seen = facts.vpc.subnets if known(facts.vpc.subnets) else ()
    subnets = [subnet for subnet in seen if subnet.id in launch.subnets]
    zones = sorted({subnet.zone for subnet in subnets})
    if isinstance(kind.zones, Unknown):
        yield unknown("NODE690", where, action=kind.zones.action, said=kind.zones.why)
    elif zones:
        lacking = [zone for zone in zones if zone not in kind.zones]
        if lacking:
            finding = stop if lacking == zones else warn
            yield finding("NODE602", where, type=kind.name, zones=lacking)
    pods = max_pods(kind.network)
    about: dict[str, Any] = {"type": kind.name, "pods": pods}
    if pods < LEAST_PODS:
        yield warn("NODE603", where, **about)
    free = sum(subnet.free_addresses for subnet in subnets)
    taken = addresses_taken(kind.network, 1)
    if subnets and free < taken:
        finding = warn if free else stop
        names = [subnet.id for subnet in subnets]
        yield finding("NODE664", where, launch=launch.name, subnets=names, free=free, taken=taken)


def _tagged(launch: Launch, facts: Facts, where: str) -> Iterator[Finding]:
    cluster = facts.cluster.cluster
    if not known(cluster) or not known(launch.groups) or not known(facts.launches.groups):
        return
    tag = f"kubernetes.io/cluster/{cluster.name}"
    owned = [one.id for one in facts.launches.groups if one.id in launch.groups and one.tags.get(tag) == "owned"]
    if len(owned) > 1:
        yield warn("NODE666", where, groups=owned, tag=tag)
