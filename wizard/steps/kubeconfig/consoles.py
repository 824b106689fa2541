"""What the nodes' consoles show where Kubernetes can't be asked: every line of theirs is untrusted text. Pure."""

from collections.abc import Iterator

from wizard.facts import Unknown, Unreached
from wizard.findings import Finding, note, warn
from wizard.standing import console

WHERE = "nodes.desired"


def consoles(cluster: str, unreached: Unreached) -> Iterator[Finding]:
    """Which nodes became Ready by their consoles, which did not and why, and which show nothing of either."""
    ready: list[str] = []
    silent: list[str] = []
    for instance, shown in unreached.consoles.items():
        if isinstance(shown, Unknown):
            continue
        failure = console.read(shown)
        if failure is not None:
            yield warn("KUBE720", WHERE, instance=instance, line=failure.line, cluster=cluster)
        else:
            (ready if console.became_ready(shown) else silent).append(instance)
    for cause, instances in (("ready", ready), ("silent", silent)):
        if instances:
            yield note("KUBE719", WHERE, cause=cause, instances=instances)
