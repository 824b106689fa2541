"""A world with nodes in it that had time to boot: what Kubernetes and their consoles then show."""

from collections.abc import Iterator
from dataclasses import replace

from oracle.as_facts import MADE, as_facts
from oracle.right_world import CLUSTER
from oracle.worlds import World

from wizard.facts import Facts, Instance, KubeconfigFacts, Node, known
from wizard.findings import Finding, Severity
from wizard.practice.boot.sequence import Boot
from wizard.practice.boot.snapshot import Machine
from wizard.standing import console
from wizard.standing.check import look

NOT_EXPLAINED = "NODE695"


def with_consoles(world: World, boots: tuple[Boot, ...]) -> Facts:
    """The facts with an instance for each machine of the world that EC2 starts."""
    facts = as_facts(world)
    assert known(facts.launches.launches)
    booted = [
        (machine, boot)
        for machine, boot in zip(world.machines, boots, strict=True)
        if not world.refused(machine.subnet.id)
    ]
    launch = replace(facts.launches.launches[0], instances=tuple(_instance(*one) for one in booted))
    nodes = tuple(
        Node(boot.node_name, boot.outcome == "Ready", "", (), machine.kubelet_version, MADE)
        for machine, boot in booted
        if boot.outcome != "never appears"
    )
    return replace(
        facts, launches=replace(facts.launches, launches=(launch,)), kubeconfig=KubeconfigFacts("", nodes=nodes)
    )


def _instance(machine: Machine, boot: Boot) -> Instance:
    return Instance(
        id=machine.id,
        state="running",
        zone=machine.subnet.zone,
        private_dns_name=machine.private_dns_name,
        image="ami-1",
        subnet=machine.subnet.id,
        address=str(machine.address),
        groups=tuple(group.id for group in machine.groups),
        console="\n".join(boot.console),
    )


def shown(world: World, boots: tuple[Boot, ...]) -> tuple[Finding, ...]:
    """The stops in which ``check --cluster`` shows a line of a console."""
    findings = look(CLUSTER, with_consoles(world, boots)).findings
    stops = [one for one in findings if one.severity is Severity.STOP]
    return tuple(one for one in stops if one.seen or one.code == NOT_EXPLAINED)


def unexplained(world: World, boots: tuple[Boot, ...]) -> Iterator[str]:
    """Consoles of which no stop names the cause that they show."""
    for machine, boot in zip(world.machines, boots, strict=True):
        # An image without nodeadm writes nothing about that.
        failed = boot.rule not in ("", "no-eks-image") and not world.refused(machine.subnet.id)
        if failed and console.read("\n".join(boot.console)) is None:
            yield f"{machine.subnet.id}: {boot.step}, {boot.rule}: nothing is read in {boot.console[-3:]}"
    for finding in shown(world, boots):
        if finding.code == NOT_EXPLAINED:
            yield f"{finding.about}"
