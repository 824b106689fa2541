"""Checks the kubeconfig and how kubectl will go, and after the build the nodes as Kubernetes shows them."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from wizard.facts import Facts, known
from wizard.findings import Finding, note, ok, stop, warn
from wizard.network import Network
from wizard.no_proxy import goes_direct
from wizard.profile import Profile
from wizard.steps.kubeconfig.causes import causes
from wizard.steps.kubeconfig.consoles import consoles


def check(_profile: Profile, facts: Facts, _network: Network) -> Iterator[Finding]:
    """Findings about the file that the entry goes to."""
    seen = facts.kubeconfig
    if seen.problem:
        yield stop("KUBE701", "kubeconfig.path", path=seen.path, said=seen.problem)
    if not seen.aws_cli:
        yield note("KUBE702", "kubeconfig")
    if seen.entry_current:
        yield ok("KUBE703", "kubeconfig.path", path=seen.path)
    yield from _proxied(facts, warn)
    if seen.public_name:
        yield note("KUBE721", "kubeconfig", name=seen.public_name, region=facts.account.region)
    if seen.credentials_from == "env":
        yield note("KUBE722", "kubeconfig", identity=facts.account.arn)


def _proxied(facts: Facts, finding: Callable[..., Finding]) -> Iterator[Finding]:
    """Whether kubectl will ask the company's proxy for the cluster, which only the VPN leads to."""
    seen = facts.kubeconfig
    domain = "eks.amazonaws.com.cn" if facts.account.partition == "aws-cn" else "eks.amazonaws.com"
    if seen.proxy and not goes_direct(_endpoint(facts, domain), seen.no_proxy):
        wanted = ",".join((*seen.no_proxy, f".{domain}"))
        yield finding("KUBE718", "kubeconfig", proxy=seen.proxy, domain=f".{domain}", wanted=wanted)


def _endpoint(facts: Facts, domain: str) -> str:
    """The host of the cluster's endpoint, or one as it will be: an id of 32 digits and a label of EKS's choosing."""
    cluster = facts.cluster.cluster
    host = (urlsplit(cluster.endpoint).hostname if known(cluster) and cluster.endpoint else None) or ""
    # That of a practice account is on this machine: what holds for AWS's is told of it, too.
    return host if host.endswith(f".{domain}") else f"{'0' * 32}.gr7.{facts.account.region}.{domain}"


def verify(profile: Profile, facts: Facts, _network: Network) -> Iterator[Finding]:
    """Findings about the nodes after the build; AWS's side where Kubernetes can't be reached from here."""
    seen = facts.kubeconfig
    if not seen.entry_current:
        yield stop("KUBE704", "kubeconfig.path", path=seen.path)
    # Whoever built has been warned, and what this program itself reads goes past the proxy.
    yield from _proxied(facts, note)
    if seen.unreached is not None:
        premises = [str(cidr) for cidr in profile.site.on_premises_cidrs]
        yield from causes(premises, facts, seen.unreached)
        yield from consoles(profile.cluster.name, seen.unreached)
    if known(seen.nodes):
        ready = [node.name for node in seen.nodes if node.ready]
        unready = [f"{node.name} ({node.reason})" for node in seen.nodes if not node.ready]
        if len(ready) >= profile.nodes.min and not unready:
            yield ok("KUBE706", "nodes.desired", ready=len(ready))
        else:
            yield stop("KUBE707", "nodes.desired", ready=len(ready), wanted=profile.nodes.min, unready=unready)
