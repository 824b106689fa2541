"""The labels of the last three screens and the code that shows them name the same keys."""

import re
from pathlib import Path

import pytest
import yaml

HOUSE = Path(__file__).parents[2]
FILES = {
    "review": ("review.py", "review_pages.py"),
    "building": ("building.py",),
    "finish": ("finish.py",),
}


@pytest.mark.parametrize("name", FILES)
def test_each_label_is_used_and_each_used_one_is_there(name: str) -> None:
    labels = yaml.safe_load((HOUSE / "wizard" / "words" / "screens" / f"{name}.yaml").read_text("utf-8"))
    code = "\n".join((HOUSE / "screens" / file).read_text("utf-8") for file in FILES[name])
    # Some keys are put together from a word that stands in quotes elsewhere.
    used = set(re.findall(rf'"{name}\.(\w+)"', code))
    assert used <= set(labels)
    assert {key for key in labels if f'"{key}"' not in code and key not in used} == set()
