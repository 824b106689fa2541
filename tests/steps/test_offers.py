"""What findings offer: an answer that a profile takes, after which the finding is gone and nothing new forbids."""

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from article_facts import ARTICLE, EMPTY, OFFERS, changed
from step_cases import Findings, profile_of, step

from wizard import engine, words
from wizard.answer_types import VpnGateway
from wizard.answers import question_at
from wizard.facts import Facts, Gateway, State, known
from wizard.findings import Finding, Severity, stop
from wizard.mending import mended, settings, taken
from wizard.network import connection, planned
from wizard.profile import Profile, with_settings
from wizard.questions import read


class Offered(NamedTuple):
    """A finding with an offer, as a case of the steps' tables makes it."""

    step: str
    case: Findings
    by: str
    finding: Finding

    def __str__(self) -> str:
        return f"{self.finding.code}: {self.case.name}"


def table(name: str) -> dict[str, tuple[Findings, ...]]:
    """A step's cases, by the function that they are for."""
    path = Path(__file__).parent / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"cases_of_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {"check": module.CHECKS, "verify": getattr(module, "VERIFIES", ())}


def found(name: str, by: str, profile: Profile, facts: Facts) -> tuple[Finding, ...]:
    """What a step's check or verify finds."""
    judge: Callable[..., Iterable[Finding]] = getattr(step(name), by)
    return tuple(judge(profile, facts, planned(profile, facts)))


OFFERED = [
    Offered(name, case, by, finding)
    for name in engine.STEP_NAMES
    for by, cases in table(name).items()
    for case in cases
    for finding in found(name, by, profile_of(case), case.facts)
    if finding.offer
]
LABELLED = {
    code
    for file in (resources.files(words) / "findings").iterdir()
    for code, entry in yaml.safe_load(file.read_text("utf-8")).items()
    if any("offer" in said for said in (entry, *entry.get("cases", {}).values()))
}


def observed_again(profile: Profile, facts: Facts) -> Facts:
    """What AWS would say to the new answers: some facts are of what the profile names."""
    offers = facts.endpoints.offers
    if known(offers):
        offers = {suffix: offers.get(suffix, OFFERS.get(suffix)) for suffix in profile.endpoints.services}
    nodes = replace(
        facts.nodes,
        ami=facts.nodes.ami if profile.nodes.ami else facts.nodes.newest_ami,
        key_pair=facts.nodes.key_pair if profile.nodes.key_pair else None,
    )
    gateway, connect = facts.vpc.gateway, connection(profile)
    attached = facts.vpc.vpn_gateways if known(facts.vpc.vpn_gateways) else ()
    if isinstance(connect, VpnGateway) and connect.vpn_gateway in attached:
        gateway = Gateway(connect.vpn_gateway, State.USABLE, attached=State.USABLE)
    return replace(
        facts,
        endpoints=replace(facts.endpoints, offers=offers),
        nodes=nodes,
        vpc=replace(facts.vpc, gateway=gateway),
    )


def stops(profile: Profile, facts: Facts) -> set[tuple[str, str]]:
    """What forbids the build, of all steps."""
    return {(one.code, one.where) for one in engine.judge(profile, facts).findings if one.severity is Severity.STOP}


@pytest.mark.parametrize("offered", OFFERED, ids=str)
def test_what_is_offered_mends_the_finding_and_breaks_nothing(offered: Offered) -> None:
    profile, finding = profile_of(offered.case), offered.finding
    after = taken(profile, finding.offer)
    facts = observed_again(after, offered.case.facts)
    assert after != profile
    again = found(offered.step, offered.by, after, facts)
    assert (finding.code, finding.where) not in {(one.code, one.where) for one in again}
    assert stops(after, facts) <= stops(profile, offered.case.facts)


@pytest.mark.parametrize("offered", OFFERED, ids=str)
def test_what_is_offered_is_an_answer_in_every_form(offered: Offered) -> None:
    profile, offer = profile_of(offered.case), offered.finding.offer
    for path, text in offer.items():
        question = question_at(path)
        assert question is not None
        assert question.path == path
        assert read(question, text) is not None or question.optional
    assert with_settings(profile, settings(offer)) == taken(profile, offer)


@pytest.mark.parametrize("offered", OFFERED, ids=str)
def test_what_is_offered_is_said_in_a_few_words(offered: Offered) -> None:
    label = words.offer(offered.finding)
    assert label[:1].isupper()
    assert len(label) <= 60
    assert not label.endswith(".")
    assert not {"<", "{", "nothing", "none"} & {*label, *label.split()}


def test_every_label_is_of_a_code_that_offers_and_the_other_way_round() -> None:
    assert {offered.finding.code for offered in OFFERED} == LABELLED


def test_what_has_no_offer_has_no_label() -> None:
    assert words.offer(stop("END301", "endpoints.services", missing=["ec2"])) == ""
    assert words.offer(stop("NEW999", "vpc")) == ""


def offers_of(name: str, case: str) -> dict[str, str]:
    """The offers that a case's findings make, by path; the last one where two are for the same path."""
    return {path: text for one in OFFERED if (one.step, one.case.name) == (name, case)
            for path, text in one.finding.offer.items()}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "case", "offer"),
    [
        ("endpoints", "ecr.dkr is not asked for", {"endpoints.services": "ec2, ecr.api, ecr.dkr, s3, sts"}),
        ("endpoints", "the region has no such service", {"endpoints.services": "ec2, ecr.api, ecr.dkr, s3"}),
        ("endpoints", "a service in none of our zones", {}),
        (
            "endpoints",
            "a service in none of our zones, but in two others",
            {"vpc.create.subnets": "ap-northeast-1c 10.110.3.0/24\nap-northeast-1d 10.110.4.0/24"},
        ),
        ("endpoints", "a service in one of our zones once they stand", {}),
        (
            "vpc",
            "a zone of another region",
            {"vpc.create.subnets": "ap-northeast-1a 10.110.3.0/24\nap-northeast-1c 10.110.4.0/24"},
        ),
        (
            "vpc",
            "one zone only",
            {"vpc.create.subnets": "ap-northeast-1a 10.110.3.0/24\nap-northeast-1c 10.110.4.0/24"},
        ),
        (
            "vpc",
            "a subnet outside the VPC",
            {"vpc.create.subnets": "ap-northeast-1a 10.110.3.0/24\nap-northeast-1c 10.110.0.0/24"},
        ),
        (
            "vpc",
            "a subnet with eleven addresses",
            {"vpc.create.subnets": "ap-northeast-1a 10.110.3.0/24\nap-northeast-1c 10.110.4.0/24"},
        ),
        ("vpc", "service addresses in the VPC", {"cluster.service_cidr": "172.20.0.0/16"}),
        ("vpc", "a VPC wider than AWS makes", {"vpc.create.cidr": "10.110.0.0/16"}),
        (
            "vpc",
            "our VPC has another CIDR",
            {
                "vpc.create.cidr": "10.99.0.0/16",
                "vpc.create.subnets": "ap-northeast-1a 10.99.0.0/24\nap-northeast-1c 10.99.1.0/24",
            },
        ),
        ("vpc", "our VPC is wider than the profile says", {"vpc.create.cidr": "10.110.0.0/16"}),
        (
            "vpc",
            "our VPC and its subnets are elsewhere",
            {
                "vpc.create.cidr": "10.99.0.0/16",
                "vpc.create.subnets": "ap-northeast-1a 10.99.3.0/24\nap-northeast-1c 10.99.4.0/24",
            },
        ),
        (
            "vpc",
            "a subnet of ours stands in another zone",
            {"vpc.create.subnets": "ap-northeast-1d 10.110.3.0/24\nap-northeast-1c 10.110.4.0/24"},
        ),
        ("vpc", "a zone without room for control planes, by its id", {}),
        ("vpc", "a VPC of the company's", {}),
        ("vpc", "the premises are in the VPC", {}),
        ("vpc", "the given VPN gateway is not there", {}),
        ("security_group", "a group of the company's", {}),
        ("cluster", "a version that is gone", {"cluster.version": ""}),
        ("cluster", "no version is the default", {}),
        ("cluster", "extended support costs, and is agreed to", {"cluster.version": ""}),
        ("cluster", "another logs", {"cluster.logs": "audit"}),
        ("cluster", "without kube-proxy", {"cluster.addons": "vpc-cni, coredns, kube-proxy"}),
        ("cluster", "an administrator is not there", {}),
        (
            "nodes",
            "the type is not in all our zones",
            {"vpc.create.subnets": "ap-northeast-1d 10.110.3.0/24\nap-northeast-1c 10.110.4.0/24"},
        ),
        (
            "nodes",
            "the desired nodes take more addresses than there are",
            {"nodes.desired": "25", "nodes.min": "2", "nodes.max": "25"},
        ),
        ("nodes", "an image that sets the proxy too late", {"nodes.ami": ""}),
        ("nodes", "no image for this version", {}),
        (
            "nodes",
            "the stack was made with other sizes",
            {"nodes.min": "5", "nodes.max": "7", "nodes.desired": "6"},
        ),
        ("nodes", "the stack was made with a size that no profile takes", {}),
        ("nodes", "an image that does not tell its release", {}),
        ("role", "a given role is not there", {"role.cluster_policies": "AmazonEKSClusterPolicy"}),
        ("role", "the obsolete policy by its ARN", {}),
        ("account", "every pair that overlaps is named", {"site.on_premises_cidrs": "10.0.0.0/16"}),
        ("account", "the root user alone", {}),
    ],
)
def test_offers(name: str, case: str, offer: dict[str, str]) -> None:
    assert case in {one.name for cases in table(name).values() for one in cases}
    assert offers_of(name, case) == offer


WRONG = (
    "vpc.create.subnets=[{zone: us-east-1a, cidr: 10.110.3.0/29}, {zone: ap-northeast-1a, cidr: 10.99.0.0/24},"
    " {zone: ap-northeast-1a, cidr: 10.99.0.128/25}]",
    "cluster.service_cidr=10.110.128.0/20",
    "cluster.version=1.33",
    "cluster.addons=[coredns]",
    "endpoints.services=[sts, s3, lambdaa]",
    "security_group.create=eks-cluster-sg-mine",
    "site.on_premises_cidrs=[10.0.0.0/16, 10.0.4.0/24]",
    "nodes.max=100",
    "nodes.desired=60",
    "nodes.key_pair=taro",
)


def test_a_profile_that_is_wrong_all_over_is_mended_by_what_is_offered() -> None:
    profile = with_settings(ARTICLE, WRONG)
    facts = changed(EMPTY, "endpoints", offers={**OFFERS, "lambdaa": None})
    facts = changed(facts, "nodes", key_pair=False)
    took: list[str] = []
    while offers := [one for one in engine.judge(profile, facts).findings if one.offer]:
        assert len(took) < 30, took
        took.append(offers[0].code)
        profile = taken(profile, offers[0].offer)
        facts = observed_again(profile, facts)
    assert stops(profile, facts) == set()
    assert len(set(took)) >= 9


def test_what_a_profile_would_not_take_is_not_offered() -> None:
    finding = stop("VPC201", "vpc.create.subnets.0.cidr")
    for answers in ({"nodes.max": "1"}, {"nodes.volume_size": "10"}, {"vpc.create.subnets": "nowhere"}, {}, None):
        assert mended(finding, ARTICLE, answers) == finding
    assert mended(finding, ARTICLE, {"nodes.max": "5"}).offer == {"nodes.max": "5"}


@pytest.mark.parametrize(
    ("answers", "setting"),
    [
        ({"cluster.version": "1.35"}, "cluster.version=1.35"),
        ({"cluster.version": ""}, "cluster.version=null"),
        ({"endpoints.services": "ec2, ecr.api"}, "endpoints.services=[ec2, ecr.api]"),
        ({"cluster.logs": ""}, "cluster.logs=[]"),
        (
            {"vpc.create.subnets": "ap-northeast-1a 10.0.0.0/24\nap-northeast-1c 10.0.1.0/24"},
            "vpc.create.subnets=[{zone: ap-northeast-1a, cidr: 10.0.0.0/24},"
            " {zone: ap-northeast-1c, cidr: 10.0.1.0/24}]",
        ),
        (
            {"role.cluster_policies": "arn:aws:iam::123456789012:policy/a"},
            "role.cluster_policies=[arn:aws:iam::123456789012:policy/a]",
        ),
        ({"nodes.key_pair": "my: key"}, 'nodes.key_pair="my: key"'),
        ({"cluster.deletion_protection": "true"}, "cluster.deletion_protection=true"),
    ],
)
def test_answers_as_settings(answers: dict[str, str], setting: str) -> None:
    assert settings(answers) == (setting,)
