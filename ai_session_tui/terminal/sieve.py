"""Plain output told from the rest, piece by piece: what does nothing but draw can wait until somebody looks.

Plain is text, SGR and erasures within the line: it sets no mode, asks nothing and rings no bell. Invariant: however
output is cut into pieces, the same of it is plain, as long as the beginning of a sequence at the end of one piece is
handed to the next.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BLOCK_BYTES = 64 * 1024  # of a piece at most, and of the history's raw parts
_SIMPLE = bytes([*range(0x20, 0x7F), *b"\t\r\n\x1b", *range(0x80, 0x100)])
_WITHIN_LINES = bytes(set(_SIMPLE) - set(b"\r\n"))
# Nothing is to be gained from a second try, so what repeats one sign is possessive; what repeats a group must not be:
# CPython before 3.11.5 then matches too much.
HARMLESS = re.compile(rb"(?:[^\x1b]*+\x1b\[[0-9;:]*+[mK])*[^\x1b]*+")
_OPEN = re.compile(rb"|\x1b|\x1b\[[0-9;:]{0,64}")


class Piece(NamedTuple):
    """Some output; of it the bytes that are not `_WITHIN_LINES`: line ends, if it may be part of a flood; its lines."""

    data: bytes
    line_ends: bytes
    first: int  # bytes before the first LF
    longest: int  # bytes of the longest line, whole or not
    last: int  # bytes after the last LF; of a piece without any LF, all three are its size

    @classmethod
    def of(cls, data: bytes) -> Piece:
        """Return some output as a piece."""
        lines = list(map(len, data.split(b"\n")))
        return cls(data, data.translate(None, _WITHIN_LINES), lines[0], max(lines), lines[-1])


def pieces_of(data: bytes) -> list[Piece]:
    """Cut output into pieces of a block at most."""
    return [Piece.of(data[start : start + BLOCK_BYTES]) for start in range(0, len(data), BLOCK_BYTES)]


def open_end(piece: Piece, before: bytes) -> bytes | None:
    """Return the beginning of a sequence at the end of a piece that else is plain; None if it is not.

    `before` is what the piece before it has returned.
    """
    if piece.line_ends.strip(b"\r\n"):
        return None
    if not before and b"\x1b" not in piece.data:
        return b""
    data = before + piece.data
    match = HARMLESS.match(data)
    rest = data[match.end() :] if match else data
    return rest if _OPEN.fullmatch(rest) else None


class Sifted(NamedTuple):
    """Output that is plain if it follows output that ended in `before`; it ends in `after`, as `open_end` has it."""

    before: bytes
    pieces: list[Piece]
    after: bytes


def sift(data: bytes, before: bytes) -> Sifted | None:
    """Return the pieces of some output if it is plain behind `before`."""
    sieve = Sieve(before)
    for piece in pieces_of(data):
        sieve.add_piece(piece)
    return sieve.take()


class Sieve:
    """Sifts output as it comes, so that little is left to do when all of it is there."""

    def __init__(self, before: bytes = b"") -> None:
        self._before = before
        self._after: bytes | None = before
        self._pieces: list[Piece] = []

    def add(self, data: memoryview) -> None:
        """Take the next few kilobytes; the view is not kept."""
        if self._after is not None:
            self.add_piece(Piece.of(bytes(data)))

    def add_piece(self, piece: Piece) -> None:
        """Take the next piece."""
        if self._after is not None:
            self._pieces.append(piece)
            self._after = open_end(piece, self._after)

    def take(self) -> Sifted | None:
        """Return what came since the last call if all of it, and anything, was plain; begin anew behind it."""
        before, pieces, after = self._before, self._pieces, self._after
        self._before = self._after = after or b""
        self._pieces = []
        return Sifted(before, pieces, after) if pieces and after is not None else None
