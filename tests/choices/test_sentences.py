"""words/choices.yaml and the code name the same questions, reasons and words."""

import ast
from collections import defaultdict
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest
import yaml

import wizard
from wizard import live_choices, words
from wizard.answers import question_at, step_of
from wizard.choices import WhyNot
from wizard.steps.endpoints.choices import FIRST

WORDS = yaml.safe_load(resources.files(words).joinpath("choices.yaml").read_text("utf-8"))


def calls(name: str) -> dict[str, list[frozenset[str]]]:
    """By the text that is the first argument of each call, the keys of the dict that is the second one."""
    found: dict[str, list[frozenset[str]]] = defaultdict(list)
    for path in Path(wizard.__file__).parent.rglob("choices.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called != name:
                continue
            assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno} has no fixed key"
            about = node.args[1] if len(node.args) > 1 else ast.Dict([], [])
            assert isinstance(about, ast.Dict)
            found[node.args[0].value].append(
                frozenset(key.value for key in about.keys if isinstance(key, ast.Constant))  # type: ignore[misc]
            )
    return found


def test_each_reason_has_a_sentence_and_each_sentence_a_reason() -> None:
    reasons = calls("WhyNot")
    assert set(reasons) == set(WORDS["why_not"])
    for key, places in reasons.items():
        named = {field for _, field, _, _ in Formatter().parse(WORDS["why_not"][key]) if field is not None}
        for given in places:
            assert named == given, key


@pytest.mark.parametrize("key", sorted(WORDS["why_not"]))
def test_a_reason_is_one_short_sentence(key: str) -> None:
    text = WORDS["why_not"][key]
    assert text.endswith(".")
    assert text[0].isupper() or text[0] == "{"
    assert len(text) <= 120


def test_each_word_in_a_cell_is_used() -> None:
    assert set(calls("cell")) == set(WORDS["cells"])


def test_the_headings_are_those_of_the_questions_with_choices() -> None:
    paths = {path: step for step, of in live_choices.STEPS.items() for path in of.CHOICES}
    assert set(WORDS["headings"]) == set(paths)
    for path, step in paths.items():
        assert step_of(path) == step
        asked = question_at(path)
        assert asked is not None
        assert path in (asked.path, *(column.path for column in asked.columns))
        assert live_choices.has_choices(step, path)
    assert words.headings("nodes.ami") == ()
    assert not live_choices.has_choices("kubeconfig", "kubeconfig.context")


def test_what_nodes_need_has_a_purpose() -> None:
    assert all(words.purpose(suffix) for suffix in FIRST)
    assert words.purpose("no-such-service") == ""


def test_reasons_keep_what_comes_from_outside_as_it_is() -> None:
    evil = "\x1b[31m{0.__class__}[bold]"
    assert words.why_not(WhyNot("attached_elsewhere", {"vpc": evil})) == (
        f"It is attached to {evil}, and a VPN gateway serves one VPC."
    )
    assert words.why_not(WhyNot("not_in_zones", {"zones": ["a", "b"]})) == "It is not offered in a, b."
    with pytest.raises(KeyError):
        words.why_not(WhyNot("no such reason"))
