"""Underlines that Rich has no word for reach terminals that draw them, and only those."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console
from rich.style import Style as RichStyle
from textual._ansi_theme import MONOKAI
from textual.color import Color as TextualColor
from textual.filter import ANSIToTruecolor
from textual.strip import Strip

from ai_session_tui.terminal import Terminal
from ai_session_tui.widgets.looks import Overlay
from ai_session_tui.widgets.painting import row_strip
from ai_session_tui.widgets.underlines import knows_underlines
from tests.widgets.test_painting import LOOK

KNOWING = replace(LOOK, draws_lines=True)
TEXT = (
    b"\x1b[4:3;58:2::255:0:0mcurly\x1b[m \x1b[4:4mdotted\x1b[m \x1b[4:5;38;5;200mdashed\x1b[m "
    b"\x1b[4;58:5:200mone\x1b[m \x1b[4mplain"
)


def drawn(strip: Strip) -> str:
    return strip.render(Console(color_system="truecolor", force_terminal=True))


def seen(ansi: str, columns: int = 40) -> Terminal:
    """Return what the user's terminal makes of what is sent to it."""
    terminal = Terminal(columns, 2)
    terminal.feed(ansi.encode())
    return terminal


def lines_of(ansi: str) -> list[tuple[str, int]]:
    row = seen(ansi).row(0)
    return [(row.text[start:end].strip(), style.underline) for start, end, style in row.runs if style.underline]


def strip_of(text: bytes, overlays: tuple[Overlay, ...] = (), *, knowing: bool = True) -> Strip:
    terminal = Terminal(40, 2)
    terminal.feed(text)
    return row_strip(terminal.row(0), 40, KNOWING if knowing else LOOK, overlays)


def test_each_kind_and_colour_of_line_is_drawn() -> None:
    ansi = drawn(strip_of(TEXT))
    assert lines_of(ansi) == [("curly", 3), ("dotted", 4), ("dashed", 5), ("one", 1), ("plain", 1)]
    assert "58:2::255:0:0" in ansi and "58:5:200" in ansi


def test_a_terminal_that_may_not_know_them_gets_plain_underlines() -> None:
    ansi = drawn(strip_of(TEXT, knowing=False))
    assert {kind for _, kind in lines_of(ansi)} == {1}
    assert ":" not in ansi


def test_a_selection_leaves_the_line_under_what_it_covers() -> None:
    ansi = drawn(strip_of(TEXT, (Overlay(1, 3, RichStyle(reverse=True)),)))
    assert lines_of(ansi)[:3] == [("c", 3), ("ur", 3), ("ly", 3)]


def test_filters_and_cuts_of_textual_leave_it_too() -> None:
    strip = strip_of(b"\x1b[2;4:5;38;5;200mdashed").apply_filter(ANSIToTruecolor(MONOKAI), TextualColor.parse("black"))
    assert lines_of(drawn(strip.crop(1, 20))) == [("ashed", 5)]


def test_looks_that_differ_in_the_line_alone_are_not_mixed_up() -> None:
    strip = strip_of(b"\x1b[4:3ma\x1b[4:4mb\x1b[4:3;58:5:1mc").simplify()
    assert [kind for _, kind in lines_of(drawn(strip))] == [3, 4, 3]
    assert strip == strip_of(b"\x1b[4:3ma\x1b[4:4mb\x1b[4:3;58:5:1mc").simplify()


@pytest.mark.parametrize(
    ("environment", "knows"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot-extra"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7006"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "3409"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "²"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux-1/default,1,0"}, True),
        ({"TERM": "tmux-256color"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-1/default,1,0"}, True),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "linux"}, False),
        ({}, False),
    ],
)
def test_only_terminals_that_are_known_to_draw_them_are_sent_them(environment: dict[str, str], knows: bool) -> None:
    assert knows_underlines(environment) is knows
