"""The tokens of a text that comes in batches, counted on a thread beside the reading: the counter lets go of the GIL.

Invariant: of a very large text only a part is counted, and then the figure is an estimate and says so.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from ai_session_tui import limits
from ai_session_tui.tokens import TokenCount, Tokenizer

_SHARE = 10  # of the batches of a very large text, one of so many is counted
_WAITING = 64  # batches that may wait to be counted: whoever reads them keeps most of their lines anyway
_WORTH_A_THREAD = 32 * 1024  # characters


class PlainTokens:
    """Counts in the background; a context manager, so that no thread outlives its use."""

    def __init__(self, counter: Tokenizer) -> None:
        self._counter = counter
        self._signs = self._batches = self._counted_signs = 0
        self._counted = TokenCount(0)
        self._pool: ThreadPoolExecutor | None = None
        self._running: deque[tuple[Future[TokenCount], str]] = deque()

    def __enter__(self) -> PlainTokens:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def take(self, lines: list[str]) -> None:
        """Take the next lines."""
        if not lines:
            return
        text = "\n".join(lines) + "\n"
        self._signs += len(text)
        self._batches += 1
        if self._signs > limits.COUNTED_SIGNS and self._batches % _SHARE:
            return
        self._counted_signs += len(text)
        if len(text) < _WORTH_A_THREAD:
            self._counted += self._counter.count(text)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "tokens")
        self._running.append((self._pool.submit(self._counter.count_beside, text), text))
        if len(self._running) > _WAITING:
            self._counted += self._running.popleft()[0].result()

    def total(self) -> TokenCount:
        """Return the tokens of all that was taken: what the thread has not begun with is counted here."""
        while self._running:
            counting, text = self._running.pop()
            self._counted += self._counter.count(text) if counting.cancel() else counting.result()
        if self._counted_signs == self._signs:
            return self._counted
        return TokenCount(round(self._counted.tokens * self._signs / self._counted_signs), exact=False)
