"""A pane on a stage of its own: what it draws, and what it says when it is used."""

from __future__ import annotations

import pytest
from textual import events
from textual.geometry import Offset, Region

from ai_session_tui.server.frames import FrameSource, history_page
from ai_session_tui.terminal import Terminal
from ai_session_tui.widgets.heading import Heading
from ai_session_tui.widgets.terminal_pane import TerminalPane
from tests.dashboard.waiting import until
from tests.widgets.stage import on_stage, shown

SIZE = (40, 11)  # ten rows for the program


class Program:
    """A terminal whose frames a pane is shown."""

    def __init__(self, pane: TerminalPane, columns: int = 40, rows: int = 10) -> None:
        self.terminal, self.source, self.pane = Terminal(columns, rows), FrameSource(), pane

    def prints(self, text: str) -> None:
        self.terminal.feed(text.encode())
        frame = self.source.next_frame(self.terminal)
        if frame is not None:
            self.pane.take_frame(frame)


def pane() -> TerminalPane:
    made = TerminalPane("id:1")
    made.styles.width, made.styles.height = "100%", "100%"
    return made


async def test_it_draws_what_the_program_shows_below_its_title() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        Program(widget).prints("hello 漢字\r\nworld")
        widget.heading = Heading("dev", "make", "~/api", "running 0:12", "running")
        await pilot.pause()
        lines = shown(widget).split("\n")
        assert lines[0].startswith("─ dev  make · ~/api ")
        assert lines[0].endswith(" running 0:12 ─")
        assert lines[1:3] == ["hello 漢字", "world"]
        assert [(one.columns, one.rows) for one in said.of(TerminalPane.Resized)] == [(40, 10)]


async def test_only_rows_that_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, _):
        program = Program(widget)
        program.prints("one\r\ntwo\r\nthree\x1b[?25l")
        await pilot.pause()
        drawn: list[Region] = []
        monkeypatch.setattr(widget, "refresh", lambda *regions, **options: drawn.extend(regions))
        program.prints("\x1b[2;1HTWO")
        assert {region.y for region in drawn} == {2}


async def test_keys_and_pastes_become_the_programs_bytes() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        widget.focus()
        program = Program(widget)
        program.prints("\x1b[?2004h\x1b[?1h")
        await pilot.press("up", "x", "ctrl+c")
        widget.paste("two\nlines\x1b[201~")
        await pilot.pause()
        typed = b"".join(one.data for one in said.of(TerminalPane.Typed))
        assert typed == b"\x1bOAx\x03\x1b[200~two\rlines [201~\x1b[201~"


async def test_a_program_that_asked_for_the_mouse_gets_it_unless_shift_is_held() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        Program(widget).prints("text here\x1b[?1002;1006h")
        await pilot.pause()
        await pilot.mouse_down(widget, offset=(4, 1))
        await pilot.mouse_up(widget, offset=(4, 1))
        typed = b"".join(one.data for one in said.of(TerminalPane.Typed))
        moves = b"\x1b[<32;5;1M"  # the pilot tells of a move before each button
        assert typed.replace(moves, b"") == b"\x1b[<0;5;1M\x1b[<0;5;1m"
        await pilot.mouse_down(widget, offset=(0, 1), shift=True)
        await pilot.hover(widget, offset=(3, 1))
        await pilot.mouse_up(widget, offset=(3, 1), shift=True)
        assert [one.text for one in said.of(TerminalPane.Copied)] == ["text"]


async def test_dragging_selects_and_copies() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        Program(widget).prints("cargo test\r\nall green")
        await pilot.pause()
        await pilot.mouse_down(widget, offset=(6, 1))
        await pilot.hover(widget, offset=(2, 2))
        await pilot.mouse_up(widget, offset=(2, 2))
        assert [one.text for one in said.of(TerminalPane.Copied)] == ["test\nall"]
        await pilot.click(widget, offset=(5, 2), times=2)
        assert said.of(TerminalPane.Copied)[-1].text == "green"


async def test_a_drag_beyond_the_edge_scrolls_on_and_selects_what_it_passes() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        program = Program(widget)
        program.prints("".join(f"line {number}\r\n" for number in range(40)))
        await pilot.pause()
        widget.put_history(history_page(program.terminal, 0, 100))
        await pilot.mouse_down(widget, offset=(3, 2))
        widget.pointer.move(_at(widget, 0, -1))
        await until(pilot, lambda: widget.top == 0)
        widget.pointer.move(_at(widget, 0, 3))
        await pilot.pause(0.15)
        assert widget.top == 0, "within the pane it stays"
        await pilot.mouse_up(widget, offset=(0, 1))
        text = said.of(TerminalPane.Copied)[-1].text
        assert text.startswith("line 0\n") and "line 31" in text


def _at(widget: TerminalPane, x: int, y: int) -> events.MouseMove:
    place = widget.region.offset + Offset(x, y)
    return events.MouseMove(
        widget, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=place.x, screen_y=place.y
    )


async def test_the_line_to_the_next_pane_is_dragged_and_selects_nothing() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        Program(widget).prints("text here\x1b[?1002;1006h")
        widget.has_border = True
        await pilot.pause()
        await pilot.mouse_down(widget, offset=(0, 3))
        await pilot.hover(widget, offset=(7, 3))
        await pilot.mouse_up(widget, offset=(7, 3))
        dragged = said.of(TerminalPane.BorderDragged)[-1]
        assert (dragged.side, dragged.x, dragged.y) == ("left", 7, 3)
        assert widget.selection is None
        assert not [one for one in said.of(TerminalPane.Typed) if b"<0;" in one.data], "the program hears nothing of it"


async def test_a_link_that_is_a_page_opens_on_click() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        Program(widget).prints(
            "\x1b]8;;https://a.example/\x07page\x1b]8;; \x07 \x1b]8;;javascript:x\x07bad\x1b]8;;\x07"
        )
        await pilot.pause()
        await pilot.click(widget, offset=(1, 1))
        await pilot.click(widget, offset=(6, 1))
        assert [one.link for one in said.of(TerminalPane.LinkClicked)] == ["https://a.example/"]


async def test_the_wheel_scrolls_back_and_a_key_returns() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        widget.focus()
        program = Program(widget)
        program.terminal.feed(b"".join(b"line %d\r\n" % at for at in range(50)))
        program.prints("end")
        await pilot.pause()
        await pilot._post_mouse_events([_wheel()], widget, offset=(3, 5))
        wanted = said.of(TerminalPane.HistoryWanted)[-1]
        widget.put_history(history_page(program.terminal, wanted.first, wanted.count))
        await pilot.pause()
        lines = shown(widget).split("\n")
        assert "↑ 3 lines" in lines[0]
        assert lines[1] == "line 38"
        program.prints("\r\nmore\r\nand more")
        await pilot.pause()
        assert shown(widget).split("\n")[1] == "line 38", "what is read stays where it is"
        await pilot.press("x")
        await pilot.pause()
        assert widget.is_live
        assert "and more" in shown(widget)


async def test_the_wheel_is_arrow_keys_to_a_pager() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, said):
        Program(widget).prints("\x1b[?1049hpage")
        await pilot.pause()
        await pilot._post_mouse_events([_wheel()], widget, offset=(3, 5))
        assert b"".join(one.data for one in said.of(TerminalPane.Typed)) == b"\x1b[A" * 3


async def test_nothing_a_program_prints_reaches_the_terminal_as_control() -> None:
    widget = pane()
    async with on_stage(widget, size=SIZE) as (pilot, _):
        program = Program(widget)
        program.prints("\x1b]2;evil\x1b[31m\x07")
        widget.heading = Heading("na\x1b[2Jme", "co\x07mmand\u202e", "~", "st\x9bate")
        await pilot.pause()
        widget.take_frame({"rows": [[0, "a\x1b[2J\x9b\x07b", [], False]]})
        await pilot.pause()
        assert not any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in shown(widget).replace("\n", ""))


def _wheel() -> type:
    from textual import events

    return events.MouseScrollUp
