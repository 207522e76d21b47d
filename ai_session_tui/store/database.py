"""The store: typed reading and writing of rows. Only the server opens it for writing.

Every write is its own transaction in WAL mode with `synchronous=NORMAL`: it survives `kill -9` of the server at any
instant, costs no fsync, and a power cut may take back the last moments but corrupts nothing
(https://sqlite.org/pragma.html#pragma_synchronous). Invariant: whatever SQLite says, callers see `StorageError`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar

import msgspec

from ai_session_tui.errors import StorageError
from ai_session_tui.store.analyses import AnalysisStore
from ai_session_tui.store.compaction import prepare_compaction
from ai_session_tui.store.conversations import ConversationStore
from ai_session_tui.store.mail import MailStore
from ai_session_tui.store.measurements import MeasurementStore
from ai_session_tui.store.rows import CommandRow, LedgerRow, PaneRow, SessionRow
from ai_session_tui.store.schema import migrate

LEDGER_ROWS_KEPT = 1000
_PATIENT_MILLISECONDS = 5000  # for our own compaction, whose steps are short unless the machine is overloaded
_BUSY_MILLISECONDS = 100  # for a stranger who writes (readers hinder nobody): the server's loop stands still meanwhile
_JSON_FIELDS = {"argv", "env", "layout", "tags"}

_Row = TypeVar("_Row", SessionRow, PaneRow, CommandRow)
_TABLES: dict[type, str] = {SessionRow: "sessions", PaneRow: "panes", CommandRow: "commands"}
_COLUMNS = {table: tuple(field.name for field in fields(kind)) for kind, table in _TABLES.items()}
_OF_A_SESSION = (  # in the order of their deletion
    *("mail", "expansions", "looks", "decisions", "messages"),
    *("readings", "digests", "analyses", "commands", "panes"),
)
_KEYS = {"sessions": ("id",), "panes": ("id",), "commands": ("session_id", "number")}


def _sql_save(table: str) -> str:
    columns, keys = _COLUMNS[table], _KEYS[table]
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    holes = ", ".join("?" for _ in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes}) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}"
    )


_SAVE = {table: _sql_save(table) for table in _TABLES.values()}


def _encode(name: str, value: object) -> object:
    if name in _JSON_FIELDS:
        return json.dumps(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # lone surrogates have no place in SQLite
    return value


def _decode(columns: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    pairs = zip(columns, values, strict=True)
    return {name: json.loads(value) if name in _JSON_FIELDS else value for name, value in pairs}


@contextmanager
def _as_storage_error(path: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(
            f"the database {path} cannot be used: {error}",
            "look at the space on its disk and at its permissions; running panes go on.",
        ) from error


class Store:
    """All sessions, panes, commands and ledger entries of one home."""

    def __init__(self, path: str) -> None:
        self.path = path
        with _as_storage_error(path):
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
            try:
                execute = self._connection.execute
                prepare_compaction(self._connection)
                execute("PRAGMA journal_mode = WAL")
                execute("PRAGMA synchronous = NORMAL")
                execute("PRAGMA foreign_keys = ON")
                execute("PRAGMA cache_size = -1024")  # KiB
                migrate(self._connection)
                execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            except BaseException:
                self._connection.close()
                raise
        self.measurements = MeasurementStore(self._connection, lambda: _as_storage_error(path))
        self.analyses = AnalysisStore(self._connection, lambda: _as_storage_error(path))
        self.conversations = ConversationStore(self._connection, lambda: _as_storage_error(path))
        self.mail = MailStore(self._connection, lambda: _as_storage_error(path))

    @contextmanager
    def patience(self) -> Iterator[None]:
        """While the block runs, rather wait longer for another writer than fail: it is one of ours."""
        with _as_storage_error(self.path):
            self._connection.execute(f"PRAGMA busy_timeout = {_PATIENT_MILLISECONDS}")
        try:
            yield
        finally:
            with _as_storage_error(self.path):
                self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")

    def close(self) -> None:
        """Fold the write-ahead log into the database and close it."""
        with _as_storage_error(self.path):
            self._connection.close()

    def save(self, row: SessionRow | PaneRow | CommandRow) -> None:
        """Write one row, new or changed."""
        table = _TABLES[type(row)]
        values = [_encode(name, getattr(row, name)) for name in _COLUMNS[table]]
        with _as_storage_error(self.path):
            self._connection.execute(_SAVE[table], values)

    def delete_command(self, row: CommandRow) -> None:
        """Remove the record of a command that never ran."""
        with _as_storage_error(self.path):
            self._connection.execute(
                "DELETE FROM commands WHERE session_id = ? AND number = ?", (row.session_id, row.number)
            )

    def delete_pane(self, row: PaneRow) -> None:
        """Remove the record of a pane that never was."""
        with _as_storage_error(self.path):
            self._connection.execute("DELETE FROM panes WHERE id = ?", (row.id,))

    def delete_session(self, row: SessionRow) -> None:
        """Remove a session and all that belongs to it."""
        with _as_storage_error(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for table in (*_OF_A_SESSION, "sessions"):
                    column = "id" if table == "sessions" else "session_id"
                    self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (row.id,))
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def forget_session(self, row: SessionRow) -> None:
        """Remove a session for good; what was measured in it is kept, but no longer by its name."""
        self.measurements.forget_session(row.id)
        self.delete_session(row)

    def sessions(self) -> list[SessionRow]:
        """Return all sessions, killed ones too, oldest first."""
        return self._rows(SessionRow, "ORDER BY created, id")

    def panes(self) -> list[PaneRow]:
        """Return all panes in the order of their sessions' ids and their positions."""
        return self._rows(PaneRow, "ORDER BY session_id, position")

    def pane_ids(self, session_id: str) -> list[str]:
        """Return the ids of a session's panes, closed ones too."""
        with _as_storage_error(self.path):
            rows = self._connection.execute("SELECT id FROM panes WHERE session_id = ?", (session_id,))
            return [ident for (ident,) in rows]

    def commands(self, session_id: str, limit: int | None = None) -> list[CommandRow]:
        """Return the newest `limit` commands of a session, oldest first."""
        rows = self._rows(
            CommandRow,
            "WHERE session_id = ? ORDER BY number DESC LIMIT ?",
            session_id,
            -1 if limit is None else limit,
        )
        return rows[::-1]

    def command(self, session_id: str, number: int) -> CommandRow | None:
        """Return one command by its number."""
        return self._one_command("WHERE session_id = ? AND number = ?", session_id, number)

    def command_of_key(self, session_id: str, key: str) -> CommandRow | None:
        """Return the newest command that a client started under `key`."""
        return self._one_command("WHERE session_id = ? AND key = ? ORDER BY number DESC LIMIT 1", session_id, key)

    def has_command_at(self, pane_id: str, mark_offset: int) -> bool:
        """Return whether a command of a pane is recorded whose start mark begins there."""
        with _as_storage_error(self.path):
            query = "SELECT 1 FROM commands WHERE pane_id = ? AND mark_offset = ? LIMIT 1"
            return self._connection.execute(query, (pane_id, mark_offset)).fetchone() is not None

    def open_commands(self, pane_id: str) -> list[CommandRow]:
        """Return the commands of a pane that have not ended, oldest first."""
        where = "WHERE pane_id = ? AND state IN ('queued', 'sent', 'running') ORDER BY number"
        return self._rows(CommandRow, where, pane_id)

    def last_number(self, session_id: str) -> int:
        """Return the number of a session's newest command; 0 when it has none."""
        with _as_storage_error(self.path):
            query = "SELECT coalesce(max(number), 0) FROM commands WHERE session_id = ?"
            (number,) = self._connection.execute(query, (session_id,)).fetchone()
        return int(number)

    def add_ledger(self, entry: LedgerRow) -> None:
        """Append to the restore ledger; the oldest entries beyond `LEDGER_ROWS_KEPT` go."""
        values = (entry.time, entry.server_pid, entry.session_id, entry.name, entry.outcome, entry.why)
        with _as_storage_error(self.path):
            self._connection.execute("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)", values)
            self._connection.execute(
                "DELETE FROM ledger WHERE rowid <= (SELECT max(rowid) FROM ledger) - ?", (LEDGER_ROWS_KEPT,)
            )

    def ledger(self, limit: int = 200) -> list[LedgerRow]:
        """Return the newest entries of the restore ledger, newest first."""
        with _as_storage_error(self.path):
            query = "SELECT * FROM ledger ORDER BY rowid DESC LIMIT ?"
            return [LedgerRow(*row) for row in self._connection.execute(query, (limit,))]

    def _one_command(self, where: str, *values: object) -> CommandRow | None:
        return next(iter(self._rows(CommandRow, where, *values)), None)

    def _rows(self, kind: type[_Row], where: str, *values: object) -> list[_Row]:
        table = _TABLES[kind]
        columns = _COLUMNS[table]
        with _as_storage_error(self.path):
            rows = self._connection.execute(f"SELECT {', '.join(columns)} FROM {table} {where}", values).fetchall()
        # Not strict, because SQLite has no booleans.
        return [msgspec.convert(_decode(columns, row), kind, strict=False) for row in rows]
