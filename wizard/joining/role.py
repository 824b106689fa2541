"""Whether the role of the nodes is let into the cluster, and may do what a node does before it is Ready. Pure."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from wizard.facts import AccessEntry, Cluster, Facts, Launch, Role, Unknown, known
from wizard.findings import Finding, stop, unknown

EC2: Final = ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")
# Who asks for what before the node is Ready (EKS user guide, node IAM role; aws/amazon-vpc-cni-k8s, iam-policy).
NEEDED: Final = (
    ("nodeadm", ("ec2:DescribeInstances",)),
    ("kubelet", ("ecr:GetAuthorizationToken",)),
    ("containerd", ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")),
    ("aws-node", ("ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface", "ec2:AssignPrivateIpAddresses")),
)
# What AWS's own policies allow of it, where their text may not be read: by the policy's name.
MANAGED: Final = {
    "AmazonEKSWorkerNodePolicy": ("ec2:DescribeInstances",),
    "AmazonEKSWorkerNodeMinimalPolicy": ("ec2:DescribeInstances",),
    "AmazonEC2ContainerRegistryPullOnly": (
        "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    ),
    "AmazonEC2ContainerRegistryReadOnly": (
        "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    ),
    "AmazonEKS_CNI_Policy": (
        "ec2:DescribeInstances", "ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
    ),
    "AdministratorAccess": ("*",),
}  # fmt: skip


def check(launch: Launch, facts: Facts, *, by_instance_id: bool) -> Iterator[Finding]:
    """Findings about the role; ``by_instance_id`` tells that nodeadm names the node without asking EC2."""
    where = f"nodes.{launch.name}"
    role = launch.role
    if isinstance(role, Unknown):
        yield unknown("NODE690", where, action=role.action, said=role.why)
        return
    if role is None or not set(EC2) & set(role.trusts):
        name = role.name if role else ""
        yield stop("NODE658", where, launch=launch.name, role=name, how="trust" if role else "none")
        return
    yield from _mapped(role, facts, where)
    if isinstance(role.allowed, Unknown):
        yield unknown("NODE690", where, action=role.allowed.action, said=role.allowed.why)
        return
    for by, actions in NEEDED:
        if (by == "nodeadm" and by_instance_id) or (by == "aws-node" and _plugin_has_own_role(facts)):
            continue
        lacking = [action for action in actions if not allows(role, action)]
        if lacking:
            yield stop("NODE659", where, role=role.name, by=[by], actions=lacking)


def allows(role: Role, action: str) -> bool:
    """Whether the role's policies allow the action on something; conditions and boundaries are not looked at."""
    allowed = role.allowed if known(role.allowed) else ()
    return _any(action, allowed) and not _any(action, role.denied)


def _any(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _plugin_has_own_role(facts: Facts) -> bool:
    add_ons = facts.cluster.add_ons if known(facts.cluster.add_ons) else ()
    return any(one.name == "vpc-cni" and one.role for one in add_ons)


def _mapped(role: Role, facts: Facts, where: str) -> Iterator[Finding]:
    """Whether the control plane takes the role for a node's: by an access entry, else by the aws-auth ConfigMap."""
    cluster = facts.cluster.cluster
    if not known(cluster):
        return
    entries = facts.cluster.access_entries
    if cluster.authentication != "CONFIG_MAP":
        if isinstance(entries, Unknown):
            yield unknown("NODE690", where, action=entries.action, said=entries.why)
            return
        entry = next((one for one in entries if one.principal == role.arn), None)
        if entry is not None:
            yield from _entry(entry, role, where)
            return
    yield from _aws_auth(role, facts, cluster, where)


def _entry(entry: AccessEntry, role: Role, where: str) -> Iterator[Finding]:
    if entry.kind != "EC2_LINUX":
        # A role has one entry, and it comes before aws-auth (EKS user guide, access entries).
        yield stop("NODE661", where, role=role.arn, kind=entry.kind)
    elif entry.created_at and role.created_at and role.created_at > entry.created_at:
        # The entry holds the id of the role that it was made for.
        made, since = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (entry.created_at, role.created_at))
        yield stop("NODE662", where, role=role.arn, made=made, since=since)


def _aws_auth(role: Role, facts: Facts, cluster: Cluster, where: str) -> Iterator[Finding]:
    mode = cluster.authentication
    mapped = facts.cluster.aws_auth
    # aws-auth cannot say a role's path: the ARN is compared without one.
    without_path = f"{role.arn.partition('/')[0]}/{role.arn.rpartition('/')[2]}"
    if mode == "API":
        yield stop("NODE660", where, role=role.arn, mode=mode, mapped=[], line=without_path)
    elif isinstance(mapped, Unknown):
        yield unknown("NODE669", where, role=role.arn, mode=mode, said=mapped.why)
    elif without_path not in mapped:
        yield stop("NODE660", where, role=role.arn, mode=mode, mapped=list(mapped), line=without_path)
