"""Measuring what the server does, at next to no cost: values are added up in memory and written a second later.

Invariant: `note` touches memory only; what is kept of it is bounded, and a server that is killed or a store that cannot
be written loses measurements, never more. Where nothing is measured nothing is written.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from ai_session_tui.errors import StorageError
from ai_session_tui.store.measurements import HOUR_SECONDS, Key, Sum

if TYPE_CHECKING:
    from ai_session_tui.store import Store

logger = logging.getLogger(__name__)

_WRITE_SECONDS = 1.0  # after the first value that is not written yet
_MOST_SUMS = 4096  # in memory; more are written at once
_CONDENSE_SECONDS = 6 * 3600.0

# Methods whose time says something: they are answered as fast as the server can.
MEASURED_METHODS = frozenset(
    ("context.get", "context.add", "session.list", "session.get", "pane.capture", "command.digest", "search")
)


class Measurements:
    """What one server has measured and not written yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sums: dict[Key, Sum] = {}
        self._second = 0
        self._requests = 0
        self._condensed = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def write_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on write by itself, within a second, on this loop."""
        self._loop = loop

    def note(self, kind: str, value: float, session_id: str | None = None) -> None:
        """Take a value in; seconds and bytes are written as such."""
        key = (kind, session_id or "", int(time.time() // HOUR_SECONDS))
        sum_ = self._sums.get(key)
        if sum_ is None:
            if len(self._sums) >= _MOST_SUMS:
                self.flush()
            sum_ = self._sums[key] = Sum()
        sum_.add(value)
        self._set_timer()

    def request(self) -> None:
        """Count one message of a client; busy seconds become the rate of messages."""
        second = int(time.monotonic())
        if second != self._second:
            self._close_second()
            self._second = second
        self._requests += 1
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is None and self._loop is not None:
            self._timer = self._loop.call_later(_WRITE_SECONDS, self.flush)

    def _close_second(self) -> None:
        if self._requests:
            self.note("requests.per_second", self._requests)
            self._requests = 0

    def flush(self) -> None:
        """Write what was measured."""
        if int(time.monotonic()) != self._second:
            self._close_second()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._requests:  # of the second that is not over
            self._set_timer()
        sums, self._sums = self._sums, {}
        try:
            if sums:
                self._store.measurements.add(sums.items())
            if time.monotonic() - self._condensed > _CONDENSE_SECONDS:
                self._condensed = time.monotonic()
                self._store.measurements.condense()
        except StorageError as error:
            logger.warning("measurements are lost: %s", error.message)
