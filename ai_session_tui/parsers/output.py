"""One output as parsers look at it: its lines, and its text for the cheap question whether a word occurs at all.

Invariants: parsers see no line longer than `LONGEST_LINE`, so that no pattern is slow on a document of one line;
whether a sign occurs is answered for the whole text, and mostly without searching it: by the different words in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from typing import Final, overload

from .documents import Json, read_document

LONGEST_LINE: Final = 2_000
_LEVEL: Final = str.maketrans("123456789", "000000000")
_LEVEL_BYTES: Final = bytes.maketrans(b"123456789", b"000000000")
_BETWEEN_WORDS: Final = "".join(sign for sign in map(chr, range(128)) if not sign.isalpha())
_SPACED: Final = str.maketrans(_BETWEEN_WORDS, " " * len(_BETWEEN_WORDS))
_SPACED_BYTES: Final = bytes.maketrans(_BETWEEN_WORDS.encode(), b" " * len(_BETWEEN_WORDS))


def levelled(text: str) -> str:
    """Return a text with every digit 0: lines that differ in numbers only become equal."""
    return _translated(text, _LEVEL, _LEVEL_BYTES)


def _translated(text: str, table: dict[int, int], byte_table: bytes) -> str:
    """Return a text with ASCII signs exchanged; `str.translate` is fast for text that has no others."""
    if text.isascii():
        return text.translate(table)
    return text.encode("utf-8", "surrogatepass").translate(byte_table).decode("utf-8", "surrogatepass")


class Output(Sequence[str]):
    """Lines without line ends and escape sequences, with their joined text; `whole` are the lines uncut."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.whole = lines if isinstance(lines, list) else list(lines)
        has_long = any(len(line) > LONGEST_LINE for line in self.whole)
        self.lines = [line[:LONGEST_LINE] for line in self.whole] if has_long else self.whole
        self._held: dict[str, bool] = {}

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
        """The lines joined, each between two newlines."""
        return "\n" + "\n".join(self.lines) + "\n"

    @cached_property
    def skeletons(self) -> list[str]:
        """The lines with every digit 0."""
        return levelled("\n".join(self.lines)).split("\n") if self.lines else []

    @cached_property
    def words(self) -> str:
        """The different words of all lines, which consist of letters, one a line."""
        lines = "\n".join(set(self.skeletons))
        return "\n".join(set(_translated(lines, _SPACED, _SPACED_BYTES).split()))

    @cached_property
    def low_words(self) -> str:
        """The words in small letters."""
        return self.words.lower()

    def holds(self, sign: str) -> bool:
        """Return whether a sign occurs anywhere; a line feed in it stands for either end of a line."""
        found = self._held.get(sign)
        if found is None:
            found = all(word in self.words for word in words_of(sign)) and sign in self.text
            self._held[sign] = found
        return found

    @cached_property
    def _low_text(self) -> str:
        return self.text.lower()

    def hinted(self, hints: Iterable[str]) -> set[int]:
        """Return the lines that hold one of some signs in small letters, however they are written there."""
        found: set[int] = set()
        words = self.low_words
        for hint in hints:
            if all(word in words for word in words_of(hint)):
                text = self._low_text
                found.update(_lines_at(text, partial(text.find, hint)))
        return found

    def matched(self, patterns: Iterable[re.Pattern[str]]) -> set[int]:
        """Return the lines in which one of some patterns is found; each begins with a sign, which makes it quick."""
        found: set[int] = set()
        for pattern in patterns:
            found.update(_lines_at(self.text, partial(_found_at, pattern, self.text)))
        return found

    @cached_property
    def document(self) -> tuple[str, Json] | None:
        """What the lines are when they are JSON: `json` and the document, or `ndjson` and the list of documents."""
        return read_document(self.whole)

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


def _lines_at(text: str, find: Callable[[int], int]) -> Iterator[int]:
    """Yield the lines of a text that begins with a line feed in which something is found: `find(start)`, or -1."""
    line, counted = -1, 0  # the number of line feeds in front of `counted`
    at = find(0)
    while at >= 0:
        line += text.count("\n", counted, at)
        counted = at
        yield line
        end = text.find("\n", at)
        at = find(end) if end >= 0 else -1


def _found_at(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.search(text, start)
    return found.start() if found else -1


@cache
def words_of(sign: str) -> tuple[str, ...]:
    """Return the words of a sign: where one of them does not occur in an output's words, the sign does not."""
    return tuple(_translated(sign, _SPACED, _SPACED_BYTES).split())


def as_output(lines: Sequence[str]) -> Output:
    """Return lines as an `Output`, themselves if they are one."""
    return lines if isinstance(lines, Output) else Output(lines)


def contains(lines: Sequence[str], *words: str) -> bool:
    """Return whether one of the words occurs anywhere."""
    output = as_output(lines)
    return any(map(output.holds, words))


def ends_match(lines: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern is found in the first or last 100 lines."""
    return pattern.search(as_output(lines).ends) is not None
