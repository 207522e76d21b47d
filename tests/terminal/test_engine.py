"""The terminal's face: modes, cursor, what is undone after a program, drawing for smaller viewers, resizes."""

from __future__ import annotations

import pytest

from ai_session_tui.terminal import Modes, Terminal
from tests.terminal.oracles import GhosttyOracle, Oracle, OurTerminal


def fed(data: str, columns: int = 20, rows: int = 5) -> Terminal:
    terminal = Terminal(columns, rows)
    terminal.feed(data.encode())
    return terminal


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("\x1b[?1h", Modes(application_cursor=True)),
        ("\x1b=", Modes(application_keypad=True)),
        ("\x1b[?7l", Modes(autowrap=False)),
        ("\x1b[4h", Modes(insert=True)),
        ("\x1b[20h", Modes(newline=True)),
        ("\x1b[?67h", Modes(backarrow=True)),
        ("\x1b[?5h", Modes(reverse=True)),
        ("\x1b[?6h", Modes(origin=True)),
        ("\x1b[?1049h", Modes(alternate=True)),
        ("\x1b[?2004h", Modes(bracketed_paste=True)),
        ("\x1b[?1004h", Modes(focus=True)),
        ("\x1b[?2026h", Modes(synchronized=True)),
        ("\x1b[?1007l", Modes(alternate_scroll=False)),
        ("\x1b[?2031h", Modes(color_scheme_reports=True)),
        ("\x1b[?9h", Modes(mouse_tracking=9)),
        ("\x1b[?1000;1002;1006h", Modes(mouse_tracking=1002, mouse_encoding=1006)),
        ("\x1b[?1003;1005h", Modes(mouse_tracking=1003, mouse_encoding=1005)),
        ("\x1b[?1000;1015h", Modes(mouse_tracking=1000, mouse_encoding=1015)),
        ("\x1b[?1000;1016h", Modes(mouse_tracking=1000, mouse_encoding=1016)),
        ("\x1b[>1u", Modes(kitty_flags=1)),
        ("\x1b[>4;2m", Modes(modify_other_keys=2)),
    ],
)
def test_a_mode_is_tracked_and_undone_when_the_program_ends(sequence: str, expected: Modes) -> None:
    terminal = fed(f"$ prog\r\n{sequence}")
    assert terminal.modes == expected
    rebuilt = Terminal(20, 5)
    rebuilt.feed(terminal.snapshot())
    assert rebuilt.modes == expected
    terminal.end_program()
    assert terminal.modes == Modes()


@pytest.mark.parametrize("number", [1, 7, 25, 1000, 2004])
def test_no_ansi_mode_resets_a_private_one(number: int) -> None:
    """Private modes are kept shifted by five bits, as in pyte."""
    terminal = Terminal(20, 5)
    terminal.feed(f"\x1b[?{number}h".encode())
    before = terminal.state()
    terminal.feed(f"\x1b[{number << 5}l\x1b[{number << 5}h".encode())
    assert terminal.state() == before


def test_a_program_that_died_in_the_alternate_screen_leaves_the_shell_its_screen() -> None:
    terminal = fed("$ vim\r\n\x1b[?1049h\x1b[2J\x1b[3;4r\x1b[1;31m\x1b(0\x1b[?25l\x1b[5 qqqq")
    terminal.end_program()
    terminal.feed(b"$ q")
    assert terminal.lines() == ["$ vim", "$ q", "", "", ""]
    assert terminal.row(1).runs == ()
    assert terminal.cursor.visible
    assert terminal.cursor.shape == "block"


def test_ending_a_program_on_the_main_screen_moves_no_cursor() -> None:
    terminal = fed("one\r\ntwo")
    terminal.end_program()
    assert (terminal.cursor.column, terminal.cursor.row) == (3, 1)
    assert terminal.lines()[:2] == ["one", "two"]


@pytest.mark.parametrize(
    ("style", "shape", "blink"),
    [(0, "block", False), (1, "block", True), (2, "block", False), (3, "underline", True), (4, "underline", False),
     (5, "bar", True), (6, "bar", False), (9, "block", False)],
)  # fmt: skip
def test_the_cursor_has_a_shape(style: int, shape: str, blink: bool) -> None:
    cursor = fed(f"\x1b[{style} q").cursor
    assert (cursor.shape, cursor.blink, cursor.visible) == (shape, blink, True)


def test_the_cursor_hides() -> None:
    assert not fed("\x1b[?25l").cursor.visible


def test_reset_brings_back_the_first_day_but_keeps_the_scrollback() -> None:
    terminal = fed("a\r\n" * 9 + "\x1b[?1049h\x1b[?1;5;2004h\x1b[31m\x1b[2;3r\x1b]2;t\x07\x1bc")
    assert (terminal.lines(), terminal.modes, terminal.title) == ([""] * 5, Modes(), "")
    assert terminal.history_length == 5


def test_changed_rows_are_told_once() -> None:
    terminal = fed("one\r\ntwo")
    seen = terminal.epoch
    assert terminal.rows_changed_since(seen) == []
    assert terminal.rows_changed_since(-1) == [0, 1, 2, 3, 4]
    terminal.feed(b"\x1b[4;1Hx")
    assert terminal.rows_changed_since(seen) == [3]
    terminal.feed(b"\x1b[2;4r\x1b[4;1H\n")
    assert terminal.rows_changed_since(seen) == [1, 2, 3]
    assert terminal.rows_changed_since(terminal.epoch) == []


def test_a_smaller_viewer_gets_the_screen_cropped_around_the_cursor() -> None:
    terminal = fed("0123456789漢字\r\n\x1b[31mred\x1b[m\r\n3\r\n4\r\n5")
    viewer = Terminal(11, 3)
    viewer.feed(terminal.snapshot(columns=11, rows=3))
    assert viewer.lines() == ["3", "4", "5"]
    assert (viewer.cursor.column, viewer.cursor.row) == (1, 2)
    wide = Terminal(11, 5)
    wide.feed(terminal.snapshot(columns=11, rows=5))
    assert wide.lines() == ["0123456789", "red", "3", "4", "5"]
    assert wide.row(1) == terminal.row(1)


def test_rows_are_drawn_in_their_places() -> None:
    terminal = fed("aaaa\r\n\x1b[44mbb  \x1b[m\r\ncccc")
    viewer = fed("\x1b[41mxxxxxxxxxxxxxxxxxxx\r\nyyyyyyyyyyyyyyy\r\nzzzzzzzzzzzzzz")
    viewer.feed(terminal.render_rows([0, 1], 3))
    assert viewer.lines()[:3] == ["aaa", "bb", "zzzzzzzzzzzzzz"]
    assert viewer.row(1).runs == ((0, 3, terminal.row(1).runs[0][2]),)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 3)])
def test_a_terminal_without_cells_is_refused(size: tuple[int, int]) -> None:
    terminal = fed("text")
    with pytest.raises(ValueError, match="no cells"):
        terminal.resize(*size)
    assert terminal.lines()[0] == "text"


def test_lines_come_back_from_the_scrollback_when_the_screen_grows() -> None:
    terminal = fed("\r\n".join(str(number) for number in range(20)))
    terminal.resize(20, 10)
    assert terminal.lines() == [str(number) for number in range(10, 20)]
    terminal.resize(20, 3)
    assert terminal.lines() == ["17", "18", "19"]
    assert terminal.history_length == 17


def test_the_cursor_stays_on_its_text_when_lines_are_rewrapped() -> None:
    terminal = fed("$ a command line that wraps\x1b[4D", columns=10, rows=6)
    for columns in (7, 30, 12, 3, 10):
        terminal.resize(columns, 6)
        row = terminal.row(terminal.cursor.row).text
        assert row[terminal.cursor.column] == "r", columns


def test_a_wider_window_is_filled_from_the_scrollback_as_far_as_it_was_filled_before() -> None:
    """A prompt with some free lines below it does not jump to the top of an empty screen."""
    terminals: list[Oracle] = [OurTerminal(20, 10), GhosttyOracle(20, 10)]
    for terminal in terminals:
        terminal.feed(b"".join(b"%d takes more than a row\r\n" % number for number in range(10)) + b"\x1b[4A\r\x1b[J$ ")
        terminal.resize(40, 10)
        picture = terminal.picture()
        assert picture.cursor == (2, 5), terminal.name
        assert picture.lines[:6] == [*[f"{number} takes more than a row" for number in range(3, 8)], "$"]


def test_the_alternate_screen_is_cropped_and_the_main_one_rewrapped_behind_it() -> None:
    terminal = fed("a long line of the shell\x1b[?1049h\x1b[Hfull screen of an editor", columns=24)
    terminal.resize(12, 5)
    assert terminal.lines() == ["full screen", "", "", "", ""]
    terminal.feed(b"\x1b[?1049l!")
    assert terminal.lines()[:2] == ["a long line", "of the shell"]
    assert terminal.text() == "a long line of the shell!\n"


def test_rows_out_of_range_are_refused() -> None:
    for y in (-1, 5):
        with pytest.raises(IndexError):
            fed("x").row(y)


def test_text_is_told_plain_and_in_colours() -> None:
    terminal = fed("a\x1b[31mb\x1b[m\r\n" + "x" * 25)
    assert terminal.text() == "ab\n" + "x" * 25 + "\n"
    assert terminal.ansi_text() == "a\x1b[0;31mb\x1b[m\n" + "x" * 20 + "\nxxxxx\n"
    assert fed("").text() == ""


def test_plain_output_waits_until_somebody_looks() -> None:
    terminal = Terminal(20, 5)
    for _ in range(20):
        terminal.feed(b"\x1b[32mline\x1b[m\r\n" * 300 + b"\x1b[3")
        terminal.feed(b"1mred\x1b[m\r\n")
    assert terminal._put_off
    assert terminal.lines() == ["line", "line", "line", "red", ""]
    assert not terminal._put_off
    assert terminal.history_length == 20 * 301 - 4
    assert terminal.history_row(300).text == "red"
