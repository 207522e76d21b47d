"""Raw viewers of a pane: people at plain terminals, with sizes of their own.

The viewer that typed last owns the pane's size and is sent the program's bytes as they are; a client that draws for
itself may own it too, and is sent frames (`api.screens`). A viewer whose
terminal has another size would be corrupted by them: it is sent the picture instead, cropped to its terminal.
A viewer that reads too slowly is not queued for: what it missed is dropped and one snapshot is sent instead.

Invariant: exactly one terminal answers a query of the program. The owner's does when it was sent the query; from
what others get queries are taken out. A viewer that only watches neither answers nor owns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ai_session_tui.server.connection import Call, Connection
from ai_session_tui.shells import NonceMasker
from ai_session_tui.terminal import Terminal
from ai_session_tui.terminal.queries import QueryFilter

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_SNAPSHOT_LINES = 2000  # of scrollback that a viewer's own terminal is given
_PICTURE_SECONDS = 1 / 30  # between two pictures for a viewer of another size
_RELEASE_SECONDS = 0.002  # after which the last bytes are no beginning of a nonce, but an echo that is waited for


class Viewer:
    """One attached terminal."""

    def __init__(self, call: Call, pane: Pane, columns: int, rows: int, *, read_only: bool) -> None:
        self.call = call
        self.pane = pane
        self.columns = columns
        self.rows = rows
        self.read_only = read_only
        self.end_of_program = "exited"  # how its end is told: who asked for it says so before
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queries = QueryFilter()
        self._masker = NonceMasker(pane.row.nonce)
        self._is_stale = True  # needs a snapshot before anything else
        self._has_scrollback = False  # was sent the lines above the screen
        self._epoch = 0
        self._picture_timer: asyncio.TimerHandle | None = None
        self._release_timer: asyncio.TimerHandle | None = None
        self._catching_up: asyncio.Task[None] | None = None
        call.on_resume = self.refresh

    @property
    def fits(self) -> bool:
        """Whether the pane has exactly this terminal's size."""
        return (self.columns, self.rows) == (self.pane.row.columns, self.pane.row.rows)

    def end(self, reason: str) -> None:
        """Let the attach request end."""
        if not self.ended.done():
            self.ended.set_result(self.end_of_program if reason == "exited" else reason)

    def set_answering(self, answers: bool) -> None:
        """Say whether this is the viewer whose terminal answers queries."""
        switched = self._queries.let_pass() if answers else self._queries.hold_back()
        if switched and self.fits and not self._is_stale:
            self.call.send(switched)

    def forward(self, data: bytes) -> bool:
        """Pass the program's bytes on, or note that the picture changed; return whether queries went with them."""
        if self._is_stale:
            return False
        if self.call.is_behind:
            self._is_stale = True
        elif self.fits:
            self._send_raw(self._masker.feed(data))
            if self._release_timer is None:
                self._release_timer = asyncio.get_running_loop().call_later(_RELEASE_SECONDS, self._release)
            return self._queries.passes
        elif self._picture_timer is None:
            loop = asyncio.get_running_loop()
            self._picture_timer = loop.call_later(_PICTURE_SECONDS, self._send_changes)
        return False

    def _send_raw(self, masked: bytes) -> None:
        shown = self._queries.filter(masked)
        if shown:
            self.call.send(shown)

    def _release(self) -> None:
        self._release_timer = None
        if not self._is_stale and self.fits and not self.ended.done():
            self._send_raw(self._masker.flush())

    def mark_stale(self) -> None:
        """Send the whole picture next, as after a change of size."""
        self._is_stale = True
        self.refresh()

    def refresh(self) -> None:
        """Send the whole picture if one is due, as soon as the viewer reads and the screen has caught up."""
        if not self._is_stale or self.call.is_behind or self.ended.done() or self._catching_up is not None:
            return
        if self.pane.screen.is_behind:
            self._catching_up = asyncio.get_running_loop().create_task(self._catch_up())
        else:
            self._send_snapshot(self.pane.screen.current())

    async def _catch_up(self) -> None:
        """Wait for the screen; the program waits too, or a flood would never let it come."""
        try:
            with self.pane.screen.gaining():
                await self.pane.screen.caught_up()
        finally:
            self._catching_up = None
        self.refresh()

    def _send_snapshot(self, terminal: Terminal) -> None:
        self._is_stale = False
        self._epoch = terminal.epoch
        self._masker = NonceMasker(self.pane.row.nonce)
        self._queries = QueryFilter(passes=self._queries.passes)
        if self.fits:  # with the beginning of whatever is open, which may be a query
            snapshot = terminal.snapshot(scrollback=0 if self._has_scrollback else _SNAPSHOT_LINES)
            self.call.send(self._queries.filter(snapshot))
            self._has_scrollback = True  # its terminal keeps it: sent again it would be there twice
        else:
            self.call.send(self._picture(terminal))

    def close(self) -> None:
        """Stop the timers; the viewer is gone."""
        for timer in (self._picture_timer, self._release_timer, self._catching_up):
            if timer is not None:
                timer.cancel()

    def _picture(self, terminal: Terminal) -> bytes:
        return terminal.snapshot(scrollback=0, columns=self.columns, rows=self.rows)

    def _send_changes(self) -> None:
        self._picture_timer = None
        if self._is_stale or self.fits or self.ended.done():
            return
        if self.call.is_behind:
            self._is_stale = True
            return
        terminal = self.pane.screen.open()
        if terminal.epoch != self._epoch:
            self._epoch = terminal.epoch
            self.call.send(self._picture(terminal))
        if self.pane.screen.lag:  # a picture of what comes next is due as well
            self._picture_timer = asyncio.get_running_loop().call_later(_PICTURE_SECONDS, self._send_changes)


class Drawing:
    """A client that draws the pane for itself (`screen.watch`), and the size that it has given the pane."""

    read_only = False

    def __init__(self, connection: Connection, columns: int, rows: int) -> None:
        self.connection = connection
        self.columns = columns
        self.rows = rows


class Viewers:
    """All viewers of one pane, and which of them owns its size."""

    def __init__(self, resize: Callable[[int, int], None], size: Callable[[], tuple[int, int]]) -> None:
        self._resize = resize
        self._size = size
        self._all: list[Viewer] = []
        self._drawings: list[Drawing] = []
        self._order: list[Viewer | Drawing] = []  # in the order of their last input
        self._watches: dict[Call, Callable[[], None]] = {}
        self.typists: set[Callable[[], None]] = set()  # called when the pane goes, as those who watch are

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(tuple(self._all))

    @property
    def is_shown(self) -> bool:
        """Whether anybody has the pane on a screen."""
        return bool(self._all or self._watches)

    @property
    def owner(self) -> Viewer | Drawing | None:
        """The viewer that owns the size."""
        return next((viewer for viewer in reversed(self._order) if not viewer.read_only), None)

    # those that draw for themselves

    def watch(self, call: Call, end: Callable[[], None]) -> None:
        """Count a request that watches; `end` is called when the pane goes."""
        self._watches[call] = end

    def unwatch(self, call: Call) -> None:
        """Forget a request; the size that its connection gave the pane is no longer held."""
        self._watches.pop(call, None)
        drawing = self._drawing(call.connection)
        if drawing is not None and not any(other.connection is call.connection for other in self._watches):
            self._drawings.remove(drawing)
            self._order.remove(drawing)
            self._settle()

    def end_watches(self) -> None:
        """Let all who watch know that the pane has gone."""
        for end in (*self._watches.values(), *self.typists):
            end()

    def _drawing(self, connection: Connection) -> Drawing | None:
        return next((drawing for drawing in self._drawings if drawing.connection is connection), None)

    def drawn_at(self, connection: Connection, columns: int, rows: int) -> None:
        """Take the size that a client gives the pane: at once the first time, later if it is the owner still."""
        drawing = self._drawing(connection)
        if drawing is not None:
            drawing.columns, drawing.rows = columns, rows
        elif any(call.connection is connection for call in self._watches):
            drawing = Drawing(connection, columns, rows)
            self._drawings.append(drawing)
            self._order.append(drawing)
        if drawing is None:
            self._resize(columns, rows)  # from outside, by whom does not watch: until an owner types
        elif drawing is self.owner:
            self._settle()

    def typed_by(self, connection: Connection) -> None:
        """Make a client that draws for itself the owner: it has just typed."""
        drawing = self._drawing(connection)
        if drawing is not None:
            self._activate(drawing)

    # attached terminals

    def add(self, viewer: Viewer) -> None:
        """Take a viewer in; unless it only watches, it becomes the owner."""
        self._all.append(viewer)
        self._order.append(viewer)
        self._settle()
        viewer.refresh()

    def remove(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        viewer.close()
        if viewer in self._all:
            self._all.remove(viewer)
            self._order.remove(viewer)
            self._settle()

    def activate(self, viewer: Viewer) -> None:
        """Make the viewer that just typed the owner."""
        if viewer in self._all:
            self._activate(viewer)

    def _activate(self, viewer: Viewer | Drawing) -> None:
        if self.owner is not viewer:
            self._order.remove(viewer)
            self._order.append(viewer)
            self._settle()
        elif self._size() != (viewer.columns, viewer.rows):
            self._settle()  # somebody else has resized the pane meanwhile

    def resized(self, viewer: Viewer, columns: int, rows: int) -> None:
        """Take a viewer's new size."""
        viewer.columns, viewer.rows = columns, rows
        if viewer is self.owner:
            self._settle()
        viewer.mark_stale()

    def forward(self, data: bytes) -> bool:
        """Pass bytes of the program on to all; return whether a viewer's terminal answers the queries in them."""
        answered = [viewer.forward(data) for viewer in self._all]
        return any(answered)

    def redraw(self) -> None:
        """Send everybody the whole picture: more changed than the program's own bytes say."""
        for viewer in self:
            viewer.mark_stale()

    def _settle(self) -> None:
        owner = self.owner
        if owner is None:
            return
        for viewer in self._all:
            viewer.set_answering(viewer is owner)
        fitted_before = {viewer for viewer in self._all if viewer.fits}
        self._resize(owner.columns, owner.rows)
        for viewer in self._all:
            if viewer.fits != (viewer in fitted_before) or not viewer.fits:
                viewer.mark_stale()
