"""Reads the kubeconfig on this machine, and the nodes through the Kubernetes API."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from wizard import kubeconfig
from wizard.doors import Doors, together
from wizard.facts import Facts, KubeconfigFacts, Node, State, Unknown, known
from wizard.kube_ladder import KubeError, resolves
from wizard.no_proxy import of_environment
from wizard.profile import Profile
from wizard.steps.kubeconfig.look_for_cause import look_for_cause
from wizard.steps.kubeconfig.plan import entry
from wizard.steps.nodes.observe import console_of, instances_of

# Of so many instances the console is read where Kubernetes can't be asked.
CONSOLES = 4


def observe(doors: Doors, profile: Profile, seen: Facts) -> KubeconfigFacts:
    """The kubeconfig's facts. Nodes are asked only of a cluster that is ACTIVE."""
    proxy, no_proxy = of_environment(doors.machine.environment)
    here = KubeconfigFacts(
        path=_path(doors, profile, seen),
        aws_cli=doors.machine.has("aws"),
        aws_profile=doors.cloud.profile,
        proxy=proxy,
        no_proxy=no_proxy,
        credentials_from=doors.cloud.credentials_from,
    )
    cluster = seen.cluster.cluster
    if not known(cluster) or cluster.state is not State.USABLE:
        # Without a proxy this program has found AWS by name itself.
        return replace(here, public_name=_not_found(doors.cloud.host("eks")) if proxy else "")
    wanted = entry(
        profile,
        cluster.arn,
        cluster.endpoint or "",
        cluster.certificate_authority or "",
        here.aws_cli,
        here.aws_profile,
    )
    problem, current = None, False
    try:
        current = kubeconfig.holds(kubeconfig.read(Path(here.path)), wanted, here.path)
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
    return replace(here, entry_current=current, nodes=nodes, unreached=unreached, problem=problem)


def _not_found(name: str) -> str:
    return "" if resolves(name) else name


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
