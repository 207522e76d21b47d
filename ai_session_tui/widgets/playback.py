"""A pane's past, played again: which bytes belong to which moment, and a terminal that is at any of them.

Long pauses are shortened, so that a night of silence is a second. Invariant: after `feed` has had all bytes up to an
offset the terminal shows what the pane showed there, however one came to that offset; memory is bounded by a number of
keyframes, whatever the journal's length. One exception is told (`is_rough`): a leap over more than `LONGEST_RUN` bytes
begins on a blank screen that far before its goal, since to draw it all would take minutes; rough it is until a whole
screen has scrolled by. The newest part has a screen of the server's to begin with.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import cast

from ai_session_tui import limits
from ai_session_tui.terminal import Terminal

LONGEST_PAUSE = 1.0  # seconds; what lies between two outputs beyond that is left out
LONGEST_RUN = 16 * 1024 * 1024
KEYFRAME_BYTES = 256 * 1024  # between two keyframes, until there are too many of them
MOST_KEYFRAMES = 64
_SCROLLBACK = 200  # lines, so that a larger size brings back what it did


@dataclass(frozen=True, slots=True)
class PastScreen:
    """The bytes that draw the screen of a size (columns, rows) as it was at an offset."""

    offset: int
    size: tuple[int, int]
    data: bytes


@dataclass(frozen=True, slots=True)
class Timeline:
    """When which bytes came. Places in it are seconds from its beginning, with long pauses left out."""

    times: tuple[float, ...]  # of the pieces, seconds since the epoch
    offsets: tuple[int, ...]  # where they begin in the journal
    places: tuple[float, ...]
    sizes: tuple[tuple[int, int, int], ...]  # offset, columns, rows
    start: int
    end: int
    screen: PastScreen | None = None  # one that the server knows

    @property
    def length(self) -> float:
        """Its last place, in seconds."""
        return self.places[-1] if self.places else 0.0

    def offset_at(self, place: float) -> int:
        """Return how far the journal had come at a place."""
        after = bisect_right(self.places, place)
        return self.offsets[after] if after < len(self.offsets) else self.end

    def place_of(self, offset: int) -> float:
        """Return the first place at which the journal had come that far."""
        at = bisect_right(self.offsets, offset - 1) - 1
        return self.places[at] if at >= 0 else 0.0

    def moment_at(self, place: float) -> float | None:
        """Return the time since the epoch of a place; None when nothing was recorded."""
        at = bisect_right(self.places, place) - 1
        return self.times[at] + (place - self.places[at]) if at >= 0 else None

    def size_at(self, offset: int) -> tuple[int, int]:
        """Return columns and rows of the pane at an offset."""
        at = bisect_right(self.sizes, (offset, 1 << 31, 0)) - 1
        known = self.sizes[max(at, 0)] if self.sizes else (0, limits.DEFAULT_COLUMNS, limits.DEFAULT_ROWS)
        return known[1], known[2]


def read_timeline(value: Mapping[str, object]) -> Timeline:
    """Return the timeline that `journal.timeline` tells."""
    pieces = sorted((offset, time) for time, offset in cast("Sequence[tuple[float, int]]", value["pieces"]))
    offsets = tuple(offset for offset, _ in pieces)
    times = tuple(accumulate((time for _, time in pieces), max))  # a clock that was set back does not turn the film
    steps = [min(after - before, LONGEST_PAUSE) for before, after in pairwise(times)]
    places = tuple(accumulate(steps, initial=0.0)) if times else ()
    sizes = sorted(
        (offset, columns, rows) for offset, columns, rows in cast("Sequence[tuple[int, int, int]]", value["sizes"])
    )
    start, end = cast("int", value["start"]), cast("int", value["end"])
    return Timeline(times, offsets, places, tuple(sizes), start, end, _read_screen(value.get("screen")))


def _read_screen(value: object) -> PastScreen | None:
    if not isinstance(value, Mapping):
        return None
    offset, columns, rows = (cast("int", value[name]) for name in ("offset", "columns", "rows"))
    return PastScreen(offset, (columns, rows), str(value["text"]).encode())


class Playback:
    """The terminal of the past."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.offset = timeline.start  # of the next byte
        self._is_guessed = False  # begun on a blank screen in the middle
        self.terminal = self._blank(timeline.start)
        self._keyframes: dict[int, bytes] = {}
        screen = timeline.screen
        self._given = {screen.offset: screen.data} if screen and timeline.size_at(screen.offset) == screen.size else {}
        self._spacing = KEYFRAME_BYTES

    def aim(self, offset: int) -> int:
        """Turn back, or leap, as far as need be for an offset, and return from where on bytes are to be fed."""
        goal = min(max(offset, self.timeline.start), self.timeline.end)
        known = self._keyframes | self._given
        best = max((at for at in known if at <= goal), default=self.timeline.start)
        if self.offset <= goal and self.offset >= best:
            best = self.offset
        if goal - best > LONGEST_RUN:
            best = goal - LONGEST_RUN
            self._is_guessed = True
            self.terminal, self.offset = self._blank(best), best
        elif best != self.offset:
            self._is_guessed = False
            self.terminal, self.offset = self._blank(best), best
            self.terminal.feed(known.get(best, b""))
        return self.offset

    @property
    def is_rough(self) -> bool:
        """Whether something on the screen may be missing."""
        terminal = self.terminal
        return self._is_guessed and terminal.dropped + terminal.history_length < terminal.rows

    def feed(self, data: bytes) -> None:
        """Take the bytes that come next."""
        while data:
            part = data[: self._distance()]
            data = data[len(part) :]
            self.terminal.feed(part)
            self.offset += len(part)
            columns, rows = self.timeline.size_at(self.offset)
            if (columns, rows) != (self.terminal.columns, self.terminal.rows):
                self.terminal.resize(columns, rows)
        if not self._is_guessed and self.offset - max(self._keyframes, default=self.timeline.start) >= self._spacing:
            self._keep()
        self.terminal.take_replies()
        self.terminal.take_events()

    def skip(self, count: int) -> None:
        """Leave out bytes that the journal no longer has."""
        self.offset += count

    @property
    def keyframes(self) -> int:
        """How many are kept."""
        return len(self._keyframes)

    def _distance(self) -> int:
        """Return how many bytes there are to the next change of size."""
        after = bisect_right(self.timeline.sizes, (self.offset, 1 << 31, 0))
        return self.timeline.sizes[after][0] - self.offset if after < len(self.timeline.sizes) else 1 << 62

    def _keep(self) -> None:
        self._keyframes[self.offset] = self.terminal.snapshot(scrollback=_SCROLLBACK)
        if len(self._keyframes) > MOST_KEYFRAMES:
            for at in sorted(self._keyframes)[::2]:
                del self._keyframes[at]
            self._spacing *= 2

    def _blank(self, offset: int) -> Terminal:
        return Terminal(*self.timeline.size_at(offset), history=_SCROLLBACK)


@dataclass(slots=True)
class Player:
    """Where one is in the film: a place, a speed, and whether it runs. Pure: whoever has a clock calls `tick`."""

    timeline: Timeline
    stops: tuple[int, ...] = ()  # offsets at which commands begin, in order
    place: float = 0.0
    speed: float = 1.0
    is_playing: bool = False

    SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)

    @property
    def offset(self) -> int:
        """How far the journal had come."""
        return self.timeline.offset_at(self.place)

    def tick(self, seconds: float) -> None:
        """Go on by so many seconds of whoever watches."""
        if self.is_playing:
            self.go(self.place + seconds * self.speed)
            self.is_playing = self.place < self.timeline.length

    def go(self, place: float) -> None:
        """Go to a place."""
        self.place = min(max(place, 0.0), self.timeline.length)

    def play(self) -> None:
        """Run, from the beginning when it is at its end; or pause."""
        if not self.is_playing and self.place >= self.timeline.length:
            self.place = 0.0
        self.is_playing = not self.is_playing

    def change_speed(self, by: int) -> None:
        """Take the next speed, or the one before."""
        at = min(range(len(self.SPEEDS)), key=lambda index: abs(self.SPEEDS[index] - self.speed))
        self.speed = self.SPEEDS[min(max(at + by, 0), len(self.SPEEDS) - 1)]

    def step(self, by: int) -> None:
        """Go to the beginning of the next command, or of the one before."""
        places = [self.timeline.place_of(offset + 1) for offset in self.stops]
        if by > 0:
            self.go(min((place for place in places if place > self.place), default=self.timeline.length))
        else:
            self.go(max((place for place in places if place < self.place), default=0.0))
