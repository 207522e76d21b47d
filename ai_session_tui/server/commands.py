"""From what the shell says to records: every command, typed or handed in, becomes one row of the store.

Invariant: the same marks make the same records. After a crash the journal is scanned again from a place that lies
before the last certain mark; what is recorded already is recognised by its mark's offset and not recorded twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ai_session_tui.shells import (
    CommandEnded,
    CommandStarted,
    ExecAccepted,
    ExecRefused,
    Incomplete,
    OutputStarted,
    PromptReady,
    ShellKind,
    TrackerEvent,
)
from ai_session_tui.store import CommandRow
from ai_session_tui.terminal import Terminal

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_MAY_EXIT = re.compile(r"\b(?:exit|exec)\b")
_ECHO_BYTES = 64 * 1024  # of an edited line; what is longer is cut
_ECHO_ROWS = 60


class CommandLog:
    """The records of one pane, and the one that is open."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self.open: CommandRow | None = None
        self._leaving: CommandRow | None = None  # told of its end, but perhaps it was the shell's as well
        self._mark: int | None = None  # offset of the mark that started the command the marks are about

    def take(self, event: TrackerEvent) -> None:
        """Record what an event says, and pass it to the queue of commands that wait."""
        handover = self._pane.execution.handover
        match event:
            case CommandStarted():
                self._start(event)
            case OutputStarted():
                self._output_started(event)
            case CommandEnded():
                self._end(event)
            case PromptReady():
                self._close_leaving()
                self._pane.prompt_ready(event)
            case ExecAccepted(exec_id):
                handover.accepted(exec_id)
            case ExecRefused(exec_id, why):
                handover.refused(exec_id, why)
            case Incomplete(exec_id):
                handover.incomplete(exec_id)

    def restore(self, row: CommandRow) -> None:
        """Go on with a record that was open when the last server died."""
        self.open = row

    def close_unknown(self, note: str) -> None:
        """Close the open record of a process of which nothing more will be heard."""
        self._close_leaving()
        row = self.open
        if row is None:
            return
        self.open = None
        row.state = "lost"
        row.note = note
        row.end_offset = max(self._pane.journal.end, row.start_offset or 0)
        self._pane.save_command(row)

    def close_replaced(self) -> None:
        """Close the open record of a command that put another program in the shell's place."""
        row = self.open
        if row is None:
            return
        self.open = None
        row.state = "ended"
        row.ended = max(self._pane.output.last_time, row.started or 0.0)
        row.start_offset = row.start_offset if row.start_offset is not None else row.mark_offset
        row.end_offset = max(self._pane.journal.end, row.start_offset or 0)
        row.note = "the shell gave its place to another program: the exit code is unknown"
        self._pane.save_command(row)
        self._pane.announce_command("command_ended", row)
        self._pane.progress.announce()

    def _start(self, event: CommandStarted) -> None:
        pane = self._pane
        self._mark = pane.output.mark_offset
        if self._is_known(self._mark):
            return
        self._close_leaving()
        row = self._row_of(event)
        row.state = "running"
        row.started = pane.output.time_of(event.start)
        row.cwd = event.cwd or pane.row.cwd
        row.mark_offset = self._mark
        self.open = row
        pane.save_command(row)
        pane.session.touch()
        pane.announce_command("command_started", row)
        pane.execution.started(row)

    def _is_known(self, mark: int) -> bool:
        """Whether the command that a mark starts is recorded: the journal is being scanned again after a crash."""
        if self.open is not None and self.open.mark_offset == mark:
            return True
        pane = self._pane
        return pane.output.is_rescanning and pane.host.store.has_command_at(pane.row.id, mark)

    def _output_started(self, event: OutputStarted) -> None:
        row = self._open_row()
        if row is not None and row.start_offset is None:
            row.start_offset = event.start
            self._pane.save_command(row)
            self._pane.progress.announce()

    def _open_row(self) -> CommandRow | None:
        """Return the open record if the marks are about that command."""
        row = self.open
        return row if row is not None and row.mark_offset == self._mark else None

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
        pane, row = self._pane, self._open_row()
        pane.row.cwd = event.cwd or pane.row.cwd
        if row is None:
            return  # scanned again after a crash, and recorded before it
        if row.start_offset is None:
            row.start_offset = event.start
        pane.put_terminal_in_order(event.end)
        row.ended = max(pane.output.time_of(event.end), row.started or 0.0)  # clocks are set back
        row.end_offset = event.end
        row.exit_code = event.code
        row.fullscreen = event.fullscreen
        if event.code is None and not row.note:
            row.note = "the shell came back to its prompt without telling an exit code"
        if pane.kind is ShellKind.FISH and pane.tracker.running is None and _MAY_EXIT.search(row.text):
            self._leaving = row  # fish tells an exit as it tells any other command, and then no prompt comes
        else:
            self._close(row)

    def _close_leaving(self) -> None:
        row, self._leaving = self._leaving, None
        if row is not None:
            self._close(row)

    def _close(self, row: CommandRow) -> None:
        pane = self._pane
        self.open = None
        row.state = "ended"
        pane.save_command(row)
        pane.save()  # the directory: a crash may come before the next prompt does
        pane.session.touch()
        pane.announce_command("command_ended", row)
        pane.execution.ended(row)

    def shell_ended(self, code: int | None, signal: int | None) -> None:
        """The shell itself has ended, and with it the command that ran in it."""
        if self._leaving is not None:
            self._leaving.shell_exited = True
            self._leaving.note = "the shell itself exited"
            self._close_leaving()
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
