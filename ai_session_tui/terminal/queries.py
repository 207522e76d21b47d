"""Take the questions that programs ask their terminal out of a raw stream.

When several terminals show the same raw bytes only one may answer. Invariant: what is not a query passes unchanged
and in order, however the stream is cut; what is held back, because a query may begin there, is bounded.
"""

from __future__ import annotations

import re

MAX_HELD = 4096  # bytes; a longer beginning is no query
_ESCAPE = b"\x1b"
_CANCEL = b"\x18"  # CAN: what is open is dropped

_STRING = rb"[^\x07\x1b\x18\x1a]*"
_DATA = rb"[^\x1b\x18\x1a]*"
_END = rb"(?:\x1b\\|(?=\x1b[^\\]))"  # ST, or whatever begins next
# Control characters inside of a sequence are carried out, and the sequence goes on.
_EARLY = rb"[\x00-\x17\x19\x1c-\x1f]*"
_CONTROLS = rb"[\x00-\x17\x19\x1c-\x1f\x7f]*"
_NUMBERS = rb"[0-9;\x00-\x17\x19\x1c-\x1f\x7f]*"
_CONTROL_SEQUENCES = (
    (
        rb"[=>]?~c"  # DA1, DA2, DA3
        rb"|\??~n"  # DSR, CPR, colour scheme
        rb"|\??~\$_p"  # DECRQM
        rb"|>~q"  # XTVERSION
        rb"|\?~u|\?~m"  # keyboard flags, XTQMODKEYS
        rb"|(?:0_)*(?:1_[1-9]|2_[01])_(?:;~)?t"  # XTWINOPS reports
        rb"|(?:[01]_)?x"  # DECREQTPARM
    )
    .replace(b"~", _NUMBERS)
    .replace(b"_", _CONTROLS)
)
_QUERY = re.compile(
    rb"\x05"  # ENQ; then DECID and the control sequences
    rb"|(?P<sequence>\x1b" + _EARLY + rb"(?:Z|\[" + _CONTROLS + rb"(?:" + _CONTROL_SEQUENCES + rb")))"
    rb"|\x1b(?P<early>" + _EARLY + rb")(?:"
    rb"\](?:4|5|1[0-9]|52);" + _STRING + rb"\?" + _STRING + rb"(?:\x07|" + _END + rb")"  # colours, clipboard
    rb"|P[0-9;]*[$+]q"
    + _DATA
    + _END
    + rb"|_G"
    + _DATA
    + rb"a=q"
    + _DATA
    + _END
    + rb")"  # DECRQSS, XTGETTCAP, kitty graphics
)
# The beginning of anything above, at the end of the data.
_BEGINNING = re.compile(
    rb"\x1b" + _EARLY + rb"(?:\[" + _CONTROLS + rb"[=>?]?" + _NUMBERS + rb"\$?" + _CONTROLS + rb"|"
    rb"\](?:[0-9]{0,2}|(?:4|5|1[0-9]|52);" + _STRING + rb"\x1b?)"
    rb"|P[0-9;]*(?:[$+]|[$+]q" + _DATA + rb"\x1b?)?"
    rb"|_(?:G" + _DATA + rb"\x1b?)?)?\Z"
)
_EMBEDDED = re.compile(rb"[\x00-\x04\x06-\x17\x19\x1c-\x1f]")  # ENQ is a query itself
_DONE = re.compile(rb"[\x00-\x1a\x1c-\x1f]")


def _remains(query: re.Match[bytes]) -> bytes:
    """Return what is still to be done of a query: the control characters inside of it."""
    return b"".join(_EMBEDDED.findall(query["sequence"] or query["early"] or b""))


class QueryFilter:
    """Remove queries from a stream, however it is cut; or, for the terminal that answers, let them pass.

    Who answers may change in the middle of a query. So its beginning is known in either case."""

    __slots__ = ("_begun", "passes")

    def __init__(self, *, passes: bool = False) -> None:
        self.passes = passes
        self._begun = b""  # the beginning of a query: held back, or passed already

    def filter(self, data: bytes) -> bytes:
        """Take the next bytes; return what may be shown."""
        whole = self._begun + data
        self._begun = b""
        if b"\x1b" not in whole and b"\x05" not in whole:
            return data
        if not self.passes:
            whole = _QUERY.sub(_remains, whole)
        start = _open(whole)
        if 0 <= len(whole) - start <= MAX_HELD:
            self._begun = whole[start:]
        if self.passes:
            return data
        return whole[:start] if self._begun else whole

    def let_pass(self) -> bytes:
        """Let queries pass from now on; return what was held back of one."""
        if self.passes:
            return b""
        self.passes = True
        if self._is_answered:
            self._begun = _ESCAPE
        return self._begun

    def hold_back(self) -> bytes:
        """Remove queries from now on; return what makes the terminal forget the beginning of one."""
        if not self.passes:
            return b""
        self.passes = False
        if self._is_answered:
            self._begun = _ESCAPE
            return b""
        self._begun = _DONE.sub(b"", self._begun)  # the terminal has carried them out
        return _CANCEL if self._begun else b""

    @property
    def _is_answered(self) -> bool:
        """Whether but half of a string's terminator is missing: the terminal that has it answers it."""
        return len(self._begun) > 1 and self._begun.endswith(_ESCAPE)


def _open(data: bytes) -> int:
    """Return where an unfinished query may begin, the end if nowhere; its last escape may be half a terminator."""
    last = data.rfind(b"\x1b")
    for start in (data.rfind(b"\x1b", 0, max(last, 0)), last):
        if start >= 0 and _BEGINNING.match(data, start):
            return start
    return len(data)
