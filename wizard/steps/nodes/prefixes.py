"""Prefix delegation: the network plugin gives a node whole /28 of addresses, so that it holds more pods."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from wizard.answer_types import Use
from wizard.doors import Doors, together
from wizard.facts import AddOn, Facts, InstanceType, Unknown, known
from wizard.findings import Finding, stop, warn
from wizard.max_pods import max_pods, max_pods_with_prefixes
from wizard.plan import Call, Change, Wait
from wizard.profile import Profile
from wizard.steps.cluster.plan import makes_way

CNI = "vpc-cni"
CNI_READY, PREFIXES = "nodes.vpc-cni", "nodes.prefixes"
SWITCH = "ENABLE_PREFIX_DELEGATION"


def pods_of(profile: Profile, kind: InstanceType) -> int:
    """The pods that a node of this type will hold.

    Where EKS makes the user data of managed nodes, it stops at 110, and at 250 from 30 vCPUs on (EKS user guide,
    choosing an instance type).
    """
    if profile.nodes.prefix_delegation:
        return max_pods_with_prefixes(kind.network, kind.vcpus)
    pods = max_pods(kind.network)
    capped = profile.nodes.kind == "managed" and profile.nodes.ami is None
    return min(pods, 110 if kind.vcpus < 30 else 250) if capped else pods


def reserved(doors: Doors, profile: Profile) -> tuple[str, ...] | Unknown:
    """The subnets of others that keep a part free for prefixes; asked only where nodes take prefixes there."""
    if not profile.nodes.prefix_delegation or not isinstance(profile.vpc, Use):
        return ()
    subnets = profile.vpc.use.subnets
    ask = partial(doors.cloud.see, "ec2", "GetSubnetCidrReservations")
    answers = together(*(partial(ask, SubnetId=subnet) for subnet in subnets))
    refused = next((answer for answer in answers if isinstance(answer, Unknown)), None)
    return refused or tuple(
        subnet
        for subnet, answer in zip(subnets, answers, strict=True)
        if any(one["ReservationType"] == "prefix" for one in (answer or {}).get("SubnetIpv4CidrReservations", []))
    )


def plan(profile: Profile, facts: Facts) -> Iterator[Change]:
    """Switches prefixes on in the add-on, once it is there and ACTIVE; what else is configured in it stays."""
    if not profile.nodes.prefix_delegation or CNI not in profile.cluster.addons:
        return
    seen = _cni(facts)
    wanted = _configured(seen.configuration if seen else "")
    if wanted is None or (seen and seen.configuration == wanted):
        return
    cluster = profile.cluster.name
    read = Call("eks", "DescribeAddon", {"clusterName": cluster, "addonName": CNI})
    if seen is None:
        # EKS changes no add-on that it is still creating.
        there = Wait(read, "[addon.addonArn]", ready="addon.status=='ACTIVE'", usual=60, limit=900)
        yield Change(CNI_READY, "nodes", "wait", None, there, after=(f"cluster.addon.{CNI}",))
    call = Call("eks", "UpdateAddon", {**read.params, "configurationValues": wanted})
    switched = Wait(
        read,
        f"[addon][?contains(not_null(configurationValues, ''), '{SWITCH}')].addonArn",
        ready="addon.status=='ACTIVE'",
        failed="addon.status=='UPDATE_FAILED'",
        usual=60,
        limit=900,
        reasons="addon.health.issues[].join(': ', [code, message])",
    )
    yield Change(PREFIXES, "nodes", "modify", call, switched, after=() if seen else (CNI_READY,))


def _cni(facts: Facts) -> AddOn | None:
    seen = facts.cluster.add_ons if known(facts.cluster.add_ons) else ()
    return next((one for one in seen if one.name == CNI and not makes_way(one)), None)


def _configured(configuration: str) -> str | None:
    """The configuration with prefixes on; None for one that is no JSON object, as YAML may be."""
    try:
        given: Any = json.loads(configuration or "{}")
    except ValueError:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("env", {}), dict):
        return None
    if given.get("env", {}).get(SWITCH) == "true":
        return configuration
    env: Mapping[str, Any] = {**given.get("env", {}), SWITCH: "true"}
    return json.dumps({**given, "env": env}, sort_keys=True)


def check(profile: Profile, facts: Facts) -> Iterator[Finding]:
    """Findings about prefixes, where the profile asks for them."""
    if not profile.nodes.prefix_delegation:
        return
    kind, seen = facts.nodes.instance_type, _cni(facts)
    if known(kind) and kind.hypervisor not in ("nitro", ""):
        yield stop("NODE630", "nodes.prefix_delegation", type=kind.name, hypervisor=kind.hypervisor)
    if isinstance(profile.vpc, Use) and not known(facts.nodes.stack):
        kept = facts.nodes.reserved if known(facts.nodes.reserved) else ()
        shared = [subnet for subnet in profile.vpc.use.subnets if subnet not in kept]
        if shared:
            yield warn("NODE631", "nodes.prefix_delegation", subnets=shared)
    unread = seen.configuration if seen and _configured(seen.configuration) is None else None
    if unread is not None or CNI not in profile.cluster.addons:
        yield stop("NODE632", "nodes.prefix_delegation", addon=CNI, there="nothing" if unread is None else unread)
