"""Raw viewers of a pane: people at plain terminals, with sizes of their own.

The viewer that typed last owns the pane's size and is sent the program's bytes as they are. A viewer whose
terminal has another size would be corrupted by them: it is sent the picture instead, cropped to its terminal.
A viewer that reads too slowly is not queued for: what it missed is dropped and one snapshot is sent instead.

Invariant: exactly one terminal answers a query of the program. While the owner is sent raw bytes its terminal does,
queries are taken out of what others get; otherwise the server does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ai_session_tui.server.connection import Call
from ai_session_tui.shells import NonceMasker
from ai_session_tui.terminal import Terminal
from ai_session_tui.terminal.queries import QueryFilter

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_PICTURE_SECONDS = 1 / 30  # between two pictures for a viewer of another size


class Viewer:
    """One attached terminal."""

    def __init__(self, call: Call, pane: Pane, columns: int, rows: int, *, read_only: bool) -> None:
        self.call = call
        self.pane = pane
        self.columns = columns
        self.rows = rows
        self.read_only = read_only
        self.is_being_killed = False
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queries: QueryFilter | None = None
        self._masker = NonceMasker(pane.row.nonce)
        self._is_stale = True  # needs a snapshot before anything else
        self._epoch = 0
        self._picture_timer: asyncio.TimerHandle | None = None
        call.on_resume = self.refresh

    @property
    def fits(self) -> bool:
        """Whether the pane has exactly this terminal's size."""
        return (self.columns, self.rows) == (self.pane.row.columns, self.pane.row.rows)

    @property
    def answers(self) -> bool:
        """Whether this terminal sees and answers the program's queries."""
        return self.fits and self._queries is None and not self._is_stale and not self.read_only

    def end(self, reason: str) -> None:
        """Let the attach request end."""
        if not self.ended.done():
            self.ended.set_result("killed" if self.is_being_killed and reason == "exited" else reason)

    def set_answering(self, answers: bool) -> None:
        """Say whether this is the viewer whose terminal answers queries."""
        if answers == (self._queries is None):
            return
        self._queries = None if answers else QueryFilter()

    def forward(self, data: bytes) -> None:
        """Pass the program's bytes on, or note that the picture changed."""
        if self._is_stale:
            return
        if self.call.is_behind:
            self._is_stale = True
        elif self.fits:
            masked = self._masker.feed(data)
            shown = masked if self._queries is None else self._queries.filter(masked)
            if shown:
                self.call.send(shown)
        elif self._picture_timer is None:
            loop = asyncio.get_running_loop()
            self._picture_timer = loop.call_later(_PICTURE_SECONDS, self._send_changes)

    def mark_stale(self) -> None:
        """Send the whole picture next, as after a change of size."""
        self._is_stale = True
        self.refresh()

    def refresh(self) -> None:
        """Send the whole picture now if one is due and the viewer reads."""
        if not self._is_stale or self.call.is_behind or self.ended.done():
            return
        terminal = self.pane.screen.current()
        self._is_stale = False
        self._epoch = terminal.epoch
        if self.fits:
            self._masker = NonceMasker(self.pane.row.nonce)
            if self._queries is not None:
                self._queries = QueryFilter()
            self.call.send(terminal.snapshot())
        else:
            self.call.send(self._picture(terminal))
        # While this viewer was behind, nobody may have answered: replies() of that time were sent by the server.

    def close(self) -> None:
        """Stop the timer; the viewer is gone."""
        if self._picture_timer is not None:
            self._picture_timer.cancel()

    def _picture(self, terminal: Terminal) -> bytes:
        return terminal.snapshot(scrollback=0, columns=self.columns, rows=self.rows)

    def _send_changes(self) -> None:
        self._picture_timer = None
        if self._is_stale or self.fits or self.ended.done():
            return
        if self.call.is_behind:
            self._is_stale = True
            return
        terminal = self.pane.screen.current()
        if terminal.epoch != self._epoch:
            self._epoch = terminal.epoch
            self.call.send(self._picture(terminal))


class Viewers:
    """All viewers of one pane, and which of them owns its size."""

    def __init__(self, resize: Callable[[int, int], None]) -> None:
        self._resize = resize
        self._all: list[Viewer] = []  # the owner is the last

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self):  # type: ignore[no-untyped-def]  # Iterator[Viewer], of a copy
        return iter(tuple(self._all))

    @property
    def owner(self) -> Viewer | None:
        """The viewer that owns the size."""
        return self._all[-1] if self._all else None

    @property
    def is_answered(self) -> bool:
        """Whether a viewer's own terminal answers queries now."""
        owner = self.owner
        return owner is not None and owner.answers

    def add(self, viewer: Viewer) -> None:
        """Take a viewer in; unless it only watches, it becomes the owner."""
        if viewer.read_only and self._all:
            self._all.insert(0, viewer)
        else:
            self._all.append(viewer)
        self._settle()
        viewer.refresh()

    def remove(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        viewer.close()
        if viewer in self._all:
            self._all.remove(viewer)
            self._settle()

    def activate(self, viewer: Viewer) -> None:
        """Make the viewer that just typed the owner."""
        if self.owner is not viewer and viewer in self._all:
            self._all.remove(viewer)
            self._all.append(viewer)
            self._settle()

    def resized(self, viewer: Viewer, columns: int, rows: int) -> None:
        """Take a viewer's new size."""
        viewer.columns, viewer.rows = columns, rows
        if viewer is self.owner:
            self._settle()
        viewer.mark_stale()

    def forward(self, data: bytes) -> None:
        """Pass bytes of the program on to all."""
        for viewer in self._all:
            viewer.forward(data)

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
