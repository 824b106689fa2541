"""Reads what carries the tags of a profile's cluster, and what stands in it that does not. Only reads.

Nothing is remembered from the build: AWS and the tags are the truth, whoever made what and whenever it was.
"""

from functools import partial
from pathlib import Path

from wizard import kubeconfig
from wizard.doors import Doors, together
from wizard.facts import AccountFacts
from wizard.made.cluster import cluster, fargate_profiles, node_groups, stack
from wizard.made.look import Look, Made, Thing
from wizard.made.network import carriers, connections, in_vpc, rules, rules_elsewhere, tagged, used
from wizard.made.roles import roles
from wizard.profile import Profile

__all__ = ["Made", "Thing", "observe"]


def observe(doors: Doors, profile: Profile, account: AccountFacts) -> Made:
    """One look at all that the profile may have made. Raises CloudError where AWS can't be asked at all."""
    look = Look(doors, profile, account)
    things, on_cluster, groups, fargate, of_nodes, (of_roles, on_roles) = together(
        *(partial(read, look) for read in (tagged, cluster, node_groups, fargate_profiles, stack, roles))
    )
    things += rules_elsewhere(look, {thing.id for thing in things})
    vpcs = [thing for thing in things if thing.kind == "VPC"]
    visits = [visit for vpc in vpcs for visit in in_vpc(look, vpc, things)]
    foreign = [visit for visit in visits if not visit[1].change]
    # What others run on our cluster; EKS deletes no cluster that has it.
    others = [*(group for group in groups if not group.change), *fargate]
    foreign += [(one, other) for one in on_cluster if one.kind == "cluster" for other in others]
    foreign += [visit for group in things if group.kind == "security group" for visit in rules(look, group)]
    # In our own VPC they have been seen.
    foreign += [
        visit for group in things if group.kind == "security group" and not vpcs for visit in carriers(look, group)
    ]
    foreign += [visit for gateway in things if gateway.kind == "VPN gateway" for visit in connections(look, gateway)]
    arn = f"arn:{account.partition}:eks:{account.region}:{account.id}:cluster/{look.name}"
    look.left += used(look)
    theirs = any(thing.kind == "cluster" for thing in look.left)
    return Made(
        account=account,
        cluster_arn=arn,
        ours=(
            *on_cluster,
            *(group for group in groups if group.change),
            *of_nodes,
            *things,
            *(thing for _, thing in visits if thing.change),
            *of_roles,
        ),
        foreign=(*foreign, *on_roles),
        left=tuple(look.left),
        untold=tuple(dict.fromkeys(look.untold)),
        kubeconfig=None if theirs else _kubeconfig(look, arn),
    )


def _kubeconfig(look: Look, arn: str) -> str | None:
    answers = look.profile.kubeconfig
    file = (
        Path(answers.path).expanduser()
        if answers.path
        else kubeconfig.path(look.doors.machine.environment, cluster=arn)
    )
    try:
        text = kubeconfig.read(file)
        found = text is not None and kubeconfig.without(text, arn, answers.context or arn, file)
    except (OSError, kubeconfig.KubeconfigError):
        # A file that can't be read has no entry of ours that could be told from others'.
        return None
    return str(file) if found else None
