"""Checks the control plane's security group."""

from collections.abc import Iterator

from wizard.answer_types import Use
from wizard.facts import Facts, Unknown, known
from wizard.findings import Finding, ok, stop, unknown
from wizard.mending import mended
from wizard.network import Network
from wizard.profile import Profile
from wizard.steps.ingress import admitted

RESERVED = "eks-cluster-sg-"


def check(profile: Profile, facts: Facts, _network: Network) -> Iterator[Finding]:
    """Findings about the group."""
    if isinstance(profile.security_group, Use):
        yield stop("SG401", "security_group.use", group=profile.security_group.use)
        return
    name = profile.security_group.create
    group = facts.security_group.group
    if name.startswith(RESERVED):
        # EKS makes groups of this name for itself and takes back what others write into them.
        other = f"{profile.cluster.name}-control-plane"
        offer = None if other.startswith(RESERVED) else {"security_group.create": other}
        yield mended(stop("SG402", "security_group.create", name=name), profile, offer)
    if facts.security_group.twins:
        yield stop("SG404", "security_group", twins=list(facts.security_group.twins))
    if isinstance(group, Unknown):
        yield unknown("SG490", "security_group", action=group.action, said=group.why)
    elif known(group):
        premises = [str(cidr) for cidr in profile.site.on_premises_cidrs]
        if admitted(group).issuperset(premises):
            yield ok("SG403", "security_group", group=group.id, premises=premises)
