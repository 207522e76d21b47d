"""A home that is deleted under a living server, in whole or in part: nothing runs on where nobody can reach it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_session_tui.errors import ConflictError
from tests.server.server_kit import RunningServer, error_of, is_running, running_server, until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with running_server(home) as running:
        yield running


def shell_pid(server: RunningServer, name: str = "dev") -> int:
    (pane,) = server.call("session.get", target=name)["panes"]
    assert isinstance(pane["pid"], int)
    return pane["pid"]


def test_a_socket_that_was_cleaned_away_is_there_again(server: RunningServer) -> None:
    server.create("dev")
    pid = server.pid
    os.unlink(server.home.server_socket)
    until(lambda: os.path.exists(server.home.server_socket), "the socket")
    assert (server.pid, server.exec("dev", "echo fine").output) == (pid, b"fine\n")
    assert server.call("server.status")["trouble"] is None
    assert "was deleted, and is made again" in server.log()


def test_programs_stay_in_reach_when_the_home_is_deleted(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "KEPT=1")
    pid, shell = server.pid, shell_pid(server)
    shutil.rmtree(server.home.folder)
    until(lambda: os.path.exists(server.home.server_socket), "the socket")
    assert (server.pid, shell_pid(server)) == (pid, shell)
    os.makedirs(server.user_home, exist_ok=True)
    assert server.exec("dev", "cd /; echo $KEPT").output == b"1\n"
    assert "the home was deleted" in server.call("server.status")["trouble"]
    assert "the home was deleted" in server.log()
    assert os.stat(server.home.folder).st_mode & 0o777 == 0o700
    assert server.launch().returncode == 0, "there is one already"
    assert server.pid == pid
    refused = error_of(lambda: server.call("server.stop", keep_sessions=True))
    assert isinstance(refused, ConflictError) and "cannot be handed over" in refused.message
    server.call("server.stop")
    until(lambda: not is_running(pid) and not is_running(shell), "the end of both")


def test_a_server_without_programs_ends_with_its_home(server: RunningServer) -> None:
    server.create("dev", command=["true"])
    until(lambda: server.call("session.get", target="dev")["status"] == "stopped", "the end of the program")
    status = server.call("server.status")
    shutil.rmtree(server.home.folder)
    until(lambda: not any(is_running(status[name]) for name in ("pid", "keeper_pid")), "the end of server and keeper")
    assert not os.path.exists(server.home.folder)


def test_where_another_server_was_faster_this_one_ends_with_its_programs_and_says_so(server: RunningServer) -> None:
    server.create("dev")
    pid, shell = server.pid, shell_pid(server)
    os.kill(pid, 19)  # SIGSTOP: it does not look
    shutil.rmtree(server.home.folder)
    os.makedirs(server.user_home, mode=0o700)
    assert server.launch().returncode == 0
    other = server.pid
    os.kill(pid, 18)
    until(lambda: not is_running(pid) and not is_running(shell), "the end of both")
    assert other != pid and server.pid == other
    assert "another server has it now" in server.log()


def test_a_folder_of_sockets_that_was_deleted_costs_the_way_to_the_keeper_only(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "echo before")
    shutil.rmtree(server.home.run)
    until(lambda: os.path.exists(server.home.server_socket), "the socket")
    assert server.exec("dev", "echo after").output == b"after\n"
    assert [one["command"] for one in server.call("command.list", target="dev")["commands"]] == [
        "echo before",
        "echo after",
    ]
    assert "the folder of its sockets" in server.call("server.status")["trouble"]
    subprocess.run(["kill", str(server.pid)], check=True)  # which hands over where that is possible
    until(lambda: "the sessions' programs end too" in server.log(), "the end")
