"""The bytes of a terminal, or plain text, as lines: by stripping and settling where that is enough, else by a terminal.

Invariants: the lines do not depend on how the bytes were cut; memory is bounded by a screenful of lines and the
longest line; where no sequence moves between lines, both ways give the same lines.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .binary import BinaryFilter
from .sequences import CONTROLS, LONGEST_STRING, MUTE, PLACING, UNFINISHED, UNFINISHED_STRING
from .settling import compacted, settle

if TYPE_CHECKING:
    from .screen import ScreenText

COLUMNS = 120
ROWS = 40
_LONGEST_LINE = 1024 * 1024  # characters; a longer one comes in pieces
_LONG_LINE = 64 * 1024  # from here on what no longer shows of an unfinished line is forgotten
_EVENTFUL = re.compile("[\n\x0e\x1b]")  # what may finish a line or begin a sequence
_TRAILING_BLANKS = re.compile(" +(?=\n)")


class TextReader:
    """Turns output into lines, piece by piece."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self._columns, self._rows = columns, rows
        self._binary = BinaryFilter()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending: list[str] = []  # pieces of what is not worked on yet: an unfinished line, mostly
        self._pending_size = 0
        self._is_in_sequence = False  # what is pending ends within a sequence
        self._held: list[str] = []  # the last screenful of lines: a sequence may still go back to them
        self._screen: ScreenText | None = None
        self._quiet_lines = 0  # line feeds since the last placing sequence, while there is a screen
        self._is_piped: bool | None = None  # line ends are bare line feeds: there was no terminal between

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that are finished for good."""
        lines: list[str] = []
        for piece in self._binary.feed(data):
            lines += self._take(self._text(piece))
        return lines

    def finish(self) -> list[str]:
        """Return the rest of the lines; the reader is used up."""
        lines: list[str] = []
        for piece in self._binary.finish():
            lines += self._take(self._text(piece))
        lines += self._take(self._decode(b"", True))
        rest = "".join(self._pending)
        if self._screen is not None:
            return [*lines, *self._screen.feed(self._for_screen(rest)), *self._screen.finish()]
        lines += self._held
        last = settle(MUTE.sub("", UNFINISHED.sub("", rest)))
        return [*lines, last] if last else lines

    def _text(self, piece: bytes | int) -> str:
        """Return a piece of text, and for binary data a line that tells of it."""
        if isinstance(piece, bytes):
            return self._decode(piece)
        self._decode(b"", True)  # half a sign in front of binary data was none
        newline = "\n" if self._is_piped else "\r\n"
        return f"{newline if any(self._pending) else ''}[{piece:,} bytes of binary data]{newline}"

    def _take(self, text: str) -> list[str]:
        self._pending.append(text)
        self._pending_size += len(text)
        if self._pending_size < _LONG_LINE and not self._is_in_sequence and not _EVENTFUL.search(text):
            return []
        text = "".join(self._pending)
        lines: list[str] = []
        is_done = False
        while not is_done:
            found, text, is_done = self._read(text) if self._screen is None else self._follow(text, self._screen)
            lines += found
        self._pending, self._pending_size = [text], len(text)
        self._is_in_sequence = UNFINISHED.search(text, max(0, len(text) - LONGEST_STRING)) is not None
        return lines

    # Both ways return the finished lines, the text that is left, and whether more output is needed to go on.

    def _read(self, text: str) -> tuple[list[str], str, bool]:
        """Go on line by line."""
        placing = PLACING.search(text)
        end = text.rfind("\n", 0, placing.start() if placing else len(text)) + 1
        end = self._before_open_string(text, end)
        lines = self._plain_lines(text[:end])
        if placing:
            from .screen import ScreenText  # the emulator is loaded when an output needs it, and few do

            self._screen = ScreenText(self._columns, self._rows, self._held)
            self._held = []
            self._quiet_lines = 0
            return lines, text[end:], False
        return lines, *self._bounded(text[end:])

    @staticmethod
    def _before_open_string(text: str, end: int) -> int:
        """Return `end`, or where a string sequence begins that holds the line feed in front of it."""
        if end and "\x1b" in text:
            found = UNFINISHED_STRING.search(text[max(0, end - LONGEST_STRING) : end])
            if found and not MUTE.match(text, end - len(found[0])):
                return text.rfind("\n", 0, end - len(found[0])) + 1
        return end

    def _bounded(self, rest: str) -> tuple[str, bool]:
        if len(rest) >= _LONG_LINE and ("\r" in rest or "\x1b" in rest):
            unfinished = UNFINISHED.search(rest, len(rest) - LONGEST_STRING)
            cut = unfinished.start() if unfinished else len(rest)
            rest = compacted(MUTE.sub("", rest[:cut])) + rest[cut:]
        if len(rest) >= _LONGEST_LINE:
            return rest[:_LONGEST_LINE] + "\n" + rest[_LONGEST_LINE:], False
        return rest, True

    def _plain_lines(self, text: str) -> list[str]:
        """Return the finished lines that a text of whole lines brings."""
        if not text:
            return []
        self._notice_line_ends(text)
        if "\x1b" in text:
            text = MUTE.sub("", text)
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        text = text.replace("\f", "\n").replace("\v", "\n")
        if "\r" in text or "\b" in text or "\x1b" in text:
            lines = [settle(line) for line in text.split("\n")]
        else:
            text = CONTROLS.sub("", text) if CONTROLS.search(text) else text
            lines = (_TRAILING_BLANKS.sub("", text) if " \n" in text else text).split("\n")
        lines.pop()
        held = self._held + lines
        count = max(0, len(held) - self._rows)
        self._held = held[count:]
        return held[:count]

    def _notice_line_ends(self, text: str) -> None:
        if self._is_piped is None and "\n" in text:
            self._is_piped = not text[: text.index("\n")].endswith("\r")

    def _follow(self, text: str, screen: ScreenText) -> tuple[list[str], str, bool]:
        """Feed the terminal, up to a line end behind which it may no longer be needed."""
        unfinished = UNFINISHED.search(text, max(0, len(text) - LONGEST_STRING))
        end = unfinished.start() if unfinished else len(text) - text.endswith("\r")
        at = self._quiet_stretch(text, end)
        self._notice_line_ends(text[:at])
        lines = screen.feed(self._for_screen(text[:at]))
        if self._quiet_lines < 2 * self._rows:
            return lines, text[at:], True
        self._quiet_lines = 0
        if screen.is_settled:
            self._held = screen.above_cursor()
            self._screen = None
        return lines, text[at:], False

    def _for_screen(self, text: str) -> str:
        return text.replace("\n", "\r\n") if self._is_piped else text

    def _quiet_stretch(self, text: str, end: int) -> int:
        """Return where two screenfuls of lines without a placing sequence are complete, else the end."""
        at = 0
        placing = PLACING.search(text, 0, end)
        while at < end:
            feed = text.find("\n", at, end)
            if placing and (feed < 0 or placing.start() < feed):
                self._quiet_lines = 0
                at = placing.end()
                placing = PLACING.search(text, at, end)
                continue
            if feed < 0:
                break
            self._quiet_lines += 1
            at = feed + 1
            if self._quiet_lines >= 2 * self._rows:
                return at
        return end


def read_lines(chunks: Iterable[bytes], columns: int = COLUMNS, rows: int = ROWS) -> Iterator[str]:
    """Iterate over the lines of an output that comes in pieces."""
    reader = TextReader(columns, rows)
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.finish()
