"""A bar is drawn by the user's own terminal, where the program's cursor is, and only while it is to be seen."""

from __future__ import annotations

from textual.geometry import Offset

from ai_session_tui.terminal import Terminal
from ai_session_tui.widgets.outer_cursor import OuterCursor, WantedCursor
from tests.widgets.stage import Stage
from tests.widgets.test_terminal_pane import SIZE, Program, pane


class Lending(Stage):
    lends_cursor = True


def seen_by_the_terminal(written: str) -> tuple[bool, str]:
    terminal = Terminal(40, 11)
    terminal.feed(written.encode())
    return terminal.cursor.visible, terminal.cursor.shape


async def test_a_bar_stands_where_the_program_has_it() -> None:
    widget = pane()
    async with Lending(widget).run_test(size=SIZE) as pilot:
        widget.focus()
        program = Program(widget)
        program.prints("\x1b[5 q\x1b[3;8H")
        await pilot.pause()
        assert widget.wanted_cursor() == WantedCursor(Offset(7, 3), "bar")
        assert not any(segment.style and segment.style.reverse for segment in widget._strip(3))
        program.prints("\x1b[4 q")
        assert widget.wanted_cursor() == WantedCursor(Offset(7, 3), "underline")


async def test_a_block_is_drawn_by_cells() -> None:
    widget = pane()
    async with Lending(widget).run_test(size=SIZE) as pilot:
        widget.focus()
        Program(widget).prints("\x1b[2 q")
        await pilot.pause()
        assert widget.wanted_cursor() is None
        assert any(segment.style and segment.style.reverse for segment in widget._strip(1))


async def test_where_no_terminal_can_draw_it_the_bar_is_an_underline_as_before() -> None:
    widget = pane()
    async with Stage(widget).run_test(size=SIZE) as pilot:
        widget.focus()
        Program(widget).prints("\x1b[5 q")
        await pilot.pause()
        assert widget.wanted_cursor() is None
        assert any(segment.style and segment.style.underline for segment in widget._strip(1))


async def test_no_bar_is_left_behind() -> None:
    """Not while the scrollback is shown, in copy mode, without the focus, nor when the program hides it."""
    widget = pane()
    async with Lending(widget).run_test(size=SIZE) as pilot:
        widget.focus()
        program = Program(widget)
        program.prints("\x1b[6 q" + "line\r\n" * 30)
        await pilot.pause()
        assert widget.wanted_cursor() is not None
        widget.show_from(2)
        assert widget.wanted_cursor() is None
        widget.show_from(None)
        widget.caret = (20, 1)
        assert widget.wanted_cursor() is None
        widget.caret = None
        program.prints("\x1b[?25l")
        assert widget.wanted_cursor() is None
        program.prints("\x1b[?25h")
        assert widget.wanted_cursor() is not None
        widget.screen.set_focus(None)
        await pilot.pause()
        assert widget.wanted_cursor() is None


async def test_what_is_written_shows_hides_and_restores_the_terminals_cursor() -> None:
    widget = pane()
    async with Lending(widget).run_test(size=SIZE) as pilot:
        widget.focus()
        program, cursor = Program(widget), OuterCursor()
        assert cursor.leave() == ""
        assert cursor.follow(widget.wanted_cursor()) == ""
        program.prints("\x1b[5 q\x1b[2;2H")
        await pilot.pause()
        shown = cursor.follow(widget.wanted_cursor())
        assert seen_by_the_terminal(f"\x1b[?25l{shown}") == (True, "bar")
        assert cursor.follow(widget.wanted_cursor()) == ""  # said once
        program.prints("\x1b[2 q")
        assert seen_by_the_terminal(shown + cursor.follow(widget.wanted_cursor())) == (False, "block")
        program.prints("\x1b[6 q")
        shown = cursor.follow(widget.wanted_cursor())
        assert seen_by_the_terminal(shown + cursor.leave()) == (True, "block")


async def test_a_cursor_beyond_the_edge_of_a_pane_that_shows_a_part_is_not_drawn_over_others() -> None:
    widget = pane()
    async with Lending(widget).run_test(size=SIZE) as pilot:
        widget.focus()
        Program(widget, columns=60).prints("\x1b[6 q\x1b[1;55H")
        await pilot.pause()
        assert widget.wanted_cursor() is None
