"""A live terminal on the screen: rows from frames, keys and mouse to bytes.

Drawn with the line API: one cached strip a row, and only the rows that changed are drawn again. The pane has a line of
its own for the title, and a column for the border to the pane at its left where there is one. Invariant: nothing a
program prints reaches the user's terminal but as cells with a look (`painting`), and every key but the leader, which
the dashboard keeps, reaches the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ai_session_tui.errors import UsageError
from ai_session_tui.layouts import Side
from ai_session_tui.terminal import Row, encode_focus, encode_key, encode_paste, encode_text
from ai_session_tui.widgets.heading import NO_HEADING, Heading, heading_strip
from ai_session_tui.widgets.looks import Look, Overlay, look_of
from ai_session_tui.widgets.painting import row_strip
from ai_session_tui.widgets.pane_pointer import PanePointer
from ai_session_tui.widgets.picture import BLANK, Picture
from ai_session_tui.widgets.prompt_paint import paint_now
from ai_session_tui.widgets.selection import Selection

_ECHO_SECONDS = 0.15  # what comes within this time of a key is its echo, and is painted at once


class TerminalPane(Widget, can_focus=True):
    """One pane. `target` is how the server calls it."""

    ALLOW_SELECT = False  # it has a selection of its own, which knows wrapped lines and scrollback
    heading: reactive[Heading] = reactive(NO_HEADING, repaint=False)
    has_border: reactive[bool] = reactive(False)  # another pane is at its left

    @dataclass
    class Typed(Message):
        """Bytes for the program."""

        pane: TerminalPane
        data: bytes

    @dataclass
    class Resized(Message):
        """The program's terminal has this size now."""

        pane: TerminalPane
        columns: int
        rows: int

    @dataclass
    class Chosen(Message):
        """The pane was clicked: it wants the focus."""

        pane: TerminalPane

    @dataclass
    class HistoryWanted(Message):
        """These lines of the scrollback are to be shown and not known."""

        pane: TerminalPane
        first: int
        count: int

    @dataclass
    class Copied(Message):
        """Text was selected."""

        pane: TerminalPane
        text: str

    @dataclass
    class PasteWanted(Message):
        """The middle or right button asks for the clipboard."""

        pane: TerminalPane

    @dataclass
    class LinkClicked(Message):
        """A hyperlink that may be opened was clicked."""

        pane: TerminalPane
        link: str

    @dataclass
    class BorderDragged(Message):
        """A border of the pane shall go to a place of the screen."""

        pane: TerminalPane
        side: Side  # left or up
        x: int
        y: int

    @dataclass
    class Scrolled(Message):
        """The pane shows its scrollback, or is live again."""

        pane: TerminalPane
        is_live: bool

    def __init__(self, target: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.target = target
        self.picture = Picture()
        self.view_top: int | None = None  # number of the first line shown while scrolled back
        self.selection: Selection | None = None
        self.highlights: Mapping[int, Sequence[Overlay]] = {}  # by line number: hits of a search, say
        self.caret: tuple[int, int] | None = None  # (line, column) of a cursor of our own, in copy mode
        self._strips: dict[int, Strip] = {}  # by row of the widget
        self.pointer = PanePointer(self)
        self.has_above = False  # another pane is above: the title is the border to it
        self._typed_at = 0.0
        self._sent_size = (0, 0)

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

    # --- what comes

    def take_frame(self, frame: Mapping[str, object]) -> None:
        """Apply a frame and draw what it changed."""
        top = self.top
        damage = self.picture.apply(frame)
        if damage.everything or top != self.top:
            self.repaint()
        elif self.is_live:
            self._repaint_rows(damage.rows)
        elif damage.scrolled:
            self._want_history()  # what is looked at may have left the screen: it is known before it is drawn again
            self._repaint_title()
        if damage.title:
            self._repaint_title()
        if monotonic() - self._typed_at < _ECHO_SECONDS:
            paint_now(self)

    def put_history(self, page: Mapping[str, object]) -> None:
        """Take in a page of scrollback and draw what is seen of it."""
        numbers = self.picture.put_history(page)
        self.repaint_lines(range(numbers[0], numbers[-1] + 1) if numbers else range(0))

    def show_from(self, line: int | None) -> None:
        """Show the lines from a number on; None, or a line beyond the scrollback, is live again."""
        was_live = self.is_live
        if line is None or line >= self.picture.screen_at:
            self.view_top = None
        else:
            self.view_top = max(line, self.picture.first_kept)
            self._want_history()
        if was_live != self.is_live:
            self.post_message(self.Scrolled(self, self.is_live))
        self.repaint()

    def _want_history(self) -> None:
        missing = self.picture.missing(self.top, self.body.height)
        if missing is not None:
            self.post_message(self.HistoryWanted(self, *missing))

    def select(self, selection: Selection | None) -> None:
        """Show a selection, or none."""
        touched = [one.lines for one in (self.selection, selection) if one is not None]
        self.selection = selection
        for lines in touched:
            self.repaint_lines(lines)

    def selected_text(self) -> str:
        """Return what is selected."""
        return "" if self.selection is None else self.selection.text(self.picture.line, self.picture.columns)

    def paste(self, text: str) -> None:
        """Give a text to the program as one paste."""
        self.type(encode_paste(text, self.picture.modes))

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
        self._repaint_rows(range(max(0, lines.start - top), min(lines.stop - top, self.body.height)), top)

    def _repaint_rows(self, rows: frozenset[int] | range, top: int | None = None) -> None:
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

    def _repaint_title(self) -> None:
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
        cursor = self.picture.cursor
        if cursor.visible and self.has_focus and self.is_live and number == self.picture.screen_at + cursor.row:
            shape = _BLOCK if cursor.shape == "block" else _LINE
            column = min(cursor.column, max(0, self.picture.columns - 1))
            found.append(Overlay(column, column + 1, shape))
        return found

    # --- what happens here

    def on_resize(self, event: events.Resize) -> None:
        """The pane's size is the program's."""
        del event
        self._strips.clear()
        self.tell_size()

    def tell_size(self) -> None:
        """Say how large the program's terminal is, if that is new."""
        size = self.body
        if size.width > 0 and size.height > 0 and size != self._sent_size:
            self._sent_size = size
            self.post_message(self.Resized(self, size.width, size.height))

    def watch_has_border(self) -> None:
        """A column less, or more."""
        self._strips.clear()
        self.tell_size()

    def watch_heading(self) -> None:
        """Draw the title line."""
        self._repaint_title()

    def notify_style_update(self) -> None:
        """Another theme: other colours everywhere."""
        super().notify_style_update()
        self._strips.clear()

    def on_focus(self) -> None:
        """Show the cursor; tell the program if it asked."""
        self._focus_changed(True)

    def on_blur(self) -> None:
        """Show no cursor; tell the program if it asked."""
        self._focus_changed(False)

    def _focus_changed(self, gained: bool) -> None:
        report = encode_focus(gained, self.picture.modes)
        if report:  # not typed: what is selected or scrolled to stays
            self.post_message(self.Typed(self, report))
        self._repaint_title()
        self._repaint_rows(frozenset({self.picture.cursor.row}))

    async def on_key(self, event: events.Key) -> None:
        """Every key that comes here is the program's."""
        event.stop()
        event.prevent_default()
        self.press(event.key, event.character)

    def press(self, key: str, character: str | None = None) -> None:
        """Give a key to the program."""
        try:
            data = encode_key(key, self.picture.modes, character=character)
        except UsageError:  # a name that only a newer Textual knows
            data = encode_text(character) if character is not None and character.isprintable() else b""
        self.type(data)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def type(self, data: bytes) -> None:
        """Send bytes to the program; what was scrolled to or selected is left."""
        if not data:
            return
        if not self.is_live:
            self.show_from(None)
        if self.selection is not None:
            self.select(None)
        self._typed_at = monotonic()
        self.post_message(self.Typed(self, data))

    # --- the mouse (`pane_pointer`)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        event.stop()
        self.pointer.down(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        event.stop()
        self.pointer.move(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        event.stop()
        self.pointer.up(event)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.pointer.click(event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.pointer.wheel(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.pointer.wheel(event, 1)


_BLOCK = RichStyle(reverse=True)
_LINE = RichStyle(underline=True, bold=True)
