"""Commands for panes without marks: typed as input, and over when the pane has been quiet for a while.

No shell of ours is there to report, so the exit code is unknown, and so it is recorded.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ai_session_tui.errors import StoppedError
from ai_session_tui.server.exec_runs import ExecRun

if TYPE_CHECKING:
    from ai_session_tui.server.execution import Execution
    from ai_session_tui.server.pane import Pane

_SOON_SECONDS = 0.05


class BlindTyping:
    """Gives text to a program of which nothing will be heard but its output."""

    def __init__(self, pane: Pane, execution: Execution) -> None:
        self._pane = pane
        self._execution = execution
        self._entering: asyncio.Task[None] | None = None
        self._began = -math.inf  # when text was given to the program, on the monotonic clock

    @property
    def _quiet_after(self) -> float:
        return self._pane.host.settings.quiet_ms / 1000

    def send(self, run: ExecRun) -> None:
        """Type a command's text and Enter."""
        pane, execution = self._pane, self._execution
        execution.current = run
        row = run.row = execution.new_row(run, "input", "running")
        row.started, self._began = time.time(), time.monotonic()
        row.mark_offset = row.start_offset = pane.journal.end
        row.note = f"the pane runs {pane.foreground.name}, not a shell that reports: the exit code is unknown"
        pane.save_command(row)
        pane.keyboard.type_text(run.text)
        self._entering = asyncio.get_running_loop().create_task(self._press_enter())
        pane.announce_command("command_started", row)
        run.progress.announce()
        execution.deadline.set(self._quiet_after, self._maybe_quiet)

    async def _press_enter(self) -> None:
        with suppress(StoppedError):  # the program has ended meanwhile; its end is told elsewhere
            async with self._pane.keyboard.lock:
                await self._pane.keyboard.press_enter()

    def look_soon(self) -> None:
        """Look soon whether the pane is quiet: it was interrupted."""
        self._execution.deadline.set(_SOON_SECONDS, self._maybe_quiet)

    def _maybe_quiet(self) -> None:
        run, pane = self._execution.current, self._pane
        if run is None or run.row is None:
            return
        left = self._seconds_to_quiet()
        if left > 0:
            self._execution.deadline.set(left + 0.001, self._maybe_quiet)
            return
        run.row.state = "ended"
        run.row.ended = max(pane.output.last_time, run.row.started or 0.0)
        run.row.end_offset = pane.journal.end
        pane.save_command(run.row)
        pane.announce_command("command_ended", run.row)
        self._execution.finish(run)

    def watch_for_replacement(self) -> None:
        """A shell without marks from here on has started a command that may put another program in its place."""
        self._began = time.monotonic()
        self._execution.deadline.set(self._quiet_after, self._maybe_replaced)

    def _maybe_replaced(self) -> None:
        """Once the program that may have taken the shell's place is quiet, it has."""
        pane, execution, row = self._pane, self._execution, self._pane.running
        if row is None or not pane.has_no_marks:
            return
        left = self._seconds_to_quiet()
        if left > 0:
            execution.deadline.set(left, self._maybe_replaced)
            return
        pane.commands.close_replaced()
        run = execution.current
        if run is not None and run.row is row:
            execution.finish(run)
        else:
            execution.pump()

    def _seconds_to_quiet(self) -> float:
        """Return how long the pane must stay without output yet to be called quiet."""
        return max(self._pane.output.quiet_since, self._began) + self._quiet_after - time.monotonic()
