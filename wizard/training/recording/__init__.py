"""A real failure as a scenario: the facts of a cluster, without what only its company knows. Pure.

Taken over is what decides whether nodes join, field by field: nothing is copied that is not named here. Account, names
and addresses are others, the same ones wherever they stand; tags, descriptions, user data and consoles stay behind.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import yaml

from wizard import words
from wizard.facts import Facts, Unknown, known
from wizard.findings import Finding, Severity
from wizard.training.recording import network, nodes
from wizard.training.recording.disguise import Disguise
from wizard.training.recording.named import Named, RecordedStep


class NotRecordable(Exception):
    """AWS does not tell enough; the message is one sentence."""


def recording(facts: Facts, findings: tuple[Finding, ...], secret: bytes) -> str:
    """A scenario's file, from the facts of a cluster that stands and what was found in it. Raises NotRecordable.

    ``findings`` has one at least. ``secret`` are random bytes that are thrown away afterwards, 16 at least: they decide
    what becomes of addresses.
    """
    needed = (facts.cluster.cluster, facts.vpc.vpc, facts.vpc.subnets, facts.launches.launches)
    missing = [one.action for one in needed if isinstance(one, Unknown)]
    if missing or not known(facts.cluster.cluster) or not known(facts.vpc.vpc) or not known(facts.launches.launches):
        raise NotRecordable(
            words.screen("recording.not_recordable", actions=", ".join(missing) or "eks:DescribeCluster")
        )
    stops = [one for one in findings if one.severity is Severity.STOP]
    seen = [line.partition(": ")[2] for one in stops for line in one.seen]
    hidden = ", ".join(sorted({one.action or "Kubernetes" for one in _unknown(facts)}))
    document = {
        "scenario_version": "1",
        "title": words.screen("recording.title"),
        "level": "5",
        "story": " ".join(
            [words.screen("recording.story"), *([words.screen("recording.hidden", actions=hidden)] if hidden else [])]
        ),
        "task": words.screen("recording.task", cluster=nodes.CLUSTER),
        "exists": _steps(facts, Named(Disguise(secret), facts.account.id)),
        "nodes": [],
        "solved": {"nodes": str(sum(nodes.nodes_of(one) for one in facts.launches.launches) or 1)},
        "debrief": {
            "happened": words.screen("recording.happened"),
            "instead": words.screen("recording.seen") if seen else words.screen("recording.not_seen"),
            "finding": (*stops, *findings)[0].code,
        },
        "solution": [],
    }
    return yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)


def _unknown(value: Any) -> Iterator[Unknown]:
    """What was not told, wherever in the facts."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _unknown(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _unknown(getattr(value, field.name))


def _steps(facts: Facts, named: Named) -> list[RecordedStep]:
    cluster = facts.cluster
    told = [found for found in (cluster.groups, facts.endpoints.groups, facts.launches.groups) if known(found)]
    groups = {group.id: group for found in told for group in found}
    own = cluster.cluster.security_group if known(cluster.cluster) else None
    first = [group for group in groups.values() if group.id != own]
    return [
        *network.place(facts, named),
        *network.groups(first, facts, named),
        *nodes.cluster(facts, named),
        *network.rules(groups.values(), facts, named),
        *nodes.add_ons(facts, named),
        *nodes.roles(facts, named),
        *network.endpoints(facts, named),
        *network.dns(facts, named),
        *nodes.starting(facts, named),
    ]
