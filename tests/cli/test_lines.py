"""Findings and plans as lines and as data."""

from dataclasses import replace

import pytest

from screens import lines
from wizard import words
from wizard.findings import note, offering, ok, stop, unknown, warn
from wizard.plan import Call, Change, Plan, Ref, Wait, WriteFile

SUBNET = Change(
    "vpc.subnet.10.0.0.0/24", "vpc", "create",
    Call("ec2", "CreateSubnet", {"VpcId": Ref("vpc", "Vpcs[0].VpcId"), "CidrBlock": "10.0.0.0/24"}),
    Wait(Call("ec2", "DescribeSubnets", {}), "Subnets"),
)  # fmt: skip
CLUSTER = Change("cluster", "cluster", "create", Call("eks", "CreateCluster", {"name": "blue"}),
                 Wait(Call("eks", "DescribeCluster", {"name": "blue"}), "[cluster]", usual=600))  # fmt: skip
FILE = Change("kubeconfig", "kubeconfig", "create", WriteFile("/home/x/.kube/config", {"name": Ref("cluster", "arn")}))
WAIT = Change("endpoints.ec2", "endpoints", "wait", None)
PLAN = Plan("123456789012", "ap-northeast-1", "blue", "d" * 64, (SUBNET, CLUSTER, FILE, WAIT))


def test_severity_is_a_word_and_text_of_others_is_made_safe() -> None:
    finding = stop("ACC001", "account.id", account="1\x1b[2J", wanted="2", identity="arn\u202e")
    shown = lines.finding_lines(finding)
    assert shown[0].startswith("STOP    ACC001  account.id: ")
    assert all(line.isprintable() for line in shown)
    assert "\\x1b[2J" in shown[0]
    assert any(line.startswith("        Do: ") for line in shown)


def test_what_needs_somebody_comes_first() -> None:
    found = [ok("ACC003", "a"), note("ACC006", "b"), warn("ACC004", "c"), unknown("VPC290", "d"), stop("ACC005", "e")]
    assert [finding.severity.value for finding in lines.ordered(found)] == ["stop", "unknown", "warn", "note", "ok"]


@pytest.mark.parametrize("code", words.codes())
def test_every_finding_has_a_step(code: str) -> None:
    assert lines.step_of(stop(code, "x", step="vpc")) in {
        "account", "role", "vpc", "endpoints", "security_group", "cluster", "nodes", "kubeconfig", "undo",
    }  # fmt: skip


def test_a_finding_as_data() -> None:
    data = lines.finding_data(note("ACC006", "site.proxy"))
    assert list(data) == ["type", "code", "severity", "step", "where", "says", "because", "do", "offer", "seen"]
    assert data["offer"] == {}
    assert (data["type"], data["code"], data["severity"], data["step"]) == ("finding", "ACC006", "note", "account")


def test_an_offer_as_data_and_as_options() -> None:
    subnets = "ap-northeast-1a 10.0.0.0/24\nap-northeast-1c 10.0.1.0/24"
    finding = offering(stop("VPC203", "vpc.create.subnets", zones=[]), {"vpc.create.subnets": subnets, "nodes.ami": ""})
    assert lines.finding_data(finding)["offer"] == {"vpc.create.subnets": subnets, "nodes.ami": ""}
    assert lines.finding_lines(finding)[-1] == (
        "        Set: --set 'vpc.create.subnets=[{zone: ap-northeast-1a, cidr: 10.0.0.0/24},"
        " {zone: ap-northeast-1c, cidr: 10.0.1.0/24}]' --set nodes.ami=null"
    )
    assert "Set: " not in "".join(lines.finding_lines(note("ACC006", "site.proxy")))


def test_changes_as_data() -> None:
    assert lines.change_data(SUBNET) == {
        "type": "change", "id": "vpc.subnet.10.0.0.0/24", "step": "vpc", "verb": "create", "service": "ec2",
        "operation": "CreateSubnet", "after": ["vpc"],
        "params": {"VpcId": {"ref": "vpc", "path": "Vpcs[0].VpcId"}, "CidrBlock": "10.0.0.0/24"},
    }  # fmt: skip
    assert lines.change_data(FILE)["operation"] == "WriteFile"
    assert lines.change_data(WAIT)["service"] is None


def test_a_plan_as_a_table() -> None:
    assert lines.plan_table(PLAN) == [
        "VERB    CHANGE                  WHAT                                    USUALLY",
        "create  vpc.subnet.10.0.0.0/24  ec2:CreateSubnet CidrBlock=10.0.0.0/24",
        "create  cluster                 eks:CreateCluster name=blue             10 min",
        "create  kubeconfig              writes /home/x/.kube/config",
        "wait    endpoints.ec2           waits for what is under way",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_fits_its_terminal(width: int) -> None:
    long = replace(SUBNET, id="vpc.route-table.association.10.110.3.0/24.漢字")
    assert all(len(line) <= width for line in lines.plan_table(replace(PLAN, changes=(long, CLUSTER, FILE)), width))


def test_ids_in_calls_are_whole_where_there_is_room() -> None:
    deletes = Call("ec2", "DeleteSecurityGroup", {"GroupId": "sg-0123456789abcdef0"})
    changes = (replace(SUBNET, id="role.node.policy." + "x" * 60), replace(SUBNET, action=deletes))
    assert "GroupId=sg-0123456789abcdef0" in lines.plan_table(replace(PLAN, changes=changes), 120)[2]


def test_two_changes_that_begin_alike_stay_apart() -> None:
    ids = [f"vpc.route-table.association.10.110.{number}.0/24" for number in (3, 4)]
    table = lines.plan_table(replace(PLAN, changes=tuple(replace(SUBNET, id=each) for each in ids)), 80)
    assert [each in line for each, line in zip(("10.110.3.0/24", "10.110.4.0/24"), table[1:], strict=True)] == [
        True
    ] * 2


def test_how_plans_differ() -> None:
    other = replace(CLUSTER, verb="replace")
    assert lines.difference(PLAN, replace(PLAN, changes=(other, FILE, replace(WAIT, id="endpoints.sts")))) == [
        "added    endpoints.sts",
        "removed  vpc.subnet.10.0.0.0/24",
        "removed  endpoints.ec2",
        "changed  cluster",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (90, "1 min 30 s"), (600, "10 min"), (4000, "66 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert lines.duration(seconds) == said
