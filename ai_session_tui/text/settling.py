"""One line of output after everything in it has happened: overwriting, going back, erasing.

Invariant: `settle` does what a terminal does on a line that is not wider than it. On a wider one a carriage return
goes back to where the line began, and not only to its last row on the screen: a progress bar stays one line.
"""

from __future__ import annotations

import re

from .sequences import CONTROLS

TRAIL = "\udfff"  # the second half of a wide character; no decoder makes one
_TAB = 8
_LONGEST_MOVE = 10_000
_TO_FIRST_COLUMN = re.compile(r"\x1b\[[01]?G")
_WIPED = re.compile(r"\r\x1b\[[02]?K|\x1b\[2K\r")  # what stood before is gone
_WORKING = re.compile(r"\x1b\[([0-9]*)([@CDGKPX])|[\r\b\t]|\x1b")


def settle(line: str) -> str:
    """Return what one line (without its line end, free of mute sequences) shows in the end, trailing blanks gone."""
    if "\x1b" in line:
        line = _TO_FIRST_COLUMN.sub("\r", line)
        line = line[max((found.end() for found in _WIPED.finditer(line)), default=0) :]
    line = line.rstrip("\r")
    if "\x1b" in line and "\r" not in line and "\b" not in line:
        unerased = line.replace("\x1b[K", "")  # compilers and grep erase behind every colour, where nothing stands
        line = line if "\x1b" in unerased else unerased
    if "\x1b" not in line and "\r" not in line and "\b" not in line:
        return _quiet(line).rstrip(" ")
    if "\x1b" not in line and "\b" not in line and "\t" not in line and _is_narrow(line):
        return _overwritten(line)
    return _worked(line)


def _quiet(text: str) -> str:
    return CONTROLS.sub("", text) if CONTROLS.search(text) else text


def _is_narrow(line: str) -> bool:
    if line.isascii():
        return True
    from ai_session_tui.terminal.widths import char_width  # its tables take their time, and most output is ASCII

    return all(char_width(sign) == 1 for sign in set(line) - {"\r"})


def _overwritten(line: str) -> str:
    """Lay the pieces between carriage returns over each other, the last on top."""
    shown = ""
    for piece in reversed(_quiet(line).split("\r")):
        if len(piece) > len(shown):
            shown += piece[len(shown) :]
    return shown.rstrip(" ")


def compacted(line: str) -> str:
    """Return a shorter beginning of an unfinished line that shows the same, whatever follows."""
    line = _TO_FIRST_COLUMN.sub("\r", line)
    prefix, back, rest = line.rpartition("\r")
    return f"{settle(prefix)}\r{rest}" if back else line


class _Cells:
    """The cells of a line; a wide character is followed by a `TRAIL`."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.column = 0

    def put(self, text: str) -> None:
        """Write text at the cursor."""
        laid = list(text) if text.isascii() else _laid_out(text)
        end = self.column + len(laid)
        if self.column > len(self.cells):
            self.cells += " " * (self.column - len(self.cells))
        self._mend(self.column)
        self._mend(end)
        self.cells[self.column : end] = laid
        self.column = end

    def _mend(self, column: int) -> None:
        if column < len(self.cells) and self.cells[column] == TRAIL:
            self.cells[column - 1 : column + 1] = "  "

    def work(self, number: str, final: str) -> None:
        """Do one sequence: ICH, CUF, CUB, CHA, EL, DCH, ECH."""
        count = max(1, min(int(number[:6] or 0), _LONGEST_MOVE))
        cells, column = self.cells, self.column
        if final == "C":
            self.column += count
        elif final == "D":
            self.column = max(0, column - count)
        elif final == "G":
            self.column = count - 1
        elif final == "K":
            self._erase(number)
        else:
            self._mend(column)
            if final != "@":  # which moves what stands behind, and cuts into nothing there
                self._mend(column + count)
            if final == "P":
                del cells[column : column + count]
            elif final == "@" and column < len(cells):
                cells[column:column] = " " * count
            elif final == "X" and column < len(cells):
                cells[column : column + count] = " " * min(count, len(cells) - column)

    def _erase(self, number: str) -> None:
        if number in ("", "0"):
            self._mend(self.column)
            del self.cells[self.column :]
        elif number == "1":
            end = min(self.column + 1, len(self.cells))
            self._mend(end)
            self.cells[:end] = " " * end
        elif number == "2":
            self.cells.clear()


def _laid_out(text: str) -> list[str]:
    from ai_session_tui.terminal.widths import split

    laid = []
    for cluster, width in split(text):
        laid.append(cluster)
        if width == 2:
            laid.append(TRAIL)
    return laid


def _worked(line: str) -> str:
    cells = _Cells()
    at = 0
    for found in _WORKING.finditer(line):
        if found.start() > at:
            cells.put(_quiet(line[at : found.start()]))
        at = found.end()
        sign = found[0]
        if sign == "\r":
            cells.column = 0
        elif sign == "\b":
            cells.column = max(0, cells.column - 1)
        elif sign == "\t":
            cells.column += _TAB - cells.column % _TAB
        elif found[2]:
            cells.work(found[1], found[2])
    if at < len(line):
        cells.put(_quiet(line[at:]))
    return "".join(cells.cells).replace(TRAIL, "").rstrip(" ")
