"""The part of the store about conversations: messages, decisions, who looked when, and what was expanded.

Invariant: no message is ever deleted but with its session. Compression only writes a digest and notes, in the same
transaction, which messages it covers.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields

from ai_session_tui.store.rows import DecisionRow, MessageRow

_COLUMNS = tuple(field.name for field in fields(MessageRow))
_HOLES = ", ".join("?" for _ in _COLUMNS)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM messages"
_JSON = _COLUMNS.index("facts")
_BOOLEANS = (_COLUMNS.index("is_estimate"), _COLUMNS.index("pinned"))


@dataclass(slots=True)
class Standing:
    """How a conversation stands, in numbers: what was said in all, as plain text, and how often it was compressed."""

    messages: int = 0
    baseline_tokens: int = 0
    compressions: int = 0
    last_id: int = 0
    expanded_tokens: int = 0
    is_estimate: bool = False


@dataclass(slots=True, frozen=True)
class OutcomeRow:
    """How the last run of a command line went, as far as the conversation tells."""

    command: int
    text: str
    cwd: str
    verdict: str
    brief: str
    time: float
    exit_code: int | None


class ConversationStore:
    """Reads and writes conversations, on the store's connection."""

    def __init__(self, connection: sqlite3.Connection, guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._connection = connection
        self._guard = guard

    # messages

    def add(self, row: MessageRow, decision: DecisionRow | None = None) -> bool:
        """Write a new message; return False when that entry of a command is there already."""
        with self._guard(), self._transaction():
            query = f"INSERT OR IGNORE INTO messages ({', '.join(_COLUMNS)}) VALUES ({_HOLES})"
            is_new = self._connection.execute(query, _values(row)).rowcount == 1
            if decision is not None:
                self._connection.execute(
                    "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        decision.session_id,
                        decision.message,
                        _clean(decision.text),
                        _clean(decision.why),
                        _to_json(list(decision.alternatives)),
                        _clean(decision.outcome),
                    ),
                )
        return is_new

    def save(self, rows: Sequence[MessageRow]) -> None:
        """Write what has become of messages: counted, pinned, a live one again."""
        query = f"INSERT OR REPLACE INTO messages ({', '.join(_COLUMNS)}) VALUES ({_HOLES})"
        with self._guard(), self._transaction():
            self._connection.executemany(query, [_values(row) for row in rows])

    def compress(self, digest: MessageRow, covered: Sequence[int]) -> None:
        """Write a digest in the place of messages, which stay."""
        with self._guard(), self._transaction():
            query = f"INSERT INTO messages ({', '.join(_COLUMNS)}) VALUES ({_HOLES})"
            self._connection.execute(query, _values(digest))
            self._connection.executemany(
                "UPDATE messages SET covered_by = ? WHERE session_id = ? AND id = ?",
                [(digest.id, digest.session_id, ident) for ident in covered],
            )

    def live(self, session_id: str) -> list[MessageRow]:
        """Return the messages that no digest covers, in the order of their ids."""
        return self._rows("WHERE session_id = ? AND covered_by IS NULL ORDER BY id", session_id)

    def message(self, session_id: str, ident: int) -> MessageRow | None:
        """Return one message."""
        return next(iter(self._rows("WHERE session_id = ? AND id = ?", session_id, ident)), None)

    def covered(self, session_id: str, first: int, last: int, limit: int) -> list[MessageRow]:
        """Return up to `limit` messages between two ids that are compressed, as they were said."""
        where = (
            "WHERE session_id = ? AND id BETWEEN ? AND ? AND covered_by IS NOT NULL AND kind <> 'digest' "
            "ORDER BY id LIMIT ?"
        )
        return self._rows(where, session_id, first, last, limit)

    def newest(self, session_id: str, limit: int) -> list[MessageRow]:
        """Return the newest `limit` messages as they were said, digests left out, oldest first."""
        where = "WHERE session_id = ? AND kind <> 'digest' ORDER BY id DESC LIMIT ?"
        return self._rows(where, session_id, limit)[::-1]

    def standing(self, session_id: str) -> Standing:
        """Return the numbers of a conversation."""
        query = (
            "SELECT coalesce(sum(kind <> 'digest'), 0), "
            "coalesce(sum(CASE WHEN kind = 'digest' OR tokens IS NULL THEN 0 "
            "ELSE coalesce(plain_tokens, tokens) END), 0), "
            "coalesce(sum(kind = 'digest'), 0), coalesce(max(id), 0), coalesce(max(is_estimate), 0) "
            "FROM messages WHERE session_id = ?"
        )
        with self._guard():
            messages, baseline, compressions, last, is_estimate = self._connection.execute(
                query, (session_id,)
            ).fetchone()
            found = self._connection.execute(
                "SELECT tokens FROM expansions WHERE session_id = ?", (session_id,)
            ).fetchone()
        return Standing(messages, baseline, compressions, last, found[0] if found else 0, bool(is_estimate))

    def outcomes(self, session_id: str) -> list[OutcomeRow]:
        """Return how the commands of a conversation went, oldest first; of what ran again the last run only."""
        query = (
            "SELECT max(m.command), c.text, c.cwd, m.verdict, coalesce(json_extract(m.facts, '$.headline'), m.brief), "
            "m.time, c.exit_code FROM messages m "
            "JOIN commands c ON c.session_id = m.session_id AND c.number = m.command "
            "WHERE m.session_id = ? AND m.kind = 'output' GROUP BY c.text, c.cwd ORDER BY 1"
        )
        with self._guard():
            return [OutcomeRow(*row) for row in self._connection.execute(query, (session_id,))]

    def unrecorded(self, session_id: str, limit: int) -> list[int]:
        """Return the commands of a session that have ended and whose output the conversation does not have."""
        query = (
            "SELECT c.number FROM commands c LEFT JOIN messages m ON m.session_id = c.session_id "
            "AND m.command = c.number AND m.role = 'system' AND m.kind = 'output' "
            "WHERE c.session_id = ? AND c.state IN ('ended', 'lost') AND m.id IS NULL ORDER BY c.number LIMIT ?"
        )
        with self._guard():
            return [number for (number,) in self._connection.execute(query, (session_id, limit))]

    # decisions

    def decisions(self, session_id: str) -> list[tuple[DecisionRow, float]]:
        """Return the decisions of a session with their times, oldest first."""
        query = (
            "SELECT d.message, d.text, d.why, d.alternatives, d.outcome, m.time FROM decisions d "
            "JOIN messages m ON m.session_id = d.session_id AND m.id = d.message WHERE d.session_id = ? ORDER BY 1"
        )
        with self._guard():
            rows = self._connection.execute(query, (session_id,)).fetchall()
        return [
            (DecisionRow(session_id, message, text, why, tuple(json.loads(alternatives)), outcome), when)
            for message, text, why, alternatives, outcome, when in rows
        ]

    # readers

    def look(self, session_id: str, looker: str) -> tuple[int, float] | None:
        """Return the last message that somebody has seen, and when."""
        with self._guard():
            query = "SELECT message, time FROM looks WHERE session_id = ? AND looker = ?"
            found = self._connection.execute(query, (session_id, looker)).fetchone()
        return None if found is None else (found[0], found[1])

    def note_look(self, session_id: str, looker: str, message: int, time: float) -> None:
        """Remember what somebody has seen."""
        with self._guard():
            self._connection.execute(
                "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?)", (session_id, _clean(looker), message, time)
            )

    def charge(self, session_id: str, tokens: int) -> None:
        """Count what was expanded."""
        with self._guard():
            self._connection.execute(
                "INSERT INTO expansions VALUES (?, 1, ?) ON CONFLICT (session_id) DO UPDATE SET "
                "number = number + 1, tokens = tokens + excluded.tokens",
                (session_id, tokens),
            )

    def _rows(self, where: str, *values: object) -> list[MessageRow]:
        with self._guard():
            rows = self._connection.execute(f"{_SELECT} {where}", values).fetchall()
        return [_row(row) for row in rows]

    def _transaction(self) -> _Transaction:
        return _Transaction(self._connection)


class _Transaction:
    """All or nothing; the connection itself commits every statement."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _values(row: MessageRow) -> list[object]:
    found: list[object] = []
    for name in _COLUMNS:
        value = getattr(row, name)
        if name == "facts":
            value = _to_json(value)
        found.append(_clean(value) if isinstance(value, str) else value)
    return found


def _row(values: Sequence[object]) -> MessageRow:
    found = list(values)
    found[_JSON] = json.loads(str(found[_JSON]))
    for at in _BOOLEANS:
        found[at] = bool(found[at])
    return MessageRow(*found)  # type: ignore[arg-type]  # the table is STRICT, and its columns are those of the row


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # lone surrogates have no place in SQLite


def _to_json(value: object) -> str:
    return _clean(json.dumps(value, ensure_ascii=False))
