"""The width table: one answer for parser, renderer and search."""

from __future__ import annotations

import pytest

from ai_session_tui.terminal import Terminal
from ai_session_tui.terminal.widths import char_width, joins, split, text_width
from tests.terminal.oracles import GhosttyOracle, Oracle, OurTerminal, TmuxOracle, TmuxServer

CLUSTERS = [
    ("a", 1),
    ("é", 1),
    ("e\u0301", 1),
    ("漢", 2),
    ("한", 2),
    ("ｱ", 1),
    ("Ａ", 2),
    ("─", 1),
    ("\ue0b0", 1),
    ("👍", 2),
    ("👍🏽", 2),
    ("☝", 1),
    ("☝🏽", 2),
    ("❤", 1),
    ("❤\ufe0f", 2),
    ("1\ufe0f\u20e3", 2),
    ("🇩🇪", 2),
    ("👩\u200d👩\u200d👧", 2),
    ("❤\ufe0f\u200d🔥", 2),
    ("\U00100000", 1),
    ("ন্", 1),
]


@pytest.mark.parametrize(("cluster", "width"), CLUSTERS)
def test_a_cluster_takes_its_cells_wherever_it_is_measured(cluster: str, width: int) -> None:
    assert text_width(cluster) == width
    assert split(cluster) == [(cluster, width)]
    terminal = Terminal(20, 3)
    terminal.feed((cluster + "|").encode())
    assert terminal.cursor.column == width + 1
    assert terminal.lines()[0] == cluster + "|"


@pytest.mark.parametrize(("cluster", "width"), CLUSTERS)
def test_a_cluster_neither_drops_nor_shifts_text(cluster: str, width: int) -> None:
    for column in range(1, 12):
        terminal = Terminal(10, 4)
        text = "x" * column + cluster + "yz"
        terminal.feed(text.encode())
        assert terminal.text() == text + "\n"
        assert len(terminal.lines()[0]) >= min(column, 9)


@pytest.mark.parametrize("first", range(3))
def test_overwriting_half_a_wide_character_clears_the_other_half(first: int) -> None:
    terminal = Terminal(10, 2)
    terminal.feed(f"漢漢\x1b[1;{first + 1}Hx".encode())
    assert terminal.lines()[0] == {0: "x 漢", 1: " x漢", 2: "漢x"}[first]


@pytest.mark.parametrize(
    ("text", "count"), [("🇩🇪🇫🇷", 2), ("🇩🇪🇫", 2), ("👍👍", 2), ("─\u200d│", 2), ("漢🏽", 2), ("🇩🇪\u200d👍", 2)]
)
def test_what_does_not_join_stays_apart(text: str, count: int) -> None:
    assert len(split(text)) == count
    terminal = Terminal(20, 2)
    terminal.feed(text.encode())
    assert terminal.cursor.column == text_width(text)


@pytest.mark.parametrize(("text", "width"), [("का", 2), ("नि", 2), ("नमस्ते", 4), ("தமிழ்", 4), ("বালা", 4), ("မြန်မာ", 5)])
def test_spacing_marks_take_a_cell(text: str, width: int, tmux: TmuxServer) -> None:
    """libghostty, tmux and the C library agree; programs that edit such text count on it."""
    terminals: list[Oracle] = [OurTerminal(20, 3), GhosttyOracle(20, 3), TmuxOracle(tmux, 20, 3)]
    for terminal in terminals:
        terminal.feed((text + "|").encode())
    pictures = [terminal.picture() for terminal in terminals]
    for terminal in terminals:
        terminal.close()
    assert [picture.cursor for picture in pictures] == [(width + 1, 0)] * 3
    assert pictures[0].lines[0] == text + "|"
    assert text_width(text) == width


def test_widths_of_single_characters() -> None:
    assert [char_width(character) for character in "a漢\u0301\u200d🇩🏽"] == [1, 2, 0, 0, 2, 2]
    assert joins("👩\u200d", "👧")
    assert not joins("x\u200d", "👧")
