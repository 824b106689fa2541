"""Each scenario is unsolved for the reason that it names, and solved by its reference solution."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from builders import Builder
from conftest import AccountUnderTest

from screens.cli import main
from screens.exit_codes import Exit
from wizard import words
from wizard.findings import Severity
from wizard.training import scenario
from wizard.training.scenario import Loaded, Shortcut, shipped
from wizard.training.steps import step

Practise = Callable[[str | Loaded], Any]
SCENARIOS = tuple(shipped())


def findings(account: AccountUnderTest, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The codes of what the wizard finds wrong with the cluster as it stands."""
    capsys.readouterr()
    main(["check", "--cluster", scenario.CLUSTER, "--region", account.region, "--endpoint-url", account.endpoint_url,
          "--json"])  # fmt: skip
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["exit_code"] in (Exit.DONE, Exit.FINDINGS)
    return {each["code"] for each in events if each["type"] == "finding" and each["severity"] in ("stop", "warn")}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_unsolved_for_its_reason_and_solved_by_its_solution(
    practised: Practise, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = practised(name)
    judged, debrief = found.judged(), found.loaded.scenario.debrief
    assert not judged["solved"]
    assert not judged["shortcuts"]
    if debrief.line:
        assert judged["ready"] < judged["wanted"]
        assert [line for line in found.consoles() if debrief.line in line]
    else:
        assert debrief.instead
        assert judged["overlaps"]
    assert debrief.finding in findings(found.account, capsys)
    found.solve()
    judged = found.judged()
    assert judged["solved"], judged


@pytest.mark.long
@pytest.mark.parametrize("name", SCENARIOS)
def test_once_it_is_mended_the_finding_is_gone(
    practised: Practise, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = practised(name)
    found.solve()
    assert found.loaded.scenario.debrief.finding not in findings(found.account, capsys)


def test_there_are_enough_of_every_level() -> None:
    levels = [loaded.scenario.level for loaded in shipped().values()]
    assert len(levels) >= 15
    assert levels == sorted(levels)
    assert set(levels) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_says_what_its_reader_needs(name: str) -> None:
    found = shipped()[name].scenario
    assert len(found.hints) >= 2
    assert [hint.costs for hint in found.hints] == sorted(hint.costs for hint in found.hints)
    assert found.debrief.finding in words.codes()
    assert found.debrief.line or found.debrief.instead
    assert scenario.profile_of(shipped()[name]).is_file()


def without(name: str, **changes: Any) -> Loaded:
    """A scenario of ours with other contents."""
    loaded = shipped()[name]
    return replace(loaded, scenario=loaded.scenario.model_copy(update=changes))


def test_the_blocks_are_what_the_wizard_builds(
    practised: Practise, account: AccountUnderTest, builder: Callable[..., Builder]
) -> None:
    found = practised(without("no-ecr-endpoint", broken=()))
    assert found.judged()["solved"]
    view = builder().look()
    assert not [finding for finding in view.findings if finding.severity is Severity.STOP]
    # The kubeconfig is this machine's, and no scenario can write it.
    assert {change.id for change in view.plan.changes} == {"kubeconfig"}


SHORTCUTS: tuple[tuple[Shortcut, tuple[dict[str, Any], ...]], ...] = (
    (
        "public_endpoint",
        ({"eks.UpdateClusterConfig": {"name": "eksCluster", "resourcesVpcConfig": {"endpointPublicAccess": "true"}}},),
    ),
    (
        "open_to_all",
        (
            {
                "ec2.AuthorizeSecurityGroupIngress": {
                    "GroupId": "$endpoint_group",
                    "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                }
            },
        ),
    ),
    (
        "internet",
        (
            {
                "ec2.CreateInternetGateway": {},
                "keep": {"internet_gateway": "InternetGateway.InternetGatewayId"},
            },
            {"ec2.AttachInternetGateway": {"InternetGatewayId": "$internet_gateway", "VpcId": "$vpc"}},
        ),
    ),
    (
        "administrator",
        (
            {
                "iam.AttachRolePolicy": {
                    "RoleName": "eksNodeRole",
                    "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
                }
            },
        ),
    ),
    ("administrator", ({"iam.PutRolePolicy": {
        "RoleName": "eksNodeRole",
        "PolicyName": "all",
        "PolicyDocument": '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
    }},)),
    ("administrator", (
        {"iam.CreatePolicy": {
            "PolicyName": "all",
            "PolicyDocument":
                '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*:*", "Resource": "*"}}',
        }, "keep": {"all": "Policy.Arn"}},
        {"iam.AttachRolePolicy": {"RoleName": "eksNodeRole", "PolicyArn": "$all"}},
    )),
)  # fmt: skip


ALL_OUT: dict[str, Any] = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
# What the task rules out, and the nodes are Ready all the same.
AGAINST_THE_TASK: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("nodes-may-not-leave", "lets out to 0.0.0.0/0",
     {"ec2.AuthorizeSecurityGroupEgress": {"GroupId": "$node_group", "IpPermissions": [ALL_OUT]}}),
    ("acl-without-answers", "below 1024", {"ec2.CreateNetworkAclEntry": {
        "NetworkAclId": "$acl", "RuleNumber": "90", "Protocol": "-1", "RuleAction": "allow", "Egress": "false",
        "CidrBlock": "0.0.0.0/0"}}),
    ("endpoint-policy-without-layers", "every bucket", {"ec2.ModifyVpcEndpoint": {
        "VpcEndpointId": "$endpoint_s3", "ResetPolicy": "true"}}),
    ("endpoint-group-admits-nobody", "more than TCP 443", {"ec2.AuthorizeSecurityGroupIngress": {
        "GroupId": "$endpoint_group",
        "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.110.0.0/16"}]}]}}),
    ("node-role-without-cni-policy", "more than nodes need", {"iam.AttachRolePolicy": {
        "RoleName": "eksNodeRole", "PolicyArn": "arn:aws:iam::aws:policy/AmazonEC2FullAccess"}}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said", "against"),
    [pytest.param(*each, marks=pytest.mark.long if number else ()) for number, each in enumerate(AGAINST_THE_TASK)],
)  # fmt: skip
def test_what_the_task_rules_out_is_no_solution(
    practised: Practise, name: str, said: str, against: dict[str, Any]
) -> None:
    found = practised(without(name, solution=(*shipped()[name].scenario.solution, step(against))))
    assert found.judged()["broken"] == []
    found.solve()
    judged = found.judged()
    assert judged["ready"] == judged["wanted"]
    assert [said in each for each in judged["broken"]] == [True]
    assert not judged["solved"]


@pytest.mark.parametrize(("shortcut", "steps"), SHORTCUTS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(SHORTCUTS)])
def test_a_shortcut_is_no_solution(practised: Practise, shortcut: Shortcut, steps: tuple[dict[str, Any], ...]) -> None:
    solution = tuple(map(step, steps))
    loaded = without("no-ecr-endpoint", solution=(*shipped()["no-ecr-endpoint"].scenario.solution, *solution))
    found = practised(loaded)
    found.solve()
    judged = found.judged()
    assert judged["ready"] == judged["wanted"]
    assert [taken["shortcut"] for taken in judged["shortcuts"]] == [shortcut]
    assert not judged["solved"]
    # Only where it is forbidden.
    others = tuple(name for name in scenario.SHORTCUTS if name != shortcut)
    found.account.control("POST", "scenario", {**loaded.criteria(), "forbidden": others})
    assert found.judged()["solved"]


def test_a_cluster_made_anew_is_a_shortcut_where_it_is_forbidden(practised: Practise) -> None:
    loaded = without("services-over-the-premises", solved=scenario.Solved())
    found = practised(loaded)
    found.solve()
    assert [taken["shortcut"] for taken in found.judged()["shortcuts"]] == ["another_cluster"]


def test_what_was_there_at_the_start_is_no_shortcut(practised: Practise) -> None:
    open_from_the_start = step(dict(SHORTCUTS[1][1][0]))
    broken = shipped()["no-ecr-endpoint"].scenario.broken
    found = practised(without("no-ecr-endpoint", broken=(*broken, open_from_the_start)))
    found.solve()
    assert found.judged()["solved"]


def test_two_learners_find_the_same_ids(practised: Practise, account: AccountUnderTest) -> None:
    first = practised("no-ecr-endpoint").values
    account.reset()
    second = practised("no-ecr-endpoint").values
    same = [name for name in first if first[name] == second[name]]
    assert {"vpc", "subnet_a", "endpoint_s3", "route_table"} <= set(same)


def test_nobody_practises_in_an_account_without_a_scenario(account: AccountUnderTest) -> None:
    with pytest.raises(AssertionError, match="no scenario is being practised here"):
        account.control("GET", "solved")


def test_instances_that_gave_up_stay_so_until_they_are_replaced(practised: Practise) -> None:
    found = practised("endpoint-group-admits-nobody")
    assert {node["state"] for node in found.judged()["nodes"]} == {"gave up"}
    before = {node["instance"] for node in found.judged()["nodes"]}
    mend, _ = found.loaded.scenario.solution
    found.loaded = replace(found.loaded, scenario=found.loaded.scenario.model_copy(update={"solution": (mend,)}))
    found.solve()
    assert {node["state"] for node in found.judged()["nodes"]} == {"gave up"}

    # As one does it by hand: one by one, or in the group's own way.
    ec2, scaling = found.account.client("ec2"), found.account.client("autoscaling")
    one, other = sorted(before)
    ec2.terminate_instances(InstanceIds=[one])
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=other, ShouldDecrementDesiredCapacity=False)
    found.account.pass_time(300)
    judged = found.judged()
    assert judged["solved"]
    assert not before & {node["instance"] for node in judged["nodes"]}
