"""Rows to strips: whatever a program printed, the strip has its width and nothing but harmless cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style as RichStyle

from ai_session_tui.styles.themes import backgrounds_of, palette_of
from ai_session_tui.terminal import RGB, Row, Style, Terminal
from ai_session_tui.terminal.widths import text_width
from ai_session_tui.widgets.looks import Look, Overlay
from ai_session_tui.widgets.painting import can_open, link_at, rich_style, row_strip, row_text

LOOK = Look(
    Color.parse("#ffffff"),
    Color.parse("#000000"),
    palette_of("session-dark", True, False),
    backgrounds_of("session-dark", True, False),
    selection=RichStyle(bgcolor="blue"),
    match=RichStyle(bgcolor="yellow"),
)
styles = st.builds(
    Style,
    foreground=st.sampled_from([-1, 1, 200, RGB | 0x102030]),
    background=st.sampled_from([-1, 4, RGB | 0xFFFFFF]),
    attributes=st.integers(0, 255),
    underline=st.integers(0, 5),
)
# Without spacing marks, see below.
alone = st.characters(exclude_categories=["Mc"])
signs = st.one_of(alone, st.sampled_from("a漢é👨‍👩‍👧🇩🇪e\u0301\x00\x1b\x07\u202e\ufe0f"))


@st.composite
def rows(draw: st.DrawFn) -> Row:
    text = draw(st.text(signs, max_size=40))
    runs, at = [], 0
    for _ in range(draw(st.integers(0, 5))):
        start = at + draw(st.integers(0, 10))
        at = start + draw(st.integers(1, 15))
        runs.append((start, at, draw(styles)))
    return Row(text, tuple(runs), wrapped=False)


@given(rows(), st.integers(1, 60), st.lists(st.tuples(st.integers(0, 50), st.integers(1, 70)), max_size=3))
def test_a_strip_has_exactly_its_width_and_no_control_character(
    row: Row, width: int, spans: list[tuple[int, int]]
) -> None:
    overlays = [Overlay(start, start + size, LOOK.match) for start, size in spans]
    strip = row_strip(row, width, LOOK, overlays)
    assert sum(cell_len(segment.text) for segment in strip) == width == strip.cell_length
    text = strip.text
    assert not any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or sign in "\u202e\u2066\u2028" for sign in text)


@given(rows(), st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_any_part_of_a_strip_can_be_cut_out(row: Row, width: int, one: int, other: int) -> None:
    """Panels lie over panes: Textual cuts strips anywhere, and nothing may shift."""
    start, end = sorted((min(one, width), min(other, width)))
    part = row_strip(row, width, LOOK).crop(start, end)
    assert sum(cell_len(segment.text) for segment in part) == end - start


def test_spacing_marks_are_drawn_in_cells_of_their_own() -> None:
    """Rich counts no cell for them, the terminal that they are written to does, and so does the pane's program."""
    terminal = Terminal(20, 2)
    terminal.feed("नमस्ते का|".encode())
    strip = row_strip(terminal.row(0), 20, LOOK)
    assert strip.text.rstrip() == "नमस्ते का|"
    assert strip.cell_length == 20 == text_width(strip.text)


def test_colours_attributes_and_links_are_kept() -> None:
    terminal = Terminal(40, 2)
    terminal.feed(b"\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3mtrue\x1b[m \x1b]8;;https://a.example/\x1b\\link\x1b]8;;\x1b\\")
    strip = row_strip(terminal.row(0), 40, LOOK)
    red, _, true, _, link = list(strip)[:5]
    assert (red.text, true.text, link.text) == ("red", "true", "link")
    assert red.style is not None and red.style.bold and red.style.color == LOOK.palette[1]
    assert true.style is not None and true.style.color == Color.from_rgb(1, 2, 3)
    assert link.style is not None and link.style.link == "https://a.example/"
    assert link_at(terminal.row(0), 9) == "https://a.example/"
    assert link_at(terminal.row(0), 1) == ""


def test_only_links_that_are_pages_mails_or_files_can_be_opened() -> None:
    assert can_open("https://example.org") and can_open("mailto:a@b.example") and can_open("file:///etc/motd")
    assert not can_open("javascript:alert(1)") and not can_open("ssh://host") and not can_open("https://a\x1b]52;c;x")
    assert rich_style(Style(link="vbscript:x"), LOOK).link is None


def test_text_of_cells_never_holds_half_a_wide_character() -> None:
    row = Row("漢字ab", (), wrapped=False)
    assert row_text(row, 0, 4) == "漢字"
    assert row_text(row, 1, 5) == " 字a"
    assert row_text(row, 4, 99) == "ab"
