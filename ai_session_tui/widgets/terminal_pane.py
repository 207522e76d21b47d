"""A live terminal on the screen: frames to rows, keys and mouse to bytes.

What it looks like is `pane_view`'s. Invariant: every key but the leader, which the dashboard keeps, reaches the
program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from textual import events
from textual.message import Message

from ai_session_tui.errors import UsageError
from ai_session_tui.layouts import Side
from ai_session_tui.terminal import encode_focus, encode_key, encode_paste, encode_text
from ai_session_tui.widgets.pane_pointer import PanePointer
from ai_session_tui.widgets.pane_view import PaneView
from ai_session_tui.widgets.prompt_paint import paint_now

_ECHO_SECONDS = 0.15  # what comes within this time of a key is its echo, and is painted at once


class TerminalPane(PaneView, can_focus=True):
    """One pane. `target` is how the server calls it."""

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
        self.pointer = PanePointer(self)
        self.has_above = False  # another pane is above: the title is the border to it
        self._typed_at = 0.0
        self._sent_size = (0, 0)

    # --- what comes

    def take_frame(self, frame: Mapping[str, object]) -> None:
        """Apply a frame and draw what it changed."""
        top = self.top
        damage = self.picture.apply(frame)
        if damage.everything or top != self.top:
            self.repaint()
        elif self.is_live:
            self.repaint_rows(damage.rows)
        elif damage.scrolled:
            self._want_history()  # what is looked at may have left the screen: it is known before it is drawn again
            self.repaint_title()
        if damage.title:
            self.repaint_title()
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

    def paste(self, text: str) -> None:
        """Give a text to the program as one paste."""
        self.type(encode_paste(text, self.picture.modes))

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
        self.repaint_title()
        self.repaint_rows(frozenset({self.picture.cursor.row}))

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
