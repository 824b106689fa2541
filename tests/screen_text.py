"""A screen as the text that stands on it, without colours: what a golden holds and a reviewer reads."""

import asyncio
import difflib
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from textual.app import App
from textual.pilot import Pilot

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


async def assert_golden(pilot: Pilot[Any], name: str, *hidden: tuple[str, str], seconds: float = 30) -> None:
    """The screen comes to be as golden/<name>.txt says; ``hidden`` are patterns of what differs each time.

    With UPDATE_GOLDENS=1 the file is written anew, to be read before it is committed.
    """

    def shown() -> str:
        text = screen_text(pilot.app)
        for pattern, instead in hidden:
            text = re.sub(pattern, instead, text)
        return text

    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown(), "utf-8")
    if not path.exists():
        pytest.fail(f"no golden {path}:\n{shown()}")
    golden = path.read_text("utf-8")
    end = asyncio.get_running_loop().time() + seconds
    while shown() != golden and asyncio.get_running_loop().time() < end:
        await pilot.pause()
    if (text := shown()) != golden:
        lines = difflib.unified_diff(golden.splitlines(), text.splitlines(), str(path), "the screen", lineterm="")
        pytest.fail("\n".join(lines))
