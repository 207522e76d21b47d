"""A server that somebody starts inside a pane belongs to no pane: it survives the pane, and breaks nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ai_session_tui.errors import ServerUnreachableError
from ai_session_tui.names import PANE_VARIABLES
from ai_session_tui.ptys.processes import MARKER
from tests.server.server_kit import ROOT, RunningServer, is_running, running_server, until

CLI = f"PYTHONPATH={ROOT} {sys.executable} -m ai_session_tui"
SERVER = f"PYTHONPATH={ROOT} {sys.executable} -m ai_session_tui.server"


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[RunningServer]:
    """Another home, whose server a test starts in its own way."""
    inner = RunningServer(str(tmp_path / "inner"))
    yield inner
    inner.clean_up()


def variables_of(pid: int) -> set[str]:
    with open(f"/proc/{pid}/environ", "rb") as file:
        return {entry.partition(b"=")[0].decode() for entry in file.read().split(b"\0")}


def test_the_marker_of_a_kill_is_among_the_variables_of_a_pane() -> None:
    assert MARKER in PANE_VARIABLES


def test_a_server_of_another_home_survives_the_kill_of_the_pane_it_was_started_in(
    server: RunningServer, inner: RunningServer
) -> None:
    server.create("outer")
    ran = server.exec("outer", f"AI_SESSION_HOME={inner.home.folder} {CLI} create --name within -- sleep 1000")
    assert ran.code == 0, ran.output
    status, sleeper = inner.call("server.status"), inner.pane("within")["pid"]
    for pid in (status["pid"], status["keeper_pid"]):
        assert not variables_of(pid) & set(PANE_VARIABLES)
    assert set(PANE_VARIABLES) <= variables_of(sleeper)

    [killed] = server.call("session.kill", targets=["outer"], force=True)["sessions"]
    assert killed["gone"] and not killed["survived"]
    assert inner.pid == status["pid"] and inner.keeper_pid == status["keeper_pid"]
    assert is_running(sleeper) and inner.pane("within")["pid"] == sleeper
    inner.kill_server()  # and the one that the keeper starts is as free of the pane
    assert not set(PANE_VARIABLES) & variables_of(inner.pid)


@pytest.mark.parametrize("start", [f"{SERVER} --home", f"{CLI} server start; :"])
def test_a_server_of_the_same_home_inside_a_pane_is_the_one_that_runs(server: RunningServer, start: str) -> None:
    server.create("dev")
    server.create("other")
    pid = server.pid
    assert server.exec("dev", f"{start} {server.home.folder}").code == 0
    server.call("session.kill", targets=["dev"])
    assert server.pid == pid
    assert server.exec("other", "echo usable").output == b"usable\n"


def test_a_kill_spares_the_server_even_when_it_was_started_in_that_pane(tmp_path: Path) -> None:
    """After the server is gone, its keeper starts the next one; here a program of the pane is faster, or is refused."""
    with running_server(tmp_path / "home") as server:
        server.create("dev")
        server.create("other")
        again = f"until {SERVER} --home {server.home.folder}; do :; done"
        line = f"kill -9 {server.pid}; {again}; echo fini''shed"
        with suppress(ServerUnreachableError):  # it may be gone before it answers
            server.call("pane.send", target="dev", text=line, enter=True)

        def is_done() -> bool:
            try:
                return "finished" in server.screen("dev")
            except ServerUnreachableError:  # the old one has just gone
                return False

        until(is_done, "the end of the start command")
        pid = server.pid
        [killed] = server.call("session.kill", targets=["dev"])["sessions"]
        assert not killed["survived"] and server.pid == pid
        assert server.exec("other", "echo usable").output == b"usable\n"
