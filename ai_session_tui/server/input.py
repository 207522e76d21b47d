"""Writing to a pane: one ordered queue, never blocking, bounded."""

from __future__ import annotations

import asyncio
import os

from ai_session_tui.errors import BusyError

MAX_UNREAD_INPUT = 16 * 1024 * 1024  # bytes that a program may leave unread


class PaneInput:
    """The only writer to one PTY master."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pending = bytearray()
        self._is_watching = False

    def write(self, data: bytes) -> None:
        """Queue `data`; raise `BusyError` when the program has left too much unread."""
        if len(self._pending) + len(data) > MAX_UNREAD_INPUT:
            raise BusyError(
                f"the program has not read the last {len(self._pending):,} bytes", "wait until it reads again."
            )
        self._pending += data
        if not self._is_watching:
            self._flush()

    def close(self) -> None:
        """Forget what was not written."""
        self._pending.clear()
        self._watch(False)

    def _flush(self) -> None:
        try:
            while self._pending:
                del self._pending[: os.write(self._fd, self._pending[:65536])]
        except BlockingIOError:
            pass
        except OSError:  # the program is gone; its end is told elsewhere
            self._pending.clear()
        self._watch(bool(self._pending))

    def _watch(self, wanted: bool) -> None:
        if wanted == self._is_watching:
            return
        self._is_watching = wanted
        loop = asyncio.get_running_loop()
        if wanted:
            loop.add_writer(self._fd, self._flush)
        else:
            loop.remove_writer(self._fd)
