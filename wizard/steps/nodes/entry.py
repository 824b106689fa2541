"""The access entry by which the cluster's API knows the nodes' role: planned, and judged where it stands. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from wizard.facts import AccessEntry, Facts, known
from wizard.findings import Finding, note, stop
from wizard.network import Network
from wizard.plan import Call, Change, Wait, making_way, tags
from wizard.profile import Profile
from wizard.steps.cluster.plan import on_cluster
from wizard.steps.role.answers import node_role_arn

ACCESS_ENTRY = "nodes.access-entry"
GONE = "nodes.access-entry.gone"
OF_NODES = "EC2_LINUX"


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """The entry where there is none, and before it the deletion of one of ours that is for an earlier role."""
    entry = _seen(profile, facts)
    name = profile.cluster.name
    read = Call("eks", "DescribeAccessEntry", {"clusterName": name, "principalArn": network.node_role})
    there = Wait(read, "[accessEntry.accessEntryArn]")
    after = on_cluster(facts, network)
    if entry is not None and not (entry.ours and outdated(entry, facts)):
        return
    if entry is not None:
        named = {"clusterName": name, "principalArn": entry.principal}
        old = replace(read, params=named)
        gone = Wait(old, "[accessEntry.accessEntryArn]", evidence=(old,), gone=True)
        yield making_way(GONE, "nodes", Call("eks", "DeleteAccessEntry", named), gone, failed=True)
        after = (*after, GONE)
    action = Call(
        "eks",
        "CreateAccessEntry",
        {
            "clusterName": name,
            "principalArn": network.node_role,
            "type": OF_NODES,
            "tags": tags(name, ACCESS_ENTRY, profile.tags),
        },
    )
    yield Change(ACCESS_ENTRY, "nodes", "create", action, there, after)


def _seen(profile: Profile, facts: Facts) -> AccessEntry | None:
    role = facts.role.node
    arn = role.arn if known(role) else node_role_arn(profile.role, facts.account.partition, facts.account.id)
    entries = facts.cluster.access_entries if known(facts.cluster.access_entries) else ()
    return next((entry for entry in entries if entry.principal == arn), None)


def outdated(entry: AccessEntry, facts: Facts) -> bool:
    """Whether the entry was made for an earlier role: it holds that one's id, and the ARN is the same.

    EKS user guide, access entries: a role that is deleted and made again is another one. A role that is not there is
    yet to be made.
    """
    role = facts.role.node
    if not known(role):
        return role is None
    return bool(role.created_at and entry.created_at and role.created_at > entry.created_at)


def check(profile: Profile, facts: Facts) -> Iterator[Finding]:
    """Findings about an entry that stands."""
    entry = _seen(profile, facts)
    if entry is None:
        return
    if outdated(entry, facts):
        made = f"{entry.created_at:%Y-%m-%d %H:%M:%S}" if entry.created_at else "some time ago"
        about = {"role": entry.principal, "made": made}
        yield note("NODE633", "role.node", **about) if entry.ours else stop("NODE634", "role.node", **about)
    elif entry.kind != OF_NODES:
        yield stop("NODE661", "role.node", role=entry.principal, kind=entry.kind)
