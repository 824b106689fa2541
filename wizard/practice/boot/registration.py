"""kubelet registers the node: its token, the connection, whom the cluster takes it for, and what that one may.

Sources: amazon-eks-ami, nodeadm/internal/kubelet/kubeconfig.template.yaml (``aws eks get-token``); the EKS user guide
on access entries and aws-auth; Kubernetes' node authorizer and NodeRestriction (issues 1263 and 1711 show its words).
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from wizard.practice.boot import connection, console, environments, proxy
from wizard.practice.boot.course import Course, Step, StoppedError, no_instance_profile
from wizard.practice.boot.rules import Obstacle, rule
from wizard.practice.boot.snapshot import AccessEntry, Cluster, MappedRole, Role, Surroundings

_NODE_NAME = "system:node:{{EC2PrivateDNSName}}"
# The user names of the entry types that have one of their own; all of these belong to system:nodes.
_USERNAMES = {
    "EC2_LINUX": _NODE_NAME,
    "EC2_WINDOWS": _NODE_NAME,
    "HYBRID_LINUX": "system:node:{{SessionName}}",
    "FARGATE_LINUX": "system:node:{{SessionName}}",
    "EC2": "system:node:{{SessionName}}",
}


@dataclass(frozen=True)
class _User:
    """Whom the API server takes a node for."""

    name: str
    is_node: bool


def join(course: Course) -> None:
    """nodeadm-run: kubelet registers the node with the cluster that user data names. Raises StoppedError."""
    at = 21.0 + course.slowness / 2
    course.log += _started(course, at)
    cluster = _named_by(course.surroundings, course.config.endpoint)
    endpoint = cluster.endpoint if cluster else course.config.endpoint.rstrip("/")
    host = urlsplit(endpoint).hostname or ""
    post = f'Post "{endpoint}/api/v1/nodes"'
    if trouble := no_instance_profile(course.machine) or metadata_through_proxy(course):
        said = f"{post}: getting credentials: exec: executable aws failed with exit code 253"
        raise _stopped(course, at + 3, "token", trouble, said)
    if trouble := cluster_unknown(cluster, host):
        raise _stopped(course, at + 3, "cluster", trouble, f"{post}: {trouble.says}")
    attempt = course.request("kubelet", host)
    if attempt.obstacle is not None:
        said = f"{post}: {attempt.obstacle.says}"
        raise _stopped(course, at + 3, "cluster", attempt.obstacle, said, proxied=attempt.proxied)
    found = cluster or Cluster("", endpoint, course.config.certificate_authority)
    if trouble := certificate_mismatch(course.config.certificate_authority, found):
        raise _stopped(course, at + 3, "cluster", trouble, f"{post}: {trouble.says}")
    _authenticate(course, found, at + 3)
    course.cluster = found
    course.registered_at = at + 4
    course.log.append(console.kubelet(at + 4, f'"Successfully registered node" node="{course.node_name}"'))


def _started(course: Course, at: float) -> list[console.Line]:
    if course.machine.bottlerocket:
        return [console.systemd(at + 1.4, "Started kubelet.service - Kubelet.")]
    return [
        console.systemd(at, "Starting nodeadm-run.service - EKS Nodeadm Run..."),
        console.nodeadm(at + 0.2, "info", "init/init.go:205 Ensuring daemon is running..", name="containerd"),
        console.nodeadm(at + 0.9, "info", "init/init.go:205 Ensuring daemon is running..", name="kubelet"),
        console.systemd(at + 1.5, "Finished nodeadm-run.service - EKS Nodeadm Run."),
    ]


def _named_by(surroundings: Surroundings, endpoint: str) -> Cluster | None:
    wanted = endpoint.rstrip("/").lower()
    for cluster in surroundings.clusters:
        if wanted in {known.rstrip("/").lower() for known in (cluster.endpoint, *cluster.aliases)}:
            return cluster
    return None


@rule("metadata-through-proxy")
def metadata_through_proxy(course: Course) -> str | None:
    """kubelet's token is made by the aws command, a Python program with kubelet's environment, which asks the proxy for
    the instance metadata unless NO_PROXY names their address (C14). Bottlerocket's authenticator is a Go program, whose
    SDK never does."""
    given = environments.of(course.machine, course.config, "kubelet").effective
    if course.machine.bottlerocket or not proxy.metadata_is_proxied(given):
        return None
    return "Unable to locate credentials"


@rule("cluster-unknown")
def cluster_unknown(cluster: Cluster | None, host: str) -> str | None:
    """User data must name the endpoint of a cluster that there is."""
    return None if cluster else f"dial tcp: lookup {host}: no such host"


@rule("certificate-mismatch")
def certificate_mismatch(authority: str, cluster: Cluster) -> str | None:
    """Each cluster has a certificate authority of its own."""
    if authority == cluster.certificate_authority:
        return None
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority"


# authentication


def _authenticate(course: Course, cluster: Cluster, at: float) -> None:
    role = course.role
    if trouble := wrong_cluster_name(course.config.name, cluster):
        raise _stopped(course, at, "authentication", trouble, trouble.says)
    entry = _entry(cluster, role)
    if entry is not None:
        if trouble := role_recreated(entry, role):
            raise _stopped(course, at, "authentication", trouble, trouble.says)
        username = entry.username or _USERNAMES.get(entry.type) or connection.session_arn(course.machine, role)
        user = _User(username, entry.type in _USERNAMES)
    else:
        user = _mapped(course, cluster, role, at)
    name = user.name.replace("{{EC2PrivateDNSName}}", course.machine.private_dns_name)
    name = name.replace("{{SessionName}}", course.machine.id)
    if trouble := not_a_node(name, is_node=user.is_node) or node_name_refused(name, course.node_name):
        raise _stopped(course, at, "authorization", trouble, trouble.says)


def _entry(cluster: Cluster, role: Role) -> AccessEntry | None:
    """An access entry counts before aws-auth, in every mode that has entries."""
    if cluster.authentication_mode == "CONFIG_MAP":
        return None
    return next((entry for entry in cluster.access_entries if entry.principal_arn == role.arn), None)


def _mapped(course: Course, cluster: Cluster, role: Role, at: float) -> _User:
    """Whom aws-auth makes of the role. Raises StoppedError."""
    mapped = _in_aws_auth(cluster, role)
    trouble = (aws_auth_ignored(cluster) if mapped else None) or _unmapped(cluster, role, mapped)
    if trouble is not None:
        raise _stopped(course, at, "authentication", trouble, trouble.says)
    if mapped is None:
        return _User(_NODE_NAME, is_node=True)
    return _User(mapped.username, "system:nodes" in mapped.groups)


def _in_aws_auth(cluster: Cluster, role: Role) -> MappedRole | None:
    """aws-auth cannot say a role's path: the ARN is compared without one."""
    for mapped in cluster.aws_auth_others:
        if mapped.arn == without_path(role.arn):
            return mapped
    if without_path(role.arn) in cluster.aws_auth_roles:
        return MappedRole(without_path(role.arn), _NODE_NAME, ("system:bootstrappers", "system:nodes"))
    return None


def _unmapped(cluster: Cluster, role: Role, mapped: MappedRole | None) -> Obstacle | None:
    if mapped is not None:
        return None
    named = {*cluster.aws_auth_roles, *(one.arn for one in cluster.aws_auth_others)}
    if cluster.authentication_mode != "API" and role.arn in named:
        return aws_auth_path(role)
    return role_not_mapped(role)


def without_path(arn: str) -> str:
    """A role's ARN as aws-auth has to name it."""
    return f"{arn.partition('/')[0]}/{arn.rpartition('/')[2]}"


@rule("wrong-cluster-name")
def wrong_cluster_name(name: str, cluster: Cluster) -> str | None:
    """The token is made for one cluster's name."""
    return None if name == cluster.name else "Unauthorized"


@rule("role-recreated")
def role_recreated(entry: AccessEntry, role: Role) -> str | None:
    """An entry outlives its role: a role made again under the same name has another id (C07)."""
    return None if entry.role_id in ("", role.id) else "Unauthorized"


@rule("aws-auth-ignored")
def aws_auth_ignored(cluster: Cluster) -> str | None:
    """In mode API nobody reads aws-auth (C06)."""
    return "Unauthorized" if cluster.authentication_mode == "API" else None


@rule("aws-auth-path")
def aws_auth_path(role: Role) -> str | None:
    """A role's ARN with its path is nobody's in aws-auth (EKS user guide, troubleshooting IAM)."""
    return None if without_path(role.arn) == role.arn else "Unauthorized"


@rule("role-not-mapped")
def role_not_mapped(role: Role) -> str | None:  # noqa: ARG001 - every rule is told what it is about
    """Neither an access entry nor aws-auth knows the role."""
    return "Unauthorized"


# authorization


@rule("not-a-node")
def not_a_node(user: str, *, is_node: bool) -> str | None:
    """Who is known and is no node is let in, and may not register one."""
    if is_node and user.startswith("system:node:"):
        return None
    return f'nodes is forbidden: User "{user}" cannot create resource "nodes" in API group "" at the cluster scope'


@rule("node-name-refused")
def node_name_refused(user: str, node_name: str) -> str | None:
    """A node may only write the Node of its own name, which user name and kubelet have to agree about (C19)."""
    own = user.removeprefix("system:node:")
    if own == node_name:
        return None
    return f'nodes "{node_name}" is forbidden: node "{own}" is not allowed to modify node "{node_name}"'


def _stopped(
    course: Course, at: float, step: Step, obstacle: Obstacle, error: str, *, proxied: bool = False
) -> StoppedError:
    quoted = error.replace(chr(34), chr(92) + chr(34))
    for again in range(6):
        said = f'"Unable to register node with API server" err="{quoted}" node="{course.node_name}"'
        course.log.append(console.kubelet(at + 7 * again, said))
    return StoppedError(step, obstacle, f"kubelet cannot register the node: {error}", proxied=proxied)
