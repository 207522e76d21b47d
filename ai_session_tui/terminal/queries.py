"""Take the questions that programs ask their terminal out of a raw stream.

When several terminals show the same raw bytes only one may answer. Invariant: what is not a query passes unchanged
and in order, however the stream is cut; what is held back, because a query may begin there, is bounded.
"""

from __future__ import annotations

import re

MAX_HELD = 4096  # bytes; a longer beginning is no query

_STRING = rb"[^\x07\x1b\x18\x1a]*"
_QUERY = re.compile(
    rb"\x05"  # ENQ
    rb"|\x1bZ"  # DECID
    rb"|\x1b\[(?:[=>]?[0-9;]*c"  # DA1, DA2, DA3
    rb"|\??[0-9;]*n"  # DSR, CPR, colour scheme
    rb"|\??[0-9;]*\$p"  # DECRQM
    rb"|>[0-9;]*q"  # XTVERSION
    rb"|\?[0-9;]*u|\?[0-9;]*m"  # keyboard flags, XTQMODKEYS
    rb"|(?:1[1-9]|2[01])(?:;[0-9]*)*t"  # XTWINOPS reports
    rb"|[01]?x)"  # DECREQTPARM
    rb"|\x1b\](?:4|5|1[0-9]|52);" + _STRING + rb"\?" + _STRING + rb"(?:\x07|\x1b\\)"  # colours, clipboard
    rb"|\x1bP[0-9;]*[$+]q[^\x1b\x18\x1a]*\x1b\\"  # DECRQSS, XTGETTCAP
    rb"|\x1b_G[^\x1b\x18\x1a]*a=q[^\x1b\x18\x1a]*\x1b\\"  # kitty graphics
)
# The beginning of anything above, at the end of the data.
_BEGINNING = re.compile(
    rb"\x1b(?:\[[=>?]?[0-9;]*\$?"
    rb"|\](?:[0-9]{0,2}|(?:4|5|1[0-9]|52);" + _STRING + rb"\x1b?)"
    rb"|P[0-9;]*(?:[$+]|[$+]q[^\x1b\x18\x1a]*\x1b?)?"
    rb"|_(?:G[^\x1b\x18\x1a]*\x1b?)?"
    rb"|)\Z"
)


class QueryFilter:
    """Remove queries from a stream, however it is cut."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def filter(self, data: bytes) -> bytes:
        """Take the next bytes; return what may be shown."""
        if self._held:
            data = self._held + data
            self._held = b""
        if b"\x1b" not in data and b"\x05" not in data:
            return data
        data = _QUERY.sub(b"", data)
        start = _open(data)
        if 0 <= len(data) - start <= MAX_HELD:
            data, self._held = data[:start], data[start:]
        return data


def _open(data: bytes) -> int:
    """Return where an unfinished query may begin, the end if nowhere; its last escape may be half a terminator."""
    last = data.rfind(b"\x1b")
    for start in (data.rfind(b"\x1b", 0, max(last, 0)), last):
        if start >= 0 and _BEGINNING.match(data, start):
            return start
    return len(data)
