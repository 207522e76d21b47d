"""The programs that the keeper keeps: one record a pane, from its start until the server has noted its end.

Invariant: a record is removed by `forget` alone, so an exit status outlives any number of servers; a record's
descriptor is the keeper's own copy of the PTY's master and keeps the program from being hung up on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time

from ai_session_tui.ptys import forking, linux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of the keeper
    """A request that cannot be done: an errno and what was the matter."""

    def __init__(self, number: int, culprit: str) -> None:
        super().__init__(culprit)
        self.errno = number
        self.culprit = culprit


class Child:
    """One pane's program. `status` is the raw wait status, None while unknown; `ended` is 0.0 while it runs."""

    __slots__ = ("ended", "fd", "is_ours", "pane", "pid", "pidfd", "started", "status", "told")

    def __init__(self, pane: str, pid: int, started: int, fd: int, is_ours: bool) -> None:
        self.pane = pane
        self.pid = pid
        self.started = started
        self.fd = fd  # -1 after `close`
        self.is_ours = is_ours  # we are its parent; otherwise only `pidfd` tells of its end
        self.pidfd = -1
        self.status: int | None = None
        self.ended = 0.0
        self.told = True  # the server heard of the end, or there is none to tell

    def end(self, status: int | None) -> None:
        """Note the end, now."""
        self.status = status
        self.ended = time.time()
        self.told = False

    def row(self) -> dict[str, object]:
        """Return the record as a message's fields."""
        return {
            "pane": self.pane,
            "pid": self.pid,
            "started": self.started,
            "ours": self.is_ours,
            "status": self.status,
            "ended": self.ended,
        }


class Children:
    """All records, by pane."""

    def __init__(self, files: tuple[int, int] | None) -> None:
        self._files = files  # the RLIMIT_NOFILE that children get
        self._by_pane: dict[str, Child] = {}
        self._by_pid: dict[int, Child] = {}  # the living that are ours

    def __len__(self) -> int:
        return len(self._by_pane)

    def __iter__(self) -> Iterator[Child]:
        return iter(self._by_pane.values())

    def spawn(self, pane: str, argv: Sequence[str], env: Mapping[str, str], cwd: str, columns: int, rows: int) -> Child:
        """Start a program for a pane that has none. Raises Refusal."""
        self._want_free(pane)
        try:
            pid, fd = forking.spawn(argv, env, cwd, columns, rows, self._files)
        except forking.CannotSpawnError as error:
            raise Refusal(error.errno, error.culprit) from error
        child = Child(pane, pid, linux.start_time(pid), fd, is_ours=True)
        self._by_pane[pane] = self._by_pid[pid] = child
        return child

    def adopt(self, pane: str, pid: int, started: int, fd: int) -> Child:
        """Keep a program that another keeper started; `fd` becomes ours. Raises Refusal."""
        self._want_free(pane)
        child = Child(pane, pid, started, fd, is_ours=False)
        try:
            child.pidfd = -1 if (pidfd := linux.open_pidfd(pid)) is None else pidfd
            if started and linux.start_time(pid) != started:
                raise ProcessLookupError
        except ProcessLookupError:
            child.end(None)
            self.unwatch(child)
        self._by_pane[pane] = child
        return child

    def get(self, pane: str) -> Child:
        """Return a pane's record. Raises Refusal."""
        if pane not in self._by_pane:
            raise Refusal(errno.ESRCH, "pane")
        return self._by_pane[pane]

    def forget(self, pane: str) -> None:
        """Drop the record of a program that ended. Raises Refusal while it runs."""
        child = self.get(pane)
        if not child.ended:
            raise Refusal(errno.EBUSY, "pane")
        self.close(pane)
        self.unwatch(child)
        del self._by_pane[pane]

    def close(self, pane: str) -> None:
        """Close our copy of the master; when nobody else has one, the kernel hangs up on the program."""
        child = self.get(pane)
        if child.fd >= 0:
            os.close(child.fd)
            child.fd = -1

    def reap(self) -> list[int]:
        """Collect every child that ended; return the pids of those that are no pane's, orphans for example."""
        strangers: list[int] = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return strangers
            if not pid:
                return strangers
            if child := self._by_pid.pop(pid, None):
                child.end(status)
            else:
                strangers.append(pid)

    def look_at(self, child: Child, patient: bool) -> bool:
        """Note the end of an adopted program whose pidfd is readable; return whether that is settled.

        The status appears when its parent reaps it; who is not `patient` settles for an unknown one.
        """
        status = linux.pidfd_status(child.pidfd)
        if status is None and linux.start_time(child.pid) == child.started:
            status = linux.zombie_status(child.pid)
        if status is None and patient:
            return False
        child.end(status)
        return True

    def unwatch(self, child: Child) -> None:
        """Close the pidfd of an adopted program."""
        if child.pidfd >= 0:
            os.close(child.pidfd)
            child.pidfd = -1

    def signal_all(self, *numbers: int) -> int:
        """Send signals to the process groups of all living programs; return how many there are."""
        alive = 0
        for child in self:
            if child.ended or (not child.is_ours and linux.start_time(child.pid) != child.started):
                continue
            alive += 1
            for number in numbers:
                _signal_group(child, number)
        return alive

    def _want_free(self, pane: str) -> None:
        if pane in self._by_pane:
            raise Refusal(errno.EEXIST, "pane")


def _signal_group(child: Child, number: int) -> None:
    """Signal a living program's group and the one in its terminal's foreground."""
    groups = {child.pid}
    if child.fd >= 0:
        with contextlib.suppress(OSError):
            groups.add(os.tcgetpgrp(child.fd))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group > 1:
                os.killpg(group, number)
