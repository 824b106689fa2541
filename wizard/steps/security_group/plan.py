"""Plans the control plane's security group and 443 from the premises."""

from collections.abc import Iterator

from wizard.answer_types import Create, Use
from wizard.facts import Facts, known
from wizard.network import CONTROL_PLANE_GROUP, Network, has_place
from wizard.plan import Change
from wizard.profile import Profile
from wizard.steps.ingress import group_with_https


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """The group, and a rule for each network of the premises that it does not admit."""
    answer, group = profile.security_group, facts.security_group.group
    if isinstance(answer, Use) and not known(group):
        return
    if not has_place(profile, facts):
        return
    yield from group_with_https(
        profile,
        "security_group",
        CONTROL_PLANE_GROUP,
        group,
        group_id=network.control_plane_group,
        name=answer.create if isinstance(answer, Create) else answer.use,
        description=f"Control plane of EKS cluster {profile.cluster.name}",
        vpc=network.vpc,
        sources=[str(cidr) for cidr in profile.site.on_premises_cidrs],
    )
