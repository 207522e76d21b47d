"""A server that leaves no trace where it should not: descriptors, modes, wake-ups, names, logs."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest
from blockbuster import BlockBuster

from ai_session_tui import limits
from ai_session_tui.client.connection import Connection
from ai_session_tui.errors import AiSessionError, ProtocolError
from ai_session_tui.paths import Home
from ai_session_tui.protocol.frames import encode_control
from ai_session_tui.protocol.greeting import greeting
from ai_session_tui.server import log
from ai_session_tui.server.server import Server
from tests.rights import needs_mount, needs_root
from tests.server.server_kit import ROOT, RunningServer, collect, error_of, is_running, running_server, until

NOBODY = 65534


def descriptors(pid: int) -> dict[int, str]:
    """Return what each descriptor of a process is."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
    return found


# Being a daemon


def test_a_daemon_has_nothing_of_whoever_started_it(tmp_path: Path) -> None:
    server = RunningServer(str(tmp_path / "home"))
    leaked = os.open(tmp_path / "leaked", os.O_WRONLY | os.O_CREAT)
    ours, theirs = socket.socketpair()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ai_session_tui.server", "--home", server.home.folder],
            env=server.server_environment(),
            cwd=tmp_path,
            pass_fds=[leaked, theirs.fileno()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            umask=0o027,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        theirs.close()
        ours.settimeout(5)
        assert ours.recv(1) == b""  # nobody holds the other end
        for pid in (server.pid, server.keeper_pid):
            held = descriptors(pid)
            assert str(tmp_path / "leaked") not in held.values()
            assert held[0] == held[1] == "/dev/null"
            assert os.readlink(f"/proc/{pid}/cwd") == "/"
            assert os.getsid(pid) != os.getsid(0)
            with open(f"/proc/{pid}/stat") as file:
                assert file.read().rsplit(")")[1].split()[4] == "0"  # no controlling terminal
        home = server.home
        modes = {home.folder: 0o700, home.run: 0o700, home.server_socket: 0o600, home.keeper_socket: 0o600}
        for path, mode in {**modes, home.database: 0o600, home.log: 0o600}.items():
            assert stat.S_IMODE(os.stat(path).st_mode) == mode, path
        server.create("one")
        pane = server.pane("one")
        assert stat.S_IMODE(os.stat(home.journal(pane["id"])).st_mode) == 0o700
        assert stat.S_IMODE(os.stat(home.shell(pane["id"])).st_mode) == 0o700
        assert set(descriptors(pane["pid"])) <= {0, 1, 2, 10, 255}
        assert server.exec("one", "umask; ls /proc/self/fd | wc -l | tr -d ' '").output.split() == [b"0027", b"4"]
        assert b"UMASK" not in server.exec("one", "env").output
    finally:
        os.close(leaked)
        ours.close()
        theirs.close()
        server.clean_up()


def test_a_program_in_a_pane_knows_where_it_is_and_has_no_foreign_terminals_words(shared: RunningServer) -> None:
    environment = {**shared.shell_environment(), "TMUX": "x", "STY": "y", "COLUMNS": "7", "MINE": "kept"}
    name = shared.create(env=environment, set_env={"SET": "too"})["name"]
    found = dict(line.split("=", 1) for line in shared.exec(name, "env").output.decode().splitlines() if "=" in line)
    session = shared.call("session.get", target=name)
    assert found["AI_SESSION_ID"] == session["id"]
    assert found["AI_SESSION_PANE"] == "1"
    assert found["AI_SESSION_HOME"] == shared.home.folder
    assert (found["MINE"], found["SET"], found["TERM"]) == ("kept", "too", "xterm-256color")
    assert not {"TMUX", "STY", "COLUMNS"} & set(found)


# The log


@pytest.fixture
def plain_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("plain_logging")
def test_the_log_rotates_and_stays_printable(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    log.start_log(str(path), "info")
    logger = logging.getLogger("test")
    logger.info("\x1b]0;owned\x07 first\r line\n2026 ERROR forged \x9b31m\u202e %s", "\x00\x7f")
    text = path.read_bytes().decode()
    assert "forged" in text
    logger.info("refused: API_TOKEN=%s", "abc123def456")
    assert "API_TOKEN=[redacted]" in path.read_text()
    assert "\x1b" not in text and "\r" not in text and "\u202e" not in text and "\x9b" not in text
    assert all(line.startswith(("20", "    ")) for line in text.splitlines())
    for number in range(40_000):
        logger.info("entry %d %s", number, "x" * 100)
    files = sorted(tmp_path.iterdir())
    assert len(files) == limits.LOG_FILES
    assert all(file.stat().st_size <= limits.LOG_BYTES for file in files)
    assert "entry 39999" in path.read_text()


def test_what_a_client_calls_itself_cannot_forge_the_log(server: RunningServer) -> None:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server.home.server_socket)
    connection.sendall(encode_control(greeting("client", client="\x1b[31mevil\nline", pid="\x07")) + b"\0\0\0\x05Xabcd")
    connection.settimeout(10)
    while connection.recv(4096):
        pass
    connection.close()
    until(lambda: "dropped" in server.log())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", server.log())


# Transport


def test_loopback_tcp_wants_the_secret(tmp_path: Path) -> None:
    with running_server(tmp_path / "home", AI_SESSION_TCP="1") as server:
        home = server.home
        assert not os.path.exists(home.server_socket)
        assert stat.S_IMODE(os.stat(home.tcp_endpoint).st_mode) == 0o600
        server.create("one")
        assert server.exec("one", "echo over tcp").output == b"over tcp\n"
        with open(home.tcp_endpoint) as file:
            host, port, secret = file.read().split()
        assert host == "127.0.0.1"
        for wrong in ({}, {"secret": secret[:-1] + "x"}, {"secret": ""}, {"secret": 7}, {"secret": None}):
            peer = socket.create_connection((host, int(port)))
            peer.sendall(
                encode_control(greeting("client", **wrong)) + encode_control({"id": 1, "method": "session.list"})
            )
            peer.settimeout(10)
            said = b""
            while data := peer.recv(65536):
                said += data
            peer.close()
            assert b"secret" in said
            assert b'"sessions"' not in said
        server.kill_server()
        assert server.exec("one", "echo again").output == b"again\n"
        server.call("server.stop")
        until(lambda: not os.path.exists(home.tcp_endpoint))


def test_another_program_on_the_socket_is_not_taken_for_a_server(tmp_path: Path) -> None:
    home = Home(str(tmp_path))
    home.prepare()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(home.server_socket)
    listener.listen()

    def answer() -> None:
        peer, _ = listener.accept()
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.close()

    thread = threading.Thread(target=answer)
    thread.start()
    with Connection(home) as connection:
        assert isinstance(error_of(connection.greet), ProtocolError)
    thread.join()
    listener.close()


# Starting where nothing can be written


def _start(home: str, *before: str, user: int | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "ai_session_tui.server", "--home", home],
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        user=user,
        timeout=30,
        check=False,
    )


def test_a_home_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = _start(str(tmp_path / "file" / "home"))
    assert done.returncode == 7, done
    assert "cannot use the home" in done.stderr
    assert "Traceback" not in done.stderr


@needs_mount
@pytest.mark.parametrize("used_before", [False, True])
def test_a_read_only_home_is_a_storage_error(tmp_path: Path, used_before: bool) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    fill = "mkdir -p run journals shells" if used_before else ":"
    script = f'mount -t tmpfs none "$1" && cd "$1" && {fill} && mount -o remount,ro "$1" && cd / && shift && exec "$@"'
    done = _start(str(home), "unshare", "-m", "sh", "-c", script, "sh", str(home))
    assert done.returncode == 7, done
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


@needs_root
def test_the_home_of_another_user_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    done = _start(str(home))
    assert done.returncode == 7, done
    assert "another user" in done.stderr


def test_a_bad_setting_is_a_usage_error(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("columns = 0\n")
    done = _start(str(home))
    assert done.returncode == 2
    assert "config.toml:1" in done.stderr


# Idling


def _switches(pid: int) -> int:
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as file:
            total += int(next(line for line in file if line.startswith("voluntary")).split()[1])
    return total


def test_an_idle_server_sleeps(server: RunningServer) -> None:
    for number in range(20):
        server.create(shell=("bash", "sh")[number % 2])
    for session in server.call("session.list")["sessions"]:
        server.exec(session["name"], "echo warm")
    pids = (server.pid, server.keeper_pid)
    time.sleep(3)  # the checkpoints that follow output
    before = [_switches(pid) for pid in pids]
    time.sleep(3)
    woken = [_switches(pid) - count for pid, count in zip(pids, before, strict=True)]
    assert woken[0] <= 10
    assert woken[1] <= 3


# Names


def test_names_are_unique_prefixes_work_and_errors_say_what_there_is(server: RunningServer) -> None:
    for name in ("alpha", "alpine", "beta"):
        server.create(name)
    ident = server.call("session.get", target="beta")["id"]
    assert server.call("session.get", target="b")["name"] == "beta"
    assert server.call("session.get", target=ident)["name"] == "beta"
    assert server.call("session.get", target="alpha")["name"] == "alpha"
    unknown = error_of(lambda: server.call("session.get", target="gamma"))
    assert (unknown.code, "alpha" in unknown.hint) == ("not_found", True)
    ambiguous = error_of(lambda: server.call("session.get", target="alp"))
    assert ambiguous.code == "ambiguous_name"
    assert "alpha, alpine" in ambiguous.message
    assert error_of(lambda: server.create("beta")).code == "conflict"
    assert error_of(lambda: server.call("session.rename", target="alpha", name="beta")).code == "conflict"
    assert server.call("session.rename", target="alpha", name="omega")["name"] == "omega"
    assert server.call("session.rename", target="omega", name="omega")["name"] == "omega"
    for illegal in ("", "a/b", "a:b", "a\nb", "\x1b[31m", "x" * 65, ".", " ", "a#b"):
        assert error_of(lambda illegal=illegal: server.create(illegal)).code == "invalid_name", illegal  # type: ignore[misc]  # bound now
    assert error_of(lambda: server.call("session.get", target="beta:2")).code == "not_found"
    server.kill_server()
    assert sorted(session["name"] for session in server.call("session.list")["sessions"]) == ["alpine", "beta", "omega"]
    assert server.create()["name"] == "session-1"


def test_a_killed_name_is_free_and_its_records_stay(server: RunningServer) -> None:
    first = server.create("dev")
    server.exec("dev", "echo remembered")
    killed = server.call("session.kill", targets=["dev"])["sessions"][0]
    assert (killed["name"], killed["survived"]) == ("dev", [])
    assert killed["gone"]
    second = server.create("dev")
    assert second["id"] != first["id"]
    for again in range(2):
        output = collect(server.connect().open("command.output", target=f"{first['id']}#1", raw=False))
        assert output.output == b"remembered\n"
        assert [row["name"] for row in server.call("session.list", status="killed")["sessions"]] == ["dev"]
        if not again:
            server.kill_server()
    assert server.call("session.kill", targets=[first["id"]])["sessions"][0]["gone"] == []
    server.call("session.kill", targets=["dev"])
    server.call("session.start", target=first["id"], env=server.shell_environment())
    assert server.exec("dev", "echo back").output == b"back\n"
    assert "remembered" in server.screen("dev", scrollback=-1)


def test_killing_is_idempotent_also_at_once(server: RunningServer) -> None:
    ident = server.create("dev", command=["sh", "-c", "trap '' HUP INT; sleep 100 & wait; wait"])["id"]
    connection = server.connect()
    calls = [connection.open("session.kill", targets=[ident]) for _ in range(3)]
    for call in calls:
        assert call.result()["sessions"][0]["survived"] == []
    assert server.call("session.list")["sessions"] == []
    assert error_of(lambda: server.call("session.kill", targets=["dev"])).code == "not_found"
    assert error_of(lambda: server.call("session.kill")).code == "usage"
    assert server.call("session.kill", all=True) == {"sessions": []}


def test_a_stopped_session_can_be_started_once(server: RunningServer) -> None:
    server.create("dev", command=["true"])
    until(lambda: server.pane("dev")["status"] == "exited")
    assert error_of(lambda: server.call("attach", target="dev", columns=80, rows=24)).code == "stopped"
    server.create("on")
    assert error_of(lambda: server.call("session.start", target="on")).code == "conflict"


def test_a_program_that_cannot_be_started_leaves_nothing(server: RunningServer) -> None:
    for wish in ({"command": ["/no/such/program"]}, {"shell": "/no/such/shell"}, {"dir": "/no/such/folder"}):
        error = error_of(lambda wish=wish: server.create("dev", **wish))  # type: ignore[misc]  # bound now
        assert error.code in ("spawn", "usage"), error
    assert server.call("session.list")["sessions"] == []
    assert os.listdir(server.home.journals) == os.listdir(server.home.shells) == []
    server.create("dev")


# Many


def test_fifty_creates_at_once(server: RunningServer) -> None:
    connection = server.connect()
    params = {"shell": "bash", "env": server.shell_environment(), "dir": server.user_home}
    calls = [connection.open("session.create", **params) for _ in range(40)]
    same = [connection.open("session.create", name="same", **params) for _ in range(10)]
    names = [call.result()["name"] for call in calls]
    assert len(set(names)) == 40
    made = 0
    for call in same:
        try:
            call.result()
            made += 1
        except AiSessionError as error:
            assert error.code == "conflict"
    assert made == 1
    execs = [connection.open("exec.run", target=name, command=f"echo {name}") for name in names]
    assert [collect(call).output.decode() for call in execs] == [f"{name}\n" for name in names]


def test_two_hundred_sessions_come_and_go_without_a_trace(server: RunningServer) -> None:
    connection = server.connect()
    pids = (server.pid, server.keeper_pid)

    def cycle(number: int) -> None:
        name = connection.call("session.create", command=["cat"], env=server.shell_environment(), dir="/")["name"]
        if number % 10 == 0:
            viewer = connection.open("attach", target=name, columns=50, rows=20)
            connection.call("pane.capture", target=name)
            viewer.cancel()
            viewer.result()
        connection.call("session.kill", targets=[name], force=True)

    for number in range(20):
        cycle(number)
    before = [len(descriptors(pid)) for pid in pids]
    for number in range(200):
        cycle(number)
    until(lambda: [len(descriptors(pid)) for pid in pids] <= before, "closed descriptors")
    assert [pid for pid in server.processes() if pid not in pids] == []
    assert is_running(pids[0])


# Nothing blocks the loop

# What the design puts on the loop, because it takes microseconds: the store, journals, exec files, single looks at
# /proc. Nothing of it may sleep, wait for a lock or for a socket.
_QUICK_FILES = (
    "ai_session_tui/store/", "ai_session_tui/journal/", "ai_session_tui/shells/", "ai_session_tui/server/life.py",
    "ai_session_tui/server/foreground.py", "ai_session_tui/server/doors.py", "ai_session_tui/server/server.py",
    "ai_session_tui/paths.py",
    "ai_session_tui/config.py", "ai_session_tui/ptys/linux.py", "ai_session_tui/keeper/", "/logging/", "/psutil/",
)  # fmt: skip
_WAITS = ("time.sleep", "socket.", "threading.", "ssl.", "builtins.")


def _is_quick_file(original: Callable[..., bool]) -> Callable[..., bool]:
    def may_block(*arguments: object, **options: object) -> bool:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if any(place in frame.f_code.co_filename for place in _QUICK_FILES):
                return True
            frame = frame.f_back
        return original(*arguments, **options)

    return may_block


@pytest.fixture
def nothing_blocks() -> Iterator[None]:
    guard = BlockBuster()
    for name, function in guard.functions.items():
        if not name.startswith(_WAITS):
            function.can_block_predicate = _is_quick_file(function.can_block_predicate)
    guard.activate()
    yield
    guard.deactivate()


@pytest.mark.usefixtures("nothing_blocks", "plain_logging")
async def test_no_method_blocks_the_loop(tmp_path: Path) -> None:
    home = Home(str(tmp_path / "home"))
    server = Server(home)
    ready = asyncio.Event()
    serving = asyncio.create_task(server.serve(ready.set))
    try:
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
        assert ready.is_set(), serving.exception()
        await asyncio.to_thread(_main_verbs, home)
    finally:
        server.stop(keep_sessions=False)
        await serving
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)
    log_text = await asyncio.to_thread(Path(home.log).read_text)
    assert "Blocking" not in log_text


def _main_verbs(home: Home) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": home.folder}
    with Connection(home) as connection:
        connection.call("session.create", name="flood", command=["yes", "x" * 70], env=environment)
        connection.call("session.create", name="dev", shell="bash", env=environment)
        connection.call("pane.wait", target="dev", until="prompt", timeout=60)
        viewer = connection.open("attach", target="flood", columns=70, rows=20)
        for number in range(5):
            assert collect(connection.open("exec.run", target="dev", command=f"echo {number}")).code == 0
            connection.call("session.list")
            connection.call("session.get", target="dev")
            connection.call("pane.capture", target="flood", scrollback=-1)
            connection.call("pane.send", target="dev", text="# typed", enter=True)
            connection.call("command.list", target="dev")
            connection.call("server.status")
            connection.call("attach.resize", attach=viewer.ident, columns=60 + number, rows=20)
        connection.call("session.rename", target="dev", name="other")
        connection.call("session.kill", targets=["other"])
        viewer.cancel()
        viewer.result()
        connection.call("session.kill", all=True, force=True)
