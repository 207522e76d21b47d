"""The segment files of a journal, as their one writer sees them: append, prune, repair.

Invariant: the file ends where the last whole block ends, also after a failed write; `end` never falls.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from ai_session_tui import limits
from ai_session_tui.journal.blocks import Entry, encode_block, encode_gap, read_block, scan
from ai_session_tui.journal.files import OPEN_FLAGS, list_files, segment_path, write_at
from ai_session_tui.journal.spans import Span


class Segments:
    """Appends blocks to a folder's newest segment and removes the oldest segments beyond `limit_bytes`."""

    def __init__(self, folder: str, limit_bytes: int, tails: Sequence[Span] = ()) -> None:
        """Open and repair; `tails` are what the folder's tails hold, so that their torn blocks can go."""
        self.folder = folder
        self.end = 0
        self._limit = limit_bytes
        self._roll = min(limits.SEGMENT_BYTES, max(limit_bytes // 4, 1))
        self._files: list[tuple[int, str]] = list_files(folder).segments
        self._sizes = [os.stat(path).st_size for _, path in self._files]
        self._repair(tails)

    @property
    def start(self) -> int | None:
        """Return the oldest kept offset, or None when there is no segment."""
        return self._files[0][0] if self._files else None

    @property
    def newest(self) -> str | None:
        """Return the path of the segment that is being written."""
        return self._files[-1][1] if self._files else None

    def append(self, span: Span) -> None:
        """Write `span` as a block; raise OSError when that fails, and then nothing has changed."""
        self.append_block(encode_block(span), span.start, span.end)

    def append_gap(self, start: int, length: int) -> None:
        """Record that `length` bytes from `start` on were lost; raise OSError as `append` does."""
        self.append_block(encode_gap(start, length), start, start + length)

    def append_block(self, block: bytes, start: int, end: int) -> None:
        """Write an encoded block of the bytes [start, end); raise OSError as `append` does."""
        if not self._files or (self._sizes[-1] >= self._roll and start > self._files[-1][0]):
            path, size = segment_path(self.folder, start), 0
        else:
            path, size = self._files[-1][1], self._sizes[-1]
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | OPEN_FLAGS, 0o600)
        try:
            if os.fstat(descriptor).st_size > size:
                os.ftruncate(descriptor, size)  # what a failed write left when it could not even truncate
            write_at(descriptor, block, size)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
                if not size:
                    os.unlink(path)
            raise
        finally:
            os.close(descriptor)
        if not size:
            self._files.append((start, path))
            self._sizes.append(0)
        self._sizes[-1] = size + len(block)
        self.end = max(self.end, end)
        self.prune()

    def prune(self) -> None:
        """Remove the oldest segments beyond the limit."""
        while len(self._files) > 1 and sum(self._sizes) > self._limit:
            try:
                os.unlink(self._files[0][1])
            except FileNotFoundError:
                pass
            except OSError:
                return  # read-only by now: the next append tries again
            del self._files[0], self._sizes[0]

    def _repair(self, tails: Sequence[Span]) -> None:
        """Cut what follows the last whole block; a segment without any goes, but its name still counts."""
        while self._files:
            start, path = self._files[-1]
            self.end = max(self.end, start)
            entries = _whole_blocks(path, start, tails)
            size = entries[-1].next_position if entries else 0
            if size != self._sizes[-1]:
                os.truncate(path, size)
                self._sizes[-1] = size
            if entries:
                self.end = max(self.end, entries[-1].end)
                return
            os.unlink(path)
            del self._files[-1], self._sizes[-1]


def prune_folder(folder: str, limit_bytes: int) -> None:
    """Do the same to a journal that nobody writes; raises OSError."""
    files = list_files(folder).segments
    sizes = [os.stat(path).st_size for _, path in files]
    while len(files) > 1 and sum(sizes) > limit_bytes:
        os.unlink(files[0][1])
        del files[0], sizes[0]


def _whole_blocks(path: str, start: int, tails: Sequence[Span]) -> list[Entry]:
    """Return a segment's blocks without a last one that is damaged while its bytes are still in a tail.

    That is what a power failure leaves: the file's length reached the disk, its bytes did not.
    """
    descriptor = os.open(path, os.O_RDONLY | OPEN_FLAGS)
    try:
        entries = list(scan(descriptor, 0, start))
        while entries:
            last = entries[-1]
            covered = any(tail.start <= last.start and last.end <= tail.end for tail in tails)
            if not covered or read_block(descriptor, last) is not None:
                break
            entries.pop()
    finally:
        os.close(descriptor)
    return entries
