"""The screen's lines, cursor and pen: drawing, wrapping, scrolling. Editing, modes and replies build upon it.

Invariant: every line on a page has exactly `columns` cells; `cursor.x == columns` means that the next character
wraps (pyte's convention); a changed line carries the current epoch.
"""

from __future__ import annotations

from collections.abc import Callable

from pyte import modes as mo
from pyte.screens import Screen

from .cells import GAP, MAX_CLUSTER, TRAIL, Clusters, Line
from .history import History, Raw
from .styles import DEFAULT_INK, StyleTable
from .widths import NARROW, SEGMENTS, ZWJ, char_width, joins, widens


class Page:
    """One of the two screens of a terminal: its lines and what is saved with it."""

    __slots__ = ("keyboard", "lines", "saved")

    def __init__(self, columns: int, lines: int, epoch: int) -> None:
        blank, ink = " " * columns, DEFAULT_INK * columns
        self.lines = [Line(blank, ink, epoch) for _ in range(lines)]
        self.saved: Saved | None = None
        self.keyboard: list[int] = [0]  # kitty keyboard flags, the last are in force


class Saved:
    """What DECSC keeps."""

    __slots__ = ("charset", "charsets", "ink", "origin", "x", "y")

    def __init__(self, x: int, y: int, ink: str, charset: int, charsets: list[str], origin: bool) -> None:
        self.x, self.y, self.ink, self.charset, self.charsets, self.origin = x, y, ink, charset, charsets, origin


class Grid(Screen):
    """Lines of cells under a cursor; pyte's Screen with packed lines."""

    # Kept by the modes above, read wherever something is drawn.
    autowrap: bool
    inserting: bool
    translation: dict[int, str] | None
    is_plain: bool  # text goes to its cells as it comes
    joined: bool  # the last character was a joiner: the next one may go into its cell
    tied: tuple[int, int] | None  # where the cursor stands if what was drawn before it may take in a character
    blank_cells: str
    blank_inks: str
    charsets: list[str]
    collect_clusters: Callable[[], None]  # forgets those that no cell has: the screen that knows all cells does
    parse_raw: Callable[[Raw], list[Line]]  # makes lines of the bytes of a flood: the screen that knows a stream does

    def __init__(self, columns: int, lines: int, history: int) -> None:
        self.styles = StyleTable()
        self.clusters = Clusters()
        self.history = History(history, self.parse_raw)
        self.epoch = 1
        self.moved_all = 1  # epoch in which every line may have changed its place
        self.moved: list[int] | None = None  # the same line by line, for scrolling regions
        self.columns, self.lines = columns, lines
        self.main = self.page = Page(columns, lines, 1)
        self.alternate: Page | None = None
        self.ink = DEFAULT_INK
        self.last_drawn = ""
        super().__init__(columns, lines)

    def name(self, cluster: str) -> str:
        """Return the cell for a cluster."""
        if self.clusters.is_full:
            self.collect_clusters()
        return self.clusters.name(cluster)

    # --- drawing

    def draw(self, data: str) -> None:
        """Display text at the cursor; it wraps at the right margin if DECAWM is set."""
        self.last_drawn = data
        if self.is_plain and (data.isascii() or NARROW.fullmatch(data)):
            cursor = self.cursor
            x = cursor.x
            end = x + len(data)
            columns = self.columns
            if end <= columns:
                line = self.page.lines[cursor.y]
                cells = line.cells
                if cells.isascii() or (cells[x] != TRAIL and (end == columns or cells[end] != TRAIL)):
                    inks = line.inks
                    line.cells = cells[:x] + data + cells[end:]
                    line.inks = inks[:x] + self.ink * (end - x) + inks[end:]
                    line.epoch = self.epoch
                    cursor.x = end
                    self.tied = None if data[-1] < "\x80" else (end, cursor.y)
                    return
        self._draw_with_care(data)

    def _draw_with_care(self, data: str) -> None:
        if self.translation:
            data = data.translate(self.translation)
        if data.isascii() and not self.joined:
            self.tied = None
            self._draw_narrow(data)
        else:
            self._draw_mixed(data)

    def _draw_narrow(self, text: str) -> None:
        """Display characters of one cell each."""
        cursor = self.cursor
        columns = self.columns
        ink = self.ink
        while text:
            x = cursor.x
            room = columns - x
            if room <= 0:
                x, room = self._wrap()
            if len(text) > room and not self.autowrap:
                text = text[: room - 1] + text[-1]
            part, text = text[:room], text[room:]
            line = self.page.lines[cursor.y]
            count = len(part)
            if self.inserting:
                line.insert(x, count, ink, self.styles)
            line.put(x, part, ink, self.styles)
            line.epoch = self.epoch
            cursor.x = x + count

    def _wrap(self) -> tuple[int, int]:
        """Begin the next line, or go back to the last column without DECAWM; return column and room."""
        cursor = self.cursor
        if not self.autowrap:
            cursor.x = self.columns - 1
            return cursor.x, 1
        self._break_line()
        return 0, self.columns

    def _break_line(self) -> None:
        cursor = self.cursor
        line = self.page.lines[cursor.y]
        bottom = self.margins.bottom if self.margins else self.lines - 1
        has_next = cursor.y == bottom or cursor.y < self.lines - 1  # none on the last line below the region
        cursor.x = 0
        self.index()
        if has_next:
            line.wrapped = True  # after index, which cuts lines that it tears apart
            line.epoch = self.epoch

    def _draw_mixed(self, data: str) -> None:
        for match in SEGMENTS.finditer(data):
            text = match[0]
            if match.lastindex is None:
                self._draw_social(text)
                continue
            if self.joined:
                self._draw_social(text[0])
                text = text[1:]
            if text:
                (self._draw_narrow if match.lastindex == 1 else self._draw_wide)(text)
                self.tied = None if text[-1] < "\x80" else (self.cursor.x, self.cursor.y)

    def _draw_wide(self, text: str) -> None:
        """Display characters of two cells each; `text` may hold names of clusters."""
        cursor = self.cursor
        columns = self.columns
        if columns < 2:
            return  # no place for any of them, ever
        ink = self.ink
        while text:
            if cursor.x >= columns:
                self._wrap()
            x = cursor.x
            room = (columns - x) // 2
            if not room:
                if not self.autowrap:
                    return
                self.page.lines[cursor.y].put(x, GAP, ink, self.styles)
                self._break_line()
                continue
            if len(text) > room and not self.autowrap:
                text = text[:room]
            part, text = text[:room], text[room:]
            line = self.page.lines[cursor.y]
            count = 2 * len(part)
            if self.inserting:
                line.insert(x, count, ink, self.styles)
            line.put(x, TRAIL.join(part) + TRAIL, ink, self.styles)
            line.epoch = self.epoch
            cursor.x = x + count

    def _draw_social(self, character: str) -> None:
        """Display a character that may go into the cell before the cursor."""
        x, y = self.cursor.x, self.cursor.y
        width = char_width(character)
        line = self.page.lines[y]
        start = x - 2 if x > 1 and line.cells[x - 1] == TRAIL else x - 1
        if start >= 0 and (width == 0 or self.tied == (x, y)):
            before = self.clusters.expand(line.cells[start])
            if joins(before, character):
                self._join(line, start, before, character)
                return
        self._tie(False)
        if width:
            name = self.name(character)
            (self._draw_wide if width == 2 else self._draw_narrow)(name)
            self.tied = None if name.isascii() else (self.cursor.x, self.cursor.y)

    def _tie(self, joined: bool) -> None:
        """Note whether the next character may go into the cell before the cursor because of a joiner."""
        self.joined = joined
        self.is_plain = self.autowrap and not (joined or self.inserting or self.translation)

    def _join(self, line: Line, start: int, before: str, character: str) -> None:
        cursor = self.cursor
        wide = start + 1 < self.columns and line.cells[start + 1] == TRAIL
        ink = line.inks[start]
        if len(before) >= MAX_CLUSTER:
            return
        name = self.name(before + character)
        line.epoch = self.epoch
        if not wide and widens(before, character):
            self._widen(line, start, name)
        elif wide:
            line.put(start, name + TRAIL, ink, self.styles)
        else:
            line.put(start, name, ink, self.styles)
        self._tie(character == ZWJ)
        self.tied = cursor.x, cursor.y

    def _widen(self, line: Line, start: int, name: str) -> None:
        """Give a character the second cell that VS16 asks for, on the next line if this one is full."""
        cursor = self.cursor
        if start + 1 < self.columns:
            line.put(start, name + TRAIL, line.inks[start], self.styles)
            cursor.x = start + 2
        elif self.autowrap and self.columns > 1:
            line.put(start, GAP, line.inks[start], self.styles)
            pen, self.ink = self.ink, line.inks[start]
            self._break_line()
            self._draw_wide(name)
            self.ink = pen

    # --- scrolling

    def index(self) -> None:
        """Move the cursor down one line; at the bottom margin scroll up (IND)."""
        cursor = self.cursor
        if cursor.x >= self.columns:
            cursor.x = self.columns - 1
        margins = self.margins
        if margins is None:
            if cursor.y < self.lines - 1:
                cursor.y += 1
            else:
                self._roll()
        elif cursor.y == margins.bottom:
            self.scroll(1)
        elif cursor.y < self.lines - 1:
            cursor.y += 1

    def _roll(self) -> None:
        """Scroll the whole screen up by one line; what every line of a log costs."""
        page = self.page
        lines = page.lines
        line = lines[0]
        del lines[0]
        if page is self.main:
            self.history.push(line)
        ink = self.ink
        inks = self.blank_inks if ink == DEFAULT_INK else self.styles.blank(ink) * self.columns
        lines.append(Line(self.blank_cells, inks, self.epoch))
        self.moved_all = self.epoch

    def linefeed(self) -> None:
        """Move the cursor down one line, and to its start with LNM."""
        self.index()
        if mo.LNM in self.mode:
            self.cursor.x = 0

    def reverse_index(self) -> None:
        """Move the cursor up one line; at the top margin scroll down (RI)."""
        cursor = self.cursor
        top, bottom = self.margins or (0, self.lines - 1)
        cursor.x = min(cursor.x, self.columns - 1)
        if cursor.y == top:
            self.shift_lines(top, bottom, -1)
        elif cursor.y > 0:
            cursor.y -= 1

    def scroll(self, count: int) -> None:
        """Scroll the region up; lines that leave the top of the main screen go to the history."""
        top, bottom = self.margins or (0, self.lines - 1)
        if top == 0 and self.page is self.main:
            for line in self.page.lines[: min(count, bottom + 1)]:
                self.history.push(line)
        elif top:
            self.page.lines[top - 1].end(self.epoch)
        self.shift_lines(top, bottom, count, cut=False)

    def shift_lines(self, top: int, bottom: int, count: int, cut: bool = True) -> None:
        """Move the lines [top, bottom] up by `count` (down if negative); blanks under the pen's background come in."""
        lines = self.page.lines
        size = bottom - top + 1
        step = max(-size, min(count, size))
        ink = self.styles.blank(self.ink)
        blank, inks, epoch = self.blank_cells, ink * self.columns, self.epoch
        fresh = [Line(blank, inks, epoch) for _ in range(abs(step))]
        if cut and top:
            lines[top - 1].end(epoch)
        if step > 0:
            del lines[top : top + step]
            lines[bottom - step + 1 : bottom - step + 1] = fresh
            if size > step and bottom < self.lines - 1:
                lines[bottom - step].end(epoch)
        else:
            del lines[bottom + step + 1 : bottom + 1]
            lines[top:top] = fresh
            lines[bottom].end(epoch)
        if size == self.lines:
            self.moved_all = epoch
        else:
            if self.moved is None:
                self.moved = [0] * self.lines
            self.moved[top : bottom + 1] = [epoch] * size

    def changed_since(self, epoch: int) -> list[int]:
        """Return the numbers of the lines that may differ from what they were in that epoch."""
        if self.moved_all > epoch:
            return list(range(self.lines))
        moved = self.moved
        return [
            y
            for y, line in enumerate(self.page.lines)
            if line.epoch > epoch or (moved is not None and moved[y] > epoch)
        ]
