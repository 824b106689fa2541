"""Plans the control plane's security group and 443 from the premises."""

from collections.abc import Iterator

from wizard.answer_types import Create
from wizard.facts import Facts
from wizard.network import CONTROL_PLANE_GROUP, Network
from wizard.plan import Change
from wizard.profile import Profile
from wizard.steps.ingress import group_with_https


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """The group, and a rule for each network of the premises that it does not admit."""
    if not isinstance(profile.security_group, Create) or not isinstance(profile.vpc, Create):
        return
    yield from group_with_https(
        profile,
        "security_group",
        CONTROL_PLANE_GROUP,
        facts.security_group.group,
        group_id=network.control_plane_group,
        name=profile.security_group.create,
        description=f"Control plane of EKS cluster {profile.cluster.name}",
        vpc=network.vpc,
        sources=[str(cidr) for cidr in profile.site.on_premises_cidrs],
    )
