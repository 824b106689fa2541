"""Text measured in the cells of a terminal: a wide character takes two, a mark over another one none. Pure."""

import unicodedata
from collections.abc import Iterable

_ELLIPSIS = "…"


def cells(text: str) -> int:
    """How many cells a line takes."""
    return sum(map(_cells, text))


def cut(text: str, most: int) -> str:
    """The line, at most ``most`` cells wide; what is cut off becomes an ellipsis."""
    if cells(text) <= most:
        return text
    kept, room = [], most - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS if most > 0 else ""


def fill(text: str, wide: int) -> str:
    """The line, of exactly ``wide`` cells: cut, or with spaces behind it."""
    text = cut(text, wide)
    return text + " " * (wide - cells(text))


def wrapped(text: str, wide: int, indent: str = "") -> list[str]:
    """The text in lines of at most ``wide`` cells; those after the first begin with ``indent``."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1].strip() else f"{lines[-1]}{word}"
        if cells(joined) <= wide or not lines[-1].strip():
            lines[-1] = joined
        else:
            lines.append(f"{indent}{word}")
    return [cut(line, wide) for line in lines]


def wrapped_pieces(head: str, pieces: Iterable[str], wide: int) -> list[str]:
    """The pieces, each whole where it fits, two spaces apart behind ``head``; no line where there are none."""
    lines: list[str] = []
    indent = " " * cells(head)
    for piece in pieces:
        if lines and cells(lines[-1]) + 2 + cells(piece) <= wide:
            lines[-1] += f"  {piece}"
        else:
            lines.append((indent if lines else head) + piece)
    return [cut(line, wide) for line in lines]


def box(title: str, inside: Iterable[str], wide: int) -> list[str]:
    """The lines in a frame of ``wide`` cells, with a title in its upper edge."""
    head = f"─ {cut(title, max(1, wide - 6))} " if title else ""
    return [
        f"┌{head}{'─' * (wide - 2 - cells(head))}┐",
        *(f"│ {fill(line, wide - 4)} │" for line in inside),
        f"└{'─' * (wide - 2)}┘",
    ]


def beside(columns: list[list[str]], wide: int, gap: int = 1) -> list[str]:
    """Columns of ``wide`` cells each, next to each other."""
    height = max(map(len, columns), default=0)
    rows = ([column[row] if row < len(column) else "" for column in columns] for row in range(height))
    return [(" " * gap).join(fill(cell, wide) for cell in row) for row in rows]


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        # A variation selector may make what stands before it wide.
        return int("\ufe00" <= character <= "\ufe0f")
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
