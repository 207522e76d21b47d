"""One output as parsers look at it: its lines, and its text for the cheap question whether a word occurs at all.

Invariants: `contains` reads at most `SNIFFED` characters however large the output is: both ends and windows between;
parsers see no line longer than `LONGEST_LINE`, so that no pattern is slow on a document of one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, overload

SNIFFED: Final = 2_000_000
LONGEST_LINE: Final = 2_000
_WINDOWS: Final = 64


class Output(Sequence[str]):
    """Lines without line ends and escape sequences, with their joined text; `whole` are the lines uncut."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.whole = lines if isinstance(lines, list) else list(lines)
        has_long = any(len(line) > LONGEST_LINE for line in self.whole)
        self.lines = [line[:LONGEST_LINE] for line in self.whole] if has_long else self.whole

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self.lines[index]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)

    @cached_property
    def text(self) -> str:
        """The lines joined, each between two newlines; of a very large output both ends and windows between."""
        if sum(map(len, self.lines)) <= SNIFFED:
            return "\n" + "\n".join(self.lines) + "\n"
        pieces = [_window(self.lines, 0, SNIFFED // 4)]
        step = max(1, len(self.lines) // _WINDOWS)
        for start in range(step, len(self.lines), step):
            pieces.append(_window(self.lines, start, SNIFFED // 2 // _WINDOWS))
        tail = _window(self.lines[::-1], 0, SNIFFED // 4)
        return "\n".join([*pieces, *tail.split("\n")[::-1]])

    @cached_property
    def ends(self) -> str:
        """The first and the last 100 lines, joined."""
        lines = self.lines
        chosen = lines if len(lines) <= 200 else [*lines[:100], *lines[-100:]]
        return "\n" + "\n".join(chosen) + "\n"

    @cached_property
    def sample(self) -> list[str]:
        """The first and the last 100 lines without the blank ones."""
        return [line for line in self.ends.split("\n") if line.strip()]


def _window(lines: Sequence[str], start: int, size: int) -> str:
    taken: list[str] = [""]
    for line in lines[start : start + size]:
        taken.append(line[:size])
        size -= len(line) + 1
        if size <= 0:
            break
    return "\n".join(taken)


def as_output(lines: Sequence[str]) -> Output:
    """Return lines as an `Output`, themselves if they are one."""
    return lines if isinstance(lines, Output) else Output(lines)


def contains(lines: Sequence[str], *words: str) -> bool:
    """Return whether one of the words occurs anywhere."""
    text = as_output(lines).text
    return any(word in text for word in words)


def ends_match(lines: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern is found in the first or last 100 lines."""
    return pattern.search(as_output(lines).ends) is not None
