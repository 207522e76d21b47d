"""Cleaning up: what goes is gone with its whole process tree, what must stay stays, and crashes leave nothing."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.server_kit import RunningServer, await_event, error_of, is_running, until


def clean(server: RunningServer, **params: Any) -> Any:
    return server.call("cleanup", dry_run=False, **params)


def names(found: list[dict[str, Any]]) -> list[str]:
    return sorted(one["name"] for one in found)


def age(path: Path) -> None:
    old = time.time() - 3600
    os.utime(path, (old, old))


def test_a_removed_session_leaves_no_process_no_file_and_no_record(server: RunningServer, tmp_path: Path) -> None:
    server.create("old")
    server.create("other")
    pids = tmp_path / "pids"
    away = f"(setsid sh -c 'echo $$ >> {pids}; exec sleep 1000' &) ; sleep 1000 & echo $! >> {pids}"
    server.exec("old", away)
    until(lambda: pids.exists() and len(pids.read_text().split()) == 2, "both to run")
    server.exec("other", "echo kept")
    pane = server.pane("old")["id"]
    preview = server.call("cleanup", idle=0.0)
    assert preview["dry_run"] and names(preview["sessions"]) == ["old", "other"] and preview["bytes"] > 0
    agreed = [one["id"] for one in preview["sessions"] if one["name"] == "old"]

    done = clean(server, idle=0.0, sessions=agreed)
    (removed,) = done["sessions"]
    assert removed["name"] == "old" and removed["removed"] and removed["survived"] == []
    left = [int(pid) for pid in pids.read_text().split()]
    assert {process["pid"] for process in removed["gone"]} >= set(left)
    assert not any(map(is_running, left))
    assert not os.path.exists(server.home.journal(pane)) and not os.path.exists(server.home.shell(pane))
    assert [one["name"] for one in server.call("session.list")["sessions"]] == ["other"]
    assert server.call("session.list", status="killed")["sessions"] == []
    assert server.exec("other", "echo still").output == b"still\n"
    server.kill_server()
    assert [one["name"] for one in server.call("session.list")["sessions"]] == ["other"]


def test_what_runs_and_what_is_looked_at_stays_unless_told(server: RunningServer) -> None:
    for name in ("runs", "program", "seen", "here", "quiet"):
        command = ["sleep", "1000"] if name == "program" else []
        made = server.create(name, command=command)
        if name == "here":
            here = made["id"]
    for name in ("runs", "seen", "here", "quiet"):
        server.await_prompt(name)
    server.call("pane.send", target="runs", text="sleep 1000", enter=True)
    until(lambda: server.call("session.get", target="runs")["running"], "the command")
    attached = server.connect().open("attach", target="seen", columns=80, rows=24)
    await_event(attached, "attached")

    done = clean(server, idle=0.0, spare=[here])
    assert names(done["sessions"]) == ["quiet"]
    why = {one["name"]: one["why"] for one in done["kept"]}
    assert why == {
        "runs": "it is running 'sleep 1000'",
        "program": "it runs sleep",
        "seen": "somebody is attached",
        "here": "the caller is in it",
    }
    done = clean(server, idle=0.0, spare=[here], force=True)
    assert names(done["sessions"]) == ["program", "runs", "seen"] and names(done["kept"]) == ["here"]
    assert [one["name"] for one in server.call("session.list")["sessions"]] == ["here"]


def test_ages_and_numbers_choose_among_the_stopped(server: RunningServer) -> None:
    for name in ("a", "b", "c"):
        server.create(name, command=["true"])
        until(lambda: server.call("session.get", target=name)["status"] == "stopped", "its end")  # noqa: B023
    server.create("alive")
    assert names(server.call("cleanup", older_than=3600.0)["sessions"]) == []
    assert names(server.call("cleanup", stopped=True)["sessions"]) == ["a", "b", "c"]
    preview = server.call("cleanup", stopped=True, keep=1)
    assert names(preview["sessions"]) == ["a", "b"] and names(preview["kept"]) == ["c"]
    assert names(server.call("cleanup", keep=2)["sessions"]) == ["a"]
    assert names(server.call("cleanup")["sessions"]) == []
    assert names(server.call("cleanup", idle=0.0, stopped=True)["sessions"]) == ["a", "alive", "b", "c"]
    server.call("session.kill", targets=["b"])
    assert names(clean(server, stopped=True)["sessions"]) == ["a", "b", "c"]


def test_what_crashes_left_is_repaired_and_what_lives_is_not(server: RunningServer) -> None:
    server.create("dev")
    pane = server.pane("dev")["id"]
    home = Path(server.home.folder)
    journal, shell = home / "journals" / "pdead", home / "shells" / "pgone"
    for folder in (journal, shell, home / "journals" / "pyoung"):
        folder.mkdir()
        (folder / "file").write_bytes(b"x" * 10_000)
    for path in (journal, shell):
        age(path)
    for name in (pane,):
        age(home / "journals" / name)
        age(home / "shells" / name)
    dead = socket.socket(socket.AF_UNIX)
    os.chdir(home / "run")  # a path below the limit of its length
    dead.bind("keeper-old.sock")
    dead.close()
    os.chdir("/")
    preview = server.call("cleanup")
    found = {os.path.basename(one["path"]): one["kind"] for one in preview["leftovers"]}
    assert found == {"pdead": "journal", "pgone": "shell", "keeper-old.sock": "socket"}
    done = clean(server)
    assert all(one["gone"] for one in done["leftovers"]) and len(done["leftovers"]) == 3
    assert not journal.exists() and not shell.exists() and (home / "journals" / "pyoung").exists()
    assert server.call("cleanup")["leftovers"] == []
    assert server.exec("dev", "echo alive").output == b"alive\n"


@pytest.mark.parametrize("alive", [True, False])
def test_journals_beyond_a_lower_limit_are_pruned(tmp_path: Path, alive: bool) -> None:
    from tests.server.server_kit import running_server

    with running_server(tmp_path / "home") as server:
        server.create("dev")
        server.exec("dev", "head -c 12000000 /dev/urandom | base64 -w 0 | fold -w 200", stream="none")
        if not alive:
            server.exec("dev", "exit 0")
        Path(server.home.config).write_text("journal_limit_mb = 5\n")
        server.call("server.stop", keep_sessions=True)
        until(lambda: not os.path.exists(server.home.server_socket), "its end")
        server.start()
        before = server.pane("dev")
        done = clean(server)
        after = server.pane("dev")
        assert done["bytes"] > 3_000_000
        assert before["journal_start"] == 0 and after["journal_end"] >= before["journal_end"]
        files = list(Path(server.home.journal(before["id"])).glob("segment-*"))
        assert sum(path.stat().st_size for path in files) <= 5 * 1024 * 1024


def test_a_session_that_is_being_made_stays_and_one_that_is_deleted_meanwhile_is_gone(server: RunningServer) -> None:
    """The keeper is held, so that a program is about to be started for as long as it takes to interfere."""
    keeper = server.keeper_pid
    os.kill(keeper, signal.SIGSTOP)
    try:
        making = {
            name: server.connect().open(
                "session.create", name=name, shell="bash", env=server.shell_environment(), dir=server.user_home
            )
            for name in ("made", "unwanted")
        }
        for call in making.values():
            assert call.receive(0.1) is None
        until(lambda: names(server.call("session.list")["sessions"]) == ["made", "unwanted"])
        done = clean(server, stopped=True)
        assert done["sessions"] == [] and names(done["kept"]) == ["made", "unwanted"]
        ident = server.call("session.get", target="unwanted")["id"]
        server.call("session.kill", targets=["unwanted"], force=True)
        server.call("session.delete", target=ident)
    finally:
        os.kill(keeper, signal.SIGCONT)
    assert making["made"].result()["status"] == "active"
    assert error_of(making["unwanted"].result).code == "stopped"
    assert server.exec("made", "echo here").output == b"here\n"
    assert "Traceback" not in server.log()


def test_two_cleanups_at_once_do_not_meet(server: RunningServer) -> None:
    for number in range(3):
        server.create(f"s{number}")
        server.await_prompt(f"s{number}")
    first, second = server.connect(), server.connect()
    calls = [one.open("cleanup", dry_run=False, idle=0.0) for one in (first, second)]
    from ai_session_tui.client.connection import Done
    from ai_session_tui.errors import BusyError

    results = []
    for call in calls:
        try:
            item = call.receive(30.0)
            assert isinstance(item, Done)
            results.append(len(item.result["sessions"]))
        except BusyError:
            results.append(-1)
    assert sorted(results) in ([-1, 3], [0, 3])
    assert "Traceback" not in server.log()
