"""Untrusted text to text that can be shown: the only way to a widget, a line or a prompt.

AWS's answers, a profile and the network may hold escape sequences that repaint a terminal, and marks that turn the
direction of reading. Such characters are written out as Python would escape them, so that they can be seen.
"""

import unicodedata
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.text import Text

_ELLIPSIS = "…"


def line(value: Any) -> str:
    """``value`` on one line: white space becomes spaces, and what cannot be seen as it is becomes an escape."""
    return "".join(map(_shown, str(value))).rstrip(" ")


def cut(text: str, cells: int) -> str:
    """A safe line, at most ``cells`` columns of a terminal wide; what is cut off becomes an ellipsis."""
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip(" ") + _ELLIPSIS


def cut_middle(text: str, cells: int) -> str:
    """A safe line, at most ``cells`` columns wide, that keeps its end too: ids that begin alike stay apart."""
    if cell_len(text) <= cells or cells < 3:
        return cut(text, cells)
    room = cells - 1 - cells // 2
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= room:
        start -= 1
    return set_cell_size(text, cells // 2).rstrip(" ") + _ELLIPSIS + text[start:]


def fill(text: str, cells: int) -> str:
    """A safe line of exactly ``cells`` columns where it is not wider already."""
    return text + " " * (cells - cell_len(text))


def styled(value: Any, style: str = "") -> Text:
    """A safe line as rich shows it, with no markup read into it."""
    return Text(line(value), style=style, end="")


def _shown(character: str) -> str:
    if character in "\t\n\r\v\f ":
        return " "
    # Zero-width marks and the private planes are not printable either: two different names must not look the same.
    if character.isprintable() and unicodedata.category(character) not in ("Cf", "Co"):
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
