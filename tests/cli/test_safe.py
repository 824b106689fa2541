"""Untrusted text to text that can be shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screens import safe

ANY = st.text(st.characters(blacklist_categories=[])) | st.text("\x1b[]m;\u202e\u2066\u200b\x9b\x07\r\n\tab漢é\ud800")


@given(ANY)
def test_nothing_in_a_line_steers_a_terminal_or_hides(text: str) -> None:
    line = safe.line(text)
    assert line.isprintable()
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co") for character in line)
    line.encode("utf-8")
    assert safe.line(line) == line


@given(ANY, st.integers(-2, 30))
def test_a_cut_line_fits(text: str, cells: int) -> None:
    line = safe.line(text)
    cut = safe.cut(line, cells)
    assert cell_len(cut) <= max(0, cells)
    assert cut == line or cut.endswith("…") or cells <= 0


@given(ANY, st.integers(-2, 30))
def test_a_line_cut_in_its_middle_fits_and_keeps_its_end(text: str, cells: int) -> None:
    line = safe.line(text)
    cut = safe.cut_middle(line, cells)
    assert cell_len(cut) <= max(0, cells)
    if cell_len(line) > cells > 6:
        before, _, after = cut.rpartition("…")
        assert line.endswith(after)
        assert before.rstrip(" ") == before


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain — 漢字 é", "plain — 漢字 é"),
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("a\nSTOP b\tc", "a STOP b c"),
        ("\x9b31m", "\\x9b31m"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        (404, "404"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: object, shown: str) -> None:
    assert safe.line(text) == shown


def test_markup_is_text() -> None:
    assert safe.styled("[red]x[/red]").plain == "[red]x[/red]"


def test_wide_characters_count_twice() -> None:
    assert safe.cut("漢漢漢", 4) == "漢…"
    assert safe.cut_middle("漢字漢字", 6) == "漢…字"
    assert safe.fill("漢", 4) == "漢  "
