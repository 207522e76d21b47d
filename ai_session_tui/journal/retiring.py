"""Full tails on their way into blocks: compressed and removed in a thread, recorded in the writer's own.

A flood fills a tail every few milliseconds. Compressing it takes one of them, and the file system may take several to
let a removed file go, so neither is done where the flood is read.

Invariant: blocks are written in the order of their tails, by the writer's thread, and a tail's file stays until its
block is whole.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from ai_session_tui.journal.blocks import encode_block
from ai_session_tui.journal.files import OPEN_FLAGS
from ai_session_tui.journal.segments import Segments
from ai_session_tui.journal.tail import Tail

MOST_RETIRING = 4  # beyond that, the writer waits for the oldest: the disk is slower than the flood

T = TypeVar("T")


class Background(Protocol):
    """A thread beside the writer's."""

    def submit(self, work: Callable[[], T], done: Callable[[], None]) -> Future[T]:
        """Do `work` there, then call `done` in the writer's thread."""


@dataclass(slots=True)
class _Retired:
    """One full tail, and its block once that is ready."""

    tail: Tail
    block: Future[bytes]


class Retiring:
    """The full tails of one journal that are not in blocks yet, oldest first."""

    def __init__(self, segments: Segments, background: Background) -> None:
        self._segments = segments
        self._background = background
        self._tails: deque[_Retired] = deque()

    @property
    def end(self) -> int | None:
        """Return the offset after the newest of these tails, None when there is none."""
        return self._tails[-1].tail.end if self._tails else None

    def tails(self) -> list[Tail]:
        """Return the tails that are not in blocks yet."""
        return [retired.tail for retired in self._tails]

    def add(self, tail: Tail) -> None:
        """Begin to retire a tail. Raises OSError when older ones cannot be written."""
        self.settle(MOST_RETIRING - 1)
        block = self._background.submit(partial(encode_block, tail.span()), self._settle_soon)
        self._tails.append(_Retired(tail, block))

    def settle(self, most: int = 0) -> None:
        """Write blocks until at most so many tails have none. Raises OSError, with the rest still to be written."""
        while self._tails and (len(self._tails) > most or self._tails[0].block.done()):
            tail = self._tails[0].tail
            self._segments.append_block(self._tails[0].block.result(), tail.start, tail.end)
            self._tails.popleft()
            self._background.submit(_remover(tail.path), _nothing)

    def _settle_soon(self) -> None:
        """Write what has been compressed; a disk that refuses is met again, and told, with the next tail."""
        with suppress(OSError):
            self.settle(len(self._tails))


def _remover(path: str) -> Callable[[], None]:
    """Return what removes a file. It is kept open until then, so that unmapping it is not what frees it."""
    descriptor = -1
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | OPEN_FLAGS)

    def remove() -> None:
        with suppress(FileNotFoundError):
            os.unlink(path)
        if descriptor >= 0:
            os.close(descriptor)

    return remove


def _nothing() -> None:
    """Nothing is to be done after a removal."""
