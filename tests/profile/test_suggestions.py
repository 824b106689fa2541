"""What stands in the fields before anyone has typed."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from article_facts import EMPTY

from wizard.answers import problems, to_profile
from wizard.facts import Unknown, Zone
from wizard.questions import STEPS, questions, read
from wizard.suggestions import filled

ACCOUNT = EMPTY.account
BY_PATH = {question.path: question for step in STEPS for question in questions(step)}
PREMISES = {"site.on_premises_cidrs": "10.0.0.0/16", "site.proxy.url": "http://proxy.example.internal:8080"}


def test_only_the_companys_own_is_left_to_be_answered() -> None:
    assert {problem.path for problem in problems(filled({}, ACCOUNT))} == {"site.on_premises_cidrs", "site.proxy.url"}
    assert problems(filled(PREMISES, ACCOUNT)) == ()


def test_each_suggestion_is_an_answer() -> None:
    for path, text in filled({}, ACCOUNT).items():
        read(BY_PATH[path], text)


def test_names_follow_the_clusters_name_even_when_it_comes_later() -> None:
    found = filled({"cluster.name": "orders"}, ACCOUNT)
    assert found["role.cluster.create"] == "orders-cluster-role"
    assert found["security_group.create"] == "orders-control-plane"
    assert filled({"role.cluster.create": "mine", "cluster.name": "orders"})["role.cluster.create"] == "mine"


@pytest.mark.parametrize("premises", ["10.0.0.0/8", "10.110.0.0/16", "10.0.0.0/8, 172.16.0.0/12", "no network"])
def test_the_vpc_is_suggested_beside_the_premises(premises: str) -> None:
    found = filled({"site.on_premises_cidrs": premises}, ACCOUNT)
    vpc = IPv4Network(found["vpc.create.cidr"])
    if premises != "no network":
        assert not any(vpc.overlaps(IPv4Network(each)) for each in premises.split(", "))
    assert not vpc.overlaps(IPv4Network(found["cluster.service_cidr"]))


def test_an_answer_that_is_none_leaves_the_suggestions_standing() -> None:
    assert filled({"cluster.service_cidr": "", "vpc.create.cidr": "x"}, ACCOUNT)["cluster.service_cidr"] == ""


def test_subnets_are_suggested_in_two_zones_where_eks_works_and_inside_the_vpc() -> None:
    zones = (
        Zone("us-east-1a", "use1-az3"),
        Zone("us-east-1b", "use1-az1"),
        Zone("us-east-1c-x", "use1-lz", "local-zone"),
        Zone("us-east-1d", "use1-az2"),
    )
    found = filled({**PREMISES, "vpc.create.cidr": "10.9.0.0/23"}, replace(ACCOUNT, zones=zones))
    assert found["vpc.create.subnets"] == "us-east-1b 10.9.0.0/24\nus-east-1d 10.9.1.0/24"


@pytest.mark.parametrize("zones", [(), Unknown("ec2:DescribeAvailabilityZones", "no"), (Zone("a-b-1a", "ab1-az1"),)])
def test_no_subnets_are_suggested_where_zones_are_not_known(zones: tuple[Zone, ...] | Unknown) -> None:
    assert "vpc.create.subnets" not in filled({}, replace(ACCOUNT, zones=zones))


def test_an_answer_goes_before_a_suggestion_and_what_is_not_asked_is_left_out() -> None:
    found = filled({"vpc": "use", "vpc.create.cidr": "10.9.0.0/16", "site.proxy": "false"}, ACCOUNT)
    assert found["vpc"] == "use"
    assert "vpc.create.cidr" not in found
    assert "site.proxy.url" not in found
    assert to_profile(filled({**PREMISES, "site.proxy": "false"}, ACCOUNT)).site.proxy is None
