"""Full tails on their way into blocks: compressed and removed in a thread, recorded in the writer's own.

A flood fills a tail every few milliseconds. Compressing it takes one of them, and the file system may take several to
let a removed file go, so neither is done where the flood is read; and because the program, the kernel and the reader
want every processor there is, compressing begins when the flood pauses, or when much is waiting for it.

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

MOST_AT_REST = 24  # beyond that, they are compressed while the flood goes on
MOST_RETIRING = MOST_AT_REST + 4  # beyond that, the writer waits for the oldest: the disk is slower than the flood
_PAUSE_SECONDS = 0.1  # without another full tail

T = TypeVar("T")


class Background(Protocol):
    """A thread beside the writer's."""

    def submit(self, work: Callable[[], T], done: Callable[[], None]) -> Future[T]:
        """Do `work` there, then call `done` in the writer's thread."""

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` in the writer's thread after so many seconds."""


@dataclass(slots=True)
class _Retired:
    """One full tail, and its block once that is being made."""

    tail: Tail
    block: Future[bytes] | None = None

    @property
    def is_ready(self) -> bool:
        return self.block is not None and self.block.done()


class Retiring:
    """The full tails of one journal that are not in blocks yet, oldest first."""

    def __init__(self, segments: Segments, background: Background) -> None:
        self._segments = segments
        self._background = background
        self._tails: deque[_Retired] = deque()
        self._is_calm = True  # no tail was added since the last look
        self._is_watched = False

    def __len__(self) -> int:
        return len(self._tails)

    @property
    def end(self) -> int | None:
        """Return the offset after the newest of these tails, None when there is none."""
        return self._tails[-1].tail.end if self._tails else None

    def tails(self) -> list[Tail]:
        """Return the tails that are not in blocks yet."""
        return [retired.tail for retired in self._tails]

    def add(self, tail: Tail) -> None:
        """Take a tail that is to be retired. Raises OSError when older ones cannot be written."""
        self.settle(MOST_RETIRING - 1)
        self._tails.append(_Retired(tail))
        self._is_calm = False
        if len(self._tails) > MOST_AT_REST:
            self._compress()
        self._watch()

    def settle(self, most: int = 0) -> None:
        """Write blocks until at most so many tails have none. Raises OSError, with the rest still to be written."""
        while self._tails and (len(self._tails) > most or self._tails[0].is_ready):
            tail, block = self._tails[0].tail, self._tails[0].block
            data = encode_block(tail.span()) if block is None else block.result()
            self._segments.append_block(data, tail.start, tail.end)
            self._tails.popleft()
            self._background.submit(_remover(tail.path), _nothing)

    def _watch(self) -> None:
        if not self._is_watched:
            self._is_watched = True
            self._background.later(_PAUSE_SECONDS, self._look)

    def _look(self) -> None:
        """Begin to compress if the flood has paused, else look again."""
        self._is_watched = False
        if self._is_calm:
            self._compress()
        elif self._tails:
            self._is_calm = True
            self._watch()

    def _compress(self) -> None:
        """Let the oldest tail be compressed, unless one is already."""
        if self._tails and self._tails[0].block is None:
            work = partial(encode_block, self._tails[0].tail.span())
            self._tails[0].block = self._background.submit(work, self._compressed)

    def _compressed(self) -> None:
        """Write what has been compressed; a disk that refuses is met again, and told, with the next tail."""
        with suppress(OSError):
            self.settle(len(self._tails))
            if self._is_calm or len(self._tails) > MOST_AT_REST:
                self._compress()


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
