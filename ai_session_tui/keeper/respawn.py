"""Start the server again when it went without a goodbye, but not for ever.

Invariant: a server that fails quickly is tried `KEEPER_RESPAWNS` times with growing pauses; then nothing happens
until a server that someone else started says hello. Pure bookkeeping but for `start_detached`.
"""

from __future__ import annotations

import contextlib
import os
import resource

from ai_session_tui.limits import KEEPER_QUICK_SECONDS, KEEPER_RESPAWN_SECONDS, KEEPER_RESPAWNS
from ai_session_tui.ptys.forking import reset_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Respawner:
    """Decides when a new server is due; times are those of one monotonic clock."""

    def __init__(self) -> None:
        self.argv: list[str] = []
        self.due: float | None = None  # when to start the next one
        self.failures = 0
        self._arrived = 0.0
        self._started_pid = 0
        self._is_here = False

    def arrived(self, argv: list[str], pid: int, now: float) -> None:
        """Note a server's hello, and how it wants to be started again."""
        self.argv = argv
        self.due = None
        self._arrived = now
        self._is_here = True
        if pid != self._started_pid:
            self.failures = 0

    def lost(self, now: float) -> None:
        """Note that the server went without a goodbye."""
        self._is_here = False
        if now - self._arrived > KEEPER_QUICK_SECONDS:
            self.failures = 0
        self._schedule(now)

    def started(self, pid: int) -> None:
        """Note that the due server was started."""
        self._started_pid = pid
        self.due = None

    def failed(self, pid: int, now: float) -> bool:
        """Note that a child ended; return whether it was a server of ours that had not said hello."""
        if not pid or pid != self._started_pid:
            return False
        self._started_pid = 0
        if self._is_here:
            return False  # the loss of its connection tells the same
        self._schedule(now)
        return True

    @property
    def gave_up(self) -> bool:
        """Whether only a server that someone else starts will be the next."""
        return self.failures > KEEPER_RESPAWNS

    def _schedule(self, now: float) -> None:
        if not self.argv or self.due is not None:
            return
        self.failures += 1
        if not self.gave_up:
            # The first loss is no pattern yet: the programs' output waits in the kernel, so start at once.
            self.due = now + (KEEPER_RESPAWN_SECONDS * 2 ** (self.failures - 2) if self.failures > 1 else 0.0)


def start_detached(argv: Sequence[str], log: str, files: tuple[int, int]) -> int:
    """Start a program in a session of its own, its errors appended to `log`; return its pid.

    An exec that fails shows as a child that ends with status 127. Raises OSError when there can be no process.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        reset_signals()
        null = os.open(os.devnull, os.O_RDWR)
        errors = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for source, target in ((null, 0), (null, 1), (errors, 2)):
            os.dup2(source, target)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, files)
        os.execvp(argv[0], list(argv))
    finally:
        os._exit(127)
