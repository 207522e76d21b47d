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

from ai_session_tui.parsers.output import Output, levelled

# Quoted words (a quoted sentence is no value), hexadecimal words of a hash's length, numbers and what is built of them.
# Every digit is 0 by then, so that numbers begin with one and the same sign, which `re` looks for quickly.
_HASH = re.compile(r"[0-9a-f]{7,}(?:-[0-9a-f]+)*")
_VALUE = re.compile(r"0(?:x[0-9a-fA-F]+|0*(?:[.,:/T-]0+)*)")
_QUOTED = re.compile(r"'[^'\s]{0,60}'|\"[^\"\s]{0,60}\"")
_PLAIN_WORD = re.compile(r"[^\W\d_]+[:,.;]?$")
_LONGEST: Final = 400  # characters that decide
_WORDS: Final = 12  # words that decide a shape


def template(line: str) -> str:
    """Return a line without its values."""
    return _without_values(levelled(line[:_LONGEST]))


def templates(skeletons: Sequence[str]) -> list[str]:
    """Return the templates of many lines whose digits are 0."""
    kinds = dict.fromkeys(skeletons)
    found = _without_values("\n".join([line[:_LONGEST] for line in kinds])).split("\n")
    by_skeleton = dict(zip(kinds, found, strict=True)) if kinds else {}
    return [by_skeleton[line] for line in skeletons]


def _without_values(text: str) -> str:
    """Return lines without values; no value goes beyond a line."""
    if "'" in text or '"' in text:
        text = _QUOTED.sub("#", text)
    return _VALUE.sub("#", _HASH.sub(_hash, text))


def _hash(found: re.Match[str]) -> str:
    """Return what stands for a hexadecimal word, itself if it is a word of letters or a part of one."""
    word, text, start, end = found[0], found.string, found.start(), found.end()
    if "0" not in word or (start and _is_of_word(text[start - 1])) or (end < len(text) and _is_of_word(text[end])):
        return word
    return "#"


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


class _WordKinds(dict[str, str]):
    """Of every word whether it is plain, a value, or something else."""

    def __missing__(self, word: str) -> str:
        kind = "#" if word == "#" else "a" if _PLAIN_WORD.match(word) else "*"
        self[word] = kind
        return kind


def shapes(patterns: Iterable[str]) -> dict[str, str]:
    """Return the shape of every template: how far it is indented, and the kinds of its words."""
    kind = _WordKinds().__getitem__
    found = {}
    for pattern in patterns:
        indent = min(len(pattern) - len(pattern.lstrip()), 9)
        found[pattern] = f"{indent}{''.join(map(kind, pattern.split(None, _WORDS)[:_WORDS]))}"
    return found


class Templates:
    """The templates of an output, where they stand and how often; each is worked out when it is asked for."""

    def __init__(self, output: Output) -> None:
        self._output = output

    @cached_property
    def of(self) -> list[str]:
        """The template of every line."""
        return templates(self._output.skeletons)

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

    def like(self, index: int, first: int, stop: int) -> int:
        """Return how many lines from `first` on, before `stop`, have the template of a line."""
        return self.of[first:stop].count(self.of[index])

    @cached_property
    def _shapes(self) -> dict[str, str]:
        return shapes(self.count)

    @cached_property
    def _shape_count(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for pattern, count in self.count.items():
            counts[self._shapes[pattern]] += count
        return counts

    def rare(self, most: int) -> list[int]:
        """Return the lines whose shape at most so many lines have."""
        shape_of, count = self._shapes, self._shape_count
        few = {pattern for pattern, times in self.count.items() if times <= most and count[shape_of[pattern]] <= most}
        return [index for index, pattern in enumerate(self.of) if pattern in few] if few else []
