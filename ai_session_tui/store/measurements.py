"""The part of the store about measurements: how often, how much, least and most, for each kind, session and hour.

What is old becomes coarser (days instead of hours) and goes at last, so that the table stays small for ever.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

HOUR_SECONDS = 3600
_FINE_HOURS = 7 * 24  # kept hour by hour
_KEPT_HOURS = 400 * 24  # kept at all

_ADD = (
    "INSERT INTO measurements VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, session_id, hour) DO UPDATE SET "
    "n = n + excluded.n, total = total + excluded.total, "
    "least = min(least, excluded.least), most = max(most, excluded.most)"
)


@dataclass(slots=True)
class Sum:
    """Values of one kind, added up."""

    n: int = 0
    total: float = 0.0
    least: float = 0.0
    most: float = 0.0

    def add(self, value: float) -> None:
        """Take one more value in."""
        self.least = value if not self.n else min(self.least, value)
        self.most = value if not self.n else max(self.most, value)
        self.n += 1
        self.total += value


Key = tuple[str, str, int]  # kind, session id ("" for none), hour since the epoch


class MeasurementStore:
    """Writes measurements, on the store's connection."""

    def __init__(self, connection: sqlite3.Connection, guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._connection = connection
        self._guard = guard

    def add(self, sums: Iterable[tuple[Key, Sum]]) -> None:
        """Add to what is known, in one transaction."""
        rows = [(kind, session, hour, s.n, s.total, s.least, s.most) for (kind, session, hour), s in sums]
        with self._guard():
            self._transact(lambda: self._connection.executemany(_ADD, rows))

    def condense(self, now: float | None = None) -> None:
        """Make what is old coarser, and forget what is very old."""
        hour = int((time.time() if now is None else now) // HOUR_SECONDS)
        day = "hour - hour % 24"
        old = "hour < ? AND hour % 24 != 0"
        with self._guard():
            self._transact(lambda: self._condense(hour, day, old))

    def _condense(self, hour: int, day: str, old: str) -> None:
        execute = self._connection.execute
        rows = execute(
            f"SELECT kind, session_id, {day}, sum(n), sum(total), min(least), max(most) FROM measurements "
            f"WHERE {old} GROUP BY kind, session_id, {day}",
            (hour - _FINE_HOURS,),
        ).fetchall()
        execute(f"DELETE FROM measurements WHERE {old}", (hour - _FINE_HOURS,))
        self._connection.executemany(_ADD, rows)
        execute("DELETE FROM measurements WHERE hour < ?", (hour - _KEPT_HOURS,))

    def forget_session(self, session_id: str) -> None:
        """Keep what was measured in a session that is removed, but no longer by its name."""
        with self._guard():
            self._transact(lambda: self._forget(session_id))

    def _forget(self, session_id: str) -> None:
        execute = self._connection.execute
        rows = execute(
            "SELECT kind, '', hour, n, total, least, most FROM measurements WHERE session_id = ?", (session_id,)
        ).fetchall()
        execute("DELETE FROM measurements WHERE session_id = ?", (session_id,))
        self._connection.executemany(_ADD, rows)

    def _transact(self, work: Callable[[], object]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            work()
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
