"""How much a pane printed lately: bytes in the last two minutes, by intervals. No clock runs for it."""

from __future__ import annotations

BUCKETS = 24
BUCKET_SECONDS = 5


class Activity:
    """The last `BUCKETS` intervals; those without output cost nothing until somebody asks."""

    __slots__ = ("_bytes", "_last")

    def __init__(self) -> None:
        self._bytes: list[int] = []  # empty: nothing for as long as it is remembered
        self._last = 0  # the interval of the last entry, counted from the epoch

    def add(self, size: int, now: float) -> None:
        """Count bytes that came just now."""
        self._move_to(int(now // BUCKET_SECONDS))
        self._bytes[-1] += size

    def _move_to(self, interval: int) -> None:
        passed = interval - self._last
        if not self._bytes or passed >= BUCKETS:
            self._bytes = [0] * BUCKETS
        elif passed > 0:
            self._bytes = self._bytes[passed:] + [0] * passed
        else:
            return  # the same one, or the clock was set back
        self._last = interval

    def recent(self, now: float) -> list[int]:
        """Return the bytes of each interval, newest last."""
        passed = max(0, int(now // BUCKET_SECONDS) - self._last)
        if not self._bytes or passed >= BUCKETS:
            return [0] * BUCKETS
        return self._bytes[passed:] + [0] * passed
