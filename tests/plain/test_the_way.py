"""The plain wizard from the welcome to Ready nodes, with wrong turns."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from article_typed import ACCOUNT, ALL, ROLE, VPC
from builders import PROFILES

from wizard.drafts import kept
from wizard.places import places
from wizard.profile import digest, load

Wizard = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_journals(account: Any) -> None:
    shutil.rmtree(account.practice.folder / "clusters", ignore_errors=True)
    (account.practice.folder / "kubeconfig").unlink(missing_ok=True)


def saved() -> Path:
    return places().config / "profiles" / "article.yaml"


def test_the_articles_answers_build_the_articles_cluster(account: Any, wizard: Wizard) -> None:
    told = wizard(*ALL, "?", "network", "permissions", "build", "eksCluster-", "eksCluster")
    assert told.code == 0
    assert "PRACTICE — NOT AWS" in told.said
    assert [f"Step {number} of 8" in told.said for number in range(1, 9)] == [True] * 8
    assert "That is not the cluster's name" in told.said
    assert "1 per hour, made by this plan: The control plane of cluster eksCluster." in told.said
    assert '"iam:CreateRole"' in told.out
    assert "ap-northeast-1c" in told.out
    assert "done    nodes.stack" in told.said
    nodes = [line.split()[1] for line in told.out.splitlines() if line.startswith("ip-")]
    assert nodes == ["Ready", "Ready"]
    assert f"next: kubectl --kubeconfig {account.practice.folder / 'kubeconfig'} get node" in told.out
    assert digest(load(saved())) == digest(load(PROFILES / "article.yaml"))
    assert kept(places()) == ()
    assert "\x1b" not in told.said + told.out


def test_nothing_is_made_before_the_clusters_name_is_typed(account: Any, wizard: Wizard) -> None:
    told = wizard(*ALL, "build", "")
    assert told.code == 5
    assert "Nothing was written to AWS" in told.said
    assert f"eks-wizard --plain --endpoint-url {account.endpoint_url} {saved()}" in told.said
    assert account.writes() == []


@pytest.mark.long
def test_the_profile_alone(account: Any, wizard: Wizard) -> None:
    told = wizard(*ALL, "profile")
    assert told.code == 0
    assert digest(load(saved())) == digest(load(PROFILES / "article.yaml"))
    assert account.writes() == []


def test_wrong_turns(wizard: Wizard) -> None:
    told = wizard(
        "b",  # at the first question
        "article", "", "?", "/eu-w", "more", "99", "4", "+", "CostCentre", "4711", "", "nonsense", "-2", "",
        "", "10.0.0.0/33", "10.0.0.0/16", "perhaps", "b", "", "no",
    )  # fmt: skip
    said = told.said
    assert "This is the first question." in said
    assert "names of the VPC endpoints" in said
    assert "eu-west-1" in said.split("Tags for")[0]
    assert "There is no number 99" in said
    assert "Row 1: Key CostCentre, Value 4711" in said
    assert "nonsense is no tag" in said
    assert "There is no row 2" in said
    assert "This needs an answer." in said
    assert "'10.0.0.0/33'" in said
    assert "'perhaps'" in said
    answers = kept(places())[0].answers
    assert answers["account.region"] == "ap-northeast-1"
    assert answers["tags"] == "CostCentre=4711"
    assert answers["site.on_premises_cidrs"] == "10.0.0.0/16"
    assert answers["site.proxy"] == "false"


def test_rows_cell_by_cell(wizard: Wizard) -> None:
    told = wizard(
        *ACCOUNT, *ROLE, "create", "10.110.0.0/16", "-1", "-", "+", "1", "10.110.3.0/24", "ap-northeast-1c",
        "10.110.4.0/24", "", "",
    )  # fmt: skip
    assert "Row 3" not in told.said.split("Subnets")[0]
    assert "Row 2: Availability zone ap-northeast-1c, CIDR of the subnet 10.110.4.0/24" in told.said
    assert kept(places())[0].answers["vpc.create.subnets"] == (
        "ap-northeast-1a 10.110.3.0/24\nap-northeast-1c 10.110.4.0/24"
    )


def test_what_cannot_be_picked_is_refused_with_its_reason(account: Any, wizard: Wizard) -> None:
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'  # noqa: E501
    account.client("iam").create_role(RoleName="wrong", AssumeRolePolicyDocument=trust)
    arn = "arn:aws:iam::123456789012:role/wrong"
    told = wizard(*ACCOUNT, "use", arn)
    assert f"{arn} can't be picked. Its trust policy does not let eks.amazonaws.com assume it." in told.said
    assert all(arn not in draft.answers.values() for draft in kept(places()))


def test_an_offer_is_taken(wizard: Wizard) -> None:
    told = wizard(*ACCOUNT, *ROLE[:-1], "?", "o2", "o1")
    assert "o1 takes the offer: Leave AmazonEKSServicePolicy out" in told.said
    assert "o2 is none of what can be typed here." in told.said
    assert "Taken: role.cluster_policies AmazonEKSClusterPolicy." in told.said
    assert kept(places())[0].answers["role.cluster_policies"] == "AmazonEKSClusterPolicy"
    assert "Step 3 of 8" in told.said


def test_a_stop_is_told_and_mended_by_going_back(wizard: Wizard) -> None:
    told = wizard(*ACCOUNT, *ROLE, "create", "10.0.0.0/16", "ap-northeast-1a 10.0.3.0/24; ap-northeast-1c 10.0.4.0/24",
                  "", "", "create", "b", "b", "b", "b", "10.110.0.0/16", *VPC[2:])  # fmt: skip
    assert "STOP    VPC" in told.said
    assert "would stop the build." in told.said
    assert "Step 4 of 8" in told.said


def test_saving_and_going_on_where_it_was_left(wizard: Wizard) -> None:
    left = wizard(*ACCOUNT, "create", "blueRole", "s")
    assert left.code == 0
    draft = kept(places())[0]
    assert f"kept in {draft.path}" in left.said
    on = wizard("2", "", "b", "b", "s")
    assert "the practice draft of" in on.said
    assert on.said.index("Step 2 of 8") < on.said.index("Policies of the cluster's role")
    assert "Name of this profile" not in on.said
    assert kept(places())[0].answers["role.cluster.create"] == "blueRole"
    assert len(kept(places())) == 1


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_leaving_by_key_keeps_the_draft(wizard: Wizard, key: str) -> None:
    told = wizard(*ACCOUNT[:2], keys=key)
    assert told.code == 5
    assert "Nothing was written to AWS" in told.said
    assert kept(places())[0].answers == {"name": "article", "account.id": "123456789012"}


def test_leaving_before_anything_is_answered_keeps_nothing(wizard: Wizard) -> None:
    told = wizard()
    assert told.code == 5
    assert "nothing is kept" in told.said
    assert kept(places()) == ()


def test_a_profile_of_the_command_line_goes_to_the_review(account: Any, wizard: Wizard) -> None:
    article = str(PROFILES / "article.yaml")
    told = wizard("review", "2", "b", options=(article, "--set", "cluster.name=blue"))
    assert "Plan for cluster blue" in told.said
    assert "Step 2 of 8" in told.said
    assert account.writes() == []


def test_without_aws_answers_can_be_given(wizard: Wizard) -> None:
    told = wizard("", "article", "123456789012", "ap-northeast-1",
                  endpoint=False, options=("--endpoint-url", "http://127.0.0.1:9"))  # fmt: skip
    assert "ERROR" in told.said
    assert "Do:" in told.said
    assert "AWS could not be asked" in told.said
    assert kept(places())[0].answers["account.region"] == "ap-northeast-1"


def test_names_of_others_never_reach_the_terminal_raw(account: Any, wizard: Wizard) -> None:
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "evil\x9b2J\u202ename"}]}]
    vpc = account.client("ec2").create_vpc(CidrBlock="10.50.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    account.settled()
    told = wizard(*ACCOUNT, *ROLE, "use")
    assert vpc in told.said
    assert "evil\\x9b2J\\u202ename" in told.said
    assert not {"\x1b", "\x9b", "\u202e"} & set(told.said)
