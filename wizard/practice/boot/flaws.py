"""What does not keep a node from being Ready, and troubles whoever uses it.

Sources: EKS user guide, "Amazon EKS security group requirements" (10250, 53), networking requirements (service CIDR);
best practices guide, IP address management; EC2 user guide, instance metadata options (hop limit).
"""

from dataclasses import replace
from ipaddress import IPv4Network

from wizard.practice.boot import console, packets
from wizard.practice.boot.console import Line
from wizard.practice.boot.course import Course
from wizard.practice.boot.packets import Flow, Peer
from wizard.practice.boot.rules import rule
from wizard.practice.boot.snapshot import Cluster, Machine, Subnet, Surroundings

_COREDNS = 53
_KUBELET = 10250


def found(course: Course) -> tuple[str, ...]:
    """The names of the rules that have something against a registered node."""
    machine, around, cluster = course.machine, course.surroundings, course.cluster
    if cluster is None:
        return ()
    each = (
        kubelet_unreachable(machine, around, cluster),
        nodes_apart(machine, around),
        no_pod_addresses(machine),
        hop_limit(machine),
        service_cidr_differs(course.config.cidr, cluster),
        premises_hidden(cluster, around),
    )
    return tuple(one.rule for one in each if one is not None)


def told(troubles: tuple[str, ...], ready_at: float) -> list[Line]:
    """What kubelet's journal says of them once pods come to the node."""
    if "no-pod-addresses" not in troubles:
        return []
    error = (
        'rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type="aws-cni" name="aws-cni" '
        "failed (add): add cmd: failed to assign an IP address to container"
    )
    return [
        console.kubelet(ready_at + 3 + 12 * again, f'"Failed to create sandbox for pod" err={console.quoted(error)}')
        for again in range(3)
    ]


@rule("kubelet-unreachable")
def kubelet_unreachable(machine: Machine, surroundings: Surroundings, cluster: Cluster) -> str | None:
    """kubectl logs and exec: the control plane calls kubelet at 10250 (C26)."""
    trouble = None
    for subnet in cluster.subnets:
        address = subnet.cidr.network_address + 4
        plane = replace(machine, address=address, subnet=subnet, groups=cluster.groups)
        there = Peer(machine.address, "vpc", machine.groups, machine.subnet)
        trouble = packets.obstacle(Flow(plane, there, _KUBELET, surroundings.premises, surroundings.prefix_lists))
        if trouble is None:
            return None
    return trouble.says if trouble else None


@rule("nodes-apart")
def nodes_apart(machine: Machine, surroundings: Surroundings) -> str | None:
    """Pods ask CoreDNS on another node of their group by name."""
    other = Peer(machine.address, "vpc", machine.groups, replace(machine.subnet, id=f"beside {machine.subnet.id}"))
    for protocol in ("udp", "tcp"):
        flow = Flow(machine, other, _COREDNS, surroundings.premises, surroundings.prefix_lists, protocol)
        if trouble := packets.egress_refused(flow) or packets.ingress_refused(flow):
            return trouble.says
    return None


@rule("no-pod-addresses")
def no_pod_addresses(machine: Machine) -> str | None:
    """A pod that is not on the node's own network needs an address of the node's subnet (C32)."""
    if pod_addresses(machine.subnet) > 0:
        return None
    return "add cmd: failed to assign an IP address to container"


def pod_addresses(subnet: Subnet) -> int:
    """How many addresses pods can have in a subnet."""
    return max(subnet.free_addresses, 0)


@rule("hop-limit")
def hop_limit(machine: Machine) -> str | None:
    """With a hop limit of 1 the metadata do not reach pods: the load balancer controller finds no region (C35)."""
    return None if machine.hop_limit > 1 else "pods cannot reach the instance metadata"


@rule("service-cidr-differs")
def service_cidr_differs(given: str, cluster: Cluster) -> str | None:
    """kubelet tells pods the tenth address of the CIDR of user data as their name server (C25)."""
    if not given or cluster.service_cidr is None or given == str(cluster.service_cidr):
        return None
    return f"pods ask a name server in {given}, and it is in {cluster.service_cidr}"


@rule("premises-hidden")
def premises_hidden(cluster: Cluster, surroundings: Surroundings) -> str | None:
    """A service's address wins over a host of the premises that has the same one (C30).

    kube-proxy only takes the addresses of services that exist, and those from their ports: a node's own way to a proxy
    on the premises stays as it is, so that this is no reason not to become Ready.
    """
    services = cluster.service_cidr or IPv4Network("0.0.0.0/32")
    if any(services.overlaps(network) for network in surroundings.premises.cidrs if network.prefixlen):
        return f"{services} overlaps the premises"
    return None
