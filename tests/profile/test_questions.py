"""Questions as they follow from the models, and what is typed as an answer."""

import re
from ipaddress import IPv4Network
from typing import Any

import pytest

from wizard.profile import Profile
from wizard.profile_problems import ProfileError, says
from wizard.questions import STEPS, Question, questions, read, words

ALL = [question for step in STEPS for question in questions(step)]
BY_PATH = {question.path: question for question in ALL}
COLUMNS = [column for question in ALL for column in question.columns]


def test_each_answer_of_the_profile_is_asked_in_one_step() -> None:
    assert sorted(key for keys in STEPS.values() for key in keys) == sorted(
        {*Profile.model_fields} - {"profile_version"}
    )
    assert len(BY_PATH) == len(ALL)


def test_each_question_has_its_words_and_each_words_their_question() -> None:
    assert {question.path for question in [*ALL, *COLUMNS]} == set(words())


@pytest.mark.parametrize("path", words())
def test_words_are_short_prompts_and_two_to_five_sentences(path: str) -> None:
    said = words()[path]
    assert len(said.prompt) <= 70
    assert not said.prompt.endswith((".", ":"))
    assert said.why.endswith(".")
    assert 2 <= len(re.findall(r"[.?](?= [A-Z]| [a-z]+ [a-z]|$)", said.why)) <= 5, said.why


@pytest.mark.parametrize(
    "question", [question for question in ALL if question.when], ids=lambda question: question.path
)
def test_a_condition_is_asked_before_what_depends_on_it(question: Question) -> None:
    assert question.when is not None
    path, choice = question.when
    assert ALL.index(BY_PATH[path]) < ALL.index(question)
    assert choice in (BY_PATH[path].choices or ("true", "false"))


@pytest.mark.parametrize(
    "question", [question for question in ALL if question.default is not None], ids=lambda question: question.path
)
def test_each_default_is_an_answer(question: Question) -> None:
    assert question.default is not None
    read(question, question.default)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("cluster.name", "text"),
        ("nodes.desired", "integer"),
        ("vpc.create.cidr", "cidr"),
        ("role.cluster.use", "arn"),
        ("cluster.deletion_protection", "yes_no"),
        ("site.proxy", "yes_no"),
        ("cluster.support", "choice"),
        ("cluster.logs", "many"),
        ("vpc.create.subnets", "rows"),
        ("tags", "rows"),
        ("vpc", "create_or_use"),
        ("vpc.create.connect", "create_or_use"),
    ],
)
def test_kinds_follow_from_the_types(path: str, kind: str) -> None:
    assert BY_PATH[path].kind == kind


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("cluster.name", " orders ", "orders"),
        ("nodes.desired", "3", 3),
        ("vpc.create.cidr", "10.0.0.0/16", IPv4Network("10.0.0.0/16")),
        ("cluster.deletion_protection", "true", True),
        ("site.proxy", "false", False),
        ("cluster.version", "", None),
        ("nodes.ami", "null", None),
        ("cluster.logs", "api audit", ("api", "audit")),
        ("endpoints.services", "[ec2, s3]", ("ec2", "s3")),
        ("endpoints.services", "ec2,s3", ("ec2", "s3")),
        ("cluster.admins", "", ()),
        ("tags", "a=b; c d = e=f", {"a": "b", "c d": "e=f"}),
        ("vpc", "use", "use"),
    ],
)
def test_what_is_typed_becomes_a_value(path: str, text: str, value: Any) -> None:
    assert read(BY_PATH[path], text) == value


def test_rows_are_typed_line_by_line() -> None:
    rows = read(BY_PATH["vpc.create.subnets"], "ap-northeast-1a 10.0.0.0/24\nap-northeast-1c, 10.0.1.0/24")
    assert [(row.zone, str(row.cidr)) for row in rows] == [
        ("ap-northeast-1a", "10.0.0.0/24"),
        ("ap-northeast-1c", "10.0.1.0/24"),
    ]


SUBNETS = "vpc.create.subnets"
INSIDE = {"given": "10.0.0.1/16", "network": "10.0.0.0/16"}
WRONG = [
    ("nodes.desired", "x", "nodes.desired", says("not_whole", {"given": "x", "least": 0, "most": 1000})),
    ("cluster.name", "", "cluster.name", says("empty", {})),
    ("vpc", "keep", "vpc", says("not_a_choice", {"given": "keep", "known": "create, use"})),
    ("cluster.logs", "api, api", "cluster.logs.1", says("repeated", {"item": "api"})),
    ("endpoints.services", "[ec2", "endpoints.services", says("yaml_open_bracket", {})),
    ("vpc.create.cidr", "10.0.0.1/16", "vpc.create.cidr", says("cidr_host_bits", INSIDE)),
    (SUBNETS, "ap-northeast-1a 10.0.0.0/24; ap-northeast-1c", f"{SUBNETS}.1.cidr", says("missing", {"key": "cidr"})),
    (
        SUBNETS,
        "ap-northeast-1a 10.0.0.0/24 x; ap-northeast-1c 10.0.1.0/24",
        f"{SUBNETS}.0.3",
        says("unknown_key", {"key": "3", "known": "zone, cidr"}),
    ),
]


@pytest.mark.parametrize(("path", "text", "where", "sentence"), WRONG)
def test_a_wrong_answer_is_refused_in_the_profile_s_own_words(path: str, text: str, where: str, sentence: str) -> None:
    with pytest.raises(ProfileError) as caught:
        read(BY_PATH[path], text)
    (problem,) = caught.value.problems
    assert (problem.path, problem.says) == (where, sentence)
