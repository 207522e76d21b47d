"""The index of everything that was written, for `search`: an SQLite database of its own beside the store.

It holds nothing that could not be made again from the store and the journals, so a broken one, or one of another
version, is thrown away. Text is kept in passages of some lines, compressed, with secrets masked; the full-text index
reads it through a view when it needs the words again.

The tokenizer is `unicode61`: words of letters and digits, everything else (`_`, `/`, `.`, `:`) between them. So
`login` finds `test_user_login` and `main.rs:12` finds `src/main.rs:12`. Trigrams, which find any part of a word, were
measured (`benchmarks/search.py`): five times the size, a quarter of the speed.

Invariant: one process writes at a time; readers see whole transactions.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import zstandard

from ai_session_tui.errors import StorageError, UnsupportedError

VERSION: Final = 1
_SCHEMA: Final = f"""
    BEGIN IMMEDIATE;
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        number INTEGER NOT NULL,
        is_complete INTEGER NOT NULL,
        UNIQUE (session_id, kind, number)
    ) STRICT;
    CREATE TABLE passages (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL,
        first_line INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX passages_of_sources ON passages (source);
    CREATE VIEW texts AS SELECT id, unpacked(body) AS text FROM passages;
    CREATE VIRTUAL TABLE words USING fts5 (
        text, content = 'texts', content_rowid = 'id', columnsize = 0, tokenize = "unicode61 remove_diacritics 2"
    );
    PRAGMA user_version = {VERSION};
    COMMIT;
"""
_PASSAGE_SIGNS: Final = 4096
_PASSAGE_LINES: Final = 64
_WAIT_SECONDS: Final = 10.0


class SearchIndex:
    """The open index, with the store attached as `store` for reading."""

    def __init__(self, path: str, store: str) -> None:
        """Open or make it; raises `StorageError`, and `UnsupportedError` where SQLite has no full-text search."""
        self._packer = zstandard.ZstdCompressor(level=6)
        self._unpacker = zstandard.ZstdDecompressor()
        try:
            self.connection = self._open(path)
        except sqlite3.OperationalError as error:
            if "fts5" in str(error):
                raise UnsupportedError(f"this Python's SQLite cannot search text: {error}") from error
            raise _storage_error(path, error) from error
        except sqlite3.DatabaseError:  # broken: it is made again
            remove_index(path)
            self.connection = self._open(path)
        self.connection.execute("ATTACH DATABASE ? AS store", (f"file:{_quoted(store)}?mode=ro",))

    def _open(self, path: str) -> sqlite3.Connection:
        connection = self._connect(path)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            connection.close()
            remove_index(path)
            connection = self._connect(path)
            version = 0
        if version == 0:
            with suppress(sqlite3.OperationalError):  # another process has just made it
                connection.executescript(_SCHEMA)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("SELECT count(*) FROM words WHERE words MATCH 'a'")
        return connection

    def _connect(self, path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{_quoted(path)}", uri=True, isolation_level=None, timeout=_WAIT_SECONDS)
        connection.create_function("unpacked", 1, self._unpacked, deterministic=True)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -16384")  # KiB
        return connection

    def _unpacked(self, body: bytes) -> str:
        return self._unpacker.decompress(body).decode("utf-8", "replace")

    def close(self) -> None:
        """Close it."""
        self.connection.close()

    # writing: within the caller's transaction

    def begin_source(self, session_id: str, kind: str, number: int) -> int:
        """Return the id of a new source; what an unfinished attempt left of it goes."""
        execute = self.connection.execute
        where = "session_id = ? AND kind = ? AND number = ?"
        for (old,) in execute(f"SELECT id FROM sources WHERE {where}", (session_id, kind, number)).fetchall():
            self.remove_source(old)
        values = (session_id, kind, number)
        added = execute("INSERT INTO sources (session_id, kind, number, is_complete) VALUES (?, ?, ?, 0)", values)
        assert added.lastrowid is not None
        return added.lastrowid

    def end_source(self, source: int) -> None:
        """Note that all of a source is in the index."""
        self.connection.execute("UPDATE sources SET is_complete = 1 WHERE id = ?", (source,))

    def remove_source(self, source: int) -> None:
        """Take a source out, with all its passages."""
        execute = self.connection.execute
        execute(
            "INSERT INTO words (words, rowid, text) SELECT 'delete', id, unpacked(body) FROM passages WHERE source = ?",
            (source,),
        )
        execute("DELETE FROM passages WHERE source = ?", (source,))
        execute("DELETE FROM sources WHERE id = ?", (source,))

    def add(self, source: int, first_line: int, text: str) -> None:
        """Add a passage."""
        data = text.encode("utf-8", "replace")  # lone surrogates have no place in SQLite
        body = self._packer.compress(data)
        added = self.connection.execute(
            "INSERT INTO passages (source, first_line, body) VALUES (?, ?, ?)", (source, first_line, body)
        )
        self.connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (added.lastrowid, data.decode()))


class Passages:
    """Cuts lines into passages; a line that is too long for one becomes several with the same number."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0
        self._next = 1  # number of the next line

    def take(self, lines: Iterable[str]) -> list[tuple[int, str]]:
        """Return the passages that are finished, each with the number of its first line."""
        done: list[tuple[int, str]] = []
        for line in lines:
            if self._size + len(line) > _PASSAGE_SIGNS or len(self._lines) == _PASSAGE_LINES:
                done += self.finish()
            if len(line) > _PASSAGE_SIGNS:
                pieces = range(0, len(line), _PASSAGE_SIGNS)
                done += [(self._next, line[start : start + _PASSAGE_SIGNS]) for start in pieces]
            else:
                self._lines.append(line)
                self._size += len(line) + 1
            self._next += 1
        return done

    def finish(self) -> list[tuple[int, str]]:
        """Return what is left."""
        lines, self._lines, self._size = self._lines, [], 0
        text = "\n".join(lines)
        return [(self._next - len(lines), text)] if text.strip() else []


def remove_index(path: str) -> None:
    """Remove an index with its companions."""
    for name in (path, f"{path}-wal", f"{path}-shm"):
        with suppress(FileNotFoundError):
            os.unlink(name)


def _quoted(path: str) -> str:
    """Return a path as a part of an SQLite URI."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _storage_error(path: str, error: sqlite3.Error) -> StorageError:
    return StorageError(
        f"the index {path} cannot be used: {error}", "look at the space on its disk; it may be deleted at any time."
    )
