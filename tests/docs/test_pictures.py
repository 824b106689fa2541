"""The README's pictures are there, show without asking anybody, and are those that one command makes."""

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
FILES = sorted(PICTURES.glob("*.svg"))
LARGEST = 60_000

# What a browser would fetch: attributes, style sheets and entities; text that merely names an address is none of them.
FETCHES = re.compile(
    r"""\b(?:href|src)\s*=|url\((?!#)|@import|@font-face|<!DOCTYPE|<!ENTITY|<script|<\?xml-""", re.IGNORECASE
)


def made() -> set[str]:
    """The names that make.py lists, read without running it: it is slow to import."""
    tree = ast.parse((PICTURES / "make.py").read_text("utf-8"))
    listed = {node.target.id: node.value for node in tree.body
              if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}  # fmt: skip
    wizard, replay = listed["WIZARD"], listed["REPLAY"]
    assert wizard is not None
    assert replay is not None
    return {*ast.literal_eval(wizard), ast.literal_eval(replay)}


def test_each_picture_that_the_readme_names_is_there() -> None:
    named = re.findall(r"!\[[^]]*\]\(([^)]*)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(named) >= 3
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_make_makes_all_pictures_and_no_other() -> None:
    assert made() == {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_picture_is_small_and_fetches_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    assert FETCHES.findall(text) == []
    assert {space for _, space in re.findall(r"""xmlns(:\w+)?="([^"]*)\"""", text)} == {"http://www.w3.org/2000/svg"}
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own file
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize(
    "text",
    ["<image href='http://example.com/a.png'/>", "@font-face { src: local('a') }", "fill: url(http://example.com/#a)",
     "@import 'http://example.com/a.css'", '<?xml-stylesheet href="a.css"?>', "<script>"],
)  # fmt: skip
def test_what_would_be_fetched_is_noticed(text: str) -> None:
    assert FETCHES.search(text)


def test_what_only_names_an_address_is_not() -> None:
    assert not FETCHES.search('<text clip-path="url(#a)">proxy http://proxy.example.internal:8080</text>')


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_picture_says_nothing_of_the_moment_it_was_made(path: Path) -> None:
    text = path.read_text("utf-8")
    assert {*re.findall(r"\b\d\d:\d\d:\d\d\b", text)} <= {"12:00:00"}
    assert {*re.findall(r"127\.0\.0\.1:(\d+)", text)} <= {"45990"}
    assert {*re.findall(r"eks-wizard-practice-(\w+)", text)} <= {"practice"}
