"""What can be picked for the nodes: instance types, key pairs, keys for the volumes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from wizard.answer_types import KeyPairName
from wizard.answers import Answers
from wizard.choices import Choice, Choices, WhyNot
from wizard.doors import Doors, together
from wizard.facts import Unknown
from wizard.max_pods import LEAST_PODS, max_pods
from wizard.steps.listed import listed
from wizard.steps.nodes.observe import ARCHITECTURES

# Families for general use, which most people look for.
FIRST = ("m5", "m6i", "m7i", "t3")
# Keys of this name belong to a service of AWS's, which alone may use them.
OF_AWS, OF_EBS = "alias/aws/", "alias/aws/ebs"
_KEY_PAIR_NAME: Final[TypeAdapter[str]] = TypeAdapter(KeyPairName)


@dataclass(frozen=True)
class SeenType:
    """``pods`` is kubelet's maxPods on a node of the type."""

    name: str
    vcpus: int
    memory_mib: int
    architectures: tuple[str, ...]
    pods: int
    current: bool = True


@dataclass(frozen=True)
class SeenKeyPair:
    name: str
    kind: str


@dataclass(frozen=True)
class SeenAlias:
    """An alias of a KMS key; ``key`` is the id of the key, empty where AWS has not made it yet."""

    arn: str
    name: str
    key: str


@dataclass(frozen=True)
class NodeChoices:
    """``offered`` are the zones by instance type; ``subnets`` the zones by existing subnet that is used."""

    types: tuple[SeenType, ...] | Unknown = ()
    offered: Mapping[str, frozenset[str]] | Unknown = field(default_factory=dict)
    key_pairs: tuple[SeenKeyPair, ...] | Unknown = ()
    aliases: tuple[SeenAlias, ...] | Unknown = ()
    subnets: Mapping[str, str] | Unknown = field(default_factory=dict)


def observe(doors: Doors, _region: str, answers: Answers) -> NodeChoices:
    """What the region offers nodes; up to five reads at once."""
    seen = partial(listed, doors)
    return NodeChoices(
        *together(
            partial(seen, "ec2", "DescribeInstanceTypes", "InstanceTypes", _type),
            partial(_offered, doors),
            partial(seen, "ec2", "DescribeKeyPairs", "KeyPairs", _key_pair),
            partial(seen, "kms", "ListAliases", "Aliases", _alias),
            partial(_subnets, doors, answers),
        )
    )


def _type(kind: dict[str, Any]) -> SeenType:
    return SeenType(
        name=kind["InstanceType"],
        vcpus=kind["VCpuInfo"]["DefaultVCpus"],
        memory_mib=kind["MemoryInfo"]["SizeInMiB"],
        architectures=tuple(kind["ProcessorInfo"]["SupportedArchitectures"]),
        pods=max_pods(kind["NetworkInfo"]),
        current=bool(kind.get("CurrentGeneration", True)),
    )


def _offered(doors: Doors) -> Mapping[str, frozenset[str]] | Unknown:
    answer = doors.cloud.see("ec2", "DescribeInstanceTypeOfferings", LocationType="availability-zone")
    if isinstance(answer, Unknown):
        return answer
    zones: dict[str, set[str]] = {}
    for offer in (answer or {}).get("InstanceTypeOfferings", []):
        zones.setdefault(offer["InstanceType"], set()).add(offer["Location"])
    return {name: frozenset(there) for name, there in zones.items()}


def _key_pair(pair: dict[str, Any]) -> SeenKeyPair:
    return SeenKeyPair(pair["KeyName"], pair.get("KeyType", ""))


def _alias(alias: dict[str, Any]) -> SeenAlias:
    return SeenAlias(alias["AliasArn"], alias["AliasName"], alias.get("TargetKeyId", ""))


def _subnets(doors: Doors, answers: Answers) -> Mapping[str, str] | Unknown:
    used = used_subnets(answers)
    if not used:
        return {}
    named = [{"Name": "subnet-id", "Values": used}]
    found = listed(doors, "ec2", "DescribeSubnets", "Subnets", _subnet, Filters=named)
    return found if isinstance(found, Unknown) else dict(found)


def _subnet(subnet: dict[str, Any]) -> tuple[str, str]:
    return subnet["SubnetId"], subnet["AvailabilityZone"]


def used_subnets(answers: Answers) -> list[str]:
    """The ids of the existing subnets that are used, as far as the answers tell."""
    return re.findall(r"subnet-[0-9a-f]+", answers.get("vpc.use.subnets", "")) if answers.get("vpc") == "use" else []


def zones(seen: NodeChoices, answers: Answers) -> frozenset[str]:
    """The zones that nodes are to run in, as far as the answers tell."""
    if answers.get("vpc") == "use":
        there = {} if isinstance(seen.subnets, Unknown) else seen.subnets
        return frozenset(there[subnet] for subnet in used_subnets(answers) if subnet in there)
    # Rows may be typed a line each or as YAML; nothing but a zone looks like one.
    rows = answers.get("vpc.create.subnets", "")
    return frozenset(re.findall(r"\b[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}[a-z]\b", rows))


def _types(seen: NodeChoices, answers: Answers) -> Choices:
    if isinstance(seen.types, Unknown):
        return seen.types
    wanted = zones(seen, answers)
    order = {family: place for place, family in enumerate(FIRST)}

    def place(kind: SeenType) -> tuple[int, bool, str, int, int, str]:
        family = kind.name.partition(".")[0]
        return order.get(family, len(order)), not kind.current, family, kind.vcpus, kind.memory_mib, kind.name

    return tuple(
        Choice(
            kind.name,
            (str(kind.vcpus), f"{kind.memory_mib / 1024:g}", _architecture(kind), str(kind.pods)),
            _why_not_type(kind, wanted, seen.offered),
        )
        for kind in sorted(seen.types, key=place)
    )


def _architecture(kind: SeenType) -> str:
    return next((name for name in kind.architectures if name in ARCHITECTURES), ", ".join(kind.architectures))


def _why_not_type(
    kind: SeenType, wanted: frozenset[str], offered: Mapping[str, frozenset[str]] | Unknown
) -> WhyNot | None:
    architecture = _architecture(kind)
    if architecture not in ARCHITECTURES:
        return WhyNot("architecture", {"architecture": architecture, "known": ARCHITECTURES})
    if not isinstance(offered, Unknown) and (lacking := wanted - offered.get(kind.name, frozenset())):
        return WhyNot("not_in_zones", {"zones": sorted(lacking)})
    return WhyNot("few_pods", {"pods": kind.pods, "least": LEAST_PODS}) if kind.pods < LEAST_PODS else None


def _key_pairs(seen: NodeChoices, _answers: Answers) -> Choices:
    if isinstance(seen.key_pairs, Unknown):
        return seen.key_pairs
    found = sorted(seen.key_pairs, key=lambda pair: pair.name.lower())
    return tuple(Choice(pair.name, (pair.kind,), _why_not_key_pair(pair)) for pair in found)


def _why_not_key_pair(pair: SeenKeyPair) -> WhyNot | None:
    try:
        _KEY_PAIR_NAME.validate_python(pair.name)
    except ValidationError:
        # EC2 takes names that a profile, or CloudFormation's parameter, does not.
        return WhyNot("key_pair_name")
    return None


def _volume_keys(seen: NodeChoices, _answers: Answers) -> Choices:
    if isinstance(seen.aliases, Unknown):
        return seen.aliases
    found = sorted(seen.aliases, key=lambda alias: (alias.name.startswith(OF_AWS), alias.name))
    return tuple(
        Choice(
            alias.arn,
            (alias.name, alias.key),
            WhyNot("key_of_aws") if alias.name.startswith(OF_AWS) and alias.name != OF_EBS else None,
        )
        for alias in found
    )


CHOICES: Final[Mapping[str, Callable[[NodeChoices, Answers], Choices]]] = {
    "nodes.instance_type": _types,
    "nodes.key_pair": _key_pairs,
    "nodes.volume_kms_key": _volume_keys,
}
