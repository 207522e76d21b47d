"""Copy mode without a screen: a cursor over numbered lines, the motions of vi, and the two ends of a selection.

Columns are cells as the terminal counts them: a wide character takes two, and the cursor stands on its first.
Invariant: the cursor is always on a line that exists and inside the window of `height` lines that begins at `top`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from ai_session_tui.widgets.selection import Kind, Selection, cells


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A cell: line number, then column from 0."""

    line: int
    column: int


class Lines(Protocol):
    """Numbered lines of a terminal `columns` wide: at least one, from `first` up to, not including, `end`."""

    @property
    def columns(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def end(self) -> int: ...

    def text(self, number: int) -> str:
        """Return a line without its trailing blanks."""


@dataclass(frozen=True, slots=True)
class CopyState:
    """Where copy mode is: the cursor, the window on the lines, and the other end of the selection if there is one."""

    cursor: Place
    top: int
    height: int
    wish: int = 0  # the column that moving up and down comes back to
    anchor: Place | None = None
    kind: Kind = Kind.CHARACTERS

    @property
    def selection(self) -> Selection | None:
        """What is selected, the cursor's cell included."""
        if self.anchor is None:
            return None
        ends = (self.anchor.line, self.anchor.column), (self.cursor.line, self.cursor.column)
        return Selection(*ends, self.kind)


def settled(state: CopyState, lines: Lines) -> CopyState:
    """Return the state with cursor and window inside the lines, the window around the cursor."""
    line = min(max(state.cursor.line, lines.first), lines.end - 1)
    cursor = Place(line, _column(state, lines, line, state.cursor.column))
    anchor = state.anchor
    if anchor is not None:
        anchor = Place(min(max(anchor.line, lines.first), lines.end - 1), anchor.column)
    top = min(max(state.top, line - state.height + 1), line)
    top = max(min(top, lines.end - state.height), lines.first)
    return replace(state, cursor=cursor, anchor=anchor, top=top)


def _column(state: CopyState, lines: Lines, line: int, wish: int) -> int:
    """Return the column nearest to a wish: on text, or anywhere for a block."""
    row = cells(lines.text(line))
    most = lines.columns - 1 if state.kind is Kind.BLOCK and state.anchor else max(len(row) - 1, 0)
    column = min(max(wish, 0), most)
    return column - 1 if 0 < column < len(row) and row[column] == "" else column


# --- motions


def _vertical(state: CopyState, lines: Lines, by: int) -> Place:
    line = min(max(state.cursor.line + by, lines.first), lines.end - 1)
    return Place(line, _column(state, lines, line, state.wish))


def _left(state: CopyState, lines: Lines) -> Place:
    return Place(state.cursor.line, _column(state, lines, state.cursor.line, state.cursor.column - 1))


def _right(state: CopyState, lines: Lines) -> Place:
    row = cells(lines.text(state.cursor.line))
    ahead = state.cursor.column + 1
    while ahead < len(row) and row[ahead] == "":
        ahead += 1
    return Place(state.cursor.line, ahead if ahead < max(len(row), 1) or state.kind is Kind.BLOCK else ahead - 1)


def _first_text(state: CopyState, lines: Lines) -> Place:
    text = lines.text(state.cursor.line)
    return Place(state.cursor.line, len(text) - len(text.lstrip(" ")))


def _line_end(state: CopyState, lines: Lines) -> Place:
    return Place(state.cursor.line, max(len(cells(lines.text(state.cursor.line))) - 1, 0))


def _class(cell: str) -> int:
    """Return vi's kind of a cell: 0 blank, 1 word, 2 anything else."""
    return 0 if cell.isspace() else 1 if cell[0].isalnum() or cell[0] == "_" else 2


def _walk(lines: Lines, place: Place, step: int) -> Iterator[tuple[Place, int]]:
    """Yield the cells from `place` on with their class; every line's end is a blank, an empty line a stop (-1)."""
    number, start = place.line, place.column
    while lines.first <= number < lines.end:
        row = cells(lines.text(number))
        if not row:
            yield Place(number, 0), -1
        columns = range(start, len(row)) if step > 0 else range(min(start, len(row) - 1), -1, -1)
        for column in columns:
            if row[column]:
                yield Place(number, column), _class(row[column])
        yield Place(number, max(len(row) - 1, 0)), 0
        number += step
        start = 0 if step > 0 else lines.columns * 2


def _word_forward(state: CopyState, lines: Lines) -> Place:
    here: int | None = None
    last = state.cursor
    for place, kind in _walk(lines, state.cursor, 1):
        if here is None:
            here = kind
        elif kind != here and kind != 0:
            return place
        elif kind == 0:
            here = 0
        last = place
    return last


def _word_back(state: CopyState, lines: Lines) -> Place:
    return _edge_of_word(state, lines, -1)


def _word_end(state: CopyState, lines: Lines) -> Place:
    return _edge_of_word(state, lines, 1)


def _edge_of_word(state: CopyState, lines: Lines, step: int) -> Place:
    """Return the last cell of the next word in a direction."""
    inside = 0
    last = state.cursor
    for place, kind in _walk(lines, state.cursor, step):
        if place == state.cursor:
            continue
        if inside and kind != inside:
            return last
        if kind == -1:
            return place
        inside = kind
        last = place if kind or not inside else last
    return last


def _paragraph(state: CopyState, lines: Lines, step: int) -> Place:
    number = state.cursor.line
    seen_text = False
    while lines.first <= number + step < lines.end:
        number += step
        if lines.text(number):
            seen_text = True
        elif seen_text:
            break
    return Place(number, 0)


def _page(state: CopyState, lines: Lines, by: int) -> CopyState:
    """Move cursor and window together; at the borders the cursor alone goes on."""
    cursor = _vertical(state, lines, by)
    return settled(replace(state, cursor=cursor, top=state.top + by), lines)


_PLACES: dict[str, Callable[[CopyState, Lines], Place]] = {
    "left": _left,
    "right": _right,
    "line_start": lambda state, _: Place(state.cursor.line, 0),
    "line_text": _first_text,
    "line_end": _line_end,
    "word_forward": _word_forward,
    "word_back": _word_back,
    "word_end": _word_end,
    "paragraph_back": lambda state, lines: _paragraph(state, lines, -1),
    "paragraph_forward": lambda state, lines: _paragraph(state, lines, 1),
}
_UPRIGHT: dict[str, Callable[[CopyState, Lines], int]] = {  # these keep to the wished column
    "up": lambda state, _: -1,
    "down": lambda state, _: 1,
    "top": lambda state, lines: lines.first - state.cursor.line,
    "bottom": lambda state, lines: lines.end - 1 - state.cursor.line,
    "window_top": lambda state, _: state.top - state.cursor.line,
    "window_middle": lambda state, lines: (
        state.top + (min(state.height, lines.end - state.top) - 1) // 2 - state.cursor.line
    ),
    "window_bottom": lambda state, lines: min(state.top + state.height, lines.end) - 1 - state.cursor.line,
}
_PAGES: dict[str, Callable[[CopyState], int]] = {
    "page_up": lambda state: -max(state.height - 2, 1),
    "page_down": lambda state: max(state.height - 2, 1),
    "half_page_up": lambda state: -max(state.height // 2, 1),
    "half_page_down": lambda state: max(state.height // 2, 1),
}
MOTIONS = frozenset({*_PLACES, *_UPRIGHT, *_PAGES, "scroll_up", "scroll_down"})


def move(state: CopyState, lines: Lines, motion: str, count: int = 1) -> CopyState:
    """Return the state after a motion, done so many times; raises KeyError for one that is not in `MOTIONS`."""
    for _ in range(count):
        before = state
        if motion in _PAGES:
            state = _page(state, lines, _PAGES[motion](state))
        elif motion in _UPRIGHT:
            state = settled(replace(state, cursor=_vertical(state, lines, _UPRIGHT[motion](state, lines))), lines)
        elif motion in ("scroll_up", "scroll_down"):
            state = _scroll(state, lines, -1 if motion == "scroll_up" else 1)
        else:
            state = jump(state, lines, _PLACES[motion](state, lines))
        if state == before:
            break
    return state


def _scroll(state: CopyState, lines: Lines, by: int) -> CopyState:
    """Move the window; the cursor only follows where it would leave it."""
    top = max(min(state.top + by, lines.end - state.height), lines.first)
    line = min(max(state.cursor.line, top), top + state.height - 1)
    cursor = Place(line, _column(state, lines, min(line, lines.end - 1), state.wish))
    return settled(replace(state, top=top, cursor=cursor), lines)


def jump(state: CopyState, lines: Lines, place: Place) -> CopyState:
    """Put the cursor somewhere else; a place out of sight comes into the middle of the window."""
    top = state.top
    if not top <= place.line < top + state.height and abs(place.line - state.cursor.line) > 1:
        top = place.line - state.height // 2
    state = settled(replace(state, cursor=place, top=top), lines)
    return replace(state, wish=state.cursor.column)


# --- selections


def select(state: CopyState, kind: Kind) -> CopyState:
    """Begin a selection at the cursor; the same kind again ends it, another kind changes it."""
    if state.anchor is not None and state.kind is kind:
        return replace(state, anchor=None)
    return replace(state, kind=kind, anchor=state.anchor or state.cursor)


def swap_ends(state: CopyState, lines: Lines) -> CopyState:
    """Put the cursor on the other end of the selection."""
    if state.anchor is None:
        return state
    return jump(replace(state, anchor=state.cursor), lines, state.anchor)
