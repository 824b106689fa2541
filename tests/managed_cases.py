"""Cases of the nodes step for managed nodes and for Bottlerocket; the tables of test_nodes.py hold them."""

from dataclasses import replace
from typing import Any, Final

from article_facts import ADD_ONS, EMPTY, FINISHED, HIDDEN, INSTANCES, STACK, changed
from step_cases import Findings, Plans

from wizard.facts import Ami, Facts, NodeGroup, State

MANAGED: Final = ("nodes.kind=managed",)
BOTTLEROCKET: Final = ("nodes.os=bottlerocket",)
GROUP: Final = NodeGroup("nodes", "ACTIVE", State.USABLE, True, 2, 4, 2, ("m5.large",), "AL2023_x86_64_STANDARD")
TEMPLATE: Final = replace(
    STACK,
    parameters={"ClusterSecurityGroup": "sg-000000000000000ee"},
    outputs={"LaunchTemplate": "lt-00000000000000001", "LaunchTemplateVersion": "1"},
)
STANDING: Final = changed(FINISHED, "nodes", stack=TEMPLATE, group=GROUP, instances=INSTANCES)


def standing(**fields: Any) -> Facts:
    """The finished build with managed nodes, with the node group otherwise."""
    return changed(STANDING, "nodes", group=replace(GROUP, **fields))


FAILED: Final = standing(status="CREATE_FAILED", state=State.FAILED, issues=("NodeCreationFailure: none joined",))
PODS: Final = "NODE604 ok nodes.instance_type"
IMAGE: Final = "NODE610 ok nodes.ami"
CHECKS: Final = (
    Findings("managed nodes, nothing there", EMPTY, (PODS, IMAGE), MANAGED),
    Findings("managed nodes stand", STANDING, (PODS,), MANAGED),
    Findings("somebody else's node group", standing(ours=False), (PODS, "NODE620 stop nodes"), MANAGED),
    Findings("the node group failed", FAILED, (PODS, "NODE621 note nodes"), MANAGED),
    Findings(
        "the node group is being deleted",
        standing(status="DELETING", state=State.DELETING),
        (PODS, "NODE621 note nodes"),
        MANAGED,
    ),
    Findings("the node group is degraded", standing(status="DEGRADED"), (PODS, "NODE622 warn nodes"), MANAGED),
    Findings("the node group is under way", standing(status="CREATING", state=State.UNDER_WAY), (PODS,), MANAGED),
    Findings(
        "the node group has other sizes",
        standing(minimum=1, desired=3, maximum=5),
        (PODS, "NODE623 warn nodes.desired", "NODE623 warn nodes.max", "NODE623 warn nodes.min"),
        MANAGED,
    ),
    Findings(
        "the node group has another type",
        standing(instance_types=("c5.xlarge",)),
        (PODS, "NODE623 warn nodes.instance_type"),
        MANAGED,
    ),
    Findings(
        "the node group can't be looked at",
        changed(EMPTY, "nodes", group=HIDDEN),
        (PODS, IMAGE, "NODE690 unknown nodes"),
        MANAGED,
    ),
    Findings(
        "self-managed nodes stand where managed ones are wanted",
        changed(FINISHED, "nodes", stack=replace(STACK, parameters={"ControlPlaneSecurityGroup": "sg-1"})),
        (PODS, "NODE624 stop nodes.kind"),
        MANAGED,
    ),
    Findings(
        "managed nodes stand where self-managed ones are wanted",
        changed(FINISHED, "nodes", stack=TEMPLATE),
        (PODS, "NODE624 stop nodes.kind"),
    ),
    # Its proxy is a setting, so there is no release to look for.
    Findings("Bottlerocket", changed(EMPTY, "nodes", ami=Ami("ami-1", "1.52.0-6b1c2f2d")), (PODS,), BOTTLEROCKET),
)
VERIFIES: Final = (
    Findings("managed nodes run", STANDING, ("NODE615 ok nodes.desired",), MANAGED),
    Findings(
        "managed nodes run, and something ails their group",
        standing(status="DEGRADED"),
        ("NODE615 ok nodes.desired", "NODE622 warn nodes"),
        MANAGED,
    ),
)

TEMPLATE_MADE = "nodes.stack create cloudformation.CreateStack"
GROUP_MADE = "nodes.group create eks.CreateNodegroup"
PLANS: Final = (
    Plans("managed nodes stand", STANDING, (), MANAGED),
    Plans("only the node group is missing", changed(STANDING, "nodes", group=None), (GROUP_MADE,), MANAGED),
    Plans(
        "template and node group are missing, and EKS lets the nodes in",
        changed(changed(STANDING, "nodes", group=None, stack=None), "cluster", access_entries=()),
        (TEMPLATE_MADE, f"{GROUP_MADE} < nodes.stack"),
        MANAGED,
    ),
    Plans(
        "the node group failed",
        FAILED,
        ("nodes.group.gone replace eks.DeleteNodegroup", f"{GROUP_MADE} < nodes.group.gone"),
        MANAGED,
    ),
    Plans(
        "the node group is being deleted",
        standing(status="DELETING", state=State.DELETING),
        ("nodes.group.gone wait nothing", f"{GROUP_MADE} < nodes.group.gone"),
        MANAGED,
    ),
    Plans("somebody else's node group failed", standing(ours=False, state=State.FAILED), (), MANAGED),
    Plans(
        "the node group is under way",
        standing(status="CREATING", state=State.UNDER_WAY),
        ("nodes.group wait nothing",),
        MANAGED,
    ),
    Plans(
        "CoreDNS waits for the node group",
        changed(changed(STANDING, "nodes", group=None), "cluster", add_ons=ADD_ONS[:2]),
        (GROUP_MADE, "nodes.addon.coredns create eks.CreateAddon < nodes.group"),
        MANAGED,
    ),
)
