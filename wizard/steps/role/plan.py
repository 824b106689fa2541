"""Plans the roles and the policies on them."""

import json
from collections.abc import Iterator
from typing import Any

from wizard.answer_types import Create
from wizard.facts import Facts, Role, Unknown, known
from wizard.network import CLUSTER_ROLE, NODE_ROLE, Network
from wizard.plan import CHANGE_TAG, CLUSTER_TAG, Call, Change, Wait, tag_list, tags
from wizard.profile import Profile
from wizard.steps.role import trust
from wizard.steps.role.answers import cluster_policies, node_policies

# The services that assume the roles.
EKS, EC2 = "eks.amazonaws.com", "ec2.amazonaws.com"


def plan(profile: Profile, facts: Facts, _network: Network) -> Iterator[Change]:
    """A role each that is not there, the trust that one lacks, and an attachment for each policy that it lacks."""
    partition = facts.account.partition
    yield from _role(
        profile,
        profile.role.cluster,
        facts.role.cluster,
        CLUSTER_ROLE,
        EKS,
        cluster_policies(profile.role, partition),
    )
    yield from _role(profile, profile.role.node, facts.role.node, NODE_ROLE, EC2, node_policies(partition))


def policy_change(role_change: str, policy: str) -> str:
    """The id of the change that attaches a policy."""
    return f"{role_change}.policy.{policy.rsplit('/', 1)[1]}"


def _role(
    profile: Profile, answer: Any, role: Role | Unknown | None, change: str, service: str, policies: tuple[str, ...]
) -> Iterator[Change]:
    own = isinstance(answer, Create)
    if not own and not known(role):
        return
    name = answer.create if own else answer.use.rsplit("/", 1)[1]
    if not known(role):
        yield Change(change, "role", "create", _create(profile, name, change, service), _there(profile, name, change))
    else:
        yield from trust.plan(change, role, service)
    if known(role) and not own and not known(role.policies):
        return
    attached = role.policies if known(role) and known(role.policies) else ()
    for policy in policies:
        if policy not in attached:
            yield Change(
                policy_change(change, policy),
                "role",
                "create" if not known(role) else "modify",
                Call("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": policy}),
                Wait(
                    Call("iam", "ListAttachedRolePolicies", {"RoleName": name}),
                    f"AttachedPolicies[?PolicyArn=='{policy}'].PolicyArn",
                    usual=2,
                ),
                after=() if known(role) else (change,),
            )


def _create(profile: Profile, name: str, change: str, service: str) -> Call:
    policy = {"Version": "2012-10-17", "Statement": [trust.statement(service)]}
    params: dict[str, Any] = {
        "RoleName": name,
        "Path": profile.role.path,
        "AssumeRolePolicyDocument": json.dumps(policy),
        "Tags": tag_list(tags(profile.cluster.name, change, profile.tags)),
    }
    if profile.role.permissions_boundary:
        params["PermissionsBoundary"] = profile.role.permissions_boundary
    return Call("iam", "CreateRole", params)


def _there(profile: Profile, name: str, change: str) -> Wait:
    ours = (
        f"[Role][?Tags[?Key=='{CLUSTER_TAG}' && Value=='{profile.cluster.name}']"
        f" && Tags[?Key=='{CHANGE_TAG}' && Value=='{change}']].Arn"
    )
    return Wait(Call("iam", "GetRole", {"RoleName": name}), ours, usual=10)
