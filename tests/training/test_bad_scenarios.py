"""A scenario is untrusted: whatever is wrong with it is one sentence with file, line and path."""

from pathlib import Path

import pytest
from conftest import AccountUnderTest

from wizard.profile_problems import ProfileError
from wizard.training import scenario, staging

SOURCE = Path(__file__).parents[2] / "profiles" / "scenarios" / "no-ecr-endpoint.yaml"
WRONG = (
    ("level: 1", "level: 9", "level", "no whole number from 1 to 5"),
    ("title: Images without credentials", "tittle: x", "tittle", "is unknown here"),
    (
        "exists: [network, roles, endpoints, cluster]",
        "exists: [network, castle]",
        "exists.1",
        "Write a call, or one of",
    ),
    ("  - ec2.DeleteVpcEndpoints: {", "  - DeleteVpcEndpoints: {", "broken.0.DeleteVpcEndpoints", "This is no step"),
    ("finding: NODE654", "finding: something", "debrief.finding", "is no code of a finding"),
    ("- costs: 20", "- costs: 99", "hints", "The hints cost 114 points together"),
    ("scenario_version: 1", "scenario_version: 2", "scenario_version", "no whole number from 1 to 1"),
    ("level: 1", "level: &a 1", "level", "The anchor"),
    (
        "task: >-",
        "wizard: {profile: ../../etc/passwd}\ntask: >-",
        "wizard.profile",
        "is no profile of eks-wizard's own",
    ),
    ("level: 1", "level: 1\nsolved: {forbidden: [luck]}", "solved.forbidden.0", "none of the choices"),
)


@pytest.mark.parametrize(("good", "bad", "path", "sentence"), WRONG, ids=[case[2] for case in WRONG])
def test_a_bad_scenario_is_refused_with_file_line_and_path(
    tmp_path: Path, good: str, bad: str, path: str, sentence: str
) -> None:
    text = SOURCE.read_text("utf-8")
    assert good in text
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(good, bad, 1), "utf-8")
    with pytest.raises(ProfileError) as refused:
        scenario.load(file)
    problems = [problem for problem in refused.value.problems if problem.path == path]
    assert problems, refused.value
    assert sentence in problems[0].says
    lines = file.read_text("utf-8").splitlines()
    assert lines[problems[0].line - 1].strip() in "\n".join((bad, *lines[problems[0].line - 1 : problems[0].line]))


REFUSED = (
    ("ec2.DeleteVpcEndpoints: {VpcEndpointIds: [$nothing]}", "nothing was kept as nothing"),
    ("ec2.DeleteVpcEndpoints: {Colour: red}", "there is no parameter Colour"),
    ("ec2.DeleteEverything: {}", "there is no such operation"),
    ("s3.ListBuckets: {}", "the service is none of"),
    ("ec2.DeleteVpcEndpoints: {}", "Missing required parameter"),
    ("ec2.DeleteVpc: {VpcId: vpc-00000000000000000}", "InvalidVpcID.NotFound"),
    ("ec2.DescribeVpcs: {}\n    keep: {x: NoSuch.Thing}", "the answer has no NoSuch.Thing"),
    ("ec2.DescribeVpcs: {}\n    keep: {x: '][['}", "can't be carried out"),
    ("kubernetes.DeleteConfigMap: {name: aws-auth}", "cluster is missing"),
    ("ec2.ModifyVpcAttribute: {VpcId: $vpc, EnableDnsSupport: {Value: 'no'}}", "has to be true or false"),
)  # fmt: skip


@pytest.mark.parametrize(("call", "sentence"), REFUSED, ids=[case[1] for case in REFUSED])
def test_a_call_that_can_t_be_carried_out_is_told_with_its_line(
    account: AccountUnderTest, tmp_path: Path, call: str, sentence: str
) -> None:
    text = SOURCE.read_text("utf-8")
    good = "ec2.DeleteVpcEndpoints: {VpcEndpointIds: [$endpoint_ecr_api]}"
    file = tmp_path / "mine.yaml"
    text = text.replace("exists: [network, roles, endpoints, cluster]", "exists: [network]").replace(good, call, 1)
    file.write_text(text, "utf-8")
    with pytest.raises(ProfileError) as refused:
        staging.begin(account.endpoint_url, scenario.load(file))
    (problem,) = refused.value.problems
    assert problem.path == "broken.0"
    assert call.partition("\n")[0] in file.read_text("utf-8").splitlines()[problem.line - 1]
    assert sentence in problem.says


@pytest.mark.parametrize(
    ("read", "holds", "sentence"),
    [
        ("ec2.DeleteVpc: {VpcId: $vpc}", "Vpcs", "DeleteVpc is no read"),
        ("ec2.DescribeVpcs: {VpcIds: [$castle]}", "Vpcs", "nothing was kept as castle"),
        ("ec2.DescribeVpcs: {}", "][", "is no JMESPath"),
    ],
)
def test_a_rule_that_can_t_be_judged_is_told_with_its_line(
    account: AccountUnderTest, tmp_path: Path, read: str, holds: str, sentence: str
) -> None:
    rule = f"solved:\n  rules:\n    - {{says: Well., read: {{{read}}}, holds: '{holds}'}}\n"
    text = SOURCE.read_text("utf-8").replace("exists: [network, roles, endpoints, cluster]", "exists: [network]")
    broken = "broken:\n  - ec2.DeleteVpcEndpoints: {VpcEndpointIds: [$endpoint_ecr_api]}\n"
    assert broken in text
    text = text.replace(broken, "nodes: []\n")
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("hints:\n", f"{rule}hints:\n", 1), "utf-8")
    with pytest.raises(ProfileError) as refused:
        staging.begin(account.endpoint_url, scenario.load(file))
    (problem,) = refused.value.problems
    assert (problem.path, file.read_text("utf-8").splitlines()[problem.line - 1].strip()) == ("solved.rules", "rules:")
    assert sentence in problem.says
