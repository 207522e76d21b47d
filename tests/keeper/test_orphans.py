"""How a program ended whose parent is another process, or nobody any more."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from ai_session_tui.keeper.orphans import ExitStatus, Orphans
from ai_session_tui.ptys import linux

DEADLINE = 60.0

# Starts a child, says its pid, and reaps it only when told to.
PARENT = """
import os, sys, time
pid = os.fork()
if not pid:
    os.dup2(os.open("/dev/null", 0), 0)
    time.sleep(1000)
print(pid, flush=True)
sys.stdin.readline()
os.waitpid(pid, 0)
sys.stdin.readline()
"""

# Becomes a subreaper, loses a keeper that had a child, and says how that one ended.
SUBREAPER = """
import os, select, time
from ai_session_tui.keeper.orphans import Orphans, become_subreaper, reap_strays
os.setsid()
assert become_subreaper()
told, tell = os.pipe()
keeper = os.fork()
if not keeper:
    if not (child := os.fork()):
        os.setsid()
        if not os.fork():  # a stray: nobody watches it
            time.sleep(0.2)
            os._exit(1)
        time.sleep(0.5)
        os._exit(41)
    os.write(tell, str(child).encode())
    time.sleep(1000)
child = int(os.read(told, 100))
os.kill(keeper, 9)
os.waitpid(keeper, 0)
orphans = Orphans()
pidfd = orphans.watch(child)
assert orphans.status(child) is None
assert select.select([pidfd], [], [], 20)[0]
print(orphans.status(child).code)
while reap_strays(set()):
    pass
try:
    print(os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no children")
"""


def exit_status_of_reaped_strangers_is_told() -> bool:
    """Ask the kernel with a child of our own (Linux 6.15 and later)."""
    child = subprocess.Popen(["true"])
    pidfd = linux.open_pidfd(child.pid)
    child.wait()
    assert pidfd is not None
    try:
        return linux.pidfd_status(pidfd) == 0
    finally:
        os.close(pidfd)


def wait_for(ask: Callable[[], ExitStatus | None]) -> ExitStatus:
    deadline = time.monotonic() + DEADLINE
    while (status := ask()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return status


@pytest.fixture
def parent() -> object:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process:
        yield process, int(process.stdout.readline())
        process.kill()


def test_a_strangers_end_is_seen_and_its_status_known_before_it_is_reaped(
    parent: tuple[subprocess.Popen[bytes], int],
) -> None:
    _, pid = parent
    orphans = Orphans()
    pidfd = orphans.watch(pid, linux.start_time(pid))
    assert pidfd is not None
    assert orphans.status(pid) is None
    assert orphans.status(pid, patient=False) is None, "it runs"
    os.kill(pid, signal.SIGUSR1)
    assert select.select([pidfd], [], [], DEADLINE)[0]
    status = wait_for(lambda: orphans.status(pid))
    assert status.signal == signal.SIGUSR1
    orphans.unwatch(pid)
    with pytest.raises(OSError):
        os.fstat(pidfd)


def test_a_reaped_strangers_status_is_known_or_honestly_unknown(
    parent: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, pid = parent
    orphans = Orphans()
    orphans.watch(pid, linux.start_time(pid))
    os.kill(pid, signal.SIGUSR1)
    assert process.stdin is not None
    process.stdin.write(b"reap\n")
    process.stdin.flush()
    deadline = time.monotonic() + DEADLINE
    while os.path.exists(f"/proc/{pid}"):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    status = orphans.status(pid, patient=False)
    assert status is not None
    assert status.raw == (signal.SIGUSR1 if exit_status_of_reaped_strangers_is_told() else None)
    orphans.unwatch(pid)


def test_another_process_with_the_same_pid_is_not_watched(parent: tuple[subprocess.Popen[bytes], int]) -> None:
    _, pid = parent
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ProcessLookupError):
        Orphans().watch(pid, linux.start_time(pid) - 1)
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ProcessLookupError):
        Orphans().watch(2**22 - 1)


def test_a_subreaper_inherits_the_programs_of_its_dead_keeper_and_reaps_strays() -> None:
    done = subprocess.run([sys.executable, "-c", SUBREAPER], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["41", "no children"]


@pytest.mark.parametrize(
    ("raw", "code", "number"),
    [(0, 0, None), (7 << 8, 7, None), (9, None, 9), (11 | 0x80, None, 11), (None, None, None)],
)
def test_a_raw_status_is_a_code_or_a_signal_or_neither(raw: int | None, code: int | None, number: int | None) -> None:
    status = ExitStatus(raw, 0.0)
    assert (status.code, status.signal) == (code, number)
