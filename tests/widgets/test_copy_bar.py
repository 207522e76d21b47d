"""Copy mode on a pane: its keys move a cursor, search, select and copy, and leave the pane as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot

from ai_session_tui.terminal import Match
from ai_session_tui.widgets.command_lines import CommandLine, align
from ai_session_tui.widgets.copy_bar import CopyBar
from ai_session_tui.widgets.selection import Kind
from ai_session_tui.widgets.terminal_pane import TerminalPane
from tests.widgets.stage import Said, on_stage, shown

ROWS, COLUMNS = 10, 40


class PaneWithBar(Vertical):
    """A pane with a screen of ten rows below a scrollback of thirty lines, all loaded."""

    DEFAULT_CSS = "PaneWithBar { height: 12; width: 40; } PaneWithBar TerminalPane { height: 11; }"

    def __init__(self) -> None:
        super().__init__()
        self.pane = TerminalPane("s1:1")

    def compose(self) -> ComposeResult:
        yield self.pane

    def fill(self) -> None:
        rows = [[y, f"line {30 + y} of some words", [], False] for y in range(ROWS - 1)] + [[ROWS - 1, "$ ", [], False]]
        self.pane.take_frame(
            {"all": True, "columns": COLUMNS, "height": ROWS, "rows": rows, "history": [0, 30],
             "cursor": {"column": 2, "row": ROWS - 1, "visible": True, "shape": "block", "blink": False}}
        )  # fmt: skip
        lines = [[number, f"line {number} of some words", [], False] for number in range(30)]
        self.pane.put_history({"lines": lines, "styles": [], "first_kept": 0, "screen_at": 30})


@asynccontextmanager
async def copying() -> AsyncIterator[tuple[Pilot[None], Said, PaneWithBar, CopyBar]]:
    stage = PaneWithBar()
    async with on_stage(stage, stage.fill, (40, 12)) as (pilot, said):
        bar = CopyBar(stage.pane)
        await stage.mount(bar)
        await pilot.pause()
        yield pilot, said, stage, bar


async def test_it_begins_at_the_program_s_cursor_and_moves_like_vi() -> None:
    async with copying() as (pilot, _, stage, bar):
        assert stage.pane.caret == (39, 0)
        await pilot.press("k", "0", "w")
        assert stage.pane.caret == (38, 5)
        await pilot.press("3", "k", "dollar_sign")
        assert stage.pane.caret == (35, 20)
        await pilot.press("ctrl+u", "ctrl+u")
        assert stage.pane.caret[0] == 25 and stage.pane.top == 20
        await pilot.press("g", "g")
        assert stage.pane.caret == (0, 19) and "line 0 of some" in shown(stage.pane)
        await pilot.press("1", "2", "G")
        assert stage.pane.caret == (11, 0)
        assert "copy 12/40" in shown(bar)


@pytest.mark.parametrize(
    ("keys", "kind", "text"),
    [
        (["0", "v", "w", "w", "h"], Kind.CHARACTERS, "line 38"),
        (["V", "k"], Kind.LINES, "line 37 of some words\nline 38 of some words\n"),
        (["0", "w", "ctrl+v", "l", "k"], Kind.BLOCK, "37\n38"),
        ([], Kind.LINES, "line 38 of some words\n"),
    ],
)
async def test_a_selection_is_copied(keys: list[str], kind: Kind, text: str) -> None:
    async with copying() as (pilot, said, stage, _):
        await pilot.press("k", *keys, "y")
        (wanted,) = said.of(CopyBar.CopyWanted)
        assert wanted.selection.kind is kind
        assert wanted.selection.text(stage.pane.picture.line, COLUMNS).rstrip(" ") == text


async def test_escape_ends_the_selection_first_and_the_pane_is_live_again() -> None:
    async with copying() as (pilot, said, stage, bar):
        await pilot.press("ctrl+u", "v", "k", "o", "escape")
        assert not said.of(CopyBar.Ended) and stage.pane.selection is None
        await pilot.press("q")
        assert said.of(CopyBar.Ended)
        bar.end()
        assert stage.pane.is_live and stage.pane.caret is None and not stage.pane.highlights


async def test_output_does_not_move_what_is_looked_at() -> None:
    async with copying() as (pilot, said, stage, _bar):
        await pilot.press("k")
        before = shown(stage.pane).splitlines()[1:]
        stage.pane.take_frame({"scrolled": 2, "rows": [[9, "more", [], False]], "history": [0, 32]})
        await pilot.pause()
        assert shown(stage.pane).splitlines()[1:] == before
        wanted = said.of(TerminalPane.HistoryWanted)[-1]
        assert (wanted.first, wanted.count) == (30, 2), "what left the screen is asked for at once"
        lines = [[number, f"line {number} of some words", [], False] for number in (30, 31)]
        stage.pane.put_history({"lines": lines, "styles": [], "first_kept": 0, "screen_at": 32})
        await pilot.press("k")
        assert shown(stage.pane).splitlines()[1:] == before


async def test_a_search_asks_for_hits_marks_them_and_goes_round() -> None:
    async with copying() as (pilot, said, stage, bar):
        await pilot.press("question_mark", *"ne 1", "enter")
        assert [one.pattern for one in said.of(CopyBar.SearchWanted)] == ["ne 1"]
        bar.show_matches([Match(line, 2, line, 6) for line in (19, 10, 1)])
        assert stage.pane.caret == (19, 2) and set(stage.pane.highlights) == {1, 10, 19}
        await pilot.press("n")
        assert stage.pane.caret == (10, 2) and "2/3 ne 1" in shown(bar)
        await pilot.press("N", "N")
        assert stage.pane.caret == (1, 2), "around the end"
        await pilot.press("slash", "escape", "j")
        assert stage.pane.caret == (2, 2), "a search that was given up leaves the keys to the mode"
        bar.show_matches([])
        await pilot.pause()
        assert "nothing matches ne 1" in shown(bar)


async def test_from_command_to_command_and_a_whole_output() -> None:
    async with copying() as (pilot, said, stage, bar):
        await pilot.press("[")
        assert said.of(CopyBar.CommandsWanted)
        bar.show_commands([CommandLine(25, 7), CommandLine(3, 6)])
        assert stage.pane.caret == (25, 0), "what was asked is done once it is known"
        await pilot.press("[", "[")
        assert stage.pane.caret == (3, 0)
        await pilot.pause()
        assert "no command there" in shown(bar)
        await pilot.press("]", "j", "O")
        assert stage.pane.caret == (26, 0)
        assert [one.command for one in said.of(CopyBar.OutputWanted)] == [7]
        assert bar.go_to_command(6) and not bar.go_to_command(99)


def test_commands_are_found_by_the_text_on_their_prompt_s_line() -> None:
    lines = [(3, "$ make"), (9, "~/x $ ls -l"), (12, "will run make"), (20, "$ make"), (28, "$ for i in 1 2")]
    commands = [(1, "make"), (2, "ls -l"), (3, "make"), (4, "for i in 1 2\ndo echo $i; done"), (5, "make clean")]
    expected = [CommandLine(3, 1), CommandLine(9, 2), CommandLine(20, 3), CommandLine(28, 4)]
    assert align(lines, commands) == expected
    assert align(lines[3:], commands) == expected[2:], "what is gone is passed over"
    assert align([], commands) == [] and align(lines, []) == []
