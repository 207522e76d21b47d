"""The scrollback: numbers, bounds, memory, search, and styles that are forgotten when no cell has them."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable

import pytest

from ai_session_tui.terminal import Terminal
from ai_session_tui.terminal.search import Match


def numbered(count: int, columns: int = 20, rows: int = 5, history: int = 100) -> Terminal:
    terminal = Terminal(columns, rows, history=history)
    for number in range(count):
        terminal.feed(f"line {number}\r\n".encode())
    return terminal


def test_a_line_keeps_its_number_when_older_ones_are_dropped() -> None:
    terminal = numbered(300)
    assert terminal.history_length == 100
    assert terminal.dropped == 300 - 4 - 100
    assert terminal.history_row(0).text == f"line {terminal.dropped}"
    assert terminal.history_row(99).text == "line 295"
    with pytest.raises(IndexError):
        terminal.history_row(100)


def test_without_history_nothing_is_kept() -> None:
    terminal = numbered(50, history=0)
    assert (terminal.history_length, terminal.dropped) == (0, 46)


def test_only_lines_that_leave_the_top_of_the_main_screen_are_kept() -> None:
    terminal = Terminal(10, 4)
    terminal.feed(b"\x1b[2;3r\x1b[3;1Ha\r\nb\r\nc\r\nd")
    assert terminal.history_length == 0
    terminal.feed(b"\x1b[r\x1b[?1049h" + b"x\r\n" * 20)
    assert terminal.history_length == 0
    terminal.feed(b"\x1b[?1049l\x1b[1;3r\x1b[3;1Hx\r\ny\r\n")
    assert terminal.history_length == 2


def test_the_screen_can_be_cleared_with_its_scrollback() -> None:
    terminal = numbered(50)
    terminal.feed(b"\x1b[H\x1b[2J\x1b[3J")
    assert (terminal.history_length, terminal.text(None)) == (0, "")


def letters(row: int) -> str:
    return (f"\x1b[3{row % 8}m" + f"{row} " * 30)[:118] + "\x1b[m" + "x" * 20 + "\x1b[120G|\r\n"


def boxes(row: int) -> str:
    """A full line of box drawing in which every cell has another colour than the one before it."""
    return "".join(f"\x1b[38;5;{(row * 7 + x) % 256}m{'─│┌┐└┘├┤'[(row + x) % 8]}" for x in range(120)) + "\x1b[m\r\n"


def emoji(row: int) -> str:
    return "".join(f"\x1b[{31 + (row + x) % 6}m{'🚀🎉漢字'[(row + x) % 4]}" for x in range(60)) + "\x1b[m\r\n"


@pytest.mark.parametrize("kind", [letters, boxes, emoji])
def test_two_thousand_full_lines_take_at_most_a_megabyte(kind: Callable[[int], str]) -> None:
    chunks = [kind(row).encode() for row in range(2000)]
    terminal = Terminal(120, 40, history=2000)
    terminal.feed(b"".join(chunks[:50]))
    tracemalloc.start()
    for chunk in chunks:
        terminal.feed(chunk)
    terminal.catch_up()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert terminal.history_length == 2000
    assert taken <= 1024 * 1024, f"{taken / 2000:.0f} bytes a line"


def test_a_new_terminal_takes_little_memory() -> None:
    Terminal(120, 40)
    tracemalloc.start()
    terminals = [Terminal(120, 40) for _ in range(20)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(terminals) <= 100 * 1024


def test_styles_no_cell_has_any_more_are_forgotten() -> None:
    terminal = Terminal(40, 5, history=10)
    for number in range(200_000 // 40):
        row = "".join(f"\x1b[38;2;{number >> 8 & 255};{number & 255};{x}mx" for x in range(40))
        terminal.feed(row.encode() + b"\r\n")
    assert len(terminal._screen.styles) < 80_000
    _, _, style = terminal.row(3).runs[-1]
    assert style.foreground & 0xFF == 39
    rebuilt = Terminal(40, 5, history=10)
    rebuilt.feed(terminal.snapshot())
    assert rebuilt.state() == terminal.state()


def test_too_many_styles_in_the_scrollback_cost_its_older_half() -> None:
    terminal = Terminal(100, 5, history=10_000)
    for number in range(1000):
        row = "".join(f"\x1b[38;2;{number >> 8};{number & 255};{x}mx" for x in range(100))
        terminal.feed(b"\x1b[99H")  # so that it is no flood, of which only bytes are kept
        terminal.feed(row.encode() + b"\r\n")
    assert 0 < terminal.history_length < 1000
    assert terminal.history_length + terminal.dropped == 1000
    assert terminal.history_row(terminal.history_length - 1).runs[0][2].foreground & 0xFFFF00 == 995 << 8


def combined(number: int) -> str:
    """Return one of two million clusters."""
    return chr(0x4E00 + number % 20_000) + chr(0x300 + number // 20_000)


def test_clusters_no_cell_has_any_more_are_forgotten() -> None:
    """However many were shown in the terminal's life: the next one is whole."""
    terminal = Terminal(40, 5, history=100)
    for start in range(0, 200_000, 500):
        terminal.feed("".join(map(combined, range(start, start + 500))).encode())
    assert terminal.lines()[4].endswith(combined(199_999))
    assert terminal.history_row(0).text[0] == combined(200_000 - 2100)[0]
    assert terminal.text(None) == "".join(map(combined, range(200_000 - 2100, 200_000))) + "\n"


def test_too_many_clusters_in_the_scrollback_cost_its_older_half() -> None:
    terminal = Terminal(100, 5, history=10_000)
    for start in range(0, 100_000, 50):
        terminal.feed(("".join(map(combined, range(start, start + 50))) + "\r\n").encode())
    assert 0 < terminal.history_length < 2000
    assert terminal.history_row(terminal.history_length - 1).text == "".join(map(combined, range(99_750, 99_800)))
    assert terminal.lines()[3] == "".join(map(combined, range(99_950, 100_000)))


def test_links_are_forgotten_by_their_size() -> None:
    terminal = Terminal(40, 5, history=100)
    for number in range(8000):
        terminal.feed(f"\x1b]8;;http://{number}/{'x' * 1900}\x1b\\a\x1b]8;;\x1b\\\r\n".encode())
    assert len(terminal._screen.styles) < 4000


def test_search_finds_the_newest_first_and_goes_on_above() -> None:
    terminal = numbered(300)
    first = terminal.search(re.compile(r"line [0-9]*7\b"), limit=2)
    assert [match.line for match in first] == [297, 287]
    assert first[0] == Match(297, 0, 297, 8)
    rest = terminal.search(re.compile(r"line [0-9]*7\b"), before=first[-1].line, limit=1000)
    assert [match.line for match in rest] == [277, 267, 257, 247, 237, 227, 217, 207, 197]


def test_search_goes_across_wrapped_lines_and_counts_cells() -> None:
    terminal = Terminal(6, 4)
    terminal.feed("漢字 need\r\nle needle 漢needle".encode())
    found = terminal.search(re.compile("needle"))
    assert found == [Match(4, 0, 4, 6), Match(2, 3, 3, 3)]
    assert terminal.search(re.compile("字 n")) == [Match(0, 2, 0, 6)]


def test_search_skips_empty_matches() -> None:
    assert numbered(3).search(re.compile("x*")) == []


def test_packed_lines_are_read_reflowed_and_recoloured_as_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def filled() -> Terminal:
        terminal = Terminal(30, 5, history=700)
        for row in range(800):
            terminal.feed(
                (f"{row} " + (emoji(row) if row % 3 else boxes(row)))[: 90 + row % 400].encode() + b"\r\n\x1b[m"
            )
        return terminal

    packed = filled()
    monkeypatch.setattr("ai_session_tui.terminal.history.SEGMENT_LINES", 10_000)
    loose = filled()
    for terminal in (packed, loose):
        terminal._screen.collect_styles()
    assert packed.state() == loose.state()
    assert [packed.history_row(n) for n in (0, 300, 699, 1)] == [loose.history_row(n) for n in (0, 300, 699, 1)]
    for columns, rows in ((17, 9), (64, 3), (30, 40), (30, 2)):
        for terminal in (packed, loose):
            terminal.resize(columns, rows)
        assert packed.state() == loose.state()
