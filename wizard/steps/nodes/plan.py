"""Plans the nodes' access entry, their stack, the managed node group, and the add-ons that need nodes."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network, ip_network

from wizard.answer_types import Create
from wizard.facts import Facts, State, is_replaced, known
from wizard.network import NODE_GROUP, STACK, Id, Network, has_place
from wizard.node_template import node_template, parameters_of
from wizard.plan import CHANGE_TAG, CLUSTER_TAG, Call, Change, Wait, canonical, making_way, tag_list, tags
from wizard.profile import Profile
from wizard.steps.cluster import plan as cluster_plan
from wizard.steps.cluster.plan import BEFORE_NODES, add_on_change
from wizard.steps.endpoints import plan as endpoints_plan
from wizard.steps.nodes import entry as entries
from wizard.steps.nodes import managed, prefixes
from wizard.steps.nodes.observe import stack_name
from wizard.steps.role import plan as role_plan
from wizard.steps.security_group import plan as security_group_plan
from wizard.steps.vpc import plan as vpc_plan

GONE = "nodes.stack.gone"


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """The access entry, the stack, the node group and the add-ons that are not there."""
    if not has_place(profile, facts):
        return
    # EKS itself lets the nodes of a node group in.
    entry = tuple(entries.plan(profile, facts, network)) if profile.nodes.kind == "stack" else ()
    yield from entry
    switched = tuple(prefixes.plan(profile, facts))
    yield from switched
    ready = tuple(change.id for change in (*entry, *switched))
    earlier = _before(profile, facts, network)
    yield from _stack(profile, facts, network, after=(*ready, *earlier))
    standing = known(facts.nodes.stack) and facts.nodes.stack.state is State.USABLE
    after: tuple[str, ...] = () if standing else (STACK,)
    if profile.nodes.kind == "managed":
        group = tuple(managed.plan(profile, facts, network, (*ready, *earlier)))
        yield from group
        after = tuple(change.id for change in group if change.id == NODE_GROUP)
    for add_on in profile.cluster.addons:
        if add_on not in BEFORE_NODES:
            yield from add_on_change(profile, facts, network, "nodes", add_on, after)


def template(profile: Profile, on_premises_cidrs: Iterable[IPv4Network]) -> str:
    """The template of the nodes' stack, with rules for these networks of the premises."""
    nodes = profile.nodes
    return node_template(
        on_premises_cidrs=[str(cidr) for cidr in on_premises_cidrs],
        ssh=nodes.key_pair is not None,
        tags=tags(profile.cluster.name, STACK, profile.tags),
        kind=nodes.kind,
        os=nodes.os,
        own_image=nodes.ami is not None,
        max_pods=nodes.prefix_delegation and (nodes.kind == "stack" or nodes.ami is not None),
    )


def stack_parameters(profile: Profile, facts: Facts, network: Network) -> Mapping[str, Id]:
    """The parameters of the nodes' template; what only the running plan will know is a Ref."""
    nodes = profile.nodes
    proxy = profile.site.proxy
    role = profile.role.node
    parameters: dict[str, Id] = {
        "ClusterName": profile.cluster.name,
        "ApiServerEndpoint": network.cluster.endpoint,
        "CertificateAuthorityData": network.cluster.certificate_authority,
        "ServiceCidr": network.cluster.service_cidr,
        "ClusterDnsIp": str(ip_network(network.cluster.service_cidr)[10]),  # where EKS puts the cluster's DNS
        "ClusterSecurityGroup": network.cluster.group,
        "ControlPlaneSecurityGroup": network.control_plane_group,
        "NodeRoleName": role.create if isinstance(role, Create) else role.use.rsplit("/", 1)[1],
        "VpcId": network.vpc,
        "Subnets": network.cluster.subnets,
        "ImageId": facts.nodes.ami.id if known(facts.nodes.ami) else nodes.ami or "",
        "InstanceType": nodes.instance_type,
        "DesiredSize": str(nodes.desired),
        "MinSize": str(nodes.min),
        "MaxSize": str(nodes.max),
        "VolumeSize": str(nodes.volume_size),
        "VolumeKmsKey": nodes.volume_kms_key or "",
        "KeyName": nodes.key_pair or "",
        "HttpProxy": proxy.url if proxy else "",
        "NoProxy": ",".join(network.no_proxy) if proxy else "",
        "MaxPods": str(prefixes.pods_of(profile, facts.nodes.instance_type))
        if known(facts.nodes.instance_type)
        else "110",
    }
    # Made of all that people wrote into the user data: none of it can hold the boundary, and equal plans are equal.
    written = [parameters[name] for name in ("ClusterName", "ServiceCidr", "HttpProxy", "NoProxy")]
    parameters["MimeBoundary"] = hashlib.sha256(canonical(written).encode()).hexdigest()[:32]
    declared = parameters_of(template(profile, ()))
    return {name: value for name, value in parameters.items() if name in declared}


def _stack(profile: Profile, facts: Facts, network: Network, after: tuple[str, ...]) -> Iterator[Change]:
    cluster = profile.cluster.name
    stack = facts.nodes.stack
    name = stack_name(cluster)
    ours = f"Tags[?Key=='{CLUSTER_TAG}' && Value=='{cluster}'] && Tags[?Key=='{CHANGE_TAG}' && Value=='{STACK}']"
    complete = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    failed = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "ROLLBACK_IN_PROGRESS", "DELETE_FAILED")
    there = Wait(
        Call("cloudformation", "DescribeStacks", {"StackName": name}),
        f"Stacks[?StackStatus!='DELETE_COMPLETE' && {ours}].StackId",
        ready=f"contains(`{canonical(complete)}`, Stacks[0].StackStatus)",
        failed=f"contains(`{canonical(failed)}`, Stacks[0].StackStatus)",
        usual=180,
        limit=1800,
        evidence=(Call("cloudformation", "DescribeStackEvents", {"StackName": name}),),
        reasons="evidence[].StackEvents[] | [?ends_with(ResourceStatus, 'FAILED')]"
        ".join(' ', [LogicalResourceId, ResourceStatus, not_null(ResourceStatusReason, '')])",
    )
    if is_replaced(stack):
        gone = replace(there, ready=None, failed=None, reasons=None, gone=True)
        delete = Call("cloudformation", "DeleteStack", {"StackName": name})
        yield making_way(GONE, "nodes", delete, gone, failed=stack.state is State.FAILED)
        after = (*after, GONE)
    if not known(stack) or is_replaced(stack):
        yield Change(
            STACK,
            "nodes",
            "create",
            Call(
                "cloudformation",
                "CreateStack",
                {
                    "StackName": name,
                    "TemplateBody": template(profile, profile.site.on_premises_cidrs),
                    "Parameters": [
                        {"ParameterKey": key, "ParameterValue": value}
                        for key, value in stack_parameters(profile, facts, network).items()
                    ],
                    "Capabilities": ["CAPABILITY_IAM"],
                    # CloudFormation, unlike the others, takes no tag without a value.
                    "Tags": tag_list({k: v for k, v in tags(cluster, STACK, profile.tags).items() if v}),
                },
            ),
            there,
            after=after,
        )
    elif stack.state is State.UNDER_WAY:
        yield Change(STACK, "nodes", "wait", None, there)


def _before(profile: Profile, facts: Facts, network: Network) -> tuple[str, ...]:
    """Whatever the steps before still have to do: a node that boots earlier only waits, or gives up."""
    earlier = (role_plan.plan, vpc_plan.plan, endpoints_plan.plan, security_group_plan.plan, cluster_plan.plan)
    return tuple(change.id for step in earlier for change in step(profile, facts, network))
