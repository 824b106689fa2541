"""The page of the commands is what the parser says."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from screens.arguments import COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_commands", ROOT / "docs" / "commands.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(generator: ModuleType) -> None:
    assert generator.PAGE.read_text("utf-8") == generator.page(), "run: python docs/commands.py"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_part(generator: ModuleType, command: str) -> None:
    assert f"## eks-wizard {command}\n" in generator.page()


def test_every_option_is_told_of(generator: ModuleType) -> None:
    page = generator.page()
    for option in (
        "--set PATH=VALUE",
        "--as iam-policy",
        "--expect DIGEST",
        "--endpoint-url URL",
        "bash or zsh or tcsh",
    ):
        assert f"{option}`" in page
