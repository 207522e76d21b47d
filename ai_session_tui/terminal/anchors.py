"""Lines of the main screen that somebody wants to find again later: they keep their names while the lines move.

A name is any number, newer ones are greater. Invariant: a place is the number of a line as the history counts them, or
it is forgotten: a line that was erased, or left the scrollback, is found under no name. Later ones stand further down.
"""

from __future__ import annotations

from collections import deque
from typing import Final

_MOST: Final = 5000


class Anchors:
    """The lines that are remembered, oldest first."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: deque[tuple[int, int]] = deque(maxlen=_MOST)  # name, number of the line

    def drop(self, name: int, line: int) -> None:
        """Remember a line; what was remembered from there on has been written over."""
        self.erase(line - 1)
        self._places.append((name, line))

    def erase(self, line: int) -> None:
        """Forget all that come behind a line: it was erased, and so is what follows it."""
        while self._places and self._places[-1][1] > line:
            self._places.pop()

    def found(self, first: int) -> dict[int, int]:
        """Return the numbers of the lines by name, of those from a number on."""
        return {name: line for name, line in self._places if line >= first}

    def within(self, start: int, count: int) -> list[int]:
        """Return how far behind line `start` the remembered ones of the next `count` lines are, in their order."""
        return [line - start for _, line in self._places if start <= line < start + count]

    def move(self, lines: list[int], first: int) -> None:
        """Take the new numbers of all that are not before line `first`; the older ones are forgotten."""
        kept = [name for name, line in self._places if line >= first]
        self._places.clear()
        self._places.extend(zip(kept, lines, strict=True))
