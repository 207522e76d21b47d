"""Lines that left the screen at its top, oldest first, at most so many.

Invariant: a line keeps its number for ever: number = lines dropped so far + position. A part of the history may be
the bytes of a flood (`Raw`): they become lines when somebody looks, and most often nobody does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .cells import Line
from .packing import Packed

SEGMENT_LINES = 256


@dataclass(slots=True)
class Raw:
    """Complete lines of plain text and SGR as they came, the ink they start with, and how many rows they take."""

    data: bytes
    ink: str
    columns: int
    rows: int
    parsed: list[Line] | None = field(default=None, repr=False)


Segment = list[Line] | Packed | Raw
Parse = Callable[[Raw], list[Line]]


class History:
    """The scrollback of one screen."""

    __slots__ = ("_head", "_length", "_looked_at", "_parse", "_segments", "dropped", "ignored", "limit")

    def __init__(self, limit: int, parse: Parse) -> None:
        self.limit = limit
        self.dropped = 0
        self.ignored = 0  # lines that are not taken when they come
        self._parse = parse
        self._segments: deque[Segment] = deque()
        self._looked_at: tuple[Packed, list[Line]] | None = None  # the last that was unpacked
        self._length = 0
        self._head = 0  # lines of the first segment that are dropped already

    def __len__(self) -> int:
        return self._length

    def push(self, line: Line) -> None:
        """Take the line that left the screen."""
        if self.ignored:
            self.ignored -= 1
            return
        segments = self._segments
        last = segments[-1] if segments else None
        if isinstance(last, list) and len(last) < SEGMENT_LINES:
            last.append(line.packed())
        else:
            if isinstance(last, list):
                segments[-1] = Packed(last)
            segments.append([line.packed()])
        self._length += 1
        if self._length > self.limit:
            self._trim()

    def push_raw(self, raw: Raw) -> None:
        """Take lines as bytes."""
        self._segments.append(raw)
        self._length += raw.rows
        if self._length > self.limit:
            self._trim()

    def _trim(self) -> None:
        excess = self._length - self.limit
        self._length -= excess
        self.dropped += excess
        self._head += excess
        while self._segments and self._head >= (size := self._size(self._segments[0])):
            self._segments.popleft()
            self._head -= size

    @staticmethod
    def _size(segment: Segment) -> int:
        return segment.rows if isinstance(segment, Raw) else len(segment)

    def _lines(self, segment: Segment) -> list[Line]:
        if isinstance(segment, list):
            return segment
        if isinstance(segment, Packed):
            if self._looked_at is None or self._looked_at[0] is not segment:
                self._looked_at = segment, segment.lines()
            return self._looked_at[1]
        if segment.parsed is None:
            segment.parsed = self._parse(segment)
            segment.data = b""
        return segment.parsed

    def line(self, position: int) -> Line:
        """Return the line at a position, 0 the oldest; raises IndexError."""
        if not 0 <= position < self._length:
            raise IndexError(position)
        position += self._head
        for segment in self._segments:
            size = self._size(segment)
            if position < size:
                return self._lines(segment)[position]
            position -= size
        raise IndexError(position)

    def lines(self, start: int = 0, stop: int | None = None) -> Iterator[Line]:
        """Iterate over the lines [start, stop), oldest first."""
        stop = self._length if stop is None else min(stop, self._length)
        first, last = max(start, 0) + self._head, stop + self._head
        position = 0
        for segment in self._segments:
            size = self._size(segment)
            if position + size > first and position < last:
                yield from self._lines(segment)[max(first - position, 0) : last - position]
            position += size

    def pop(self) -> Line:
        """Give the newest line back; raises IndexError."""
        if not self._length:
            raise IndexError("the history is empty")
        last = self._segments[-1]
        if not isinstance(last, list):
            last = self._segments[-1] = list(self._lines(last))
            self._looked_at = None
        line = last.pop()
        self._length -= 1
        if not last or not self._length:
            self._segments.pop()
        if not self._segments:
            self._head = 0
        return line

    def parts(self, keep: Callable[[Raw], Raw | None]) -> Iterator[list[Line] | Raw]:
        """Iterate over all lines in runs, oldest first; between them, those raw parts for which `keep` has another.

        A raw part begins and ends with a line of its own, so no wrapped line crosses its borders."""
        run: list[Line] = []
        skipped = self._head
        for segment in self._segments:
            raw = keep(segment) if isinstance(segment, Raw) and segment.parsed is None and not skipped else None
            if raw is None:
                run.extend(self._lines(segment)[skipped:])
            else:
                yield run
                yield raw
                run = []
            skipped = 0
        yield run

    def replace(self, parts: list[list[Line] | Raw]) -> None:
        """Put other lines in place of all (reflow); the newest stay, and line numbers go on from `dropped`."""
        self._forget()
        for part in parts:
            if isinstance(part, Raw):
                self._segments.append(part)
                self._length += part.rows
            else:
                pieces = [part[start : start + SEGMENT_LINES] for start in range(0, len(part), SEGMENT_LINES)]
                self._segments.extend([*map(Packed, pieces[:-1]), *pieces[-1:]])
                self._length += len(part)
        if self._length > self.limit:
            self._trim()

    def clear(self) -> None:
        """Forget all lines (ED 3)."""
        self.dropped += self._length
        self._forget()

    def _forget(self) -> None:
        self._segments.clear()
        self._looked_at = None
        self._length = self._head = 0

    def halve(self) -> None:
        """Drop the older half."""
        limit, self.limit = self.limit, self._length // 2
        self._trim()
        self.limit = limit

    def parsed(self) -> Iterator[Line | Packed]:
        """Iterate over what has inks: lines, one by one or packed, dropped ones included; for collecting styles."""
        self._looked_at = None
        for segment in self._segments:
            if isinstance(segment, Packed):
                yield segment
            else:
                yield from (segment.parsed or ()) if isinstance(segment, Raw) else segment

    def raws(self) -> Iterator[Raw]:
        """Iterate over the parts that are still bytes."""
        return (segment for segment in self._segments if isinstance(segment, Raw))
