"""A byte stream that tells its own offsets, so that any stretch of it can be checked alone."""

from __future__ import annotations

FIRST = 1_000_000_000
LINE_BYTES = 11  # ten digits and a newline: what `seq 1000000000 9999999999` prints


def expected(start: int, end: int) -> bytes:
    """Return the stream's bytes [start, end)."""
    first = start // LINE_BYTES
    last = -(-end // LINE_BYTES)
    text = b"".join(b"%d\n" % (FIRST + line) for line in range(first, last))
    return text[start - first * LINE_BYTES :][: end - start]


class Clock:
    """A clock that moves only when told to, or by `step` at each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 1_700_000_000.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now
