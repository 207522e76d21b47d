"""How a pane looks: one cached strip a row, its title, its cursor, what is selected or marked in it.

Drawn with the line API: only the rows that changed are drawn again. The pane has a line of its own for the title, and a
column for the border to the pane at its left where there is one. Invariant: nothing a program prints reaches the user's
terminal but as cells with a look (`painting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Offset, Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ai_session_tui.terminal import Row
from ai_session_tui.widgets.heading import NO_HEADING, Heading, heading_strip
from ai_session_tui.widgets.looks import Look, Overlay, look_of
from ai_session_tui.widgets.outer_cursor import WantedCursor, lends_cursor
from ai_session_tui.widgets.painting import row_strip
from ai_session_tui.widgets.picture import BLANK, Picture
from ai_session_tui.widgets.selection import Selection

_BLOCK = RichStyle(reverse=True)
_LINE = RichStyle(underline=True, bold=True)


class PaneView(Widget):
    """Draws a picture. It says nothing and hears nothing."""

    ALLOW_SELECT = False  # it has a selection of its own, which knows wrapped lines and scrollback
    heading: reactive[Heading] = reactive(NO_HEADING, repaint=False)
    has_border: reactive[bool] = reactive(False)  # another pane is at its left

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.picture = Picture()
        self.view_top: int | None = None  # number of the first line shown while scrolled back
        self.selection: Selection | None = None
        self.highlights: Mapping[int, Sequence[Overlay]] = {}  # by line number: hits of a search, say
        self.caret: tuple[int, int] | None = None  # (line, column) of a cursor of our own, in copy mode
        self._strips: dict[int, Strip] = {}  # by row of the widget

    # --- what is known

    @property
    def body(self) -> Size:
        """The cells of the program's terminal."""
        return Size(max(0, self.size.width - self.has_border), max(0, self.size.height - 1))

    @property
    def is_live(self) -> bool:
        """Whether it shows the screen, not the scrollback."""
        return self.view_top is None

    @property
    def top(self) -> int:
        """The number of the first line that is shown."""
        picture = self.picture
        if self.view_top is not None:
            return max(picture.first_kept, min(self.view_top, picture.screen_at))
        # A screen that is taller than the pane (another viewer owns the size) shows the part with the cursor.
        extra = max(0, len(picture.rows) - self.body.height)
        return picture.screen_at + min(extra, max(0, picture.cursor.row - self.body.height + 1))

    def row_at(self, line: int) -> Row:
        """Return a line, blank when it is not known."""
        return self.picture.line(line) or BLANK

    def select(self, selection: Selection | None) -> None:
        """Show a selection, or none."""
        touched = [one.lines for one in (self.selection, selection) if one is not None]
        self.selection = selection
        for lines in touched:
            self.repaint_lines(lines)

    def selected_text(self) -> str:
        """Return what is selected."""
        return "" if self.selection is None else self.selection.text(self.picture.line, self.picture.columns)

    # --- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the strips of some rows: the cached ones, and new ones for what changed."""
        strips = []
        for y in crop.line_range:
            strip = self._strips.get(y)
            if strip is None:
                strip = self._strips[y] = self._filtered(self._strip(y))
            strips.append(strip)
        if crop.width != self.size.width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def repaint(self) -> None:
        """Draw everything anew."""
        self._strips.clear()
        self.refresh()

    def repaint_lines(self, lines: range) -> None:
        """Draw lines anew that are in view."""
        top = self.top
        self.repaint_rows(range(max(0, lines.start - top), min(lines.stop - top, self.body.height)), top)

    def repaint_rows(self, rows: frozenset[int] | range, top: int | None = None) -> None:
        """Draw rows anew, counted from `top` (default: from the first line of the screen)."""
        shift = 1 if top is not None else 1 + self.picture.screen_at - self.top
        width, height = self.size
        regions = []
        for row in rows:
            y = row + shift
            if 1 <= y < height:
                self._strips.pop(y, None)
                regions.append(Region(0, y, width, 1))
        if regions:
            self.refresh(*regions)

    def repaint_title(self) -> None:
        """Draw the title line anew."""
        self._strips.pop(0, None)
        self.refresh(Region(0, 0, self.size.width, 1))

    def _filtered(self, strip: Strip) -> Strip:
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip

    def _strip(self, y: int) -> Strip:
        look = look_of(self.app)
        width = self.size.width
        if y == 0:
            return heading_strip(self.heading, width, look, self._scroll_note(), is_focused=self.has_focus)
        number = self.top + y - 1
        row = self.picture.line(number)
        body = row_strip(row or BLANK, self.body.width, look.pane, self._overlays(number, look.pane))
        if not self.has_border:
            return body
        return Strip([Segment("│", look.line), *body], width)

    def _scroll_note(self) -> str:
        above = self.picture.screen_at - self.top
        return f"↑ {above:,} lines" if self.view_top is not None and above else ""

    def _overlays(self, number: int, look: Look) -> Sequence[Overlay]:
        found: list[Overlay] = list(self.highlights.get(number, ()))
        if self.selection is not None and (span := self.selection.columns(number)) is not None:
            found.append(Overlay(*span, look.selection))
        if self.caret is not None:
            if self.caret[0] == number:
                found.append(Overlay(self.caret[1], self.caret[1] + 1, _BLOCK))
            return found
        if self._has_cursor and number == self.picture.screen_at + self.picture.cursor.row and not self.wanted_cursor():
            column = self._cursor_column
            found.append(Overlay(column, column + 1, _BLOCK if self.picture.cursor.shape == "block" else _LINE))
        return found

    @property
    def _has_cursor(self) -> bool:
        return self.picture.cursor.visible and self.has_focus and self.is_live and self.caret is None

    @property
    def _cursor_column(self) -> int:
        return min(self.picture.cursor.column, max(0, self.picture.columns - 1))

    def wanted_cursor(self) -> WantedCursor | None:
        """Return the cursor of a shape that cells cannot show, for the user's own terminal to draw."""
        cursor = self.picture.cursor
        if cursor.shape == "block" or not self._has_cursor or not lends_cursor(self.app):
            return None
        place = Offset(self.has_border + self._cursor_column, 1 + self.picture.screen_at + cursor.row - self.top)
        is_seen = place.x < self.size.width and 1 <= place.y < self.size.height
        return WantedCursor(self.region.offset + place, cursor.shape) if is_seen else None

    def watch_heading(self) -> None:
        """Draw the title line."""
        self.repaint_title()

    def notify_style_update(self) -> None:
        """Another theme: other colours everywhere."""
        super().notify_style_update()
        self._strips.clear()
