"""Pasted text to bytes, so that a paste stays a paste.

Source: xterm ctlseqs, "Bracketed Paste Mode" (DECSET 2004) and its `disallowedPasteControls`.
Invariant: whatever is pasted, the program sees one end marker, at the end, and no control character but tab and
CR: a paste can neither leave its brackets nor press keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

START = b"\x1b[200~"
END = b"\x1b[201~"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_END = re.compile("\r\n|\n")


class PasteModes(Protocol):
    """Whether the program asked for brackets around a paste."""

    @property
    def bracketed_paste(self) -> bool: ...


def encode_paste(text: str, modes: PasteModes) -> bytes:
    """Return the paste as the program receives it: line ends as CR, control characters as blanks.

    Enter is not part of a paste: send it as a key of its own, a moment later.
    """
    clean = _LINE_END.sub("\r", _CONTROL.sub(" ", text))
    body = clean.encode("utf-8", "replace")
    return START + body + END if modes.bracketed_paste else body


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    """Yield pieces of at most `size` bytes (at least 8), none of which ends inside a character or a marker."""
    size = max(size, len(START) + 2)
    start = 0
    while start < len(data):
        end = min(start + size, len(data))
        if end < len(data):
            end = _boundary(data, start, end)
        yield data[start:end]
        start = end


def _boundary(data: bytes, start: int, end: int) -> int:
    escape = data.rfind(b"\x1b", max(start, end - len(END) + 1), end)
    if escape > start:
        return escape
    cut = end
    while cut > max(start, end - 4) and data[cut] & 0xC0 == 0x80:
        cut -= 1
    # Four continuation bytes in a row are not UTF-8: cut wherever it falls.
    return end if cut == start or data[cut] & 0xC0 == 0x80 else cut
