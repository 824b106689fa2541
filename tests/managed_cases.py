"""Cases of the nodes step for managed nodes and for Bottlerocket; the tables of test_nodes.py hold them."""

from dataclasses import replace
from typing import Any, Final

from article_facts import ADD_ONS, EMPTY, FINISHED, HIDDEN, INSTANCES, M5_LARGE, STACK, SUBNETS, changed
from step_cases import USED_VPC, Findings, Plans

from wizard.facts import Ami, Facts, NodeGroup, State

MANAGED: Final = ("nodes.kind=managed",)
BOTTLEROCKET: Final = ("nodes.os=bottlerocket",)
PREFIXES: Final = ("nodes.prefix_delegation=true",)
RESERVED: Final = tuple(one.id for one in SUBNETS)
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


FAILED: Final = standing(
    status="CREATE_FAILED", state=State.FAILED, issues=("NodeCreationFailure: none joined",), ailing=("i-0",)
)
PODS: Final = "NODE604 ok nodes.instance_type"
IMAGE: Final = "NODE610 ok nodes.ami"


def cni(facts: Facts, configuration: str) -> Facts:
    """These facts, with the network plugin's add-on configured so."""
    return changed(facts, "cluster", add_ons=(replace(ADD_ONS[0], configuration=configuration), *ADD_ONS[1:]))


CHECKS: Final = (
    Findings("managed nodes, nothing there", EMPTY, (PODS, IMAGE), MANAGED),
    Findings("managed nodes stand", STANDING, (PODS,), MANAGED),
    Findings(
        "a template, a group that is to come, and too few vCPUs",
        changed(standing(), "nodes", group=None, vcpu_quota=3.0),
        (PODS, "NODE628 stop nodes.desired"),
        MANAGED,
    ),
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
    Findings(
        "the image is for another processor",
        changed(EMPTY, "nodes", ami=Ami("ami-1", "1.35.0-20260714", "arm64")),
        (PODS, IMAGE, "NODE625 stop nodes.ami"),
    ),
    Findings("prefixes", EMPTY, (PODS, IMAGE), PREFIXES),
    Findings(
        "prefixes on a type that has none",
        changed(EMPTY, "nodes", instance_type=replace(M5_LARGE, name="m4.large", hypervisor="xen")),
        (PODS, IMAGE, "NODE630 stop nodes.prefix_delegation"),
        PREFIXES,
    ),
    Findings(
        "prefixes in subnets of others",
        changed(STANDING, "nodes", stack=None, group=None),
        (PODS, IMAGE, "NODE631 warn nodes.prefix_delegation"),
        (*PREFIXES, *USED_VPC),
    ),
    Findings(
        "prefixes in subnets of others that keep a part for them",
        changed(STANDING, "nodes", stack=None, group=None, reserved=RESERVED),
        (PODS, IMAGE),
        (*PREFIXES, *USED_VPC),
    ),
    Findings(
        "prefixes in subnets of others, of which one keeps a part for them",
        changed(STANDING, "nodes", stack=None, group=None, reserved=RESERVED[:1]),
        (PODS, IMAGE, "NODE631 warn nodes.prefix_delegation"),
        (*PREFIXES, *USED_VPC),
    ),
    Findings(
        "what subnets of others keep can't be looked at",
        changed(STANDING, "nodes", stack=None, group=None, reserved=HIDDEN),
        (PODS, IMAGE, "NODE631 warn nodes.prefix_delegation", "NODE690 unknown nodes"),
        (*PREFIXES, *USED_VPC),
    ),
    Findings(
        "prefixes in an add-on that is configured in YAML",
        cni(FINISHED, "env: {WARM_IP_TARGET: '1'}"),
        (PODS, "NODE632 stop nodes.prefix_delegation"),
        PREFIXES,
    ),
    Findings(
        "prefixes without the add-on",
        EMPTY,
        (PODS, IMAGE, "NODE632 stop nodes.prefix_delegation"),
        (*PREFIXES, "cluster.addons=[kube-proxy, coredns]"),
    ),
    # Each node takes 33 addresses, and two /24 hold 502.
    Findings(
        "prefixes take more addresses",
        EMPTY,
        (PODS, "NODE606 warn nodes.max", IMAGE),
        (*PREFIXES, "nodes.max=16"),
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
        "prefixes are switched on in the add-on, and nodes come after",
        changed(STANDING, "nodes", group=None),
        ("nodes.prefixes modify eks.UpdateAddon", f"{GROUP_MADE} < nodes.prefixes"),
        (*MANAGED, *PREFIXES),
    ),
    Plans(
        "prefixes are on",
        cni(STANDING, '{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}'),
        (),
        (*MANAGED, *PREFIXES),
    ),
    Plans(
        "CoreDNS waits for the node group",
        changed(changed(STANDING, "nodes", group=None), "cluster", add_ons=ADD_ONS[:2]),
        (GROUP_MADE, "nodes.addon.coredns create eks.CreateAddon < nodes.group"),
        MANAGED,
    ),
)
