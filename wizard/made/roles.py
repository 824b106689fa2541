"""The roles, the policies on them, and what else holds them."""

import re
from collections.abc import Iterator

from wizard.answer_types import Create
from wizard.made.look import Look, Thing, Visit

# So EKS names the instance profile of a managed node group: with the id of the group.
OF_NODE_GROUP = re.compile("eks-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def roles(look: Look) -> tuple[list[Thing], list[Visit]]:
    """The roles of ours with the policies attached to them, and what somebody else put on them."""
    found: list[Thing] = []
    foreign: list[Visit] = []
    for which in ("cluster", "node"):
        answer = getattr(look.profile.role, which)
        name = answer.create if isinstance(answer, Create) else answer.use.rsplit("/", 1)[1]
        role = look.see("iam", "GetRole", RoleName=name).get("Role")
        if not role:
            continue
        thing = Thing("role", name, look.change({tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}))
        if not thing.change:
            look.left.append(thing)
            continue
        found += [*_policies(look, thing), thing]
        foreign += [(thing, one) for one in _foreign(look, name)]
        if which == "cluster":
            foreign += [(thing, one) for one in _clusters(look, role["Arn"])]
    return found, foreign


def _policies(look: Look, role: Thing) -> Iterator[Thing]:
    for policy in look.see("iam", "ListAttachedRolePolicies", RoleName=role.id).get("AttachedPolicies", []):
        yield Thing("role policy", policy["PolicyArn"], f"{role.change}.policy.{policy['PolicyName']}", role.id)


def _foreign(look: Look, role: str) -> Iterator[Thing]:
    """What the wizard never makes, and without which IAM deletes no role."""
    for name in look.see("iam", "ListRolePolicies", RoleName=role).get("PolicyNames", []):
        yield Thing("inline policy", name)
    profiles = look.see("iam", "ListInstanceProfilesForRole", RoleName=role).get("InstanceProfiles", [])
    named = [profile["InstanceProfileName"] for profile in profiles]
    # The nodes' stack and EKS take theirs away themselves.
    own = _of_stack(look) if named else set()
    of_eks = {name for name in named if OF_NODE_GROUP.fullmatch(name)}
    if of_eks:
        ours = _of_node_groups(look, role)
        own |= of_eks if len(of_eks) <= len(ours) else ours
    for name in named:
        if name not in own:
            yield Thing("instance profile", name)


def _clusters(look: Look, role: str) -> Iterator[Thing]:
    """The other clusters that work by our role: IAM deletes it all the same, and they stand still."""
    for name in look.see("eks", "ListClusters").get("clusters", []):
        if (
            name != look.name
            and look.see("eks", "DescribeCluster", name=name).get("cluster", {}).get("roleArn") == role
        ):
            yield Thing("cluster", name)


def _of_node_groups(look: Look, role: str) -> set[str]:
    """The instance profiles with the role of our cluster's managed node groups, whose ids end the groups' ARNs."""
    names = look.see("eks", "ListNodegroups", clusterName=look.name).get("nodegroups", [])
    groups = [look.see("eks", "DescribeNodegroup", clusterName=look.name, nodegroupName=name) for name in names]
    told = [one["nodegroup"] for one in groups if one.get("nodegroup")]
    with_role = [one for one in told if one["nodeRole"].rpartition("/")[2] == role]
    return {f"eks-{one['nodegroupArn'].rpartition('/')[2]}" for one in with_role}


def _of_stack(look: Look) -> set[str]:
    resources = look.see("cloudformation", "DescribeStackResources", StackName=look.stack).get("StackResources", [])
    return {one["PhysicalResourceId"] for one in resources if one["ResourceType"] == "AWS::IAM::InstanceProfile"}
