"""Searching everything that was written, and keeping the index of it up to date.

Invariant: the index is a part of the home that nobody misses: only the analyst writes it, one job at a time, and
whatever it lacks is found by comparing it with the store.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ai_session_tui.analyst.messages import Found, Index, Indexed, Search
from ai_session_tui.errors import AiSessionError
from ai_session_tui.server.analysts import Analysts

if TYPE_CHECKING:
    from ai_session_tui.server.host import Host

logger = logging.getLogger(__name__)

_SETTLE_SECONDS = 2.0  # after news, so that one job takes in what a burst of commands wrote
_SLICE_SECONDS = 3.0  # of indexing in the background, between which analyses have their turn
_PATIENCE_SECONDS = 1.0  # of a search for what is not indexed yet
_JOB_SECONDS = 120.0  # a slice may have to finish one output first
_SWEEP_SECONDS = 3600.0
_AGAIN_SECONDS = 60.0


class Searches:
    """The index as the server sees it."""

    def __init__(self, host: Host, analysts: Analysts) -> None:
        self._host = host
        self._analysts = analysts
        self._writing = asyncio.Lock()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_behind = True  # until the first comparison
        self._sweep_at = 0.0

    def note_news(self) -> None:
        """Something was recorded, or removed: commands or messages. The index follows in a moment."""
        self._is_behind = True
        self._news.set()

    def note_removal(self) -> None:
        """Something was removed: sessions, or old output. What the index holds of it follows."""
        self._sweep_at = 0.0
        self.note_news()

    def start(self) -> None:
        """Begin to follow."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    def close(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.cancel()

    async def search(
        self, query: str, *, sessions: list[str] | None, since: float | None, failed: bool, limit: int
    ) -> tuple[Found, bool]:
        """Return what was found, and whether something newer is not indexed yet."""
        if self._is_behind:
            try:
                async with asyncio.timeout(2 * _PATIENCE_SECONDS):
                    await asyncio.shield(self._catch_up())
            except TimeoutError:
                pass  # what is indexed is searched meanwhile
        home = self._host.home
        job = Search(home.search, home.database, query, sessions, since, failed, limit)
        answer = await self._analysts.run(job, self._host.settings.analysis_seconds, urgent=True)
        assert isinstance(answer, Found)
        return answer, self._is_behind

    async def _catch_up(self) -> None:
        try:
            async with self._writing:
                if self._is_behind:
                    await self._index(_PATIENCE_SECONDS, urgent=True)
        except AiSessionError as error:
            logger.warning("not indexed: %s", error.message)

    async def _index(self, seconds: float, *, urgent: bool) -> bool:
        """Index for some seconds; return whether there is more."""
        home = self._host.home
        loop = asyncio.get_running_loop()
        is_sweep = loop.time() >= self._sweep_at and not urgent
        self._is_behind = False  # what comes from here on may be missed
        job = Index(home.search, home.database, home.journals, seconds, is_sweep)
        try:
            answer = await self._analysts.run(job, seconds + _JOB_SECONDS, urgent=urgent)
        except BaseException:
            self._is_behind = True
            raise
        assert isinstance(answer, Indexed)
        if is_sweep:
            self._sweep_at = loop.time() + _SWEEP_SECONDS
        self._is_behind = self._is_behind or answer.is_more
        return answer.is_more

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            await asyncio.sleep(_SETTLE_SECONDS)
            self._news.clear()
            try:
                async with self._writing:
                    if self._is_behind and await self._index(_SLICE_SECONDS, urgent=False):
                        self._news.set()
            except AiSessionError as error:
                logger.warning("not indexed yet: %s", error.message)
                self._news.set()
                await asyncio.sleep(_AGAIN_SECONDS)
