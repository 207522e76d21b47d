"""Await the end of processes that are perhaps not our children, on an asyncio loop.

Invariant: a watch ends by one call of its callback, at most `_UNREAPED_SECONDS` after the process did; a pidfd is
taken out of the loop before it is closed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ai_session_tui.keeper.orphans import ExitStatus, Orphans, reap_strays

_UNREAPED_SECONDS = 2.0  # how long another parent may take to reap
_LOOK_AGAIN_SECONDS = 0.02
_WITHOUT_PIDFD_SECONDS = 0.25


class Watcher:
    """Watches pids and calls back with their exit status."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._orphans = Orphans()
        self._pidfds: dict[int, int | None] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def watch(self, pid: int, started: int, callback: Callable[[ExitStatus], None]) -> None:
        """Call back, later, with how the process ended. `started` as in `Orphans.watch`."""
        try:
            pidfd = self._orphans.watch(pid, started)
        except ProcessLookupError:
            self._loop.call_soon(callback, ExitStatus(None, time.time()))
            return
        self._pidfds[pid] = pidfd
        if pidfd is None:
            self._look(pid, callback, None)
        else:
            self._loop.add_reader(pidfd, self._readable, pid, callback)

    def close(self) -> None:
        """Forget all watches."""
        for pid in list(self._pidfds):
            self._drop(pid)

    def _readable(self, pid: int, callback: Callable[[ExitStatus], None]) -> None:
        pidfd = self._pidfds[pid]
        assert pidfd is not None
        self._loop.remove_reader(pidfd)
        self._look(pid, callback, self._loop.time() + _UNREAPED_SECONDS)

    def _look(self, pid: int, callback: Callable[[ExitStatus], None], limit: float | None) -> None:
        """Ask for the status; `limit` is when to settle for an unknown one, None while it may still run."""
        status = self._orphans.status(pid, patient=limit is None or self._loop.time() < limit)
        if status is None:
            pause = _WITHOUT_PIDFD_SECONDS if limit is None else _LOOK_AGAIN_SECONDS
            self._timers[pid] = self._loop.call_later(pause, self._look, pid, callback, limit)
            return
        self._drop(pid)
        reap_strays(set(self._pidfds))
        callback(status)

    def _drop(self, pid: int) -> None:
        if (timer := self._timers.pop(pid, None)) is not None:
            timer.cancel()
        if (pidfd := self._pidfds.pop(pid)) is not None:
            self._loop.remove_reader(pidfd)
        self._orphans.unwatch(pid)
