"""What AWS would not tell, and a build cannot do without: what exists unseen must not be made again. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from wizard.answer_types import Create
from wizard.facts import Facts, Unknown, known
from wizard.findings import Finding, Severity
from wizard.plan import Change
from wizard.profile import Profile


def untold(profile: Profile, facts: Facts) -> Mapping[str, frozenset[Unknown]]:
    """By step, the refused reads on which it depends what that step would make."""
    role, vpc, endpoints, cluster, nodes = facts.role, facts.vpc, facts.endpoints, facts.cluster, facts.nodes
    of_step: dict[str, list[object]] = {"role": [], "nodes": [nodes.stack, cluster.access_entries, cluster.add_ons]}
    for answer, seen in ((profile.role.cluster, role.cluster), (profile.role.node, role.node)):
        if isinstance(answer, Create) or known(seen):
            of_step["role"] += [seen, seen.policies if known(seen) else None]
    of_step["vpc"] = [vpc.vpc, vpc.subnets, vpc.route_tables, vpc.gateway]
    of_step["endpoints"] = [endpoints.offers, endpoints.endpoints, endpoints.group]
    of_step["security_group"] = [facts.security_group.group]
    of_step["cluster"] = [cluster.cluster, cluster.access_entries, cluster.add_ons]
    if not known(nodes.stack) and not known(nodes.ami) and profile.nodes.ami is None:
        # The image follows from the type's architecture.
        of_step["nodes"] += [nodes.ami, nodes.instance_type]
    return {
        step: frozenset(thing for thing in things if isinstance(thing, Unknown)) for step, things in of_step.items()
    }


def forbidding(step: str, findings: Iterable[Finding], missing: Mapping[str, frozenset[Unknown]]) -> Iterator[Finding]:
    """A step's findings, of which those about a read that the plan depends on stop the build."""
    actions = {unknown.action for unknown in missing.get(step, ())}
    for finding in findings:
        depends = finding.severity is Severity.UNKNOWN and finding.about.get("action") in actions
        yield replace(finding, severity=Severity.STOP) if depends else finding


def told(changes: Iterable[Change], missing: Mapping[str, frozenset[Unknown]]) -> tuple[Change, ...]:
    """The changes that are known to be due: none of a step that could not look, and none that needs one of those."""
    remaining = list(changes)
    left_out = {change.id for change in remaining if missing.get(change.step)}
    while True:
        kept = [change for change in remaining if change.id not in left_out and not change.needs & left_out]
        if len(kept) == len(remaining):
            return tuple(kept)
        left_out |= {change.id for change in remaining} - {change.id for change in kept}
        remaining = kept
