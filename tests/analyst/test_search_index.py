"""The index of everything: built from a store and journals on the disk, as the analyst builds it."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.analyst.indexing import index
from ai_session_tui.analyst.messages import Found, Index, Search
from ai_session_tui.analyst.query import Query
from ai_session_tui.analyst.search_index import Passages
from ai_session_tui.analyst.searching import search, telling_lines
from ai_session_tui.journal import JournalWriter
from ai_session_tui.store import CommandRow, PaneRow, SessionRow, Store


class Home:
    """A store with one session, and the journals of its panes."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "search.db")
        self.journals = str(folder / "journals")
        self.database = str(folder / "sessions.db")
        os.makedirs(self.journals)
        self.store = Store(self.database)
        self.session = SessionRow("s1", "dev", created=1.0, last_activity=1.0, dir="/")
        self.store.save(self.session)
        self._number = 0

    def ran(self, text: str, output: bytes, exit_code: int | None = 0, ended: float = 100.0) -> int:
        """Record a command with its output, in a pane of its own."""
        self._number += 1
        pane = PaneRow(
            id=f"p{secrets.token_hex(4)}",
            session_id="s1",
            position=self._number,
            nonce="",
            kind="bash",
            cwd="/",
            columns=80,
            rows=24,
        )
        self.store.save(pane)
        writer = JournalWriter.open(os.path.join(self.journals, pane.id))
        writer.append(output)
        writer.close()
        row = CommandRow(self._number, "s1", pane.id, text, "ended", "exec", ended=ended, exit_code=exit_code)
        row.start_offset, row.end_offset = 0, len(output)
        self.store.save(row)
        return self._number

    def index(self, seconds: float = 60.0, *, sweep: bool = False) -> bool:
        return index(Index(self.path, self.database, self.journals, seconds, sweep)).is_more

    def search(self, query: str, **options: object) -> Found:
        return search(Search(self.path, self.database, query, **options))  # type: ignore[arg-type]

    def places(self, query: str, **options: object) -> list[tuple[int, int]]:
        return [(hit.number, hit.line) for hit in self.search(query, **options).hits if hit.kind == "output"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.store.close()


def lines(count: int, *, word: str = "line") -> bytes:
    return b"".join(b"%s number%d\r\n" % (word.encode(), number) for number in range(1, count + 1))


def test_every_line_is_found_by_its_number(home: Home) -> None:
    home.ran("make", lines(1000))
    home.index()
    for number in (1, 2, 63, 64, 65, 500, 1000):
        assert home.places(f"number{number}")[0] == (1, number)


def test_newest_first_and_of_each_output_the_first_lines(home: Home) -> None:
    for number in range(1, 4):
        home.ran("x", lines(20, word="same"), ended=float(number))
    home.index()
    found = home.search("same")
    assert [(hit.number, hit.line) for hit in found.hits] == [(n, line) for n in (3, 2, 1) for line in range(1, 6)]
    assert [hit.more for hit in found.hits[:5]] == [False] * 4 + [True]
    assert not found.is_cut
    short = home.search("same", limit=7)
    assert [(hit.number, hit.line) for hit in short.hits][-2:] == [(2, 1), (2, 2)]
    assert short.is_cut


def test_the_text_of_commands_is_found(home: Home) -> None:
    home.ran("cargo test --workspace", b"ok\r\n")
    home.index()
    (hit,) = home.search("cargo workspace").hits
    assert (hit.kind, hit.snippet) == ("command", "cargo test --workspace")
    assert [hit.snippet[low:high] for low, high in hit.marks] == ["cargo", "workspace"]


def test_what_is_asked_for_narrows(home: Home) -> None:
    home.ran("a", b"needle\r\n", exit_code=0, ended=100.0)
    home.ran("b", b"needle\r\n", exit_code=3, ended=200.0)
    home.ran("c", b"needle\r\n", exit_code=None, ended=300.0)
    home.index()
    assert home.places("needle", failed=True) == [(2, 1)]
    assert home.places("needle", since=150.0) == [(3, 1), (2, 1)]
    assert home.places("needle", sessions=["s1"]) == [(3, 1), (2, 1), (1, 1)]
    assert home.places("needle", sessions=["s2"]) == []


def test_progress_is_indexed_as_it_was_seen(home: Home) -> None:
    home.ran("x", b"".join(b"\rcopying%d" % n for n in range(100)) + b"\r\n\x1b[31mred words\x1b[0m\r\n")
    home.index()
    assert home.places("copying99") == [(1, 1)]
    assert home.places("copying50") == []
    assert home.places('"red words"') == [(1, 2)]


def test_secrets_are_not_in_the_index(home: Home) -> None:
    home.ran("export API_KEY=sk_live_51H8abcdefghij0123456789", b"API_KEY=sk_live_51H8abcdefghij0123456789\r\n")
    home.index()
    assert home.search("51H8abcdefghij0123456789").hits == []
    assert {hit.kind for hit in home.search("API_KEY").hits} == {"command", "output"}
    assert all("51H8" not in hit.snippet for hit in home.search("API_KEY").hits)


def test_a_long_line_is_shown_around_what_was_found(home: Home) -> None:
    home.ran("x", b"a " * 5000 + b"needle" + b" b" * 5000 + b"\r\n")
    home.index()
    (hit,) = home.search("needle").hits
    assert hit.line == 1
    assert len(hit.snippet) < 300
    assert [hit.snippet[low:high] for low, high in hit.marks] == ["needle"]


def test_indexing_goes_on_where_it_stopped(home: Home) -> None:
    for _ in range(5):
        home.ran("x", lines(200))
    rounds = 0
    while home.index(seconds=0.0):
        rounds += 1
        assert rounds < 50
        if rounds > 3:  # no time at all makes no progress, some does
            break
    home.index()
    assert len(home.places("number200")) == 5
    assert home.index() is False
    home.ran("y", b"afterwards\r\n")
    home.index()
    assert home.places("afterwards") == [(6, 1)]


def test_an_unfinished_source_is_made_again(home: Home) -> None:
    home.ran("x", lines(300))
    home.index()
    connection = sqlite3.connect(home.path)
    connection.execute("UPDATE sources SET is_complete = 0 WHERE kind = 'output'")
    connection.commit()
    connection.close()
    home.index()
    assert home.places("number300") == [(1, 300)]


def test_a_removed_session_leaves_the_index(home: Home) -> None:
    home.ran("x", b"secret plans\r\n")
    home.index()
    home.store.delete_session(home.session)
    home.index()
    connection = sqlite3.connect(home.path)
    assert connection.execute("SELECT count(*) FROM passages").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM sources").fetchone() == (0,)
    connection.close()
    assert home.search("plans").hits == []


def test_pruned_output_leaves_the_index_and_is_not_looked_for_again(home: Home) -> None:
    number = home.ran("x", b"old words\r\n")
    row = home.store.command("s1", number)
    assert row is not None
    home.index()
    folder = os.path.join(home.journals, row.pane_id)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
    home.index(sweep=True)
    assert home.places("old") == []
    assert home.index() is False
    assert [hit.kind for hit in home.search("x").hits] == ["command"]


@pytest.mark.parametrize("damage", [b"this is no database at all" * 1000, b""])
def test_a_broken_index_is_made_again(home: Home, damage: bytes) -> None:
    home.ran("x", b"words\r\n")
    home.index()
    for name in (home.path + "-wal", home.path + "-shm"):
        Path(name).unlink(missing_ok=True)
    Path(home.path).write_bytes(damage)
    home.index()
    assert home.places("words") == [(1, 1)]


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=9000), max_size=30))
def test_passages_hold_every_line_at_its_number(texts: list[str]) -> None:
    passages = Passages()
    done = [*passages.take(texts), *passages.finish()]
    seen: dict[int, str] = {}
    for first, text in done:
        assert len(text) <= 4096 + 64
        for offset, line in enumerate(text.split("\n")):
            seen[first + offset] = seen.get(first + offset, "") + line
    for number, text in enumerate(texts, 1):
        assert seen.get(number, "").strip() == text.strip() or not text.strip()


def test_the_line_with_most_of_the_words_is_meant() -> None:
    marked = "\x02one\x03 alone\nnothing\n\x02one\x03 and \x02two\x03\n\x02One\x03 \x02one\x03"
    assert [offset for offset, _ in telling_lines(marked, Query("one two"))] == [2]
    assert [offset for offset, _ in telling_lines("a \x02two\nlines\x03 b", Query('"two lines"'))] == [0, 1]


def test_a_place_is_not_found_where_only_its_words_are(home: Home) -> None:
    home.ran("x", b"src/main.rs:12\r\nsrc main.rs 12\r\nsrc/main.rs:120\r\n")
    home.index()
    assert home.places("src/main.rs:12") == [(1, 1)]
    assert home.places("main.rs") == [(1, 1), (1, 2), (1, 3)]
