"""What comes out of a pane: read into the journal, searched for marks, passed on to viewers and to the screen.

Invariant: bytes are journaled before anything else sees them, then scanned for marks, then passed on.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from typing import TYPE_CHECKING

from ai_session_tui.errors import StorageError
from ai_session_tui.shells import MarkKind, MarkScanner
from ai_session_tui.terminal.sieve import Sieve

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

logger = logging.getLogger(__name__)

_RECENT_BYTES = 64 * 1024  # whose time is that of the newest chunk
_RESCAN_BYTES = 1024 * 1024  # output of a running command after which the place to rescan from is moved on
_RESCAN_SETTLE_BYTES = 4096  # after a start mark, within which it is certain where the output begins
_RECALL_BYTES = 64 * 1024
_QUIET_SECONDS = 2.0  # without output, after which a checkpoint is worth its time
_ANSWERS_TO_ENTER = frozenset(
    (MarkKind.STARTED, MarkKind.ENDED, MarkKind.READY, MarkKind.CONTINUATION, MarkKind.REFUSED)
)


class PaneOutput:
    """The way of one pane's bytes from its terminal to everybody who wants them."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self._scanner = MarkScanner(pane.row.nonce, pane.journal.end)
        self._sieve = Sieve()
        self._is_reading = False
        self._quiet_timer: asyncio.TimerHandle | None = None
        self._chunk_time = 0.0
        self._synced = pane.journal.end
        self.is_rescanning = False
        self.last_time = 0.0  # when something came
        self.quiet_since = time.monotonic()  # the same, on the clock that nobody sets
        self.mark_offset = pane.journal.end  # of the last mark

    # reading

    def recall(self, data: bytes) -> None:
        """Take in what another terminal showed, as if it had been printed here before the first program begins.

        It is searched for no marks: whatever it says, it makes no records.
        """
        pane = self._pane
        pane.journal.mark_run(pane.row.columns, pane.row.rows)
        for start in range(0, len(data), _RECALL_BYTES):
            piece = data[start : start + _RECALL_BYTES]
            pane.journal.append(piece)
            pane.screen.announce(piece)
        self.mark_offset = pane.journal.end

    def begin(self) -> None:
        """Expect the marks of a new program; it does not print before `resume`."""
        self._scanner = MarkScanner(self._pane.row.nonce, self._pane.journal.end)

    def resume(self) -> None:
        """Read the terminal from now on."""
        self.last_time, self.quiet_since = time.time(), time.monotonic()
        self._watch(True)

    def end(self) -> None:
        """Read no more."""
        if self._quiet_timer is not None:
            self._quiet_timer.cancel()
            self._quiet_timer = None
        self._watch(False)

    def drain(self) -> None:
        """Read everything that the program has left."""
        while self._read() > 0:
            pass

    def screen_fed(self, is_current: bool) -> None:
        """The screen has come further; a program that had to wait for it may go on."""
        if is_current:
            self._watch(True)

    def _watch(self, wanted: bool) -> None:
        pty = self._pane.pty
        if wanted == self._is_reading or pty is None:
            return
        self._is_reading = wanted
        pty.watch(self._readable if wanted else None)

    def _readable(self) -> None:
        if self._pane.host.emulation.haste.is_for(self._pane):
            return
        size = self._read()
        if size < 0:  # the terminal is hung up; the end of the process is told by the keeper
            self._watch(False)
        elif self._pane.screen.is_far_behind:
            self._watch(False)  # until the screen has caught up

    def _read(self) -> int:
        """Read and process once; return the bytes, 0 for none now, -1 for none ever again."""
        pane = self._pane
        assert pane.pty is not None
        try:
            data = pane.pty.record(pane.journal, pane.host.emulation.haste.patience, self._sieve.add)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EIO:
                logger.warning("cannot read from %s: %s", pane.address, error)
            return -1
        if not data:
            return -1
        self._took(data)
        return len(data)

    def _took(self, data: bytes) -> None:
        pane = self._pane
        self._chunk_time = self.last_time = time.time()
        self.quiet_since = time.monotonic()
        pane.host.emulation.haste.printed(pane)
        answered = pane.viewers.forward(data)
        self._scan(data)
        pane.screen.announce(data, self._sieve.take(), answered=answered)
        pane.session.row.last_activity = self._chunk_time
        if self._quiet_timer is None:
            self._quiet_timer = asyncio.get_running_loop().call_later(_QUIET_SECONDS, self._maybe_quiet)
        pane.news.printed(len(data), self._chunk_time)
        pane.progress.announce()

    def _maybe_quiet(self) -> None:
        left = self.quiet_since + _QUIET_SECONDS - time.monotonic()
        if left > 0.01:
            self._quiet_timer = asyncio.get_running_loop().call_later(left, self._maybe_quiet)
            return
        self._quiet_timer = None
        try:
            self._pane.screen.checkpoint()
        except StorageError as error:
            logger.warning("no checkpoint of %s: %s", self._pane.address, error.message)

    # marks

    def rescan(self) -> None:
        """Read the journal from the last certain place on, to know where the shell stands."""
        pane = self._pane
        start = max(pane.row.scan_offset, pane.journal.start)
        running = pane.running
        self.is_rescanning = True
        try:
            if running is not None and running.mark_offset is not None:
                # What lies between the start of a long command and the place to go on from holds no mark of ours.
                known = (running.start_offset or running.mark_offset) + _RESCAN_SETTLE_BYTES
                begin = max(running.mark_offset, pane.journal.start)
                if known < start:
                    self._scan_journal(begin, known)
                else:
                    start = begin
            self._scan_journal(start, pane.journal.end)
        finally:
            self.is_rescanning = False

    def _scan_journal(self, start: int, end: int) -> None:
        self._scanner = MarkScanner(self._pane.row.nonce, start)
        for piece in self._pane.journal.reader().read(start, end):
            self._scan(piece)

    def _scan(self, data: bytes) -> None:
        pane = self._pane
        for mark in self._scanner.feed(data):
            if mark.kind in _ANSWERS_TO_ENTER:
                pane.keyboard.enter_answered()
            self.mark_offset = mark.offset
            for event in pane.tracker.feed((mark,)):
                pane.commands.take(event)
        if pane.running is not None and self._scanner.safe_offset - pane.row.scan_offset > _RESCAN_BYTES:
            pane.row.scan_offset = self._scanner.safe_offset
            pane.save()

    # what is known of it

    @property
    def certain_end(self) -> int:
        """The offset up to which the running command's output is certain: no mark can begin before it."""
        pane = self._pane
        told = pane.running.end_offset if pane.running is not None else None
        return min(end for end in (self._scanner.safe_offset, pane.tracker.output_end, told) if end is not None)

    def time_of(self, offset: int) -> float:
        """Return when the byte before `offset` came, from the journal unless it is the newest."""
        journal = self._pane.journal
        if offset >= journal.end - _RECENT_BYTES and self._chunk_time:
            return self._chunk_time
        return journal.reader().time_at(max(offset - 1, journal.start)) or time.time()

    def has_unsynced(self) -> bool:
        """Return whether there was output since the last call, which the disk may not have yet."""
        synced, self._synced = self._synced, self._pane.journal.end
        return synced != self._synced
