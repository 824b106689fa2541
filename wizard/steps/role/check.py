"""Checks the roles: whose they are, whom they trust, what they may do."""

from collections.abc import Iterator
from typing import Any

from wizard.answer_types import Create
from wizard.facts import Facts, Role, Unknown, known
from wizard.findings import Finding, note, ok, stop, unknown
from wizard.mending import mended
from wizard.network import CLUSTER_ROLE, NODE_ROLE, Network
from wizard.permissions import SERVICE_LINKED
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.profile import Profile
from wizard.steps.role.answers import cluster_policies, node_policies
from wizard.steps.role.plan import EC2, EKS
from wizard.steps.role.trust import with_service

OBSOLETE = "AmazonEKSServicePolicy"


def check(profile: Profile, facts: Facts, _network: Network) -> Iterator[Finding]:
    """Findings about both roles and the policies."""
    partition = facts.account.partition
    yield from _role(
        profile,
        profile.role.cluster,
        facts.role.cluster,
        "role.cluster",
        CLUSTER_ROLE,
        EKS,
        cluster_policies(profile.role, partition),
    )
    yield from _role(
        profile,
        profile.role.node,
        facts.role.node,
        "role.node",
        NODE_ROLE,
        EC2,
        node_policies(partition),
    )
    if any(policy.endswith(f"/{OBSOLETE}") for policy in cluster_policies(profile.role, partition)):
        # Since 2020-04-16 the service-linked role does this work (EKS user guide, cluster IAM role).
        kept = [policy for policy in profile.role.cluster_policies if policy.rpartition("/")[2] != OBSOLETE]
        without = {"role.cluster_policies": ", ".join(kept)} if kept else None
        yield mended(note("ROLE104", "role.cluster_policies", policy=OBSOLETE), profile, without)
    for arn, there in facts.role.policies.items():
        if there is False:
            where = "role.permissions_boundary" if arn == profile.role.permissions_boundary else "role.cluster_policies"
            yield stop("ROLE105", where, policy=arn)
    used = {
        "AWSServiceRoleForAmazonEKS": facts.cluster.cluster,
        "AWSServiceRoleForAmazonEKSNodegroup": facts.nodes.group,
        "AWSServiceRoleForAutoScaling": facts.nodes.stack,
    }
    missing = [
        name for name, there in facts.role.service_linked.items() if there is False and not known(used.get(name))
    ]
    if missing:
        services = [service for name, service in SERVICE_LINKED.values() if name in missing]
        yield note("ROLE106", "role", roles=missing, services=services)
    hidden = (*facts.role.policies.values(), *facts.role.service_linked.values())
    for action, said in {told.action: told.why for told in hidden if isinstance(told, Unknown)}.items():
        yield unknown("ROLE190", "role", action=action, said=said)


def _role(
    profile: Profile,
    answer: Any,
    role: Role | Unknown | None,
    where: str,
    change: str,
    service: str,
    policies: tuple[str, ...],
) -> Iterator[Finding]:
    if isinstance(role, Unknown):
        yield unknown("ROLE190", where, action=role.action, said=role.why)
        return
    if role is None:
        if not isinstance(answer, Create):
            yield stop("ROLE107", where, role=answer.use)
        return
    if isinstance(answer, Create):
        if (role.tags.get(CLUSTER_TAG), role.tags.get(CHANGE_TAG)) != (profile.cluster.name, change):
            yield stop("ROLE101", where, role=role.name, arn=role.arn)
            return
        if role.path != profile.role.path or role.permissions_boundary != profile.role.permissions_boundary:
            yield note("ROLE108", where, role=role.name, path=role.path, boundary=role.permissions_boundary or "none")
    if service not in role.trusts and with_service(role, service) is None:
        yield stop("ROLE102", where, role=role.name, service=service)
    elif service not in role.trusts:
        yield note("ROLE110", where, role=role.name, service=service)
    if not known(role.policies):
        yield unknown("ROLE190", where, action="iam:ListAttachedRolePolicies", said="")
        return
    missing = [policy for policy in policies if policy not in role.policies]
    if missing and not isinstance(answer, Create):
        yield note("ROLE103", where, role=role.name, policies=missing)
    elif not missing and service in role.trusts:
        yield ok("ROLE109", where, role=role.name)
