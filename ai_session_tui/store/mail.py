"""The part of the store about messages from session to session."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from ai_session_tui.store.rows import MailRow

_COLUMNS = "id, session_id, sender_id, sender, text, time, read"


class MailStore:
    """Reads and writes mail, on the store's connection."""

    def __init__(self, connection: sqlite3.Connection, guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._connection = connection
        self._guard = guard

    def add(self, session_id: str, sender_id: str, sender: str, text: str, time: float) -> MailRow:
        """Write a new one."""
        values = (session_id, sender_id, sender, text.encode("utf-8", "replace").decode(), time)
        with self._guard():
            query = "INSERT INTO mail (session_id, sender_id, sender, text, time) VALUES (?, ?, ?, ?, ?)"
            ident = self._connection.execute(query, values).lastrowid
        assert ident is not None
        return MailRow(ident, *values)

    def of(self, session_id: str, *, unread: bool, sender: str | None = None, limit: int = -1) -> list[MailRow]:
        """Return the newest `limit` that a session got, oldest first; those of one sender (name or id) if given."""
        where = "session_id = ?" + (" AND read IS NULL" if unread else "")
        values: list[object] = [session_id]
        if sender is not None:
            where += " AND ? IN (sender, sender_id)"
            values.append(sender)
        with self._guard():
            query = f"SELECT {_COLUMNS} FROM mail WHERE {where} ORDER BY id DESC LIMIT ?"
            rows = self._connection.execute(query, (*values, limit)).fetchall()
        return [MailRow(*row) for row in reversed(rows)]

    def get(self, ident: int) -> MailRow | None:
        """Return one."""
        with self._guard():
            row = self._connection.execute(f"SELECT {_COLUMNS} FROM mail WHERE id = ?", (ident,)).fetchone()
        return None if row is None else MailRow(*row)

    def mark_read(self, idents: list[int], time: float) -> None:
        """Note that some were read."""
        with self._guard():
            self._connection.executemany(
                "UPDATE mail SET read = ? WHERE id = ? AND read IS NULL", [(time, ident) for ident in idents]
            )
