"""The part of the store about analyses: what was found out about commands, their digests, and what was read of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ai_session_tui.store.rows import AnalysisRow, DigestRow, ReadingRow

_BRIEF = (
    "a.session_id, a.number, a.verdict, a.headline, a.raw_bytes, a.raw_tokens, a.plain_tokens, a.digest_tokens, "
    "a.is_estimate, a.failures, a.warnings, a.lines, a.trouble"
)
_DELIVERED = """
    coalesce(r.tokens, 0)
    + CASE WHEN coalesce(a.raw_bytes, 0) = 0 THEN 0 ELSE
        (coalesce(r.raw_bytes, 0) * a.raw_tokens + coalesce(r.text_bytes, 0) * a.plain_tokens + a.raw_bytes / 2)
        / a.raw_bytes END
"""


@dataclass(slots=True)
class Measured:
    """An analysis, and how many tokens of its command's output were delivered so far."""

    analysis: AnalysisRow
    delivered_tokens: int


@dataclass(slots=True)
class Totals:
    """The tokens of all outputs of a session: as written, as plain text, and as far as they were delivered."""

    commands: int = 0
    raw_tokens: int = 0
    plain_tokens: int = 0
    delivered_tokens: int = 0
    is_estimate: bool = False

    def add(self, measured: Measured | None, sign: int = 1) -> None:
        """Count a command in (or out, with -1)."""
        if measured is None or measured.analysis.trouble:
            return
        self.commands += sign
        self.raw_tokens += sign * measured.analysis.raw_tokens
        self.plain_tokens += sign * measured.analysis.plain_tokens
        self.delivered_tokens += sign * measured.delivered_tokens
        self.is_estimate = self.is_estimate or measured.analysis.is_estimate


class AnalysisStore:
    """Reads and writes analyses, on the store's connection."""

    def __init__(self, connection: sqlite3.Connection, guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._connection = connection
        self._guard = guard

    def save(self, row: AnalysisRow, digest: DigestRow | None) -> None:
        """Write what was found out about a command, in one transaction."""
        with self._guard():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(
                    "INSERT OR REPLACE INTO analyses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        row.session_id,
                        row.number,
                        row.verdict,
                        _clean(row.headline),
                        row.raw_bytes,
                        row.raw_tokens,
                        row.plain_tokens,
                        row.digest_tokens,
                        row.is_estimate,
                        row.failures,
                        row.warnings,
                        row.lines,
                        _clean(row.trouble),
                    ),
                )
                if digest is not None:
                    values = (_clean(digest.text), digest.reference, _to_json(digest.parsed), _to_json(digest.outcome))
                    self._connection.execute(
                        "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?)",
                        (digest.session_id, digest.number, *values),
                    )
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def measured(self, session_id: str, number: int | None = None) -> dict[int, Measured]:
        """Return the analyses of a session's commands by their numbers, or of one of them."""
        where = "a.session_id = ?" if number is None else "a.session_id = ? AND a.number = ?"
        values = (session_id,) if number is None else (session_id, number)
        query = (
            f"SELECT {_BRIEF}, {_DELIVERED} FROM analyses a "
            f"LEFT JOIN readings r ON r.session_id = a.session_id AND r.number = a.number WHERE {where}"
        )
        with self._guard():
            rows = self._connection.execute(query, values).fetchall()
        return {row[1]: Measured(_analysis(row[:-1]), int(row[-1])) for row in rows}

    def digest(self, session_id: str, number: int) -> DigestRow | None:
        """Return the digest of a command."""
        query = "SELECT text, reference, parsed, outcome FROM digests WHERE session_id = ? AND number = ?"
        with self._guard():
            row = self._connection.execute(query, (session_id, number)).fetchone()
        if row is None:
            return None
        text, reference, parsed, outcome = row
        return DigestRow(session_id, number, text, reference, json.loads(parsed), json.loads(outcome))

    def last_run(self, session_id: str, number: int, text: str, cwd: str, *, within: int) -> DigestRow | None:
        """Return the digest of the last run of the same command line in the same folder, of the last `within` ones."""
        query = (
            "SELECT c.number FROM commands c JOIN digests d ON d.session_id = c.session_id AND d.number = c.number "
            "WHERE c.session_id = ? AND c.number BETWEEN ? AND ? AND c.text = ? AND c.cwd = ? "
            "ORDER BY c.number DESC LIMIT 1"
        )
        with self._guard():
            values = (session_id, number - within, number - 1, _clean(text), _clean(cwd))
            row = self._connection.execute(query, values).fetchone()
        return None if row is None else self.digest(session_id, row[0])

    def unanalysed(self, limit: int) -> list[tuple[str, int]]:
        """Return the commands that have ended and were not analysed, oldest first, as (session id, number)."""
        query = (
            "SELECT c.session_id, c.number FROM commands c "
            "LEFT JOIN analyses a ON a.session_id = c.session_id AND a.number = c.number "
            "WHERE c.state IN ('ended', 'lost') AND c.start_offset IS NOT NULL AND c.end_offset IS NOT NULL "
            "AND a.number IS NULL ORDER BY coalesce(c.ended, c.started), c.number LIMIT ?"
        )
        with self._guard():
            return [(session_id, number) for session_id, number in self._connection.execute(query, (limit,))]

    def add_reading(self, more: ReadingRow) -> None:
        """Add to what was read of a command's output."""
        with self._guard():
            self._connection.execute(
                "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (session_id, number) DO UPDATE SET "
                "tokens = tokens + excluded.tokens, raw_bytes = raw_bytes + excluded.raw_bytes, "
                "text_bytes = text_bytes + excluded.text_bytes, digests = digests + excluded.digests",
                (more.session_id, more.number, more.tokens, more.raw_bytes, more.text_bytes, more.digests),
            )

    def digests_delivered(self, session_id: str, number: int) -> int:
        """Return how often the digest of a command was delivered."""
        query = "SELECT digests FROM readings WHERE session_id = ? AND number = ?"
        with self._guard():
            row = self._connection.execute(query, (session_id, number)).fetchone()
        return 0 if row is None else int(row[0])

    def totals(self, session_id: str) -> Totals:
        """Return what all analysed commands of a session add up to."""
        query = (
            "SELECT count(*), coalesce(sum(a.raw_tokens), 0), coalesce(sum(a.plain_tokens), 0), "
            f"coalesce(sum({_DELIVERED}), 0), coalesce(max(a.is_estimate), 0) FROM analyses a "
            "LEFT JOIN readings r ON r.session_id = a.session_id AND r.number = a.number "
            "WHERE a.session_id = ? AND a.trouble = ''"
        )
        other = "SELECT coalesce(sum(tokens), 0) FROM readings WHERE session_id = ? AND number = 0"
        with self._guard():
            commands, raw, plain, delivered, estimate = self._connection.execute(query, (session_id,)).fetchone()
            (beside,) = self._connection.execute(other, (session_id,)).fetchone()
        return Totals(commands, raw, plain, int(delivered) + beside, bool(estimate))


def _analysis(values: tuple[object, ...]) -> AnalysisRow:
    row = AnalysisRow(*values)  # type: ignore[arg-type]  # a STRICT table holds what the columns say
    row.is_estimate = bool(row.is_estimate)
    return row


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # lone surrogates have no place in SQLite


def _to_json(value: object) -> str:
    return json.dumps(value)
