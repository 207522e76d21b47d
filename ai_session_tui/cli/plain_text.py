"""Terminal output as plain text: what a person would have read, line by line, without any escape sequence.

Within a line, carriage returns, backspaces, erasing and moving sideways do what they do on a terminal, so a progress
bar leaves its last state. Moving between lines is left out: this is for logs, not for full-screen programs.
Invariant: however the bytes are cut, the text is the same; and no line is held back beyond `_LONGEST_LINE` signs.
"""

from __future__ import annotations

import codecs
import re

_LONGEST_LINE = 64 * 1024
_WIDEST = 10_001  # columns that moving to the right reaches, however often
_LONGEST_SEQUENCE = 64 * 1024

# ECMA-48: CSI, then strings (OSC, DCS, SOS, PM, APC) up to BEL or ST, then other escapes of one or more signs.
_SEQUENCE = re.compile(
    "\x1b\\[([0-?]*)[ -/]*([@-~])"
    "|\x1b\\][^\x07\x1b\x18\x1a]*(?:\x07|\x1b\\\\|[\x18\x1a]|(?=\x1b))"
    "|\x1b[PX^_][^\x1b\x18\x1a]*(?:\x1b\\\\|[\x18\x1a]|(?=\x1b))"
    "|\x1b[ -/]+[0-~]"
    "|\x1b[0-OQ-WYZ\\\\`-~]"
)
_UNFINISHED = re.compile("\x1b(?:\\[[0-?]*[ -/]*|[\\]PX^_][^\x07\x1b\x18\x1a]*\x1b?|[ -/]*)$")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")


class PlainText:
    """Turns the bytes of a terminal into text, piece by piece."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._line = ""  # raw text of the unfinished line

    def feed(self, data: bytes) -> str:
        """Return the lines that the bytes complete, each with its LF."""
        self._line += self._decode(data)
        if "\n" not in self._line and len(self._line) <= _LONGEST_LINE:
            return ""
        *lines, self._line = self._line.split("\n")
        lines, self._line = _rejoin(lines, self._line)
        text = "".join(f"{settle(line)}\n" for line in lines)
        if len(self._line) > _LONGEST_LINE:
            text += settle(self._line)
            self._line = ""
        return text

    def flush(self) -> str:
        """Return the unfinished line, as the end of the text."""
        line, self._line = self._line + self._decode(b"", True), ""
        return settle(line)

    @property
    def pending(self) -> str:
        """Return what the unfinished line looks like now."""
        return settle(self._line)


def _rejoin(lines: list[str], last: str) -> tuple[list[str], str]:
    """Put lines together again that were cut inside a string sequence: a line feed may stand in one."""
    joined: list[str] = []
    parts: list[str] = []  # of the line whose end stands in a sequence, and how long they are
    size = 0
    opener = ""
    for line in lines:
        parts.append(line)
        size += len(line) + 1
        opener = _opener(opener + line) if opener or "\x1b" in line else ""
        if not opener or size > _LONGEST_SEQUENCE:
            joined.append("\n".join(parts))
            parts, size, opener = [], 0, ""
    return joined, "\n".join([*parts, last])


def _opener(line: str) -> str:
    """Return how the string sequence begins that is open at the end of a line; empty where none is."""
    found = _UNFINISHED.search(_SEQUENCE.sub("", line))
    return found[0][:2] if found is not None and found[0][1:2] in tuple("]PX^_") else ""


def settle(line: str) -> str:
    """Return what is left of one line (without its LF) once everything in it has happened."""
    line = line.rstrip("\r")
    if "\x1b" not in line and "\r" not in line and "\b" not in line:
        return _CONTROLS.sub("", line) if _CONTROLS.search(line) else line
    cells: list[str] = []
    column = at = 0
    while at < len(line):
        sign = line[at]
        if sign == "\x1b":
            found = _SEQUENCE.match(line, at)
            at = found.end() if found else at + 1
            if found and found[2]:
                column = _move(cells, column, found[1], found[2])
            elif found is None and _UNFINISHED.match(line, at - 1):
                break
            continue
        at += 1
        if sign == "\r":
            column = 0
        elif sign == "\b":
            column = max(0, column - 1)
        elif not _CONTROLS.match(sign):
            _put(cells, column, sign)
            column += 1
    return "".join(cells)


def _put(cells: list[str], column: int, sign: str) -> None:
    if column < len(cells):
        cells[column] = sign
    else:
        cells += " " * (column - len(cells)) + sign


def _move(cells: list[str], column: int, parameters: str, final: str) -> int:
    """Do the CSI sequences that work within a line (CUF, CUB, CHA, EL, DCH) and return the new column."""
    first = parameters.partition(";")[0]
    number = min(int(first[:6]), 10_000) if first.isdigit() else 0
    if final == "C":
        return max(column, min(column + max(1, number), _WIDEST))
    if final == "D":
        return max(0, column - max(1, number))
    if final == "G":
        return max(1, number) - 1
    if final == "K" and parameters in ("", "0"):
        del cells[column:]
    elif final == "K" and parameters == "1":
        cells[: column + 1] = " " * min(column + 1, len(cells))
    elif final == "K" and parameters == "2":
        cells.clear()
    elif final == "P" and not parameters.startswith("?"):
        del cells[column : column + max(1, number)]
    return column
