"""Lines are what a person saw scroll by, however the output was cut, and whichever way they were found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.terminal import Terminal
from ai_session_tui.text import TextReader, read_lines
from ai_session_tui.text.screen import BLANK_SCREEN, FULL_SCREEN, ScreenText


def lines_of(data: bytes) -> list[str]:
    return list(read_lines([data]))


CASES = {
    "plain text": (b"one\ntwo\n", ["one", "two"]),
    "no line end at the end": (b"one\r\ntwo", ["one", "two"]),
    "colours are gone": (b"\x1b[1;31merror\x1b[0m: bad\r\n", ["error: bad"]),
    "a link keeps its text": (b"\x1b]8;;http://x.test\x1b\\here\x1b]8;;\x07 now\r\n", ["here now"]),
    "progress leaves its last state": (b" 10%\r 50%\r100%\r\n", ["100%"]),
    "a shorter line leaves the tail of a longer one": (b"abcdef\rxy\r\n", ["xycdef"]),
    "erasing the tail": (b"downloading 10%\r\x1b[Kdone\r\n", ["done"]),
    "a spinner in the first column": (b"|\x1b[1G\x1b[0K/\x1b[1G\x1b[0Kadded 3 packages\r\n", ["added 3 packages"]),
    "backspaces": (b"50%\b\b\b75%\r\n", ["75%"]),
    "erasing where nothing stands": (b"a.c:1:\x1b[m\x1b[K bad\x1b[K\r\n", ["a.c:1: bad"]),
    "a shortened colour": (b"!= {'a'\x1b[39;49;0...\r\nnext\r\n", ["!= {'a'...", "next"]),
    "wide characters stay whole": ("進捗 10%\r進捗 100%\r\n".encode(), ["進捗 100%"]),
    "half a wide character is a blank": ("漢字\rab\x1b[1Gx\r\n".encode(), ["xb字"]),
    "inserting in front of a wide character": ("wide 漢字\raaaa\x1b[2@\r\n".encode(), ["aaaa   漢字"]),
    "a redrawn block": (
        b"task a: run\r\ntask b: run\r\n\x1b[2A\x1b[Ktask a: ok\r\n\x1b[Ktask b: ok\r\nend\r\n",
        ["task a: ok", "task b: ok", "end"],
    ),
    "cut text is no sequence": (b"a\x1b", ["a"]),
    "broken UTF-8": (b"a\xffb\n", ["a\ufffdb"]),
    "blank lines stay": (b"a\n\n\nb\n", ["a", "", "", "b"]),
    "tabs stay": (b"a\tb\n", ["a\tb"]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize("name", CASES)
def test_lines(name: str) -> None:
    data, lines = CASES[name]
    assert lines_of(data) == lines


def test_a_full_screen_program_is_noted_with_its_last_screen() -> None:
    data = b"before\r\n\x1b[?1049h\x1b[H\x1b[2Jfirst\x1b[H\x1b[2Jlast\x1b[?1049lafter\r\n"
    lines = lines_of(data)
    assert lines == [FULL_SCREEN, "last", "before", "after"] or lines == ["before", FULL_SCREEN, "last", "after"]


def test_a_full_screen_program_that_tidied_up_is_noted_too() -> None:
    data = b"before\r\n\x1b[?1049h\x1b[H\x1b[2Jshown\x1b[H\x1b[2J\x1b[?1049lafter\r\n"
    lines = lines_of(data)
    assert lines == [BLANK_SCREEN, "before", "after"] or lines == ["before", BLANK_SCREEN, "after"]


def test_pages_that_are_wiped_away_are_seen() -> None:
    page = b"\x1b[H\x1b[2J\x1b[3Jpod %s\r\n"
    lines = lines_of(page % b"Pending" + page % b"Pending" + page % b"Running")
    assert [line for line in lines if line] == ["pod Pending", "pod Running"]


def test_line_by_line_again_after_a_redraw() -> None:
    reader = TextReader()
    lines = reader.feed(b"a\r\nb\r\n\x1b[1Ac\r\n")
    for number in range(1000):
        lines += reader.feed(b"line %d\r\n" % number)
    assert reader._screen is None
    lines += reader.finish()
    assert lines == ["a", "c", *(f"line {number}" for number in range(1000))]


def test_memory_is_bounded_by_what_still_shows() -> None:
    reader = TextReader()
    for number in range(20_000):
        assert reader.feed(b"\r%7d of 20000 things and more of them" % number) == []
        assert reader._pending_size < 200_000
    assert reader.finish() == ["  19999 of 20000 things and more of them"]


def test_an_endless_line_comes_in_pieces() -> None:
    reader = TextReader()
    lines = []
    for _ in range(40):
        lines += reader.feed(b"x" * 65536)
    lines += reader.finish()
    assert "".join(lines) == "x" * 40 * 65536
    assert len(lines) == 3


WORDS = st.sampled_from(
    [
        "a",
        "word",
        "wide 漢字",
        "e\u0301",
        "|",
        " ",
        "  ",
        "12%",
        "\r",
        "\r\n",
        "\r\n",
        "\b",
        "\x1b[K",
        "\x1b[2K",
        "\x1b[1K",
        "\x1b[3C",
        "\x1b[2D",
        "\x1b[G",
        "\x1b[4G",
        "\x1b[P",
        "\x1b[2@",
        "\x1b[3X",
        "\x1b[31m",
        "\x1b[m",
        "\x1b]0;title\x07",
        "\x1b(B",
        "\x1b[?25l",
        "\x1b]8;;u\x1b\\",
        "\x1bPdata\x1b\\",
        "\x1b[>4;1m",
        "\x1b=",
    ]
)
PLACES = st.sampled_from(
    [
        "\x1b[A",
        "\x1b[2A",
        "\x1b[B",
        "\x1b[H",
        "\x1b[J",
        "\x1b[2J",
        "\x1b[3J",
        "\x1b7",
        "\x1b8",
        "\x1bM",
        "\x1b[?1049h",
        "\x1b[?1049l",
        "\x1b[2;3H",
        "\n",
        "\x1b[L",
        "\x1b[M",
    ]
)


@given(st.lists(WORDS, max_size=40))
@settings(max_examples=400)
def test_both_ways_give_the_same_lines(words: list[str]) -> None:
    """A line of the terminal holds at most 400 cells here: nothing wraps."""
    text = "".join(words)
    screen = ScreenText(400, 60, [])
    with_terminal = screen.feed(text) + screen.finish()
    by_line = lines_of(text.encode())
    while by_line and not by_line[-1]:
        by_line.pop()
    assert by_line == with_terminal


ALL = st.lists(st.one_of(WORDS, PLACES, st.just("\r\n" * 30)), max_size=60)
REDRAWS = st.sampled_from(["text", "漢", "a" * 19, "\r\n", "\r\n", "\x1b[A", "\x1b[B"])


@given(ALL, st.lists(st.integers(1, 9), min_size=1, max_size=5))
@settings(max_examples=400, deadline=None)
def test_cuts_change_nothing(words: list[str], sizes: list[int]) -> None:
    data = "".join(words).encode()
    pieces, start, turn = [], 0, 0
    while start < len(data):
        pieces.append(data[start : start + sizes[turn % len(sizes)]])
        start += sizes[turn % len(sizes)]
        turn += 1
    assert list(read_lines(pieces, 20, 8)) == list(read_lines([data], 20, 8))


@given(st.lists(REDRAWS, max_size=60))
@settings(max_examples=200, deadline=None)
def test_redraws_are_what_the_terminal_shows(words: list[str]) -> None:
    data = "".join(words).encode()
    terminal = Terminal(20, 8, history=10_000)
    terminal.feed(data)
    shown = terminal.text(None).rstrip("\n").split("\n")
    while shown and not shown[-1]:
        shown.pop()
    lines = list(read_lines([data], 20, 8))
    while lines and not lines[-1]:
        lines.pop()
    # Rows do not tell a blank from the gap in front of a wide character that did not fit and was overwritten later.
    assert [line.replace(" ", "") for line in lines] == [line.replace(" ", "") for line in shown]


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_can_be_read(data: bytes) -> None:
    for line in lines_of(data):
        assert "\n" not in line
        assert "\x1b" not in line
