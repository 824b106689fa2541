"""Checks the control plane's security group."""

from collections.abc import Iterator

from wizard.answer_types import Use
from wizard.facts import Facts, Unknown, known
from wizard.findings import Finding, ok, stop, unknown
from wizard.mending import mended
from wizard.network import Network
from wizard.packets import Peer, admits
from wizard.profile import Profile
from wizard.steps.ingress import HTTPS, KUBELET, admits_https

RESERVED = "eks-cluster-sg-"


def check(profile: Profile, facts: Facts, network: Network) -> Iterator[Finding]:
    """Findings about the group."""
    group = facts.security_group.group
    if isinstance(profile.security_group, Use):
        yield from _given(profile.security_group.use, facts, network)
    elif profile.security_group.create.startswith(RESERVED):
        # EKS makes groups of this name for itself and takes back what others write into them.
        other = f"{profile.cluster.name}-control-plane"
        offer = None if other.startswith(RESERVED) else {"security_group.create": other}
        found = stop("SG402", "security_group.create", name=profile.security_group.create)
        yield mended(found, profile, offer)
    if facts.security_group.twins:
        yield stop("SG404", "security_group", twins=list(facts.security_group.twins))
    if isinstance(group, Unknown):
        yield unknown("SG490", "security_group", action=group.action, said=group.why)
    elif known(group):
        premises = [str(cidr) for cidr in profile.site.on_premises_cidrs]
        if all(admits_https(group, cidr) for cidr in premises):
            yield ok("SG403", "security_group", group=group.id, premises=premises)


def _given(identity: str, facts: Facts, network: Network) -> Iterator[Finding]:
    """About a group that exists: it has to be of the VPC, nobody else's, and let the control plane out to the nodes."""
    group, used_by = facts.security_group.group, facts.security_group.used_by
    if group is None or (known(group) and isinstance(network.vpc, str) and group.vpc_id != network.vpc):
        yield stop("SG401", "security_group.use", group=identity, vpc=group.vpc_id if group else "no VPC")
        return
    if isinstance(used_by, Unknown):
        yield unknown("SG490", "security_group.use", action=used_by.action, said=used_by.why)
    elif used_by:
        yield stop("SG405", "security_group.use", group=identity, interfaces=list(used_by))
    if not known(group):
        return
    if group.name.startswith(RESERVED):
        yield stop("SG402", "security_group.use", name=group.name)
    cidrs = dict.fromkeys(subnet.cidr for subnet in network.subnets)
    shut = [
        f"port {port} to {cidr}"
        for cidr in cidrs
        for port in (HTTPS, KUBELET)
        if not admits([group], "tcp", port, Peer(cidr), egress=True).admitted
    ]
    hidden = [rule.entries for rule in group.rules if rule.egress and isinstance(rule.entries, Unknown)]
    if shut and hidden:
        yield unknown("SG490", "security_group.use", action=hidden[0].action, said=hidden[0].why)
    elif shut:
        yield stop("SG406", "security_group.use", group=identity, shut=shut)
