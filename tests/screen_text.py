"""A screen as the text that stands on it, without colours: what a golden holds and a reviewer reads."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from textual.app import App

GOLDEN = Path(__file__).parent / "screens" / "golden"


def screen_text(app: App[Any]) -> str:
    """The lines of the screen in sight, right-hand blanks taken off."""
    width, height = app.size
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system=None,
        record=True,
        legacy_windows=False,
    )
    # Textual has no public way to a screen's text; its own SVG export does exactly this.
    console.print(app.screen._compositor.render_update(full=True))
    lines = console.export_text(styles=False).splitlines()
    return "\n".join(line.rstrip() for line in lines[:height]) + "\n"


def assert_golden(app: App[Any], name: str, *hidden: tuple[str, str]) -> None:
    """The screen is as golden/<name>.txt says; ``hidden`` texts that differ each time are replaced first.

    With UPDATE_GOLDENS=1 the file is written anew, to be read before it is committed.
    """
    text = screen_text(app)
    for found, shown in hidden:
        text = text.replace(found, shown)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if not path.exists():
        pytest.fail(f"no golden {path}:\n{text}")
    assert text == path.read_text("utf-8")
