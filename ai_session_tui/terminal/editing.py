"""Erasing, inserting, deleting, moving the cursor: the controls that programs edit the screen with.

Invariant: what is erased keeps the pen's background and nothing else (BCE); counts come cut at the stream.
Source: ECMA-48, DEC STD 070; where terminals differ the comment names the one followed.
"""

from __future__ import annotations

from pyte import modes as mo
from pyte.screens import Margins

from .cells import Line
from .grid import Grid
from .styles import DEFAULT_INK


class Editor(Grid):
    """The grid with the editing functions of ECMA-48."""

    # --- erasing

    def _erase(self, line: Line, start: int, end: int) -> None:
        count = end - start
        line.put(start, " " * count, self.styles.blank(self.ink), self.styles)
        line.epoch = self.epoch

    def _here(self) -> tuple[Line, int]:
        """Return the cursor's line and column; a pending wrap is forgotten, as every editing function does."""
        cursor = self.cursor
        if cursor.x >= self.columns:
            cursor.x = self.columns - 1
        return self.page.lines[cursor.y], cursor.x

    def erase_characters(self, count: int | None = None) -> None:
        """Erase characters from the cursor on (ECH)."""
        line, x = self._here()
        self._erase(line, x, min(x + (count or 1), self.columns))

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erase the line right of the cursor (0), left of it (1) or all of it (2) (EL)."""
        line, x = self._here()
        if how == 0:
            line.wrapped = False
            self._erase(line, x, self.columns)
        elif how == 1:
            self._erase(line, 0, x + 1)
        elif how == 2:
            line.wrapped = False
            self._erase(line, 0, self.columns)

    def erase_in_display(self, how: int = 0, *_: int, private: bool = False) -> None:
        """Erase below the cursor (0), above it (1), the screen (2) or the scrollback (3) (ED)."""
        if how == 3:
            self.main_history_cleared()
            return
        y = self.cursor.y
        if how == 0:
            self.erase_in_line(0)
            self._clear_lines(y + 1, self.lines)
        elif how == 1:
            self.erase_in_line(1)
            self._clear_lines(0, y)
        elif how == 2:
            self._here()
            self._clear_lines(0, self.lines)

    def main_history_cleared(self) -> None:
        """Forget the scrollback; the screen stays (ED 3, xterm)."""
        self.history.clear()

    def _clear_lines(self, start: int, end: int) -> None:
        cells, inks = self.blank_cells, self.styles.blank(self.ink) * self.columns
        for line in self.page.lines[start:end]:
            line.cells, line.inks, line.wrapped, line.epoch = cells, inks, False, self.epoch

    def alignment_display(self) -> None:
        """Fill the screen with E (DECALN); margins are reset and the cursor goes home (xterm)."""
        self.margins = None
        self.cursor.x = self.cursor.y = 0
        for line in self.page.lines:
            line.cells, line.inks, line.wrapped = "E" * self.columns, DEFAULT_INK * self.columns, False
            line.epoch = self.epoch

    # --- inserting and deleting

    def insert_characters(self, count: int | None = None) -> None:
        """Insert blanks at the cursor (ICH)."""
        line, x = self._here()
        line.insert(x, count or 1, self.ink, self.styles)
        line.epoch = self.epoch

    def delete_characters(self, count: int | None = None) -> None:
        """Delete characters at the cursor; the rest of the line moves left (DCH)."""
        line, x = self._here()
        line.delete(x, count or 1, self.ink, self.styles)
        line.wrapped = False
        line.epoch = self.epoch

    def insert_lines(self, count: int | None = None) -> None:
        """Insert lines at the cursor, inside the margins (IL)."""
        self._move_lines(-(count or 1))

    def delete_lines(self, count: int | None = None) -> None:
        """Delete lines at the cursor, inside the margins (DL)."""
        self._move_lines(count or 1)

    def _move_lines(self, count: int) -> None:
        cursor = self.cursor
        top, bottom = self.margins or (0, self.lines - 1)
        if top <= cursor.y <= bottom:
            self.shift_lines(cursor.y, bottom, count)
            cursor.x = 0

    def scroll_up(self, count: int | None = None) -> None:
        """Scroll the region up; the cursor stays (SU)."""
        self.scroll(count or 1)

    def scroll_down(self, count: int | None = None, *more: int) -> None:
        """Scroll the region down; the cursor stays (SD). With five parameters it is xterm's mouse tracking: ignored."""
        if more:
            return
        top, bottom = self.margins or (0, self.lines - 1)
        self.shift_lines(top, bottom, -(count or 1))

    def repeat(self, count: int | None = None) -> None:
        """Draw the last drawn character again (REP); no more than a screen of it."""
        last = self.last_drawn[-1:]
        if last:
            self.draw(last * min(count or 1, self.columns * self.lines))

    # --- the cursor

    def cursor_position(self, line: int | None = None, column: int | None = None) -> None:
        """Move the cursor, inside the margins with DECOM (CUP, HVP)."""
        y = (line or 1) - 1
        x = (column or 1) - 1
        cursor = self.cursor
        if self.margins is not None and mo.DECOM in self.mode:
            y = min(y + self.margins.top, self.margins.bottom)
        last = self.lines - 1
        cursor.y = y if y < last else last
        last = self.columns - 1
        cursor.x = x if x < last else last

    def cursor_to_line(self, line: int | None = None) -> None:
        """Move the cursor to a line (VPA)."""
        self.cursor_position(line, min(self.cursor.x, self.columns - 1) + 1)

    def cursor_up(self, count: int | None = None) -> None:
        """Move the cursor up, not through the top margin (CUU)."""
        cursor = self.cursor
        self._here()
        top = self.margins.top if self.margins and cursor.y >= self.margins.top else 0
        cursor.y = max(cursor.y - (count or 1), top)

    def cursor_down(self, count: int | None = None) -> None:
        """Move the cursor down, not through the bottom margin (CUD)."""
        cursor = self.cursor
        self._here()
        inside = self.margins and cursor.y <= self.margins.bottom
        bottom = self.margins.bottom if self.margins and inside else self.lines - 1
        cursor.y = min(cursor.y + (count or 1), bottom)

    def cursor_down_free(self, count: int | None = None) -> None:
        """Move the cursor down to the last line at most (VPR)."""
        self._here()
        self.cursor.y = min(self.cursor.y + (count or 1), self.lines - 1)

    def cursor_forward(self, count: int | None = None) -> None:
        """Move the cursor right (CUF, HPR)."""
        self._here()
        super().cursor_forward(count)

    def cursor_back(self, count: int | None = None) -> None:
        """Move the cursor left; before a pending wrap it stands in the last column (CUB, BS)."""
        self._here()
        super().cursor_back(count)

    def backspace(self) -> None:
        """Move the cursor left by one column; over a soft wrap back to the line before with mode 45 (xterm)."""
        cursor = self.cursor
        if cursor.x == 0 and 45 << 5 in self.mode and cursor.y and self.page.lines[cursor.y - 1].wrapped:
            cursor.x, cursor.y = self.columns - 1, cursor.y - 1
        else:
            self.cursor_back()

    def next_line(self) -> None:
        """Move the cursor to the start of the next line (NEL)."""
        self.index()
        self.cursor.x = 0

    def tab(self) -> None:
        """Move the cursor to the next tab stop; a pending wrap stays pending (HT)."""
        if self.cursor.x < self.columns:
            self.forward_tabs(1)

    def forward_tabs(self, count: int | None = None) -> None:
        """Move the cursor over tab stops (CHT)."""
        _, x = self._here()
        stops = [stop for stop in sorted(self.tabstops) if x < stop < self.columns]
        wanted = (count or 1) - 1
        self.cursor.x = stops[wanted] if wanted < len(stops) else self.columns - 1

    def back_tabs(self, count: int | None = None) -> None:
        """Move the cursor back over tab stops (CBT)."""
        _, x = self._here()
        stops = [stop for stop in sorted(self.tabstops, reverse=True) if 0 < stop < x]
        wanted = (count or 1) - 1
        self.cursor.x = stops[wanted] if wanted < len(stops) else 0

    def set_tab_stop(self) -> None:
        """Set a tab stop at the cursor (HTS); a pending wrap stays pending."""
        self.tabstops.add(min(self.cursor.x, self.columns - 1))

    def clear_tab_stop(self, how: int = 0) -> None:
        """Clear the tab stop at the cursor (0) or all (3) (TBC); a pending wrap stays pending."""
        x = self.cursor.x
        self.cursor.x = min(x, self.columns - 1)
        super().clear_tab_stop(how)
        self.cursor.x = x

    def reset_tab_stops(self, how: int = 0, *_: int) -> None:
        """Set a tab stop at every eighth column (DECST8C)."""
        if how == 5:
            self.tabstops = set(range(8, self.columns, 8))

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        """Choose the scrolling region and go home (DECSTBM); a region of less than two lines is ignored."""
        first = (top or 1) - 1
        last = min(bottom or self.lines, self.lines) - 1
        if first < last:
            self.margins = None if first == 0 and last == self.lines - 1 else Margins(first, last)
            self.cursor_position()
