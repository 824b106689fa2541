"""Reads a cluster that stands, whoever made it, and all that decides whether its nodes join."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from wizard.doors import Doors, together
from wizard.facts import (
    AccountFacts,
    Cluster,
    ClusterFacts,
    EndpointFacts,
    Facts,
    KubeconfigFacts,
    Launch,
    LaunchFacts,
    MappedRole,
    PrefixList,
    SecurityGroup,
    State,
    Unknown,
    VpcFacts,
    known,
)
from wizard.kube_ladder import KubeError
from wizard.standing import aws_auth
from wizard.standing.launches import launches
from wizard.standing.roles import role_named
from wizard.steps.cluster.observe import access_entry, add_on_of, cluster_of, cluster_versions, told
from wizard.steps.ec2 import security_groups
from wizard.steps.endpoints.observe import endpoints_of, hosted_zones
from wizard.steps.kubeconfig.look_for_cause import look_for_cause
from wizard.steps.prefix_lists import of_gateways
from wizard.steps.vpc.observe import read as read_vpc

T = TypeVar("T")


def observe(doors: Doors, name: str, account: AccountFacts) -> Facts:
    """The facts of the cluster of this name and of what is around it. Only reads.

    What comes first is the cluster; where it can't be read, or stands in no VPC yet, nothing else is asked. Raises
    CloudError where AWS could not be asked at all.
    """
    answer = doors.cloud.see("eks", "DescribeCluster", name=name)
    if answer is None or isinstance(answer, Unknown):
        return Facts(account, cluster=ClusterFacts(cluster=answer))
    cluster = cluster_of(answer["cluster"])
    if cluster.state is not State.USABLE or not cluster.vpc_id:
        return Facts(account, cluster=ClusterFacts(cluster=cluster))
    if doors.cloud.access.practice:
        # There the endpoint is on this machine, and AWS's name of it is to be had from the id.
        issuer = answer["cluster"].get("identity", {}).get("oidc", {}).get("issuer", "")
        cluster = replace(cluster, dns_name=f"{issuer.rpartition('/')[2]}.gr7.{account.region}.eks.amazonaws.com")
    vpc, endpoints, zones, started, versions, add_ons, kubernetes = together(
        partial(_vpc, doors, cluster.vpc_id),
        partial(endpoints_of, doors, cluster.vpc_id, account.region),
        partial(hosted_zones, doors, cluster.vpc_id, account.region),
        partial(launches, doors, cluster, account),
        partial(cluster_versions, doors),
        partial(_add_ons, doors, name),
        partial(_kubernetes, doors, cluster, account.arn),
    )
    carried = _carried(cluster, endpoints, started)
    entries, (plugin, plugin_role), groups = together(
        partial(_entries, doors, cluster, started),
        partial(_network_plugin, doors, add_ons, kubernetes.network_plugin),
        partial(_groups, doors, [one for ids in carried for one in ids]),
    )
    lists = _prefix_lists(doors, () if isinstance(groups, Unknown) else groups)
    of_cluster, of_endpoints, of_nodes = (_chosen(groups, ids) for ids in carried)
    return Facts(
        account,
        vpc=replace(vpc, prefix_lists=lists),
        endpoints=EndpointFacts(endpoints=endpoints, groups=of_endpoints, hosted_zones=zones),
        cluster=ClusterFacts(
            versions,
            cluster,
            entries,
            add_ons,
            groups=of_cluster,
            aws_auth=kubernetes.aws_auth,
            network_plugin=plugin,
            network_plugin_role=plugin_role,
        ),
        kubeconfig=kubernetes.kubeconfig,
        launches=LaunchFacts(started, of_nodes, () if started else _fargate(doors, name)),
    )


def _fargate(doors: Doors, cluster: str) -> tuple[str, ...] | Unknown:
    answer = doors.cloud.see("eks", "ListFargateProfiles", clusterName=cluster)
    return answer if isinstance(answer, Unknown) else tuple((answer or {}).get("fargateProfileNames", []))


def _vpc(doors: Doors, vpc: str) -> VpcFacts:
    answer = doors.cloud.see("ec2", "DescribeVpcs", VpcIds=[vpc])
    if isinstance(answer, Unknown):
        return VpcFacts(vpc=answer, subnets=answer, route_tables=answer, network_acls=answer)
    found = (answer or {}).get("Vpcs", [])
    return read_vpc(doors, found[0], acls=True) if found else VpcFacts()


def _add_ons(doors: Doors, cluster: str) -> Any:
    answer = doors.cloud.see("eks", "ListAddons", clusterName=cluster)
    if isinstance(answer, Unknown):
        return answer
    return told(together(*(partial(add_on_of, doors, cluster, name) for name in (answer or {}).get("addons", []))))


def _entries(doors: Doors, cluster: Cluster, started: tuple[Launch, ...] | Unknown) -> Any:
    """The access entries of the nodes' roles."""
    if cluster.authentication == "CONFIG_MAP" or isinstance(started, Unknown):
        return () if cluster.authentication == "CONFIG_MAP" else started
    roles = dict.fromkeys(one.role.arn for one in started if known(one.role))
    return told(together(*(partial(access_entry, doors, cluster.name, role) for role in roles)))


@dataclass(frozen=True)
class _Kubernetes:
    """What Kubernetes tells: its nodes, whom aws-auth maps, and whether a DaemonSet is the network plugin."""

    kubeconfig: KubeconfigFacts
    aws_auth: tuple[MappedRole, ...] | Unknown
    network_plugin: bool | Unknown


def _kubernetes(doors: Doors, cluster: Cluster, identity: str) -> _Kubernetes:
    kube = doors.kube(cluster)
    try:
        nodes = kube.nodes()
    except KubeError as error:
        hidden = Unknown("", error.why.detail)
        unreached = look_for_cause(doors, cluster, identity, kube, error.why)
        return _Kubernetes(KubeconfigFacts("", nodes=hidden, unreached=unreached), hidden, hidden)
    return _Kubernetes(
        KubeconfigFacts("", nodes=nodes),
        _or_unknown(lambda: aws_auth.roles(kube.config_map("kube-system", "aws-auth"))),
        _or_unknown(lambda: kube.has_daemon_set("kube-system", "aws-node")),
    )


def _or_unknown(ask: Callable[[], T]) -> T | Unknown:
    try:
        return ask()
    except KubeError as error:
        return Unknown("", error.why.detail)


def _network_plugin(doors: Doors, add_ons: Any, by_daemon_set: bool | Unknown) -> tuple[Any, Any]:
    """Whether nodes get a network plugin, and the role of its own that it has; None where it uses the nodes'."""
    add_on = next((one for one in add_ons if one.name == "vpc-cni"), None) if known(add_ons) else None
    if add_on is None:
        return (add_ons if isinstance(add_ons, Unknown) and by_daemon_set is not True else by_daemon_set), None
    # The associations of Pod Identity are no roles: what they lead to is not read.
    own = role_named(doors, add_on.role.rpartition("/")[2]) if ":role/" in add_on.role else None
    return True, own


def _carried(cluster: Cluster, endpoints: Any, started: Any) -> tuple[list[str], list[str], list[str]]:
    """The ids of the security groups on the cluster's interfaces, on the endpoints', and on nodes."""
    own = [*((cluster.security_group,) if cluster.security_group else ()), *cluster.groups]
    at_endpoints = [] if isinstance(endpoints, Unknown) else [group for one in endpoints for group in one.groups]
    listed = () if isinstance(started, Unknown) else started
    at_nodes = [group for one in listed if known(one.groups) for group in one.groups]
    return own, at_endpoints, at_nodes


def _groups(doors: Doors, ids: Iterable[str]) -> tuple[SecurityGroup, ...] | Unknown:
    wanted = sorted(set(ids))
    return security_groups(doors, [{"Name": "group-id", "Values": wanted}]) if wanted else ()


def _chosen(groups: tuple[SecurityGroup, ...] | Unknown, ids: list[str]) -> tuple[SecurityGroup, ...] | Unknown:
    return groups if isinstance(groups, Unknown) else tuple(one for one in groups if one.id in ids)


def _prefix_lists(doors: Doors, groups: tuple[SecurityGroup, ...]) -> tuple[PrefixList, ...] | Unknown:
    """AWS's own lists; unknown where those of others that a rule names are not told."""
    entries = (rule.entries for group in groups for rule in group.rules)
    hidden = next((told for told in entries if isinstance(told, Unknown)), None)
    return hidden or of_gateways(doors)
