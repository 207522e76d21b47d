"""Take the questions that programs ask their terminal out of a raw stream.

When several terminals show the same raw bytes only one may answer. Invariant: what is not a query passes unchanged
and in order; at most `_LONGEST` bytes, a possible beginning of one, are held back.
"""

from __future__ import annotations

import re

_LONGEST = 64

_QUERY = re.compile(
    rb"\x1b(?:"
    rb"\[[>=]?0?c"  # DA1, DA2, DA3
    rb"|\[\??[56](?:;1)?n"  # DSR, CPR, DECXCPR
    rb"|\[\??[0-9;]{1,24}\$p"  # DECRQM
    rb"|\[>0?q"  # XTVERSION
    rb"|\[\?u"  # kitty keyboard flags
    rb"|\[\?4m"  # XTQMODKEYS
    rb"|\[(?:11|13|14|15|16|18|19|20|21)(?:;[0-9]{1,4})?t"  # XTWINOPS reports
    rb"|\](?:4;[0-9]{1,3}|1[0-9]);\?(?:\x07|\x1b\\)"  # colours
    rb"|P[+$]q[^\x1b\x07]{0,40}\x1b\\"  # XTGETTCAP, DECRQSS
    rb")"
)
# The longest beginning of anything above.
_BEGINNING = re.compile(
    rb"\x1b(?:\[[>=?]?[0-9;]{0,24}\$?|\][0-9;]{0,8}\??\x1b?|P[+$]?q?[^\x1b\x07]{0,40}\x1b?)?\Z"
)


class QueryFilter:
    """Remove queries from a stream, however it is cut."""

    def __init__(self) -> None:
        self._held = b""

    def filter(self, data: bytes) -> bytes:
        """Take the next bytes; return what may be shown."""
        chunk = self._held + data
        self._held = b""
        if b"\x1b" not in chunk:
            return chunk
        chunk = _QUERY.sub(b"", chunk)
        beginning = _BEGINNING.search(chunk, max(0, len(chunk) - _LONGEST))
        if beginning is not None:
            self._held = chunk[beginning.start() :]
            chunk = chunk[: beginning.start()]
        return chunk
