"""Real servers in homes of their own, and short ways to ask them; nothing outlives its home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai_session_tui.client.connection import Call, Connection, Done, Event
from ai_session_tui.errors import AiSessionError, ServerUnreachableError
from ai_session_tui.paths import Home
from tests.leftovers import is_running, processes_with, quiet_fish

ROOT = str(Path(__file__).resolve().parents[2])
DEADLINE = 60.0
SHELLS = ("bash", "zsh", "fish", "sh")


def until(condition: Callable[[], Any], what: str = "", seconds: float = DEADLINE) -> Any:
    """Return the first true value of a condition, or fail."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain for {what or condition}"
        time.sleep(0.01)


@dataclass
class Ran:
    """What an exec came to: its record, its output, the events on the way."""

    record: dict[str, Any]
    output: bytes
    events: list[Event] = field(default_factory=list)

    @property
    def code(self) -> int | None:
        code: int | None = self.record["exit_code"]
        return code

    def event(self, name: str) -> dict[str, Any]:
        return dict(next(event.data for event in self.events if event.name == name))


def collect(call: Call, seconds: float = DEADLINE) -> Ran:
    """Read a request to its end."""
    ran = Ran({}, b"")
    output = bytearray()
    deadline = time.monotonic() + seconds
    while True:
        item = call.receive(deadline - time.monotonic())
        assert item is not None, f"no end after {seconds} seconds; events {ran.events}, output {bytes(output[-500:])!r}"
        if isinstance(item, bytes):
            output += item
        elif isinstance(item, Done):
            ran.record, ran.output = item.result, bytes(output)
            return ran
        else:
            ran.events.append(item)


def await_event(call: Call, name: str, seconds: float = DEADLINE) -> dict[str, Any]:
    """Read a request until an event comes; what came before it is dropped."""
    deadline = time.monotonic() + seconds
    while True:
        item = call.receive(deadline - time.monotonic())
        assert item is not None, f"no event {name!r}"
        assert not isinstance(item, Done), f"ended without the event {name!r}: {item}"
        if isinstance(item, Event) and item.name == name:
            return dict(item.data)


def error_of(action: Callable[[], object]) -> AiSessionError:
    """Return the error that an action raises."""
    try:
        result = action()
    except AiSessionError as error:
        return error
    raise AssertionError(f"no error, but {result}")


class RunningServer:
    """A home and whatever server runs for it."""

    def __init__(self, folder: str, **environment: str) -> None:
        self.home = Home(folder)
        self.user_home = os.path.join(folder, "user")
        self.environment = environment
        self.connections: list[Connection] = []
        os.makedirs(self.user_home, mode=0o700, exist_ok=True)
        quiet_fish(self.user_home)

    # processes

    def shell_environment(self) -> dict[str, str]:
        """The environment that sessions are created with: no start-up files of whoever runs the tests."""
        return {
            "HOME": self.user_home,
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "SHELL": "/bin/bash",
            "XDG_CONFIG_HOME": os.path.join(self.user_home, ".config"),
        }

    def server_environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": ROOT, "HOME": self.user_home, **self.environment}

    def launch(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the start command and return how it went."""
        return subprocess.run(
            [sys.executable, "-m", "ai_session_tui.server", "--home", self.home.folder, *arguments],
            env=self.server_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self) -> RunningServer:
        done = self.launch()
        assert done.returncode == 0, done.stderr
        return self

    def connect(self) -> Connection:
        """Return a new connection; waits while a server is about to come."""
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                connection = Connection(self.home)
                connection.greet()
            except ServerUnreachableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
            else:
                self.connections.append(connection)
                return connection

    def call(self, method: str, /, **params: object) -> Any:
        """Ask on a connection of its own."""
        connection = self.connect()
        try:
            return connection.call(method, **params)
        finally:
            connection.close()
            self.connections.remove(connection)

    @property
    def pid(self) -> int:
        pid: int = self.call("server.status")["pid"]
        return pid

    @property
    def keeper_pid(self) -> int:
        pid: int = self.call("server.status")["keeper_pid"]
        return pid

    def kill_server(self) -> int:
        """`kill -9` the server; return when it is gone. The keeper starts another."""
        return kill_hard(self.pid)

    def kill_keeper(self) -> int:
        """`kill -9` the keeper."""
        return kill_hard(self.keeper_pid)

    def kill_both(self) -> None:
        """`kill -9` server and keeper so that neither can replace the other."""
        status = self.call("server.status")
        for pid in (status["keeper_pid"], status["pid"]):
            os.kill(pid, signal.SIGSTOP)
        for pid in (status["keeper_pid"], status["pid"]):
            kill_hard(pid)

    def processes(self) -> list[int]:
        """Everything that belongs to this home: server, keeper, and what runs in the panes."""
        return processes_of(self.home.folder)

    def clean_up(self) -> None:
        """Stop the server, and kill whatever is left."""
        for connection in self.connections:
            connection.close()
        with suppress(AiSessionError), Connection(self.home) as connection:
            connection.call("server.stop")
        deadline = time.monotonic() + 5.0
        while left := self.processes():
            if time.monotonic() > deadline:
                for pid in left:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def log(self) -> str:
        try:
            with open(self.home.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    # verbs

    def create(self, name: str | None = None, *, shell: str | None = None, **params: Any) -> Any:
        """Create a session whose environment is the test's own."""
        if "command" not in params:
            params["shell"] = shell or "bash"
        params.setdefault("env", self.shell_environment())
        params.setdefault("dir", self.user_home)
        return self.call("session.create", name=name, **params)

    def exec(self, target: str, command: str, **params: Any) -> Ran:
        """Run a command and return what it came to."""
        connection = self.connect()
        try:
            return collect(connection.open("exec.run", target=target, command=command, **params))
        finally:
            connection.close()
            self.connections.remove(connection)

    def begin(self, target: str, command: str, **params: Any) -> Call:
        """Run a command on a connection of its own and return the open request."""
        return self.connect().open("exec.run", target=target, command=command, **params)

    def screen(self, target: str, **params: Any) -> str:
        text: str = self.call("pane.capture", target=target, **params)["text"]
        return text

    def pane(self, target: str) -> Any:
        return self.call("session.get", target=target)["panes"][0]

    def await_screen(self, target: str, wanted: str) -> str:
        found: str = until(lambda: (text := self.screen(target)) and wanted in text and text, f"{wanted!r} on screen")
        return found

    def await_prompt(self, target: str) -> None:
        self.call("pane.wait", target=target, until="prompt", timeout=DEADLINE)

    def journal(self, target: str, *, raw: bool = True) -> bytes:
        """Return everything that the pane printed and that is kept."""
        return collect(self.connect().open("command.output", target=target, raw=raw)).output

    def commands(self, target: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("command.list", target=target)["commands"]
        return found


def kill_hard(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_running(pid), f"the end of {pid}")
    return pid


def processes_of(folder: str) -> list[int]:
    """Return the living processes that were started for a home."""
    return list(processes_with(f"--home\0{folder}\0".encode(), f"AI_SESSION_HOME={folder}\0".encode()))


@contextmanager
def running_server(folder: Path, **environment: str) -> Iterator[RunningServer]:
    """Run a server in a home below `folder`, and leave nothing of it."""
    server = RunningServer(str(folder), **environment)
    try:
        yield server.start()
    finally:
        server.clean_up()
