"""Running commands that clients hand in, one at a time per pane, in the pane's own shell.

Invariant: a run is *queued* (nothing happened yet), *sent* (the trigger is on its way, the record is in the store),
*running*, and then *ended*; it fails with an error instead when the shell refused it, when it is not known to have
run, or when nobody can say what became of it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from ai_session_tui import limits
from ai_session_tui.errors import AiSessionError, BusyError, StoppedError, TimeoutExpiredError, UsageError
from ai_session_tui.server.blind_typing import BlindTyping
from ai_session_tui.server.exec_runs import Deadline, ExecRun, half_typed_error, stopped_error
from ai_session_tui.server.handover import Handover
from ai_session_tui.server.interruption import Interruption
from ai_session_tui.shells import PaneState, ShellKind, forget_exec
from ai_session_tui.store import CommandRow

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_STARTING_SECONDS = 20.0  # from the start of a shell to its first prompt, with a command waiting


class Execution:
    """The queue of one pane."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self._queue: deque[ExecRun] = deque()
        self.current: ExecRun | None = None
        self.deadline = Deadline()
        self.handover = Handover(pane, self)
        self.blind = BlindTyping(pane, self)
        self.interruption = Interruption(pane, lambda run: run is self.current)

    # handing in

    def submit(self, text: str, key: str | None, *, wait: bool) -> ExecRun:
        """Queue a command; raise what makes it impossible from the start."""
        self._check(text)
        busy = self.busy_with()
        if busy and not wait:
            raise BusyError(f"{self._pane.address} is busy {busy}", "leave out --no-wait to queue behind it.")
        if len(self._queue) >= limits.MAX_QUEUED_EXECS:
            raise BusyError(f"{len(self._queue)} commands already wait for {self._pane.address}")
        run = ExecRun(text, key)
        self._queue.append(run)
        self.pump()
        return run

    def busy_with(self) -> str | None:
        """Return what the pane is busy with ("running 'make'"), or None when it would take a command now."""
        running = self._pane.running
        if running is not None:
            return f"running {running.text!r}"
        if self.current is not None or self._queue:
            return f"running {(self.current or self._queue[0]).text!r}"
        return None

    def find(self, key: str) -> ExecRun | None:
        """Return the open run that was handed in under `key`."""
        candidates = [*self._queue, *([self.current] if self.current else [])]
        return next((run for run in candidates if run.key == key), None)

    def ahead_of(self, run: ExecRun) -> int:
        """Return how many commands will run before `run`."""
        before = list(self._queue).index(run) if run in self._queue else 0
        return before + (self.current is not None or self._pane.running is not None)

    def withdraw(self, run: ExecRun, error: AiSessionError) -> None:
        """Take a queued run back."""
        if run in self._queue:
            self._queue.remove(run)
            run.fail(error)

    def _check(self, text: str) -> None:
        pane = self._pane
        if not pane.is_alive:
            raise stopped_error(pane)
        if len(text.encode("utf-8", "replace")) > limits.MAX_COMMAND_BYTES:
            raise UsageError(
                f"the command has more than {limits.MAX_COMMAND_BYTES:,} bytes", "put it into a file and run that."
            )
        if "\0" in text:
            raise UsageError("the command contains a NUL character", "no shell can run that.")
        if self._has_half_typed_line():
            raise half_typed_error(pane.address)

    def _has_half_typed_line(self) -> bool:
        """Whether a line is begun that no editor tells us of: in sh, or on a continuation prompt."""
        pane = self._pane
        if self.handover.is_leaving:
            return False
        is_blind = pane.exec_kind is ShellKind.SH and pane.tracker.line_pending
        return pane.tracker_state is PaneState.CONTINUATION or (pane.tracker_state is PaneState.PROMPT and is_blind)

    # the queue

    def pump(self) -> None:
        """Hand the next command over if the shell can take it."""
        pane = self._pane
        if self.current is not None or not self._queue or not pane.is_alive:
            return
        if pane.has_no_marks:
            self.blind.send(self._queue.popleft())
        elif self._has_half_typed_line():
            self._queue.popleft().fail(half_typed_error(pane.address))
            self.pump()
        elif pane.tracker_state is PaneState.PROMPT and pane.keyboard.enter_delay:
            asyncio.get_running_loop().call_later(pane.keyboard.enter_delay + 0.01, self.pump)
        elif pane.tracker_state is PaneState.PROMPT:
            self.handover.send(self._queue.popleft())
        elif pane.tracker_state is PaneState.STARTING and not self.deadline.is_set:
            self.deadline.set(_STARTING_SECONDS, self._never_started)

    def new_row(self, run: ExecRun, source: str, state: str) -> CommandRow:
        """Return the record of a run that is about to reach the pane."""
        pane = self._pane
        return CommandRow(
            number=pane.session.next_number(),
            session_id=pane.session.row.id,
            pane_id=pane.row.id,
            text=run.text,
            state=state,
            source=source,
            cwd=pane.row.cwd,
            exec_id=run.exec_id,
            key=run.key,
        )

    def finish(self, run: ExecRun) -> None:
        """Be done with a run; the next one has its turn."""
        self.deadline.clear()
        self.interruption.stop()
        if self.current is run:
            self.current = None
        run.progress.announce()
        asyncio.get_running_loop().call_soon(self.pump)

    def started(self, row: CommandRow) -> None:
        """The command runs."""
        run = self.current
        if run is not None and run.row is row:
            self.deadline.clear()
            run.progress.announce()
        if self._pane.has_no_marks:
            self.blind.watch_for_replacement()

    def ended(self, row: CommandRow) -> None:
        """The command's record is complete."""
        run = self.current
        if run is not None and run.row is row:
            forget_exec(self._pane.host.home.shell(self._pane.row.id))  # the text may be a secret
            self._measure(run, row)
            self.finish(run)

    def _measure(self, run: ExecRun, row: CommandRow) -> None:
        """Note what running it here cost beside its own time: until it began, and from its end to this."""
        if run.sent_at is not None and row.started is not None and row.ended is not None:
            overhead = (row.started - run.sent_at) + (time.time() - row.ended)
            if overhead >= 0:  # the clock may have been set meanwhile
                self._pane.host.measurements.note("exec.overhead", overhead, row.session_id)

    def shell_gone(self) -> None:
        """The process of the pane has ended: whoever waits must know."""
        self.deadline.clear()
        name = self._pane.session.row.name
        while self._queue:
            self._queue.popleft().fail(
                StoppedError(
                    f"the shell of {self._pane.address} ended before the command could run",
                    f"`ai-session start {name}` starts it again.",
                )
            )
        run = self.current
        if run is not None and run.row is not None and not run.is_done:
            self.handover.shell_gone(run)
        elif run is not None:
            self.finish(run)

    def _never_started(self) -> None:
        if self._pane.tracker_state is PaneState.STARTING and self._queue:
            self._queue.popleft().fail(
                BusyError(
                    f"the shell of {self._pane.address} has not come to its first prompt",
                    "its start-up files may wait for something: look with `ai-session attach`.",
                )
            )
            self.pump()

    def time_out(self, run: ExecRun) -> None:
        """The caller's time for `run` is over."""
        if run.is_queued:
            text = f"the time was over while the command still waited: {self.busy_with() or 'starting'}"
            self.withdraw(run, TimeoutExpiredError(text, "it did not run."))
        elif not run.is_done and run.row is not None:
            run.row.timed_out = True  # on record at once: who asks the next server must hear of it too
            run.row.note = run.row.note or "interrupted: its time was over"
            self._pane.save_command(run.row)
            self.interruption.interrupt(run, escalate=True)
