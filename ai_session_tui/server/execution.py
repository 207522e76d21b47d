"""Running commands that clients hand in, one at a time per pane, in the pane's own shell.

Invariant: a command's text reaches the shell at most once. A run is *queued* (nothing happened yet), *sent* (the
trigger is on its way, the record is in the store), *running*, and then *ended*; it fails with an error instead when
the shell refused it, when it is not known to have run, or when nobody can say what became of it.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ai_session_tui import limits
from ai_session_tui.errors import (
    AiSessionError,
    BusyError,
    ConflictError,
    OutcomeUnknownError,
    StoppedError,
    StorageError,
    TimeoutExpiredError,
    UsageError,
)
from ai_session_tui.ptys.processes import HARDEST
from ai_session_tui.server.host import Progress
from ai_session_tui.shells import PaneState, ShellKind, forget_exec, prepare_exec
from ai_session_tui.store import CommandRow

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_HANDOVER_SECONDS = 5.0  # from the trigger to the shell's first sign that it took the command
_HANDOVER_LOOK_SECONDS = 0.02  # between two looks whether what shall be interrupted has begun
_STARTING_SECONDS = 20.0  # from the start of a shell to its first prompt, with a command waiting
_CONTINUATION_TRIES = 20
_CONTINUATION_SECONDS = 0.15  # between two tries to leave a continuation prompt
_YOUNG_SECONDS = 0.5  # since its start, in which a command's program may not be there yet
_INTERRUPT_AGAIN_AFTER = 0.15
_INTERRUPTS = 5
_TERMINATE_AFTER = 2.0  # seconds from an interrupt that did not help to SIGTERM
_KILL_AFTER = 5.0  # and from there to SIGKILL


class ExecRun:
    """One command that a client handed in."""

    def __init__(self, text: str, key: str | None) -> None:
        self.text = text
        self.key = key
        self.exec_id = secrets.token_hex(6)
        self.row: CommandRow | None = None
        self.error: AiSessionError | None = None
        self.progress = Progress()
        self.timed_out = False
        self.followers = 0  # clients that wait for it

    @property
    def is_done(self) -> bool:
        """Whether the outcome, or that there is none, is settled."""
        return self.error is not None or (self.row is not None and self.row.state in ("ended", "lost"))

    @property
    def is_queued(self) -> bool:
        """Whether nothing of it has reached the shell."""
        return self.row is None and self.error is None

    def fail(self, error: AiSessionError) -> None:
        """Settle the run as failed."""
        if self.error is None:
            self.error = error
        self.progress.announce()


class Execution:
    """The queue of one pane."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self._queue: deque[ExecRun] = deque()
        self.current: ExecRun | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._escalation: asyncio.TimerHandle | None = None
        self._entering: asyncio.Task[None] | None = None
        self._next_interrupt: asyncio.TimerHandle | None = None
        self._is_leaving = False  # a continuation prompt that an incomplete command of ours brought up

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
            name = pane.session.row.name
            raise StoppedError(f"session {name!r} is stopped", f"`ai-session start {name}` starts it again.")
        if len(text.encode("utf-8", "replace")) > limits.MAX_COMMAND_BYTES:
            raise UsageError(
                f"the command has more than {limits.MAX_COMMAND_BYTES:,} bytes", "put it into a file and run that."
            )
        if "\0" in text:
            raise UsageError("the command contains a NUL character", "no shell can run that.")
        if self._has_half_typed_line():
            raise self._half_typed()

    def _has_half_typed_line(self) -> bool:
        """Whether a line is begun that no editor tells us of: in sh, or on a continuation prompt."""
        pane = self._pane
        if self._is_leaving:
            return False
        is_blind = pane.exec_kind is ShellKind.SH and pane.tracker.line_pending
        return pane.tracker_state is PaneState.CONTINUATION or (pane.tracker_state is PaneState.PROMPT and is_blind)

    def _half_typed(self) -> BusyError:
        return BusyError(
            f"a half-typed line stands at the prompt of {self._pane.address}",
            "finish or clear it (attach, or `ai-session send … --key C-c`), then try again; nothing was changed.",
        )

    # the queue

    def pump(self) -> None:
        """Hand the next command over if the shell can take it."""
        pane = self._pane
        if self.current is not None or not self._queue or not pane.is_alive:
            return
        if pane.has_no_marks:
            self._type(self._queue.popleft())
        elif self._has_half_typed_line():
            self._queue.popleft().fail(self._half_typed())
            self.pump()
        elif pane.tracker_state is PaneState.PROMPT and pane.enter_delay:
            asyncio.get_running_loop().call_later(pane.enter_delay + 0.01, self.pump)
        elif pane.tracker_state is PaneState.PROMPT:
            self._send(self._queue.popleft())
        elif pane.tracker_state is PaneState.STARTING and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_STARTING_SECONDS, self._never_started)

    def _send(self, run: ExecRun) -> None:
        pane = self._pane
        self.current = run
        run.row = self._new_row(run, "exec", "sent")
        try:
            trigger = prepare_exec(pane.exec_kind, pane.host.home.shell(pane.row.id), run.exec_id, run.text)
            pane.save_command(run.row)
            pane.tracker.note_exec_sent(run.exec_id, run.text)
            pane.input.write(trigger)
        except AiSessionError as error:
            self._take_back(run, error)
            return
        except OSError as error:
            what = f"the command cannot be handed over: {error.strerror or error}"
            self._take_back(run, StorageError(what, "look at the space on the disk of the home."))
            return
        self._set_timer(_HANDOVER_SECONDS, self._not_taken)
        run.progress.announce()

    def _new_row(self, run: ExecRun, source: str, state: str) -> CommandRow:
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

    def _take_back(self, run: ExecRun, error: AiSessionError) -> None:
        """The run did not happen: no record of it stays."""
        if run.row is not None:
            self._pane.drop_command(run.row)
            run.row = None
        self._finish(run)
        run.fail(error)

    def _finish(self, run: ExecRun) -> None:
        self._set_timer(None)
        if self._escalation is not None:
            self._escalation.cancel()
            self._escalation = None
        if self._next_interrupt is not None:
            self._next_interrupt.cancel()
            self._next_interrupt = None
        if self.current is run:
            self.current = None
        run.progress.announce()
        asyncio.get_running_loop().call_soon(self.pump)

    # what the shell says

    def accepted(self, exec_id: str) -> None:
        """The shell has taken the text into its line."""
        if self.current is not None and self.current.exec_id == exec_id:
            self._set_timer(None)

    def refused(self, exec_id: str, why: str) -> None:
        """The shell did not take the text."""
        run = self.current
        if run is None or run.exec_id != exec_id:
            return
        if why == "line":
            self._take_back(run, self._half_typed())
        elif why == "incomplete":
            self._take_back(run, _incomplete(run.text))
        else:
            self._take_back(run, UsageError(f"the shell refused the command: {why}"))

    def incomplete(self, exec_id: str) -> None:
        """The shell waits for the rest of a command that has no rest: give it up."""
        run = self.current
        if run is not None and run.exec_id == exec_id:
            self._leave_continuation(_CONTINUATION_TRIES)
            self._take_back(run, _incomplete(run.text))

    def _leave_continuation(self, tries: int) -> None:
        """Press Ctrl-C until the prompt is back: a shell that is just drawing can miss one."""
        pane = self._pane
        self._is_leaving = bool(tries) and pane.is_alive and pane.tracker_state is PaneState.CONTINUATION
        if self._is_leaving:
            pane.input.write(b"\x03")
            asyncio.get_running_loop().call_later(_CONTINUATION_SECONDS, self._leave_continuation, tries - 1)

    def started(self, row: CommandRow) -> None:
        """The command runs."""
        run = self.current
        if run is not None and run.row is row:
            self._set_timer(None)
            run.progress.announce()
        if self._pane.has_no_marks:
            self._set_timer(self._pane.host.settings.quiet_ms / 1000, self._maybe_replaced)

    def _maybe_replaced(self) -> None:
        """The command meant to put another program in the shell's place; once that is quiet, it has."""
        pane, row = self._pane, self._pane.running
        self._timer = None
        if row is None or not pane.has_no_marks:
            return
        left = self._quiet_seconds(row)
        if left > 0:
            self._set_timer(left, self._maybe_replaced)
            return
        pane.commands.close_replaced()
        run = self.current
        if run is not None and run.row is row:
            self._finish(run)
        else:
            self.pump()

    def _quiet_seconds(self, row: CommandRow) -> float:
        """Return how long the pane must stay without output yet to be called quiet."""
        since = max(self._pane.last_output, row.started or 0.0)
        return since + self._pane.host.settings.quiet_ms / 1000 - time.time()

    def ended(self, row: CommandRow) -> None:
        """The command's record is complete."""
        run = self.current
        if run is not None and run.row is row:
            if run.timed_out:
                row.note = row.note or "interrupted: its time was over"
                self._pane.save_command(row)
            forget_exec(self._pane.host.home.shell(self._pane.row.id))  # the text may be a secret
            self._finish(run)

    def adopt(self, row: CommandRow) -> ExecRun:
        """Go on with a command that the last server handed over."""
        run = ExecRun(row.text, row.key)
        run.row = row
        run.exec_id = row.exec_id or run.exec_id
        self.current = run
        if row.state == "sent":
            self._set_timer(_HANDOVER_SECONDS, self._not_taken)
        return run

    def shell_gone(self) -> None:
        """The process of the pane has ended: whoever waits must know."""
        self._set_timer(None)
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
            self._lose(run, "handed over, but the shell ended before it showed any sign of having taken it")
        elif run is not None:
            self._finish(run)

    def _not_taken(self) -> None:
        run = self.current
        if run is None or run.row is None:
            return
        if self._pane.running is not None:  # a typed line came first; the shell reads ours after it
            self._set_timer(_HANDOVER_SECONDS, self._not_taken)
            return
        self._lose(run, "handed over, but the shell showed no sign of having taken it")

    def _lose(self, run: ExecRun, note: str) -> None:
        assert run.row is not None  # it was handed over
        run.row.state = "lost"
        run.row.note = run.row.note or note
        self._pane.save_command(run.row)
        run.error = OutcomeUnknownError(
            f"nobody can say whether the shell of {self._pane.address} ran the command: {run.row.note}",
            "look at it: `ai-session attach`.",
        )
        self._finish(run)

    def _never_started(self) -> None:
        self._timer = None
        if self._pane.tracker_state is PaneState.STARTING and self._queue:
            self._queue.popleft().fail(
                BusyError(
                    f"the shell of {self._pane.address} has not come to its first prompt",
                    "its start-up files may wait for something: look with `ai-session attach`.",
                )
            )
            self.pump()

    def _set_timer(self, seconds: float | None, action: object = None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and callable(action):
            self._timer = asyncio.get_running_loop().call_later(seconds, action)

    # panes without marks

    def _type(self, run: ExecRun) -> None:
        """Give the text to a program that is no shell of ours, as typed input."""
        pane = self._pane
        self.current = run
        row = run.row = self._new_row(run, "input", "running")
        row.started = time.time()
        row.mark_offset = row.start_offset = pane.journal.end
        row.note = f"the pane runs {pane.foreground_name}, not a shell that reports: the exit code is unknown"
        pane.save_command(row)
        pane.type_text(run.text)
        self._entering = asyncio.get_running_loop().create_task(self._press_enter())
        pane.announce_command("command_started", row)
        run.progress.announce()
        self._set_timer(pane.host.settings.quiet_ms / 1000, self._maybe_quiet)

    async def _press_enter(self) -> None:
        with suppress(StoppedError):  # the program has ended meanwhile; its end is told elsewhere
            async with self._pane.typing:
                await self._pane.press_enter()

    def _maybe_quiet(self) -> None:
        run, pane = self.current, self._pane
        if run is None or run.row is None:
            return
        left = self._quiet_seconds(run.row)
        if left > 0:
            self._set_timer(left + 0.001, self._maybe_quiet)
            return
        run.row.state = "ended"
        run.row.ended = max(pane.last_output, run.row.started or 0.0)
        run.row.end_offset = pane.journal.end
        pane.save_command(run.row)
        pane.announce_command("command_ended", run.row)
        self._finish(run)

    # ending early

    def time_out(self, run: ExecRun) -> None:
        """The caller's time for `run` is over."""
        if run.is_queued:
            text = f"the time was over while the command still waited: {self.busy_with() or 'starting'}"
            self.withdraw(run, TimeoutExpiredError(text, "it did not run."))
        elif not run.is_done:
            run.timed_out = True
            self.interrupt(run, escalate=True)

    def interrupt(self, run: ExecRun, *, escalate: bool) -> None:
        """Interrupt a running command as Ctrl-C does; with `escalate`, terminate and kill what ignores that."""
        if run is not self.current or run.is_done:
            return
        if run.row is not None and run.row.state == "sent":  # a key would fall upon what stands at the prompt
            again = partial(self.interrupt, run, escalate=escalate)
            self._next_interrupt = asyncio.get_running_loop().call_later(_HANDOVER_LOOK_SECONDS, again)
            return
        self._press_interrupt(run, _INTERRUPTS if self._is_young(run) else 1)
        if self._pane.has_no_marks:
            self._set_timer(0.05, self._maybe_quiet)
        elif escalate and self._escalation is None:
            loop = asyncio.get_running_loop()
            self._escalation = loop.call_later(_TERMINATE_AFTER, self._terminate, run)

    def _is_young(self, run: ExecRun) -> bool:
        return run.row is not None and time.time() - (run.row.started or 0.0) < _YOUNG_SECONDS

    def _press_interrupt(self, run: ExecRun, tries: int) -> None:
        """Interrupt; again a little later while the shell has said that it starts a program but not become it.

        Until then it is the shell, or its child before the exec, that hears the signal and drops it.
        """
        self._next_interrupt = None
        if run is not self.current or run.is_done:
            return
        is_starting = self._pane.is_shell_in_front
        self._pane.interrupt()
        if is_starting and tries > 1:
            loop = asyncio.get_running_loop()
            self._next_interrupt = loop.call_later(_INTERRUPT_AGAIN_AFTER, self._press_interrupt, run, tries - 1)

    def kill(self, run: ExecRun) -> None:
        """Kill what a command left in the foreground, at once; never the shell itself."""
        if run is self.current:
            self._pane.signal_foreground(HARDEST)

    def _terminate(self, run: ExecRun) -> None:
        self._escalation = None
        if run is self.current:
            self._pane.signal_foreground(signal.SIGTERM)
            self._escalation = asyncio.get_running_loop().call_later(_KILL_AFTER, self.kill, run)


def _incomplete(text: str) -> ConflictError:
    del text
    return ConflictError(
        "the command is incomplete: the shell waits for its rest",
        "close its quotes, brackets, blocks and here-documents.",
    )
