"""Bars and line charts out of characters. Pure: numbers in, rows of signs out; whoever draws them gives the colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_DOTS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))  # of a braille cell, from the bottom up: left, right
_BLANK = 0x2800


def bar(fraction: float, width: int) -> tuple[str, str]:
    """Return the full and the empty part of a bar, `width` columns together; told apart without colours too."""
    full = round(min(max(fraction, 0.0), 1.0) * width)
    if fraction > 0 and width:
        full = max(full, 1)  # something is never nothing
    return "━" * full, "─" * (width - full)


@dataclass(frozen=True, slots=True)
class Cell:
    """One character of a chart, and the last of the lines that pass through it (None: no line)."""

    sign: str
    series: int | None


def line_chart(series: Sequence[Sequence[float]], width: int, height: int) -> list[list[Cell]]:
    """Return rows of cells, the top one first, with one line a series; all share an axis from 0 to the largest value.

    A line is stretched over the width: its points lie evenly from left to right.
    """
    top = max((value for line in series for value in line), default=0.0)
    codes = [[0] * width for _ in range(height)]
    owners: list[list[int | None]] = [[None] * width for _ in range(height)]
    for number, line in enumerate(series):
        heights = [_level(line, x, 2 * width, top, 4 * height) for x in range(2 * width)] if line else []
        for x, level in enumerate(heights):
            low = min(level, heights[x - 1]) if x else level
            for y in range(low if low == level else low + 1, max(level, heights[x - 1] if x else level) + 1):
                row = height - 1 - y // 4
                codes[row][x // 2] |= _DOTS[y % 4][x % 2]
                owners[row][x // 2] = number
    return [
        [Cell(chr(_BLANK + code) if code else " ", owner) for code, owner in zip(row, names, strict=True)]
        for row, names in zip(codes, owners, strict=True)
    ]


def _level(line: Sequence[float], x: int, width: int, top: float, levels: int) -> int:
    """Return the height in dots of a line at a column of dots, between its two nearest points."""
    if top <= 0:
        return 0
    place = x * (len(line) - 1) / max(width - 1, 1)
    left = min(int(place), len(line) - 1)
    right = min(left + 1, len(line) - 1)
    value = line[left] + (line[right] - line[left]) * (place - left)
    return min(max(round(value / top * (levels - 1)), 0), levels - 1)
