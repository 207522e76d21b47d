"""Lines that only wait to be looked at, compressed: as lines full ones take half a kilobyte each, and most stay unseen.

Invariant: unpacking gives lines that are equal to those that were packed, but for their epochs, which in the history
tell nothing any more.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from itertools import accumulate

import zstandard

from .cells import Line

# A microsecond a line at this level, against ten that drawing it takes. The contexts are shared, and not by threads.
_LEVEL = 1
_lock = threading.Lock()
_compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False)
_decompressor = zstandard.ZstdDecompressor()


class Packed:
    """Some lines. Their inks may be translated one for one."""

    __slots__ = ("_cells", "_inks", "_lengths", "_wrapped")

    def __init__(self, lines: Sequence[Line]) -> None:
        self._cells = _pack("".join([line.cells for line in lines]))
        self._inks = _pack("".join([line.inks for line in lines]))
        self._lengths = array("I", [length for line in lines for length in (len(line.cells), len(line.inks))])
        self._wrapped = bytes([line.wrapped for line in lines])

    def __len__(self) -> int:
        return len(self._wrapped)

    @property
    def cells(self) -> str:
        """The cells of all lines, one line's behind another's."""
        return _unpack(self._cells)

    @property
    def inks(self) -> str:
        """The inks of all lines, one line's behind another's."""
        return _unpack(self._inks)

    @inks.setter
    def inks(self, inks: str) -> None:
        self._inks = _pack(inks)

    def lines(self) -> list[Line]:
        """Return the lines, made anew."""
        cells, inks = _unpack(self._cells), self.inks
        cell_ends, ink_ends = ([0, *accumulate(self._lengths[first::2])] for first in (0, 1))
        return [
            Line(cells[cell_ends[n] : cell_ends[n + 1]], inks[ink_ends[n] : ink_ends[n + 1]], 0, bool(wrapped))
            for n, wrapped in enumerate(self._wrapped)
        ]


def _pack(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    with _lock:
        packed = _compressor.compress(data)
    return bytes(memoryview(packed))  # a copy: the original keeps all the memory that it might have needed


def _unpack(data: bytes) -> str:
    with _lock:
        plain = _decompressor.decompress(data)
    return plain.decode("utf-8", "surrogatepass")
