"""How much of the loop's time output may take while somebody types and waits to see what the keys do.

A flood fills all the time that it is given. From a key to its echo there are some turns of the loop, and in each of
them the flood has its share; so the share is small while keys come, and none is given in the moment after a key.
Invariant: nobody is held up for longer than `_ECHO_SECONDS` by a key, whatever becomes of it.
"""

from __future__ import annotations

import time

from ai_session_tui.journal.tail import PATIENCE

_TYPING_SECONDS = 0.5  # after a key, in which the next one is likely
_HURRIED = 0.0005  # seconds of reading at once; a flood comes slower then, in smaller pieces
_ECHO_SECONDS = 0.003  # in which a program that has been waiting for a key has answered it
_SENT_SECONDS = 0.001  # in which an answer has become a frame and is on its way


class Haste:
    """Who is waited for."""

    def __init__(self) -> None:
        self._typed = -1.0
        self._awaited: object = None
        self._until = 0.0  # when the others have their turn again

    def typed(self, pane: object) -> None:
        """Take note of a key for a pane."""
        self._typed = time.monotonic()
        self._awaited = pane
        self._until = self._typed + _ECHO_SECONDS

    def printed(self, pane: object) -> None:
        """Take note of a pane's output: its echo has come, and is sent next."""
        if pane is self._awaited:
            self._until = min(self._until, time.monotonic() + _SENT_SECONDS)

    def is_for(self, pane: object) -> bool:
        """Whether another pane's output is waited for, so that this one has to wait a moment."""
        if self._awaited is None or self._awaited is pane:
            return False
        if time.monotonic() < self._until:
            return True
        self._awaited = None
        return False

    @property
    def patience(self) -> float:
        """Seconds that one pane's output may be read at once."""
        return _HURRIED if time.monotonic() - self._typed < _TYPING_SECONDS else PATIENCE
