"""The store: what was saved is there again, whatever happened to the process or the disk in between."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import StorageError
from ai_session_tui.store import CommandRow, LedgerRow, PaneRow, SessionRow, Store, database, schema

ROOT = str(Path(__file__).resolve().parents[2])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(str(tmp_path / "sessions.db"))
    yield opened
    opened.close()


def session_row(ident: str = "s1", name: str = "dev") -> SessionRow:
    return SessionRow(ident, name, 1.5, 2.5, "/tmp", env={"A": "b"}, argv=["x", "y z"])


def pane_row(ident: str = "p1", session: str = "s1") -> PaneRow:
    return PaneRow(ident, session, 1, "nonce", "bash", "/tmp", 80, 24, pid=7, pid_started=99, boot_id="b")


def command_row(number: int = 1, **changes: object) -> CommandRow:
    return replace(CommandRow(number, "s1", "p1", "make", "ended", "exec"), **changes)


@pytest.fixture
def filled(store: Store) -> Store:
    store.save(session_row())
    store.save(pane_row())
    return store


def reopened(store: Store) -> Store:
    store.close()
    return Store(store.path)


# Text of any kind, also file names that are no UTF-8: those lose what SQLite cannot hold.
texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**63), 2**63 - 1)


@given(
    text=texts,
    cwd=texts,
    note=texts,
    started=st.floats(0, 4e9),
    code=st.none() | st.integers(0, 255),
    flag=st.booleans(),
    offset=st.integers(0, 2**62),
)
def test_a_command_comes_back_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    cwd: str,
    note: str,
    started: float,
    code: int | None,
    flag: bool,
    offset: int,
) -> None:
    store = Store(str(tmp_path_factory.mktemp("law") / "db"))
    store.save(session_row())
    store.save(pane_row())
    row = command_row(
        text=text, cwd=cwd, note=note, started=started, exit_code=code, fullscreen=flag, end_offset=offset
    )
    store.save(row)
    assert store.command("s1", 1) == row
    store.close()


def test_everything_comes_back_after_closing(filled: Store) -> None:
    filled.save(replace(session_row("s2", "other"), killed=4.0, template="t", compression=False, max_tokens=9))
    filled.save(replace(pane_row("p2", "s2"), exit_signal=9, exited=1.0, scan_offset=2**40))
    filled.save(command_row(1))
    filled.add_ledger(LedgerRow(1.0, 42, "s1", "dev", "adopted", "ran on"))
    before = (filled.sessions(), filled.panes(), filled.commands("s1"), filled.ledger())
    again = reopened(filled)
    assert (again.sessions(), again.panes(), again.commands("s1"), again.ledger()) == before
    again.close()


def test_saving_again_changes_the_row(filled: Store) -> None:
    filled.save(command_row(1, state="running", exit_code=None))
    filled.save(command_row(1, state="ended", exit_code=3))
    assert [(row.state, row.exit_code) for row in filled.commands("s1")] == [("ended", 3)]


def test_text_that_is_no_unicode_is_kept_as_far_as_it_goes(filled: Store) -> None:
    filled.save(command_row(1, text="cat caf\udce9", cwd="/\udcff"))
    assert filled.commands("s1")[0].text == "cat caf?"


def test_commands_are_found_by_state_key_and_mark(filled: Store) -> None:
    for number, state in enumerate(("ended", "sent", "running", "lost", "queued"), 1):
        filled.save(command_row(number, state=state, key=f"k{number % 2}", mark_offset=number * 10))
    assert [row.number for row in filled.open_commands("p1")] == [2, 3, 5]
    found = filled.command_of_key("s1", "k1")
    assert found is not None
    assert found.number == 5
    assert filled.command_of_key("s1", "nothing") is None
    assert filled.has_command_at("p1", 30)
    assert not filled.has_command_at("p1", 31)
    assert not filled.has_command_at("p2", 30)
    assert [row.number for row in filled.commands("s1", 2)] == [4, 5]
    assert filled.last_number("s1") == 5
    filled.delete_command(command_row(5))
    assert filled.last_number("s1") == 4


def test_a_name_belongs_to_one_living_session(filled: Store) -> None:
    with pytest.raises(StorageError):
        filled.save(session_row("s2", "dev"))
    filled.save(replace(session_row("s1", "dev"), killed=3.0))
    filled.save(session_row("s2", "dev"))


def test_a_deleted_session_leaves_nothing(filled: Store) -> None:
    filled.save(command_row(1))
    filled.delete_session(session_row())
    assert (filled.sessions(), filled.panes(), filled.commands("s1")) == ([], [], [])


def test_a_deletion_that_fails_changes_nothing_and_hinders_nothing(filled: Store) -> None:
    filled.save(command_row(1))
    blocker = sqlite3.connect(filled.path, isolation_level=None)
    blocker.executescript("CREATE TRIGGER no_deletion BEFORE DELETE ON sessions BEGIN SELECT raise(FAIL, 'kept'); END;")
    blocker.close()
    with pytest.raises(StorageError):
        filled.delete_session(session_row())
    assert len(filled.commands("s1")) == 1
    filled.save(command_row(2))
    again = reopened(filled)
    assert len(again.commands("s1")) == 2
    again.close()


def test_the_ledger_keeps_the_newest(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LEDGER_ROWS_KEPT", 5)
    for number in range(9):
        filled.add_ledger(LedgerRow(float(number), 1, "s1", "dev", "adopted", ""))
    assert [row.time for row in filled.ledger()] == [8.0, 7.0, 6.0, 5.0, 4.0]


# Migrations


def test_migrations_run_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "db")
    first = Store(path)
    first.save(session_row())
    first.close()
    more = (*schema.MIGRATIONS, "ALTER TABLE ledger ADD COLUMN extra TEXT", "CREATE TABLE later (x)")
    monkeypatch.setattr(schema, "MIGRATIONS", more)
    for _ in range(2):
        store = Store(path)
        assert [row.id for row in store.sessions()] == ["s1"]
        store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(more),)
    connection.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "db")
    Store(path).close()
    broken = (*schema.MIGRATIONS, "CREATE TABLE half (x); INSERT INTO half VALUES (1); CREATE TABLE sessions (y)")
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(StorageError):
        Store(path)
    monkeypatch.undo()
    store = Store(path)
    assert store.sessions() == []
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    connection.close()


def test_a_database_of_a_newer_release_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "db"
    Store(str(path)).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer"):
        Store(str(path))
    assert path.read_bytes() == before


KILLED_IN_THE_MIDDLE = """
import os, signal, sqlite3, sys
from ai_session_tui.store import Store, schema
schema.MIGRATIONS = (*schema.MIGRATIONS, "CREATE TABLE half (x); SELECT die(); CREATE TABLE other_half (x)")
connect = sqlite3.connect
def connecting(*arguments, **options):
    connection = connect(*arguments, **options)
    connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
    return connection
sqlite3.connect = connecting
Store(sys.argv[1])
"""


def test_a_crash_in_a_migration_leaves_the_schema_before_it(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    first = Store(path)
    first.save(session_row())
    first.close()
    done = subprocess.run(
        [sys.executable, "-c", KILLED_IN_THE_MIDDLE, path], env={**os.environ, "PYTHONPATH": ROOT}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    store = Store(path)
    assert [row.id for row in store.sessions()] == ["s1"]
    store.close()


KILLED_WHILE_WRITING = """
import sys
from dataclasses import replace
from ai_session_tui.store import CommandRow, Store
store = Store(sys.argv[1])
number = store.last_number("s1")
while True:
    number += 1
    store.save(CommandRow(number, "s1", "p1", "x" * (number % 3000), "ended", "exec"))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_what_was_saved_survives_kill_9(filled: Store) -> None:
    path = filled.path
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED_WHILE_WRITING, path],
            env={**os.environ, "PYTHONPATH": ROOT},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(60)]
        process.kill()
        said += process.stdout.readlines()
        process.stdout.close()
        process.wait()
        last = max(int(line) for line in said if line.endswith("\n"))
        assert last <= filled.last_number("s1") <= last + 1
        lengths = [len(row.text) for row in filled.commands("s1")]
        assert lengths == [number % 3000 for number in range(1, filled.last_number("s1") + 1)]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


# Bad places


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError, match="cannot be used"):
        Store(str(path))
    assert path.read_bytes() == b"this is no database" * 100


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used"):
        Store(str(tmp_path / "nowhere" / "db"))


def test_a_full_database_is_a_clear_error_and_nothing_is_corrupt(filled: Store) -> None:
    pages = filled._connection.execute("PRAGMA page_count").fetchone()[0]
    filled._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    saved = 0
    with pytest.raises(StorageError, match="full"):
        for number in range(1, 1000):
            filled.save(command_row(number, text="x" * 500))
            saved = number
    assert saved
    assert filled.last_number("s1") == saved
    again = reopened(filled)
    assert again.last_number("s1") == saved
    again.save(command_row(saved + 1, text="x" * 500))
    assert again._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    again.close()


def test_the_columns_are_the_rows_fields(store: Store) -> None:
    for kind, table in database._TABLES.items():
        columns = [row[1] for row in store._connection.execute(f"PRAGMA table_info({table})")]
        assert sorted(columns) == sorted(field.name for field in fields(kind))
