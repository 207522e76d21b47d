"""One thread for what would hold the loop up: compressing what floods leave, removing files.

It is started with the first work and shared by all panes, so that idle ones cost nothing. What it does must not touch
anything of the loop's; what is to be done with the result is called in the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Background:
    """The thread beside the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._executor = ThreadPoolExecutor(1, "background")

    def submit(self, work: Callable[[], T], done: Callable[[], None]) -> Future[T]:
        """Do `work` in the thread, then call `done` in the loop."""
        future = self._executor.submit(work)
        future.add_done_callback(lambda _: self._tell(done))
        return future

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` in the loop after so many seconds."""
        self._loop.call_later(seconds, call)

    def _tell(self, done: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server has ended, and nobody wants to know
            self._loop.call_soon_threadsafe(done)

    def end(self) -> None:
        """Take nothing more; what is left is finished before the process ends."""
        self._executor.shutdown(wait=False)
