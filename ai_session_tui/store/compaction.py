"""Giving the space of removed rows back to the disk, without holding up whoever writes meanwhile.

SQLite frees pages a few at a time when the file was made for it (`auto_vacuum = INCREMENTAL`); a `VACUUM` would keep
the writer out for as long as it takes. Invariant: no transaction here lasts longer than a few milliseconds.
"""

from __future__ import annotations

import os
import sqlite3
import time

from ai_session_tui.errors import StorageError

_INCREMENTAL = 2
_PAGES = 64  # in one transaction
_PAUSE_SECONDS = 0.002
_BUSY_SECONDS = 2.0


def prepare_compaction(connection: sqlite3.Connection) -> None:
    """Make a database that can be compacted: before its first table at no cost, else by rewriting it once."""
    (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
    if mode == _INCREMENTAL:
        return
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
    if tables:
        connection.execute("VACUUM")


def database_bytes(path: str) -> int:
    """Return the bytes of the database and its write-ahead log."""
    return sum(os.stat(name).st_size for name in (path, f"{path}-wal") if os.path.exists(name))


def compact(path: str) -> None:
    """Free unused pages and fold the write-ahead log in. For a thread: takes long for much; raises `StorageError`."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
        try:
            while (free := _free_pages(connection)) and _freed(connection, free):
                time.sleep(_PAUSE_SECONDS)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StorageError(f"the database {path} cannot be compacted now: {error}", "try again later.") from error


def _free_pages(connection: sqlite3.Connection) -> int:
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(free)


def _freed(connection: sqlite3.Connection, before: int) -> bool:
    """Free some pages; return whether that helped."""
    connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    return _free_pages(connection) < before
