"""Finding passages by their words, and in them the lines that are meant: newest first, of each source the first hits.

Invariant: a search reads what it shows and little more, because the full-text index is walked by number, backwards,
and a source that has shown enough is skipped as a whole.
"""

from __future__ import annotations

import re
import sqlite3
import time
from dataclasses import dataclass

from ai_session_tui.errors import StorageError, UsageError

from .messages import Found, Hit, Search
from .query import Query
from .search_index import SearchIndex

_BEGIN, _END = "\x02", "\x03"  # no text in the index holds control characters
_MARK = re.compile(f"{_BEGIN}([^{_END}]*){_END}")
_PER_SOURCE = 5  # hits shown of one output or message
_SNIPPET_SIGNS = 240
_BEFORE = 60  # signs shown in front of the first match in a long line
_NEWEST = 1 << 62


def search(job: Search) -> Found:
    """Return the hits. Raises `UsageError` for a query that says nothing, `StorageError`."""
    began = time.perf_counter()
    query = Query(job.query)
    index = SearchIndex(job.path, job.store)
    try:
        hits, is_cut = _Walk(index.connection, job, query).hits()
    except sqlite3.OperationalError as error:
        if "fts5" in str(error) or "syntax" in str(error):
            raise UsageError(f"the query {job.query!r} cannot be understood: {error}") from error
        raise StorageError(f"the index {job.path} cannot be read: {error}", "it may be deleted at any time.") from error
    finally:
        index.close()
    return Found(hits, is_cut, round((time.perf_counter() - began) * 1000, 3))


@dataclass(frozen=True, slots=True)
class _Origin:
    """The source of a passage, and what the store says of it."""

    source: int
    session_id: str
    session: str
    is_killed: bool
    kind: str
    number: int
    time: float | None
    exit_code: int | None


class _Walk:
    def __init__(self, connection: sqlite3.Connection, job: Search, query: Query) -> None:
        self._connection = connection
        self._job = job
        self._query = query
        self._expression = query.expression
        self._next_origin = self._origin_query()

    def hits(self) -> tuple[list[Hit], bool]:
        """Return the hits, and whether there are more."""
        found: list[Hit] = []
        below = _NEWEST
        while (origin := self._origin(below)) is not None:
            if len(found) >= self._job.limit:
                return found, True
            first, last = self._connection.execute(
                "SELECT min(id), max(id) FROM passages WHERE source = ?", (origin.source,)
            ).fetchone()
            found += self._lines(origin, first, last, min(_PER_SOURCE, self._job.limit - len(found)))
            below = first
        return found, False

    def _origin_query(self) -> str:
        has_messages = self._connection.execute("SELECT 1 FROM store.sqlite_master WHERE name = 'messages'").fetchone()
        when = "coalesce(c.ended, c.started)"
        join = ""
        if has_messages:
            join = (
                "LEFT JOIN store.messages m ON s.kind = 'message' AND m.session_id = s.session_id AND m.id = s.number"
            )
            when = f"coalesce({when}, m.time)"
        wanted = ["words MATCH ?", "words.rowid < ?"]
        if self._job.sessions is not None:
            wanted.append(f"s.session_id IN ({', '.join('?' for _ in self._job.sessions)})")
        if self._job.since is not None:
            wanted.append(f"{when} >= ?")
        if self._job.failed:
            wanted.append("(c.exit_code <> 0 OR a.verdict = 'failure')")
        return f"""
            SELECT s.id, s.session_id, n.name, n.killed IS NOT NULL, s.kind, s.number, {when}, c.exit_code
            FROM words CROSS JOIN passages p ON p.id = words.rowid CROSS JOIN sources s ON s.id = p.source
            JOIN store.sessions n ON n.id = s.session_id
            LEFT JOIN store.commands c
                ON s.kind <> 'message' AND c.session_id = s.session_id AND c.number = s.number
            LEFT JOIN store.analyses a ON a.session_id = c.session_id AND a.number = c.number
            {join}
            WHERE {" AND ".join(wanted)} ORDER BY words.rowid DESC LIMIT 1
        """

    def _origin(self, below: int) -> _Origin | None:
        """Return the source of the newest passage that fits and is older than those seen."""
        values: list[object] = [self._expression, below, *(self._job.sessions or ())]
        if self._job.since is not None:
            values.append(self._job.since)
        row = self._connection.execute(self._next_origin, values).fetchone()
        return None if row is None else _Origin(row[0], row[1], row[2], bool(row[3]), *row[4:])

    def _lines(self, origin: _Origin, first: int, last: int, most: int) -> list[Hit]:
        """Return the first hits in a source; the last of them says whether there are more."""
        rows = self._connection.execute(
            f"SELECT p.first_line, highlight(words, 0, '{_BEGIN}', '{_END}') "
            "FROM words CROSS JOIN passages p ON p.id = words.rowid "
            "WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid",
            (self._expression, first, last),
        )
        hits: list[Hit] = []
        for first_line, marked in rows:
            for offset, line in telling_lines(marked, self._query):
                if len(hits) == most:
                    hits[-1] = _with_more(hits[-1])
                    return hits
                hits.append(_hit(origin, first_line + offset, line))
        return hits


def telling_lines(marked: str, query: Query) -> list[tuple[int, str]]:
    """Return the lines of a passage, by their places, in which most of the different matches are."""
    lines = []
    marked = _MARK.sub(lambda found: found[0] if query.accepts(found[1]) else found[1], marked)
    is_open = False
    for offset, line in enumerate(marked.split("\n")):
        # a phrase may reach over the end of a line
        whole = (_BEGIN if is_open else "") + line
        is_open = whole.rfind(_BEGIN) > whole.rfind(_END)
        whole += _END if is_open else ""
        matches = {match.casefold() for match in _MARK.findall(whole)}
        if matches:
            lines.append((len(matches), offset, whole))
    best = max((count for count, _, _ in lines), default=0)
    return [(offset, line) for count, offset, line in lines if count == best]


def _hit(origin: _Origin, line: int, marked: str) -> Hit:
    text, marks = _unmarked(marked)
    start = max(0, marks[0][0] - _BEFORE) if len(text) > _SNIPPET_SIGNS else 0
    end = start + _SNIPPET_SIGNS
    snippet = text[start:end]
    inside = [(low - start, min(high, end) - start) for low, high in marks if low < end and high > start]
    if start:
        snippet = f"…{snippet}"
        inside = [(low + 1, high + 1) for low, high in inside]
    return Hit(
        session_id=origin.session_id,
        session=origin.session,
        is_killed=origin.is_killed,
        kind=origin.kind,
        number=origin.number,
        line=line,
        snippet=snippet + ("…" if end < len(text) else ""),
        marks=inside,
        time=origin.time,
        exit_code=origin.exit_code,
        more=False,
    )


def _with_more(hit: Hit) -> Hit:
    return Hit(**{name: getattr(hit, name) for name in Hit.__struct_fields__} | {"more": True})


def _unmarked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a line without its marks, and where they were."""
    marks: list[tuple[int, int]] = []
    text = ""
    at = 0
    for found in _MARK.finditer(marked):
        text += marked[at : found.start()]
        marks.append((len(text), len(text) + len(found[1])))
        text += found[1]
        at = found.end()
    return text + marked[at:], marks
