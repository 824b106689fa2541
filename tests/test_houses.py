"""The engine is reachable without a face, and without what only some of it needs."""

import json
import pkgutil
import subprocess
import sys

import pytest

import wizard

FACES = ("screens", "textual", "questionary", "rich", "prompt_toolkit")
LATE = ("boto3", "botocore", "moto", "flask", "werkzeug")

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(wizard.__path__, "wizard.")
    if not module.name.startswith("wizard.practice.") or module.name == "wizard.practice.process"
)


@pytest.mark.parametrize("forbidden", [FACES, LATE], ids=["faces", "late imports"])
def test_importing_the_whole_engine_brings_none_of(forbidden: tuple[str, ...]) -> None:
    """In a process of its own, since a linter does not see imports that are made later."""
    code = (
        "import importlib, json, sys\n"
        f"for name in {MODULES!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = json.loads(told.stdout)
    assert "wizard" in loaded
    assert not set(forbidden) & set(loaded)
    assert "wizard.engine" in MODULES
    assert "wizard.carry_out" in MODULES
