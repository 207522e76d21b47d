"""From what the shell says to records: every command, typed or handed in, becomes one row of the store.

Invariant: the same marks make the same records. After a crash the journal is scanned again from a place that lies
before the last certain mark; what is recorded already is recognised by its offsets and not recorded twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.shells import (
    CommandEnded,
    CommandStarted,
    ExecAccepted,
    ExecRefused,
    Incomplete,
    PromptReady,
    TrackerEvent,
)
from ai_session_tui.store import CommandRow
from ai_session_tui.terminal import Terminal

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_ECHO_BYTES = 64 * 1024  # of an edited line; what is longer is cut
_ECHO_ROWS = 60


class CommandLog:
    """The records of one pane, and the one that is open."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self.open: CommandRow | None = None

    def take(self, event: TrackerEvent) -> None:
        """Record what an event says, and pass it to the queue of commands that wait."""
        execution = self._pane.execution
        match event:
            case CommandStarted():
                self._start(event)
            case CommandEnded():
                self._end(event)
            case PromptReady():
                self._pane.prompt_ready(event)
            case ExecAccepted(exec_id):
                execution.accepted(exec_id)
            case ExecRefused(exec_id, why):
                execution.refused(exec_id, why)
            case Incomplete(exec_id):
                execution.incomplete(exec_id)

    def restore(self, row: CommandRow) -> None:
        """Go on with a record that was open when the last server died."""
        self.open = row

    def close_unknown(self, note: str) -> None:
        """Close the open record of a process of which nothing more will be heard."""
        row = self.open
        if row is None:
            return
        self.open = None
        row.state = "lost"
        row.note = note
        row.end_offset = max(self._pane.journal.end, row.start_offset or 0)
        self._pane.save_command(row)

    def _start(self, event: CommandStarted) -> None:
        pane = self._pane
        if self.open is not None and self.open.start_offset == event.start:
            return  # scanned again after a crash
        row = self._row_of(event)
        row.state = "running"
        row.started = pane.time_of(event.start)
        row.cwd = event.cwd or pane.row.cwd
        row.start_offset = event.start
        row.mark_offset = pane.last_mark_offset
        self.open = row
        pane.save_command(row)
        pane.session.touch()
        pane.announce_command("command_started", row)
        pane.execution.started(row)

    def _row_of(self, event: CommandStarted) -> CommandRow:
        pane = self._pane
        run = pane.execution.current
        if run is not None and run.row is not None and run.exec_id == event.exec_id:
            return run.row
        text = event.text if event.text is not None else self._echoed(event.echo)
        return CommandRow(
            number=pane.session.next_number(),
            session_id=pane.session.row.id,
            pane_id=pane.row.id,
            text=text.strip("\n"),
            state="running",
            source="typed" if event.exec_id is None else "exec",
            exec_id=event.exec_id,
        )

    def _end(self, event: CommandEnded) -> None:
        pane, row = self._pane, self.open
        if row is None or row.start_offset != event.start:
            return  # scanned again after a crash, and recorded before it
        self.open = None
        row.state = "ended"
        row.ended = pane.time_of(event.end)
        row.end_offset = event.end
        row.exit_code = event.code
        row.fullscreen = event.fullscreen
        if event.code is None and not row.note:
            row.note = "the shell came back to its prompt without telling an exit code"
        pane.row.cwd = event.cwd or pane.row.cwd
        pane.save_command(row)
        pane.session.touch()
        pane.announce_command("command_ended", row)
        pane.execution.ended(row)

    def shell_ended(self, code: int | None, signal: int | None) -> None:
        """The shell itself has ended, and with it the command that ran in it."""
        row = self.open
        for event in self._pane.tracker.note_exit(self._pane.journal.end, code):
            if isinstance(event, CommandStarted) and row is None:
                self._start(event)
                row = self.open
            elif isinstance(event, CommandEnded) and row is not None:
                row.shell_exited = True
                if code is None:
                    how = f"ended by signal {signal}" if signal else "its exit status is unknown"
                    row.note = f"the shell itself ended: {how}"
                else:
                    row.note = "the shell itself exited"
                self._end(event)
        if self.open is not None:  # the marks told of no end that fits
            self.close_unknown("the shell itself ended")

    def _echoed(self, echo: tuple[int, int] | None) -> str:
        """Return the typed text as the terminal showed it, for shells that do not tell it."""
        if echo is None:
            return ""
        start, end = echo
        data = b"".join(self._pane.journal.reader().read(start, min(end, start + _ECHO_BYTES)))
        scratch = Terminal(self._pane.row.columns, _ECHO_ROWS, history=0)
        scratch.feed(data)
        return scratch.text(0).strip()
