"""The tokens of an output as it was written: escape sequences, every state of a progress bar, no terminal's newlines.

Invariant: counted only where it differs from the plain text, and then beside the digest, on a thread: the counter lets
go of the GIL.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from ai_session_tui.digest.plain_tokens import PlainTokens
from ai_session_tui.shells import NewlineRestorer
from ai_session_tui.tokens import TokenCount, Tokenizer

from .outputs import Output

# Whatever the plain text would not have: controls, a carriage return alone, blanks at the end of a line.
_MORE_THAN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|\Z)| \r?\n")
_LONGEST_LINE = 1024 * 1024  # characters; a longer one is counted in pieces


class RawTokens:
    """Passes the pieces of an output on, and counts the whole as soon as one is more than text."""

    def __init__(self, output: Output, counter: Tokenizer) -> None:
        self._output = output
        self._counter = counter
        self._pool: ThreadPoolExecutor | None = None
        self._counting: Future[TokenCount] | None = None

    def __enter__(self) -> RawTokens:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces."""
        is_open = False  # the last piece ended with a carriage return
        for piece in pieces:
            is_more = _MORE_THAN_TEXT.search(piece) or (is_open and not piece.startswith(b"\n"))
            is_open = piece.endswith(b"\r")
            if self._counting is None and is_more:
                self._pool = ThreadPoolExecutor(1, "raw tokens")
                self._counting = self._pool.submit(count_raw, self._output.copy(), self._counter)
            yield piece

    def total(self, plain: TokenCount) -> TokenCount:
        """Return the tokens as written: those of the plain text where that is all there is."""
        return plain if self._counting is None else self._counting.result()


def count_raw(output: Output, counter: Tokenizer) -> TokenCount:
    """Return the tokens of an output as it was written."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    newlines = NewlineRestorer()
    rest = ""
    with PlainTokens(counter) as counted:
        for piece in output.pieces():
            text = rest + decode(newlines.feed(piece))
            cut = text.rfind("\n")
            if cut >= 0:
                counted.take([text[:cut]])
            rest = text[cut + 1 :]
            if len(rest) > _LONGEST_LINE:
                counted.take([rest])
                rest = ""
        total = counted.total()
    return total + counter.count(rest + decode(newlines.flush(), True))
