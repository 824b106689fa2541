"""Whether the role of the nodes may do what a node does before it is Ready. Pure."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from wizard.facts import Facts, Launch, Role, Unknown, known
from wizard.findings import Finding, stop, unknown, warn
from wizard.joining import mapped

EC2: Final = ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")
# Who asks for what before the node is Ready (EKS user guide, node IAM role; aws/amazon-vpc-cni-k8s, ipamd's nodeInit).
NEEDED: Final = (
    ("nodeadm", ("ec2:DescribeInstances",)),
    ("kubelet", ("ecr:GetAuthorizationToken",)),
    ("containerd", ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")),
)
NEEDED_BY_PLUGIN: Final = ("ec2:DescribeNetworkInterfaces", "ec2:CreateTags", "ec2:AssignPrivateIpAddresses")
# That a further interface can't be had does not end ipamd: pods beyond the first interface's addresses wait.
NEEDED_LATER: Final = ("ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface")


def check(launch: Launch, facts: Facts, *, by_instance_id: bool | None) -> Iterator[Finding]:
    """Findings about the role; ``by_instance_id``: nodeadm names the node without asking EC2; None: not told."""
    where = f"nodes.{launch.name}"
    role = launch.role
    if isinstance(role, Unknown):
        yield unknown("NODE690", where, action=role.action, said=role.why)
        return
    if role is None or not set(EC2) & set(role.trusts):
        name = role.name if role else ""
        yield stop("NODE658", where, launch=launch.name, role=name, how="trust" if role else "none")
        return
    yield from mapped.check(role, facts, where, by_instance_id=by_instance_id)
    needed = NEEDED if by_instance_id is False else NEEDED[1:]
    own = facts.cluster.network_plugin_role
    cluster = facts.cluster.cluster
    if own is None and _plugin_has_role(facts) and known(cluster):
        yield unknown("NODE682", where, cluster=cluster.name, what="pod_identity", thing="")
    elif isinstance(own, Unknown):
        yield unknown("NODE690", where, action=own.action, said=own.why)
    elif own is None:
        needed = (*needed, ("aws-node", NEEDED_BY_PLUGIN))
        yield from _later(role, where)
    else:
        yield from _of_plugin(own, where)
        yield from _later(own, where)
    yield from _lacking(role, needed, where)


def _lacking(role: Role, needed: Iterable[tuple[str, tuple[str, ...]]], where: str) -> Iterator[Finding]:
    if isinstance(role.allowed, Unknown):
        yield unknown("NODE690", where, action=role.allowed.action, said=role.allowed.why)
        return
    for by, actions in needed:
        lacking = [action for action in actions if not allows(role, action)]
        if lacking:
            yield stop("NODE659", where, role=role.name, by=[by], actions=lacking)


def _of_plugin(role: Role, where: str) -> Iterator[Finding]:
    """About the role of the network plugin's own service account."""
    if not any("oidc-provider/" in one for one in role.trusts):
        yield stop("NODE677", where, role=role.name, trusts=list(role.trusts))
    yield from _lacking(role, [("aws-node", NEEDED_BY_PLUGIN)], where)


def _later(role: Role, where: str) -> Iterator[Finding]:
    lacking = [action for action in NEEDED_LATER if known(role.allowed) and not allows(role, action)]
    if lacking:
        yield warn("NODE676", where, role=role.name, actions=lacking)


def allows(role: Role, action: str) -> bool:
    """Whether the role's policies allow the action on something; conditions and boundaries are not looked at."""
    allowed = role.allowed if known(role.allowed) else ()
    return _any(action, allowed) and not _any(action, role.denied)


def _any(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _plugin_has_role(facts: Facts) -> bool:
    add_ons = facts.cluster.add_ons if known(facts.cluster.add_ons) else ()
    return any(one.name == "vpc-cni" and one.role for one in add_ons)
