"""What can be picked for each question: what was read and the answers so far -> values, cells and reasons."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from wizard import live_choices, words
from wizard.answers import step_of
from wizard.facts import ClusterVersion, Unknown, Zone
from wizard.steps.account.choices import AccountChoices
from wizard.steps.cluster.choices import ClusterChoices, SeenAddOn, SeenUser
from wizard.steps.endpoints.choices import EndpointChoices, SeenService
from wizard.steps.nodes.choices import NodeChoices, SeenAlias, SeenKeyPair, SeenType
from wizard.steps.role.choices import RoleChoices, SeenPolicy, SeenRole
from wizard.steps.security_group.choices import GroupChoices, SeenGroup
from wizard.steps.vpc.choices import SeenSubnet, SeenTransitGateway, SeenVpc, SeenVpnGateway, VpcChoices

HIDDEN = Unknown("ec2:DescribeVpcs", "You are not authorized to perform this operation.")
# As a tag may hold it.
EVIL = "\x1b[31mred{0.__class__}[bold]\n"
OURS = {"eks-wizard:cluster": "one"}


@dataclass(frozen=True)
class Case:
    """``shown``: each choice as ``value | cell | cell``, with the key of why it can't be chosen behind ``!``."""

    name: str
    path: str
    observed: Any
    shown: tuple[str, ...] | Unknown | None
    answers: dict[str, str] = field(default_factory=dict)


def arn(resource: str) -> str:
    return f"arn:aws:iam::123456789012:{resource}"


CLUSTER_ROLE = SeenRole(arn("role/c"), "c", "/", ("eks.amazonaws.com",))
NODE_ROLE = SeenRole(arn("role/x/n"), "n", "/x/", ("ec2.amazonaws.com", "ssm.amazonaws.com"))
BOTH = RoleChoices((CLUSTER_ROLE, NODE_ROLE))

ROLES = (
    Case(
        "the cluster's",
        "role.cluster.use",
        BOTH,
        (
            f"{CLUSTER_ROLE.arn} | c | / | eks.amazonaws.com",
            f"{NODE_ROLE.arn} | n | /x/ | ec2.amazonaws.com, ssm.amazonaws.com ! not_trusting",
        ),
    ),
    Case(
        "the nodes'; what can be picked goes first",
        "role.node.use",
        BOTH,
        (
            f"{NODE_ROLE.arn} | n | /x/ | ec2.amazonaws.com, ssm.amazonaws.com",
            f"{CLUSTER_ROLE.arn} | c | / | eks.amazonaws.com ! not_trusting",
        ),
    ),
    Case("no roles", "role.node.use", RoleChoices(), ()),
    Case("roles not told", "role.node.use", RoleChoices(HIDDEN), HIDDEN),
    Case("roles not told", "role.cluster.use", RoleChoices(HIDDEN), HIDDEN),
    Case(
        "boundaries: the most used first",
        "role.permissions_boundary",
        RoleChoices((), (SeenPolicy(arn("policy/a"), "a"), SeenPolicy(arn("policy/b"), "b", 7))),
        (f"{arn('policy/b')} | b | 7", f"{arn('policy/a')} | a | 0"),
    ),
    Case("no boundaries", "role.permissions_boundary", RoleChoices(), ()),
    Case("boundaries not told", "role.permissions_boundary", RoleChoices((), HIDDEN), HIDDEN),
)

ZONES = (
    Zone("us-east-1a", "use1-az1"),
    Zone("us-east-1b", "use1-az3"),
    Zone("us-east-1-bos-1a", "use1-bos1-az1", "local-zone"),
)
SUBNET = SeenSubnet("subnet-1", "vpc-1", "web", "us-east-1a", "use1-az1", "10.0.0.0/24", 200)
SHOWN_SUBNET = "subnet-1 | web | us-east-1a | use1-az1 | 10.0.0.0/24 | 200"
IN_VPC = {"vpc": "use", "vpc.use.id": "vpc-1"}


def subnets(*found: SeenSubnet, of: str = "", zones: Any = ZONES) -> VpcChoices:
    return VpcChoices(subnets=found, zones=zones, subnets_of=of)


VPCS = (
    Case(
        "named ones first",
        "vpc.use.id",
        VpcChoices((SeenVpc("vpc-2", "", ("10.2.0.0/16",), default=True), SeenVpc("vpc-3", "b", ("10.0.0.0/16", "y")))),
        ("vpc-3 | b | 10.0.0.0/16, y | ", "vpc-2 |  | 10.2.0.0/16 | default"),
    ),
    Case(
        "one under way",
        "vpc.use.id",
        VpcChoices((SeenVpc("vpc-1", "a", ("10.0.0.0/16",), "pending"),)),
        ("vpc-1 | a | 10.0.0.0/16 |  ! not_ready",),
    ),
    Case(
        "a name of someone's", "vpc.use.id", VpcChoices((SeenVpc("vpc-1", EVIL, ("x",)),)), (f"vpc-1 | {EVIL} | x | ",)
    ),
    Case("no VPCs", "vpc.use.id", VpcChoices(), ()),
    Case("VPCs not told", "vpc.use.id", VpcChoices(HIDDEN), HIDDEN),
    Case(
        "of the VPC that is named",
        "vpc.use.subnets",
        subnets(SUBNET, replace(SUBNET, id="subnet-2", vpc_id="vpc-2")),
        (SHOWN_SUBNET,),
        IN_VPC,
    ),
    Case(
        "of all VPCs, by zone and name",
        "vpc.use.subnets",
        subnets(replace(SUBNET, id="subnet-9", zone="us-east-1c"), replace(SUBNET, id="subnet-2", name=""), SUBNET),
        (
            SHOWN_SUBNET,
            "subnet-2 |  | us-east-1a | use1-az1 | 10.0.0.0/24 | 200",
            "subnet-9 | web | us-east-1c | use1-az1 | 10.0.0.0/24 | 200",
        ),
    ),
    Case("read for this VPC", "vpc.use.subnets", subnets(SUBNET, of="vpc-1"), (SHOWN_SUBNET,), IN_VPC),
    Case("read for another VPC", "vpc.use.subnets", subnets(SUBNET, of="vpc-2"), None, IN_VPC),
    Case("a VPC without subnets", "vpc.use.subnets", subnets(of="vpc-1"), (), IN_VPC),
    Case(
        "a barred zone",
        "vpc.use.subnets",
        subnets(replace(SUBNET, zone="us-east-1b", zone_id="use1-az3")),
        ("subnet-1 | web | us-east-1b | use1-az3 | 10.0.0.0/24 | 200 ! barred_zone",),
    ),
    Case(
        "a local zone",
        "vpc.use.subnets",
        subnets(replace(SUBNET, zone="us-east-1-bos-1a", zone_id="use1-bos1-az1")),
        ("subnet-1 | web | us-east-1-bos-1a | use1-bos1-az1 | 10.0.0.0/24 | 200 ! zone_kind",),
    ),
    Case("five free addresses", "vpc.use.subnets", subnets(replace(SUBNET, free_addresses=5)),
         (SHOWN_SUBNET.replace("200", "5") + " ! few_addresses",)),
    Case("six free addresses", "vpc.use.subnets", subnets(replace(SUBNET, free_addresses=6)),
         (SHOWN_SUBNET.replace("200", "6"),)),
    Case("IPv6 only", "vpc.use.subnets", subnets(replace(SUBNET, cidr="", free_addresses=0)),
         ("subnet-1 | web | us-east-1a | use1-az1 |  | 0 ! no_ipv4",)),
    Case("on an Outpost", "vpc.use.subnets", subnets(replace(SUBNET, on_outpost=True)),
         (SHOWN_SUBNET + " ! on_outpost",)),
    Case("under way", "vpc.use.subnets", subnets(replace(SUBNET, state="pending")), (SHOWN_SUBNET + " ! not_ready",)),
    Case("zones not told", "vpc.use.subnets", subnets(SUBNET, zones=HIDDEN), (SHOWN_SUBNET,)),
    Case("subnets not told", "vpc.use.subnets", VpcChoices(subnets=HIDDEN), HIDDEN),
    Case(
        "zones",
        "vpc.create.subnets.zone",
        VpcChoices(zones=ZONES),
        (
            "us-east-1a | use1-az1 | availability-zone",
            "us-east-1-bos-1a | use1-bos1-az1 | local-zone ! zone_kind",
            "us-east-1b | use1-az3 | availability-zone ! barred_zone",
        ),
    ),
    Case("no zones", "vpc.create.subnets.zone", VpcChoices(), ()),
    Case("no zones told", "vpc.create.subnets.zone", VpcChoices(zones=HIDDEN), HIDDEN),
)  # fmt: skip

NEW = "create | a new one |  | "
FREE = SeenVpnGateway("vgw-1", "hq")
TAKEN = SeenVpnGateway("vgw-2", "", vpc="vpc-1")
TO_NEW, TO_USED = "vpc.create.connect.vpn_gateway", "vpc.use.connect.vpn_gateway"


def gateways(*found: SeenVpnGateway, vpcs: Any = ()) -> VpcChoices:
    return VpcChoices(vpcs, vpn_gateways=found)


GATEWAYS = (
    Case("none but a new one", TO_NEW, gateways(), (NEW,)),
    Case(
        "one of another VPC",
        TO_NEW,
        gateways(TAKEN, FREE),
        (NEW, "vgw-1 | hq | available | ", "vgw-2 |  | available | vpc-1 ! attached_elsewhere"),
    ),
    Case(
        "going and gone",
        TO_NEW,
        gateways(replace(FREE, state="deleting"), replace(TAKEN, state="deleted")),
        (NEW, "vgw-1 | hq | deleting |  ! not_ready"),
    ),
    Case("coming", TO_NEW, gateways(replace(FREE, state="pending")), (NEW, "vgw-1 | hq | pending | ")),
    Case(
        "a new VPC that a broken-off build has made",
        TO_NEW,
        gateways(replace(TAKEN, tags=OURS), FREE, vpcs=(SeenVpc("vpc-1", "", (), tags=OURS),)),
        (NEW, "vgw-2 |  | available | vpc-1", "vgw-1 | hq | available |  ! vpc_has_gateway"),
        {"cluster.name": "one"},
    ),
    Case("gateways not told", TO_NEW, VpcChoices(vpn_gateways=HIDDEN), HIDDEN),
    Case("gateways not told", TO_USED, VpcChoices(vpn_gateways=HIDDEN), HIDDEN),
    Case(
        "the used VPC has one: it is the only way",
        TO_USED,
        gateways(FREE, TAKEN),
        (
            "vgw-2 |  | available | vpc-1",
            NEW + " ! vpc_has_gateway",
            "vgw-1 | hq | available |  ! vpc_has_gateway",
        ),
        IN_VPC,
    ),
    Case(
        "the used VPC has none",
        TO_USED,
        gateways(FREE, TAKEN),
        (NEW, "vgw-1 | hq | available | ", "vgw-2 |  | available | vpc-1 ! attached_elsewhere"),
        {"vpc.use.id": "vpc-2"},
    ),
    Case(
        "a new one that a broken-off build has made and attached",
        TO_USED,
        gateways(replace(TAKEN, tags=OURS)),
        (NEW, "vgw-2 |  | available | vpc-1"),
        {**IN_VPC, "cluster.name": "one"},
    ),
    Case(
        "transit gateways, all but those that are gone",
        "vpc.create.connect.transit_gateway",
        VpcChoices(
            transit_gateways=(
                SeenTransitGateway("tgw-1", "hub", "111111111111"),
                SeenTransitGateway("tgw-2", "old", "111111111111", "deleted"),
                SeenTransitGateway("tgw-3", "a", "111111111111", "deleting"),
            )
        ),
        ("tgw-1 | hub | available | 111111111111", "tgw-3 | a | deleting | 111111111111 ! not_ready"),
    ),
    Case("no transit gateways", "vpc.use.connect.transit_gateway", VpcChoices(), ()),
    Case("not told", "vpc.create.connect.transit_gateway", VpcChoices(transit_gateways=HIDDEN), HIDDEN),
    Case("not told", "vpc.use.connect.transit_gateway", VpcChoices(transit_gateways=HIDDEN), HIDDEN),
)

GROUPS = (SeenGroup("sg-1", "web", "vpc-1", "for the web"), SeenGroup("sg-2", "default", "vpc-1"))
OF_EKS = SeenGroup("sg-3", "eks-cluster-sg-one-1", "vpc-2")
SHOWN_GROUPS = ("sg-1 | web | for the web | vpc-1", "sg-2 | default |  | vpc-1 ! default_group")


def both(name: str, seen: GroupChoices, shown: Any, answers: dict[str, str]) -> tuple[Case, Case]:
    """The same case for both questions that take a security group."""
    return (
        Case(f"{name}: control plane", "security_group.use", seen, shown, answers),
        Case(f"{name}: endpoints", "endpoints.security_group.use", EndpointChoices((), seen), shown, answers),
    )


SECURITY_GROUPS = (
    *both("of the VPC", GroupChoices(GROUPS, "vpc-1"), SHOWN_GROUPS, IN_VPC),
    *both("read for all VPCs", GroupChoices((*GROUPS, OF_EKS)), SHOWN_GROUPS, IN_VPC),
    *both("one of EKS's", GroupChoices((OF_EKS,)), ("sg-3 | eks-cluster-sg-one-1 |  | vpc-2 ! group_of_eks",), {}),
    *both("a new VPC has none", GroupChoices(GROUPS), (), {**IN_VPC, "vpc": "create"}),
    *both("read for a new VPC", GroupChoices((), "create"), None, IN_VPC),
    *both("read for another VPC", GroupChoices(GROUPS, "vpc-2"), None, IN_VPC),
    *both("not told", GroupChoices(HIDDEN, "vpc-1"), HIDDEN, IN_VPC),
)

ENDPOINTS = (
    Case(
        "what nodes need first, then by name",
        "endpoints.services",
        EndpointChoices(
            (
                SeenService("acm", ("Interface",), ("a", "b", "c")),
                SeenService("s3", ("Gateway", "Interface"), ("a", "b")),
                SeenService("ec2", ("Interface",), ("a",)),
            )
        ),
        (
            "ec2 | Interface | 1 | nodes learn their name; pods get addresses",
            "s3 | Gateway, Interface | 2 | layers of the images",
            "acm | Interface | 3 | ",
        ),
    ),
    Case("none", "endpoints.services", EndpointChoices(), ()),
    Case("not told", "endpoints.services", EndpointChoices(HIDDEN), HIDDEN),
)

OLD = ClusterVersion("1.9", "UNSUPPORTED", False, date(2020, 1, 1), date(2021, 1, 1))
DEFAULT = ClusterVersion("1.35", "STANDARD_SUPPORT", True, date(2027, 3, 27), date(2028, 3, 27))
NEXT = ClusterVersion("1.36", "STANDARD_SUPPORT", False, None, None)
ADD_ONS = (SeenAddOn("vpc-cni", "networking", "aws", "v1"), SeenAddOn("coredns", "networking", "aws", "v2"))
SHOWN_ADD_ONS = ("coredns | networking | v2 | aws", "vpc-cni | networking | v1 | aws")
ON_CALL = SeenUser(arn("user/on-call"), "on-call", "/")

CLUSTER = (
    Case(
        "versions, the newest first",
        "cluster.version",
        ClusterChoices((OLD, DEFAULT, NEXT)),
        (
            "1.36 | STANDARD_SUPPORT |  |  | ",
            "1.35 | STANDARD_SUPPORT | 2027-03-27 | 2028-03-27 | default",
            "1.9 | UNSUPPORTED | 2020-01-01 | 2021-01-01 |  ! unsupported_version",
        ),
    ),
    Case("no versions", "cluster.version", ClusterChoices(), ()),
    Case("versions not told", "cluster.version", ClusterChoices(HIDDEN), HIDDEN),
    Case(
        "roles, then users",
        "cluster.admins",
        ClusterChoices(roles=(NODE_ROLE,), users=(ON_CALL,)),
        (f"{NODE_ROLE.arn} | role | n | /x/", f"{ON_CALL.arn} | user | on-call | /"),
    ),
    Case(
        "the nodes' role is no administrator",
        "cluster.admins",
        ClusterChoices(roles=(NODE_ROLE,)),
        (f"{NODE_ROLE.arn} | role | n | /x/ ! node_role",),
        {"role.node": "use", "role.node.use": NODE_ROLE.arn},
    ),
    Case("roles not told", "cluster.admins", ClusterChoices(roles=HIDDEN, users=(ON_CALL,)), HIDDEN),
    Case("users not told", "cluster.admins", ClusterChoices(roles=(NODE_ROLE,), users=HIDDEN), HIDDEN),
    Case(
        "add-ons of the default version",
        "cluster.addons",
        ClusterChoices((NEXT, DEFAULT), add_ons=ADD_ONS, add_ons_for="1.35"),
        SHOWN_ADD_ONS,
    ),
    Case(
        "add-ons of another version than was read",
        "cluster.addons",
        ClusterChoices((NEXT, DEFAULT), add_ons=ADD_ONS, add_ons_for="1.35"),
        None,
        {"cluster.version": "1.36"},
    ),
    Case(
        "add-ons of the version that was answered",
        "cluster.addons",
        ClusterChoices(HIDDEN, add_ons=ADD_ONS, add_ons_for="1.36"),
        SHOWN_ADD_ONS,
        {"cluster.version": "1.36"},
    ),
    Case("no version, no add-ons", "cluster.addons", ClusterChoices(HIDDEN, add_ons=HIDDEN), HIDDEN),
)

M5 = SeenType("m5.large", 2, 8192, ("x86_64",), 29)
M5_XLARGE = SeenType("m5.12xlarge", 48, 196608, ("x86_64",), 234)
SHOWN_M5 = "m5.large | 2 | 8 | x86_64 | 29"
ROWS = {"vpc": "create", "vpc.create.subnets": "ap-northeast-1a 10.0.0.0/24\nap-northeast-1c 10.0.1.0/24"}
OFFERED = {"m5.large": frozenset(("ap-northeast-1a", "ap-northeast-1d"))}


def types(*found: SeenType, offered: Any = HIDDEN, **more: Any) -> NodeChoices:
    return NodeChoices(found, offered, **more)


TYPES = (
    Case(
        "the usual families first, then current ones, each from small to great",
        "nodes.instance_type",
        types(
            SeenType("m1.xlarge", 4, 15360, ("x86_64",), 58, current=False),
            M5_XLARGE,
            SeenType("t3.small", 2, 2048, ("x86_64",), 11),
            SeenType("c7g.large", 2, 4096, ("arm64",), 29),
            SeenType("m5.metal", 96, 393216, ("x86_64",), 737),
            M5,
        ),
        (
            SHOWN_M5,
            "m5.12xlarge | 48 | 192 | x86_64 | 234",
            "m5.metal | 96 | 384 | x86_64 | 737",
            "t3.small | 2 | 2 | x86_64 | 11",
            "c7g.large | 2 | 4 | arm64 | 29",
            "m1.xlarge | 4 | 15 | x86_64 | 58",
        ),
    ),
    Case(
        "an architecture without an image",
        "nodes.instance_type",
        types(SeenType("mac1.metal", 12, 32768, ("x86_64_mac",), 234)),
        ("mac1.metal | 12 | 32 | x86_64_mac | 234 ! architecture",),
    ),
    Case(
        "two architectures, one of which will do",
        "nodes.instance_type",
        types(SeenType("m3.large", 2, 7680, ("i386", "x86_64"), 28)),
        ("m3.large | 2 | 7.5 | x86_64 | 28",),
    ),
    Case(
        "too few pods",
        "nodes.instance_type",
        types(SeenType("t3.nano", 2, 512, ("x86_64",), 4)),
        ("t3.nano | 2 | 0.5 | x86_64 | 4 ! few_pods",),
    ),
    Case(
        "not in one of the zones",
        "nodes.instance_type",
        types(M5, offered=OFFERED),
        (SHOWN_M5 + " ! not_in_zones",),
        ROWS,
    ),
    Case(
        "rows as YAML",
        "nodes.instance_type",
        types(M5, offered=OFFERED),
        (SHOWN_M5 + " ! not_in_zones",),
        {"vpc": "create", "vpc.create.subnets": "[{zone: ap-northeast-1c, cidr: 10.0.0.0/24}]"},
    ),
    Case(
        "in all zones",
        "nodes.instance_type",
        types(M5, offered={"m5.large": frozenset(("ap-northeast-1a", "ap-northeast-1c"))}),
        (SHOWN_M5,),
        ROWS,
    ),
    Case("zones not told", "nodes.instance_type", types(M5), (SHOWN_M5,), ROWS),
    Case("no zones named", "nodes.instance_type", types(M5, offered={}), (SHOWN_M5,)),
    Case(
        "not in the zone of a subnet that is used, whatever the rows say",
        "nodes.instance_type",
        types(M5, offered=OFFERED, subnets={"subnet-1": "ap-northeast-1c"}),
        (SHOWN_M5 + " ! not_in_zones",),
        {"vpc": "use", "vpc.use.subnets": "subnet-1, subnet-2", "vpc.create.subnets": "ap-northeast-1a 10.0.0.0/24"},
    ),
    Case("subnets not told", "nodes.instance_type", types(M5, offered=OFFERED, subnets=HIDDEN), (SHOWN_M5,),
         {"vpc": "use", "vpc.use.subnets": "subnet-1"}),
    Case("no types", "nodes.instance_type", NodeChoices(), ()),
    Case("types not told", "nodes.instance_type", NodeChoices(HIDDEN), HIDDEN),
)  # fmt: skip

KMS = "arn:aws:kms:ap-northeast-1:123456789012:"
KEYS = (
    Case(
        "key pairs by name",
        "nodes.key_pair",
        NodeChoices(key_pairs=(SeenKeyPair("b", "rsa"), SeenKeyPair("a (old)", "rsa"), SeenKeyPair("A", "ed25519"))),
        ("A | ed25519", "b | rsa", "a (old) | rsa ! key_pair_name"),
    ),
    Case("no key pairs", "nodes.key_pair", NodeChoices(), ()),
    Case("key pairs not told", "nodes.key_pair", NodeChoices(key_pairs=HIDDEN), HIDDEN),
    Case(
        "keys of the account's before those of AWS's services",
        "nodes.volume_kms_key",
        NodeChoices(
            aliases=(
                SeenAlias(f"{KMS}alias/aws/ebs", "alias/aws/ebs", ""),
                SeenAlias(f"{KMS}alias/aws/s3", "alias/aws/s3", "k-2"),
                SeenAlias(f"{KMS}alias/nodes", "alias/nodes", "k-1"),
            )
        ),
        (
            f"{KMS}alias/nodes | alias/nodes | k-1",
            f"{KMS}alias/aws/ebs | alias/aws/ebs | ",
            f"{KMS}alias/aws/s3 | alias/aws/s3 | k-2 ! key_of_aws",
        ),
    ),
    Case("no keys", "nodes.volume_kms_key", NodeChoices(), ()),
    Case("keys not told", "nodes.volume_kms_key", NodeChoices(aliases=HIDDEN), HIDDEN),
)

REGIONS = (
    Case("regions", "account.region", AccountChoices(("eu-west-1", "us-east-1")), ("eu-west-1", "us-east-1")),
    Case("regions not told", "account.region", AccountChoices(HIDDEN), HIDDEN),
)

NOTHING = tuple(
    Case("nothing to pick from", path, observed, None)
    for path, observed in (
        ("account.id", AccountChoices(("eu-west-1",))),
        ("role.cluster.create", BOTH),
        ("vpc.create.cidr", VpcChoices()),
        ("nodes.ami", NodeChoices()),
        ("kubeconfig.context", None),
        ("vpc.use.id", None),
    )
)

CASES = (*REGIONS, *ROLES, *VPCS, *GATEWAYS, *SECURITY_GROUPS, *ENDPOINTS, *CLUSTER, *TYPES, *KEYS, *NOTHING)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path}: {case.name}")
def test_choices(case: Case) -> None:
    found = live_choices.choices(step_of(case.path), case.path, case.observed, case.answers)
    if isinstance(found, tuple):
        lines = tuple(
            " | ".join((one.value, *one.about)) + (f" ! {one.why_not.key}" if one.why_not else "") for one in found
        )
        assert lines == case.shown
        for one in found:
            assert len(one.about) == len(words.headings(case.path))
            if one.why_not:
                assert "<" not in words.why_not(one.why_not)
    else:
        assert found == case.shown


def test_every_question_is_told_and_not_told_in_some_case() -> None:
    paths = {path for step in live_choices.STEPS.values() for path in step.CHOICES}
    for shown in (tuple, Unknown):
        assert {case.path for case in CASES if isinstance(case.shown, shown)} == paths
