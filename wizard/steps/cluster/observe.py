"""Reads the Kubernetes versions on offer, the cluster, its access entries and its add-ons."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from wizard.doors import Doors, together
from wizard.facts import AccessEntry, AddOn, Cluster, ClusterFacts, ClusterVersion, Facts, State, Unknown, known
from wizard.plan import CHANGE_TAG, CLUSTER_TAG
from wizard.profile import Profile
from wizard.steps.role.answers import node_role_arn

STATES = {
    "CREATING": State.UNDER_WAY,
    "PENDING": State.UNDER_WAY,
    "UPDATING": State.USABLE,
    "ACTIVE": State.USABLE,
    "DELETING": State.DELETING,
    "FAILED": State.FAILED,
}
ADD_ON_STATES = {
    "CREATING": State.UNDER_WAY,
    "CREATE_FAILED": State.FAILED,
    "DELETE_FAILED": State.FAILED,
    "DELETING": State.DELETING,
}


def observe(doors: Doors, profile: Profile, seen: Facts) -> ClusterFacts:
    """The cluster's facts; entries and add-ons only of a cluster that is there."""
    name = profile.cluster.name
    versions, answer, *there = together(
        partial(cluster_versions, doors),
        partial(doors.cloud.see, "eks", "DescribeCluster", name=name),
        *(partial(_exists, doors, admin, seen.account.id) for admin in profile.cluster.admins),
    )
    admins = dict(zip(profile.cluster.admins, there, strict=True))
    if isinstance(answer, Unknown):
        return ClusterFacts(versions, answer, admins=admins)
    cluster = cluster_of(answer["cluster"]) if answer else None
    if cluster is None or cluster.state is not State.USABLE:
        return ClusterFacts(versions, cluster, admins=admins)
    # An entry outlives its role: it is looked for where that is still to be made, too.
    node = seen.role.node
    named = node_role_arn(profile.role, seen.account.partition, seen.account.id)
    principals = [*profile.cluster.admins, node.arn if known(node) else named]
    if cluster.authentication == "CONFIG_MAP":
        # EKS refuses to speak of access entries in that mode, and there are none.
        principals = []
    entries, add_ons = together(
        lambda: together(*(partial(access_entry, doors, name, principal) for principal in principals)),
        lambda: together(*(partial(add_on_of, doors, name, add_on) for add_on in profile.cluster.addons)),
    )
    return ClusterFacts(versions, cluster, told(entries), told(add_ons), admins)


def _exists(doors: Doors, principal: str, account: str) -> bool | Unknown:
    _, _, _, _, owner, resource = principal.split(":", 5)
    kind, name = resource.split("/", 1)[0], resource.rsplit("/", 1)[1]
    if owner != account:
        return Unknown("iam:Get" + kind.capitalize(), f"it belongs to account {owner}")
    if kind == "role":
        answer = doors.cloud.see("iam", "GetRole", RoleName=name)
    else:
        answer = doors.cloud.see("iam", "GetUser", UserName=name)
    if isinstance(answer, Unknown):
        return answer
    # An entry takes the ARN with the path; a role of the same name under another path is another one.
    return answer is not None and answer[kind.capitalize()]["Arn"] == principal


def told(things: list[Any]) -> Any:
    """The things that are there; what AWS refused to tell of one of them in place of all."""
    refused = next((thing for thing in things if isinstance(thing, Unknown)), None)
    return refused or tuple(thing for thing in things if thing is not None)


def cluster_versions(doors: Doors) -> tuple[ClusterVersion, ...] | Unknown:
    answer = doors.cloud.see("eks", "DescribeClusterVersions")
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        ClusterVersion(
            version=version["clusterVersion"],
            status=version.get("versionStatus") or version.get("status", ""),
            default=bool(version.get("defaultVersion")),
            end_of_standard_support=_day(version.get("endOfStandardSupportDate")),
            end_of_extended_support=_day(version.get("endOfExtendedSupportDate")),
        )
        for version in (answer or {}).get("clusterVersions", [])
    )


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else None


def cluster_of(cluster: Mapping[str, Any]) -> Cluster:
    """A cluster as DescribeCluster gives it."""
    vpc = cluster.get("resourcesVpcConfig", {})
    logs = [
        kind
        for setup in cluster.get("logging", {}).get("clusterLogging", [])
        if setup.get("enabled")
        for kind in setup.get("types", [])
    ]
    return Cluster(
        name=cluster["name"],
        arn=cluster["arn"],
        status=cluster["status"],
        state=STATES.get(cluster["status"], State.USABLE),
        version=cluster.get("version", ""),
        role=cluster.get("roleArn", ""),
        vpc_id=vpc.get("vpcId", ""),
        subnets=tuple(vpc.get("subnetIds", [])),
        groups=tuple(vpc.get("securityGroupIds", [])),
        security_group=vpc.get("clusterSecurityGroupId"),
        endpoint=cluster.get("endpoint"),
        certificate_authority=cluster.get("certificateAuthority", {}).get("data"),
        service_cidr=cluster.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr"),
        public_access=bool(vpc.get("endpointPublicAccess")),
        private_access=bool(vpc.get("endpointPrivateAccess")),
        authentication=cluster.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP"),
        support=cluster.get("upgradePolicy", {}).get("supportType", ""),
        deletion_protection=bool(cluster.get("deletionProtection")),
        logs=tuple(logs),
        health=tuple(
            f"{issue.get('code')}: {issue.get('message')}" for issue in cluster.get("health", {}).get("issues", [])
        ),
        tags=cluster.get("tags", {}),
        ipv6=cluster.get("kubernetesNetworkConfig", {}).get("ipFamily") == "ipv6",
        auto_mode=bool(cluster.get("computeConfig", {}).get("enabled")),
    )


def access_entry(doors: Doors, cluster: str, principal: str) -> AccessEntry | Unknown | None:
    """The access entry of a principal; None where it has none."""
    entry, associated = together(
        partial(doors.cloud.see, "eks", "DescribeAccessEntry", clusterName=cluster, principalArn=principal),
        partial(doors.cloud.see, "eks", "ListAssociatedAccessPolicies", clusterName=cluster, principalArn=principal),
    )
    if entry is None or isinstance(entry, Unknown):
        return entry
    if isinstance(associated, Unknown):
        return associated
    policies = (associated or {}).get("associatedAccessPolicies", [])
    tags = entry["accessEntry"].get("tags", {})
    return AccessEntry(
        principal=entry["accessEntry"]["principalArn"],
        kind=entry["accessEntry"]["type"],
        policies=tuple(policy["policyArn"] for policy in policies),
        created_at=entry["accessEntry"].get("createdAt"),
        ours=tags.get(CLUSTER_TAG) == cluster and CHANGE_TAG in tags,
        username=entry["accessEntry"].get("username", ""),
        groups=tuple(entry["accessEntry"].get("kubernetesGroups", [])),
    )


def add_on_of(doors: Doors, cluster: str, name: str) -> AddOn | Unknown | None:
    """An add-on of a cluster; None where it has none of that name."""
    answer = doors.cloud.see("eks", "DescribeAddon", clusterName=cluster, addonName=name)
    if answer is None or isinstance(answer, Unknown):
        return answer
    add_on = answer["addon"]
    tags = add_on.get("tags", {})
    return AddOn(
        name=add_on["addonName"],
        version=add_on.get("addonVersion", ""),
        status=add_on["status"],
        state=ADD_ON_STATES.get(add_on["status"], State.USABLE),
        configuration=str(add_on.get("configurationValues") or ""),
        ours=tags.get(CLUSTER_TAG) == cluster and tags.get(CHANGE_TAG, "").endswith(f".addon.{name}"),
        issues=tuple(
            f"{issue.get('code')}: {issue.get('message')}" for issue in add_on.get("health", {}).get("issues", [])
        ),
        role=add_on.get("serviceAccountRoleArn", "") or ",".join(add_on.get("podIdentityAssociations", [])),
    )
