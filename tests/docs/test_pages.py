"""The pages that follow from the program are what the program says now."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from screens.arguments import COMMANDS
from wizard import words
from wizard.training.scenario import shipped

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_pages", ROOT / "docs" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "failures.md", "scenarios.md"])
def test_the_page_is_up_to_date(pages: ModuleType, name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == pages.page(name), "run: python docs/pages.py"


def test_every_page_is_held_here(pages: ModuleType) -> None:
    assert set(pages.PAGES) == {"commands.md", "failures.md", "scenarios.md"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_part(pages: ModuleType, command: str) -> None:
    assert f"## eks-wizard {command}\n" in pages.page("commands.md")


def test_every_option_is_told_of(pages: ModuleType) -> None:
    page = pages.page("commands.md")
    for option in (
        "--set PATH=VALUE",
        "--as iam-policy",
        "--expect DIGEST",
        "--endpoint-url URL",
        "bash or zsh or tcsh",
    ):
        assert f"{option}`" in page


def test_every_failure_has_its_row(pages: ModuleType) -> None:
    page = pages.page("failures.md")
    assert re.findall(r"^\| (C\d\d) \|", page, re.MULTILINE) == [f"C{number:02}" for number in range(1, 45)]


def test_every_exercise_and_every_finding_has_its_row(pages: ModuleType) -> None:
    page = pages.page("scenarios.md")
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE)) == set(shipped())
    assert re.findall(r"^\| <a id=\"\w+\"></a>`([A-Z]+\d+)` \|", page, re.MULTILINE) == list(words.codes())
    row = next(line for line in page.splitlines() if "`NODE644` |" in line and "<a id=" in line)
    assert "`no-ec2-endpoint`" in row


def test_every_finding_of_a_failure_leads_to_its_row(pages: ModuleType) -> None:
    linked = set(re.findall(r"\]\(scenarios\.md#(\w+)\)", pages.page("failures.md")))
    assert len(linked) > 40
    assert linked <= set(re.findall(r'<a id="(\w+)">', pages.page("scenarios.md")))
