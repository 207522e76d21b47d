"""The tails of one journal: the one that is written, full ones on their way into blocks, and what a dead writer left.

Invariant: every step leaves files that open right, whatever ends the process: a tail's file is removed only when a
block has its bytes, and a reader tells bytes that both have once.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from ai_session_tui import limits
from ai_session_tui.journal.files import list_files
from ai_session_tui.journal.reader import JournalReader
from ai_session_tui.journal.retiring import Background, Retiring
from ai_session_tui.journal.segments import Segments
from ai_session_tui.journal.spans import Span
from ai_session_tui.journal.tail import Tail, read_tail

_FLOOD_SECONDS = 0.5  # a tail that was full sooner is followed by a larger one
_MOST_AT_ONCE = 4  # tails that are compressed while others wait
_NEVER = -1.0


class Tails:
    """Where a journal's bytes are before they are in blocks. Any OSError is the disk's, and nothing is lost by it."""

    def __init__(
        self, folder: str, limit_bytes: int, clock: Callable[[], float], background: Background | None
    ) -> None:
        """Go on with what is in the folder; there may be no tail to write afterwards."""
        self._folder = folder
        self._clock = clock
        self._leftovers: list[str] = []
        self._size = (0, 0)
        self._began = _NEVER  # when the current one was new
        self.current: Tail | None = None
        found = _salvage(folder)
        self.segments = Segments(folder, limit_bytes, [span for _, span in found])
        self._retiring = Retiring(self.segments, background) if background is not None else None
        for number, (path, span) in enumerate(found):
            self._take_over(path, span, is_last=number + 1 == len(found))
        if not self.all() and self.segments.start is not None:
            self._size = JournalReader(folder).size_at(self.segments.end) or self._size

    @property
    def start(self) -> int:
        """Return the oldest kept offset."""
        oldest = self.segments.start
        if oldest is None:
            tails = self.all()
            oldest = tails[0].start if tails else self.segments.end
        return oldest

    @property
    def end(self) -> int:
        """Return the offset after the newest byte."""
        return self.current.end if self.current is not None else self._next_start

    @property
    def _next_start(self) -> int:
        """The offset at which another tail begins."""
        end = self._retiring.end if self._retiring is not None else None
        return self.segments.end if end is None else end

    def all(self) -> list[Tail]:
        """Return the tails that are not in blocks yet, oldest first."""
        retiring = self._retiring.tails() if self._retiring is not None else []
        return [*retiring, self.current] if self.current is not None else retiring

    def seal(self) -> None:
        """Put everything into blocks, in the background if it is much, and begin a new tail."""
        if self.current is None or self.current.is_empty:
            return
        if self._retiring is not None and len(self._retiring) > _MOST_AT_ONCE:
            self._retire_soon()
        else:
            self.retire()
        self.create()

    def following(self) -> Tail:
        """Retire the tail, if there is one, and begin another; where the disk has no room, by compressing first."""
        capacity = self._next_capacity()
        self._retire_soon()
        try:
            return self.create(capacity)
        except OSError:
            if self._retiring is None or not len(self._retiring):
                raise
            self._retiring.settle()
            return self.create()

    def create(self, capacity: int = limits.TAIL_BYTES) -> Tail:
        """Begin a new tail at the end of the others."""
        self.current = Tail.create(self._folder, self._next_start, *self._size, capacity)
        self._began = self._clock()
        return self.current

    def retire(self) -> None:
        """Turn all of them into blocks and remove them; what the disk refuses stays as it is."""
        if self._retiring is not None:
            self._retiring.settle()
        tail = self.current
        if tail is None:
            return
        if not tail.is_empty:
            span = tail.span()
            self.segments.append(span)
            self._size = span.size_at(span.end) or self._size
        self._leftovers.append(tail.path)
        self.current = None
        self._remove_leftovers()

    def close(self, end: int) -> None:
        """Forget the current tail, whose file stays if it is not in a block; the journal has ended at `end`."""
        self.segments.end = end
        self.current = None
        self._remove_leftovers()

    def _retire_soon(self) -> None:
        """Let the tail, if there is one, become a block and be removed."""
        tail = self.current
        if self._retiring is None or tail is None or tail.is_empty:
            self.retire()
            return
        self._retiring.add(tail)
        self._size = tail.span().size_at(tail.end) or self._size
        self.current = None

    def _next_capacity(self) -> int:
        """Return how much the next tail should hold: more in a flood, if it is retired beside the loop."""
        is_flood = self.current is not None and 0 <= self._clock() - self._began < _FLOOD_SECONDS
        return limits.FLOOD_TAIL_BYTES if is_flood and self._retiring is not None else limits.TAIL_BYTES

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

    def _take_over(self, path: str, span: Span, *, is_last: bool) -> None:
        """Go on with a dead writer's tail, or put into a block what the blocks lack of it."""
        end = self.segments.end
        if span.start >= end and is_last:
            self.current = Tail.adopt(path, span)
            if self.current is not None:
                self.segments.end = span.start
                return
        rest = span.after(end)
        if rest.data:
            self.segments.append(rest)
        os.unlink(path)


def _salvage(folder: str) -> list[tuple[str, Span]]:
    """Return the tails in `folder` with all that can be got out of them; files that hold nothing are removed."""
    found = []
    for start, path in list_files(folder).tails:
        span = read_tail(path, start, salvage=True)
        if span is None:
            os.unlink(path)
        else:
            found.append((path, span))
    return found
