"""The cluster step: its version, what stands against the profile, administrators and add-ons."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from article_facts import (
    ADD_ONS,
    ADMIN,
    ADMIN_POLICY,
    CLUSTER,
    CONTROL_PLANE_GROUP,
    EMPTY,
    FINISHED,
    HIDDEN,
    NODE_ROLE_ARN,
    SUBNETS,
    VERSIONS,
    VPC,
    changed,
    ours,
)
from jmespath import search
from step_cases import USED_VPC, Findings, Plans, call_of, changes, checked, shown, verified, wait_of

from wizard.facts import AccessEntry, AddOn, Facts, State
from wizard.plan import Ref

ADMINS = (f"cluster.admins=[{ADMIN}]",)
NODE_ENTRY = AccessEntry(NODE_ROLE_ARN, "EC2_LINUX", ())


def cluster(**fields: Any) -> Facts:
    """The finished build with the cluster otherwise."""
    return changed(FINISHED, "cluster", cluster=replace(CLUSTER, **fields))


def add_ons(*found: AddOn) -> Facts:
    """The finished build with these add-ons."""
    return changed(FINISHED, "cluster", add_ons=found)


def on(day: date) -> Facts:
    """An empty account on another day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return replace(EMPTY, account=replace(EMPTY.account, at=at))


OK = "CLU505 ok cluster.version"

CHECKS = (
    Findings("nothing there", EMPTY, (OK,)),
    Findings("all there", FINISHED, (OK,)),
    Findings(
        "versions can't be looked at, and none is named",
        changed(EMPTY, "cluster", versions=HIDDEN),
        ("CLU501 stop cluster.version", "CLU590 unknown cluster"),
    ),
    Findings(
        "versions can't be looked at, and one is named",
        changed(EMPTY, "cluster", versions=HIDDEN),
        ("CLU590 unknown cluster",),
        ("cluster.version=1.35",),
    ),
    Findings(
        "versions can't be looked at, and the cluster is there",
        changed(FINISHED, "cluster", versions=HIDDEN),
        ("CLU590 unknown cluster",),
    ),
    Findings("a version that is gone", EMPTY, ("CLU502 stop cluster.version",), ("cluster.version=1.29",)),
    Findings(
        "no version is the default",
        changed(EMPTY, "cluster", versions=VERSIONS[:1]),
        ("CLU502 stop cluster.version",),
    ),
    Findings(
        "extended support costs, and is not agreed to",
        EMPTY,
        ("CLU503 stop cluster.version", "CLU506 note cluster.version"),
        ("cluster.version=1.33",),
    ),
    Findings(
        "extended support costs, and is agreed to",
        EMPTY,
        ("CLU503 warn cluster.version", "CLU506 note cluster.version"),
        ("cluster.version=1.33", "cluster.support=EXTENDED"),
    ),
    Findings(
        "standard support ends soon",
        EMPTY,
        ("CLU504 note cluster.version", "CLU506 note cluster.version"),
        ("cluster.version=1.34",),
    ),
    Findings("sixty days before the end", on(date(2027, 1, 26)), (OK,)),
    Findings("fifty-nine days before the end", on(date(2027, 1, 27)), ("CLU504 note cluster.version",)),
    Findings("newer than the default", EMPTY, (OK,), ("cluster.version=1.36",)),
    Findings(
        "an older version, by number and not by spelling",
        changed(EMPTY, "cluster", versions=(replace(VERSIONS[0], version="1.9"), replace(VERSIONS[1], version="1.10"))),
        (OK,),
    ),
    Findings("somebody else's cluster, where the profile wants it", cluster(tags={}), (OK, "CLU519 note cluster.name")),
    Findings(
        "another profile's cluster, where this one wants it",
        cluster(tags={**ours("cluster"), "eks-wizard:cluster": "other"}),
        (OK, "CLU519 note cluster.name"),
    ),
    Findings(
        "somebody else's cluster in another VPC",
        cluster(tags={}, vpc_id="vpc-9"),
        (OK, "CLU507 stop cluster.name"),
    ),
    Findings(
        "somebody else's cluster in other subnets",
        cluster(tags={}, subnets=("subnet-8", "subnet-9")),
        (OK, "CLU507 stop cluster.name"),
    ),
    Findings(
        "somebody else's cluster that is public, too",
        cluster(tags={}, public_access=True),
        (OK, "CLU507 stop cluster.name"),
    ),
    Findings(
        "somebody else's cluster in another security group",
        cluster(tags={}, groups=("sg-9",)),
        (OK, "CLU507 stop cluster.name"),
    ),
    Findings(
        "a cluster that knows the aws-auth ConfigMap only",
        cluster(tags={}, authentication="CONFIG_MAP"),
        (OK, "CLU519 note cluster.name", "CLU520 warn cluster.authentication"),
    ),
    Findings(
        "the cluster failed",
        cluster(status="FAILED", state=State.FAILED, health=("InsufficientFreeAddresses: none",)),
        (OK, "CLU521 note cluster.name"),
    ),
    Findings(
        "the cluster is being deleted",
        cluster(status="DELETING", state=State.DELETING),
        (OK, "CLU521 note cluster.name"),
    ),
    Findings(
        "somebody else's cluster failed",
        cluster(tags={}, status="FAILED", state=State.FAILED),
        (OK, "CLU508 stop cluster.name"),
    ),
    Findings(
        "a cluster failed that carries only one of our tags",
        cluster(tags={"eks-wizard:cluster": "eksCluster"}, status="FAILED", state=State.FAILED),
        (OK, "CLU508 stop cluster.name"),
    ),
    Findings("the cluster is under way", cluster(status="CREATING", state=State.UNDER_WAY, endpoint=None), (OK,)),
    *(
        Findings(f"another {field}", cluster(**{field: there}), (OK, f"CLU509 warn cluster.{field}"))
        for field, there in (
            ("service_cidr", "10.100.0.0/16"),
            ("authentication", "API"),
            ("support", "EXTENDED"),
            ("deletion_protection", True),
            ("logs", ("audit",)),
        )
    ),
    Findings(
        "the cluster is older than the profile says",
        cluster(version="1.34"),
        ("CLU504 note cluster.version", "CLU506 note cluster.version", "CLU509 warn cluster.version"),
        ("cluster.version=1.35",),
    ),
    Findings(
        "the cluster is older than the default, and the profile leaves it open",
        cluster(version="1.34"),
        ("CLU504 note cluster.version", "CLU506 note cluster.version"),
    ),
    Findings(
        "the order of logs does not matter", cluster(logs=("audit", "api")), (OK,), ("cluster.logs=[api, audit]",)
    ),
    Findings("AWS does not tell the service CIDR yet", cluster(service_cidr=None), (OK,)),
    Findings("the endpoint is public too", cluster(public_access=True), (OK, "CLU510 stop cluster.name")),
    Findings("the endpoint is not private", cluster(private_access=False), (OK, "CLU510 stop cluster.name")),
    Findings("the cluster is in another VPC", cluster(vpc_id="vpc-9"), (OK, "CLU511 stop cluster.name")),
    *(
        Findings(
            f"without {one}",
            EMPTY,
            (OK, "CLU512 warn cluster.addons"),
            (f"cluster.addons=[{', '.join(name for name in ('vpc-cni', 'kube-proxy', 'coredns') if name != one)}]",),
        )
        for one in ("vpc-cni", "kube-proxy", "coredns")
    ),
    Findings(
        "an add-on could not be made",
        add_ons(replace(ADD_ONS[0], status="CREATE_FAILED", state=State.FAILED)),
        (OK, "CLU513 note cluster.addons"),
    ),
    Findings(
        "an add-on of ours could not be made",
        add_ons(replace(ADD_ONS[0], status="CREATE_FAILED", state=State.FAILED, ours=True)),
        (OK, "CLU522 note cluster.addons"),
    ),
    Findings(
        "an add-on is being deleted",
        add_ons(replace(ADD_ONS[0], status="DELETING", state=State.DELETING)),
        (OK, "CLU522 note cluster.addons"),
    ),
    Findings(
        "an add-on is ill",
        add_ons(*ADD_ONS[:2], replace(ADD_ONS[2], status="DEGRADED")),
        (OK, "CLU513 note cluster.addons"),
    ),
    Findings(
        "an administrator is not there",
        changed(EMPTY, "cluster", admins={ADMIN: False}),
        (OK, "CLU517 stop cluster.admins"),
        ADMINS,
    ),
    Findings(
        "an administrator can't be looked at",
        changed(EMPTY, "cluster", admins={ADMIN: HIDDEN}),
        (OK, "CLU518 unknown cluster.admins"),
        ADMINS,
    ),
    Findings("an administrator is there", changed(EMPTY, "cluster", admins={ADMIN: True}), (OK,), ADMINS),
    Findings(
        "the cluster can't be looked at", changed(EMPTY, "cluster", cluster=HIDDEN), (OK, "CLU590 unknown cluster")
    ),
    Findings(
        "entries and add-ons can't be looked at",
        changed(FINISHED, "cluster", access_entries=HIDDEN, add_ons=HIDDEN),
        (OK, "CLU590 unknown cluster", "CLU590 unknown cluster"),
    ),
)

ACTIVE = "CLU515 ok cluster.name"
VERIFIES = (
    Findings("all there", FINISHED, (ACTIVE,)),
    Findings("nothing there", EMPTY, ("CLU514 stop cluster.name",)),
    Findings("under way", cluster(status="CREATING", state=State.UNDER_WAY), ("CLU514 stop cluster.name",)),
    Findings("ill", cluster(health=("Ec2SubnetNotFound: gone",)), ("CLU514 stop cluster.name",)),
    Findings("it can't be looked at", changed(FINISHED, "cluster", cluster=HIDDEN), ("CLU590 unknown cluster",)),
    Findings(
        "an add-on is not ACTIVE",
        add_ons(*ADD_ONS[:2], replace(ADD_ONS[2], status="DEGRADED")),
        (ACTIVE, "CLU516 stop cluster.addons"),
    ),
    Findings(
        "add-ons can't be looked at",
        changed(FINISHED, "cluster", add_ons=HIDDEN),
        (ACTIVE, "CLU590 unknown cluster.addons"),
    ),
)

POLICIES = "role.cluster.policy.AmazonEKSClusterPolicy role.cluster.policy.AmazonEKSServicePolicy"
FIRST = (
    "cluster create eks.CreateCluster < role.cluster "
    f"{POLICIES} security_group vpc.dns-hostnames vpc.dns-support vpc.subnet.10.110.3.0/24 vpc.subnet.10.110.4.0/24"
)
CNI = "cluster.addon.vpc-cni create eks.CreateAddon"
PROXY = "cluster.addon.kube-proxy create eks.CreateAddon"
ON_IT = (f"{CNI} < cluster", f"{PROXY} < cluster")
ENTRY = f"cluster.admin.{ADMIN} create eks.CreateAccessEntry"
ASSOCIATION = f"cluster.admin.{ADMIN}.policy create eks.AssociateAccessPolicy"

NO_CLUSTER = changed(FINISHED, "cluster", cluster=None, access_entries=(), add_ons=())

FAILED = cluster(status="FAILED", state=State.FAILED)
DELETING = cluster(status="DELETING", state=State.DELETING)

PLANS = (
    Plans("nothing there", EMPTY, (FIRST, *ON_IT)),
    Plans("all there", FINISHED, ()),
    Plans("a VPC of the company's", FINISHED, (), USED_VPC),
    Plans("a group of the company's", FINISHED, (), ("security_group.use=sg-00000000000000002",)),
    Plans("a VPC that is not there", EMPTY, (), USED_VPC),
    Plans(
        "a cluster that knows the aws-auth ConfigMap only",
        changed(cluster(authentication="CONFIG_MAP"), "cluster", access_entries=()),
        (
            "cluster.authentication modify eks.UpdateClusterConfig",
            f"cluster.admin.{ADMIN} create eks.CreateAccessEntry < cluster.authentication",
            f"cluster.admin.{ADMIN}.policy create eks.AssociateAccessPolicy < cluster.admin.{ADMIN}",
        ),
        (f"cluster.admins=[{ADMIN}]",),
    ),
    Plans(
        "the cluster failed",
        changed(FAILED, "cluster", access_entries=(), add_ons=()),
        ("cluster.gone replace eks.DeleteCluster", "cluster create eks.CreateCluster < cluster.gone", *ON_IT),
    ),
    Plans(
        "the cluster is being deleted",
        changed(DELETING, "cluster", access_entries=(), add_ons=()),
        ("cluster.gone wait nothing", "cluster create eks.CreateCluster < cluster.gone", *ON_IT),
    ),
    Plans(
        "somebody else's cluster failed",
        changed(cluster(tags={}, status="FAILED", state=State.FAILED), "cluster", access_entries=(), add_ons=()),
        ON_IT,
    ),
    Plans("all is there but the cluster", NO_CLUSTER, ("cluster create eks.CreateCluster", *ON_IT)),
    Plans(
        "a role of the company's is not waited for",
        NO_CLUSTER,
        ("cluster create eks.CreateCluster", *ON_IT),
        ("role.cluster.use=arn:aws:iam::123456789012:role/eksClusterRole",),
    ),
    Plans(
        "the role lacks a policy",
        changed(
            NO_CLUSTER,
            "role",
            cluster=replace(FINISHED.role.cluster, policies=FINISHED.role.cluster.policies[1:]),  # type: ignore[union-attr, index, type-var]
        ),
        ("cluster create eks.CreateCluster < role.cluster.policy.AmazonEKSClusterPolicy", *ON_IT),
    ),
    Plans(
        "the cluster role does not trust EKS yet",
        changed(
            NO_CLUSTER,
            "role",
            cluster=replace(FINISHED.role.cluster, trusts=(), trust='{"Statement": []}'),  # type: ignore[type-var]
        ),
        ("cluster create eks.CreateCluster < role.cluster.trust", *ON_IT),
    ),
    Plans(
        "host names are off",
        changed(NO_CLUSTER, "vpc", vpc=replace(VPC, dns_hostnames=False)),
        ("cluster create eks.CreateCluster < vpc.dns-hostnames", *ON_IT),
    ),
    Plans(
        "the cluster is under way",
        changed(
            FINISHED,
            "cluster",
            cluster=replace(CLUSTER, status="CREATING", state=State.UNDER_WAY, endpoint=None),
            access_entries=(),
            add_ons=(),
        ),
        ("cluster wait nothing", *ON_IT),
    ),
    Plans("one add-on is missing", add_ons(*ADD_ONS[1:]), (CNI,)),
    Plans("CoreDNS waits for the nodes' step", add_ons(*ADD_ONS[:2]), ()),
    Plans(
        "an add-on of ours failed, another one's as well",
        add_ons(
            replace(ADD_ONS[0], status="CREATE_FAILED", state=State.FAILED, ours=True),
            replace(ADD_ONS[1], status="CREATE_FAILED", state=State.FAILED),
            ADD_ONS[2],
        ),
        ("cluster.addon.vpc-cni.gone replace eks.DeleteAddon", f"{CNI} < cluster.addon.vpc-cni.gone"),
    ),
    Plans(
        "an add-on is being deleted",
        add_ons(replace(ADD_ONS[0], status="DELETING", state=State.DELETING), *ADD_ONS[1:]),
        ("cluster.addon.vpc-cni.gone wait nothing", f"{CNI} < cluster.addon.vpc-cni.gone"),
    ),
    Plans(
        "an add-on that needs no nodes",
        FINISHED,
        ("cluster.addon.eks-pod-identity-agent create eks.CreateAddon",),
        ("cluster.addons=[vpc-cni, kube-proxy, coredns, eks-pod-identity-agent]",),
    ),
    Plans(
        "an administrator",
        EMPTY,
        (FIRST, f"{ENTRY} < cluster", f"{ASSOCIATION} < cluster.admin.{ADMIN}", *ON_IT),
        ADMINS,
    ),
    Plans(
        "an administrator more",
        FINISHED,
        (ENTRY, f"{ASSOCIATION} < cluster.admin.{ADMIN}"),
        ADMINS,
    ),
    Plans(
        "the entry is there, its policy is not",
        changed(FINISHED, "cluster", access_entries=(NODE_ENTRY, AccessEntry(ADMIN, "STANDARD", ()))),
        (ASSOCIATION,),
        ADMINS,
    ),
    Plans(
        "the administrator is there",
        changed(FINISHED, "cluster", access_entries=(NODE_ENTRY, AccessEntry(ADMIN, "STANDARD", (ADMIN_POLICY,)))),
        (),
        ADMINS,
    ),
    Plans("what differs is not changed", cluster(support="EXTENDED", logs=("api",), deletion_protection=True), ()),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("cluster", case) == tuple(sorted(case.found))


@pytest.mark.parametrize("case", VERIFIES, ids=lambda case: case.name)
def test_verify(case: Findings) -> None:
    assert verified("cluster", case) == tuple(sorted(case.found))


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_plan(case: Plans) -> None:
    assert shown(changes("cluster", case)) == case.changes


def test_the_cluster_is_private_and_all_its_choices_are_made() -> None:
    assert call_of("cluster", "cluster", Plans("", EMPTY, ())).params == {
        "name": "eksCluster",
        "version": "1.35",
        "roleArn": Ref("role.cluster", "Role.Arn"),
        "resourcesVpcConfig": {
            "subnetIds": [
                Ref("vpc.subnet.10.110.3.0/24", "Subnets[0].SubnetId"),
                Ref("vpc.subnet.10.110.4.0/24", "Subnets[0].SubnetId"),
            ],
            "securityGroupIds": [Ref("security_group", "SecurityGroups[0].GroupId")],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"},
        "accessConfig": {
            "authenticationMode": "API_AND_CONFIG_MAP",
            "bootstrapClusterCreatorAdminPermissions": True,
        },
        "bootstrapSelfManagedAddons": False,
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": False,
        "tags": ours("cluster"),
    }


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("cluster.version=1.34", "version", "1.34"),
        ("cluster.logs=[api, audit]", "logging", {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]}),
        ("cluster.support=EXTENDED", "upgradePolicy", {"supportType": "EXTENDED"}),
        ("cluster.deletion_protection=true", "deletionProtection", True),
        ("cluster.service_cidr=172.21.0.0/20", "kubernetesNetworkConfig", {"serviceIpv4Cidr": "172.21.0.0/20"}),
        (
            "cluster.authentication=API",
            "accessConfig",
            {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True},
        ),
        ("tags.Department=network", "tags", {**ours("cluster"), "Department": "network"}),
    ],
)
def test_answers_reach_the_call(setting: str, name: str, value: Any) -> None:
    assert call_of("cluster", "cluster", Plans("", EMPTY, (), (setting,))).params[name] == value


def test_a_version_that_nobody_knows_is_left_to_eks() -> None:
    hidden = changed(EMPTY, "cluster", versions=HIDDEN)
    assert "version" not in call_of("cluster", "cluster", Plans("", hidden, ())).params


def test_a_finished_network_is_named_by_its_ids() -> None:
    assert call_of("cluster", "cluster", Plans("", NO_CLUSTER, ())).params["resourcesVpcConfig"] == {
        "subnetIds": [one.id for one in SUBNETS],
        "securityGroupIds": [CONTROL_PLANE_GROUP.id],
        "endpointPublicAccess": False,
        "endpointPrivateAccess": True,
    }


def test_an_administrator_gets_the_cluster_admin_policy_of_the_partition() -> None:
    china = replace(EMPTY, account=replace(EMPTY.account, partition="aws-cn"))
    params = call_of("cluster", f"cluster.admin.{ADMIN}.policy", Plans("", china, (), ADMINS)).params
    assert params["policyArn"] == ADMIN_POLICY.replace("arn:aws:", "arn:aws-cn:")
    assert params["accessScope"] == {"type": "cluster"}


def test_an_administrators_entry_is_tagged() -> None:
    params = call_of("cluster", f"cluster.admin.{ADMIN}", Plans("", FINISHED, (), ADMINS)).params
    assert params == {
        "clusterName": "eksCluster",
        "principalArn": ADMIN,
        "type": "STANDARD",
        "tags": ours(f"cluster.admin.{ADMIN}"),
    }


@pytest.mark.parametrize(
    ("tags", "found"), [(ours("cluster"), 1), ({}, 0), ({**ours("cluster"), "eks-wizard:cluster": "x"}, 0)]
)
def test_only_a_cluster_with_our_tags_counts_as_made(tags: dict[str, str], found: int) -> None:
    items = wait_of("cluster", "cluster", Plans("", EMPTY, ())).items
    answer = {"cluster": {"arn": "arn", "status": "ACTIVE", "tags": tags}}
    assert len(search(items, answer)) == found
