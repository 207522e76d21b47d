"""Lines that say the same with other values: what they have in common, and how often it comes.

Two grains: a template leaves out numbers, times, hashes and quoted words; a shape leaves out all words and keeps their
kinds. Invariant: equal lines have equal templates, and equal templates have equal shapes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

# Numbers and what is built of them; hexadecimal ones of a hash's length; quoted words (a quoted sentence is no value).
_VALUE = re.compile(
    r"0x[0-9a-fA-F]+|\b(?=[a-f]*[0-9])[0-9a-f]{7,}(?:-[0-9a-f]+)*\b|[0-9]+(?:[.,:/T-][0-9]+)*"
    r"|'[^'\s]{0,60}'|\"[^\"\s]{0,60}\""
)
_PLAIN_WORD = re.compile(r"[^\W\d_]+[:,.;]?$")
_LONGEST: Final = 400  # characters that decide
_WORDS: Final = 12  # words that decide a shape


def template(line: str) -> str:
    """Return a line without its values."""
    return _VALUE.sub("#", line[:_LONGEST])


def templates(lines: Sequence[str]) -> list[str]:
    """Return the templates of many lines."""
    substitute = _VALUE.sub
    return [substitute("#", line[:_LONGEST]) for line in lines]


def shape(pattern: str) -> str:
    """Return the kinds of the words of a template: blanks in front, then plain words and others."""
    words = pattern.split(None, _WORDS)[:_WORDS]
    indent = len(pattern) - len(pattern.lstrip())
    kinds = "".join("a" if _PLAIN_WORD.match(word) else "#" if word == "#" else "*" for word in words)
    return f"{min(indent, 9)}{kinds}"


def shapes(patterns: Iterable[str]) -> dict[str, str]:
    """Return the shape of every different template."""
    return {pattern: shape(pattern) for pattern in set(patterns)}


class Templates:
    """The templates of an output, where they stand and how often; each is worked out when it is asked for."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    @cached_property
    def of(self) -> list[str]:
        """The template of every line."""
        return templates(self._lines)

    @cached_property
    def count(self) -> Counter[str]:
        """How many lines have a template."""
        return Counter(self.of)

    @cached_property
    def first(self) -> dict[str, int]:
        """The first line of every template."""
        found: dict[str, int] = {}
        for index, pattern in enumerate(self.of):
            found.setdefault(pattern, index)
        return found

    @cached_property
    def _shapes(self) -> dict[str, str]:
        return shapes(self.count)

    @cached_property
    def _shape_count(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for pattern, count in self.count.items():
            counts[self._shapes[pattern]] += count
        return counts

    def kin(self, index: int) -> int:
        """Return how many lines have the shape of that line."""
        return self._shape_count[self._shapes[self.of[index]]]
