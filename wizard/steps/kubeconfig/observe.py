"""Reads the kubeconfig on this machine, and the nodes through the Kubernetes API."""

from pathlib import Path

from wizard import kubeconfig
from wizard.doors import Doors
from wizard.facts import Facts, KubeconfigFacts, State, Unknown, known
from wizard.kube import KubeError
from wizard.profile import Profile
from wizard.steps.kubeconfig.plan import entry


def observe(doors: Doors, profile: Profile, seen: Facts) -> KubeconfigFacts:
    """The kubeconfig's facts. Nodes are asked only of a cluster that is ACTIVE."""
    path = _path(doors, profile, seen)
    aws_cli = doors.machine.has("aws")
    aws_profile = doors.cloud.access.profile
    cluster = seen.cluster.cluster
    if not known(cluster) or cluster.state is not State.USABLE:
        return KubeconfigFacts(path, aws_cli=aws_cli, aws_profile=aws_profile)
    wanted = entry(
        profile, cluster.arn, cluster.endpoint or "", cluster.certificate_authority or "", aws_cli, aws_profile
    )
    problem, current = None, False
    try:
        current = kubeconfig.holds(kubeconfig.read(Path(path)), wanted, path)
    except (OSError, kubeconfig.KubeconfigError) as error:
        problem = str(error)
    try:
        nodes = doors.kube(cluster).nodes()
    except KubeError as error:
        refused = Unknown("", error.why.detail)
        return KubeconfigFacts(path, current, aws_cli, aws_profile, refused, error.why.rung.value, problem)
    return KubeconfigFacts(path, current, aws_cli, aws_profile, nodes, None, problem)


def _path(doors: Doors, profile: Profile, seen: Facts) -> str:
    if profile.kubeconfig.path:
        return str(Path(profile.kubeconfig.path).expanduser())
    account = seen.account
    arn = f"arn:{account.partition}:eks:{account.region}:{account.id}:cluster/{profile.cluster.name}"
    return str(kubeconfig.path(doors.machine.environment, cluster=arn))
