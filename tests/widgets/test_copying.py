"""Copy mode's model: motions keep their promises, and a selection copies exactly what it covers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.terminal import Row
from ai_session_tui.widgets.copying import (
    MOTIONS,
    CopyState,
    Place,
    jump,
    move,
    select,
    settled,
    swap_ends,
)
from ai_session_tui.widgets.selection import Kind, cells


@dataclass
class Text:
    """Lines of a terminal, numbered from `first`."""

    rows: list[tuple[str, bool]]
    columns: int = 20
    first: int = 0

    @property
    def end(self) -> int:
        return self.first + len(self.rows)

    def text(self, number: int) -> str:
        return self.rows[number - self.first][0]

    def row(self, number: int) -> Row | None:
        return Row(self.text(number), (), self.rows[number - self.first][1]) if number < self.end else None


def span(state: CopyState, number: int) -> tuple[int, int] | None:
    return None if state.selection is None else state.selection.columns(number)


def selected_text(state: CopyState, lines: Text) -> str:
    return "" if state.selection is None else state.selection.text(lines.row, lines.columns)


def of(*rows: str, first: int = 0, columns: int = 20) -> Text:
    return Text([(row, False) for row in rows], columns, first)


def at(line: int, column: int, height: int = 5, top: int = 0) -> CopyState:
    return CopyState(Place(line, column), top, height, column)


_rows = st.text(alphabet="ab_ .日本é\u0301🙂", max_size=8).map(lambda text: text.rstrip(" "))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Text, CopyState]:
    rows = draw(st.lists(st.tuples(_rows, st.booleans()), min_size=1, max_size=12))
    rows[-1] = (rows[-1][0], False)
    lines = Text(rows, 20, draw(st.integers(0, 5)))
    state = CopyState(
        Place(draw(st.integers(lines.first, lines.end - 1)), draw(st.integers(0, 19))),
        lines.first,
        draw(st.integers(1, 8)),
    )
    return lines, settled(state, lines)


@given(scenes(), st.lists(st.tuples(st.sampled_from(sorted(MOTIONS)), st.integers(1, 4)), max_size=12))
def test_the_cursor_never_leaves_the_lines_nor_the_window(
    scene: tuple[Text, CopyState], moves: list[tuple[str, int]]
) -> None:
    lines, state = scene
    for motion, count in moves:
        state = move(state, lines, motion, count)
        assert lines.first <= state.cursor.line < lines.end
        assert state.top <= state.cursor.line < state.top + state.height
        assert lines.first <= state.top
        row = cells(lines.text(state.cursor.line))
        assert 0 <= state.cursor.column <= max(len(row) - 1, 0)
        assert not row or row[state.cursor.column] != "", "it stands on the second half of a wide character"


@given(scenes(), st.sampled_from(list(Kind)), st.lists(st.sampled_from(sorted(MOTIONS)), max_size=6))
def test_a_selection_is_the_same_from_both_ends(scene: tuple[Text, CopyState], kind: Kind, moves: list[str]) -> None:
    lines, state = scene
    state = select(state, kind)
    for motion in moves:
        state = move(state, lines, motion)
    swapped = swap_ends(state, lines)
    assert selected_text(swapped, lines) == selected_text(state, lines)
    assert swap_ends(swapped, lines).cursor == state.cursor
    assert [span(swapped, number) for number in range(lines.first, lines.end)] == [
        span(state, number) for number in range(lines.first, lines.end)
    ]


@given(scenes())
def test_selecting_everything_copies_every_line(scene: tuple[Text, CopyState]) -> None:
    lines, state = scene
    lines.rows = [(text, False) for text, _ in lines.rows]
    everything = replace(state, anchor=Place(lines.first, 0), cursor=Place(lines.end - 1, 10_000))
    by_character = selected_text(settled(everything, lines), lines)
    by_line = selected_text(settled(replace(everything, kind=Kind.LINES), lines), lines)
    assert by_character == "\n".join(text for text, _ in lines.rows)
    assert by_line == by_character + "\n"


@given(scenes(), st.data())
def test_two_neighbouring_selections_make_one(scene: tuple[Text, CopyState], data: st.DataObject) -> None:
    """What a line's first cells and its other cells copy is the line: no cell twice, none left out."""
    lines, state = scene
    number = state.cursor.line
    row = cells(lines.text(number))
    heads = [column for column, cell in enumerate(row) if cell]
    if len(heads) < 2:
        return
    cut = data.draw(st.integers(1, len(heads) - 1))
    first = replace(state, anchor=Place(number, 0), cursor=Place(number, heads[cut - 1]))
    second = replace(state, anchor=Place(number, heads[cut]), cursor=Place(number, heads[-1]))
    assert (first.selection, second.selection) != (None, None)
    parts = selected_text(first, lines), selected_text(second, lines)
    assert "".join(parts).replace(" ", "") == "".join(row).replace(" ", "")


@given(scenes(), st.integers(0, 19), st.integers(0, 19))
def test_a_block_takes_the_same_columns_of_every_line(scene: tuple[Text, CopyState], left: int, right: int) -> None:
    lines, state = scene
    block = replace(state, kind=Kind.BLOCK, anchor=Place(lines.first, left), cursor=Place(lines.end - 1, right))
    copied = selected_text(block, lines).split("\n")
    assert len(copied) == len(lines.rows)
    for number, text in enumerate(copied, lines.first):
        row = cells(lines.text(number))
        low, high = sorted((left, right))
        if low < len(row) and row[low] == "":
            low -= 1
        assert text == "".join(row[low : high + 1]).rstrip(" ")


@given(scenes())
def test_half_pages_go_through_everything(scene: tuple[Text, CopyState]) -> None:
    lines, state = scene
    assert move(state, lines, "half_page_up", 100).cursor.line == lines.first
    assert move(state, lines, "half_page_down", 100).cursor.line == lines.end - 1
    assert move(state, lines, "word_forward", 1000).cursor.line == lines.end - 1
    assert move(state, lines, "word_back", 1000).cursor.line == lines.first


def test_words_are_vi_s_words() -> None:
    lines = of("one two.three  four", "", "  five")
    visited = []
    state = at(0, 0)
    for _ in range(6):
        state = move(state, lines, "word_forward")
        visited.append((state.cursor.line, state.cursor.column))
    assert visited == [(0, 4), (0, 7), (0, 8), (0, 15), (1, 0), (2, 2)]
    back = []
    for _ in range(6):
        state = move(state, lines, "word_back")
        back.append((state.cursor.line, state.cursor.column))
    assert back == [(1, 0), (0, 15), (0, 8), (0, 7), (0, 4), (0, 0)]
    ends = []
    for _ in range(4):
        state = move(state, lines, "word_end")
        ends.append((state.cursor.line, state.cursor.column))
    assert ends == [(0, 2), (0, 6), (0, 7), (0, 12)]


def test_up_and_down_come_back_to_their_column() -> None:
    lines = of("a long line here", "ab", "another long line")
    state = move(move(at(0, 10), lines, "down"), lines, "down")
    assert move(at(0, 10), lines, "down").cursor == Place(1, 1)
    assert state.cursor == Place(2, 10)


def test_a_wrapped_line_is_copied_as_one() -> None:
    lines = Text([("make the", True), ("whole item", False), ("next", False)], columns=10)
    state = replace(at(0, 0), anchor=Place(0, 0), cursor=Place(2, 3))
    assert selected_text(state, lines) == "make the  whole item\nnext"


def test_a_wide_character_that_did_not_fit_leaves_no_blank() -> None:
    lines = Text([("abcdefghi", True), ("日本", False)], columns=10)
    state = replace(at(0, 0), anchor=Place(0, 0), cursor=Place(1, 2))
    assert selected_text(state, lines) == "abcdefghi日本"


def test_a_far_jump_shows_the_place_in_the_middle() -> None:
    lines = of(*(f"line {number}" for number in range(100)))
    state = jump(at(0, 0, height=10), lines, Place(50, 2))
    assert (state.top, state.cursor, state.wish) == (45, Place(50, 2), 2)


def test_scrolling_keeps_the_cursor_while_it_is_in_sight() -> None:
    lines = of(*(f"line {number}" for number in range(100)))
    state = move(at(20, 3, height=10, top=15), lines, "scroll_up", 2)
    assert (state.top, state.cursor) == (13, Place(20, 3))
    assert move(state, lines, "scroll_up", 10).cursor.line == 12


def test_an_unknown_motion_is_an_error() -> None:
    with pytest.raises(KeyError):
        move(at(0, 0), of("x"), "sideways")
