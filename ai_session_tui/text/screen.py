"""A stretch of output that needs a terminal: its lines as they leave the screen, its pages, its full-screen programs.

Invariant: a line comes out once, when nothing can change it any more; the lines do not depend on how the output was
cut into pieces.
"""

from __future__ import annotations

from collections.abc import Iterable

from ai_session_tui.terminal import Row, Terminal
from ai_session_tui.terminal.widths import char_width, text_width

from .sequences import PAGE, TURN

# A slice adds fewer lines than the terminal's history keeps, so none is lost between two looks.
_SLICE = 4096
_HISTORY = 2 * _SLICE
FULL_SCREEN = "[full-screen program; its last screen:]"
BLANK_SCREEN = "[full-screen program; it left nothing on its screen]"


class ScreenText:
    """Feeds a terminal and takes finished lines out of it."""

    def __init__(self, columns: int, rows: int, above: Iterable[str]) -> None:
        """Begin below the lines that stand above."""
        self._terminal = Terminal(columns, rows, history=_HISTORY)
        self._seen = 0  # number of the first line of the scrollback that has not come out
        self._open: list[str] = []  # rows of a wrapped line whose last row is still on the screen
        self._page: list[str] = []  # the last page that came out
        for line in above:
            self._terminal.feed(f"{line}\r\n".encode("utf-8", "replace"))

    def feed(self, text: str) -> list[str]:
        """Take output that does not end within a sequence; return the lines that are finished."""
        lines: list[str] = []
        start = 0
        turns = sorted((*PAGE.finditer(text), *TURN.finditer(text)), key=lambda found: found.start())
        for turn in turns:
            lines += self._slices(text[start : turn.start()])
            start = turn.start()
            is_alternate = self._terminal.modes.alternate
            if turn.re is PAGE and not is_alternate and turn[0] != "\x1b[3J":  # which wipes away what came out
                lines += self._turn_page()
            elif turn.re is TURN and is_alternate and turn[1] == "l":
                lines += self._full_screen()
        return lines + self._slices(text[start:])

    def finish(self) -> list[str]:
        """Return the lines that are still on the screen, down to the last that is not blank."""
        return self._full_screen() if self._terminal.modes.alternate else self._shown()

    @property
    def is_settled(self) -> bool:
        """Whether what follows could as well be read line by line: the cursor stands on a new line below all text."""
        terminal = self._terminal
        cursor, modes = terminal.cursor, terminal.modes
        if modes.alternate or modes.insert or modes.origin or not modes.autowrap or cursor.column:
            return False
        return not any(terminal.row(y).text for y in range(cursor.row, terminal.rows))

    def above_cursor(self) -> list[str]:
        """Return the lines on the screen above the cursor."""
        return self._joined([self._terminal.row(y) for y in range(self._terminal.cursor.row)])

    def _slices(self, text: str) -> list[str]:
        lines: list[str] = []
        for start in range(0, len(text), _SLICE):
            self._terminal.feed(text[start : start + _SLICE].encode("utf-8", "replace"))
            self._terminal.take_events()
            self._terminal.take_replies()
            lines += self._harvest()
        return lines

    def _harvest(self) -> list[str]:
        terminal = self._terminal
        first = max(0, self._seen - terminal.dropped)
        rows = [terminal.history_row(position) for position in range(first, terminal.history_length)]
        self._seen = terminal.dropped + terminal.history_length
        return self._joined(rows)

    def _joined(self, rows: list[Row]) -> list[str]:
        """Return the lines that end within the rows; what is left of a wrapped one waits for its last row."""
        lines = []
        for row in rows:
            self._open.append(row.text)
            if not row.wrapped:
                lines.append(self._close())
        return lines

    def _close(self) -> str:
        parts = []
        for text, after in zip(self._open, [*self._open[1:], ""], strict=True):
            missing = self._terminal.columns - text_width(text) if after else 0
            if missing and char_width(after[0]) == 2:
                missing -= 1  # a wide character that did not fit went to the next row
            parts.append(text + " " * missing)
        self._open = []
        return "".join(parts).rstrip(" ")

    def _shown(self) -> list[str]:
        lines = self._joined([self._terminal.row(y) for y in range(self._terminal.rows)])
        if self._open:
            lines.append(self._close())
        return _without_blank_end(lines)

    def _turn_page(self) -> list[str]:
        """Return the page that is about to be wiped away, unless it came out before."""
        page = self._shown()
        if not page or page == self._page:
            return []
        self._page = page
        return page

    def _full_screen(self) -> list[str]:
        terminal = self._terminal
        shown = _without_blank_end([terminal.row(y).text for y in range(terminal.rows)])
        return [FULL_SCREEN, *shown] if shown else [BLANK_SCREEN]


def _without_blank_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    return lines
