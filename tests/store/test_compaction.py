"""Space comes back from the database while somebody writes into it."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from ai_session_tui.errors import StorageError
from ai_session_tui.store import Store
from ai_session_tui.store.compaction import compact, database_bytes
from ai_session_tui.store.rows import LedgerRow, SessionRow


def fill(path: str, sessions: int) -> Store:
    store = Store(path)
    for number in range(sessions):
        store.save(SessionRow(f"s{number}", f"n{number}", 1.0, 1.0, "/" + "x" * 3000))
    return store


def test_removed_rows_free_the_disk(tmp_path: Path) -> None:
    path = str(tmp_path / "sessions.db")
    store = fill(path, 500)
    for row in store.sessions()[10:]:
        store.forget_session(row)
    before = database_bytes(path)
    compact(path)
    assert database_bytes(path) < before / 5
    assert len(store.sessions()) == 10
    store.close()


def test_a_database_from_before_is_prepared_when_it_is_opened(tmp_path: Path) -> None:
    path = str(tmp_path / "sessions.db")
    fill(path, 300).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA auto_vacuum = NONE")
    connection.execute("VACUUM")
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (0,)
    connection.close()
    store = Store(path)
    for row in store.sessions()[5:]:
        store.forget_session(row)
    compact(path)
    assert database_bytes(path) < 300_000 and len(store.sessions()) == 5
    store.close()


def test_a_writer_is_not_kept_out(tmp_path: Path) -> None:
    path = str(tmp_path / "sessions.db")
    store = fill(path, 3000)
    for row in store.sessions()[1:]:
        store.delete_session(row)
    compacting = threading.Thread(target=compact, args=(path,))
    compacting.start()
    writes = 0
    with store.patience():
        while compacting.is_alive() or writes < 50:
            store.add_ledger(LedgerRow(1.0, 1, "s0", "n0", "adopted", "x"))
            writes += 1
    compacting.join()
    assert len(store.ledger(limit=10_000)) == min(writes, 1000)
    store.close()


def test_a_database_that_somebody_holds_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai_session_tui.store.compaction._BUSY_SECONDS", 0.05)
    path = str(tmp_path / "sessions.db")
    store = fill(path, 50)
    for row in store.sessions():
        store.delete_session(row)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="cannot be compacted now"):
        compact(path)
    holder.close()
    store.close()
