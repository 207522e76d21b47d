"""One pane: its process, and what belongs to it: journal, screen, keyboard, viewers, commands.

Invariant: the record of a command is in the store before anybody is told about it. What comes out is read by
`PaneOutput`, what goes in is written by `Keyboard`; this is what they have in common.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ai_session_tui.errors import StorageError
from ai_session_tui.journal import JournalWriter
from ai_session_tui.server.background import Background
from ai_session_tui.server.commands import CommandLog
from ai_session_tui.server.emulation import ScreenFeed, begin_program
from ai_session_tui.server.execution import Execution
from ai_session_tui.server.foreground import Foreground
from ai_session_tui.server.host import Host, Progress
from ai_session_tui.server.keyboard import Keyboard
from ai_session_tui.server.news import PaneNews
from ai_session_tui.server.output import PaneOutput
from ai_session_tui.server.viewers import Viewers
from ai_session_tui.shells import CommandTracker, PaneState, PromptReady, ShellKind
from ai_session_tui.store import CommandRow, PaneRow
from ai_session_tui.terminal import Terminal

if TYPE_CHECKING:
    from ai_session_tui.server.holding import Ending, HeldTerminal
    from ai_session_tui.server.sessions import Session

logger = logging.getLogger(__name__)


class Pane:
    """One PTY and everything that is known about it."""

    def __init__(self, host: Host, session: Session, row: PaneRow) -> None:
        self.host = host
        self.session = session
        self.row = row
        self.kind = ShellKind(row.kind)
        folder = host.home.journal(row.id)
        limit = host.settings.journal_limit_mb * 1024 * 1024
        self.journal = JournalWriter.open(folder, limit_bytes=limit, background=_background(host))
        self.exec_kind = self.kind
        self.tracker = CommandTracker(self.kind)
        self.screen = ScreenFeed(
            host.emulation,
            self.journal,
            folder,
            (row.columns, row.rows),
            history=host.settings.history_lines,
            nonce=lambda: self.row.nonce,
            on_fed=self._screen_fed,
        )
        self.viewers = Viewers(self.resize, lambda: (self.row.columns, self.row.rows))
        self.commands = CommandLog(self)
        self.execution = Execution(self)
        self.progress = Progress()
        self.pty: HeldTerminal | None = None
        self.foreground = Foreground(self)
        self.keyboard = Keyboard(self)
        self.output = PaneOutput(self)
        self.news = PaneNews(self)

    # what it is

    @property
    def address(self) -> str:
        """The pane as a user writes it."""
        name = self.session.row.name
        return name if len(self.session.panes) < 2 else f"{name}:{self.row.position}"

    @property
    def is_alive(self) -> bool:
        """Whether a process runs in it."""
        return self.pty is not None

    @property
    def running(self) -> CommandRow | None:
        """The record of the command that runs."""
        return self.commands.open

    @property
    def tracker_state(self) -> PaneState:
        """Where the shell stands."""
        return self.tracker.state

    @property
    def has_no_marks(self) -> bool:
        """Whether commands can only be typed blindly: no shell of ours is there to report."""
        return self.kind is ShellKind.NONE or self.tracker_state is PaneState.UNKNOWN

    @property
    def is_screen_taken(self) -> bool:
        """Whether the running program draws on the alternate screen."""
        return self.running is not None and self.tracker.is_screen_taken

    def cwd(self) -> str:
        """The directory: as the shell said it, or of the program in the foreground."""
        if self.pty is not None and self.has_no_marks:
            return self.foreground.cwd or self.row.cwd
        return self.row.cwd

    def to_wire(self, *, look_closer: bool = False) -> dict[str, object]:
        """Return the protocol's pane; `look_closer` searches the process table, which is not for lists."""
        row, running = self.row, self.running
        is_shell = self.kind is not ShellKind.NONE
        return {
            "index": row.position,
            "id": row.id,
            "pid": row.pid if self.is_alive else None,
            "cwd": self.cwd(),
            "command": running.text if running else self.foreground.name if self.is_alive else "",
            "shell": self.kind.value if is_shell else None,
            "columns": row.columns,
            "rows": row.rows,
            "status": row.status,
            "exit_code": row.exit_code,
            "exit_signal": row.exit_signal,
            "title": self.screen.title,
            "state": self.tracker_state.value if self.is_alive else "stopped",
            "waits_for_input": self.foreground.waits_for_input() if look_closer else None,
            "journal_start": self.journal.start,
            "journal_end": self.journal.end,
            "attention": self.news.attention.to_wire(row.position) if self.news.attention is not None else None,
            "unread": self.news.is_unread,
        }

    # beginning and end

    def start(self, terminal: HeldTerminal, kind: ShellKind) -> None:
        """Begin with a process that was just spawned on a terminal."""
        row = self.row
        self.kind = self.exec_kind = kind
        row.pid, row.pid_started, row.status = terminal.pid, terminal.started, "running"
        row.exit_code = row.exit_signal = row.exited = None
        self.tracker = CommandTracker(self.kind)
        self.output.begin()
        row.scan_offset = self.journal.end
        self.journal.mark_run(row.columns, row.rows)
        self.screen.at(self.journal.end, begin_program)
        self._take_pty(terminal)

    def adopt(self, terminal: HeldTerminal) -> None:
        """Go on with a process that outlived the server before this one."""
        self.rescan()
        self._take_pty(terminal)

    def rescan(self) -> None:
        """Take the records that are open from the store, and find out from the journal where the shell stands."""
        for row in self.host.store.open_commands(self.row.id):
            self._restore(row)
        self.output.rescan()

    def _restore(self, row: CommandRow) -> None:
        if row.state == "running":
            self.commands.restore(row)
        if row.source == "exec" and row.exec_id:
            self.execution.handover.adopt(row)
            self.tracker.note_exec_sent(row.exec_id, row.text)
        elif row.source == "input":
            self.commands.close_unknown("the server ended while the program answered")

    def _take_pty(self, terminal: HeldTerminal) -> None:
        self.pty = terminal
        self.keyboard.connect(terminal)
        self.output.resume()
        self.news.resumed()

    def process_ended(self, status: Ending) -> None:
        """Take the end of the process into the record, after everything that it still printed."""
        if self.row.status != "running":
            return
        if self.pty is not None:
            self.output.drain()
            self._close_pty()
        row = self.row
        row.status = "exited"
        row.exit_code, row.exit_signal, row.exited = status.code, status.signal, status.time
        self._settle_end(status.code, status.signal)
        for viewer in self.viewers:
            viewer.call.event("exited", {"exit_code": status.code, "exit_signal": status.signal})
            viewer.end("exited")

    async def wait_for_end(self, timeout: float) -> bool:
        """Wait until the end of the process has been recorded; return whether it came in time (seconds)."""
        deadline = time.monotonic() + timeout
        while self.is_alive:
            if not await self.progress.wait(deadline - time.monotonic()):
                return False
        return True

    def process_lost(self, why: str) -> None:
        """The process is gone without anybody knowing how."""
        self.row.status = "lost"
        self.commands.close_unknown(why)
        self.execution.shell_gone()
        self._close_pty()
        self.save()

    def _settle_end(self, code: int | None, signal_number: int | None) -> None:
        self.commands.shell_ended(code, signal_number)
        self.execution.shell_gone()
        self.row.scan_offset = self.journal.end
        self.journal.seal()
        self.screen.at(self.journal.end, Terminal.end_program)
        self.save()
        self.progress.announce()
        self.session.touch()
        self.announce_session()
        if self.session.row.killed is not None:
            self.release()

    def _close_pty(self) -> None:
        self.keyboard.disconnect()
        self.output.end()
        self.news.ended()
        if self.pty is not None:
            self.pty.close()
            self.pty = None

    def close(self) -> None:
        """Let go of everything; the process goes on with the keeper."""
        for viewer in self.viewers:
            viewer.end("server_stopping")
        self._close_pty()
        try:
            self.screen.save_checkpoint()
        except StorageError as error:
            logger.warning("no checkpoint of %s: %s", self.address, error.message)
        self.save()
        self.journal.close()

    def release(self) -> None:
        """Let go of descriptors and memory; what was printed can still be read. For the pane of a killed session."""
        if not self.is_alive:
            self.viewers.end_watches()
            self.screen.close()
            self.journal.close()

    # the record

    def save(self) -> None:
        """Write the pane's row; a store that cannot be written is told in the log, the pane goes on."""
        self._store(self.row)

    def save_command(self, row: CommandRow) -> None:
        """Write a command's row, as `save`; one that has ended is going to be analysed."""
        self._store(row)
        if row.state in ("ended", "lost"):
            self.host.analyses.command_ended(row)
            self.host.conversations.command_ended(self.session, row)

    def drop_command(self, row: CommandRow) -> None:
        """Remove the row of a command that never ran, and give its number back."""
        self.session.take_back_number(row.number)
        try:
            self.host.store.delete_command(row)
        except StorageError as error:
            logger.warning("%s", error.message)

    def _store(self, row: PaneRow | CommandRow) -> None:
        try:
            self.host.store.save(row)
        except StorageError as error:
            logger.warning("not recorded: %s", error.message)

    # what happens to it

    def _screen_fed(self, replies: bytes, is_current: bool) -> None:
        self.keyboard.answer(replies)
        self.output.screen_fed(is_current)
        self.news.screen_fed()

    def prompt_ready(self, event: PromptReady) -> None:
        """The shell waits for a command."""
        row = self.row
        row.cwd = event.cwd or row.cwd
        row.scan_offset = event.offset
        self.exec_kind = self.kind if event.editing else ShellKind.SH
        self.save()
        self.execution.pump()
        self.announce_session()

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal a new size."""
        if (columns, rows) == (self.row.columns, self.row.rows):
            return
        self.row.columns, self.row.rows = columns, rows
        self.journal.mark_resize(columns, rows)
        self.screen.resize(columns, rows)
        if self.pty is not None:
            with suppress(OSError):
                self.pty.resize(columns, rows)
        self.save()
        self.viewers.redraw()

    def put_terminal_in_order(self, offset: int) -> None:
        """Undo, from a place of the journal on, what a program that ended there has left switched on."""
        self.keyboard.forget_questions(offset)
        self.screen.at(offset, self._end_program)

    def _end_program(self, terminal: Terminal) -> None:
        if terminal.end_program():  # the bytes that viewers were sent do not say so
            asyncio.get_running_loop().call_soon(self.viewers.redraw)

    # news

    def announce_command(self, event: str, row: CommandRow) -> None:
        """Tell whoever listens that a command began or ended."""
        if event == "command_ended":
            self.news.command_ended(row)
        else:
            self.news.command_started()
            self.host.conversations.command_started(self.session, row)
        if self.host.bus.is_heard:
            self.host.bus.tell(event, self.session.command_to_wire(row))
            self.announce_session()

    def announce_session(self) -> None:
        """Tell whoever listens how the session is now."""
        if self.host.bus.is_heard:
            self.host.bus.tell("session", self.session.to_wire())


def _background(host: Host) -> Background | None:
    """Return where full tails are retired; Windows removes no mapped file, so there it is done at once."""
    return None if sys.platform == "win32" else host.background
