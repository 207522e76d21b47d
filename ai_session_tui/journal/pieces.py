"""What a reader of a journal gets: data, events, and honest gaps.

Invariant: the data and the gaps of a range, in order, cover it exactly; a byte is never made up and never
silently left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ai_session_tui.errors import NotFoundError


class GapReason(StrEnum):
    """Why the bytes of a gap are not there."""

    UNWRITTEN = "unwritten"  # the disk took nothing for so long that memory was full as well
    DAMAGED = "damaged"  # they were written, but the file does not hold them whole any more


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes that the program printed, from `offset` on."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """`length` bytes from `offset` on that were printed but cannot be read."""

    offset: int
    length: int
    why: GapReason


@dataclass(frozen=True, slots=True)
class Time:
    """The bytes from `offset` on were read at `time` (seconds since the epoch), to within 10 ms."""

    offset: int
    time: float


@dataclass(frozen=True, slots=True)
class Resize:
    """The terminal got a new size after the byte before `offset`."""

    offset: int
    columns: int
    rows: int
    time: float


@dataclass(frozen=True, slots=True)
class Run:
    """A new process begins at `offset`, on a terminal of that size."""

    offset: int
    columns: int
    rows: int
    time: float


Piece = Data | Gap | Time | Resize | Run


class PrunedError(NotFoundError):
    """Output so old that the journal's size limit has removed it; `start` is the oldest kept offset."""

    def __init__(self, offset: int, start: int) -> None:
        super().__init__(
            f"the output at offset {offset} is no longer kept",
            f"the oldest kept offset is {start}.",
        )
        self.offset = offset
        self.start = start
