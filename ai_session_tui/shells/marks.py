"""Find shell-integration marks in a pane's bytes, at the speed of `bytes.find`.

Invariant: a mark counts only with this pane's nonce, so nothing that a program prints can pass for one. The
scanner gives the same marks however the stream is cut, and holds at most one unfinished mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import unquote

from ai_session_tui.limits import MAX_MARK_BYTES

_OPENER = b"\x1b]133;"
_MODE = b"\x1b[?"
_MODES = re.compile(
    rb"\x1b\[\?(?:[0-9;]{0,60}(?:47|1049|2004)(?:;[0-9;]{0,60})?[hl]|[0-9;]{0,60}\Z)"  # 47 ends 1047 as well
)
_LINE_BYTES = 4096  # of an edited line that are looked at
_MODE_BYTES = 64  # a longer private-mode sequence is nobody's
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[=>78])")
# What fish prints between its preexec event and the command: paste mode off, the title, a colour reset, and a
# carriage return after a title.
_PAD = re.compile(
    rb"(?:\x1b\[\?2004l)?(?:\x1b\][02];[^\x07\x1b]*(?:\x07|\x1b\\))?(?:\x1b\[(?:30|39|0)?m|\x1b\(B|\x0f|\x1b\[39;49m)*\r?"
)
_MAX_PAD_BYTES = 1024
_UNFINISHED_PAD = re.compile(rb"\x1b(?:\[[?0-9;]{0,6}|\](?:[02](?:;[^\x07\x1b]*\x1b?)?)?|\()?")
_ALTERNATE_SCREENS = frozenset((b"47", b"1047", b"1049"))


class MarkKind(Enum):
    """What a mark says; those with a capital letter are printed by the shell, the others are seen by the scanner."""

    PROMPT = "A"
    READY = "B"
    CONTINUATION = "P"
    ACCEPTED = "K"
    REFUSED = "R"
    STARTED = "C"
    OUTPUT_END = "Z"
    ENDED = "D"
    FOLDER = "W"
    OUTPUT = "output"  # where output begins after a C with `pad=1`: the shell itself prints something first
    LINE = "line"  # the newline that ends what was typed after READY, CONTINUATION or ACCEPTED
    EDITOR_TAKEN = "edit"  # DECSET 2004: the line editor took the terminal
    EDITOR_LEFT = "editor"  # DECRST 2004: the line editor gave the terminal back
    SCREEN_TAKEN = "alternate"  # DECSET 47, 1047 or 1049
    SCREEN_RETURNED = "main"


_SHELL_KINDS = {ord(kind.value): kind for kind in MarkKind if len(kind.value) == 1}
_LINE_OPENERS = frozenset((MarkKind.READY, MarkKind.CONTINUATION, MarkKind.ACCEPTED))
_LINE_CLOSERS = frozenset((MarkKind.STARTED, MarkKind.ENDED, MarkKind.REFUSED))


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: `offset` of its first byte in the journal, `end` of the byte after its last."""

    kind: MarkKind
    offset: int
    end: int
    fields: dict[str, str] = field(default_factory=dict)


class MarkScanner:
    """Find the marks of one pane in its bytes, chunk by chunk."""

    def __init__(self, nonce: str, offset: int = 0) -> None:
        self._nonce = b";n=" + nonce.encode("ascii")
        self._pending = b""
        self._offset = offset  # of the first pending byte
        self._line = _LineWatch()
        self._pad: tuple[int, bytes] | None = None  # end of a C with `pad=1`, and what came since

    @property
    def offset(self) -> int:
        """The journal offset of the next byte to feed."""
        return self._offset + len(self._pending)

    @property
    def safe_offset(self) -> int:
        """The journal offset before which no mark can begin any more; behind `offset` while one is unfinished."""
        return self._offset

    def feed(self, data: bytes | memoryview) -> list[Mark]:
        """Take the next bytes; return the marks that are complete now, in order."""
        chunk = self._pending + bytes(data) if self._pending else bytes(data)
        if b"\x1b" not in chunk and not self._line.left and self._pad is None:  # a flood of text, most often
            self._pending = b""
            self._offset += len(chunk)
            return []
        marks: list[Mark] = []
        self._measure_pad(chunk, marks)
        opener, mode, position = chunk.find(_OPENER), _find_mode(chunk, 0), 0
        kept = -1
        while opener >= 0 or mode >= 0:
            here = opener if mode < 0 or 0 <= opener < mode else mode
            found = self._mark_at(chunk, here) if here == opener else self._mode_at(chunk, here)
            if found == _UNFINISHED:
                kept = here
                break
            after = here + 1
            if isinstance(found, tuple):
                kind, end, fields = found
                self._watch(chunk, position, here, marks)
                position = after = end
                self._line.note(kind, fields)
                marks.append(Mark(kind, self._offset + here, self._offset + end, fields))
                if kind is MarkKind.STARTED and "pad" in fields:
                    self._pad = (self._offset + end, b"")
                    self._measure_pad(chunk[end:], marks)
            if 0 <= opener < after:
                opener = chunk.find(_OPENER, after)
            if 0 <= mode < after:
                mode = _find_mode(chunk, after)
        if kept < 0:
            kept = _partial_tail(chunk)
        self._watch(chunk, position, kept, marks)
        if self._pad is not None:
            start, seen = self._pad
            self._pad = (start, seen + chunk[max(0, start + len(seen) - self._offset) : kept])
        self._pending = chunk[kept:]
        self._offset += kept
        return marks

    def _watch(self, chunk: bytes, start: int, end: int, marks: list[Mark]) -> None:
        if self._line.left:
            found = self._line.feed(chunk[start:end])
            if found is not None:
                at = self._offset + start + found[0]
                marks.append(Mark(MarkKind.LINE, at, at + 1, found[1]))

    def _measure_pad(self, chunk: bytes, marks: list[Mark]) -> None:
        """Emit OUTPUT once it is certain where the shell's own bytes end and the command's begin."""
        if self._pad is None:
            return
        start, seen = self._pad
        data = seen + chunk[:_MAX_PAD_BYTES]
        found = _PAD.match(data)
        end = found.end() if found is not None else 0
        rest = data[end : end + _MAX_PAD_BYTES]
        if rest:
            finished = len(rest) >= _MAX_PAD_BYTES or not _UNFINISHED_PAD.fullmatch(rest)
        else:
            finished = data[:end].endswith(b"\r")
        if finished:
            self._pad = None
            marks.append(Mark(MarkKind.OUTPUT, start + end, start + end))

    def _mark_at(self, chunk: bytes, start: int) -> _Found:
        body = start + len(_OPENER)
        head = chunk[body : body + 1 + len(self._nonce)]
        if not (self._nonce.startswith(head[1:]) and (not head or head[0] in _SHELL_KINDS)):
            return None
        end = chunk.find(b"\x1b", body)
        if end < 0 or end + 1 == len(chunk):
            size = (end if end >= 0 else len(chunk)) - start
            return None if size > MAX_MARK_BYTES else _UNFINISHED
        if chunk[end + 1] != 0x5C and head[:1] == b"W" and len(head) > len(self._nonce):
            return MarkKind.FOLDER, end, {}  # a directory's name that no mark can hold
        if chunk[end + 1] != 0x5C or end - start > MAX_MARK_BYTES or len(head) <= len(self._nonce):
            return None
        rest = chunk[body + len(head) : end]
        if rest and not rest.startswith(b";"):
            return None
        return _SHELL_KINDS[head[0]], end + 2, _decode_fields(rest)

    def _mode_at(self, chunk: bytes, start: int) -> _Found:
        end = start + len(_MODE)
        limit = min(len(chunk), end + _MODE_BYTES)
        while end < limit and (0x30 <= chunk[end] <= 0x39 or chunk[end] == 0x3B):
            end += 1
        if end == limit:
            return _UNFINISHED if limit == len(chunk) else None
        modes = frozenset(chunk[start + len(_MODE) : end].split(b";"))
        final = chunk[end]
        if final == 0x68 and modes & _ALTERNATE_SCREENS:
            return MarkKind.SCREEN_TAKEN, end + 1, {}
        if final == 0x6C and modes & _ALTERNATE_SCREENS:
            return MarkKind.SCREEN_RETURNED, end + 1, {}
        if final == 0x68 and b"2004" in modes:
            return MarkKind.EDITOR_TAKEN, end + 1, {}
        if final == 0x6C and b"2004" in modes:
            if end + 1 == len(chunk):
                return _UNFINISHED  # readline's carriage return follows and belongs to it
            return MarkKind.EDITOR_LEFT, end + 1 + (chunk[end + 1] == 0x0D), {}
        return None


_Found = tuple[MarkKind, int, dict[str, str]] | str | None
_UNFINISHED = "unfinished"


class _LineWatch:
    """Wait for the newline that ends an edited line, and remember whether anything stood before it."""

    def __init__(self) -> None:
        self.left = 0
        self._seen = bytearray()

    def note(self, kind: MarkKind, fields: dict[str, str]) -> None:
        if kind in _LINE_OPENERS:
            lines = fields.get("lines", "")
            self.left = int(lines) if lines.isascii() and lines.isdigit() and len(lines) < 9 else 1
            self._seen.clear()
        elif kind in _LINE_CLOSERS:
            self.left = 0
        elif kind is MarkKind.EDITOR_LEFT and self.left:
            self.left = 1  # zsh leaves the editor before it prints the newline

    def feed(self, data: bytes) -> tuple[int, dict[str, str]] | None:
        """Return where the awaited newline is, and what the line was: `blank`, or `cut` by Ctrl-C."""
        start = 0
        while self.left:
            newline = data.find(b"\n", start)
            if len(self._seen) < _LINE_BYTES:
                self._seen += data[start : newline if newline >= 0 else len(data)][: _LINE_BYTES - len(self._seen)]
            if newline < 0:
                return None
            start = newline + 1
            self.left -= 1
        line = _ESCAPES.sub(b"", self._seen).strip()
        if not line:
            return start - 1, {"blank": "1"}
        return start - 1, {"cut": "1"} if line.endswith(b"^C") else {}


def _find_mode(chunk: bytes, start: int) -> int:
    """Return where the next private-mode sequence of interest is, whole or cut by the end of the chunk; or -1."""
    found = _MODES.search(chunk, start)
    return -1 if found is None else found.start()


def _partial_tail(chunk: bytes) -> int:
    """Return where a sequence may have begun that the end of the chunk cut; `len(chunk)` when none has."""
    escape = chunk.rfind(b"\x1b", max(0, len(chunk) - len(_OPENER)))
    if escape >= 0 and (_OPENER.startswith(chunk[escape:]) or _MODE.startswith(chunk[escape:])):
        return escape
    return len(chunk)


def _decode_fields(rest: bytes) -> dict[str, str]:
    """Decode `;key=value` pairs; values are percent-encoded UTF-8, but `raw`, always the last, is taken as it is."""
    encoded, raw_key, raw = rest.partition(b";raw=")
    pairs = (part.partition(b"=") for part in encoded.split(b";") if part)
    fields = {
        key.decode("ascii", "replace"): unquote(value.decode("utf-8", "surrogateescape"), "utf-8", "surrogateescape")
        for key, _, value in pairs
    }
    if raw_key:
        fields["raw"] = raw.decode("utf-8", "surrogateescape")
    return fields


def mask_nonce(data: bytes, nonce: bytes) -> bytes:
    """Return the bytes with every nonce overwritten by zeros, so that printing them again forges nothing."""
    return data.replace(nonce, b"0" * len(nonce))


class NonceMasker:
    """Mask the nonce in a stream: as `mask_nonce`, but the nonce of a mark is found however it is cut.

    What may be the beginning of a mark waits for its rest, nothing else does: an echoed key is never late.
    """

    _HEAD_BYTES = len(_OPENER) + len("X;n=") + 32  # from a mark's beginning to the end of its nonce

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce.encode("ascii")
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Return what may go out now; less than the head of a mark waits."""
        chunk = mask_nonce(self._held + data, self._nonce)
        cut = chunk.rfind(b"\x1b", max(0, len(chunk) - self._HEAD_BYTES + 1))
        if cut < 0 or not (_OPENER.startswith(chunk[cut:]) or chunk.startswith(_OPENER, cut)):
            cut = len(chunk)
        self._held = chunk[cut:]
        return chunk[:cut]

    def flush(self) -> bytes:
        """Return what still waits; the stream is over or pauses."""
        held, self._held = self._held, b""
        return held
