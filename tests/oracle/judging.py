"""Holds what the wizard says of a world against how its nodes boot, subnet by subnet."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

from oracle.as_facts import as_facts
from oracle.causes import CAUSES, FLAWS, step_of
from oracle.right_world import CLUSTER
from oracle.worlds import World

from wizard.facts import Facts, Launch, known
from wizard.findings import Finding, Severity
from wizard.practice.boot.course import Step
from wizard.practice.boot.sequence import Boot
from wizard.standing.check import look

STEPS = get_args(Step)
# Where a proxy of the company's stands, and what is behind its gateways, nobody can tell from what AWS tells.
BEYOND_AWS = "NODE668"


@dataclass(frozen=True)
class Verdict:
    """What becomes of the nodes in one subnet, and what the wizard finds about them."""

    subnet: str
    refused: str
    boots: tuple[Boot, ...]
    findings: tuple[Finding, ...]

    @property
    def is_ready(self) -> bool:
        """Whether a node starts, and gets Ready whatever address it has."""
        return not self.refused and all(one.outcome == "Ready" for one in self.boots)

    @property
    def causes(self) -> tuple[str, ...]:
        """What keeps nodes from being Ready: EC2's error code, else the rules by which boots end."""
        if self.refused:
            return (self.refused,)
        return tuple(dict.fromkeys(one.rule for one in self.boots if one.outcome != "Ready"))

    @property
    def passed(self) -> int:
        """How many steps every node of the subnet got past."""
        if self.refused:
            return 0
        return min((STEPS.index(one.step) if one.step else len(STEPS) for one in self.boots), default=0)

    @property
    def end(self) -> str:
        """In words, how nodes end that are not Ready."""
        if self.refused:
            return f"no instance starts ({self.refused})"
        return "; ".join(
            f"{one.outcome} at {one.step} by {one.rule}: {one.reason}" for one in self.boots if one.outcome != "Ready"
        )

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of this severity."""
        return tuple(one for one in self.findings if one.severity is severity)


def found(facts: Facts) -> tuple[Finding, ...]:
    """What ``check --cluster`` finds about joining: that the cluster can't be read stops the look, and says nothing of
    nodes."""
    findings = look(CLUSTER, facts).findings
    return tuple(replace(one, severity=Severity.UNKNOWN) if one.code == "CLU590" else one for one in findings)


def seen(world: World) -> tuple[Facts, Launch, tuple[Finding, ...]]:
    """The facts of somebody who may read everything, the launch in them, and what the wizard finds."""
    facts = as_facts(world)
    assert known(facts.launches.launches)
    return facts, facts.launches.launches[0], found(facts)


def verdicts(world: World, findings: tuple[Finding, ...], boots: tuple[Boot, ...] | None = None) -> Iterator[Verdict]:
    """One for each subnet in which a node starts; where none does, one for each.

    A group starts its instances in another zone where EC2 refuses one (Auto Scaling user guide, "Availability Zones").
    """
    booted = list(zip(world.machines, boots or world.boots(), strict=True))
    subnets = world.launch.subnets
    for subnet in [name for name in subnets if not world.refused(name)] or subnets:
        yield Verdict(
            subnet,
            world.refused(subnet),
            tuple(boot for machine, boot in booted if machine.subnet.id == subnet),
            tuple(one for one in findings if subnet in one.about.get("subnets", (subnet,))),
        )


def disagreements(world: World, findings: tuple[Finding, ...], boots: tuple[Boot, ...] | None = None) -> Iterator[str]:
    """Where the two contradict each other, of which one must be wrong; findings are those of somebody who sees all."""
    for verdict in verdicts(world, findings, boots):
        stops = verdict.of(Severity.STOP)
        codes = {one.code for one in stops}
        if verdict.is_ready and stops:
            yield f"{verdict.subnet}: Ready, and the wizard stops: {shown(stops)}"
        if not verdict.is_ready and not stops and not any(one.code == BEYOND_AWS for one in verdict.findings):
            yield f"{verdict.subnet}: {verdict.end}, and the wizard does not stop: {shown(verdict.findings)}"
        elif not verdict.is_ready and stops:
            for cause in verdict.causes:
                if not codes & CAUSES.get(cause, frozenset()):
                    yield f"{verdict.subnet}: {verdict.end}, and the wizard names {shown(stops)}"
        yield from _unlike_flaws(verdict)
        for finding in stops:
            step = step_of(finding)
            if step is not None and STEPS.index(step) < verdict.passed:
                yield f"{verdict.subnet}: gets past {step}, and the wizard stops there: {shown((finding,))}"


def _unlike_flaws(verdict: Verdict) -> Iterator[str]:
    """What troubles nodes that are Ready is warned of, and nothing else is."""
    if not verdict.is_ready:
        return
    warned = {one.code for one in verdict.of(Severity.WARN)}
    flaws = {flaw for boot in verdict.boots for flaw in boot.flaws}
    for rule, codes in FLAWS.items():
        if (rule in flaws) != bool(warned & codes):
            yield f"{verdict.subnet}: {'has' if rule in flaws else 'has no'} {rule}, and the wizard warns of {warned}"


def untrue(world: World, findings: tuple[Finding, ...], boots: tuple[Boot, ...] | None = None) -> Iterator[str]:
    """What the wizard must not say, not even where reads were refused."""
    for verdict in verdicts(world, findings, boots):
        stops = verdict.of(Severity.STOP)
        if verdict.is_ready and stops:
            yield f"{verdict.subnet}: Ready, and the wizard stops: {shown(stops)}"
        if not verdict.is_ready and not stops and not verdict.of(Severity.UNKNOWN):
            yield f"{verdict.subnet}: {verdict.end}, and the wizard sees nothing: {shown(verdict.findings)}"
        if not verdict.is_ready and verdict.of(Severity.OK):
            yield f"{verdict.subnet}: {verdict.end}, and the wizard says {shown(verdict.of(Severity.OK))}"


def shown(findings: tuple[Finding, ...]) -> str:
    """The findings in short."""
    return ", ".join(f"{one.code} {one.severity} {one.about}" for one in findings) or "nothing"
