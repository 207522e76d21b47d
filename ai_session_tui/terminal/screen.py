"""The whole screen: strings, replies, modes and editing together, with what needs a stream or another size."""

from __future__ import annotations

from .cells import Line
from .flood import count_anew
from .grid import Page, Saved
from .history import Raw
from .reflow import reflow
from .stream import TerminalStream
from .strings import StringScreen
from .styles import DEFAULT_INK


class TerminalScreen(StringScreen):
    """The screen that a terminal shows."""

    def parse_raw(self, raw: Raw) -> list[Line]:
        """Turn the bytes of a flood into lines, as they would have left a screen of that width."""
        scratch = TerminalScreen(raw.columns, 1, raw.rows)
        scratch.styles, scratch.clusters, scratch.owns_clusters = self.styles, self.clusters, False
        scratch.ink = raw.ink
        scratch.page.lines[0].inks = self.styles.blank(raw.ink) * raw.columns
        TerminalStream(scratch).feed(raw.data)
        return list(scratch.history.lines())

    # --- another size

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Take another size; the main screen is reflowed, the alternate screen cropped, margins are reset."""
        lines, columns = lines or self.lines, columns or self.columns
        if (lines, columns) == (self.lines, self.columns):
            return
        old_columns, old_lines = self.columns, self.lines
        self.margins = None
        self.epoch += 1
        self.moved_all, self.moved = self.epoch, None
        self.columns, self.lines = columns, lines
        self.blank_cells, self.blank_inks = " " * columns, DEFAULT_INK * columns
        self.tabstops.update(range((old_columns + 7) // 8 * 8, columns, 8))
        cursor = self.cursor
        if self.page is self.main:
            cursor.x, cursor.y = self._resize_main(old_columns, old_lines, (cursor.x, cursor.y))
            self._clamp(self.main.saved)
        else:
            saved = self.main.saved
            x, y = self._resize_main(old_columns, old_lines, (saved.x, saved.y) if saved else (0, 0))
            if saved:
                saved.x, saved.y = x, y
            self._crop(self.page)
            self._clamp(self.page.saved)
            cursor.x = min(cursor.x, columns - 1)
        self.tied = None

    def _clamp(self, saved: Saved | None) -> None:
        if saved:
            saved.x, saved.y = min(saved.x, self.columns - 1), min(saved.y, self.lines - 1)

    def _crop(self, page: Page) -> None:
        """Cut the alternate screen at its bottom, or above the cursor so that this stays."""
        above = max(self.cursor.y - self.lines + 1, 0)
        self.cursor.y -= above
        page.lines = page.lines[above : above + self.lines]
        for line in page.lines:
            line.fit(self.columns)
        self._fill(page.lines)
        page.lines[-1].wrapped = False

    def _fill(self, lines: list[Line]) -> None:
        while len(lines) < self.lines:
            lines.append(Line(self.blank_cells, DEFAULT_INK * self.columns, self.epoch))

    def _resize_main(self, old_columns: int, old_lines: int, place: tuple[int, int]) -> tuple[int, int]:
        """Lay the main screen out anew; return where column and line of the cursor went."""
        x, y = place
        was_at_bottom = y == old_lines - 1
        screen = self.main.lines
        last = max([y, *(index for index, line in enumerate(screen) if line.used() or line.wrapped)])
        del screen[last + 1 :]
        if old_columns == self.columns:
            y += self._shift_main(was_at_bottom)
            x, y = (x, y) if y >= 0 else (0, 0)  # its line is in the history now (as ghostty)
        else:
            x, y = self._reflow_main(old_columns, x, y, self.lines if was_at_bottom else min(last + 1, self.lines))
        self._fill(self.main.lines)
        self.main.lines[-1].wrapped = False
        return x, y

    def _shift_main(self, was_at_bottom: bool) -> int:
        """Move lines into the history or, if the cursor stood at the bottom, back; return how far the cursor moves."""
        screen = self.main.lines
        pushed = max(len(screen) - self.lines, 0)
        for line in screen[:pushed]:
            self.history.push(line)
        del screen[:pushed]
        return (self._pull(self.lines) if was_at_bottom else 0) - pushed

    def _pull(self, filled: int) -> int:
        """Fill so many lines of the screen from the history; return how many came back."""
        screen = self.main.lines
        back = [self.history.pop() for _ in range(min(filled - len(screen), len(self.history)))]
        for line in back:
            line.fit(self.columns)
        screen[:0] = back[::-1]
        return len(back)

    def _reflow_main(self, old_columns: int, x: int, y: int, filled: int) -> tuple[int, int]:
        """Lay history and screen out anew; where lines become fewer the history fills so many of the screen."""
        *parts, above = self.history.parts(self._recounted)
        assert isinstance(above, list)  # the parts end with a run of lines
        laid_parts = [part if isinstance(part, Raw) else self._reflow(part, old_columns, [])[0] for part in parts]
        places = [(len(above), 0), (len(above) + y, x)]
        laid, ((top, _), (y, x)) = self._reflow([*above, *self.main.lines], old_columns, places)
        if len(laid) - top > self.lines:
            top = len(laid) - self.lines
        elif len(laid) - top < filled:
            top = max(len(laid) - filled, 0)
        self.history.replace([*laid_parts, [line.packed() for line in laid[:top]]])
        self.main.lines = laid[top:]
        for line in self.main.lines:
            line.fit(self.columns)
        y += self._pull(filled)
        return (x, y - top) if y >= top else (0, 0)

    def _reflow(
        self, lines: list[Line], old_columns: int, places: list[tuple[int, int]]
    ) -> tuple[list[Line], list[tuple[int, int]]]:
        return reflow(lines, old_columns, self.columns, places, self.epoch, self.styles)

    def _recounted(self, raw: Raw) -> Raw | None:
        """Return a part of the history at the new width, still as bytes, if its rows can be counted."""
        rows = count_anew(self, raw)
        return None if rows is None else Raw(raw.data, raw.ink, self.columns, rows)
