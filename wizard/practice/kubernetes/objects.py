"""The nodes and namespaces of a cluster, as its API serves them."""

from datetime import datetime
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from wizard.practice.account import account
from wizard.practice.boot.fleet import Booted
from wizard.practice.control_planes import Manifest
from wizard.practice.eks.state import Cluster

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def network_plugin(cluster: Cluster) -> bool:
    """Whether something puts the VPC CNI on nodes: the add-on, or what EKS installs unless told not to."""
    return self_managed(cluster) or "vpc-cni" in cluster.addons


def self_managed(cluster: Cluster) -> bool:
    """Whether EKS put its own CNI, kube-proxy and CoreDNS into the cluster when it was made."""
    return bool(cluster.asked.get("bootstrapSelfManagedAddons", True))


def metadata(cluster: Cluster, name: str, created: datetime, namespace: str | None = None) -> Manifest:
    """The metadata that every object has."""
    where = f"/{namespace}" if namespace else ""
    found: Manifest = {
        "name": name,
        "uid": str(uuid5(NAMESPACE_URL, f"{cluster.arn}{where}/{name}")),
        "resourceVersion": "100",
        "creationTimestamp": stamp(created),
    }
    return {**found, "namespace": namespace} if namespace else found


def stamp(moment: datetime) -> str:
    """An instant as Kubernetes writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def namespaces(cluster: Cluster) -> list[Manifest]:
    """The namespaces that every cluster begins with."""
    created = account.moment(cluster.created)
    return [
        {
            "kind": "Namespace",
            "apiVersion": "v1",
            "metadata": {
                **metadata(cluster, name, created),
                "labels": {"kubernetes.io/metadata.name": name},
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        for name in NAMESPACES
    ]


def node(cluster: Cluster, booted: Booted) -> Manifest:
    """A node that has registered."""
    machine, boot = booted.machine, booted.boot
    registered = account.moment(booted.running_since + (boot.registered_at or 0))
    since = account.moment(booted.running_since + boot.ready_at) if booted.is_ready and boot.ready_at else registered
    ready = booted.is_ready
    message = (
        "kubelet is posting ready status"
        if ready
        else "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network "
        "plugin returns error: cni plugin not initialized"
    )
    capacity = {
        "cpu": "2",
        "ephemeral-storage": "20893676Ki",
        "memory": "7934388Ki",
        "pods": str(boot.max_pods),
    }
    unique = sha256(machine.id.encode()).hexdigest()[:32]
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            **metadata(cluster, booted.node_name, registered),
            "labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/instance-type": machine.instance_type,
                "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": booted.node_name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": machine.instance_type,
                "topology.kubernetes.io/region": machine.region,
                "topology.kubernetes.io/zone": booted.zone,
            },
        },
        "spec": {
            "providerID": f"aws:///{booted.zone}/{machine.id}",
            **({} if ready else {"taints": [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]}),
        },
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [
                _condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "enough memory", registered),
                _condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "no disk pressure", registered),
                _condition("PIDPressure", "False", "KubeletHasSufficientPID", "enough PIDs", registered),
                _condition("Ready", str(ready), "KubeletReady" if ready else "KubeletNotReady", message, since),
            ],
            "addresses": [
                {"type": "InternalIP", "address": str(machine.address)},
                {"type": "InternalDNS", "address": machine.private_dns_name},
                {"type": "Hostname", "address": machine.private_dns_name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": unique,
                "containerRuntimeVersion": "containerd://2.1.5",
                "kernelVersion": "6.12.73-95.123.amzn2023.x86_64",
                "kubeProxyVersion": "",
                "kubeletVersion": machine.kubelet_version,
                "machineID": unique,
                "operatingSystem": "linux",
                "osImage": f"Bottlerocket OS {machine.bottlerocket.partition('-')[0]}"
                if machine.bottlerocket
                else "Amazon Linux 2023.9.20260714",
                "systemUUID": unique,
            },
        },
    }


def _condition(kind: str, status: str, reason: str, message: str, since: datetime) -> Manifest:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": stamp(account.moment()),
        "lastTransitionTime": stamp(since),
    }
