"""The processes that tests started: found by their command line, their environment or their directory.

Every home, socket and working directory of a test lies below pytest's folder for the run, so what bears that folder's
name is a test's.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_with(*marks: bytes) -> dict[int, str]:
    """Return the living processes, but for this one, in whose words, environment or directory a mark is found."""
    found: dict[int, str] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid() or not is_running(int(name)):
            continue
        words = _read(name, "cmdline")
        seen = b"\0".join((words, _read(name, "environ"), _directory(name)))
        if any(mark in seen for mark in marks):
            found[int(name)] = words.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    return found


def _read(pid: str, what: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{what}", "rb") as file:
            return file.read() + b"\0"
    except OSError:
        return b""


def _directory(pid: str) -> bytes:
    try:
        return os.fsencode(os.readlink(f"/proc/{pid}/cwd")) + b"/"
    except OSError:
        return b""


def quiet_fish(home: str | os.PathLike[str]) -> None:
    """Let fish find completions made from manual pages in a home: it would make them for a minute, in every new one."""
    os.makedirs(os.path.join(home, ".local", "share", "fish", "generated_completions"), exist_ok=True)


def end_all(*marks: bytes) -> None:
    """Kill what bears a mark, and what that starts meanwhile."""
    while left := processes_with(*marks):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
