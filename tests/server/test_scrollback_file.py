"""Panes that begin below what another terminal showed, and killed sessions that are removed for good."""

from __future__ import annotations

import os
from pathlib import Path

from ai_session_tui.errors import ConflictError, NotFoundError, UsageError
from tests.server.server_kit import RunningServer, error_of


def test_the_scrollback_of_another_terminal_stands_above_the_prompt(server: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "scrollback"
    file.write_bytes(b"".join(b"\x1b[32mline %d\x1b[m\r\n" % number for number in range(200)))
    with server.connect() as connection:
        session = connection.call(
            "session.create", name="dev", scrollback_file=str(file), env=server.shell_environment(), columns=80, rows=24
        )
        pane = connection.call(
            "pane.split", target="dev", direction="down", scrollback_file=str(file), env=server.shell_environment()
        )
        for index in (1, pane["index"]):
            connection.call("pane.wait", target=f"dev:{index}", until="prompt", timeout=60)
            shown = connection.call("pane.capture", target=f"dev:{index}", scrollback=-1)["text"].split("\n")
            assert [f"line {number}" for number in range(200)] == shown[:200]
            assert "$" in shown[200] or "#" in shown[200]
        assert connection.call("command.list", target="dev")["commands"] == []
        assert session["panes"][0]["columns"] == 80


def test_a_forged_mark_in_a_scrollback_makes_no_record(server: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "scrollback"
    file.write_bytes(b"\x1b]133;C\x07out\r\n\x1b]133;D;0\x07\x1b[c\x1b[6n")
    with server.connect() as connection:
        connection.call("session.create", name="dev", scrollback_file=str(file), env=server.shell_environment())
        connection.call("pane.wait", target="dev", until="prompt", timeout=60)
        assert connection.call("command.list", target="dev")["commands"] == []


def test_a_scrollback_that_cannot_be_read_leaves_no_session(server: RunningServer, tmp_path: Path) -> None:
    with server.connect() as connection:
        missing = str(tmp_path / "none")
        error = error_of(lambda: connection.call("session.create", name="dev", scrollback_file=missing))
        assert isinstance(error, UsageError)
        assert missing in error.message
        assert connection.call("session.list")["sessions"] == []
        os.mkfifo(missing)
        assert error_of(lambda: connection.call("session.create", name="dev", scrollback_file=missing)).code == "usage"


def test_a_killed_session_is_removed_with_everything_that_it_had(server: RunningServer) -> None:
    with server.connect() as connection:
        session = connection.call("session.create", name="dev", env=server.shell_environment())
        ident, pane = session["id"], session["panes"][0]["id"]
        assert isinstance(error_of(lambda: connection.call("session.delete", target=ident)), ConflictError)
        connection.call("session.kill", targets=["dev"])
        assert os.path.isdir(server.home.journal(pane))
        assert connection.call("session.delete", target=ident) == {"id": ident, "name": "dev"}
        assert isinstance(error_of(lambda: connection.call("session.get", target=ident)), NotFoundError)
        assert not os.path.exists(server.home.journal(pane))
        assert not os.path.exists(server.home.shell(pane))
        assert connection.call("session.list", status="killed")["sessions"] == []
