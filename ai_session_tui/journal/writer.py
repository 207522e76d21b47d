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
from ai_session_tui.journal.files import list_files, storage_error
from ai_session_tui.journal.pieces import GapReason
from ai_session_tui.journal.reader import JournalReader, Void
from ai_session_tui.journal.retiring import Background, Retiring
from ai_session_tui.journal.segments import Segments
from ai_session_tui.journal.spans import RUN_BIT, Span
from ai_session_tui.journal.tail import PATIENCE, Tail, read_tail, sync_file
from ai_session_tui.journal.unwritten import Unwritten

STAMP_SECONDS = 0.010  # bytes read closer together share a time stamp
RETRY_SECONDS = 1.0  # between attempts to write what waits in memory
MAX_SIDE = RUN_BIT - 1  # more columns or rows than that are recorded as that
_FLOOD_SECONDS = 0.5  # a tail that was full sooner is followed by a larger one
_BURST_BYTES = 2048  # at once, from which on more is likely to follow at once: not typing
_MOST_AT_ONCE = 4  # tails that are compressed while others wait
_NEVER = -1.0


class JournalWriter:
    """Appends to a pane's journal. Belongs to one thread, except for `sync`."""

    def __init__(
        self, folder: str, limit_bytes: int, clock: Callable[[], float], background: Background | None = None
    ) -> None:
        """Use `open`, which says what is wrong in our own terms."""
        self._folder = folder
        self._clock = clock
        self._stamped = _NEVER
        self._tried = _NEVER
        self._closed = False
        self._tail: Tail | None = None
        self._leftovers: list[str] = []
        self._unwritten: Unwritten | None = None
        self._trouble: str | None = None
        self._size = (0, 0)
        self._began = _NEVER  # when the tail was new
        found = _salvage_tails(folder)
        self._segments = Segments(folder, limit_bytes, [span for _, span in found])
        self._retiring = Retiring(self._segments, background) if background is not None else None
        for number, (path, span) in enumerate(found):
            self._take_over(path, span, is_last=number + 1 == len(found))
        if self._tail is None:
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
        oldest = self._segments.start
        if oldest is None:
            tails = self._tails()
            oldest = tails[0].start if tails else self._segments.end
        return oldest

    @property
    def end(self) -> int:
        """Return the offset that the next byte will have."""
        if self._unwritten is not None:
            return self._unwritten.end
        return self._tail.end if self._tail is not None else self._tails_end

    @property
    def trouble(self) -> str | None:
        """Return why bytes are kept in memory instead of on the disk, None when all is well."""
        return self._trouble

    def read_from(self, fd: int, limit: int = 65536) -> memoryview | bytes:
        """Read once from `fd`, at most `limit` bytes and what the tail has room for (16 KB or more), and record.

        Returns the new bytes, valid until the next call, b"" at the end of the file. BlockingIOError and
        OSError of the descriptor pass through.
        """
        tail = self._tail
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
        now = self._clock()
        if not 0 <= now - self._stamped < STAMP_SECONDS:
            tail.mark(_micros(now), 0, 0)
            self._stamped = now
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
        tail = self._tail
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
            now = self._clock()
            if not 0 <= now - self._stamped < STAMP_SECONDS:
                tail.mark(_micros(now), 0, 0)
                self._stamped = now
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
        if self._unwritten is None and self._tail is not None and not self._tail.is_empty:
            try:
                if self._retiring is not None and len(self._retiring) > _MOST_AT_ONCE:
                    self._retire_soon()
                else:
                    self._retire()
                self._create()
            except OSError as error:
                self._fail(error)

    def retry(self) -> None:
        """Try at once to write what waits in memory; recording does so by itself, at most once a second."""
        if self._unwritten is not None:
            self._tried = _NEVER
            self._make_room()

    def prune(self) -> None:
        """Remove the oldest output beyond the limit, which the next block would do as well."""
        self._segments.prune()

    def sync(self) -> None:
        """Bring the files to the disk, against power failures; safe in a thread beside the writer's own.

        Raises `StorageError`.
        """
        paths = [*(tail.path for tail in self._tails()), self._segments.newest, self._folder]
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
            self._retire()
        except OSError as error:
            self._trouble = f"{error.strerror or error}"
        self._segments.end = self.end
        self._tail = self._unwritten = None
        self._closed = True
        self._remove_leftovers()

    def reader(self) -> JournalReader:
        """Return a reader that sees everything recorded, for use in the writer's thread."""
        return JournalReader(self._folder, self._live)

    def _live(self) -> Sequence[Span | Void] | None:
        if self._closed:
            return None
        sources: list[Span | Void] = [tail.span() for tail in self._tails()]
        waiting = self._unwritten
        if waiting is not None:
            if waiting.gap_start < waiting.start:
                sources.append(Void(waiting.gap_start, waiting.start, GapReason.UNWRITTEN))
            sources.append(waiting.span())
        return sources

    def _mark(self, columns: int, rows: int) -> None:
        tail = self._make_room()
        self._stamped = self._clock()
        target = tail or self._memory()
        target.mark(_micros(self._stamped), columns, min(rows, MAX_SIDE))
        if tail is not None:
            tail.commit(0)

    def _keep(self, data: bytes) -> None:
        """Hold bytes in memory, with a time stamp."""
        waiting = self._memory()
        now = self._clock()
        if not 0 <= now - self._stamped < STAMP_SECONDS:
            waiting.mark(_micros(now), 0, 0)
            self._stamped = now
        waiting.add(data)

    def _memory(self) -> Unwritten:
        if self._unwritten is None:
            self._unwritten = Unwritten(self.end)
        return self._unwritten

    def _make_room(self) -> Tail | None:
        """Return a tail that is ready for a read, or None while the disk has no room for one."""
        if self._closed:
            raise ValueError("the journal is closed")
        waiting, tail = self._unwritten, self._tail
        if waiting is None and tail is not None and tail.is_ready:
            return tail
        try:
            if waiting is not None:
                now = self._clock()
                if 0 <= now - self._tried < RETRY_SECONDS:
                    return None
                self._tried = now
                self._drain(waiting)
            tail = self._tail
            if tail is None or tail.is_full:
                tail = self._next_tail()
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
            self._retire()
            self._segments.append_gap(waiting.gap_start, waiting.start - waiting.gap_start)
            waiting.gap_written()
        while not waiting.is_empty:
            tail = self._tail or self._create()
            span = waiting.first(*tail.room)
            if not span.data and not span.events:
                self._retire()
                continue
            tail.take(span)
            waiting.forget(span)
        if self._tail is None:
            self._create()
        self._unwritten = self._trouble = None

    def _tails(self) -> list[Tail]:
        """Return the tails that are not in blocks yet, oldest first."""
        retiring = self._retiring.tails() if self._retiring is not None else []
        return [*retiring, self._tail] if self._tail is not None else retiring

    @property
    def _tails_end(self) -> int:
        """The offset at which another tail begins."""
        end = self._retiring.end if self._retiring is not None else None
        return self._segments.end if end is None else end

    def _retire_soon(self) -> None:
        """Let the tail, if there is one, become a block and be removed; raises as `_retire`."""
        tail = self._tail
        if self._retiring is None or tail is None or tail.is_empty:
            self._retire()
            return
        self._retiring.add(tail)
        self._size = tail.span().size_at(tail.end) or self._size
        self._tail = None

    def _retire(self) -> None:
        """Turn the tail into a block and remove it; raise OSError, with the tail unchanged, when that fails."""
        if self._retiring is not None:
            self._retiring.settle()
        tail = self._tail
        if tail is None:
            return
        if not tail.is_empty:
            span = tail.span()
            self._segments.append(span)
            self._size = span.size_at(span.end) or self._size
        self._leftovers.append(tail.path)
        self._tail = None
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        """Remove the files of retired tails.

        Windows removes none that is open or mapped (by a caller's view of it, say): it is covered by its block, and
        goes with the next one.
        """
        held_up = []
        for path in self._leftovers:
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
            except OSError:
                held_up.append(path)
        self._leftovers = held_up

    def _next_capacity(self) -> int:
        """Return how much the next tail should hold: more in a flood, if it is retired beside the loop."""
        is_flood = self._tail is not None and 0 <= self._clock() - self._began < _FLOOD_SECONDS
        return limits.FLOOD_TAIL_BYTES if is_flood and self._retiring is not None else limits.TAIL_BYTES

    def _next_tail(self) -> Tail:
        """Retire the tail, if there is one, and begin another; where the disk has no room, by compressing first."""
        capacity = self._next_capacity()
        self._retire_soon()
        try:
            return self._create(capacity)
        except OSError:
            if self._retiring is None or not len(self._retiring):
                raise
            self._retiring.settle()
            return self._create(limits.TAIL_BYTES)

    def _create(self, capacity: int = limits.TAIL_BYTES) -> Tail:
        """Begin a new tail at the end of the blocks."""
        self._tail = Tail.create(self._folder, self._tails_end, *self._size, capacity)
        self._began = self._clock()
        self._stamped = _NEVER
        return self._tail

    def _begin(self) -> None:
        """Begin a tail in a journal that has none; only a new journal insists on it when the disk is full."""
        end = self._segments.end
        if self._segments.start is not None:
            self._size = JournalReader(self._folder).size_at(end) or self._size
        try:
            self._create()
        except OSError as error:
            if not end or error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise
            self._fail(error)

    def _take_over(self, path: str, span: Span, *, is_last: bool) -> None:
        """Go on with a dead writer's tail, or put into a block what the blocks lack of it."""
        end = self._segments.end
        if span.start >= end and is_last:
            self._tail = Tail.adopt(path, span)
            if self._tail is not None:
                self._segments.end = span.start
                return
        rest = span.after(end)
        if rest.data:
            self._segments.append(rest)
        os.unlink(path)


def _micros(seconds: float) -> int:
    return max(int(seconds * 1_000_000), 0)


def _salvage_tails(folder: str) -> list[tuple[str, Span]]:
    """Return the tails in `folder` with all that can be got out of them; files that hold nothing are removed."""
    found = []
    for start, path in list_files(folder).tails:
        span = read_tail(path, start, salvage=True)
        if span is None:
            os.unlink(path)
        else:
            found.append((path, span))
    return found
