"""What a person searches for, as the full-text search understands it: run against a real one, not compared as text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.analyst.query import Query
from ai_session_tui.errors import UsageError

TEXTS = {
    1: "error[E0425]: cannot find value `x` in src/main.rs:12",
    2: "test test_user_login ... FAILED",
    3: "Connection refused by db.example.org:5432",
    4: "connection accepted; 120 rows",
    5: "GET /api/v1/users?id=7 200",
    6: "Überprüfung fehlgeschlagen: 日本語 テスト",
}


@pytest.fixture(scope="module")
def texts() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2')")
    connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", TEXTS.items())
    yield connection
    connection.close()


def found(connection: sqlite3.Connection, query: str) -> set[int]:
    return {
        row for (row,) in connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (Query(query).expression,))
    }


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("src/main.rs:12", {1}),
        ("src/main.rs:1", set()),  # a number does not go on
        ("E0425", {1}),
        ("user_login", {2}),
        ("test_user", {2}),
        ("fail", {2}),  # a word goes on
        ('"fail"', set()),  # in quotes it does not
        ("connection", {3, 4}),
        ("connection refused", {3}),
        ("refused connection", {3}),
        ('"refused connection"', set()),
        ("refused OR accepted", {3, 4}),
        ("connection NOT refused", {4}),
        ("connection NOT refused OR login", {2, 4}),
        ("db.example.org:5432", {3}),
        ("/api/v1/users?id=7", {5}),
        ("uberprufung", {6}),
        ("日本語", {6}),
        ("-- 120 ;", {4}),  # signs alone are left out
        ("not or near connection", set()),  # small letters are words
        ("NEAR(x", set()),
        ("text:connection", set()),
    ],
)
def test_a_query_finds_what_it_says(texts: sqlite3.Connection, query: str, rows: set[int]) -> None:
    assert found(texts, query) == rows


@pytest.mark.parametrize("query", ["", " ", '"open', "NOT x", "a OR", "OR", "...", '""', "a OR NOT b"])
def test_a_query_that_says_nothing_is_an_error(query: str) -> None:
    with pytest.raises(UsageError) as error:
        Query(query)
    assert error.value.hint


@given(st.text(max_size=40))
def test_no_query_is_a_syntax_error_of_the_database(query: str) -> None:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        found(connection, query)
    except UsageError:
        pass
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("query", "match", "is_meant"),
    [
        ("layouts.py", "layouts.py", True),
        ("layouts.py", "layouts/__pycache__", False),
        ("src/main.rs:12", "src/main.rs:12", True),
        ("src/main.rs:12", "src main rs 12", False),
        ("(user_login)", "User_Login2", True),
        ("fail", "FAILED", True),
        ("uberprufung", "Überprüfung", True),
        ('"connection refused"', "connection: refused", True),
        ("a.b OR c", "a b", False),
        ("a.b OR c", "C", True),
    ],
)
def test_signs_within_a_word_count(query: str, match: str, is_meant: bool) -> None:
    assert Query(query).accepts(match) is is_meant


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12))
def test_a_word_is_found_where_it_is_written(word: str) -> None:
    if not any(sign.isalnum() for sign in word) or '"' in word or word in ("OR", "NOT"):
        return
    assert Query(word).accepts(word)
