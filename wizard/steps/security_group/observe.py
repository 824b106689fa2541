"""Reads the control plane's security group."""

from wizard.doors import Doors
from wizard.facts import Facts, SecurityGroupFacts, Unknown
from wizard.network import CONTROL_PLANE_GROUP
from wizard.plan import tag_filters
from wizard.profile import Profile
from wizard.steps.ec2 import security_groups, twins


def observe(doors: Doors, profile: Profile, _seen: Facts) -> SecurityGroupFacts:
    """The group's facts: the one that carries the cluster's tags."""
    groups = security_groups(doors, tag_filters(profile.cluster.name, CONTROL_PLANE_GROUP))
    if isinstance(groups, Unknown):
        return SecurityGroupFacts(groups)
    return SecurityGroupFacts(groups[0] if groups else None, twins(profile.cluster.name, groups))
