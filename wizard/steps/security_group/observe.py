"""Reads the control plane's security group, and what else stands in it."""

from functools import partial

from wizard.answer_types import Use
from wizard.doors import Doors, together
from wizard.facts import Facts, SecurityGroupFacts, Unknown
from wizard.network import CONTROL_PLANE_GROUP
from wizard.plan import tag_filters
from wizard.profile import Profile
from wizard.steps.ec2 import security_groups, twins


def observe(doors: Doors, profile: Profile, _seen: Facts) -> SecurityGroupFacts:
    """The group's facts: the one that the profile names, else the one that carries the cluster's tags."""
    answer = profile.security_group
    if isinstance(answer, Use):
        groups, used_by = together(
            partial(security_groups, doors, [{"Name": "group-id", "Values": [answer.use]}]),
            partial(_used_by, doors, answer.use, profile.cluster.name),
        )
        return SecurityGroupFacts(groups if isinstance(groups, Unknown) else groups[0] if groups else None, used_by)
    groups = security_groups(doors, tag_filters(profile.cluster.name, CONTROL_PLANE_GROUP))
    if isinstance(groups, Unknown):
        return SecurityGroupFacts(groups)
    return SecurityGroupFacts(groups[0] if groups else None, twins=twins(profile.cluster.name, groups))


def _used_by(doors: Doors, group: str, cluster: str) -> tuple[str, ...] | Unknown:
    answer = doors.cloud.see("ec2", "DescribeNetworkInterfaces", Filters=[{"Name": "group-id", "Values": [group]}])
    if isinstance(answer, Unknown):
        return answer
    # EKS describes the interfaces of a cluster so.
    own = f"Amazon EKS {cluster}"
    others = [one for one in (answer or {}).get("NetworkInterfaces", []) if one.get("Description", "") != own]
    named = (f"{one['NetworkInterfaceId']} ({one.get('Description') or 'no description'})" for one in others)
    return tuple(sorted(named))
