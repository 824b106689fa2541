"""Whether a Ready node is of use: the control plane reaches its kubelet, and pods those of the next node. Pure.

EKS user guide, "Amazon EKS security group requirements": 10250 from the control plane, 53 between nodes.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from wizard.facts import SecurityGroup, Subnet, Unknown, known
from wizard.findings import Finding, Severity, warn
from wizard.joining.place import Place
from wizard.packets import Peer

KUBELET: Final = 10250
DNS: Final = 53


def check(place: Place) -> Iterator[Finding]:
    """Warnings about the node's security groups and the cluster's; what is not told is told elsewhere already."""
    own, cluster = place.groups, place.facts.cluster.cluster
    if isinstance(own, Unknown) or not known(cluster):
        return
    subnets, ids = [place.subnet.id], [group.id for group in own]
    carried = (*((cluster.security_group,) if cluster.security_group else ()), *cluster.groups)
    planes = [
        Place(replace(place.launch, groups=carried), place.facts, subnet)
        for subnet in _of_cluster(place, cluster.subnets)
    ]
    if planes and not any(_passes(plane, own, place.subnet, "tcp", KUBELET) for plane in planes):
        about = {"launch": place.launch.name, "groups": list(carried), "own": ids}
        yield warn("NODE663", place.where, **about, subnets=subnets)
    if not all(_passes(place, own, place.subnet, protocol, DNS) for protocol in ("udp", "tcp")):
        yield warn("NODE698", place.where, launch=place.launch.name, own=ids, subnets=subnets)
    # The node itself takes one address.
    if place.subnet.free_addresses == 1:
        yield warn("NODE683", place.where, subnets=subnets)


def _of_cluster(place: Place, ids: tuple[str, ...]) -> list[Subnet]:
    seen = place.facts.vpc.subnets if known(place.facts.vpc.subnets) else ()
    return [subnet for subnet in seen if subnet.id in ids]


def _passes(near: Place, far: tuple[SecurityGroup, ...], subnet: Subnet, protocol: str, port: int) -> bool:
    """Whether what stands at the near place may go to what carries the far groups; not told, it may."""
    out = near.leaves(Peer(subnet.cidr, tuple(group.id for group in far)), port, protocol)
    enters = near.enters(far, port, protocol)
    if not isinstance(out, Unknown) and not out.admitted:
        return False
    return enters is not False and all(
        finding.severity is not Severity.STOP for finding in near.passes_to(subnet, port)
    )
