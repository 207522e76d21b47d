"""One pane: its journal, what the shell in it says, its screen, its viewers and its input.

Invariant: bytes are journaled before anything else sees them, then scanned for marks, then passed on; and the
record of a command is in the store before anybody is told about it.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from ai_session_tui.errors import ConflictError, StoppedError, StorageError
from ai_session_tui.journal import JournalWriter
from ai_session_tui.server.commands import CommandLog
from ai_session_tui.server.emulation import ScreenFeed, begin_program
from ai_session_tui.server.execution import Execution
from ai_session_tui.server.host import Host, Progress
from ai_session_tui.server.input import Answers, PaneInput
from ai_session_tui.server.viewers import Viewers
from ai_session_tui.shells import CommandTracker, MarkKind, MarkScanner, PaneState, PromptReady, ShellKind
from ai_session_tui.store import CommandRow, PaneRow
from ai_session_tui.terminal import Terminal, encode_key, encode_paste, encode_text, parse_typed_key

if TYPE_CHECKING:
    from ai_session_tui.server.holding import Ending, HeldTerminal
    from ai_session_tui.server.sessions import Session

if sys.platform != "win32":
    from ai_session_tui.ptys.posix import waits_for_input

logger = logging.getLogger(__name__)

_FLOOD_BYTES = 16 * 1024  # at once, after which a short pause lets the kernel's buffer fill: fewer, larger reads
_FLOOD_PAUSE_SECONDS = 0.001
_RECENT_BYTES = 64 * 1024  # whose time is that of the newest chunk
_RESCAN_BYTES = 1024 * 1024  # output of a running command after which the place to rescan from is moved on
_RESCAN_SETTLE_BYTES = 4096  # after a start mark, within which it is certain where the output begins
_QUIET_SECONDS = 2.0  # without output, after which a checkpoint is worth its time
_ENTER_GAP_SECONDS = 0.03  # between a pasted text and its Enter, so that no program takes it for part of the paste
_LINE_TAKEN_SECONDS = 2.0  # from Enter at a prompt to the shell's first word about it
_ANSWERS_TO_ENTER = frozenset(
    (MarkKind.STARTED, MarkKind.ENDED, MarkKind.READY, MarkKind.CONTINUATION, MarkKind.REFUSED)
)


class Pane:
    """One PTY and everything that is known about it."""

    def __init__(self, host: Host, session: Session, row: PaneRow) -> None:
        self.host = host
        self.session = session
        self.row = row
        self.kind = ShellKind(row.kind)
        folder = host.home.journal(row.id)
        limit = host.settings.journal_limit_mb * 1024 * 1024
        self.journal = JournalWriter.open(folder, limit_bytes=limit)
        self.exec_kind = self.kind
        self.tracker = CommandTracker(self.kind)
        self._scanner = MarkScanner(row.nonce, self.journal.end)
        self.is_rescanning = False
        self.screen = ScreenFeed(
            host.emulation,
            self.journal,
            folder,
            (row.columns, row.rows),
            history=host.settings.history_lines,
            nonce=lambda: self.row.nonce,
            on_fed=self._screen_fed,
        )
        self.viewers = Viewers(self.resize)
        self.commands = CommandLog(self)
        self.execution = Execution(self)
        self.progress = Progress()
        self.pty: HeldTerminal | None = None
        self._input: PaneInput | None = None
        self._answers: Answers | None = None
        self._program_end = 0  # where the last command that ended did so: nobody waits for answers to what is before
        self._is_reading = False
        self._quiet_timer: asyncio.TimerHandle | None = None
        self._chunk_time = 0.0
        self._enter_at: float | None = None
        self._synced = self.journal.end
        self.last_output = self.last_input = 0.0
        self.typing = asyncio.Lock()  # held from a text to its Enter, so that nobody types between them
        self.last_mark_offset = self.journal.end

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
    def is_shell_in_front(self) -> bool:
        """Whether the shell itself has the terminal, or a child of it that has not become its program yet."""
        if self.pty is None or sys.platform == "win32":
            return False
        group = self.pty.foreground()
        try:
            program, shell = (os.readlink(f"/proc/{pid}/exe") for pid in (group, self.row.pid))
        except OSError:  # it has just ended, or there is no /proc
            return group == self.row.pid
        return program == shell

    def _is_shell_running(self) -> bool:
        """Whether a command runs, and nothing but the shell is in the foreground: a builtin, or its prompt already."""
        return self.running is not None and self.pty is not None and self.pty.foreground() == self.row.pid

    @property
    def input(self) -> PaneInput:
        """The way in; raises `StoppedError` when no process is there to read."""
        if self._input is None:
            name = self.session.row.name
            raise StoppedError(f"session {name!r} is stopped", f"`ai-session start {name}` starts it again.")
        return self._input

    @property
    def foreground_name(self) -> str:
        """The name of the program in the foreground, or of the shell."""
        return self._ask_foreground(psutil.Process.name) or (self.session.row.argv or ["shell"])[0]

    def cwd(self) -> str:
        """The directory: as the shell said it, or of the program in the foreground."""
        if self.pty is not None and self.has_no_marks:
            return self._ask_foreground(psutil.Process.cwd) or self.row.cwd
        return self.row.cwd

    def _ask_foreground(self, question: Callable[[psutil.Process], str]) -> str | None:
        group = self.pty.foreground() if self.pty is not None else None
        try:
            return question(psutil.Process(group)) if group else None
        except psutil.Error:  # it has just ended, or is another user's
            return None

    def waits_for_input(self) -> bool | None:
        """Whether the foreground program blocks in a read of the terminal; None when nobody can tell."""
        if self.pty is None or sys.platform == "win32":
            return None
        group = self.pty.foreground()
        return waits_for_input(group) if group else None

    def to_wire(self, *, look_closer: bool = False) -> dict[str, object]:
        """Return the protocol's pane; `look_closer` searches the process table, which is not for lists."""
        row, running = self.row, self.running
        is_shell = self.kind is not ShellKind.NONE
        return {
            "index": row.position,
            "id": row.id,
            "pid": row.pid if self.is_alive else None,
            "cwd": self.cwd(),
            "command": running.text if running else self.foreground_name if self.is_alive else "",
            "shell": self.kind.value if is_shell else None,
            "columns": row.columns,
            "rows": row.rows,
            "status": row.status,
            "exit_code": row.exit_code,
            "exit_signal": row.exit_signal,
            "title": self.screen.title,
            "state": self.tracker_state.value if self.is_alive else "stopped",
            "waits_for_input": self.waits_for_input() if look_closer else None,
            "journal_start": self.journal.start,
            "journal_end": self.journal.end,
        }

    # beginning and end

    def start(self, terminal: HeldTerminal, kind: ShellKind) -> None:
        """Begin with a process that was just spawned on a terminal."""
        row = self.row
        self.kind = self.exec_kind = kind
        row.pid, row.pid_started, row.status = terminal.pid, terminal.started, "running"
        row.exit_code = row.exit_signal = row.exited = None
        self.tracker = CommandTracker(self.kind)
        self._scanner = MarkScanner(row.nonce, self.journal.end)
        row.scan_offset = self.journal.end
        self.journal.mark_run(row.columns, row.rows)
        self.screen.at(self.journal.end, begin_program)
        self._take_pty(terminal)

    def adopt(self, terminal: HeldTerminal) -> None:
        """Go on with a process that outlived the server before this one."""
        self.rescan()
        self._take_pty(terminal)

    def rescan(self) -> None:
        """Read the journal from the last certain place on, to know where the shell stands."""
        for row in self.host.store.open_commands(self.row.id):
            self._restore(row)
        start = max(self.row.scan_offset, self.journal.start)
        open_row = self.commands.open
        self.is_rescanning = True
        try:
            if open_row is not None and open_row.mark_offset is not None:
                # What lies between the start of a long command and the place to go on from holds no mark of ours.
                known = (open_row.start_offset or open_row.mark_offset) + _RESCAN_SETTLE_BYTES
                begin = max(open_row.mark_offset, self.journal.start)
                if known < start:
                    self._scan_journal(begin, known)
                else:
                    start = begin
            self._scan_journal(start, self.journal.end)
        finally:
            self.is_rescanning = False

    def _restore(self, row: CommandRow) -> None:
        if row.state == "running":
            self.commands.restore(row)
        if row.source == "exec" and row.exec_id:
            self.execution.adopt(row)
            self.tracker.note_exec_sent(row.exec_id, row.text)
        elif row.source == "input":
            self.commands.close_unknown("the server ended while the program answered")

    def _scan_journal(self, start: int, end: int) -> None:
        self._scanner = MarkScanner(self.row.nonce, start)
        for piece in self.journal.reader().read(start, end):
            self._scan(piece)

    def _take_pty(self, terminal: HeldTerminal) -> None:
        self.pty = terminal
        self._input = PaneInput(terminal)
        self._answers = Answers(terminal, self._input, self._is_shell_running)
        self.last_output = time.time()
        self._watch(True)

    def process_ended(self, status: Ending) -> None:
        """Take the end of the process into the record, after everything that it still printed."""
        if self.row.status != "running":
            return
        if self.pty is not None:
            self._drain()
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
        if self._quiet_timer is not None:
            self._quiet_timer.cancel()
            self._quiet_timer = None
        if self._input is not None:
            self._input.close()
            self._input = None
        if self._answers is not None:
            self._answers.forget()
            self._answers = None
        self._watch(False)
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
            self.screen.close()
            self.journal.close()

    def save(self) -> None:
        """Write the pane's row; a store that cannot be written is told in the log, the pane goes on."""
        self._store(self.row)

    def save_command(self, row: CommandRow) -> None:
        """Write a command's row, as `save`."""
        self._store(row)

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

    # output

    def _watch(self, wanted: bool) -> None:
        if wanted == self._is_reading or self.pty is None:
            return
        self._is_reading = wanted
        self.pty.watch(self._readable if wanted else None)

    def _readable(self) -> None:
        size = self._read()
        if size < 0:  # the terminal is hung up; the end of the process is told by the keeper
            self._watch(False)
        elif self.screen.is_far_behind:
            self._watch(False)  # until the screen has caught up
        elif size >= _FLOOD_BYTES:
            self._watch(False)
            asyncio.get_running_loop().call_later(_FLOOD_PAUSE_SECONDS, self._go_on_reading)

    def _go_on_reading(self) -> None:
        if not self.screen.is_far_behind:
            self._watch(True)

    def _read(self) -> int:
        """Read and process once; return the bytes, 0 for none now, -1 for none ever again."""
        assert self.pty is not None
        try:
            data = self.pty.record(self.journal)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EIO:
                logger.warning("cannot read from %s: %s", self.address, error)
            return -1
        if not data:
            return -1
        self._took(data)
        return len(data)

    def _drain(self) -> None:
        while self._read() > 0:
            pass

    def _took(self, data: bytes) -> None:
        self._chunk_time = self.last_output = time.time()
        answered = self.viewers.forward(data)
        self._scan(data)
        self.screen.announce(data, answered=answered)
        self.session.row.last_activity = self._chunk_time
        if self._quiet_timer is None:
            self._quiet_timer = asyncio.get_running_loop().call_later(_QUIET_SECONDS, self._maybe_quiet)
        self.progress.announce()

    def _scan(self, data: bytes) -> None:
        for mark in self._scanner.feed(data):
            if mark.kind in _ANSWERS_TO_ENTER:
                self._enter_at = None
            self.last_mark_offset = mark.offset
            for event in self.tracker.feed((mark,)):
                self.commands.take(event)
        running = self.running
        if running is not None and self._scanner.safe_offset - self.row.scan_offset > _RESCAN_BYTES:
            self.row.scan_offset = self._scanner.safe_offset
            self.save()

    @property
    def output_end(self) -> int:
        """The offset up to which the running command's output is certain: no mark can begin before it."""
        told = self.running.end_offset if self.running is not None else None
        return min(end for end in (self._scanner.safe_offset, self.tracker.output_end, told) if end is not None)

    @property
    def is_screen_taken(self) -> bool:
        """Whether the running program draws on the alternate screen."""
        return self.running is not None and self.tracker.is_screen_taken

    def has_unsynced_output(self) -> bool:
        """Return whether there was output since the last call, which the disk may not have yet."""
        synced, self._synced = self._synced, self.journal.end
        return synced != self._synced

    def _screen_fed(self, replies: bytes, is_current: bool) -> None:
        if replies and self._answers is not None and self.screen.offset > self._program_end:
            self._answers.give(replies)
        if is_current and not self._is_reading and self.pty is not None:
            self._watch(True)

    def _maybe_quiet(self) -> None:
        left = self.last_output + _QUIET_SECONDS - time.time()
        if left > 0.01:
            self._quiet_timer = asyncio.get_running_loop().call_later(left, self._maybe_quiet)
            return
        self._quiet_timer = None
        try:
            self.screen.checkpoint()
        except StorageError as error:
            logger.warning("no checkpoint of %s: %s", self.address, error.message)

    def time_of(self, offset: int) -> float:
        """Return when the byte before `offset` came, from the journal unless it is the newest."""
        if offset >= self.journal.end - _RECENT_BYTES and self._chunk_time:
            return self._chunk_time
        return self.journal.reader().time_at(max(offset - 1, self.journal.start)) or time.time()

    def prompt_ready(self, event: PromptReady) -> None:
        """The shell waits for a command."""
        row = self.row
        row.cwd = event.cwd or row.cwd
        row.scan_offset = event.offset
        self.exec_kind = self.kind if event.editing else ShellKind.SH
        self.save()
        self.execution.pump()
        self.announce_session()

    # input

    def typed(self, data: bytes) -> None:
        """Write what a person typed."""
        self.tracker.note_input(data)
        if self.tracker_state is PaneState.PROMPT and (b"\r" in data or b"\n" in data):
            self._enter_at = time.monotonic()
        self.input.write(data)
        self.last_input = time.time()
        self.session.touch()

    @property
    def enter_delay(self) -> float:
        """Seconds to wait until a line that was just sent has shown what it does; 0 when there is none."""
        if self._enter_at is None:
            return 0.0
        return max(0.0, self._enter_at + _LINE_TAKEN_SECONDS - time.monotonic())

    def type_text(self, text: str, *, paste: bool = False) -> int:
        """Type a text, or paste it; return the bytes written."""
        terminal = self.screen.open()
        data = encode_paste(text, terminal.modes) if paste else encode_text(text)
        self.typed(data)
        return len(data)

    def press(self, names: list[str]) -> int:
        """Press keys by name, as the program asked for them; raise `UsageError` before the first for a bad name."""
        keys = [parse_typed_key(name) for name in names]
        modes = self.screen.open().modes
        data = b"".join(encode_key(key, modes) for key in keys)
        if data:
            self.typed(data)
        return len(data)

    async def press_enter(self) -> None:
        """Press Enter after a short gap, as the write of its own that it has to be."""
        await asyncio.sleep(_ENTER_GAP_SECONDS)
        self.press(["Enter"])

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
        self._program_end = offset
        if self._answers is not None:
            self._answers.forget()
        self.screen.at(offset, self._end_program)

    def _end_program(self, terminal: Terminal) -> None:
        if terminal.end_program():  # the bytes that viewers were sent do not say so
            asyncio.get_running_loop().call_soon(self.viewers.redraw)

    # signals

    def interrupt(self) -> None:
        """Interrupt what runs in the foreground, as Ctrl-C does."""
        if self.pty is not None:
            with suppress(OSError):  # it has just ended
                self.pty.interrupt()

    def signal_foreground(self, number: int) -> None:
        """Signal the foreground's process group unless that is the shell itself."""
        if self.pty is None or sys.platform == "win32":  # where no group can be signalled
            return
        group = self.pty.foreground()
        if group and group != self.row.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)

    # news

    def announce_command(self, event: str, row: CommandRow) -> None:
        """Tell whoever listens that a command began or ended."""
        if self.host.bus.is_heard:
            self.host.bus.tell(event, self.session.command_to_wire(row))
            self.announce_session()

    def announce_session(self) -> None:
        """Tell whoever listens how the session is now."""
        if self.host.bus.is_heard:
            self.host.bus.tell("session", self.session.to_wire())


def check_can_start(pane: Pane) -> None:
    """Raise `ConflictError` when a process runs in the pane already."""
    if pane.is_alive:
        name = pane.session.row.name
        raise ConflictError(f"session {name!r} runs already", f"`ai-session attach {name}` shows it.")
