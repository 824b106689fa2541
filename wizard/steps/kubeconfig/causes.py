"""Why the Kubernetes API can't be reached from this machine: where the ladder broke, and what AWS shows of it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from wizard.facts import Cluster, Facts, Rung, Unknown, Unreached, known
from wizard.findings import Finding, unknown, warn
from wizard.packets import EPHEMERAL, Peer, acl_admits_connection, admits, leads_to_premises, route_taken, table_of
from wizard.steps.ingress import HTTPS

# What lists pods and nodes for whoever has it (EKS user guide, access policies).
_ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"
WHERE = "nodes.desired"


@dataclass
class _Side:
    """What AWS shows of the way: what is right there, what is not, and what it would not tell."""

    right: list[str] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def tells(self, thing: object) -> bool:
        """Whether AWS told a thing; if not, the action that it takes is remembered."""
        if isinstance(thing, Unknown):
            self.untold.append(thing.action)
        return not isinstance(thing, Unknown)


def causes(premises: Sequence[str], facts: Facts, unreached: Unreached) -> Iterator[Finding]:
    """The rung as a finding that leaves the nodes unknown, and what was found beside it.

    ``premises`` are the CIDRs from which people come.
    """
    cluster = facts.cluster.cluster
    if not known(cluster):
        return
    said, by = unreached.said, unreached.by or "unknown"
    match unreached.rung:
        case Rung.NAME:
            cause = "stripped" if unreached.other_resolves else "nothing_public"
            yield unknown("KUBE708", WHERE, cause=cause, said=said, other=unreached.other_name)
        case Rung.ADDRESS:
            cause = "stale" if cluster.private_access else "switched_off"
            yield unknown("KUBE709", WHERE, cause=cause, said=said, cluster=cluster.name)
        case Rung.TIMEOUT:
            yield from _lost(premises, cluster, unreached)
        case Rung.CERTIFICATE:
            yield unknown("KUBE714", WHERE, said=said, by=by)
        case Rung.HTTP:
            yield unknown("KUBE715", WHERE, said=said, by=by)
        case Rung.UNAUTHORIZED:
            yield _unauthorized(cluster, unreached)
        case Rung.FORBIDDEN:
            about = {"principal": unreached.principal, "said": said, "cluster": cluster.name, "policy": _ADMIN_POLICY}
            yield unknown("KUBE717", WHERE, **about)
        case Rung.NO_ROUTE | Rung.REFUSED | Rung.SILENCE | Rung.TLS:
            addresses = list(unreached.addresses)
            yield unknown("KUBE705", WHERE, rung=unreached.rung.value, said=said, addresses=addresses)


def _unauthorized(cluster: Cluster, unreached: Unreached) -> Finding:
    if cluster.authentication == "CONFIG_MAP":
        cause = "config_map"
    elif isinstance(unreached.entry, Unknown):
        cause = "untold"
    else:
        cause = "no_entry" if unreached.entry is None else "entry"
    about = {"principal": unreached.principal, "said": unreached.said, "cluster": cluster.name}
    return unknown("KUBE716", WHERE, cause=cause, **about)


def _lost(premises: Sequence[str], cluster: Cluster, unreached: Unreached) -> Iterator[Finding]:
    """Packets that don't arrive, or whose answers don't: what is wrong at AWS, then what remains."""
    side = _side(premises, cluster, unreached)
    yield from side.faults
    cause = "wrong" if side.faults else "untold" if side.untold else "right"
    about = {"said": unreached.said, "addresses": list(unreached.addresses), "right": side.right}
    yield unknown("KUBE710", WHERE, cause=cause, untold=side.untold, **about)


def _side(premises: Sequence[str], cluster: Cluster, unreached: Unreached) -> _Side:
    side = _Side()
    own = unreached.own_address
    around = [cidr for cidr in premises if own and ip_address(own) in ip_network(cidr)]
    if own and not around:
        side.faults.append(warn("KUBE713", "site.on_premises_cidrs", own=own, premises=list(premises)))
    cidrs = [f"{own}/32"] if around else list(premises)
    if not cluster.private_access:
        side.faults.append(warn("KUBE712", "cluster.name", cause="private", things=[cluster.name], cidrs=cidrs))
    _groups(cidrs, unreached, side)
    _tables(cidrs, cluster, unreached, side)
    _acls(cidrs, unreached, side)
    return side


def _groups(cidrs: list[str], unreached: Unreached, side: _Side) -> None:
    if not side.tells(unreached.groups) or not known(unreached.groups):
        return
    groups = [group.id for group in unreached.groups]
    found = {cidr: admits(unreached.groups, "tcp", HTTPS, Peer(cidr)) for cidr in cidrs}
    shut = [gap for admission in found.values() for gap in admission.gaps]
    if shut:
        side.faults.append(warn("KUBE711", "security_group", groups=groups, shut=shut))
    rules = dict.fromkeys(rule.source for admission in found.values() if admission.admitted for rule in admission.by)
    side.right += [f"a rule for {source} on {HTTPS}" for source in rules]


def _tables(cidrs: list[str], cluster: Cluster, unreached: Unreached, side: _Side) -> None:
    """The tables of the cluster's subnets have to lead back, and the gateways that they name have to lead on."""
    if not side.tells(unreached.tables) or not known(unreached.tables):
        return
    tables = {table.id: table for subnet in cluster.subnets if (table := table_of(unreached.tables, subnet))}
    if not tables:
        side.untold.append("ec2:DescribeRouteTables")
    lost = {name: [cidr for cidr in cidrs if not leads_to_premises(one.routes, cidr)] for name, one in tables.items()}
    if any(lost.values()):
        things = [name for name, without in lost.items() if without]
        gone = list(dict.fromkeys(cidr for without in lost.values() for cidr in without))
        side.faults.append(warn("KUBE712", "vpc", cause="route", things=things, cidrs=gone))
        return
    taken = [part.route for one in tables.values() for cidr in cidrs for part in route_taken(one.routes, cidr)]
    routes = dict.fromkeys((route.destination, route.target) for route in taken if route)
    side.right += [f"the route {destination} to {target}" for destination, target in routes]
    _tunnels({target for _, target in routes}, unreached, side)


def _tunnels(targets: set[str], unreached: Unreached, side: _Side) -> None:
    if not side.tells(unreached.connections) or not known(unreached.connections):
        return
    there = [one for one in unreached.connections if one.gateway in targets]
    # The connections of a transit gateway that another account shares are not shown to us.
    lone = sorted(
        target for target in targets if target.startswith("vgw-") and target not in {c.gateway for c in there}
    )
    if lone:
        side.faults.append(warn("KUBE712", "vpc", cause="no_connection", things=lone, cidrs=[]))
    up = [one.id for one in there if "UP" in one.tunnels]
    down = [one.id for one in there if one.tunnels and "UP" not in one.tunnels]
    if down and not up:
        side.faults.append(warn("KUBE712", "vpc", cause="down", things=down, cidrs=[]))
    side.right += [f"a tunnel of {name} is up" for name in up]


def _acls(cidrs: list[str], unreached: Unreached, side: _Side) -> None:
    if not side.tells(unreached.acls) or not known(unreached.acls):
        return
    shut = {
        acl.id: [
            cidr
            for cidr in cidrs
            if not acl_admits_connection(acl.entries, HTTPS, cidr, outward=False, answers=EPHEMERAL)
        ]
        for acl in unreached.acls
    }
    closed = [name for name, without in shut.items() if without]
    if closed:
        gone = list(dict.fromkeys(cidr for without in shut.values() for cidr in without))
        side.faults.append(warn("KUBE712", "vpc", cause="acl", things=closed, cidrs=gone))
    elif unreached.acls:
        side.right.append("the network ACLs")
