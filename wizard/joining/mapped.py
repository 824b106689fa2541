"""Whom the control plane takes the nodes' role for: a node, and of the name that kubelet gives it. Pure."""

from collections.abc import Iterator
from typing import Final

from wizard.facts import AccessEntry, Cluster, Facts, Role, Unknown, known
from wizard.findings import Finding, stop, unknown

# Whom the control plane takes nodes for, and by what name (EKS user guide, access entries and aws-auth; nodeadm,
# doc/examples.md).
NODES: Final = "system:nodes"
BY_DNS_NAME: Final = "system:node:{{EC2PrivateDNSName}}"
BY_INSTANCE_ID: Final = "system:node:{{SessionName}}"
# Types of entries whose user is a node by its private DNS name, where the entry does not say.
OF_NODES: Final = ("EC2_LINUX", "EC2_WINDOWS")


def check(role: Role, facts: Facts, where: str, *, by_instance_id: bool | None) -> Iterator[Finding]:
    """By an access entry, else by the aws-auth ConfigMap.

    ``by_instance_id`` tells how the node names itself, None where its user data are not told.
    """
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
            yield from _by_entry(entry, role, where, by_instance_id=by_instance_id)
            return
    yield from _by_aws_auth(role, facts, cluster, where, by_instance_id=by_instance_id)


def _by_entry(entry: AccessEntry, role: Role, where: str, *, by_instance_id: bool | None) -> Iterator[Finding]:
    """A role has one entry, and it comes before aws-auth (EKS user guide, access entries)."""
    if entry.created_at and role.created_at and role.created_at > entry.created_at:
        # The entry holds the id of the role that it was made for.
        made, since = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (entry.created_at, role.created_at))
        yield stop("NODE662", where, role=role.arn, made=made, since=since)
    elif entry.kind not in OF_NODES and NODES not in entry.groups:
        yield stop("NODE661", where, role=role.arn, kind=entry.kind)
    else:
        yield from _named(entry.username or BY_DNS_NAME, role, where, by_instance_id=by_instance_id)


def _by_aws_auth(
    role: Role, facts: Facts, cluster: Cluster, where: str, *, by_instance_id: bool | None
) -> Iterator[Finding]:
    mode = cluster.authentication
    mapped = facts.cluster.aws_auth
    # aws-auth cannot say a role's path: the ARN is compared without one.
    without_path = f"{role.arn.partition('/')[0]}/{role.arn.rpartition('/')[2]}"
    if mode == "API":
        yield stop("NODE660", where, role=role.arn, mode=mode, mapped=[], line=without_path)
        return
    if isinstance(mapped, Unknown):
        yield unknown("NODE669", where, role=role.arn, mode=mode, said=mapped.why)
        return
    found = next((one for one in mapped if one.arn == without_path), None)
    if found is None:
        yield stop("NODE660", where, role=role.arn, mode=mode, mapped=[one.arn for one in mapped], line=without_path)
    elif NODES not in found.groups or not found.username.startswith("system:node:"):
        about = {"role": role.arn, "username": found.username, "groups": list(found.groups)}
        yield stop("NODE678", where, **about, wanted=BY_INSTANCE_ID if by_instance_id else BY_DNS_NAME)
    else:
        yield from _named(found.username, role, where, by_instance_id=by_instance_id)


def _named(username: str, role: Role, where: str, *, by_instance_id: bool | None) -> Iterator[Finding]:
    """A node may write only the Node of its own name (Kubernetes, Node authorization)."""
    wanted = BY_INSTANCE_ID if by_instance_id else BY_DNS_NAME
    if username != wanted and not (by_instance_id is None and username == BY_INSTANCE_ID):
        yield stop("NODE675", where, role=role.arn, username=username, wanted=wanted)
