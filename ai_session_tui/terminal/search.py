"""Search in scrollback and screen, newest line first.

Invariant: lines that were wrapped are searched as the one line they are; columns count cells by the parser's own
width table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .cells import GAP, Line
from .widths import text_width

if TYPE_CHECKING:
    from .screen import TerminalScreen


class Finder(Protocol):
    """A compiled pattern: `re.Pattern[str]`, or something that finds under a time limit."""

    def finditer(self, string: str, /) -> Iterator[re.Match[str]]:
        """Return all matches in a text, from left to right."""


@dataclass(frozen=True, slots=True)
class Match:
    """A find: from column `start` of line number `line` up to, not including, column `end` of line `end_line`."""

    line: int
    start: int
    end_line: int
    end: int


def plain(screen: TerminalScreen, line: Line) -> str:
    """Return a line's text: whole if it goes on in the next line, else without trailing blanks."""
    if line.wrapped:
        padded = line.cells + " " * (screen.columns - len(line.cells))
        return screen.clusters.expand(padded[:-1] if padded.endswith(GAP) else padded)
    return screen.clusters.expand(line.cells).rstrip(" ")


def _logical(screen: TerminalScreen, lines: Iterator[tuple[int, Line]]) -> Iterator[list[tuple[int, str]]]:
    """Group numbered lines, newest first, into logical lines of (number, text) in reading order."""
    group: list[tuple[int, str]] = []
    for number, line in lines:
        if group and not line.wrapped:
            yield group[::-1]
            group = []
        group.append((number, plain(screen, line)))
    if group:
        yield group[::-1]


def _numbered(screen: TerminalScreen, below: int) -> Iterator[tuple[int, Line]]:
    """Iterate over (number, line), newest first, starting under the line number `below`."""
    history = screen.history
    first = history.dropped + len(history)
    for y in range(min(below - first, screen.lines) - 1, -1, -1):
        yield first + y, screen.page.lines[y]
    top = min(below, first) - history.dropped
    while top > 0:  # in pages, since the history reads best forwards
        bottom = max(top - 256, 0)
        page = list(history.lines(bottom, top))
        for position in range(len(page) - 1, -1, -1):
            yield history.dropped + bottom + position, page[position]
        top = bottom


def _place(group: list[tuple[int, str]], index: int, at_end: bool) -> tuple[int, int]:
    """Return (line number, column) of a position in the joined text of a logical line."""
    for number, text in group:
        if index < len(text) or (at_end and index == len(text)):
            return number, text_width(text[:index])
        index -= len(text)
    number, text = group[-1]
    return number, text_width(text)


def search(screen: TerminalScreen, pattern: Finder, before: int | None, limit: int) -> list[Match]:
    """Return at most `limit` matches that begin above line number `before` (None: all), newest first."""
    end = screen.history.dropped + len(screen.history) + screen.lines
    below = end if before is None else min(before, end)
    found: list[Match] = []
    for group in _logical(screen, _numbered(screen, below)):
        text = "".join(part for _, part in group)
        matches = [match for match in pattern.finditer(text) if match.end() > match.start()]
        for match in reversed(matches):
            line, start = _place(group, match.start(), at_end=False)
            end_line, end_column = _place(group, match.end(), at_end=True)
            found.append(Match(line, start, end_line, end_column))
            if len(found) >= limit:
                return found
    return found
