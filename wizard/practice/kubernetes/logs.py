"""kubectl logs: the API server fetches them from kubelet at port 10250, if it gets there (C26)."""

from wizard.practice.boot.fleet import Booted
from wizard.practice.control_planes import Manifest
from wizard.practice.kubernetes.status import StatusError

_TEXTS = {
    "aws-vpc-cni-init": ("Copying CNI plugin binaries ...", "Finished copying CNI plugin binaries"),
    "aws-node": (
        "Install CNI binaries..",
        "Starting IPAM daemon in the background ...",
        "Checking for IPAM connectivity",
    ),
    "aws-eks-nodeagent": ("Starting network policy agent",),
    "kube-proxy": ('"Using iptables Proxier"', '"Starting service config controller"', '"Caches are synced"'),
    "coredns": (".:53", "[INFO] plugin/reload: Running configuration", "CoreDNS-1.12.2"),
}


def text(pod: Manifest, container: str | None, nodes: list[Booted]) -> str:
    """What a container of a pod has written. Raises StatusError, as the API server does."""
    name, status = pod["metadata"]["name"], pod["status"]
    booted = next((node for node in nodes if node.node_name == pod["spec"].get("nodeName")), None)
    if booted is None:
        raise StatusError(400, "BadRequest", f"pod {name} does not have a host assigned")
    wanted = container or pod["spec"]["containers"][0]["name"]
    states = [*status.get("initContainerStatuses", []), *status["containerStatuses"]]
    found = next((each for each in states if each["name"] == wanted), None)
    if found is None:
        raise StatusError(400, "BadRequest", f"container {wanted} is not valid for pod {name}")
    waits = found["state"].get("waiting", {}).get("reason", "")
    if waits and waits != "CrashLoopBackOff":
        why = "trying and failing to pull image" if waits == "ImagePullBackOff" else waits
        raise StatusError(400, "BadRequest", f'container "{wanted}" in pod "{name}" is waiting to start: {why}')
    if "kubelet-unreachable" in booted.boot.flaws:
        kubelet = f"{booted.machine.address}:10250"
        url = f"https://{kubelet}/containerLogs/{pod['metadata']['namespace']}/{name}/{wanted}"
        raise StatusError(500, "InternalError", f'Get "{url}": dial tcp {kubelet}: i/o timeout')
    lines = _TEXTS[wanted]
    if wanted == "aws-node":
        # What the daemon met stands in its own log on the node, and on the node's console.
        lines += ("Retrying waiting for IPAM-D",) * 5 if waits else ("Successfully copied CNI plugin binary",)
    return "\n".join(lines) + "\n"
