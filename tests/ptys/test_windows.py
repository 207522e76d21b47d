"""The Windows terminal against a stand-in with the published surface of `winpty`: not a test of ConPTY."""

from __future__ import annotations

import queue
import sys
import threading
import types
from collections.abc import Iterator

import pytest

from ai_session_tui.errors import SpawnError
from ai_session_tui.ptys.seam import Terminal
from ai_session_tui.ptys.windows import WindowsTerminal


class WinptyError(Exception):
    pass


class StandIn:
    """`winpty.PTY`: echoes what is typed; `exit` ends it with code 3."""

    made: list[StandIn]

    def __init__(self, cols: int, rows: int, backend: int | None = None) -> None:
        self.size = (cols, rows)
        self.pid: int | None = None
        self.args: tuple[str, str | None, str | None, str | None] | None = None
        self.output: queue.Queue[str | None] = queue.Queue()
        self.code: int | None = None
        StandIn.made.append(self)

    def spawn(self, appname: str, cmdline: str | None = None, cwd: str | None = None, env: str | None = None) -> bool:
        if cwd == "C:\\nowhere":
            raise WinptyError("The directory name is invalid")
        self.args = (appname, cmdline, cwd, env)
        self.pid = 4711
        return True

    def read(self, blocking: bool = False) -> str:
        text = self.output.get() if blocking else self.output.get_nowait()
        if text is None:
            raise WinptyError("Standard out reached EOF")
        return text

    def write(self, to_write: str) -> int:
        if self.code is not None:
            raise WinptyError("The pipe is being closed")
        self.output.put(to_write)
        if to_write == "exit\r":
            self.code = 3
            self.output.put(None)
        return len(to_write)

    def set_size(self, cols: int, rows: int) -> None:
        self.size = (cols, rows)

    def iseof(self) -> bool:
        return False

    def get_exitstatus(self) -> int | None:
        return self.code

    def cancel_io(self) -> bool:
        self.output.put(None)
        return True


class Ended:
    def __init__(self) -> None:
        self.output = b""
        self.code: int | None = None
        self.happened = threading.Event()

    def receive(self, data: bytes) -> None:
        self.output += data

    def end(self, code: int | None) -> None:
        self.code = code
        self.happened.set()


@pytest.fixture(autouse=True)
def winpty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    StandIn.made = []
    module = types.ModuleType("winpty")
    vars(module).update(PTY=StandIn, WinptyError=WinptyError)
    monkeypatch.setitem(sys.modules, "winpty", module)
    yield


def spawn(ended: Ended, *argv: str, cwd: str = "C:\\") -> WindowsTerminal:
    env = {"PATH": "/usr/bin:/bin", "A": "b"}
    return WindowsTerminal.spawn(argv, env, cwd, 100, 30, ended.receive, ended.end)


def test_a_program_is_started_with_its_line_folder_and_variables() -> None:
    terminal: Terminal = spawn(Ended(), "sh", "-c", 'say "it"')
    [pty] = StandIn.made
    assert pty.args is not None
    name, line, cwd, variables = pty.args
    assert name.endswith("/sh")
    assert line == ' -c "say \\"it\\""'
    assert (cwd, variables) == ("C:\\", "PATH=/usr/bin:/bin\0A=b\0")
    assert (terminal.pid, pty.size) == (4711, (100, 30))
    terminal.close()


def test_output_comes_and_then_the_end_with_its_code() -> None:
    ended = Ended()
    terminal = spawn(ended, "sh")
    snowman = "☃".encode()
    for byte in snowman:  # in the worst pieces
        assert terminal.write(bytes([byte])) == 1
    terminal.interrupt()
    terminal.write(b"exit\r")
    assert ended.happened.wait(60)
    assert (ended.output, ended.code) == (snowman + b"\x03exit\r", 3)
    with pytest.raises(OSError):
        terminal.write(b"x")


def test_close_wakes_the_reader_and_more_than_once_is_fine() -> None:
    ended = Ended()
    terminal = spawn(ended, "sh")
    terminal.resize(50, 20)
    assert StandIn.made[0].size == (50, 20)
    assert terminal.foreground() is None
    terminal.close()
    terminal.close()
    assert ended.happened.wait(60)
    with pytest.raises(OSError):
        terminal.write(b"x")
    terminal.resize(1, 1)


def test_what_cannot_start_says_why() -> None:
    with pytest.raises(SpawnError, match="no such program"):
        spawn(Ended(), "no-such-program")
    with pytest.raises(SpawnError, match="directory name is invalid"):
        spawn(Ended(), "sh", cwd="C:\\nowhere")
    with pytest.raises(SpawnError):
        spawn(Ended())
