"""The cluster and what runs on it: add-ons, access entries, node groups, Fargate profiles, the nodes' stack."""

from collections.abc import Iterator, Mapping
from typing import Any

from wizard.made.look import Look, Thing
from wizard.steps.ec2 import tag_map

PROTECTION = "cluster.deletion-protection"


def cluster(look: Look) -> list[Thing]:
    """Our cluster, its deletion protection, its add-ons and access entries of ours; none where it is another's."""
    found = look.see("eks", "DescribeCluster", name=look.name).get("cluster")
    if not found:
        return []
    deleting = found["status"] == "DELETING"
    thing = Thing("cluster", look.name, look.change(found.get("tags", {})), deleting=deleting)
    if not thing.change:
        look.left.append(thing)
        return []
    if deleting or found["status"] == "CREATING":
        return [thing]
    protected = [Thing("deletion protection", look.name, PROTECTION)] if found.get("deletionProtection") else []
    return [*_add_ons(look), *_entries(look, found), *protected, thing]


def _add_ons(look: Look) -> Iterator[Thing]:
    for name in look.see("eks", "ListAddons", clusterName=look.name).get("addons", []):
        add_on = look.see("eks", "DescribeAddon", clusterName=look.name, addonName=name).get("addon", {})
        if change := look.change(add_on.get("tags", {})):
            yield Thing("add-on", name, change, deleting=add_on["status"] == "DELETING")


def _entries(look: Look, found: Mapping[str, Any]) -> Iterator[Thing]:
    if found.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP") == "CONFIG_MAP":
        # EKS refuses to speak of access entries in that mode, and there are none.
        return
    for arn in look.see("eks", "ListAccessEntries", clusterName=look.name).get("accessEntries", []):
        answer = look.see("eks", "DescribeAccessEntry", clusterName=look.name, principalArn=arn)
        if change := look.change(answer.get("accessEntry", {}).get("tags", {})):
            yield Thing("access entry", arn, change)


def node_groups(look: Look) -> list[Thing]:
    """The cluster's managed node groups, whoever made them: EKS deletes no cluster that has one."""
    found: list[Thing] = []
    for name in look.see("eks", "ListNodegroups", clusterName=look.name).get("nodegroups", []):
        answer = look.see("eks", "DescribeNodegroup", clusterName=look.name, nodegroupName=name)
        if group := answer.get("nodegroup"):
            change = look.change(group.get("tags", {}))
            found.append(Thing("node group", name, change, deleting=group["status"] == "DELETING"))
    return found


def fargate_profiles(look: Look) -> list[Thing]:
    """The cluster's Fargate profiles, which the wizard never makes: the pods that they run go with them."""
    names = look.see("eks", "ListFargateProfiles", clusterName=look.name).get("fargateProfileNames", [])
    return [Thing("Fargate profile", name) for name in names]


def stack(look: Look) -> list[Thing]:
    """The stack of the nodes, where it is ours."""
    found: list[Thing] = []
    for one in look.see("cloudformation", "DescribeStacks", StackName=look.stack).get("Stacks", []):
        status = one["StackStatus"]
        if status != "DELETE_COMPLETE":
            change = look.change(tag_map(one))
            thing = Thing("stack", one["StackName"], change, deleting=status == "DELETE_IN_PROGRESS")
            (found if change else look.left).append(thing)
    return found
