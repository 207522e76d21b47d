"""What is selected in a pane: pure. Places are (line, column), lines by their absolute numbers.

Invariant: a selection holds both its ends, whichever was set first; text is read from rows, never from the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from ai_session_tui.terminal import Row
from ai_session_tui.terminal.widths import split

Place = tuple[int, int]
_WORD = frozenset("-_./~:@%+#=?&,")


class Kind(Enum):
    """What is selected between the two ends."""

    CHARACTERS = "characters"
    LINES = "lines"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Selection:
    """From an anchor to a head, both included."""

    anchor: Place
    head: Place
    kind: Kind = Kind.CHARACTERS

    def to(self, head: Place) -> Selection:
        """Return it with another head."""
        return replace(self, head=head)

    @property
    def lines(self) -> range:
        """The lines that it touches."""
        first, last = sorted((self.anchor[0], self.head[0]))
        return range(first, last + 1)

    def columns(self, line: int) -> tuple[int, int] | None:
        """Return the cells that are selected in a line, the end excluded; a large number stands for all the rest."""
        (first, left), (last, right) = sorted((self.anchor, self.head))
        if not first <= line <= last:
            return None
        if self.kind is Kind.LINES:
            return 0, FULL
        if self.kind is Kind.BLOCK:
            left, right = sorted((self.anchor[1], self.head[1]))
            return left, right + 1
        return left if line == first else 0, right + 1 if line == last else FULL

    def text(self, line_of: Callable[[int], Row | None], columns: int) -> str:
        """Return what is selected on a terminal so many `columns` wide.

        Rows that the terminal wrapped are one line, with the blanks before the wrap; elsewhere blanks at the end of a
        line are left out. A wide character that is touched is taken whole."""
        parts: list[str] = []
        for number in self.lines:
            row, span = line_of(number), self.columns(number)
            if row is None or span is None:
                parts.append("\n")
                continue
            joins = self.kind is not Kind.BLOCK and row.wrapped and number != self.lines[-1]
            text = _padded(row, line_of(number + 1), columns) if joins else row.text
            part = "".join(_touched(cells(text), *span))
            parts.append(part if joins else part.rstrip(" ") + "\n")
        text = "".join(parts)
        return text if self.kind is Kind.LINES else text[:-1]


@lru_cache(maxsize=4096)
def cells(text: str) -> tuple[str, ...]:
    """Return a text cell by cell; the second cell of a wide character is empty."""
    if text.isascii():
        return tuple(text)
    return tuple(part for cluster, width in split(text) for part in ((cluster,) if width < 2 else (cluster, "")))


def _touched(row: tuple[str, ...], start: int, end: int) -> tuple[str, ...]:
    if 0 < start < len(row) and row[start] == "":
        start -= 1
    return row[start:end]


def _padded(row: Row, after: Row | None, columns: int) -> str:
    """Return a wrapped row's text in its full width, but for the cell that stays free before a wide character."""
    missing = columns - len(cells(row.text))
    if missing == 1 and after is not None and cells(after.text)[1:2] == ("",):
        return row.text
    return row.text + " " * missing


FULL = 1 << 16


def word_at(row: Row, line: int, column: int) -> Selection:
    """Return the selection of the word, path or address under a cell."""

    signs = cells(row.text)

    def belongs(at: int) -> bool:
        sign = signs[at] if at < len(signs) else " "
        if sign == "":  # the second cell of a wide character
            sign = signs[at - 1] if at else " "
        return sign[0].isalnum() or sign[0] in _WORD

    if not belongs(column):
        return Selection((line, column), (line, column))
    start = end = column
    while start > 0 and belongs(start - 1):
        start -= 1
    while belongs(end + 1):
        end += 1
    return Selection((line, start), (line, end))


def line_at(line: int) -> Selection:
    """Return the selection of a line."""
    return Selection((line, 0), (line, 0), Kind.LINES)
