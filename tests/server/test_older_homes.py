"""Homes that an older ai-session wrote: after an upgrade everything in them is there, and what is new works on it.

A home is written by the server as it is, while its programs run on; then its database becomes what it would have
been at an older schema, and the server is started again.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from ai_session_tui.store import schema
from tests.server.server_kit import RunningServer, is_running, until

NEWEST = len(schema.MIGRATIONS)


def set_back(path: str, version: int) -> None:
    """Write a database again as an ai-session that knew `version` migrations would have."""
    with closing(sqlite3.connect(path)) as new:
        new.execute("PRAGMA journal_mode = DELETE")
    newer = path + ".newer"
    os.replace(path, newer)
    with closing(sqlite3.connect(path)) as old:
        for migration in schema.MIGRATIONS[:version]:
            old.executescript(migration)
        old.execute("ATTACH ? AS newer", (newer,))
        for (table,) in old.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall():
            if table.startswith("sqlite_"):
                continue
            columns = ", ".join(column[1] for column in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
        old.execute(f"PRAGMA main.user_version = {version}")
        old.commit()
    os.remove(newer)


@pytest.mark.parametrize("version", range(1, NEWEST))
def test_a_home_of_an_older_version_is_all_there(server: RunningServer, version: int) -> None:
    server.create("dev", ai_context=True)
    assert server.exec("dev", "export KEPT=still; echo wort; printf 'error: bad\\n' >&2; false").code == 1
    server.create("done", command=["sh", "-c", "exit 3"])
    server.create("gone")
    server.call("session.kill", targets=["gone"])
    until(lambda: server.pane("done")["exit_code"] == 3)
    shell = server.pane("dev")["pid"]
    stopped = server.pid
    server.call("server.stop", keep_sessions=True)
    until(lambda: not is_running(stopped))
    set_back(server.home.database, version)
    if os.path.exists(server.home.search):
        os.remove(server.home.search)
    server.start()

    assert {one["name"]: one["status"] for one in server.call("session.list")["sessions"]} == {
        "dev": "active",
        "done": "stopped",
    }
    assert server.pane("dev")["pid"] == shell
    assert server.pane("done")["exit_code"] == 3
    assert [one["exit_code"] for one in server.commands("dev")] == [1]
    assert server.exec("dev", "echo $KEPT").output == b"still\n"
    assert "error: bad" in server.call("command.digest", target="dev#1")["text"]
    context = server.call("context.get", target="dev")
    assert "error: bad" in "".join(message["text"] for message in context["messages"])
    assert [hit["command"] for hit in server.call("search", query="wort", session="dev")["hits"]][-1] == 1
    server.call("decision.add", target="dev", text="go on")
    server.call("message.send", target="dev", text="word")
    assert server.call("stats.get")
    assert server.call("pane.split", target="dev", env=server.shell_environment())["index"] == 2
    server.call("session.start", target="done")
    assert "Traceback" not in server.log()
