"""Plans the cluster, its administrators, and the add-ons that may stand before there are nodes."""

from collections.abc import Iterator
from typing import Any, TypeGuard

from wizard.answer_types import Create
from wizard.facts import AddOn, Cluster, Facts, State, Unknown, known
from wizard.network import CLUSTER, CLUSTER_ROLE, Network, has_place
from wizard.plan import CHANGE_TAG, CLUSTER_TAG, Call, Change, Wait, making_way, refs, tags
from wizard.profile import Profile
from wizard.steps.role import trust
from wizard.steps.role.answers import cluster_policies
from wizard.steps.role.plan import EKS, policy_change
from wizard.steps.vpc.plan import DNS_HOSTNAMES, DNS_SUPPORT

# They run on every node and are healthy with none. Every other add-on waits for nodes (terraform-aws-eks issue 3001).
BEFORE_NODES = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent", "eks-node-monitoring-agent")
GONE = "cluster.gone"
AUTHENTICATION = "cluster.authentication"
BOTH = "API_AND_CONFIG_MAP"
ADMIN_POLICY = "cluster-access-policy/AmazonEKSClusterAdminPolicy"


def plan(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    """The cluster where it is not there, what is under way, admins and the first add-ons."""
    if not has_place(profile, facts):
        return
    name = profile.cluster.name
    cluster = facts.cluster.cluster
    ours = f"cluster.tags.\"{CLUSTER_TAG}\"=='{name}' && cluster.tags.\"{CHANGE_TAG}\"=='{CLUSTER}'"
    there = Wait(
        Call("eks", "DescribeCluster", {"name": name}),
        # One that is under way already may be anybody's.
        "[cluster.arn]"
        if known(cluster) and cluster.state is State.UNDER_WAY
        else f"({ours}) && [cluster.arn] || `[]`",
        ready="cluster.status=='ACTIVE'",
        failed="cluster.status=='FAILED'",
        usual=600,
        limit=2400,
        reasons="cluster.health.issues[].join(': ', [code, message])",
    )
    after = _before(profile, facts)
    if is_replaced(cluster, profile):
        yield _gone(name, cluster.state)
        after = (*after, GONE)
    if not known(cluster) or is_replaced(cluster, profile):
        yield Change(CLUSTER, "cluster", "create", _create(profile, network), there, after)
    elif cluster.state is State.UNDER_WAY:
        yield Change(CLUSTER, "cluster", "wait", None, there)
    elif takes_entries_only_later(cluster):
        yield _authentication(profile)
    yield from _admins(profile, facts, network)
    for add_on in profile.cluster.addons:
        if add_on in BEFORE_NODES:
            yield from add_on_change(profile, facts, network, "cluster", add_on)


def made_by(profile: Profile, cluster: Cluster) -> bool:
    """Whether the cluster carries both tags by which this profile's is known."""
    return (cluster.tags.get(CLUSTER_TAG), cluster.tags.get(CHANGE_TAG)) == (profile.cluster.name, CLUSTER)


def is_replaced(cluster: Cluster | Unknown | None, profile: Profile) -> TypeGuard[Cluster]:
    """Whether it is a cluster of ours that failed or is being deleted: another one is made in its place."""
    return known(cluster) and made_by(profile, cluster) and cluster.state in (State.FAILED, State.DELETING)


def makes_way(add_on: AddOn) -> bool:
    """Whether another add-on is made in the place of this one: it is being deleted, or it is ours and failed."""
    return add_on.state is State.DELETING or (add_on.state is State.FAILED and add_on.ours)


def _gone(name: str, state: State) -> Change:
    read = Call("eks", "DescribeCluster", {"name": name})
    wait = Wait(read, "[cluster.name]", usual=300, limit=2400, evidence=(read,), gone=True)
    return making_way(GONE, "cluster", Call("eks", "DeleteCluster", {"name": name}), wait, failed=state is State.FAILED)


def takes_entries_only_later(cluster: Cluster | Unknown | None) -> bool:
    """Whether the plan changes the cluster's authentication mode: from the aws-auth ConfigMap alone to both.

    EKS goes only from CONFIG_MAP to API_AND_CONFIG_MAP and on to API, and never back (EKS user guide, access entries).
    """
    return known(cluster) and cluster.state is State.USABLE and cluster.authentication == "CONFIG_MAP"


def _authentication(profile: Profile) -> Change:
    name = profile.cluster.name
    return Change(
        AUTHENTICATION,
        "cluster",
        "modify",
        Call("eks", "UpdateClusterConfig", {"name": name, "accessConfig": {"authenticationMode": BOTH}}),
        Wait(
            Call("eks", "DescribeCluster", {"name": name}),
            f"[cluster][?accessConfig.authenticationMode=='{BOTH}'].arn",
            ready="cluster.status=='ACTIVE'",
            usual=60,
            limit=900,
        ),
    )


def on_cluster(facts: Facts, network: Network) -> tuple[str, ...]:
    """The changes that have to finish before anything is made on the cluster: none where it is as it is to be."""
    changing = (AUTHENTICATION,) if takes_entries_only_later(facts.cluster.cluster) else ()
    return (*{ref.change for ref in refs(network.cluster.endpoint)}, *changing)


def add_on_change(
    profile: Profile, facts: Facts, network: Network, step: str, add_on: str, after: tuple[str, ...] = ()
) -> Iterator[Change]:
    """The change that makes an add-on, and before it the one by which another makes way; none where it is.

    Waited for is only that it exists: CoreDNS becomes ACTIVE with the first Ready node, and whether nodes become Ready
    is verified after the build, with the reasons why not.
    """
    name = profile.cluster.name
    change = f"{step}.addon.{add_on}"
    add_ons = facts.cluster.add_ons if known(facts.cluster.add_ons) else ()
    seen = next((one for one in add_ons if one.name == add_on), None)
    named = {"clusterName": name, "addonName": add_on}
    read = Call("eks", "DescribeAddon", named)
    there = Wait(
        read,
        "[addon.addonArn]",
        failed="addon.status=='CREATE_FAILED'",
        reasons="addon.health.issues[].join(': ', [code, message])",
    )
    if seen and makes_way(seen):
        gone = Wait(read, "[addon.addonName]", usual=30, limit=900, evidence=(read,), gone=True)
        delete = Call("eks", "DeleteAddon", named)
        yield making_way(f"{change}.gone", step, delete, gone, failed=seen.state is State.FAILED)
        after = (*after, f"{change}.gone")
    if seen is None or makes_way(seen):
        action = Call(
            "eks",
            "CreateAddon",
            {
                "clusterName": name,
                "addonName": add_on,
                "tags": tags(name, change, profile.tags),
            },
        )
        yield Change(change, step, "create", action, there, (*on_cluster(facts, network), *after))


def _before(profile: Profile, facts: Facts) -> tuple[str, ...]:
    role = facts.role.cluster
    attached = role.policies if known(role) and known(role.policies) else ()
    told = isinstance(profile.role.cluster, Create) or (known(role) and known(role.policies))
    policies = tuple(
        policy_change(CLUSTER_ROLE, policy)
        for policy in cluster_policies(profile.role, facts.account.partition)
        if told and policy not in attached
    )
    trusted = tuple(change.id for change in trust.plan(CLUSTER_ROLE, role, EKS)) if known(role) else ()
    vpc = facts.vpc.vpc
    dns = () if known(vpc) and vpc.dns_support is True else (DNS_SUPPORT,)
    hostnames = () if known(vpc) and vpc.dns_hostnames is True else (DNS_HOSTNAMES,)
    return (*trusted, *policies, *dns, *hostnames)


def _create(profile: Profile, network: Network) -> Call:
    answers = profile.cluster
    params: dict[str, Any] = {
        "name": answers.name,
        "roleArn": network.cluster_role,
        "resourcesVpcConfig": {
            "subnetIds": [subnet.id for subnet in network.subnets],
            "securityGroupIds": [network.control_plane_group],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": str(answers.service_cidr)},
        "accessConfig": {
            "authenticationMode": answers.authentication,
            "bootstrapClusterCreatorAdminPermissions": True,
        },
        # The add-ons are made as EKS add-ons, in an order of ours.
        "bootstrapSelfManagedAddons": False,
        "upgradePolicy": {"supportType": answers.support},
        "deletionProtection": answers.deletion_protection,
        "tags": tags(answers.name, CLUSTER, profile.tags),
    }
    if network.cluster.version:
        params["version"] = network.cluster.version
    if answers.logs:
        params["logging"] = {"clusterLogging": [{"types": list(answers.logs), "enabled": True}]}
    return Call("eks", "CreateCluster", params)


def _admins(profile: Profile, facts: Facts, network: Network) -> Iterator[Change]:
    name = profile.cluster.name
    entries = facts.cluster.access_entries if known(facts.cluster.access_entries) else ()
    seen = {entry.principal: entry for entry in entries}
    policy = f"arn:{facts.account.partition}:eks::aws:{ADMIN_POLICY}"
    for admin in profile.cluster.admins:
        change = f"cluster.admin.{admin}"
        if admin not in seen:
            yield Change(
                change,
                "cluster",
                "create",
                Call(
                    "eks",
                    "CreateAccessEntry",
                    {
                        "clusterName": name,
                        "principalArn": admin,
                        "type": "STANDARD",
                        "tags": tags(name, change, profile.tags),
                    },
                ),
                Wait(
                    Call("eks", "DescribeAccessEntry", {"clusterName": name, "principalArn": admin}),
                    "[accessEntry.accessEntryArn]",
                ),
                after=on_cluster(facts, network),
            )
        if admin not in seen or policy not in seen[admin].policies:
            yield Change(
                f"{change}.policy",
                "cluster",
                "create",
                Call(
                    "eks",
                    "AssociateAccessPolicy",
                    {
                        "clusterName": name,
                        "principalArn": admin,
                        "policyArn": policy,
                        "accessScope": {"type": "cluster"},
                    },
                ),
                Wait(
                    Call("eks", "ListAssociatedAccessPolicies", {"clusterName": name, "principalArn": admin}),
                    f"associatedAccessPolicies[?policyArn=='{policy}'].policyArn",
                ),
                after=() if admin in seen else (change,),
            )
