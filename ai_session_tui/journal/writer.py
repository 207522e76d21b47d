"""The one writer of a journal: bytes go to the tail, full tails become blocks, and a full disk is lived with.

Invariant: bytes are in the tail (or, while the disk takes none, in bounded memory) before anything else sees
them, and every step of sealing leaves files that open right. Trouble with the disk never raises from the calls
that record output and never holds up the program: it shows in `trouble`. Either there is a tail, or bytes wait.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from ai_session_tui import limits
from ai_session_tui.journal.files import storage_error
from ai_session_tui.journal.pieces import GapReason
from ai_session_tui.journal.reader import JournalReader, Void
from ai_session_tui.journal.retiring import Background
from ai_session_tui.journal.spans import RUN_BIT, Span
from ai_session_tui.journal.tail import PATIENCE, Tail, sync_file
from ai_session_tui.journal.tails import Tails
from ai_session_tui.journal.unwritten import Unwritten

STAMP_MICROS = 10_000  # bytes read closer together share a time stamp
RETRY_SECONDS = 1.0  # between attempts to write what waits in memory
MAX_SIDE = RUN_BIT - 1  # more columns or rows than that are recorded as that
_BURST_BYTES = 2048  # at once, from which on more is likely to follow at once: not typing
_NEVER = -1.0


class JournalWriter:
    """Appends to a pane's journal. Belongs to one thread, except for `sync`."""

    def __init__(
        self, folder: str, limit_bytes: int, clock: Callable[[], float], background: Background | None = None
    ) -> None:
        """Use `open`, which says what is wrong in our own terms."""
        self._folder = folder
        self._clock = clock
        self._tried = _NEVER
        self._closed = False
        self._unwritten: Unwritten | None = None
        self._trouble: str | None = None
        self._tails = Tails(folder, limit_bytes, clock, background)
        if self._tails.current is None:
            self._begin()

    @classmethod
    def open(
        cls,
        folder: str,
        *,
        limit_bytes: int = limits.JOURNAL_LIMIT_BYTES,
        clock: Callable[[], float] = time.time,
        background: Background | None = None,
    ) -> JournalWriter:
        """Open the journal in `folder`, made when it is missing, and repair what a dead writer left.

        The caller sees to it that there is one writer. With a `background` full tails are compressed there, and `close`
        must be called before it ends. Raises `StorageError` when the folder cannot be written; a journal that exists
        opens on a full disk too, with `trouble`.
        """
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            return cls(folder, limit_bytes, clock, background)
        except OSError as error:
            raise storage_error(folder, error) from error

    @property
    def start(self) -> int:
        """Return the oldest kept offset."""
        return self._tails.start

    @property
    def end(self) -> int:
        """Return the offset that the next byte will have."""
        if self._unwritten is not None:
            return self._unwritten.end
        return self._tails.end

    @property
    def trouble(self) -> str | None:
        """Return why bytes are kept in memory instead of on the disk, None when all is well."""
        return self._trouble

    def read_from(self, fd: int, limit: int = 65536) -> memoryview | bytes:
        """Read once from `fd`, at most `limit` bytes and what the tail has room for (16 KB or more), and record.

        Returns the new bytes, valid until the next call, b"" at the end of the file. BlockingIOError and
        OSError of the descriptor pass through.
        """
        tail = self._tails.current
        if self._unwritten is not None or tail is None or not tail.is_ready:
            tail = self._make_room()
        if tail is None:
            data = os.read(fd, limit)
            if data:
                self._keep(data)
            return data
        count = tail.receive(fd, limit)
        if not count:
            return b""
        at = tail.used
        self._stamp(tail)
        tail.commit(count)
        return tail.data[at : at + count].toreadonly()

    def read_all_from(
        self,
        fd: int,
        limit: int = 65536,
        patience: float = PATIENCE,
        meanwhile: Callable[[memoryview], object] = len,
    ) -> memoryview | bytes:
        """Read and record as `read_from`, about `limit` bytes for `patience` seconds, until nothing is at hand.

        Of a burst, `meanwhile` is called with each piece of what is returned, while the terminal brings the next one.
        """
        data = self.read_from(fd, limit)
        tail = self._tails.current
        if len(data) < _BURST_BYTES or tail is None or self._unwritten is not None:
            return data
        at = tail.used - len(data)
        meanwhile(tail.data[at : tail.used])
        with suppress(OSError):  # the disk's: the next read says so
            tail.receive_more(fd, limit - len(data), patience, meanwhile)
        return tail.data[at : tail.used].toreadonly()

    def append(self, data: bytes) -> None:
        """Record bytes that came without a descriptor."""
        rest = memoryview(data)
        while rest:
            tail = self._make_room()
            if tail is None:
                self._keep(bytes(rest))
                return
            count = tail.put(rest)
            self._stamp(tail)
            tail.commit(count)
            rest = rest[count:]

    def mark_resize(self, columns: int, rows: int) -> None:
        """Record that the terminal has a new size from here on."""
        self._mark(min(columns, MAX_SIDE), rows)

    def mark_run(self, columns: int, rows: int) -> None:
        """Record that a new process begins here, on a terminal of that size."""
        self._mark(min(columns, MAX_SIDE) | RUN_BIT, rows)

    def seal(self) -> None:
        """Put everything recorded so far into blocks; when the disk refuses, `trouble` says so.

        With much to compress, as after a flood, that is done in the background.
        """
        self.retry()
        if self._unwritten is None:
            try:
                self._tails.seal()
            except OSError as error:
                self._fail(error)

    def retry(self) -> None:
        """Try at once to write what waits in memory; recording does so by itself, at most once a second."""
        if self._unwritten is not None:
            self._tried = _NEVER
            self._make_room()

    def prune(self) -> None:
        """Remove the oldest output beyond the limit, which the next block would do as well."""
        self._tails.segments.prune()

    def sync(self) -> None:
        """Bring the files to the disk, against power failures; safe in a thread beside the writer's own.

        Raises `StorageError`.
        """
        paths = [*(tail.path for tail in self._tails.all()), self._tails.segments.newest, self._folder]
        try:
            for path in filter(None, paths):
                sync_file(path)
        except OSError as error:
            raise storage_error(self._folder, error) from error

    def close(self) -> None:
        """Seal and stop; what the disk refuses stays in the tail's file, what only memory held is lost."""
        if self._closed:
            return
        try:
            if self._unwritten is not None:
                self._drain(self._unwritten)
            self._tails.retire()
        except OSError as error:
            self._trouble = f"{error.strerror or error}"
        end, self._unwritten = self.end, None
        self._tails.close(end)
        self._closed = True

    def reader(self) -> JournalReader:
        """Return a reader that sees everything recorded, for use in the writer's thread."""
        return JournalReader(self._folder, self._live)

    def _live(self) -> Sequence[Span | Void] | None:
        if self._closed:
            return None
        sources: list[Span | Void] = [tail.span() for tail in self._tails.all()]
        waiting = self._unwritten
        if waiting is not None:
            if waiting.gap_start < waiting.start:
                sources.append(Void(waiting.gap_start, waiting.start, GapReason.UNWRITTEN))
            sources.append(waiting.span())
        return sources

    def _mark(self, columns: int, rows: int) -> None:
        tail = self._make_room()
        target = tail or self._memory()
        target.mark(_micros(self._clock()), columns, min(rows, MAX_SIDE))
        if tail is not None:
            tail.commit(0)

    def _keep(self, data: bytes) -> None:
        """Hold bytes in memory, with a time stamp."""
        waiting = self._memory()
        self._stamp(waiting)
        waiting.add(data)

    def _stamp(self, target: Tail | Unwritten) -> None:
        """Mark the time of what comes next, unless it stands close enough before that already."""
        now = _micros(self._clock())
        if not 0 <= now - target.marked < STAMP_MICROS:
            target.mark(now, 0, 0)

    def _memory(self) -> Unwritten:
        if self._unwritten is None:
            self._unwritten = Unwritten(self.end)
        return self._unwritten

    def _make_room(self) -> Tail | None:
        """Return a tail that is ready for a read, or None while the disk has no room for one."""
        if self._closed:
            raise ValueError("the journal is closed")
        waiting, tail = self._unwritten, self._tails.current
        if waiting is None and tail is not None and tail.is_ready:
            return tail
        try:
            if waiting is not None:
                now = self._clock()
                if 0 <= now - self._tried < RETRY_SECONDS:
                    return None
                self._tried = now
                self._drain(waiting)
            tail = self._tails.current
            if tail is None or tail.is_full:
                tail = self._tails.following()
            tail.warm_up()
        except OSError as error:
            self._fail(error)
            return None
        return tail

    def _fail(self, error: OSError) -> None:
        """From now on, bytes wait in memory."""
        self._tried = self._clock()
        self._memory()
        self._trouble = f"the journal cannot be written: {error.strerror or error}"

    def _drain(self, waiting: Unwritten) -> None:
        """Write what waits; an OSError leaves what is not yet written waiting."""
        if waiting.gap_start < waiting.start:
            self._tails.retire()
            self._tails.segments.append_gap(waiting.gap_start, waiting.start - waiting.gap_start)
            waiting.gap_written()
        while not waiting.is_empty:
            tail = self._tails.current or self._tails.create()
            span = waiting.first(*tail.room)
            if not span.data and not span.events:
                self._tails.retire()
                continue
            tail.take(span)
            waiting.forget(span)
        if self._tails.current is None:
            self._tails.create()
        self._unwritten = self._trouble = None

    def _begin(self) -> None:
        """Begin a tail in a journal that has none; only a new journal insists on it when the disk is full."""
        try:
            self._tails.create()
        except OSError as error:
            if not self._tails.end or error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise
            self._fail(error)


def _micros(seconds: float) -> int:
    return max(int(seconds * 1_000_000), 0)
