"""Signals as something to wait for, beside the server's socket.

Invariant: inside the block a signal never becomes an exception between two instructions, where it could cut a frame
in half; afterwards every handler is what it was. A signal that was ignored (a job in the background) stays ignored.
"""

from __future__ import annotations

import signal
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any


class Signals:
    """Collects signals while the block runs; `fileno()` is readable when some have come."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers
        self._handlers: dict[int, Any] = {}
        self._ours, self._theirs = socket.socketpair()  # sockets, because Windows cannot wait for a pipe
        self._old_wakeup = -1

    def __enter__(self) -> Signals:
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self._old_wakeup = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in self._numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, _noted)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(self._old_wakeup)
        self._ours.close()
        self._theirs.close()

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._ours.fileno()

    def take(self) -> list[int]:
        """Return the numbers of the signals that have come, in order."""
        try:
            return list(self._ours.recv(4096))
        except BlockingIOError:
            return []


def _noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: the interpreter has already written the number to the wakeup descriptor."""
