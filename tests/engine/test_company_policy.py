"""A company's service control policy: what is made has to carry its tag, and roles its permissions boundary."""

from collections.abc import Callable
from typing import Any

from article_facts import ARTICLE

from wizard import words
from wizard.events import Failed
from wizard.profile import with_settings

TAGGED = (
    "Create(?:Vpc|Subnet|RouteTable|VpnGateway|SecurityGroup|VpcEndpoint|Role|Cluster|AccessEntry|Addon|Stack)"
    "|AuthorizeSecurityGroupIngress"
)
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
POLICY = (
    {"operation": TAGGED, "unless": '"CostCentre"', "what": "forbid"},
    {"operation": "CreateRole", "unless": BOUNDARY, "what": "forbid"},
)
TAGS = "tags.CostCentre='4711'"
BOUNDED = f"role.permissions_boundary={BOUNDARY}"


def failed(operator: Any) -> list[Failed]:
    return [event for event in operator.build() if isinstance(event, Failed)]


def forbidding(account: Any) -> None:
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    account.client("iam").create_policy(PolicyName="boundary", PolicyDocument=document)
    account.faults(*POLICY)


def test_the_profile_s_tags_and_boundary_get_through(builder: Callable[..., Any], account: Any) -> None:
    forbidding(account)
    operator = builder(with_settings(ARTICLE, (TAGS, BOUNDED)))
    assert not failed(operator)
    assert operator.look().plan.changes == ()


def test_without_the_tag_one_sentence_says_what_was_refused(builder: Callable[..., Any], account: Any) -> None:
    forbidding(account)
    events = failed(builder(with_settings(ARTICLE, (BOUNDED,))))
    assert events
    for event in events:
        assert (event.finding.code, event.finding.about["kind"]) == ("RUN001", "denied")
        said = words.say(event.finding).says
        assert event.finding.about["action"] in said
        assert "service control policy" in said
    assert not [write for write in account.calls() if write["write"] and write["operation"] == "CreateCluster"]


def test_without_the_boundary_the_roles_are_refused(builder: Callable[..., Any], account: Any) -> None:
    forbidding(account)
    operator = builder(with_settings(ARTICLE, (TAGS,)))
    assert {event.finding.about["action"] for event in failed(operator)} == {"iam:CreateRole"}
    operator.profile = with_settings(ARTICLE, (TAGS, BOUNDED))
    assert not failed(operator)
