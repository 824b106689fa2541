"""The kube-system pods of a cluster: the CNI and kube-proxy on each node, CoreDNS where a Ready node takes it."""

from hashlib import sha256

from wizard.practice.account import account
from wizard.practice.boot.fleet import Booted
from wizard.practice.boot.images import reference
from wizard.practice.control_planes import Manifest
from wizard.practice.eks.state import Cluster
from wizard.practice.kubernetes.objects import metadata, self_managed, stamp

_LABELS = {"coredns": "kube-dns"}
_INIT = {"aws-node": ["aws-vpc-cni-init"]}
_CONTAINERS = {"aws-node": ["aws-node", "aws-eks-nodeagent"]}
_IMAGES = {"aws-vpc-cni-init": "amazon-k8s-cni-init", "aws-node": "amazon-k8s-cni", "kube-proxy": "eks/kube-proxy",
           "aws-eks-nodeagent": "amazon/aws-network-policy-agent", "coredns": "eks/coredns"}  # fmt: skip
_PULLING = ("registry token", "manifest", "layers")
_CRASHING = ("sts", "network plugin's ec2")


def kube_system(cluster: Cluster, nodes: list[Booted]) -> list[Manifest]:
    """The pods of a cluster with these registered nodes."""
    has = {name: self_managed(cluster) or name in cluster.addons for name in ("vpc-cni", "kube-proxy", "coredns")}
    found = []
    for booted in nodes:
        if has["vpc-cni"]:
            found.append(_pod(cluster, "aws-node", booted))
        if has["kube-proxy"]:
            found.append(_pod(cluster, "kube-proxy", booted))
    if has["coredns"]:
        ready = [booted for booted in nodes if booted.is_ready]
        for number in range(2):
            found.append(_pod(cluster, "coredns", ready[number % len(ready)] if ready else None, number, len(nodes)))
    return found


def daemon_sets(cluster: Cluster, nodes: list[Booted]) -> list[Manifest]:
    """What puts a pod on each of these registered nodes: the CNI and kube-proxy, as far as the cluster has them."""
    of_add_on = {"aws-node": "vpc-cni", "kube-proxy": "kube-proxy"}
    there = [name for name, add_on in of_add_on.items() if self_managed(cluster) or add_on in cluster.addons]
    ready = sum(booted.is_ready for booted in nodes)
    wanted = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled")
    return [
        {
            "kind": "DaemonSet",
            "apiVersion": "apps/v1",
            "metadata": metadata(cluster, name, account.moment(cluster.created), "kube-system"),
            "spec": {
                "selector": {"matchLabels": {"k8s-app": name}},
                "template": {"metadata": {"labels": {"k8s-app": name}}, "spec": {"hostNetwork": True}},
            },
            "status": {**dict.fromkeys(wanted, len(nodes)), "numberReady": ready, "numberAvailable": ready},
        }
        for name in there
    ]


def _pod(cluster: Cluster, app: str, booted: Booted | None, number: int = 0, nodes: int = 0) -> Manifest:
    init, containers = _INIT.get(app, []), _CONTAINERS.get(app, [app])
    spec: Manifest = {
        "containers": [{"name": each, "image": reference(cluster.region, _IMAGES[each])} for each in containers],
        "hostNetwork": app != "coredns",
    }
    if init:
        spec["initContainers"] = [{"name": each, "image": reference(cluster.region, _IMAGES[each])} for each in init]
    if booted is not None:
        spec["nodeName"] = booted.node_name
    created = account.moment(booted.running_since + (booted.boot.registered_at or 0) if booted else cluster.created)
    name = _name(cluster, app, booted, number)
    labels = {"k8s-app": _LABELS.get(app, app)}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {**metadata(cluster, name, created, "kube-system"), "labels": labels},
        "spec": spec,
        "status": _status(spec, name, booted, stamp(created), number) if booted else _unscheduled(nodes),
    }


def _name(cluster: Cluster, app: str, booted: Booted | None, number: int) -> str:
    on_each = app != "coredns"
    seed = sha256(f"{cluster.arn}{app}{booted.machine.id if on_each and booted else ''}{number}".encode())
    letters = "".join("bcdfghjklmnpqrstvwxz2456789"[byte % 27] for byte in seed.digest()[:14])
    return f"{app}-{letters[:5]}" if on_each else f"{app}-{sha256(app.encode()).hexdigest()[:9]}-{letters[:5]}"


def _status(spec: Manifest, name: str, booted: Booted, since: str, number: int) -> Manifest:
    """The status of a pod that is on a node: its init containers end one after the other before the others start."""
    init = [_container(each, _init_state(each, booted, since)) for each in spec.get("initContainers", [])]
    initialized = all("terminated" in each["state"] for each in init)
    containers = [
        _container(each, _state(each, name, booted, since) if initialized else _waiting("PodInitializing"))
        for each in spec["containers"]
    ]
    running = ["running" in each["state"] for each in containers]
    status: Manifest = {
        "phase": "Running" if any(running) else "Pending",
        "conditions": [{"type": "Ready", "status": str(all(running))}],
        "containerStatuses": containers,
        "hostIP": str(booted.machine.address),
    }
    if init:
        status["initContainerStatuses"] = init
    if spec["hostNetwork"]:
        status["podIP"] = str(booted.machine.address)
    elif any(running):
        status["podIP"] = str(booted.machine.address + 1 + number)
    return status


def _init_state(container: Manifest, booted: Booted, since: str) -> Manifest:
    if booted.boot.step in _PULLING:
        return _back_off(container, booted)
    if booted.boot.step not in _CRASHING and not booted.is_ready:
        return _waiting("PodInitializing")
    return {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": since, "finishedAt": since}}


def _state(container: Manifest, pod: str, booted: Booted, since: str) -> Manifest:
    """Running, or what it waits for."""
    name, boot = container["name"], booted.boot
    if boot.step in _PULLING:
        return _back_off(container, booted)
    if name == "aws-node" and boot.step in _CRASHING:
        return _waiting("CrashLoopBackOff", f"back-off 1m20s restarting failed container={name} pod={pod}_kube-system")
    if name == "coredns" and "no-pod-addresses" in boot.flaws:
        return _waiting("ContainerCreating")
    return {"running": {"startedAt": since}}


def _back_off(container: Manifest, booted: Booted) -> Manifest:
    said = f'Back-off pulling image "{container["image"]}": ErrImagePull: {booted.boot.reason}'
    return _waiting("ImagePullBackOff", said)


def _waiting(reason: str, message: str = "") -> Manifest:
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def _container(of: Manifest, state: Manifest) -> Manifest:
    done = "running" in state or "terminated" in state
    image = of["image"]
    return {
        "name": of["name"],
        "ready": done,
        "started": "running" in state,
        "restartCount": 4 if state.get("waiting", {}).get("reason") == "CrashLoopBackOff" else 0,
        "image": image,
        "imageID": f"{image.rpartition(':')[0]}@sha256:{sha256(image.encode()).hexdigest()}" if done else "",
        "state": state,
    }


def _unscheduled(nodes: int) -> Manifest:
    """Why the scheduler finds no node (Kubernetes, taints and tolerations)."""
    said = "no nodes available to schedule pods"
    if nodes:
        said = (
            f"0/{nodes} nodes are available: {nodes} node(s) had untolerated taint {{node.kubernetes.io/not-ready: }}. "
            f"preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling."
        )
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
    return {"phase": "Pending", "conditions": [condition]}
