"""Whether a Ready node is of use: the control plane reaches its kubelet, and pods those of the next node. Pure.

EKS user guide, "Amazon EKS security group requirements": 10250 from the control plane, 53 between nodes.
"""

from collections.abc import Iterator
from typing import Final

from wizard.facts import SecurityGroup, Subnet, Unknown, known
from wizard.findings import Finding, warn
from wizard.joining.place import Place
from wizard.packets import Peer, admits

KUBELET: Final = 10250
DNS: Final = 53


def check(place: Place) -> Iterator[Finding]:
    """Warnings about the node's security groups and the cluster's; what is not told is told elsewhere already."""
    own, cluster = place.groups, place.facts.cluster.cluster
    if isinstance(own, Unknown) or not known(cluster):
        return
    subnets, ids = [place.subnet.id], [group.id for group in own]
    carried = (*((cluster.security_group,) if cluster.security_group else ()), *cluster.groups)
    plane = place.named(carried)
    if not isinstance(plane, Unknown) and not any(
        _passes(plane, subnet, own, place.subnet, "tcp", KUBELET) for subnet in _of_cluster(place, cluster.subnets)
    ):
        groups = [group.id for group in plane]
        yield warn("NODE663", place.where, launch=place.launch.name, groups=groups, own=ids, subnets=subnets)
    if not all(_passes(own, place.subnet, own, place.subnet, protocol, DNS) for protocol in ("udp", "tcp")):
        yield warn("NODE698", place.where, launch=place.launch.name, own=ids, subnets=subnets)


def _of_cluster(place: Place, ids: tuple[str, ...]) -> list[Subnet]:
    seen = place.facts.vpc.subnets if known(place.facts.vpc.subnets) else ()
    return [subnet for subnet in seen if subnet.id in ids]


def _passes(
    near: tuple[SecurityGroup, ...],
    near_subnet: Subnet,
    far: tuple[SecurityGroup, ...],
    far_subnet: Subnet,
    protocol: str,
    port: int,
) -> bool:
    """Whether what carries the near groups may go to what carries the far ones."""
    to = Peer(far_subnet.cidr, tuple(group.id for group in far))
    come_from = Peer(near_subnet.cidr, tuple(group.id for group in near))
    out = admits(near, protocol, port, to, egress=True).admitted
    return out and admits(far, protocol, port, come_from).admitted
