"""Lines of text with SGR codes, as `tmux capture-pane -e` prints them, read back into cells.

A parser of its own: it shares nothing with the emulator under test.
"""

from __future__ import annotations

import re

from wcwidth import wcwidth

from tests.terminal.picture import PLAIN, UNTOLD, Cell, Colour, Look, fill

_TOKEN = re.compile(r"\x1b\[([\d;:]*)m|([\x0e\x0f])|(.)", re.DOTALL)
_GRAPHICS = str.maketrans("`abcdefghijklmnopqrstuvwxyz{|}~", "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")
_FLAGS = {1: "bold", 2: "dim", 3: "italic", 5: "blink", 7: "reverse", 8: "invisible", 9: "strike", 53: "overline"}


class Reader:
    """Reads lines in order; the style at the end of a line is the one at the start of the next."""

    def __init__(self) -> None:
        self.look = PLAIN
        self.graphics = False

    def row(self, line: str, columns: int) -> list[Cell]:
        """Return the cells of one line."""
        cells: list[Cell] = []
        for codes, shift, character in _TOKEN.findall(line):
            if character:
                self._put(cells, character)
            elif shift:
                self.graphics = shift == "\x0e"
            else:
                self.look = _apply(self.look, codes)
        return fill(cells, columns, UNTOLD)  # tmux keeps cleared cells at the end of a line to itself

    def _put(self, cells: list[Cell], character: str) -> None:
        if self.graphics:
            character = character.translate(_GRAPHICS)
        width = wcwidth(character)
        last = next((i for i in range(len(cells) - 1, -1, -1) if cells[i][0]), None)
        if last is not None and (width == 0 or cells[last][0].endswith("\u200d")):
            cells[last] = (cells[last][0] + character, cells[last][1])
            return
        cells.append((character, self.look))
        if width == 2:
            cells.append(("", self.look))


def _apply(look: Look, codes: str) -> Look:
    groups = (codes or "0").split(";")
    while groups:
        head, *rest = (int(number or 0) for number in groups.pop(0).split(":"))
        if head == 5 and rest == [3]:
            head, rest = 53, []  # tmux prints every code above 40 of an attribute with a colon
        if head in (38, 48, 58):
            colour, groups = _colour(rest, groups)
            look = _coloured(look, {38: "fg", 48: "bg", 58: "underline_colour"}[head], colour)
        else:
            look = _simple(look, head, rest)
    return look


def _colour(rest: list[int], groups: list[str]) -> tuple[Colour, list[str]]:
    if rest:
        return (rest[1] if rest[0] == 5 else (rest[-3], rest[-2], rest[-1])), groups
    kind = int(groups[0])
    count = 2 if kind == 5 else 4
    values = [int(group) for group in groups[1:count]]
    return (values[0] if kind == 5 else (values[0], values[1], values[2])), groups[count:]


def _coloured(look: Look, name: str, colour: Colour) -> Look:
    fields = {"fg": look.fg, "bg": look.bg, "underline_colour": look.underline_colour, name: colour}
    return Look(underline=look.underline, flags=look.flags, **fields)


def _simple(look: Look, code: int, rest: list[int]) -> Look:
    if code == 0:
        return PLAIN
    if code in _FLAGS:
        return Look(look.fg, look.bg, look.underline, look.underline_colour, look.flags | {_FLAGS[code]})
    if code == 4:
        return Look(look.fg, look.bg, rest[0] if rest else 1, look.underline_colour, look.flags)
    for base, name in ((30, "fg"), (40, "bg"), (90, "fg"), (100, "bg")):
        if base <= code < base + 8:
            return _coloured(look, name, code - base + (8 if base >= 90 else 0))
    if code in (39, 49, 59):
        return _coloured(look, {39: "fg", 49: "bg", 59: "underline_colour"}[code], None)
    raise AssertionError(f"unexpected SGR {code} {rest}")
