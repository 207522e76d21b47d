"""A stretch of output with its events: the one shape that tails, blocks and memory share.

Invariant: a span is never changed once it is handed out. Its events are packed, sorted by offset, and lie
between the span's start and its end, both included: a resize may follow the last byte.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ai_session_tui.journal.files import Buffer
from ai_session_tui.journal.pieces import Data, Piece, Resize, Run, Time

# Offset from the span's start, microseconds since the epoch, columns, rows. 0 columns: a plain time stamp.
EVENT = struct.Struct("<IQHH")
RUN_BIT = 0x8000  # in the columns: a new process begins here, with a terminal of that size
NO_END = 1 << 63  # as a bound: every offset is below it
NEVER = -NO_END  # as a time: long before every other


class Event(NamedTuple):
    """One entry of the event table with its offset in the journal."""

    offset: int
    micros: int
    columns: int
    rows: int

    def piece(self) -> Piece:
        """Return the event as readers see it."""
        seconds = self.micros / 1_000_000
        if not self.columns:
            return Time(self.offset, seconds)
        if self.columns & RUN_BIT:
            return Run(self.offset, self.columns & ~RUN_BIT, self.rows, seconds)
        return Resize(self.offset, self.columns, self.rows, seconds)


def pack_events(start: int, events: list[Event]) -> bytes:
    """Return `events` as a table relative to `start`."""
    return b"".join(EVENT.pack(e.offset - start, e.micros, e.columns, e.rows) for e in events)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` on, the packed events among them, and the terminal's size where they begin."""

    start: int
    data: Buffer
    events: Buffer = b""
    columns: int = 0
    rows: int = 0

    @property
    def end(self) -> int:
        """Return the offset after the last byte."""
        return self.start + len(self.data)

    def load(self) -> Span:
        """Return the span itself: it is in memory already."""
        return self

    def each_event(self) -> Iterator[Event]:
        """Yield the events in order, with offsets in the journal."""
        start = self.start
        for offset, micros, columns, rows in EVENT.iter_unpack(self.events):
            yield Event(start + offset, micros, columns, rows)

    def slice(self, start: int, end: int) -> bytes:
        """Return the bytes of the journal's range [start, end), clipped to the span."""
        return bytes(self.data[max(start - self.start, 0) : max(end - self.start, 0)])

    def after(self, offset: int) -> Span:
        """Return what lies at `offset` and beyond."""
        if offset <= self.start:
            return self
        events = pack_events(offset, [event for event in self.each_event() if event.offset >= offset])
        columns, rows = self.size_at(offset) or (0, 0)
        return Span(offset, self.slice(offset, self.end), events, columns, rows)

    def pieces(self, start: int, end: int, events_before: int) -> Iterator[Piece]:
        """Yield data of [start, end) and the events of [start, events_before), in order."""
        at = start
        for event in self.each_event():
            if event.offset < start:
                continue
            if event.offset >= events_before:
                break
            if at < event.offset <= end:
                yield Data(at, self.slice(at, event.offset))
                at = event.offset
            yield event.piece()
        if at < end:
            yield Data(at, self.slice(at, end))

    def stamp_at(self, offset: int) -> float | None:
        """Return the time of the last event at or before `offset`, in seconds since the epoch."""
        events = list(self.each_event())
        found = bisect_right(events, offset, key=lambda event: event.offset)
        return events[found - 1].micros / 1_000_000 if found else None

    def size_at(self, offset: int) -> tuple[int, int] | None:
        """Return (columns, rows) in force at `offset`, or None when no size was ever told."""
        size = (self.columns, self.rows) if self.columns else None
        for event in self.each_event():
            if event.offset > offset:
                break
            if event.columns:
                size = (event.columns & ~RUN_BIT, event.rows)
        return size


def valid_events(table: Buffer, length: int) -> int:
    """Return how many leading entries of `table` are in order and within `length` bytes of data."""
    count = before = 0
    for offset, _, _, _ in EVENT.iter_unpack(table):
        if not before <= offset <= length:
            break
        before = offset
        count += 1
    return count
