"""A disk that is full: clear errors, programs that go on, and nothing corrupt when there is room again."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.rights import needs_mount
from tests.server.server_kit import RunningServer, collect, error_of, is_running, running_server, until

MNT_DETACH = 2
libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 12 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    failed = libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, b"size=12m,mode=700")
    assert not failed, os.strerror(ctypes.get_errno())
    yield folder
    libc.umount2(os.fsencode(folder), MNT_DETACH)


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    path = folder / "filler"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return path


@needs_mount
def test_the_disk_fills_up_and_gets_room_again(small_disk: Path) -> None:
    with running_server(small_disk / "home") as server:
        server.create("dev")
        server.exec("dev", "echo before")
        server.create("writer", command=["sh", "-c", "while read n; do seq 1 $n; done"])
        filler = fill(small_disk)
        server.call("pane.send", target="writer", text="150000", enter=True)
        server.await_screen("writer", "149999\n150000")
        assert "No space" in until(lambda: server.call("server.status")["trouble"], "word of the trouble")

        refused = error_of(lambda: server.create("new"))
        assert refused.code in ("storage", "spawn"), refused
        assert [session["name"] for session in server.call("session.list")["sessions"]] == ["dev", "writer"]
        assert error_of(lambda: server.exec("dev", "echo not handed over" * 1000)).code == "storage"

        server.call("pane.send", target="dev", text="echo typed $((40+2))", enter=True)
        server.await_screen("dev", "typed 42")

        filler.unlink()
        assert server.exec("dev", "echo after").output == b"after\n"
        server.call("pane.send", target="writer", text="3", enter=True)
        until(lambda: server.call("server.status")["trouble"] is None, "the end of the trouble")
        server.create("new")
        journal = server.journal("writer", raw=False)
        assert journal.count(b"\n150000\n") == 1
        assert _numbers(journal) == list(range(1, 150001))
        server.kill_server()
        _is_right(server)


def _numbers(journal: bytes) -> list[int]:
    """Return what the first run of seq printed."""
    lines = journal.split(b"150000\n", 1)[1].split(b"\n")
    return [int(line) for line in lines[:150000]]


def _is_right(server: RunningServer) -> None:
    """Whether everything is there for the next server, and sound."""
    assert server.exec("dev", "echo more").output == b"more\n"
    commands = [row["command"] for row in server.commands("dev") if row["state"] == "ended"]
    assert commands[0] == "echo before"
    assert commands[-2:] == ["echo after", "echo more"]
    assert server.journal("writer", raw=False).count(b"\n149999\n") == 1
    server.call("server.stop")
    with closing(sqlite3.connect(server.home.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@needs_mount
def test_a_kill_that_cannot_be_noted_is_not_half_done(small_disk: Path) -> None:
    with running_server(small_disk / "home") as server:
        server.create("dev")
        filler = fill(small_disk)
        with closing(sqlite3.connect(server.home.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # whatever room the log of the database has left, nothing can be written
            refused = error_of(lambda: server.call("session.kill", targets=["dev"], force=True))
        assert refused.code == "storage", refused
        assert server.call("session.get", target="dev")["status"] == "stopped"
        filler.unlink()
        assert server.call("session.kill", targets=["dev"])["sessions"][0]["name"] == "dev"
        assert server.call("session.list")["sessions"] == []


@needs_mount
def test_a_server_can_start_on_a_full_disk_or_says_why_not(small_disk: Path) -> None:
    with running_server(small_disk / "home") as server:
        server.create("dev")
        server.exec("dev", "echo before")
        pane = server.pane("dev")["pid"]
        filler = fill(small_disk)
        server.kill_server()
        done = server.launch()
        assert done.returncode == 0 or (done.returncode == 7 and "disk is full" in done.stderr), done
        assert is_running(pane)
        filler.unlink()
        server.start()
        assert server.pane("dev")["pid"] == pane
        assert "before" in server.screen("dev")
        assert server.exec("dev", "echo after").output == b"after\n"


def test_a_database_that_cannot_be_written_does_not_stop_the_panes(tmp_path: Path) -> None:
    with running_server(tmp_path / "home") as server:
        server.create("dev")
        server.exec("dev", "echo before")
        with closing(sqlite3.connect(server.home.database, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")  # as a backup would hold it
            call = server.connect().open("exec.run", target="dev", command="echo while it is locked")
            assert collect(call, 60).output == b"while it is locked\n"
            database.execute("ROLLBACK")
        assert server.exec("dev", "echo after").output == b"after\n"
        assert stat.S_IMODE(os.stat(server.home.database).st_mode) == 0o600
