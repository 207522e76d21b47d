"""The ends of programs whose keeper died.

Three ways, tried in this order: the server is a subreaper and so became the program's parent, and reaps it;
somebody else reaped it, and Linux >= 6.15 tells the status through a pidfd (PIDFD_GET_INFO); it is a zombie that
nobody has reaped yet, and /proc tells. Otherwise the status is unknown, and is called that.

Invariant: nothing blocks, and only watched pids and strangers of other sessions are ever reaped, so a child that
the server started for itself stays with whoever waits for it.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import psutil

from ai_session_tui.ptys import linux


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """How a program ended: the raw wait status, None when nobody can tell, and when (epoch seconds)."""

    raw: int | None
    time: float

    @property
    def code(self) -> int | None:
        """The exit code, or None after a signal or when unknown."""
        return os.WEXITSTATUS(self.raw) if self.raw is not None and os.WIFEXITED(self.raw) else None

    @property
    def signal(self) -> int | None:
        """The signal that ended it, or None."""
        return os.WTERMSIG(self.raw) if self.raw is not None and os.WIFSIGNALED(self.raw) else None


def become_subreaper() -> bool:
    """Make this process the parent of the children of a keeper of its own that died; return whether it is."""
    return linux.become_subreaper()


class Orphans:
    """Watched programs, by pid; drive it with the descriptors that `watch` returns."""

    def __init__(self) -> None:
        self._pidfds: dict[int, int | None] = {}
        self._started: dict[int, int] = {}

    def watch(self, pid: int, started: int = 0) -> int | None:
        """Watch a program; return a descriptor that is readable once it ended, or None: then ask again and again.

        `started` is its start time (`linux.start_time`), 0 when unknown. Raises ProcessLookupError when it is
        gone already.
        """
        pidfd = linux.open_pidfd(pid)
        if started and linux.start_time(pid) != started:
            if pidfd is not None:
                os.close(pidfd)
            raise ProcessLookupError(pid)
        self._pidfds[pid] = pidfd
        self._started[pid] = started
        return pidfd

    def status(self, pid: int, patient: bool = True) -> ExitStatus | None:
        """Return how a watched program ended; None while it runs or, if `patient`, while its status may come."""
        try:
            reaped, raw = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return self._status_of_stranger(pid, patient)
        return ExitStatus(raw, time.time()) if reaped else None

    def unwatch(self, pid: int) -> None:
        """Stop watching: closes the descriptor, so take it out of the loop before."""
        pidfd = self._pidfds.pop(pid, None)
        self._started.pop(pid, None)
        if pidfd is not None:
            os.close(pidfd)

    def _status_of_stranger(self, pid: int, patient: bool) -> ExitStatus | None:
        pidfd = self._pidfds.get(pid)
        raw = None if pidfd is None else linux.pidfd_status(pidfd)
        is_alive = False
        if raw is None:
            is_alive = self._is_there(pid)
            raw = linux.zombie_status(pid) if is_alive else None
        if raw is None and (is_alive or patient):
            return None
        return ExitStatus(raw, time.time())

    def _is_there(self, pid: int) -> bool:
        started = self._started.get(pid, 0)
        return linux.start_time(pid) == started if started else psutil.pid_exists(pid)


def reap_strays(watched: set[int]) -> list[int]:
    """Reap ended children of other sessions than ours: what the programs of a dead keeper left to a subreaper."""
    reaped = []
    ours = os.getsid(0)
    for child in psutil.Process().children():
        if child.pid in watched:
            continue
        try:
            if child.status() == psutil.STATUS_ZOMBIE and os.getsid(child.pid) != ours:
                reaped.append(os.waitpid(child.pid, os.WNOHANG)[0])
        except (psutil.NoSuchProcess, ProcessLookupError, ChildProcessError):
            continue
    return reaped
