"""Handing a command over to the shell of a pane, and what the shell says of it.

Invariant: a command's text reaches the shell at most once. Its record is in the store before the trigger is sent; it
fails with an error when the shell refused it, and is lost when nobody can say what became of it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ai_session_tui.errors import AiSessionError, OutcomeUnknownError, StorageError, UsageError
from ai_session_tui.server.exec_runs import ExecRun, half_typed_error, incomplete_error
from ai_session_tui.shells import PaneState, prepare_exec
from ai_session_tui.store import CommandRow

if TYPE_CHECKING:
    from ai_session_tui.server.execution import Execution
    from ai_session_tui.server.pane import Pane

_HANDOVER_SECONDS = 5.0  # from the trigger to the shell's first sign that it took the command
_CONTINUATION_TRIES = 20
_CONTINUATION_SECONDS = 0.15  # between two tries to leave a continuation prompt


class Handover:
    """The way of one pane's commands into its shell."""

    def __init__(self, pane: Pane, execution: Execution) -> None:
        self._pane = pane
        self._execution = execution
        self.is_leaving = False  # a continuation prompt that an incomplete command of ours brought up

    def send(self, run: ExecRun) -> None:
        """Give a command to the shell, which stands at its prompt."""
        pane, execution = self._pane, self._execution
        execution.current = run
        run.row = execution.new_row(run, "exec", "sent")
        try:
            trigger = prepare_exec(pane.exec_kind, pane.host.home.shell(pane.row.id), run.exec_id, run.text)
            pane.save_command(run.row)
            pane.tracker.note_exec_sent(run.exec_id, run.text)
            pane.keyboard.write(trigger)
            run.sent_at = time.time()
        except AiSessionError as error:
            self._take_back(run, error)
            return
        except OSError as error:
            what = f"the command cannot be handed over: {error.strerror or error}"
            self._take_back(run, StorageError(what, "look at the space on the disk of the home."))
            return
        execution.deadline.set(_HANDOVER_SECONDS, self._not_taken)
        run.progress.announce()

    def adopt(self, row: CommandRow) -> None:
        """Go on with a command that the last server handed over."""
        run = ExecRun(row.text, row.key)
        run.row = row
        run.exec_id = row.exec_id or run.exec_id
        self._execution.current = run
        if run.is_sent:
            self._execution.deadline.set(_HANDOVER_SECONDS, self._not_taken)

    def _take_back(self, run: ExecRun, error: AiSessionError) -> None:
        """The run did not happen: no record of it stays."""
        if run.row is not None:
            self._pane.drop_command(run.row)
            run.row = None
        self._execution.finish(run)
        run.fail(error)

    # what the shell says

    def accepted(self, exec_id: str) -> None:
        """The shell has taken the text into its line."""
        if self._current(exec_id) is not None:
            self._execution.deadline.clear()

    def refused(self, exec_id: str, why: str) -> None:
        """The shell did not take the text."""
        run = self._current(exec_id)
        if run is None:
            return
        if why == "line":
            self._take_back(run, half_typed_error(self._pane.address))
        elif why == "incomplete":
            self._take_back(run, incomplete_error())
        else:
            self._take_back(run, UsageError(f"the shell refused the command: {why}"))

    def incomplete(self, exec_id: str) -> None:
        """The shell waits for the rest of a command that has no rest: give it up."""
        run = self._current(exec_id)
        if run is not None:
            self._leave_continuation(_CONTINUATION_TRIES)
            self._take_back(run, incomplete_error())

    def _current(self, exec_id: str) -> ExecRun | None:
        run = self._execution.current
        return run if run is not None and run.exec_id == exec_id else None

    def _leave_continuation(self, tries: int) -> None:
        """Press Ctrl-C until the prompt is back: a shell that is just drawing can miss one."""
        pane = self._pane
        self.is_leaving = bool(tries) and pane.is_alive and pane.tracker_state is PaneState.CONTINUATION
        if self.is_leaving:
            pane.keyboard.write(b"\x03")
            asyncio.get_running_loop().call_later(_CONTINUATION_SECONDS, self._leave_continuation, tries - 1)

    # what it does not say

    def _not_taken(self) -> None:
        run = self._execution.current
        if run is None or run.row is None:
            return
        if self._pane.running is not None:  # a typed line came first; the shell reads ours after it
            self._execution.deadline.set(_HANDOVER_SECONDS, self._not_taken)
            return
        self._lose(run, run.row, "handed over, but the shell showed no sign of having taken it")

    def shell_gone(self, run: ExecRun) -> None:
        """The process of the pane has ended before it said what became of `run`."""
        if run.row is not None:
            self._lose(run, run.row, "handed over, but the shell ended before it showed any sign of having taken it")

    def _lose(self, run: ExecRun, row: CommandRow, note: str) -> None:
        row.state = "lost"
        row.note = row.note or note
        self._pane.save_command(row)
        run.error = OutcomeUnknownError(
            f"nobody can say whether the shell of {self._pane.address} ran the command: {row.note}",
            "look at it: `ai-session attach`.",
        )
        self._execution.finish(run)
