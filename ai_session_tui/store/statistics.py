"""Reading the store for `stats`, on a connection of its own, so that a long look never holds the server's loop.

Opened read-only: in WAL mode a reader hinders nobody, and sees one consistent state.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from ai_session_tui.errors import StorageError
from ai_session_tui.store.measurements import HOUR_SECONDS, Sum

_HAD_ENDED = "its program had ended before%"  # such a session had nothing to lose


@dataclass(frozen=True, slots=True)
class TokenSums:
    """The tokens of commands that were analysed."""

    commands: int
    raw: int
    plain: int
    digests: int
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class ContextSums:
    """The messages of sessions with an AI context: plain text of everything, and what the contexts hold instead.

    What was expanded of them counts as held, each time it was.
    """

    messages: int
    plain: int
    held: int
    is_estimate: bool


@contextmanager
def statistics_reader(path: str) -> Iterator[StatisticsReader]:
    """Give a reader of the database at `path`; raise `StorageError` for whatever SQLite says."""
    try:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=5.0, isolation_level=None)
        try:
            connection.execute("BEGIN")
            yield StatisticsReader(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StorageError(f"the database {path} cannot be read: {error}") from error


class StatisticsReader:
    """Sums over the store; `session_id` None means all sessions, `since` None from the beginning."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def measured(self, session_id: str | None, since: float | None) -> dict[str, Sum]:
        """Return what was measured, by kind; `since` is rounded down to the hour."""
        hour = 0 if since is None else int(since // HOUR_SECONDS)
        rows = self._connection.execute(
            "SELECT kind, sum(n), sum(total), min(least), max(most) FROM measurements "
            "WHERE hour >= ? AND (? IS NULL OR session_id = ?) GROUP BY kind",
            (hour, session_id, session_id),
        )
        return {kind: Sum(n, total, least, most) for kind, n, total, least, most in rows}

    def commands(self, session_id: str | None, since: float | None) -> int:
        """Return how many commands have begun."""
        query = (
            "SELECT count(*) FROM commands WHERE started IS NOT NULL AND started >= ? AND (? IS NULL OR session_id = ?)"
        )
        (count,) = self._connection.execute(query, (since or 0.0, session_id, session_id)).fetchone()
        return int(count)

    def tokens(self, session_id: str | None, since: float | None) -> TokenSums:
        """Return the tokens of the outputs that were analysed: as written, and as digests."""
        query = (
            "SELECT count(*), coalesce(sum(a.raw_tokens), 0), coalesce(sum(a.plain_tokens), 0), "
            "coalesce(sum(a.digest_tokens), 0), "
            "coalesce(max(a.is_estimate), 0) FROM analyses a "
            "JOIN commands c ON c.session_id = a.session_id AND c.number = a.number "
            "WHERE a.trouble = '' AND coalesce(c.ended, c.started, 0) >= ? AND (? IS NULL OR a.session_id = ?)"
        )
        values = (since or 0.0, session_id, session_id)
        n, raw, plain, digests, estimate = self._connection.execute(query, values).fetchone()
        return TokenSums(n, raw, plain, digests, bool(estimate))

    def contexts(self, session_id: str | None, since: float | None) -> ContextSums:
        """Return what was said in conversations; what they were compressed to is held, but was not said."""
        query = (
            "SELECT coalesce(sum(kind != 'digest'), 0), "
            "coalesce(sum(CASE WHEN kind = 'digest' OR tokens IS NULL THEN 0 "
            "ELSE coalesce(plain_tokens, tokens) END), 0), "
            "coalesce(sum(CASE WHEN covered_by IS NULL THEN tokens END), 0), coalesce(max(is_estimate), 0) "
            "FROM messages WHERE time >= ? AND (? IS NULL OR session_id = ?)"
        )
        expanded = "SELECT coalesce(sum(tokens), 0) FROM expansions WHERE ? IS NULL OR session_id = ?"
        messages, plain, held, estimate = self._connection.execute(
            query, (since or 0.0, session_id, session_id)
        ).fetchone()
        (again,) = self._connection.execute(expanded, (session_id, session_id)).fetchone()
        return ContextSums(messages, plain, held + again, bool(estimate))

    def recoveries(self, session_id: str | None, since: float | None) -> dict[str, int]:
        """Return what became of sessions when a server started, by outcome."""
        rows = self._connection.execute(
            "SELECT outcome, count(*) FROM ledger WHERE time >= ? AND (? IS NULL OR session_id = ?) "
            "AND outcome IN ('adopted', 'stopped', 'failed') AND why NOT LIKE ? GROUP BY outcome",
            (since or 0.0, session_id, session_id, _HAD_ENDED),
        )
        return dict(rows.fetchall())

    def command_rows(
        self, session_id: str, since: float | None
    ) -> list[tuple[int, str, str, float, float | None, int | None]]:
        """Return a session's commands that have begun: number, pane, text, start, end, exit code."""
        rows = self._connection.execute(
            "SELECT number, pane_id, text, started, "
            "CASE WHEN ended IS NULL AND state != 'running' THEN started ELSE ended END, exit_code FROM commands "
            "WHERE session_id = ? AND started IS NOT NULL "
            "AND (state = 'running' OR coalesce(ended, started) >= ?) ORDER BY number",
            (session_id, since or 0.0),
        )
        return rows.fetchall()

    def panes(self, session_id: str | None) -> list[str]:
        """Return the ids of panes, closed ones too."""
        rows = self._connection.execute(
            "SELECT id FROM panes WHERE ? IS NULL OR session_id = ? ORDER BY id", (session_id, session_id)
        )
        return [ident for (ident,) in rows]
