"""Writing to a pane: one ordered queue, never blocking, bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.errors import BusyError

if TYPE_CHECKING:
    from ai_session_tui.server.holding import HeldTerminal

MAX_UNREAD_ANSWERS = 64 * 1024  # a program that asks without end and reads nothing gets no more
MAX_UNREAD_INPUT = 16 * 1024 * 1024  # bytes that a program may leave unread


class PaneInput:
    """The only writer to one terminal."""

    def __init__(self, terminal: HeldTerminal) -> None:
        self._terminal = terminal
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

    def offer(self, data: bytes) -> None:
        """Queue what nobody typed, an answer of the terminal's; dropped when the program reads nothing."""
        if len(self._pending) + len(data) <= MAX_UNREAD_ANSWERS:
            self.write(data)

    def close(self) -> None:
        """Forget what was not written."""
        self._pending.clear()
        self._watch(False)

    def _flush(self) -> None:
        try:
            while self._pending and (taken := self._terminal.write(bytes(self._pending[:65536]))):
                del self._pending[:taken]
        except OSError:  # the program is gone; its end is told elsewhere
            self._pending.clear()
        self._watch(bool(self._pending))

    def _watch(self, wanted: bool) -> None:
        if wanted == self._is_watching:
            return
        self._is_watching = wanted
        self._terminal.watch_writable(self._flush if wanted else None)
