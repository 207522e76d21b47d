"""Writing to a pane: one ordered queue, never blocking, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ai_session_tui.errors import BusyError

if TYPE_CHECKING:
    from ai_session_tui.server.holding import HeldTerminal

MAX_UNREAD_ANSWERS = 64 * 1024  # a program that asks without end and reads nothing gets no more
_LOOK_SECONDS = 0.02
_LOOKS = 10  # at a program that asks first and switches its terminal then
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


class Answers:
    """The terminal's answers to what a program asked, given only to who can hear them.

    A file with such a question in it asks too, when it is printed. Nobody reads the answer then: it would be echoed
    into the output and stand at the next prompt as if typed. Who means to read one has its terminal send every key.
    So does a shell's prompt: where the shell is in front, it counts only once everything has been read that may tell
    of the command's end.
    """

    def __init__(self, terminal: HeldTerminal, input: PaneInput, is_shell_running: Callable[[], bool]) -> None:
        self._terminal = terminal
        self._input = input
        self._is_shell_running = is_shell_running  # whether a command runs, and the shell itself is in front
        self._waiting = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def give(self, data: bytes) -> None:
        """Type an answer, now or once the program listens; drop it when it does not soon."""
        if len(self._waiting) + len(data) <= MAX_UNREAD_ANSWERS:
            self._waiting += data
        if self._timer is None:
            self._look(_LOOKS, was_quiet=False)

    def forget(self) -> None:
        """Drop what waits: whoever asked has ended."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, left: int, *, was_quiet: bool) -> None:
        self._timer = None
        is_quiet = False
        if not self._terminal.reads_lines():
            is_quiet = not self._terminal.has_unread()
            if not self._is_shell_running() or (was_quiet and is_quiet):
                self._input.offer(bytes(self._waiting))
                left = 0
        if left > 0:
            again = partial(self._look, left - 1, was_quiet=is_quiet)
            self._timer = asyncio.get_running_loop().call_later(_LOOK_SECONDS, again)
        else:
            self._waiting.clear()
