"""The sentences of the plain wizard: each that is asked for is there, and each that is there is asked for."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
KEYS = set(yaml.safe_load((ROOT / "wizard/words/screens/plain.yaml").read_text()))
CODE = "".join(path.read_text() for path in (ROOT / "screens").glob("plain*.py"))


def test_each_key_in_the_code_has_a_sentence() -> None:
    asked = {key for call in re.findall(r"\bscreen\(([^()]*)", CODE) for key in re.findall(r'^"(\w+)"', call)}
    assert len(asked) > 50
    assert asked <= KEYS


def test_each_sentence_is_asked_for_by_the_code() -> None:
    built = {f"review_help_{name}" for name in re.findall(r'"(\w+)"', CODE)}
    assert {key for key in KEYS if not re.search(f"[\"']{key}[\"']", CODE)} <= built | {"no_terminal"}
