"""What was typed at an attached terminal, parted into what the program gets and what the leader key commands.

Keys come as the terminal sends them: plain bytes, or escape sequences when the program asked for kitty's keyboard
protocol or for xterm's modifyOtherKeys, in which the leader itself is a sequence. Invariant: pasted text never
commands anything; however the bytes are cut, the result is the same; and every byte that is not a command passes
unchanged and in order.
"""

from __future__ import annotations

import re

HOLD_SECONDS = 0.02  # a terminal sends a sequence in one piece: what is still unfinished then is the Escape key

_PASTE_BEGIN, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]{0,60}[ -/]{0,4})?\Z")
# Kitty: CSI code[:shifted[:base]] ; modifiers[:event] ; text u. xterm: CSI 27 ; modifiers ; code ~.
_KITTY = re.compile(rb"\x1b\[(\d+)(?::\d*)*(?:;(\d*)(?::(\d+))?(?:;[\d:]*)?)?u\Z")
_XTERM = re.compile(rb"\x1b\[27;(\d+);(\d+)~\Z")
_ARROWS = {
    opening + final: name
    for opening in (b"\x1b[", b"\x1bO")
    for final, name in ((b"A", "up"), (b"B", "down"), (b"C", "right"), (b"D", "left"))
}
_SHIFTED = {"/": "?", "5": "%", "'": '"'}  # of the keys that command, on an American keyboard
_NAMED = {13: "enter", 10: "enter", 27: "escape"}
_SHIFT, _ALT, _CTRL = 1, 2, 4
_LOCKS = 64 | 128
_FIRST_FUNCTIONAL_KEY = 57344  # kitty's private use range: modifiers, locks, media keys
_RELEASE = 3


class Pressed:
    """A key that commands: a sign, or `up`, `down`, `left`, `right`, `enter`, `escape`, or "" for any other key."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pressed) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Pressed({self.key!r})"


class LeaderKeys:
    """The state between two reads. While `is_modal` is set, every key commands and nothing passes."""

    def __init__(self, leader: str = "ctrl+b") -> None:
        self._code = ord(leader[-1])
        self._byte = bytes([self._code & 0x1F])
        self._buffer = b""
        self._is_pasting = False
        self._is_awaiting = False  # the leader was pressed
        self.is_modal = False

    @property
    def holds(self) -> bool:
        """Whether an unfinished sequence waits: call `flush` when nothing follows within `HOLD_SECONDS`."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes | Pressed]:
        """Return what the bytes mean, in order."""
        self._buffer += data
        found: list[bytes | Pressed] = []
        while self._buffer and self._step(found, is_last=False):
            pass
        return _joined(found)

    def flush(self) -> list[bytes | Pressed]:
        """Return what was held back, as the keys that it then is."""
        found: list[bytes | Pressed] = []
        while self._buffer and self._step(found, is_last=True):
            pass
        return _joined(found)

    def _step(self, found: list[bytes | Pressed], *, is_last: bool) -> bool:
        """Take one thing out of the buffer; return False when more bytes are needed."""
        if self._is_pasting:
            return self._pass_paste(found, is_last=is_last)
        if self._is_awaiting or self.is_modal:
            token = _token(self._buffer, is_last=is_last)
            if token:
                self._command(token, found)
            return bool(token)
        return self._pass_keys(found, is_last=is_last)

    def _pass_paste(self, found: list[bytes | Pressed], *, is_last: bool) -> bool:
        at = self._buffer.find(_PASTE_END)
        if at >= 0:
            self._is_pasting = False
            return self._pass(found, at + len(_PASTE_END))
        held = 0 if is_last else _overlap(self._buffer, _PASTE_END)
        return self._pass(found, len(self._buffer) - held)

    def _pass_keys(self, found: list[bytes | Pressed], *, is_last: bool) -> bool:
        leader, escape = self._buffer.find(self._byte), self._buffer.find(b"\x1b")
        if leader >= 0 and (escape < 0 or leader < escape):
            self._pass(found, leader)
            self._take(1)
            self._is_awaiting = True
            return True
        if escape != 0:
            return self._pass(found, len(self._buffer) if escape < 0 else escape)
        if not is_last and _UNFINISHED.match(self._buffer):
            return False
        token = _token(self._buffer, is_last=True)
        if token == _PASTE_BEGIN:
            self._is_pasting = True
        elif self._is_leader(token):
            self._take(len(token))
            self._is_awaiting = not _is_release(token)
            return True
        if token == b"\x1b" and self._buffer[1:2] == self._byte:
            token += self._byte  # alt+ctrl+letter is a key of its own
        return self._pass(found, len(token))

    def _command(self, token: bytes, found: list[bytes | Pressed]) -> None:
        self._take(len(token))
        if _is_release(token):
            return
        if token == _PASTE_BEGIN:
            self._is_pasting, self._is_awaiting = not self.is_modal, False
            if not self.is_modal:
                found.append(token)
        elif not self.is_modal and (token == self._byte or self._is_leader(token)):
            self._is_awaiting = False
            found.append(token)  # twice: meant for the program
        else:
            key = _key(token)
            if key is not None:
                self._is_awaiting = False
                found.append(Pressed(key))

    def _is_leader(self, token: bytes) -> bool:
        code, modifiers = _code(token)
        return code == self._code and modifiers & ~_LOCKS == _CTRL

    def _pass(self, found: list[bytes | Pressed], length: int) -> bool:
        if length:
            found.append(self._take(length))
        return length > 0

    def _take(self, length: int) -> bytes:
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken


def _token(data: bytes, *, is_last: bool) -> bytes:
    """Return the first key in the data as bytes; b"" when it is not complete yet."""
    if data[0] == 0x1B:
        if not is_last and _UNFINISHED.match(data):
            return b""
        found = _CSI.match(data)
        return found[0] if found else data[:3] if data[:3] in _ARROWS else data[:1]
    length = 1 if data[0] < 0xC0 else 2 if data[0] < 0xE0 else 3 if data[0] < 0xF0 else 4
    return data[:length] if len(data) >= length or is_last else b""


def _code(token: bytes) -> tuple[int, int]:
    """Return the key's code and modifier bits of a sequence that names them; (0, 0) for others."""
    kitty = _KITTY.match(token)
    if kitty:
        return int(kitty[1]), max(0, int(kitty[2] or 1) - 1)
    xterm = _XTERM.match(token)
    return (int(xterm[2]), max(0, int(xterm[1]) - 1)) if xterm else (0, 0)


def _is_release(token: bytes) -> bool:
    found = _KITTY.match(token)
    return found is not None and found[3] is not None and int(found[3]) == _RELEASE


def _key(token: bytes) -> str | None:
    """Return a key's name; None for what is no key press of its own, such as shift going down."""
    code, modifiers = _code(token)
    if not code:
        if token in _ARROWS:
            return _ARROWS[token]
        if len(token) > 1 and token[0] == 0x1B:
            return ""
        text = token.decode("utf-8", "replace")
        return _NAMED.get(ord(text[0]), text if text.isprintable() else "")
    if code >= _FIRST_FUNCTIONAL_KEY and code < 0xF900:
        return None
    if modifiers & (_ALT | _CTRL) or code > 0x10FFFF:
        return ""
    sign = chr(code)
    if modifiers & _SHIFT:
        sign = _SHIFTED.get(sign, sign.upper())
    return _NAMED.get(code, sign if sign.isprintable() else "")


def _overlap(data: bytes, mark: bytes) -> int:
    """Return how many bytes at the end of the data may be the beginning of the mark."""
    return next((length for length in range(len(mark) - 1, 0, -1) if data.endswith(mark[:length])), 0)


def _joined(found: list[bytes | Pressed]) -> list[bytes | Pressed]:
    joined: list[bytes | Pressed] = []
    for item in found:
        if isinstance(item, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += item
        else:
            joined.append(item)
    return joined
