"""What the analysed commands of each session add up to, and what was read of their outputs.

Invariant: the totals that are kept in memory are those that the store would add up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ai_session_tui.analyst.messages import Count, Counted
from ai_session_tui.errors import AiSessionError, StorageError
from ai_session_tui.server.analysts import Analysts
from ai_session_tui.store import Measured, ReadingRow, Store, Totals

logger = logging.getLogger(__name__)

_COUNTING = 100  # texts that wait for their tokens to be counted; they are in memory


class Accounts:
    """Accounts for what was found out and read; `seconds` says how long the analyst may take for so many bytes."""

    def __init__(self, store: Store, analysts: Analysts, seconds: Callable[[int], float]) -> None:
        self._store = store
        self._analysts = analysts
        self._seconds = seconds
        self._counting: set[asyncio.Task[None]] = set()
        self._totals: dict[str, Totals] = {}

    async def close(self) -> None:
        """Stop counting."""
        for task in self._counting:
            task.cancel()
        await asyncio.gather(*self._counting, return_exceptions=True)

    def measured(self, session_id: str, number: int) -> Measured | None:
        """Return the analysis of a command, with what was delivered of it; None where there is none."""
        found = self._store.analyses.measured(session_id, number).get(number)
        return None if found is None or found.analysis.trouble else found

    def all_measured(self, session_id: str) -> dict[int, Measured]:
        """Return the same for all commands of a session, by their numbers."""
        found = self._store.analyses.measured(session_id)
        return {number: measured for number, measured in found.items() if not measured.analysis.trouble}

    def totals(self, session_id: str) -> Totals:
        """Return what the analysed commands of a session add up to."""
        if session_id not in self._totals:
            self._totals[session_id] = self._store.analyses.totals(session_id)
        return self._totals[session_id]

    def forget(self, session_id: str) -> None:
        """A session's records are gone, or about to go."""
        self._totals.pop(session_id, None)

    def charge(self, reading: ReadingRow) -> None:
        """Add to what was read of a command's output."""
        totals = self._totals.get(reading.session_id)
        try:
            with self.recounted(reading.session_id, reading.number):
                self._store.analyses.add_reading(reading)
        except StorageError as error:
            logger.warning("not accounted for: %s", error.message)
            return
        if totals is not None and not reading.number:
            totals.delivered_tokens += reading.tokens

    @contextmanager
    def recounted(self, session_id: str, number: int) -> Iterator[None]:
        """Keep the totals of a session right over a change of one command: adding all up again takes its time."""
        totals = self._totals.get(session_id)
        if totals is None:
            yield
            return
        before = self.measured(session_id, number)
        yield
        totals.add(before, -1)
        totals.add(self.measured(session_id, number))

    def charge_text(self, session_id: str, number: int, text: str) -> None:
        """Add a text that was read; its tokens are counted when the analyst has the time."""
        if not text or len(self._counting) >= _COUNTING:
            return
        task = asyncio.ensure_future(self._count(session_id, number, text))
        self._counting.add(task)
        task.add_done_callback(self._counting.discard)

    async def _count(self, session_id: str, number: int, text: str) -> None:
        try:
            answer = await self._analysts.run(Count(text), self._seconds(len(text)), urgent=False)
        except AiSessionError as error:
            logger.warning("not accounted for: %s", error.message)
            return
        if isinstance(answer, Counted):
            self.charge(ReadingRow(session_id, number, tokens=answer.tokens))


def to_wire(measured: Measured | None) -> dict[str, object] | None:
    """Return the protocol's analysis of a command."""
    if measured is None:
        return None
    row = measured.analysis
    return {
        "verdict": row.verdict,
        "headline": row.headline,
        "lines": row.lines,
        "raw_tokens": row.raw_tokens,
        "plain_tokens": row.plain_tokens,
        "digest_tokens": row.digest_tokens,
        "delivered_tokens": measured.delivered_tokens,
        "failures": row.failures,
        "warnings": row.warnings,
        "is_estimate": row.is_estimate,
    }
