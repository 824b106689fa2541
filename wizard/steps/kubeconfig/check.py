"""Checks the kubeconfig, and after the build the nodes as Kubernetes shows them."""

from collections.abc import Iterator

from wizard.facts import Facts, Unknown, known
from wizard.findings import Finding, note, ok, stop, unknown
from wizard.network import Network
from wizard.profile import Profile


def check(_profile: Profile, facts: Facts, _network: Network) -> Iterator[Finding]:
    """Findings about the file that the entry goes to."""
    seen = facts.kubeconfig
    if seen.problem:
        yield stop("KUBE701", "kubeconfig.path", path=seen.path, said=seen.problem)
    if not seen.aws_cli:
        yield note("KUBE702", "kubeconfig")
    if seen.entry_current:
        yield ok("KUBE703", "kubeconfig.path", path=seen.path)


def verify(profile: Profile, facts: Facts, _network: Network) -> Iterator[Finding]:
    """Findings about the nodes after the build; AWS's side where Kubernetes can't be reached from here."""
    seen = facts.kubeconfig
    if not seen.entry_current:
        yield stop("KUBE704", "kubeconfig.path", path=seen.path)
    if isinstance(seen.nodes, Unknown):
        yield unknown("KUBE705", "nodes.desired", rung=seen.rung or "", said=seen.nodes.why)
    elif known(seen.nodes):
        ready = [node.name for node in seen.nodes if node.ready]
        unready = [f"{node.name} ({node.reason})" for node in seen.nodes if not node.ready]
        if len(ready) >= profile.nodes.min and not unready:
            yield ok("KUBE706", "nodes.desired", ready=len(ready))
        else:
            yield stop("KUBE707", "nodes.desired", ready=len(ready), wanted=profile.nodes.min, unready=unready)
