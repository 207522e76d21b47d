"""Reading a journal: random access by offset, beside its writer, in the same process or in another one.

Invariant: the newest bytes are looked at before the blocks. A tail is removed only after its block is
complete, so a reader that looks in this order never misses bytes between the two.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ai_session_tui.errors import NotFoundError
from ai_session_tui.journal.blocks import Entry, Kind, read_block, scan
from ai_session_tui.journal.files import OPEN_FLAGS, list_files, storage_error
from ai_session_tui.journal.pieces import Gap, GapReason, Piece, PrunedError
from ai_session_tui.journal.spans import NO_END, Span
from ai_session_tui.journal.tail import read_tail

KEPT_BLOCKS = 2  # decompressed, for reads that go on where the last one ended
KEPT_INDEXES = 8  # of segments; one holds some hundred blocks
TAIL_ATTEMPTS = 100  # a tail may be sealed between being listed and being opened


@dataclass(frozen=True, slots=True)
class Void:
    """A range that cannot be read."""

    start: int
    end: int
    why: GapReason


@dataclass(frozen=True, slots=True)
class Stored:
    """A block in a segment file."""

    path: str
    entry: Entry

    @property
    def start(self) -> int:
        """Return the offset of the first byte."""
        return self.entry.start

    @property
    def end(self) -> int:
        """Return the offset after the last byte."""
        return self.entry.end


Source = Span | Void | Stored
LiveSources = Callable[[], "Sequence[Span | Void] | None"]


class _Index:
    """The blocks of one segment file, found so far."""

    def __init__(self, path: str, start: int) -> None:
        self.path = path
        self.start = start
        self.entries: list[Entry] = []
        self.is_complete = False

    def refresh(self, *, is_newest: bool) -> None:
        """Look for blocks that were appended since; only the newest segment grows."""
        if self.is_complete:
            return
        last = self.entries[-1] if self.entries else None
        descriptor = os.open(self.path, os.O_RDONLY | OPEN_FLAGS)
        try:
            position, at = (last.next_position, last.end) if last else (0, self.start)
            self.entries.extend(scan(descriptor, position, at))
        finally:
            os.close(descriptor)
        self.is_complete = not is_newest


class JournalReader:
    """Reads the journal in `folder`; offsets are those of the pane's output since its beginning.

    A reader of its own sees what a writer in any process has committed. One from `JournalWriter.reader` also
    sees what waits in memory while the disk is full, and belongs to the writer's thread.
    """

    def __init__(self, folder: str, live: LiveSources | None = None) -> None:
        """Raise `NotFoundError` when there is no such folder."""
        if not os.path.isdir(folder):
            raise NotFoundError(f"there is no journal {folder}")
        self._folder = folder
        self._live = live
        self._indexes: OrderedDict[str, _Index] = OrderedDict()
        self._blocks: OrderedDict[tuple[str, int], Span] = OrderedDict()

    def bounds(self) -> tuple[int, int]:
        """Return the oldest kept offset and the offset after the newest byte."""
        newest = self._newest()
        segments = self._segments()
        if not segments:
            return (newest[0].start, newest[-1].end) if newest else (0, 0)
        if newest:
            return segments[0][0], newest[-1].end
        start, path = segments[-1]
        try:
            entries = self._index(path, start, is_newest=True).entries
        except FileNotFoundError:
            return self.bounds()  # pruned meanwhile, so there are newer ones
        return segments[0][0], entries[-1].end if entries else start

    def read(self, start: int, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes of [start, end), or to the journal's end, in chunks of at most 256 KiB.

        Gaps are skipped in silence; who must know of them uses `pieces`. Raises `PrunedError` for an offset
        that is no longer kept.
        """
        stop = NO_END if end is None else end
        return self._chunks(self._sources(start, stop), start, stop)

    def pieces(self, start: int, end: int | None = None) -> Iterator[Piece]:
        """Return data, gaps and events of [start, end) in order; without `end` also events at the very end.

        Raises `PrunedError` for an offset that is no longer kept.
        """
        stop = NO_END if end is None else end
        return self._pieces(self._sources(start, stop), start, stop)

    def time_at(self, offset: int) -> float | None:
        """Return when the byte at `offset` was read (seconds since the epoch), None when nobody knows."""
        known: float | None = None
        for source in map(self._load, self._sources(offset, offset + 1)):
            if isinstance(source, Span) and source.start <= offset <= source.end:
                known = source.stamp_at(offset) or known
        return known

    def size_at(self, offset: int) -> tuple[int, int] | None:
        """Return the terminal's (columns, rows) when the byte at `offset` was printed, None when unknown."""
        known: tuple[int, int] | None = None
        for source in map(self._load, self._sources(offset, offset + 1)):
            if isinstance(source, Span) and source.start <= offset <= source.end:
                known = source.size_at(offset) or known
        return known

    def _chunks(self, sources: Iterator[Source], start: int, end: int) -> Iterator[bytes]:
        for source in map(self._load, sources):
            if isinstance(source, Span) and (chunk := source.slice(start, end)):
                yield chunk

    def _pieces(self, sources: Iterator[Source], start: int, end: int) -> Iterator[Piece]:
        for source in map(self._load, sources):
            low, high = max(start, source.start), min(end, source.end)
            if isinstance(source, Span):
                yield from source.pieces(low, high, end)
            elif low < high:
                yield Gap(low, high - low, source.why)

    def _sources(self, start: int, end: int) -> Iterator[Source]:
        """Return what covers [start, end), or raise `PrunedError`."""
        newest = self._newest()
        if newest and newest[0].start < start:
            return _contiguous(iter(newest), start, end)
        segments = self._segments()
        oldest = segments[0][0] if segments else newest[0].start if newest else 0
        if start < oldest:
            raise PrunedError(start, oldest)
        return _contiguous(self._stored_then(segments, newest, start), start, end)

    def _stored_then(self, segments: list[tuple[int, str]], newest: Sequence[Source], start: int) -> Iterator[Source]:
        """Yield the blocks that end at `start` or later, then `newest`.

        A block whose bytes are still in the tail may be torn by a power failure; the tail is not.
        """
        first = max(bisect_left(segments, (start, "")) - 1, 0)
        for number in range(first, len(segments)):
            begin, path = segments[number]
            is_newest = number + 1 == len(segments)
            bound = NO_END if is_newest else segments[number + 1][0]
            try:
                entries = self._index(path, begin, is_newest=is_newest).entries
            except FileNotFoundError:
                raise PrunedError(start, self.bounds()[0]) from None
            for entry in entries[bisect_left(entries, start, key=lambda entry: entry.end) :]:
                tail = next((tail for tail in newest if tail.start <= entry.start < entry.end <= tail.end), None)
                if tail is not None:
                    yield tail  # in its place: more blocks may have followed since the tail was looked at
                elif entry.end <= bound:
                    yield Stored(path, entry)
        yield from newest

    def _newest(self) -> Sequence[Span | Void]:
        """Return what is not in blocks yet, from the writer in this process or from the tails' files."""
        if self._live is not None and (sources := self._live()) is not None:
            return sources
        for _ in range(TAIL_ATTEMPTS):
            try:
                tails = [read_tail(path, start) for start, path in list_files(self._folder).tails]
            except FileNotFoundError:
                continue
            except OSError as error:
                raise storage_error(self._folder, error) from error
            return [span for span in tails if span is not None]
        return []

    def _segments(self) -> list[tuple[int, str]]:
        try:
            return list_files(self._folder).segments
        except OSError as error:
            raise storage_error(self._folder, error) from error

    def _index(self, path: str, start: int, *, is_newest: bool) -> _Index:
        """Return a segment's index; raise FileNotFoundError when the segment has been pruned."""
        index = self._indexes.setdefault(path, _Index(path, start))
        self._indexes.move_to_end(path)
        if len(self._indexes) > KEPT_INDEXES:
            self._indexes.popitem(last=False)
        try:
            index.refresh(is_newest=is_newest)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise storage_error(self._folder, error) from error
        return index

    def _load(self, source: Source) -> Span | Void:
        """Return the bytes of a source, or what is to be said instead."""
        if not isinstance(source, Stored):
            return source
        entry = source.entry
        if entry.kind == Kind.GAP:
            return Void(entry.start, entry.end, GapReason.UNWRITTEN)
        key = (source.path, entry.position)
        span = self._blocks.get(key)
        if span is None:
            span = self._decompress(source)
            if span is None:
                return Void(entry.start, entry.end, GapReason.DAMAGED)
            self._blocks[key] = span
            if len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(key)
        return span

    def _decompress(self, source: Stored) -> Span | None:
        try:
            descriptor = os.open(source.path, os.O_RDONLY | OPEN_FLAGS)
        except FileNotFoundError:
            raise PrunedError(source.start, self.bounds()[0]) from None
        except OSError as error:
            raise storage_error(self._folder, error) from error
        try:
            return read_block(descriptor, source.entry)
        except OSError:
            return None  # an input error of the disk is damage like any other
        finally:
            os.close(descriptor)


def _contiguous(sources: Iterator[Source], start: int, end: int) -> Iterator[Source]:
    """Yield the sources of [start, end) with a void wherever nothing covers it.

    A source that ends at `start` belongs to it: events may stand at its very end.
    """
    at, covered = start, -1
    for source in sources:
        if source.end < start or source.start < covered:
            continue  # before the range, or a tail that has become a block since
        if source.start > at:
            yield Void(at, min(source.start, end), GapReason.DAMAGED)
        if source.start >= end:
            return
        yield source
        at = covered = max(at, source.end)
        if at >= end:
            return
