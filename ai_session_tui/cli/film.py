"""A pane's past in order: what was written when, and the sizes of its terminal: pure.

Invariant: whatever the pieces in which the bytes come, each stands at the moment at which it was written, and all of
them, joined, are what was read.
"""

from __future__ import annotations

import itertools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    # seconds from the beginning, and what was written or the new size
    Scene = tuple[float, bytes | tuple[int, int]]


class Film:
    """The past that `journal.timeline` tells. Pauses longer than `idle` seconds are cut to that; None: none is."""

    def __init__(self, told: Any, idle: float | None = None) -> None:
        self.start: int = told["start"]
        self.end: int = told["end"]
        sizes: list[tuple[int, int, int]] = sorted(map(tuple, told["sizes"]), key=_offset)
        self.size = (sizes[0][1], sizes[0][2])
        self._sizes = [after for before, after in itertools.pairwise(sizes) if before[1:] != after[1:]]
        self._gaps: list[tuple[int, int]] = sorted(tuple(gap) for gap in told.get("gaps", ()))
        pieces = sorted((offset, time) for time, offset in told["pieces"])
        self.began: float = pieces[0][1] if pieces else 0.0
        self._moments: list[tuple[int, float]] = []  # offset, seconds from the beginning
        place, before = 0.0, self.began
        for offset, time in pieces:
            passed = max(0.0, time - before)  # a clock that was set back does not turn the film
            place += passed if idle is None else min(passed, idle)
            before = max(time, before)
            self._moments.append((offset, place))
        self.seconds = place

    def scenes(self, chunks: Iterable[bytes]) -> Iterator[Scene]:
        """Yield everything in order; `chunks` are the bytes of [start, end) without the gaps, cut anyhow."""
        at, place = self.start, 0.0
        moments, sizes, gaps = iter(self._moments), iter(self._sizes), iter(self._gaps)
        moment, size, gap = next(moments, None), next(sizes, None), next(gaps, None)
        for chunk in chunks:
            while chunk:
                while gap is not None and gap[0] <= at:
                    at, gap = max(at, gap[0] + gap[1]), next(gaps, None)
                while moment is not None and moment[0] <= at:
                    place, moment = moment[1], next(moments, None)
                while size is not None and size[0] <= at:
                    yield place, (size[1], size[2])
                    size = next(sizes, None)
                ends = [each[0] for each in (moment, size, gap) if each is not None]
                length = min([len(chunk), *(end - at for end in ends)])
                yield place, chunk[:length]
                at += length
                chunk = chunk[length:]
        while size is not None:
            yield max(place, self.seconds), (size[1], size[2])
            size = next(sizes, None)


def _offset(size: tuple[int, int, int]) -> int:
    return size[0]


def asciicast(film: Film, chunks: Iterable[bytes], title: str, idle: float | None) -> Iterator[str]:
    """Yield the lines of an asciicast v2 file (https://docs.asciinema.org/manual/asciicast/v2/), with real times."""
    import codecs
    import json

    columns, rows = film.size
    header: dict[str, object] = {"version": 2, "width": columns, "height": rows, "timestamp": int(film.began)}
    if idle is not None:
        header["idle_time_limit"] = idle
    yield json.dumps(header | {"title": title, "env": {"TERM": "xterm-256color"}}, ensure_ascii=False)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    place = 0.0
    for place, scene in film.scenes(chunks):
        if isinstance(scene, tuple):
            yield json.dumps([round(place, 6), "r", f"{scene[0]}x{scene[1]}"])
        elif text := decoder.decode(scene):
            yield json.dumps([round(place, 6), "o", text], ensure_ascii=False)
    if text := decoder.decode(b"", True):
        yield json.dumps([round(place, 6), "o", text], ensure_ascii=False)
