"""Methods about screens: frames for viewers that draw for themselves, scrollback pages, search."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import msgspec

from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.emulation import ScreenFeed
from ai_session_tui.server.frames import FRAME_SECONDS, SYNCHRONIZED_SECONDS, FrameSource, history_page
from ai_session_tui.server.params import Columns, Rows, Targeted
from ai_session_tui.server.search import search_screen

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class ResizePane(msgspec.Struct):
    """Parameters of `pane.resize`."""

    target: str
    columns: Columns
    rows: Rows


class HistoryPage(msgspec.Struct):
    """Parameters of `screen.history`."""

    target: str
    first: int
    count: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 200


class SearchScreen(msgspec.Struct):
    """Parameters of `screen.search`."""

    target: str
    pattern: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    regex: bool = True
    ignore_case: bool = False
    before: int | None = None
    after: int | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100


@method("screen.watch", Targeted)
async def watch(server: Server, call: Call, params: Targeted) -> object:
    """Send frames until cancelled; the client acknowledges each with a binary frame."""
    pane = server.sessions.find_pane(params.target)
    watcher = _Watcher(call, pane.screen)
    call.on_cancel = watcher.end
    call.on_input = watcher.acknowledge
    pane.viewers.watch(call, watcher.gone)
    pane.news.shown()
    try:
        await watcher.run()
    finally:
        watcher.end()
        pane.viewers.unwatch(call)
        if not watcher.is_gone:
            pane.news.shown()
    return {"reason": "closed" if watcher.is_gone else "cancelled"}


@method("screen.history", HistoryPage)
async def history(server: Server, call: Call, params: HistoryPage) -> object:
    """Tell lines of the scrollback by their stable numbers."""
    screen = server.sessions.find_pane(params.target).screen
    await screen.caught_up()
    return history_page(screen.current(), params.first, params.count)


@method("screen.search", SearchScreen)
async def search(server: Server, call: Call, params: SearchScreen) -> object:
    """Find a pattern in scrollback and screen."""
    screen = server.sessions.find_pane(params.target).screen
    await screen.caught_up()
    terminal = screen.current()
    matches = search_screen(
        terminal,
        params.pattern,
        is_regex=params.regex,
        ignore_case=params.ignore_case,
        before=params.before,
        after=params.after,
        limit=params.limit,
    )
    return {"matches": [asdict(match) for match in matches]}


@method("pane.resize", ResizePane)
async def resize(server: Server, call: Call, params: ResizePane) -> object:
    """Give a pane another size; for a connection that watches the pane it is the size of its drawing."""
    pane = server.sessions.find_pane(params.target)
    pane.viewers.drawn_at(call.connection, params.columns, params.rows)
    return pane.to_wire()


class _Watcher:
    """One viewer of one screen."""

    def __init__(self, call: Call, feed: ScreenFeed) -> None:
        self._call = call
        self._feed = feed
        self._source = FrameSource()
        self._is_over = False
        self.is_gone = False
        self._in_flight = False
        self._next_at = 0.0  # when another frame may be sent
        self._held_since: float | None = None  # by an update that is open

    def end(self) -> None:
        """Send no more."""
        self._is_over = True
        self._feed.awaiting_update.discard(self._send)
        self._feed.drawn.announce()

    def gone(self) -> None:
        """The pane is closed."""
        self.is_gone = True
        self.end()

    def acknowledge(self, data: bytes) -> None:
        """The viewer has applied the last frame."""
        del data
        self._in_flight = False
        self._feed.drawn.announce()

    async def run(self) -> None:
        """Send a frame whenever there is something new and the viewer is ready for it."""
        while not self._is_over:
            pause = self._next_at - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            else:
                wait = self._look()
                if self._next_at <= time.monotonic():
                    await self._feed.drawn.wait(wait)

    def _look(self) -> float | None:
        """Send what is new, unless an update is open; return after which time to look again though nothing happens."""
        if self._in_flight or self._call.is_behind:
            return None
        if self._feed.open().modes.synchronized:
            now = time.monotonic()
            self._held_since = self._held_since or now
            left = self._held_since + SYNCHRONIZED_SECONDS - now
            if left > 0:
                self._feed.awaiting_update.add(self._send)
                return left
        self._send()
        return None

    def _send(self) -> None:
        """Send what is new; called at the end of an update, too, before the next one begins."""
        self._held_since = None
        self._feed.awaiting_update.discard(self._send)
        frame = self._source.next_frame(self._feed.open())
        if frame is not None:
            self._in_flight = True
            self._next_at = time.monotonic() + FRAME_SECONDS
            self._call.event("frame", frame)
