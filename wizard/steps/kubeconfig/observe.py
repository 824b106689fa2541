"""Reads the kubeconfig on this machine, and the nodes through the Kubernetes API."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from wizard import kubeconfig
from wizard.doors import Doors, together
from wizard.facts import Facts, KubeconfigFacts, Node, State, Unknown, known
from wizard.kube_ladder import KubeError
from wizard.no_proxy import of_environment
from wizard.profile import Profile
from wizard.steps.kubeconfig.look_for_cause import look_for_cause
from wizard.steps.kubeconfig.plan import entry
from wizard.steps.nodes.observe import console_of, instances_of

# Of so many instances the console is read where Kubernetes can't be asked.
CONSOLES = 4


def observe(doors: Doors, profile: Profile, seen: Facts) -> KubeconfigFacts:
    """The kubeconfig's facts. Nodes are asked only of a cluster that is ACTIVE."""
    path = _path(doors, profile, seen)
    aws_cli = doors.machine.has("aws")
    aws_profile = doors.cloud.access.profile
    proxy, no_proxy = of_environment(doors.machine.environment)
    cluster = seen.cluster.cluster
    if not known(cluster) or cluster.state is not State.USABLE:
        return KubeconfigFacts(path, aws_cli=aws_cli, aws_profile=aws_profile, proxy=proxy, no_proxy=no_proxy)
    wanted = entry(
        profile, cluster.arn, cluster.endpoint or "", cluster.certificate_authority or "", aws_cli, aws_profile
    )
    problem, current = None, False
    try:
        current = kubeconfig.holds(kubeconfig.read(Path(path)), wanted, path)
    except (OSError, kubeconfig.KubeconfigError) as error:
        problem = str(error)
    kube = doors.kube(cluster)
    nodes: tuple[Node, ...] | Unknown
    unreached = None
    try:
        nodes = kube.nodes()
    except KubeError as error:
        nodes = Unknown("", error.why.detail)
        found = look_for_cause(doors, cluster, seen.account.arn, kube, error.why)
        unreached = replace(found, consoles=_consoles(doors, cluster.name))
    return KubeconfigFacts(path, current, aws_cli, aws_profile, nodes, unreached, problem, proxy, no_proxy)


def _consoles(doors: Doors, cluster: str) -> dict[str, str | Unknown]:
    """What the consoles of the cluster's instances show, of some of them."""
    there = instances_of(doors, cluster)
    names = sorted(one.id for one in there)[:CONSOLES] if known(there) else []
    return dict(zip(names, together(*(partial(console_of, doors, name) for name in names)), strict=True))


def _path(doors: Doors, profile: Profile, seen: Facts) -> str:
    if profile.kubeconfig.path:
        return str(Path(profile.kubeconfig.path).expanduser())
    account = seen.account
    arn = f"arn:{account.partition}:eks:{account.region}:{account.id}:cluster/{profile.cluster.name}"
    return str(kubeconfig.path(doors.machine.environment, cluster=arn))
