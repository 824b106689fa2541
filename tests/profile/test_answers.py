"""Answers as they were typed: a profile is made of them, and they of a profile."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.answers import asked, from_profile, problems, question_at, step_of, to_profile
from wizard.profile import Profile, as_tree, digest, load
from wizard.questions import STEPS

PROFILES = sorted((Path(__file__).parents[2] / "profiles").glob("*.yaml"))
ARTICLE = load(PROFILES[0].parent / "article.yaml")


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_survives_as_answers(path: Path) -> None:
    profile = load(path)
    assert to_profile(from_profile(profile)) == profile
    assert digest(to_profile(from_profile(profile))) == digest(profile)


@given(
    st.dictionaries(st.text("ab :/=+-@._é0", min_size=1, max_size=9), st.text("ab :/=+-@._é0", max_size=9), max_size=4)
)
def test_any_tags_survive_as_an_answer(tags: dict[str, str]) -> None:
    try:
        profile = Profile.model_validate(as_tree(ARTICLE) | {"tags": tags})
    except ValueError:
        return
    assert to_profile(from_profile(profile)).tags == profile.tags


@given(st.lists(st.text("ab,=+.@_-0", min_size=1, max_size=9), unique=True, max_size=4))
def test_any_policies_survive_as_an_answer(names: list[str]) -> None:
    profile = Profile.model_validate(
        {**as_tree(ARTICLE), "role": {**as_tree(ARTICLE)["role"], "cluster_policies": names}}
    )
    assert to_profile(from_profile(profile)).role.cluster_policies == tuple(names)


def test_only_the_branch_that_was_chosen_is_asked_and_the_other_is_kept() -> None:
    answers = {**from_profile(ARTICLE), "vpc": "use", "vpc.use.id": "vpc-12345678"}
    assert [question.path for question in asked("vpc", answers)] == [
        "vpc",
        "vpc.use.id",
        "vpc.use.subnets",
        "vpc.use.connect",
    ]
    assert {problem.path for problem in problems(answers)} == {"vpc.use.subnets"}
    assert to_profile({**answers, "vpc": "create"}) == ARTICLE


@pytest.mark.parametrize("missing", ["site.on_premises_cidrs", "cluster.name", "vpc.create.cidr", "role.node.create"])
def test_what_is_missing_is_named_by_its_path(missing: str) -> None:
    answers = {path: text for path, text in from_profile(ARTICLE).items() if path != missing}
    assert [problem.path for problem in problems(answers)] == [missing]


def test_rules_between_answers_name_the_answer_that_breaks_them() -> None:
    answers = {**from_profile(ARTICLE), "nodes.max": "1"}
    assert "nodes.max" in [problem.path for problem in problems(answers)]


@pytest.mark.parametrize("nothing", ["", "null", "~", "  "])
def test_nothing_is_nothing_however_written(nothing: str) -> None:
    assert to_profile({**from_profile(ARTICLE), "nodes.ami": nothing}) == ARTICLE


def test_each_question_belongs_to_its_step() -> None:
    for step in STEPS:
        for question in asked(step, from_profile(ARTICLE)):
            assert step_of(question.path) == step
            assert question_at(question.path) == question
    near = question_at("vpc.create.subnets.1.cidr")
    assert near is not None
    assert near.path == "vpc.create.subnets"
    assert question_at("nothing.of.this") is None
