"""Bringing the index up to date with the store: what has ended since is added, what is gone is taken out.

Invariants: what the index lacks is found by comparison, so nothing is lost by a crash at any moment; a job stops after
some seconds and says that there is more.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ai_session_tui import limits
from ai_session_tui.errors import NotFoundError, StorageError
from ai_session_tui.journal import JournalReader
from ai_session_tui.redaction import redact

from .masked import masked_lines
from .messages import Index, Indexed, Source
from .outputs import Output
from .search_index import Passages, SearchIndex

_COLUMNS, _ROWS = 120, 40
_BATCH_SIGNS = 4 * 1024 * 1024  # that one transaction adds at most
_MESSAGE_KINDS = ("text", "note", "decision")  # the others repeat what commands say

_MISSING = """
    SELECT c.session_id, c.number, c.pane_id, c.text, c.start_offset, c.end_offset, p.columns, p.rows
    FROM store.commands c LEFT JOIN store.panes p ON p.id = c.pane_id
    LEFT JOIN sources s ON s.session_id = c.session_id AND s.number = c.number AND s.kind = 'output'
    WHERE c.state IN ('ended', 'lost') AND (s.id IS NULL OR NOT s.is_complete)
    ORDER BY coalesce(c.ended, c.started), c.number LIMIT 200
"""
_MISSING_MESSAGES = f"""
    SELECT m.session_id, m.id, m.text FROM store.messages m
    LEFT JOIN sources s ON s.session_id = m.session_id AND s.number = m.id AND s.kind = 'message'
    WHERE m.kind IN {_MESSAGE_KINDS} AND s.id IS NULL ORDER BY m.time LIMIT 1000
"""
_GONE = """
    SELECT s.id FROM sources s LEFT JOIN store.commands c ON c.session_id = s.session_id AND c.number = s.number
    WHERE s.kind IN ('command', 'output') AND c.number IS NULL LIMIT 200
"""
_GONE_MESSAGES = """
    SELECT s.id FROM sources s LEFT JOIN store.messages m ON m.session_id = s.session_id AND m.id = s.number
    WHERE s.kind = 'message' AND m.id IS NULL LIMIT 1000
"""
_INDEXED_OUTPUTS = """
    SELECT s.id, c.pane_id, c.end_offset FROM sources s
    JOIN store.commands c ON c.session_id = s.session_id AND c.number = s.number
    WHERE s.kind = 'output' AND EXISTS (SELECT 1 FROM passages p WHERE p.source = s.id)
"""


def index(job: Index) -> Indexed:
    """Do a part of what is missing. Raises `StorageError`."""
    deadline = time.monotonic() + job.seconds
    found = SearchIndex(job.path, job.store)
    try:
        work = _Work(found, job, deadline)
        try:
            work.run()
        except sqlite3.Error as error:
            raise StorageError(
                f"the index {job.path} cannot be written: {error}", "look at the space on its disk."
            ) from error
        return Indexed(work.added, work.is_more)
    finally:
        found.close()


class _Work:
    def __init__(self, found: SearchIndex, job: Index, deadline: float) -> None:
        self._index = found
        self._job = job
        self._deadline = deadline
        self._has_messages = bool(
            found.connection.execute("SELECT 1 FROM store.sqlite_master WHERE name = 'messages'").fetchone()
        )
        self.added = 0
        self.is_more = False

    def run(self) -> None:
        for query in (_GONE, *([_GONE_MESSAGES] if self._has_messages else [])):
            self._remove(query)
        if self._job.sweep:
            self._remove_pruned()
        if self._has_messages:
            self._add_messages()
        while rows := self._index.connection.execute(_MISSING).fetchall():
            for row in rows:
                if time.monotonic() > self._deadline:
                    self.is_more = True
                    return
                self._add_command(*row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        execute = self._index.connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            yield
            execute("COMMIT")
        finally:
            if self._index.connection.in_transaction:
                execute("ROLLBACK")

    def _remove(self, query: str) -> None:
        while rows := self._index.connection.execute(query).fetchall():
            with self._transaction():
                for (source,) in rows:
                    self._index.remove_source(source)

    def _remove_pruned(self) -> None:
        """Take out the passages of outputs that the journals no longer keep."""
        kept: dict[str, int] = {}
        for source, pane, end in self._index.connection.execute(_INDEXED_OUTPUTS).fetchall():
            if pane not in kept:
                kept[pane] = self._kept_from(pane)
            if end <= kept[pane]:
                with self._transaction():
                    row = self._index.connection.execute(
                        "SELECT session_id, number FROM sources WHERE id = ?", (source,)
                    ).fetchone()
                    self._index.remove_source(source)
                    self._index.end_source(self._index.begin_source(row[0], "output", row[1]))

    def _kept_from(self, pane: str) -> int:
        try:
            return JournalReader(os.path.join(self._job.journals, pane)).bounds()[0]
        except NotFoundError:
            return 1 << 62  # nothing is kept

    def _add_messages(self) -> None:
        while rows := self._index.connection.execute(_MISSING_MESSAGES).fetchall():
            with self._transaction():
                for session_id, number, text in rows:
                    source = self._index.begin_source(session_id, "message", number)
                    self._add_text(source, redact(text).split("\n"))
                    self._index.end_source(source)
                    self.added += 1

    def _add_text(self, source: int, lines: list[str]) -> None:
        passages = Passages()
        for first, text in [*passages.take(lines), *passages.finish()]:
            self._index.add(source, first, text)

    def _add_command(
        self,
        session_id: str,
        number: int,
        pane: str,
        text: str,
        start: int | None,
        end: int | None,
        columns: int | None,
        rows: int | None,
    ) -> None:
        with self._transaction():
            source = self._index.begin_source(session_id, "command", number)
            self._add_text(source, redact(text).split("\n"))
            self._index.end_source(source)
        batches: Iterator[list[str]] = iter(())
        if start is not None and end is not None:
            where = Source(os.path.join(self._job.journals, pane), start, end, columns or _COLUMNS, rows or _ROWS)
            try:
                batches = masked_lines(Output(where).lines())
            except NotFoundError:  # its journal was removed
                batches = iter(())
        self._add_output(session_id, number, batches)
        self.added += 1

    def _add_output(self, session_id: str, number: int, batches: Iterator[list[str]]) -> None:
        """Add an output, some megabytes in one transaction; of a very large one its beginning."""
        passages = Passages()
        source: int | None = None
        total = 0
        is_over = False
        while not is_over:
            with self._transaction():
                if source is None:
                    source = self._index.begin_source(session_id, "output", number)
                size = 0
                while size < _BATCH_SIGNS and not is_over:
                    batch = next(batches, None)
                    is_over = batch is None or total + size > limits.INDEXED_SIGNS
                    done = passages.finish() if is_over or batch is None else passages.take(batch)
                    for first, text in done:
                        size += len(text)
                        self._index.add(source, first, text)
                total += size
                if is_over:
                    self._index.end_source(source)
