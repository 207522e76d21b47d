"""The tail: the newest bytes of a journal, in a preallocated file that is mapped into memory.

The kernel copies a PTY's bytes straight into the mapping, which is the file's page cache: there is no instant
at which a byte exists only in this process, so `kill -9` cannot lose one.

    0      magic, version, capacities, start offset, terminal size, CRC of these
    256    state: used bytes << 32 | number of events, then the same with every bit flipped
    4096   table of `MAX_EVENTS` events (see `spans.EVENT`)
    20480  `TAIL_BYTES` of data, or `FLOOD_TAIL_BYTES`, zero until used

Invariant: data and events are written before the state that counts them, and the state's first word is one
aligned store. After a kill between a read and that store, the bytes show as non-zero beyond the used ones and
`salvage` takes them. (What cannot be told from unused space is NULs that end that very last read.)
"""

from __future__ import annotations

import errno
import mmap
import os
import select
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from zlib import crc32

from ai_session_tui import limits
from ai_session_tui.journal.files import OPEN_FLAGS, read_at, tail_path, write_at
from ai_session_tui.journal.spans import EVENT, NEVER, Span, valid_events

MAX_EVENTS = 1024
READ_ROOM = 16 * 1024  # a read is always offered that much; Linux hands out at most about 20 KB of a PTY at once

_FIELDS = struct.Struct("=8sIIIQHH")
_CRC = struct.Struct("=I")
_MAGIC = b"AsJtail\x01"
_VERSION = 1
_STATE_AT = 256
_EVENTS_AT = 4096
_DATA_AT = _EVENTS_AT + MAX_EVENTS * EVENT.size
_CAPACITIES = (limits.TAIL_BYTES, 1024 * 1024, limits.FLOOD_TAIL_BYTES)  # between: what a server before this one left
_FLIP = (1 << 64) - 1
_WARM_BYTES = 32 * 1024  # whose pages are made ready at once: what the next reads need, and no pause in a flood
_TRIES = 20  # to read what follows a large read: about 20 microseconds
_FLOOD_BYTES = 8 * 1024  # after which more is waited for asleep,
_PACE_SECONDS = 0.00002  # from one read of a flood to the next: about what the kernel takes to bring 4 KB
PATIENCE = 0.004  # seconds that receiving may take, as long as nobody waits for anything else
_let_others_run: Callable[[], object] = getattr(os, "sched_yield", int)  # not every system has it
_MADV_POPULATE_WRITE = 23  # Linux 5.14; `mmap` has no name for it


class Tail:
    """A tail that is being written: the mapping, and how much of it is used."""

    __slots__ = (
        "_map",
        "_state",
        "_table",
        "_warm",
        "capacity",
        "columns",
        "data",
        "events",
        "marked",
        "path",
        "rows",
        "start",
        "used",
    )

    def __init__(self, path: str, descriptor: int, span: Span, capacity: int) -> None:
        self.path = path
        self.capacity = capacity
        self.start = span.start
        self.columns = span.columns
        self.rows = span.rows
        self.used = len(span.data)
        self.events = len(span.events) // EVENT.size
        self.marked = NEVER  # the time of the last event that was added here, in microseconds
        # Never closed by hand: whoever still holds a view of the data keeps the mapping alive.
        self._map = mmap.mmap(descriptor, _DATA_AT + capacity)
        view = memoryview(self._map)
        self._state = view[_STATE_AT : _STATE_AT + 16].cast("Q")
        self._table = view[_EVENTS_AT:_DATA_AT]
        self.data = view[_DATA_AT:]
        self._warm = self.used

    @classmethod
    def create(cls, folder: str, start: int, columns: int, rows: int, capacity: int = limits.TAIL_BYTES) -> Tail:
        """Make the file of a new tail; raise OSError and leave nothing when the disk has no room for it."""
        path = tail_path(folder, start)
        with suppress(FileNotFoundError):  # a new file, never a shorter old one: somebody may have that mapped
            os.unlink(path)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | OPEN_FLAGS, 0o600)
        try:
            _allocate(descriptor, _DATA_AT + capacity)
            fields = _FIELDS.pack(_MAGIC, _VERSION, MAX_EVENTS, capacity, start, columns, rows)
            write_at(descriptor, fields + _CRC.pack(crc32(fields)), 0)
            write_at(descriptor, struct.pack("=QQ", 0, _FLIP), _STATE_AT)
            return cls(path, descriptor, Span(start, b"", b"", columns, rows), capacity)
        except OSError:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)

    @classmethod
    def adopt(cls, path: str, span: Span) -> Tail | None:
        """Go on writing a tail that a dead writer left, or return None when its file is not a whole one.

        `span` is what `salvage` found in it.
        """
        descriptor = os.open(path, os.O_RDWR | OPEN_FLAGS)
        try:
            fields = _read_fields(descriptor, span.start)
            if fields is None or os.fstat(descriptor).st_size != _DATA_AT + fields.capacity:
                return None
            _reserve(descriptor, _DATA_AT + fields.capacity)
            tail = cls(path, descriptor, span, fields.capacity)
        finally:
            os.close(descriptor)
        tail.commit(0)
        return tail

    @property
    def end(self) -> int:
        """Return the journal offset after the last committed byte."""
        return self.start + self.used

    @property
    def is_ready(self) -> bool:
        """Whether a read finds enough room, with its pages there, and its time stamp an entry."""
        return self._warm - self.used >= READ_ROOM and self.events < MAX_EVENTS

    @property
    def is_full(self) -> bool:
        """Whether it is time for a block: `warm_up` would not make the tail ready."""
        return self.capacity - self.used < READ_ROOM or self.events >= MAX_EVENTS

    @property
    def room(self) -> tuple[int, int]:
        """Return how many bytes and how many events still fit."""
        return self.capacity - self.used, MAX_EVENTS - self.events

    @property
    def is_empty(self) -> bool:
        """Whether a block made of it would say nothing."""
        return not self.used and not self.events

    def warm_up(self) -> None:
        """Fault in the pages of the next reads; raise OSError when the disk cannot back them.

        A page fault in the kernel's copy fails once the process has been killed, and takes bytes with it that
        the terminal had already given away; pages that are there cannot fault.
        """
        at, self._warm = self._warm, min(self.used + _WARM_BYTES, self.capacity)
        if sys.platform == "linux" and self._warm > at:
            page = (_DATA_AT + at) & -mmap.PAGESIZE
            try:
                self._map.madvise(_MADV_POPULATE_WRITE, page, _DATA_AT + self._warm - page)
            except OSError as error:
                if error.errno != errno.EINVAL:  # a kernel that does not know the advice faults as it goes
                    self._warm = at
                    raise

    def receive(self, descriptor: int, limit: int) -> int:
        """Let the kernel put up to `limit` bytes behind the used ones; return how many, uncommitted.

        Any OSError is the descriptor's. The tail must be ready.
        """
        at = self.used
        end = min(at + limit, self._warm)
        if sys.platform == "win32":
            return self.put(memoryview(os.read(descriptor, end - at)))
        return os.readv(descriptor, [self.data[at:end]])

    def receive_more(
        self, descriptor: int, limit: int, patience: float = PATIENCE, meanwhile: Callable[[memoryview], object] = len
    ) -> int:
        """Receive and commit what follows the bytes that just came, about `limit` bytes; return how many.

        A terminal hands out 4 KB at a time, and the next 4 KB are there some microseconds after that: `meanwhile` is
        called with each piece, so that these are of use, and then they are waited for, because the pause until the loop
        comes back would let the program wait much longer. Of a flood the next read is held back until they must be
        there, and only then waited for asleep: to be woken takes longer than they do. All of it takes `patience`
        seconds at most.
        """
        if sys.platform == "win32":
            return 0
        begin, tries, due = self.used, 0, 0.0
        end, until = begin + limit, time.monotonic() + patience
        clock, data, state = time.monotonic, self.data, self._state  # 4 KB at a time: every lookup counts
        while (at := self.used) < end and clock() < until:
            if self._warm - at < READ_ROOM:
                if self.is_full:
                    break
                self.warm_up()
            is_flood = at - begin >= _FLOOD_BYTES and patience >= PATIENCE
            while is_flood and clock() < due:
                _let_others_run()
            try:
                count = os.readv(descriptor, [data[at : min(at + limit, self._warm)]])
            except BlockingIOError:
                tries += 1
                if not (_wait_for(descriptor) if is_flood else tries < _TRIES):
                    break
                continue
            except OSError:  # the descriptor's end, which the next read meets again
                break
            if not count:
                break
            self.used = at + count
            state[0] = word = self.used << 32 | self.events
            state[1] = word ^ _FLIP
            due = clock() + _PACE_SECONDS
            meanwhile(data[at : at + count])
            tries = 0
        return self.used - begin

    def put(self, data: memoryview) -> int:
        """Copy as much of `data` as fits behind the used bytes; return how much, uncommitted."""
        at = self.used
        count = min(len(data), self.capacity - at)
        self.data[at : at + count] = data[:count]
        return count

    def mark(self, micros: int, columns: int, rows: int) -> None:
        """Add an event at the used bytes' end, uncommitted; the table must not be full."""
        EVENT.pack_into(self._table, self.events * EVENT.size, self.used, micros, columns, rows)
        self.events += 1
        self.marked = micros

    def commit(self, count: int) -> None:
        """Count `count` more bytes, and the events marked so far, as written."""
        self.used += count
        word = self.used << 32 | self.events
        self._state[0] = word
        self._state[1] = word ^ _FLIP

    def take(self, span: Span) -> None:
        """Add a span that begins where this tail ends; there must be room for it."""
        shift = self.used
        for offset, micros, columns, rows in EVENT.iter_unpack(span.events):
            EVENT.pack_into(self._table, self.events * EVENT.size, shift + offset, micros, columns, rows)
            self.events += 1
        self.data[shift : shift + len(span.data)] = span.data
        self.commit(len(span.data))

    def span(self) -> Span:
        """Return what is committed; its views stay valid."""
        table = self._table[: self.events * EVENT.size]
        return Span(self.start, self.data[: self.used], table, self.columns, self.rows)


def _wait_for(descriptor: int) -> bool:
    """Wait a millisecond at most; return whether there is something to read."""
    if sys.platform == "win32":
        return False
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(1))


def read_tail(path: str, start: int, *, salvage: bool = False) -> Span | None:
    """Return what a tail's file holds, None for a file that is no tail; raise FileNotFoundError when it is gone.

    With `salvage` also the bytes that its dead writer had read but not committed: not beside a live one.
    """
    descriptor = os.open(path, os.O_RDONLY | OPEN_FLAGS)
    try:
        fields = _read_fields(descriptor, start)
        capacity = fields.capacity if fields is not None else max(_CAPACITIES)
        used, events = _read_state(descriptor, capacity) if fields is not None else (0, 0)
        table = read_at(descriptor, events * EVENT.size, _EVENTS_AT)
        data = read_at(descriptor, capacity if salvage else used, _DATA_AT)
    finally:
        os.close(descriptor)
    if salvage:
        data = data[: max(used, len(data.rstrip(b"\0")))]
    table = table[: len(table) // EVENT.size * EVENT.size]
    if fields is None and not data:
        return None
    columns, rows = (fields.columns, fields.rows) if fields is not None else (0, 0)
    return Span(start, data, table[: valid_events(table, len(data)) * EVENT.size], columns, rows)


def sync_file(path: str) -> None:
    """Bring a file, or a folder's names, to the disk; what is gone needs none."""
    if sys.platform == "win32" and os.path.isdir(path):
        return  # a folder cannot be opened there, and its file system keeps a log of names
    access = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY
    try:
        descriptor = os.open(path, access | OPEN_FLAGS)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Fields(NamedTuple):
    """What a tail's header says: bytes of data it has room for, and the terminal's size."""

    capacity: int
    columns: int
    rows: int


def _read_fields(descriptor: int, start: int) -> _Fields | None:
    """Return what a tail's header says, or None when the header is not that of a tail at `start`."""
    header = read_at(descriptor, _FIELDS.size + _CRC.size, 0)
    if len(header) < _FIELDS.size + _CRC.size:
        return None
    magic, version, events, data, begin, columns, rows = _FIELDS.unpack_from(header)
    known = (magic, version, events, begin) == (_MAGIC, _VERSION, MAX_EVENTS, start) and data in _CAPACITIES
    if not known or _CRC.unpack_from(header, _FIELDS.size)[0] != crc32(header[: _FIELDS.size]):
        return None
    return _Fields(data, columns, rows)


def _read_state(descriptor: int, capacity: int) -> tuple[int, int]:
    """Return used bytes and number of events; when the two words differ, the smaller claim of each."""
    state = read_at(descriptor, 16, _STATE_AT)
    if len(state) < 16:
        return 0, 0
    word, flipped = struct.unpack("=QQ", state)
    other = flipped ^ _FLIP
    used = min(word >> 32, other >> 32, capacity)
    return used, min(word & 0xFFFFFFFF, other & 0xFFFFFFFF, MAX_EVENTS)


def _reserve(descriptor: int, size: int) -> None:
    """Make sure that the disk has the file's blocks: a full disk must not turn a store into SIGBUS."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)


def _allocate(descriptor: int, size: int) -> None:
    """Give a new file its full length, zeroed and with its blocks reserved."""
    if hasattr(os, "posix_fallocate"):
        _reserve(descriptor, size)
    else:
        write_at(descriptor, bytes(size), 0)
