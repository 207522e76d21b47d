"""Methods about panes: what they show, waiting, following."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ai_session_tui.errors import TimeoutExpiredError
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.params import CapturePane, FollowPane, WaitForPane
from ai_session_tui.server.streams import JournalStream
from ai_session_tui.shells import PaneState

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


@method("pane.capture", CapturePane)
async def capture(server: Server, call: Call, params: CapturePane) -> object:
    """Tell what a pane shows."""
    pane = server.sessions.find_pane(params.target)
    await pane.screen.caught_up()
    terminal = pane.screen.current()
    scrollback = None if params.scrollback < 0 else params.scrollback
    cursor = terminal.cursor
    return {
        "text": terminal.ansi_text(scrollback) if params.ansi else terminal.text(scrollback),
        "columns": terminal.columns,
        "rows": terminal.rows,
        "cursor": {"column": cursor.column, "row": cursor.row, "visible": cursor.visible},
        "title": terminal.title,
        "alternate": terminal.modes.alternate,
    }


@method("pane.wait", WaitForPane)
async def wait(server: Server, call: Call, params: WaitForPane) -> object:
    """Wait until a pane is quiet, at its prompt, or over."""
    pane = server.sessions.find_pane(params.target)
    deadline = None if params.timeout is None else time.monotonic() + params.timeout
    while (left := _seconds_left(pane, params)) > 0:
        rest = None if deadline is None else deadline - time.monotonic()
        if rest is not None and rest <= 0:
            raise TimeoutExpiredError(
                f"{pane.address}: not {_WORDS[params.until]} within {params.timeout:g} seconds",
                f"it is {pane.execution.busy_with() or pane.tracker_state.value}.",
            )
        await pane.progress.wait(min((value for value in (left, rest) if value is not None), default=None))
    return {"pane": pane.to_wire(look_closer=True)}


_WORDS = {"idle": "quiet", "exit": "over", "prompt": "at its prompt"}
_LONG = 3600.0  # a condition that only news can fulfil is looked at again after that at the latest


def _seconds_left(pane: Pane, params: WaitForPane) -> float:
    """Return 0 when the condition holds, else how long it cannot hold unless there is news."""
    if not pane.is_alive:
        return 0.0
    if params.until == "idle":
        return max(0.0, max(pane.output.quiet_since, pane.keyboard.quiet_since) + params.seconds - time.monotonic())
    if params.until == "exit":
        return _LONG
    delay = pane.keyboard.enter_delay
    is_free = pane.tracker_state is PaneState.PROMPT and not pane.execution.busy_with() and not delay
    return 0.0 if is_free else delay or _LONG


@method("pane.follow", FollowPane)
async def follow(server: Server, call: Call, params: FollowPane) -> object:
    """Send a pane's bytes as they come, until cancelled or the pane ends."""
    pane = server.sessions.find_pane(params.target)
    start = pane.journal.end if params.from_offset is None else params.from_offset
    stream = JournalStream(call, pane, start, raw=params.raw)
    over = asyncio.Event()

    def cancel() -> None:
        over.set()
        pane.progress.announce()

    call.on_cancel = cancel
    while not over.is_set():
        await stream.send_up_to(pane.journal.end)
        if not pane.is_alive and stream.position >= pane.journal.end:
            break
        if stream.position >= pane.journal.end:
            await pane.progress.wait()
    await stream.finish()
    return {"end": stream.position}
