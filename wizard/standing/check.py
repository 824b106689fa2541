"""What is wrong with a cluster that stands, above all why its nodes don't join; and what their consoles show of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from wizard.facts import Cluster, Facts, Instance, Launch, Node, State, Unknown, VolumeKey, known
from wizard.findings import Finding, Severity, ok, stop, unknown, warn
from wizard.joining import judge
from wizard.standing import around, console
from wizard.steps.nodes import volume_key
from wizard.steps.nodes.limits import quota_of

NodeState = Literal["Ready", "NotReady", "no node", "not seen"]
# Of so many nodes a finding shows the console's line: the others say the same.
LINES: Final = 1


@dataclass(frozen=True)
class Look:
    """One look at a cluster that stands: what AWS and Kubernetes said, and what was found in it."""

    facts: Facts
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> bool:
        """True when a finding says that nodes don't join."""
        return any(finding.severity is Severity.STOP for finding in self.findings)


def look(name: str, facts: Facts) -> Look:
    """The findings about the cluster of this name, whose facts these are. Pure."""
    return Look(facts, tuple(_findings(name, facts)))


def _findings(name: str, facts: Facts) -> Iterator[Finding]:
    cluster = facts.cluster.cluster
    if isinstance(cluster, Unknown):
        yield stop("CLU590", "cluster", action=cluster.action, said=cluster.why)
        return
    if cluster is None:
        yield stop("NODE691", "cluster", cluster=name, region=facts.account.region)
        return
    if cluster.state is not State.USABLE:
        # Until it stands there is nothing that nodes could be held against.
        yield stop("NODE692", "cluster", cluster=name, status=cluster.status, health=list(cluster.health))
        return
    if not cluster.vpc_id:
        yield unknown("NODE682", "cluster", cluster=name, what="elsewhere", thing="")
        return
    if cluster.health:
        yield warn("NODE693", "cluster", cluster=name, health=list(cluster.health))
    yield from around.check(cluster, facts)
    started = facts.launches.launches
    if isinstance(started, Unknown):
        yield unknown("NODE690", "nodes", action=started.action, said=started.why)
    elif not started:
        yield _nothing_starts(cluster, facts)
    else:
        yield from _hidden_once(finding for one in started for finding in of_launch(one, facts))


def _nothing_starts(cluster: Cluster, facts: Facts) -> Finding:
    """A stop only where no node can be there by other means."""
    fargate, nodes = facts.launches.fargate, facts.kubeconfig.nodes
    if cluster.auto_mode:
        return unknown("NODE682", "nodes", cluster=cluster.name, what="auto_mode", thing="")
    if isinstance(fargate, Unknown):
        return unknown("NODE690", "nodes", action=fargate.action, said=fargate.why)
    if fargate:
        return unknown("NODE682", "nodes", cluster=cluster.name, what="fargate", thing=list(fargate))
    # Of nodes that are there all the same something takes care that is told by no tag.
    finding = warn if known(nodes) and nodes else stop
    return finding("NODE694", "nodes", cluster=cluster.name)


def _hidden_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; what AWS refuses, or what is not judged, is said once, and not again for each launch."""
    told = set()
    for finding in findings:
        about = finding.about
        hidden = about.get("action") or (about.get("what"), str(about.get("thing")))
        if finding.code not in ("NODE682", "NODE690") or hidden not in told:
            yield finding
        told.add(hidden)


def of_launch(launch: Launch, facts: Facts) -> Iterator[Finding]:
    """The findings about one launch, those first that its nodes' consoles show, with the lines that do."""
    if not launch.is_made:
        yield _not_made(launch, facts)
        return
    found = list(judge(launch, facts))
    shown = [(instance, said) for instance, said in _consoles(launch, facts)]
    explained: dict[int, list[str]] = {}
    for instance, said in shown:
        reasons = [number for number, finding in enumerate(found) if console.explains(finding, said)]
        for number in reasons:
            explained.setdefault(number, []).append(f"{instance.id}: {said.line}")
        if not reasons:
            yield stop("NODE695", f"nodes.{launch.name}", instance=instance.id, line=said.line)
    for number, lines in explained.items():
        yield replace(found[number], seen=tuple(lines[:LINES]))
    yield from (finding for number, finding in enumerate(found) if number not in explained)
    for instance in _not_ready(launch, facts):
        if isinstance(instance.console, Unknown):
            yield unknown("NODE690", f"nodes.{launch.name}", action=instance.console.action, said=instance.console.why)
    cluster = facts.cluster.cluster
    if not launch.is_tagged and known(cluster):
        yield warn("NODE699", f"nodes.{launch.name}", launch=launch.name, tag=f"kubernetes.io/cluster/{cluster.name}")
    yield from _limits(launch, facts)
    yield from _ready(launch, facts)


def _not_made(launch: Launch, facts: Facts) -> Finding:
    """What EKS says of a node group for which it has made no Auto Scaling group."""
    where, cluster = f"nodes.{launch.name}", facts.cluster.cluster
    if known(launch.issues) and launch.issues:
        return stop("NODE670", where, launch=launch.name, kind=launch.kind, issues=list(launch.issues))
    name = cluster.name if known(cluster) else ""
    return unknown("NODE682", where, cluster=name, what="not_made", thing=launch.name)


def _limits(launch: Launch, facts: Facts) -> Iterator[Finding]:
    """What may keep the instances that are missing from being started."""
    where, kind, quota = f"nodes.{launch.name}", launch.instance_type, launch.vcpu_quota
    for thing in (launch.volume_key, quota):
        if isinstance(thing, Unknown):
            yield unknown("NODE690", where, action=thing.action, said=thing.why)
    if isinstance(launch.volume_key, VolumeKey):
        yield from volume_key.about(launch.volume_key, facts.account, where)
    if known(kind) and isinstance(quota, float) and launch.desired * kind.vcpus > quota:
        about = {"type": kind.name, "quota_code": quota_of(kind.name), "quota": int(quota)}
        yield stop("NODE628", where, nodes=launch.desired, vcpus=launch.desired * kind.vcpus, **about)


def _consoles(launch: Launch, facts: Facts) -> Iterator[tuple[Instance, console.Shown]]:
    """What went wrong by the consoles of those of the launch's instances that are no Ready nodes."""
    for instance in _not_ready(launch, facts):
        shown = console.read(instance.console) if isinstance(instance.console, str) else None
        if shown is not None:
            yield instance, shown


def _not_ready(launch: Launch, facts: Facts) -> list[Instance]:
    instances = launch.instances if known(launch.instances) else ()
    return [one for one in instances if state_of(one, facts) != "Ready"]


def state_of(instance: Instance, facts: Facts) -> NodeState:
    """What Kubernetes says of the instance; "not seen" where Kubernetes could not be asked."""
    nodes = facts.kubeconfig.nodes
    if not known(nodes):
        return "not seen"
    node = node_of(instance, nodes)
    if node is None:
        return "no node"
    return "Ready" if node.ready else "NotReady"


def node_of(instance: Instance, nodes: Iterable[Node]) -> Node | None:
    """The node that the instance is: it has the instance's private name, or its id (nodeadm, InstanceIdNodeName)."""
    names = {instance.id, instance.private_dns_name}
    return next((node for node in nodes if node.name in names), None)


def _ready(launch: Launch, facts: Facts) -> Iterator[Finding]:
    """How many of the launch's instances are Ready nodes, where Kubernetes tells."""
    instances = launch.instances if known(launch.instances) else ()
    if not instances or not known(facts.kubeconfig.nodes):
        return
    ready = [one for one in instances if state_of(one, facts) == "Ready"]
    about = {"launch": launch.name, "ready": len(ready), "instances": len(instances)}
    if len(ready) == len(instances):
        yield ok("NODE696", f"nodes.{launch.name}", **about)
    else:
        yield warn("NODE697", f"nodes.{launch.name}", **about)
