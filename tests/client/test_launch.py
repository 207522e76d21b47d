"""Starting a server on demand, with a stand-in for the server's start command and for systemd-run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_session_tui.client import launch
from ai_session_tui.client.connection import Connection
from ai_session_tui.errors import ServerUnreachableError, StorageError
from ai_session_tui.paths import Home

# Stands for `python -m ai_session_tui.server --home HOME`: notes that it was called, starts a server that stays,
# and returns when its socket answers.
START_COMMAND = """#!{python}
import os, sys
with open({log!r}, "a") as log:
    print(*sys.argv[1:], os.getcwd(), os.environ.get("WITHIN", ""), file=log)
if os.path.exists({log!r} + ".fail"):
    print("Traceback: long", file=sys.stderr)
    sys.exit("the disk is full")
sys.path[:0] = [{fakes!r}, {package!r}]
from fake_server import FakeServer
from ai_session_tui.paths import Home
import signal, threading
ready, tell = os.pipe()
if os.fork():
    os.read(ready, 1)
    sys.exit(0)
os.setsid()
server = FakeServer(Home(sys.argv[4]), methods={{"session.list": lambda request: os.getpid()}})
with open({log!r} + ".pid", "a") as log:
    print(os.getpid(), file=log)
os.write(tell, b"x")
signal.pause()
"""


class Starts:
    """What the stand-in noted."""

    def __init__(self, log: Path) -> None:
        self.log = log

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def fail(self) -> None:
        Path(f"{self.log}.fail").touch()

    def stop(self) -> None:
        pids = Path(f"{self.log}.pid")
        for pid in pids.read_text().split() if pids.exists() else []:
            os.kill(int(pid), signal.SIGKILL)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starts]:
    log = tmp_path / "starts"
    command = tmp_path / "start-command"
    package = str(Path(launch.__file__).parents[2])
    command.write_text(
        START_COMMAND.format(python=sys.executable, log=str(log), fakes=os.path.dirname(__file__), package=package)
    )
    command.chmod(0o700)
    monkeypatch.setattr(launch.sys, "executable", str(command))
    noted = Starts(log)
    yield noted
    noted.stop()


def test_a_server_is_started_from_the_root_folder_and_answers(home: Home, starts: Starts) -> None:
    with launch.connect(home) as connection:
        assert connection.call("session.list")
    assert starts.lines == [f"-m ai_session_tui.server --home {home.folder} / "]


def test_a_running_server_is_used(home: Home, starts: Starts) -> None:
    launch.connect(home).close()
    launch.connect(home).close()
    launch.start_server(home).close()
    assert len(starts.lines) == 1


def test_without_start_none_is_started(home: Home, starts: Starts) -> None:
    with pytest.raises(ServerUnreachableError):
        launch.connect(home, start=False)
    assert starts.lines == []


def test_twenty_clients_at_once_start_one_server(home: Home, starts: Starts) -> None:
    answers: list[object] = []

    def ask() -> None:
        with launch.connect(home) as connection:
            answers.append(connection.call("session.list"))

    clients = [threading.Thread(target=ask) for _ in range(20)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(60)
    assert len(answers) == 20 and len(set(map(str, answers))) == 1
    assert len(starts.lines) == 1


def test_what_the_server_said_about_its_failure_is_passed_on(home: Home, starts: Starts) -> None:
    starts.fail()
    with pytest.raises(ServerUnreachableError, match="the disk is full") as caught:
        launch.connect(home)
    assert home.log in caught.value.hint


def test_a_home_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        launch.connect(Home(str(tmp_path / "file" / "home")))


def test_a_starter_that_hangs_is_not_waited_for_for_ever(home: Home, starts: Starts) -> None:
    home.prepare()
    held = launch.try_lock(home.start_lock)
    assert held is not None
    try:
        with pytest.raises(ServerUnreachableError, match="another client"):
            launch.start_server(home, timeout=0.2)
    finally:
        os.close(held)


class Login:
    """A pretended systemd login: a cgroup file, a runtime folder, and the commands on PATH."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bin = tmp_path / "bin"
        self.bin.mkdir()
        self.cgroup = tmp_path / "cgroup"
        self.cgroup.write_text("0::/user.slice/user-1000.slice/session-3.scope\n")
        runtime = tmp_path / "runtime"
        (runtime / "systemd").mkdir(parents=True)
        (runtime / "systemd" / "private").touch()
        self.linger = tmp_path / "linger"
        self.linger.mkdir()
        monkeypatch.setattr(launch, "_LINGER_FOLDER", str(self.linger))
        self.environ = {"PATH": str(self.bin), "XDG_RUNTIME_DIR": str(runtime)}

    def has(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)

    def lingers(self) -> None:
        import pwd

        (self.linger / pwd.getpwuid(os.getuid()).pw_name).touch()

    def command(self) -> list[str]:
        return launch.scope_command(self.environ, str(self.cgroup))


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Login:
    login = Login(tmp_path, monkeypatch)
    login.has("systemd-run", 'while [ "$1" != -- ]; do shift; done; shift; WITHIN=scope exec "$@"')
    return login


def test_a_lingering_user_gets_a_scope_of_the_user_manager(login: Login) -> None:
    login.lingers()
    assert login.command() == [f"{login.bin}/systemd-run", "--user", "--scope", "--quiet", "--collect", "--"]


def test_a_login_that_kills_its_processes_is_left(login: Login) -> None:
    login.has("busctl", "echo b true")
    assert login.command()


@pytest.mark.parametrize("answer", ["echo b false", "exit 1"])
def test_without_lingering_the_login_scope_is_the_safer_place(login: Login, answer: str) -> None:
    login.has("busctl", answer)
    assert login.command() == []


def test_outside_a_login_nothing_is_asked(login: Login) -> None:
    login.lingers()
    login.cgroup.write_text("0::/system.slice/cron.service\n")
    assert login.command() == []
    login.cgroup.unlink()
    assert login.command() == []


def test_without_a_user_manager_nothing_is_asked(login: Login) -> None:
    login.lingers()
    del login.environ["XDG_RUNTIME_DIR"]
    assert login.command() == []


def _pretend_scope(monkeypatch: pytest.MonkeyPatch, login: Login) -> None:
    login.lingers()
    command = login.command()
    assert command
    monkeypatch.setattr(launch, "scope_command", lambda: command)


def test_the_server_starts_inside_the_scope(
    home: Home, starts: Starts, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_scope(monkeypatch, login)
    launch.connect(home).close()
    assert [line.split()[-1] for line in starts.lines] == ["scope"]


def test_when_systemd_run_fails_the_server_starts_plainly(
    home: Home, starts: Starts, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    login.has("systemd-run", "echo no bus >&2; exit 1")
    _pretend_scope(monkeypatch, login)
    launch.connect(home).close()
    assert starts.lines == [f"-m ai_session_tui.server --home {home.folder} / "]


def test_a_package_found_through_the_current_folder_is_found_from_the_root(tmp_path: Path) -> None:
    package = Path(launch.__file__).parents[1]
    (tmp_path / "ai_session_tui").symlink_to(package)
    script = "from ai_session_tui.client.launch import start_environment as e; print(e()['PYTHONPATH'])"
    # -S: without the site folders, as in a checkout that is not installed.
    ran = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": "lib"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip().split(os.pathsep) == [str(tmp_path), str(tmp_path / "lib")], ran.stderr


def test_a_client_lets_go_of_the_lock_once_the_server_answers(home: Home, starts: Starts) -> None:
    with launch.connect(home):
        held = launch.try_lock(home.start_lock)
        assert held is not None
        os.close(held)
    with Connection(home) as connection:
        connection.greet()
