"""The mouse on a pane: what is the program's, what selects, scrolls, pastes, opens a link or moves a border.

Invariant: a program that asked for the mouse gets all of it that is on its cells, but what is pressed with Shift; a
drag that began belongs to what it began on until the button is up, wherever the pointer goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.terminal import encode_key, encode_mouse
from ai_session_tui.terminal.mouse import Action, MouseEvent
from ai_session_tui.widgets.painting import can_open, link_at
from ai_session_tui.widgets.pointing import button_of, modifiers_of, wheel_of
from ai_session_tui.widgets.selection import Selection, line_at, word_at

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from ai_session_tui.layouts import Side
    from ai_session_tui.widgets.terminal_pane import TerminalPane

WHEEL_LINES = 3
_SCROLL_SECONDS = 0.05  # between two steps while a selection is dragged beyond the edge
_ARROWS = {-1: "up", 1: "down"}


class PanePointer:
    """What the mouse does on one pane."""

    def __init__(self, pane: TerminalPane) -> None:
        self._pane = pane
        self._anchor = (0, 0)
        self._is_selecting = False
        self._border: Side | None = None  # the one that is dragged
        self._beyond = 0  # rows that a drag is above (negative) or below the pane
        self._column = 0
        self._scrolling: Timer | None = None

    # where it is

    def _cell(self, event: events.MouseEvent) -> tuple[int, int]:
        """Return column and row of an event within the program's terminal (perhaps outside of it)."""
        return int(event.x) - self._pane.has_border, int(event.y) - 1

    def _place(self, event: events.MouseEvent) -> tuple[int, int]:
        """Return line and column of an event, kept within what is shown."""
        column, row = self._cell(event)
        size = self._pane.body
        return self._pane.top + max(0, min(row, size.height - 1)), max(0, min(column, size.width - 1))

    def _border_at(self, event: events.MouseEvent) -> Side | None:
        """Return the border under the pointer: the line at the left, or the title where a pane is above."""
        column, row = self._cell(event)
        if row < 0:
            return "up" if self._pane.has_above else None
        return "left" if column < 0 else None

    def _report(self, event: events.MouseEvent, action: Action) -> bool:
        """Tell a program that asked for the mouse; return whether it did. Shift keeps the mouse for us."""
        pane = self._pane
        modes = pane.picture.modes
        column, row = self._cell(event)
        if not modes.mouse_tracking or event.shift or not pane.is_live or row < 0 or column < 0:
            return False
        pane.type(encode_mouse(MouseEvent(action, button_of(event), column, row, modifiers_of(event)), modes))
        return True

    # what it does

    def down(self, event: events.MouseDown) -> None:
        """A button is pressed: on a border, for the program, to select, or to paste."""
        pane = self._pane
        border = self._border_at(event) if event.button == 1 else None
        if border != "left" and not pane.has_focus:
            pane.post_message(pane.Chosen(pane))
        if border is not None:
            self._border = border
            pane.capture_mouse()
        elif self._cell(event)[1] < 0 or self._report(event, Action.PRESS):
            return
        elif event.button == 1:
            pane.select(None)
            self._anchor = self._place(event)
            self._is_selecting = True
            pane.capture_mouse()
        else:
            pane.post_message(pane.PasteWanted(pane))

    def move(self, event: events.MouseMove) -> None:
        """Drag, or tell the program."""
        pane = self._pane
        if self._border is not None:
            pane.post_message(pane.BorderDragged(pane, self._border, int(event.screen_x), int(event.screen_y)))
        elif self._is_selecting:
            place = self._place(event)
            if pane.selection is not None or place != self._anchor:
                self._select_to(place)
            self._scroll_beyond(*self._cell(event))
        else:
            self._report(event, Action.MOVE)

    def up(self, event: events.MouseUp) -> None:
        """The button is up: a selection is copied."""
        pane = self._pane
        if self._border is not None:
            self._border = None
            pane.release_mouse()
        elif self._is_selecting:
            self.forget()
            pane.release_mouse()
            if pane.selection is not None:
                self._copy()
        else:
            self._report(event, Action.RELEASE)

    def forget(self) -> None:
        """Drag no more."""
        self._is_selecting = False
        self._border = None
        self._beyond = 0
        if self._scrolling is not None:
            self._scrolling.stop()
            self._scrolling = None

    def click(self, event: events.Click) -> None:
        """Open a link; twice a word, three times a line."""
        pane = self._pane
        column, row = self._cell(event)
        if event.button != 1 or row < 0 or column < 0 or (pane.picture.modes.mouse_tracking and not event.shift):
            return
        line, column = self._place(event)
        shown = pane.row_at(line)
        if event.chain == 2:
            pane.select(word_at(shown, line, column))
            self._copy()
        elif event.chain == 3:
            pane.select(line_at(line))
            self._copy()
        elif pane.selection is None and can_open(link := link_at(shown, column)):
            pane.post_message(pane.LinkClicked(pane, link))

    def wheel(self, event: events.MouseEvent, way: int) -> None:
        """Scroll back or forth, or tell the program; in a pager it is arrow keys."""
        pane = self._pane
        modes = pane.picture.modes
        column, row = self._cell(event)
        if modes.mouse_tracking and not event.shift and pane.is_live:
            if row >= 0 and column >= 0:
                turned = MouseEvent(Action.PRESS, wheel_of(way), column, row, modifiers_of(event))
                pane.type(encode_mouse(turned, modes))
        elif modes.alternate and not event.shift:
            if modes.alternate_scroll:  # a pager has no scrollback: the wheel is arrow keys to it, as in xterm
                pane.type(encode_key(_ARROWS[way], modes) * WHEEL_LINES)
        else:
            pane.show_from(pane.top + way * WHEEL_LINES)

    # selecting

    def _select_to(self, place: tuple[int, int]) -> None:
        selection = self._pane.selection
        self._pane.select(Selection(self._anchor, place) if selection is None else selection.to(place))

    def _scroll_beyond(self, column: int, row: int) -> None:
        """Scroll as long as a drag is above or below the pane, the faster the farther it is."""
        pane = self._pane
        height = pane.body.height
        self._beyond = min(row, 0) if row < height else row - height + 1
        self._column = max(0, min(column, pane.body.width - 1))
        if self._beyond and self._scrolling is None:
            self._scrolling = pane.set_interval(_SCROLL_SECONDS, self._scroll_on)
        elif not self._beyond and self._scrolling is not None:
            self._scrolling.stop()
            self._scrolling = None

    def _scroll_on(self) -> None:
        pane = self._pane
        before = pane.top
        pane.show_from(pane.top + self._beyond)
        if pane.top != before:
            self._select_to((pane.top + (pane.body.height - 1 if self._beyond > 0 else 0), self._column))

    def _copy(self) -> None:
        text = self._pane.selected_text()
        if text.strip():
            self._pane.post_message(self._pane.Copied(self._pane, text))
