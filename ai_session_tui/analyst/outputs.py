"""The output of a command as it lies in the journal, read by the analyst itself: no byte of it passes the server.

Invariant: digest, recall and search number the lines of the same text, because all of them read it here.
"""

from __future__ import annotations

from collections.abc import Iterator

from ai_session_tui.journal import JournalReader, PrunedError
from ai_session_tui.text import TextReader

from .messages import Source


class Output:
    """One range of a journal; of one whose beginning was pruned, the rest."""

    def __init__(self, source: Source) -> None:
        """Raise `NotFoundError` where there is no journal."""
        self._source = source
        self._reader = JournalReader(source.folder)
        kept = self._reader.bounds()[0]
        self.lost = max(0, min(kept, source.end) - source.start)
        self._start = source.start + self.lost
        self._end = source.end
        size = self._reader.size_at(self._start) if self._start < self._end else None
        self.columns, self.rows = size or (source.columns, source.rows)

    def copy(self) -> Output:
        """Return the same output for another thread."""
        return Output(self._source)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._end - self._start

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes."""
        if self._start >= self._end:
            return
        try:
            yield from self._reader.read(self._start, self._end)
        except PrunedError:  # while it was being read: what follows is all there is
            return

    def part(self, start: int, end: int) -> bytes:
        """Return some of the bytes, counted from the first that is kept."""
        start, end = self._start + max(0, start), min(self._start + max(0, end), self._end)
        try:
            return b"".join(self._reader.read(start, end)) if start < end else b""
        except PrunedError:
            return b""

    def lines(self) -> Iterator[list[str]]:
        """Yield the lines of its text, batch by batch."""
        text = TextReader(self.columns, self.rows)
        for piece in self.pieces():
            yield text.feed(piece)
        yield text.finish()
