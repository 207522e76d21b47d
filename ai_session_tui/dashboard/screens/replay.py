"""The past of a pane: bytes come from the journal, an emulator here makes them a screen again.

Invariant: at most one moment is under way; a later wish replaces one that waits. Between two parts of a long way other
keys have their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.screen import Screen

from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import AiSessionError, UsageError
from ai_session_tui.widgets.playback import Playback, Timeline, read_timeline
from ai_session_tui.widgets.replay_panel import ReplayPanel
from ai_session_tui.widgets.views import CommandView, read

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

READ_BYTES = 1024 * 1024  # asked for at a time
SLICE_BYTES = 32 * 1024  # drawn between two looks at the keyboard
Commands = Sequence[tuple[int, CommandView]]


class ReplayScreen(Screen[None]):
    """The player, in the place of the workspace."""

    def __init__(self, target: str, address: str, timeline: Timeline, commands: Commands) -> None:
        super().__init__()
        self._target = target
        self._panel = ReplayPanel(address, timeline, commands)
        self._playback = Playback(timeline)

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """Compose the player."""
        yield self._panel

    def on_replay_panel_wanted(self, event: ReplayPanel.Wanted) -> None:
        """Go to a moment."""
        event.stop()
        newest(self, "replay", self._go, event.offset)

    async def _go(self, offset: int) -> None:
        playback = self._playback
        lost = 0
        try:
            at = playback.aim(offset)
            while at < offset:
                end = min(at + READ_BYTES, offset)
                data = await read_journal(self.dashboard, self._target, at, end)
                for first in range(0, len(data), SLICE_BYTES):
                    playback.feed(data[first : first + SLICE_BYTES])
                    await asyncio.sleep(0)
                if len(data) < end - at:
                    lost += end - at - len(data)
                    playback.skip(end - at - len(data))
                at = end
        except AiSessionError as error:
            self._panel.complain(error.message)
            return
        self._panel.show(offset, playback.terminal, is_rough=playback.is_rough, lost=lost)

    def on_replay_panel_left(self, event: ReplayPanel.Left) -> None:
        """Back to live."""
        event.stop()
        self.dismiss()


async def read_journal(app: Dashboard, target: str, start: int, end: int) -> bytes:
    """Return the bytes of a stretch of a pane's journal, as far as they are kept."""
    parts: list[bytes] = []
    request = app.link.open("journal.read", {"target": target, "start": start, "end": end}, on_bytes=parts.append)
    await request.result
    return b"".join(parts)


async def open_replay(app: Dashboard) -> None:
    """Ask for the past of the pane with the focus and open the player on it."""
    place = app.workspace.place
    if place is None:
        raise UsageError("there is no pane to look back at")
    told = await app.link.call("journal.timeline", {"target": place.target, "screen": True})
    if not isinstance(told, dict):
        raise AiSessionError("the server told no timeline")
    listed = await app.link.call("command.list", {"target": place.session.id})
    commands = read(listed.get("commands", ()) if isinstance(listed, dict) else (), list[CommandView])
    mine = [
        (one.start_offset, one)
        for one in commands
        if one.pane == place.pane.index and one.start_offset is not None and one.start_offset >= told["start"]
    ]
    await app.push_screen(ReplayScreen(place.target, place.address, read_timeline(told), mine))
