"""The security group step: the control plane's own group, and 443 from the premises."""

from dataclasses import replace

import pytest
from article_facts import CONTROL_PLANE_GROUP, EMPTY, FINISHED, HIDDEN, changed, group
from step_cases import USED_VPC, Findings, Plans, call_of, changes, checked, shown, wait_of

from wizard.facts import Facts, Rule
from wizard.plan import Ref

USED = ("security_group.use=sg-00000000000000002",)
TWO_SITES = ("site.on_premises_cidrs=[10.0.0.0/16, 192.168.0.0/24]",)


def rules(*found: Rule) -> Facts:
    """The finished build with other rules in the group."""
    return changed(FINISHED, "security_group", group=replace(CONTROL_PLANE_GROUP, rules=found))


OK = "SG403 ok security_group"
EVERYTHING = CONTROL_PLANE_GROUP.rules[-1]
OUT = CONTROL_PLANE_GROUP.rules[1]

CHECKS = (
    Findings("nothing there", EMPTY, ()),
    Findings("all there", FINISHED, (OK,)),
    Findings("a group that is not there", EMPTY, ("SG401 stop security_group.use",), USED),
    Findings("a group of the company's", FINISHED, (OK,), USED),
    Findings(
        "a group of another VPC",
        changed(FINISHED, "security_group", group=replace(CONTROL_PLANE_GROUP, vpc_id="vpc-9")),
        ("SG401 stop security_group.use", OK),
        USED,
    ),
    Findings(
        "a group of EKS",
        changed(FINISHED, "security_group", group=replace(CONTROL_PLANE_GROUP, name="eks-cluster-sg-x-1")),
        ("SG402 stop security_group.use", OK),
        USED,
    ),
    Findings(
        "a group that something else uses",
        changed(FINISHED, "security_group", used_by=("eni-1 (RDSNetworkInterface)",)),
        (OK, "SG405 stop security_group.use"),
        USED,
    ),
    Findings(
        "what uses the group can't be looked at",
        changed(FINISHED, "security_group", used_by=HIDDEN),
        (OK, "SG490 unknown security_group.use"),
        USED,
    ),
    Findings(
        "a group that lets nothing out",
        rules(CONTROL_PLANE_GROUP.rules[0]),
        (OK, "SG406 stop security_group.use"),
        USED,
    ),
    Findings(
        "a group that lets out to a list of the company's with the nodes",
        rules(CONTROL_PLANE_GROUP.rules[0], replace(OUT, source="pl-1", entries=("10.110.0.0/16",))),
        (OK,),
        USED,
    ),
    Findings(
        "a group that lets out to a list which can't be seen",
        rules(CONTROL_PLANE_GROUP.rules[0], replace(OUT, source="pl-1", entries=HIDDEN)),
        (OK, "SG490 unknown security_group.use"),
        USED,
    ),
    Findings(
        "a name that EKS keeps for itself",
        EMPTY,
        ("SG402 stop security_group.create",),
        ("security_group.create=eks-cluster-sg-mine",),
    ),
    Findings("one of two sites is admitted", FINISHED, (), TWO_SITES),
    Findings(
        "both sites are admitted",
        changed(FINISHED, "security_group", group=group(2, "x", "security_group", "10.0.0.0/16", "192.168.0.0/24")),
        (OK,),
        TWO_SITES,
    ),
    Findings("no rule", rules(EVERYTHING), ()),
    Findings("another port", rules(Rule("sgr-1", False, "tcp", (80, 80), "10.0.0.0/16")), ()),
    Findings("outwards only", rules(Rule("sgr-1", True, "tcp", (443, 443), "10.0.0.0/16")), ()),
    Findings("another protocol", rules(Rule("sgr-1", False, "udp", (443, 443), "10.0.0.0/16")), ()),
    Findings(
        "two groups with our tags",
        changed(EMPTY, "security_group", twins=("sg-1", "sg-2")),
        ("SG404 stop security_group",),
    ),
    Findings(
        "the group can't be looked at",
        changed(EMPTY, "security_group", group=HIDDEN),
        ("SG490 unknown security_group",),
    ),
)

RULE = "security_group.https.10.0.0.0/16 create ec2.AuthorizeSecurityGroupIngress"
MADE = ("security_group create ec2.CreateSecurityGroup < vpc", f"{RULE} < security_group")

PLANS = (
    Plans("nothing there", EMPTY, MADE),
    Plans("all there", FINISHED, ()),
    Plans("a group that is not there", EMPTY, (), USED),
    Plans("a group of the company's", rules(EVERYTHING), (RULE,), USED),
    Plans(
        "a group of the company's that admits more",
        rules(EVERYTHING, Rule("sgr-1", False, "tcp", (0, 65535), "10.0.0.0/8")),
        (),
        USED,
    ),
    Plans("a VPC of the company's", FINISHED, (), USED_VPC),
    Plans(
        "the VPC is there", changed(FINISHED, "security_group", group=None), (MADE[0].removesuffix(" < vpc"), MADE[1])
    ),
    Plans("no rule", rules(EVERYTHING), (RULE,)),
    Plans("another protocol", rules(Rule("sgr-1", False, "udp", (443, 443), "10.0.0.0/16")), (RULE,)),
    Plans(
        "a site more",
        FINISHED,
        ("security_group.https.192.168.0.0/24 create ec2.AuthorizeSecurityGroupIngress",),
        TWO_SITES,
    ),
    Plans(
        "two sites",
        EMPTY,
        (*MADE, "security_group.https.192.168.0.0/24 create ec2.AuthorizeSecurityGroupIngress < security_group"),
        TWO_SITES,
    ),
    Plans(
        "a rule that nobody asks for is left alone",
        rules(*CONTROL_PLANE_GROUP.rules, Rule("s", False, "-1", None, "sg-1")),
        (),
    ),
)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_check(case: Findings) -> None:
    assert checked("security_group", case) == case.found


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_plan(case: Plans) -> None:
    assert shown(changes("security_group", case)) == case.changes


def test_a_rule_admits_443_from_one_network_and_carries_our_tags() -> None:
    case = Plans("", EMPTY, (), ("tags.Department=network",))
    group_id = Ref("security_group", "SecurityGroups[0].GroupId")
    assert call_of("security_group", "security_group.https.10.0.0.0/16", case).params == {
        "GroupId": group_id,
        "IpPermissions": [
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        ],
        "TagSpecifications": [
            {
                "ResourceType": "security-group-rule",
                "Tags": [
                    {"Key": "Department", "Value": "network"},
                    {"Key": "eks-wizard:cluster", "Value": "eksCluster"},
                    {"Key": "eks-wizard:change", "Value": "security_group.https.10.0.0.0/16"},
                ],
            }
        ],
    }
    read = wait_of("security_group", "security_group.https.10.0.0.0/16", case).read
    assert read.params == {"Filters": [{"Name": "group-id", "Values": [group_id]}]}


def test_nothing_takes_a_groups_own_egress_away() -> None:
    case = Plans("", EMPTY, ())
    operations = {call_of("security_group", change.id, case).operation for change in changes("security_group", case)}
    assert operations == {"CreateSecurityGroup", "AuthorizeSecurityGroupIngress"}
