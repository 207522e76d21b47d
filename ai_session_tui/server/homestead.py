"""The home while the server lives in it: somebody may delete it, or a cleaner its sockets.

A server without its socket is one that nobody reaches, with programs that nobody sees. So it looks now and then: the
way in is opened again, with the folders that it needs. Invariant: a server that nobody can reach never keeps programs.
Where nothing runs, or another server has the place by now, it ends; what that costs is said in the log.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from ai_session_tui import locks
from ai_session_tui.errors import AiSessionError
from ai_session_tui.paths import Home

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
_HOME_GONE = (
    "the home was deleted while the server ran: earlier output is gone, and its records and programs end with it"
)
_DOOR_GONE = "the folder of its sockets was deleted while the server ran: its programs end with it"


class Homestead:
    """Looks after the home of one server. `lock` is the descriptor by which the server holds it."""

    def __init__(
        self,
        home: Home,
        lock: int,
        *,
        panes: Callable[[], Iterable[str]],
        open_door: Callable[[], Awaitable[None]],
        start_log: Callable[[], None],
        end: Callable[[], None],
    ) -> None:
        """`panes` tells the ids of those in which something runs; `end` ends the server with all its programs."""
        self._home = home
        self._lock = lock
        self._panes = panes
        self._open_door = open_door
        self._start_log = start_log
        self._end = end
        self.trouble = ""  # what was lost for good

    @property
    def can_hand_over(self) -> bool:
        """Whether the next server would find the keeper."""
        return not self.trouble

    def close(self) -> None:
        """Let go of the home."""
        os.close(self._lock)

    async def watch(self, door: str) -> None:
        """Look after the home for ever; clients find the server by the file `door`."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look(door)
            except (OSError, AiSessionError) as error:
                logger.error("nobody can reach this server: %s", error)

    async def _look(self, door: str) -> None:
        if not self._is_ours():
            if not any(True for _ in self._panes()):
                self._end()
            elif self._settle_again():
                await self._open_door()
        elif not _exists(door):
            logger.warning("%s was deleted, and is made again", door)
            await self._open_door()

    def _is_ours(self) -> bool:
        """Whether the home's lock is the one that we hold."""
        try:
            return os.path.samestat(os.stat(self._home.server_lock), os.fstat(self._lock))
        except OSError:
            return False

    def _settle_again(self) -> bool:
        """Make what was deleted; return False, and end, where another server was faster."""
        has_records = os.path.exists(self._home.database)
        self._home.prepare()
        lock = locks.try_lock(self._home.server_lock)
        self._start_log()
        if lock is None:
            logger.error("the home was deleted, and another server has it now: this one ends, with its programs")
            self._end()
            return False
        os.close(self._lock)
        self._lock = lock
        for pane in self._panes():
            for folder in (self._home.journal(pane), self._home.shell(pane)):
                os.makedirs(folder, mode=0o700, exist_ok=True)
        self.trouble = _DOOR_GONE if has_records else _HOME_GONE
        logger.error("%s", self.trouble)
        return True


def _exists(path: str) -> bool:
    return os.path.exists(path)
