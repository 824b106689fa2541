"""Whatever a file holds, reading it gives a profile or says what is wrong."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wizard.profile import load, parse
from wizard.profile_problems import Problem, ProfileError
from wizard.questions import STEPS, Question, questions, read

ARTICLE = Path("profiles/article.yaml").read_text("utf-8")
PIECES = [
    *("*a", "&a ", "<<: ", "!!int ", "\t", "\0", "- ", "? ", ": ", "{", "}", "[", "]", "'", '"', "|\n", "#", "%"),
    *(
        "---\n",
        "\x85",
        "\u2028",
        "\ud800",
        '"\\ud800"',
        "null",
        "~",
        "create",
        "use",
        "\r",
        "\n  ",
        "@",
        "[/]",
        "$(id)",
    ),
    "9" * 5000,
]


def problems_of(text: str) -> tuple[Problem, ...]:
    """What is wrong with ``text``; nothing where it is a profile."""
    try:
        parse(text, "x")
    except ProfileError as error:
        return error.problems or (Problem("x", 0, "", "refused without a problem"),)
    return ()


def assert_reads(text: str) -> None:
    lines = len(text.splitlines()) + 1
    for problem in problems_of(text):
        assert 1 <= problem.line <= lines
        assert problem.says.isprintable()
        assert problem.path.isprintable()
        str(problem).encode()


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = ARTICLE
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.text(max_size=5)) + text[end:]
    return text


@settings(deadline=None, max_examples=150)
@given(mutated())
def test_a_mutated_profile_is_read_or_refused(text: str) -> None:
    assert_reads(text)


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=200) | st.lists(st.sampled_from([*PIECES, "name", "vpc"]), max_size=12).map("".join))
@example("? ? ? : : :")
@example("%YAML 1." + "9" * 5000 + "\n---\na: b")
@example('"\\ud800": a')
@example("[" * 5000)
@example("- " * 5000)
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_reads(text)


@pytest.mark.long
@settings(deadline=None, max_examples=5000)
@given(mutated() | st.text())
def test_thousands_of_texts_are_read_or_refused(text: str) -> None:
    assert_reads(text)


@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    with pytest.raises(ProfileError) as caught:
        load(file)
    assert all(problem.line >= 1 for problem in caught.value.problems)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([question for step in STEPS for question in questions(step)]),
    st.sampled_from(PIECES) | st.text(max_size=30),
)
def test_any_answer_is_read_or_refused(question: Question, text: str) -> None:
    with contextlib.suppress(ProfileError):
        assert read(question, text) is not None or question.optional
