"""Output that waits in memory while the disk takes none.

Invariant: at most `MAX_UNWRITTEN_BYTES` wait. Beyond that the oldest give way and leave a gap before `start`;
offsets go on, and of the events that fall into the gap the last run or size is kept, at the gap's end.
"""

from __future__ import annotations

from collections import deque

from ai_session_tui import limits
from ai_session_tui.journal.spans import EVENT, NEVER, RUN_BIT, Event, Span, pack_events

MAX_WAITING_EVENTS = 4096


class Unwritten:
    """Bytes [start, end) with their events, and the gap [gap_start, start) before them."""

    def __init__(self, start: int) -> None:
        self.gap_start = start
        self.start = start
        self.marked = NEVER  # the time of the last event, in microseconds
        self._data = bytearray()
        self._events: deque[Event] = deque()

    @property
    def end(self) -> int:
        """Return the journal offset after the last byte that waits."""
        return self.start + len(self._data)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to be written."""
        return not self._data and not self._events and self.gap_start == self.start

    def add(self, data: bytes) -> None:
        """Keep `data`; the oldest bytes give way when there are too many."""
        self._data += data
        if (excess := len(self._data) - limits.MAX_UNWRITTEN_BYTES) > 0:
            self._lose(excess)

    def mark(self, micros: int, columns: int, rows: int) -> None:
        """Keep an event at `end`; when there are too many, every other time stamp goes, then the oldest."""
        self.marked = micros
        self._events.append(Event(self.end, micros, columns, rows))
        if len(self._events) > MAX_WAITING_EVENTS:
            kept = [event for number, event in enumerate(self._events) if event.columns or number % 2]
            self._events = deque(kept[-MAX_WAITING_EVENTS:])

    def gap_written(self) -> None:
        """Note that the gap is on record now."""
        self.gap_start = self.start

    def first(self, length: int, events: int) -> Span:
        """Return the first bytes, up to `length`, with their events: as many bytes as `events` entries allow."""
        chosen = [event for event in list(self._events)[: events + 1] if event.offset <= self.start + length]
        if len(chosen) > events:
            length = min(length, chosen[-1].offset - self.start)
            chosen.pop()
        return Span(self.start, bytes(self._data[:length]), pack_events(self.start, chosen))

    def span(self) -> Span:
        """Return a copy of everything that waits."""
        return Span(self.start, bytes(self._data), pack_events(self.start, list(self._events)))

    def forget(self, span: Span) -> None:
        """Drop what `first` returned: it is written now."""
        del self._data[: len(span.data)]
        self.start = self.gap_start = span.end
        for _ in range(len(span.events) // EVENT.size):
            self._events.popleft()

    def _lose(self, count: int) -> None:
        """Turn the oldest `count` bytes into a part of the gap."""
        del self._data[:count]
        self.start += count
        last: Event | None = None
        while self._events and self._events[0].offset < self.start:
            event = self._events.popleft()
            if event.columns:
                # A run outlives later sizes: that a new process began matters more than when it was resized.
                run = RUN_BIT & (last.columns if last else 0)
                last = event._replace(offset=self.start, columns=event.columns | run)
        if last is not None:
            self._events.appendleft(last)
