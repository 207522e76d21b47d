"""The server on Windows, as far as another system can tell: its own code for that system, over stand-ins."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from ai_session_tui.errors import SpawnError, UnsupportedError
from tests.server.server_kit import await_event, collect, error_of, is_running, until
from tests.server.windows_kit import WindowsServer, windows_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WindowsServer]:
    """A server that the test may kill."""
    with windows_server(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WindowsServer]:
    """A server that the tests share; each makes sessions of its own."""
    with windows_server(tmp_path_factory.mktemp("windows")) as running:
        yield running


# -- the process -------------------------------------------------------------------------------------------------------


def test_it_has_no_keeper_and_no_unix_socket(shared: WindowsServer) -> None:
    status = shared.call("server.status")
    assert status["keeper_pid"] is None
    assert not os.path.exists(shared.home.server_socket)
    assert os.stat(shared.home.tcp_endpoint).st_mode & 0o777 == 0o600


def test_it_is_detached_from_whoever_started_it(shared: WindowsServer) -> None:
    pid = shared.pid
    assert os.getsid(pid) != os.getsid(0)
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    pipes = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd") if int(fd) < 3]
    assert pipes == [os.devnull] * 3


def test_a_second_start_finds_the_first_server(shared: WindowsServer) -> None:
    pid = shared.pid
    assert shared.launch().returncode == 0
    assert shared.pid == pid


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    server = WindowsServer(tmp_path)
    Path(server.home.config).write_text("no_such_setting = 1\n")
    failed = server.launch()
    assert failed.returncode == 2
    assert "no_such_setting" in failed.stderr


def test_a_stop_takes_the_endpoint_away_and_another_start_finds_another_port(server: WindowsServer) -> None:
    first = Path(server.home.tcp_endpoint).read_text()
    pid = server.pid
    server.call("server.stop")
    until(lambda: not is_running(pid), "the end of the server")
    assert not os.path.exists(server.home.tcp_endpoint)
    server.start()
    assert Path(server.home.tcp_endpoint).read_text() != first


def test_who_asks_to_keep_the_programs_is_refused_and_they_live(server: WindowsServer) -> None:
    pid = server.create("dev")["panes"][0]["pid"]
    assert isinstance(error_of(lambda: server.call("server.stop", keep_sessions=True)), UnsupportedError)
    assert is_running(pid) and server.pane("dev")["pid"] == pid


# -- panes -------------------------------------------------------------------------------------------------------------


def test_the_default_shell_is_comspec_and_it_reports_nothing(shared: WindowsServer) -> None:
    pane = shared.create("default")["panes"][0]
    assert pane["shell"] is None and pane["status"] == "running"
    shared.await_screen("default", "C:>")


def test_a_command_runs_as_input_and_its_exit_code_is_unknown_not_invented(shared: WindowsServer) -> None:
    shared.create("exec")
    shared.await_screen("exec", "C:>")
    ran = shared.exec("exec", "echo one; exit_code() { return 3; }; exit_code")
    assert b"\none\n" in ran.output and ran.code is None
    assert ran.record["state"] == "ended" and "unknown" in ran.record["note"]
    assert [command["source"] for command in shared.commands("exec")] == ["input"]
    assert "one" in shared.screen("exec")


def test_an_exec_whose_time_is_over_types_an_interrupt(shared: WindowsServer) -> None:
    shared.create("slow")
    shared.await_screen("slow", "C:>")
    ran = shared.exec(
        "slow", "sh -c \"trap 'echo interr''upted; exit' INT; while :; do echo busy; sleep 0.05; done\"", timeout=0.5
    )
    assert ran.record["timed_out"] and ran.record["exit_code"] is None
    shared.await_screen("slow", "interrupted")


def test_a_resize_reaches_the_program(shared: WindowsServer) -> None:
    shared.create("size", columns=90, rows=20)
    shared.await_screen("size", "C:>")
    assert b"20 90" in shared.exec("size", "stty size").output
    shared.call("pane.resize", target="size", columns=101, rows=31)
    assert b"31 101" in shared.exec("size", "stty size").output


def test_keys_and_unicode_arrive(shared: WindowsServer) -> None:
    shared.create("keys", command=["cat"])
    shared.call("pane.send", target="keys", text="häuser 日本語 👩‍👩‍👧", enter=True)
    shared.await_screen("keys", "häuser 日本語")
    shared.call("pane.send", target="keys", keys=["C-d"])
    shared.call("pane.wait", target="keys", until="exit", timeout=60)
    assert shared.pane("keys")["exit_code"] == 0
    assert "häuser 日本語 👩‍👩‍👧".encode() in shared.journal("keys")


def test_the_exit_code_of_a_program_is_recorded(shared: WindowsServer) -> None:
    shared.create("ends")
    shared.call("pane.send", target="ends", text="exit 3", enter=True)
    shared.call("pane.wait", target="ends", until="exit", timeout=60)
    pane = shared.pane("ends")
    assert (pane["status"], pane["exit_code"], pane["exit_signal"]) == ("exited", 3, None)


def test_a_short_life_leaves_its_output_and_its_exit_code(shared: WindowsServer) -> None:
    for number in range(10):
        shared.create(f"brief-{number}", command=["brief.exe", str(number)])
    for number in range(10):
        shared.call("pane.wait", target=f"brief-{number}", until="exit", timeout=60)
        assert shared.pane(f"brief-{number}")["exit_code"] == 5
        assert shared.journal(f"brief-{number}") == b"short life of %d\r\n" % number


def test_a_program_that_is_not_there_leaves_nothing_behind(shared: WindowsServer) -> None:
    error = error_of(lambda: shared.create("ghost", command=["no-such-program.exe"]))
    assert isinstance(error, SpawnError)
    assert "ghost" not in [session["name"] for session in shared.call("session.list")["sessions"]]


def test_a_flood_is_recorded_whole(shared: WindowsServer) -> None:
    last = 400_000
    shared.create("flood", command=["seq", str(last)])
    shared.call("pane.wait", target="flood", until="exit", timeout=60)
    assert shared.journal("flood") == b"".join(b"%d\r\n" % number for number in range(1, last + 1))
    assert str(last) in shared.screen("flood")


def test_a_program_that_reads_nothing_holds_up_nobody(shared: WindowsServer) -> None:
    shared.create("deaf", command=["sh", "-c", "stty raw -echo; echo ready; exec sleep 1000"])
    shared.await_screen("deaf", "ready")
    pid = shared.pane("deaf")["pid"]
    shared.call("pane.send", target="deaf", text="x" * 2_000_000)
    shared.create("lively")
    shared.await_screen("lively", "C:>")
    shared.call("session.kill", targets=["deaf"])
    assert not is_running(pid)


def test_a_text_longer_than_any_buffer_arrives_whole(shared: WindowsServer) -> None:
    shared.create("long", command=["sh", "-c", "stty raw -echo; echo ready; head -c 1000000 | sha256sum"])
    shared.await_screen("long", "ready")
    text = "0123456789" * 100_000
    shared.call("pane.send", target="long", text=text)
    shared.call("pane.wait", target="long", until="exit", timeout=60)
    assert shared.screen("long").split()[1] == sha256(text.encode()).hexdigest()


def test_a_kill_ends_the_whole_tree_and_says_so(shared: WindowsServer) -> None:
    shared.create("tree", command=["sh", "-c", "trap '' HUP INT TERM; setsid sleep 1000 & sleep 1000 & echo on; wait"])
    shared.await_screen("tree", "on")
    [killed] = shared.call("session.kill", targets=["tree"])["sessions"]
    assert len(killed["gone"]) == 3 and not killed["survived"]
    assert not any(is_running(process["pid"]) for process in killed["gone"])


def test_a_viewer_sees_and_types_and_hears_of_the_end(shared: WindowsServer) -> None:
    shared.create("seen", command=["cat"])
    call = shared.connect().open("attach", target="seen", columns=80, rows=24)
    await_event(call, "attached")
    call.send(b"typed\r")
    shared.await_screen("seen", "typed")
    call.send(b"\x04")
    ran = collect(call)
    assert ran.record == {"reason": "exited"} and b"typed" in ran.output


# -- the end of the server ---------------------------------------------------------------------------------------------


def test_a_stop_ends_the_programs_and_the_next_server_has_everything_but_them(server: WindowsServer) -> None:
    program = server.create("dev")["panes"][0]["pid"]
    server.await_screen("dev", "C:>")
    server.exec("dev", "echo remem''bered")
    pid = server.pid
    assert server.call("server.stop")["stopped"] == ["dev"]
    until(lambda: not is_running(pid), "the end of the server")
    assert not is_running(program)

    server.start()
    [session] = server.call("session.list")["sessions"]
    assert (session["name"], session["status"], session["panes"][0]["status"]) == ("dev", "stopped", "exited")
    [entry] = [entry for entry in server.call("server.status")["ledger"] if entry["session"] == "dev"]
    assert entry["outcome"] == "stopped"
    assert "remembered" in server.screen("dev")
    server.call("session.start", target="dev", env=server.shell_environment())
    assert b"again" in server.exec("dev", "echo ag''ain").output
    text = server.screen("dev", scrollback=-1)
    assert text.index("remembered") < text.index("again")


def test_a_killed_server_takes_its_programs_along_and_the_next_one_says_so(server: WindowsServer) -> None:
    program = server.create("dev", command=["sh", "-c", "echo before; exec sleep 1000"])["panes"][0]["pid"]
    server.await_screen("dev", "before")
    server.kill_server()
    until(lambda: not is_running(program), "the end of the program")

    server.start()
    [session] = server.call("session.list")["sessions"]
    assert (session["status"], session["panes"][0]["status"]) == ("stopped", "lost")
    [entry] = server.call("server.status")["ledger"]
    assert entry["outcome"] == "stopped" and "end with it" in entry["why"]
    assert "before" in server.screen("dev")
    server.call("session.start", target="dev", env=server.shell_environment())
    assert server.pane("dev")["status"] == "running"


def test_control_break_ends_it_in_order(server: WindowsServer) -> None:
    program = server.create("dev")["panes"][0]["pid"]
    pid = server.pid
    os.kill(pid, signal.SIGUSR1)  # what the stand-in delivers as Ctrl-Break
    until(lambda: not is_running(pid), "the end of the server")
    assert not is_running(program) and not os.path.exists(server.home.tcp_endpoint)
    server.start()
    assert server.pane("dev")["status"] == "exited"


# -- the subcommands ---------------------------------------------------------------------------------------------------


def test_the_subcommands_work_and_attach_says_what_it_needs(tmp_path: Path) -> None:
    server = WindowsServer(tmp_path)
    try:
        created = server.run("ai_session_tui", "create", "--name", "dev", "--dir", server.user_home)
        assert created.returncode == 0, created
        ran = server.run("ai_session_tui", "exec", "dev", "echo hel''lo")
        assert "hello" in ran.stdout and ran.returncode == 125, ran  # how it ended cannot be known
        assert "dev" in server.run("ai_session_tui", "list").stdout
        attached = server.run("ai_session_tui", "attach", "dev")
        assert attached.returncode == 9 and "POSIX terminal" in attached.stderr
        restarted = server.run("ai_session_tui", "server", "restart")
        assert restarted.returncode == 9 and "stop it" in restarted.stderr
        assert server.run("ai_session_tui", "kill", "dev").returncode == 0
        assert server.run("ai_session_tui", "server", "stop").returncode == 0
    finally:
        server.clean_up()
