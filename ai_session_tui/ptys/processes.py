"""Processes and whole trees of them: found, signalled and proved gone.

Invariant: nothing is ever signalled by pid alone. A process is a pid and a start time, both are checked right
before a signal, and on Linux the signal goes through a pidfd, so a pid that was reused meanwhile is safe.

A pane's processes are found by descent, by session (the controlling terminal belongs to exactly one session, so
this finds all that share it) and by the marker `AI_SESSION_PANE_ID=<pane id>` in the environment they were started
with, which is what daemons keep that left session and parent.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import psutil

from ai_session_tui.ptys import linux

MARKER = "AI_SESSION_PANE_ID"
_LOOK_AGAIN_SECONDS = 0.02
_IS_LINUX = sys.platform == "linux"
HARDEST: int = getattr(signal, "SIGKILL", signal.SIGTERM)  # the signal that no program can ignore


@dataclass(frozen=True, slots=True)
class ProcessRef:
    """A process that cannot be mistaken for a later one with its pid. `started` has no unit but is unique."""

    pid: int
    started: int
    name: str = ""

    @classmethod
    def of(cls, pid: int) -> ProcessRef | None:
        """Return the process that has the pid now, or None."""
        row = _row(pid)
        return None if row is None else row.ref

    def is_alive(self) -> bool:
        """Return whether it still runs; a zombie does not."""
        row = _row(self.pid)
        return row is not None and row.ref.started == self.started

    def send(self, number: int) -> bool:
        """Send a signal if the process is still the one meant; return whether it was sent.

        Raises PermissionError. On Windows every signal ends the process.
        """
        if sys.platform != "linux" or not hasattr(signal, "pidfd_send_signal"):
            return self._send_checked(number)
        with contextlib.suppress(ProcessLookupError):
            pidfd = linux.open_pidfd(self.pid)
            if pidfd is None:
                return self._send_checked(number)
            try:
                if self.is_alive():
                    signal.pidfd_send_signal(pidfd, number)
                    return True
            finally:
                os.close(pidfd)
        return False

    def _send_checked(self, number: int) -> bool:
        if not self.is_alive():
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True
        return False


@dataclass(frozen=True, slots=True)
class _Row:
    ref: ProcessRef
    parent: int
    session: int


def tree(root: ProcessRef, pane: str = "", spare: Collection[int] = ()) -> list[ProcessRef]:
    """Return the living processes of a pane, whether or not its first one (`root`) is among them.

    `spare` and this process itself are left out, and with them what only descends from them. Reads all of /proc:
    some milliseconds.
    """
    rows = {row.ref.pid: row for row in _all_rows()}
    spared = {*spare, os.getpid()}
    current = rows.get(root.pid)
    is_root_ours = current is None or current.ref.started == root.started
    found = {
        pid
        for pid, row in rows.items()
        if pid not in spared
        and ((is_root_ours and root.pid in (pid, row.session)) or (pane != "" and _has_marker(pid, pane)))
    }
    children: dict[int, list[int]] = {}
    for pid, row in rows.items():
        children.setdefault(row.parent, []).append(pid)
    waiting = list(found)
    while waiting:
        for pid in children.get(waiting.pop(), ()):
            if pid not in found and pid not in spared:
                found.add(pid)
                waiting.append(pid)
    return [rows[pid].ref for pid in sorted(found)]


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a kill: what is proved gone, and what is still there."""

    killed: list[ProcessRef]
    survived: list[ProcessRef]


@dataclass(frozen=True, slots=True)
class Stage:
    """One attempt: signals to all, then some seconds to go in."""

    signals: tuple[int, ...]
    seconds: float


if sys.platform == "win32":
    STAGES: tuple[Stage, ...] = (Stage((signal.SIGTERM,), 2.0),)
else:
    STAGES = (
        Stage((signal.SIGHUP, signal.SIGCONT), 0.5),
        Stage((signal.SIGINT,), 0.3),
        Stage((signal.SIGTERM,), 0.7),
        Stage((HARDEST,), 2.0),
    )


class TreeKill:
    """Ends a pane's processes, politely first; the caller owns the clock and calls `step` when it says."""

    def __init__(
        self,
        root: ProcessRef,
        pane: str = "",
        spare: Collection[int] = (),
        stages: Iterable[Stage] = STAGES,
    ) -> None:
        self._root = root
        self._pane = pane
        self._spare = frozenset(spare)
        self._stages = list(stages)
        self._seen: dict[ProcessRef, None] = {}  # in the order of discovery
        self._stage = Stage((), 0.0)
        self._until = 0.0

    def step(self, now: float) -> float | Done:
        """Do what is due; return when to call again (same clock, seconds), or `Done`.

        Reads /proc (milliseconds) when a stage begins and when all seem gone.
        """
        alive = self._alive(self._seen)
        if self._seen and alive and now < self._until:
            return min(self._until, now + _LOOK_AGAIN_SECONDS)
        alive = self._look()
        if not alive or (not self._stages and now >= self._until):
            return Done([ref for ref in self._seen if ref not in alive], alive)
        if self._stages:
            self._stage = self._stages.pop(0)
            self._until = now + self._stage.seconds
        # Otherwise they were forked while the last signals were on their way, and get those too.
        for number in self._stage.signals:
            for ref in alive:
                with contextlib.suppress(PermissionError):  # it stays in the list of survivors
                    ref.send(number)
        return now + _LOOK_AGAIN_SECONDS

    def _look(self) -> list[ProcessRef]:
        """Search the tree again: programs fork while they are being killed."""
        for ref in tree(self._root, self._pane, self._spare):
            self._seen[ref] = None
        return self._alive(self._seen)

    def _alive(self, refs: Iterable[ProcessRef]) -> list[ProcessRef]:
        return [ref for ref in refs if ref.is_alive()]


def _has_marker(pid: int, pane: str) -> bool:
    wanted = f"{MARKER}={pane}"
    if _IS_LINUX:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return wanted.encode() in file.read().split(b"\0")
        except OSError:
            return False
    try:
        return bool(psutil.Process(pid).environ().get(MARKER) == pane)
    except (psutil.Error, OSError):
        return False


def _all_rows() -> list[_Row]:
    rows = [_row(pid) for pid in psutil.pids()]
    return [row for row in rows if row is not None]


def _row(pid: int) -> _Row | None:
    """Return a living process; None for one that is gone or a zombie."""
    if _IS_LINUX:
        return _row_from_proc(pid)
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            started = int(process.create_time() * 1_000_000)
            return _Row(ProcessRef(pid, started, process.name()), process.ppid(), _session(pid))
    except (psutil.Error, OSError):
        return None


def _row_from_proc(pid: int) -> _Row | None:
    """The same from /proc/PID/stat alone: a tenth of psutil's time."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            line = file.read(4096)
    except OSError:
        return None
    end = line.rfind(b")")
    fields = line[end + 2 :].split()
    if len(fields) < 20 or fields[0] in (b"Z", b"X"):
        return None
    name = line[line.find(b"(") + 1 : end].decode("utf-8", "replace")
    return _Row(ProcessRef(pid, int(fields[19]), name), int(fields[1]), int(fields[3]))


def _session(pid: int) -> int:
    try:
        return os.getsid(pid) if hasattr(os, "getsid") else 0
    except OSError:
        return 0
