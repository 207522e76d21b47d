"""Telling binary data in an output from text, so that a file that was shown by mistake costs nothing but its length.

Text holds no NUL bytes, and every kind of program, image and archive does within its first bytes; so nothing but a
search for one is spent on text. From a NUL on the output is judged window by window. Invariant: which bytes are binary
does not depend on how the output was cut into pieces; a window is all that is held back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WINDOW: Final = 4096  # bytes that are judged together
_LEAST: Final = 256  # bytes that tell enough
_NUL: Final = b"\x00"
# Controls that no program writes to a terminal: all of C0 but BEL to CR, SO, SI and ESC.
_STRANGE: Final = bytes(code for code in range(1, 32) if not 7 <= code <= 15 and code != 27)
_LAST_BINARY: Final = re.compile(rb"(?s).*[" + re.escape(_NUL + _STRANGE) + rb"]")
_MANY: Final = 0.05  # share of NULs and strange controls in binary data
_SOME: Final = 0.01  # share of strange controls in it: text of 16 bits a sign has NULs only
_TRACE: Final = 0.002  # share of them, or of broken signs, that is not text behind binary data
_EMPTY: Final = 0.9  # share of NULs beyond which nothing else is needed


class BinaryFilter:
    """Passes text on, and counts what is none."""

    def __init__(self) -> None:
        self._window = bytearray()  # what waits to be judged; it begins with a NUL, or behind a binary window
        self._is_judging = False
        self._binary = 0  # bytes of the stretch of binary data that is not told yet
        self._tail = b""  # text that the last binary window ends with

    def feed(self, data: bytes) -> Iterator[bytes | int]:
        """Yield text, and the length of a stretch of binary data behind its end."""
        at = 0
        while at < len(data):
            if not self._is_judging:
                found = data.find(_NUL, at)
                if found < 0:
                    yield data[at:] if at else data
                    return
                if found > at:
                    yield data[at:found]
                at, self._is_judging = found, True
            piece = data[at : at + _WINDOW - len(self._window)]
            self._window += piece
            at += len(piece)
            if len(self._window) == _WINDOW:
                yield from self._judged()

    def finish(self) -> Iterator[bytes | int]:
        """Yield what was held back."""
        yield from self._judged()
        yield from self._stretch()

    def _judged(self) -> Iterator[bytes | int]:
        window = bytes(self._window)
        self._window.clear()
        if not window:
            return
        if _is_binary(window, is_within=self._binary > 0):
            self._binary += len(window)
            self._tail = _text_behind(window)
            return
        self._is_judging = False
        yield from self._stretch()
        yield window

    def _stretch(self) -> Iterator[bytes | int]:
        """Yield the length of the binary data, and the lines of text that its last window ends with."""
        if self._binary:
            yield self._binary - len(self._tail)
            if self._tail:
                yield self._tail
        self._binary, self._tail = 0, b""


def _is_binary(window: bytes, *, is_within: bool) -> bool:
    size = len(window)
    nuls = window.count(_NUL)
    strange = size - nuls - len(window.translate(None, _NUL + _STRANGE))
    if is_within:  # a table of strings between code and data belongs to them
        return nuls + strange > _TRACE * size or window.decode("utf-8", "replace").count("\ufffd") > _TRACE * size
    if size < _LEAST:
        return False
    return nuls > _EMPTY * size or (nuls + strange > _MANY * size and strange > _SOME * size)


def _text_behind(window: bytes) -> bytes:
    """Return the whole lines behind the last byte that is no text."""
    found = _LAST_BINARY.search(window)
    begin = window.find(b"\n", found.end() if found else 0) + 1
    tail = window[begin:] if begin else b""
    return tail if "\ufffd" not in tail.decode("utf-8", "replace") else b""
