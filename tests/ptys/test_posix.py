"""A POSIX terminal: typing, sizes, the foreground, and whether somebody waits for input."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from ai_session_tui.ptys import forking, linux
from ai_session_tui.ptys.posix import PosixTerminal, waits_for_input
from ai_session_tui.ptys.seam import Terminal

DEADLINE = 60.0
ENVIRONMENT = {"PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8"}


class Shell:
    """A program on a terminal, with what it printed so far."""

    def __init__(self, *argv: str) -> None:
        pid, fd = forking.spawn(argv, ENVIRONMENT, "/", 80, 24)
        self.terminal = PosixTerminal(fd, pid, linux.start_time(pid))
        self.printed = b""
        self.status: int | None = None

    def wait_for(self, wanted: bytes) -> None:
        def arrived() -> bool:
            readable, _, _ = select.select([self.terminal.fileno()], [], [], 0.05)
            if readable:
                try:
                    self.printed += os.read(self.terminal.fileno(), 65536)
                except OSError:
                    return wanted in self.printed
            return wanted in self.printed

        wait_until(arrived, lambda: f"only {self.printed!r}")

    def end(self) -> None:
        self.terminal.close()
        self.terminal.close()
        if self.status is None:
            os.kill(self.terminal.pid, signal.SIGKILL)
            self.status = os.waitpid(self.terminal.pid, 0)[1]


def wait_until(condition: Callable[[], object], why: Callable[[], str] = lambda: "waited in vain") -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(0.005)


@pytest.fixture
def start() -> Iterator[Callable[..., Shell]]:
    shells: list[Shell] = []

    def starter(*argv: str) -> Shell:
        shells.append(Shell(*argv))
        return shells[-1]

    yield starter
    for shell in shells:
        shell.end()


def test_it_is_a_terminal_of_the_seam(start: Callable[..., Shell]) -> None:
    terminal: Terminal = start("cat").terminal
    assert terminal.pid > 0


def test_what_is_typed_is_echoed_and_read(start: Callable[..., Shell]) -> None:
    shell = start("cat")
    assert shell.terminal.write(b"hello\n") == 6
    shell.wait_for(b"hello\r\nhello\r\n")


def test_a_full_terminal_takes_nothing_instead_of_blocking(start: Callable[..., Shell]) -> None:
    shell = start("sh", "-c", "stty raw -echo; echo ready; exec sleep 1000")
    shell.wait_for(b"ready")
    lots = b"x" * 65536
    wait_until(lambda: shell.terminal.write(lots) == 0)


def test_the_program_hears_of_a_new_size(start: Callable[..., Shell]) -> None:
    shell = start("sh", "-c", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done")
    shell.wait_for(b"ready")
    shell.terminal.resize(101, 37)
    shell.wait_for(b"37 101")
    assert shell.terminal.size() == (101, 37)


def test_the_foreground_follows_the_job(start: Callable[..., Shell]) -> None:
    shell = start("bash", "--norc", "--noprofile", "-i")
    wait_until(lambda: shell.terminal.foreground() == shell.terminal.pid)
    shell.terminal.write(b"sleep 1000\n")
    wait_until(lambda: shell.terminal.foreground() not in (shell.terminal.pid, None))
    group = shell.terminal.foreground()
    assert group is not None
    wait_until(lambda: b"sleep" in _command(group))
    shell.terminal.interrupt()
    wait_until(lambda: shell.terminal.foreground() == shell.terminal.pid)
    assert not os.path.exists(f"/proc/{group}")


def test_interrupt_reaches_a_program_that_switched_the_key_off(start: Callable[..., Shell]) -> None:
    shell = start("sh", "-c", "stty -isig; trap 'echo caught' INT; echo ready; while :; do sleep 0.05; done")
    shell.wait_for(b"ready")
    shell.terminal.write(b"\x03")
    shell.terminal.interrupt()
    shell.wait_for(b"caught")
    assert shell.printed.count(b"caught") == 1


def test_a_closed_terminal_has_no_foreground_and_takes_no_input(start: Callable[..., Shell]) -> None:
    shell = start("cat")
    shell.terminal.close()
    assert shell.terminal.foreground() is None
    with pytest.raises(OSError):
        shell.terminal.write(b"x")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("echo ready; read line", True),
        ("echo ready; exec cat", True),
        ("echo ready; exec cat </dev/tty", True),
        ("echo ready; exec sleep 1000", False),
        ("echo ready; while :; do :; done", False),
        ("mkfifo $F; echo ready; exec cat <>$F", False),
        (f"exec {sys.executable} -c 'import select; print(\"ready\", flush=True); select.select([0],[],[])'", None),
    ],
    ids=["shell read", "cat", "cat of /dev/tty", "sleep", "busy", "cat of a fifo", "select"],
)
def test_who_waits_for_input(start: Callable[..., Shell], tmp_path: object, script: str, answer: bool | None) -> None:
    shell = start("sh", "-c", f"F={tmp_path}/fifo; {script}")
    shell.wait_for(b"ready")

    def asked() -> bool | None:
        group = shell.terminal.foreground()
        assert group is not None
        return waits_for_input(group)

    wait_until(lambda: asked() is answer, lambda: f"says {asked()}")


def test_nobody_waits_in_a_group_that_is_gone() -> None:
    assert waits_for_input(2**22 - 1) is None


def _command(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""
