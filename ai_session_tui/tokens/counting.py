"""Tokens of a text, exact where a real vocabulary is at hand, else marked as an estimate.

Invariant: a figure that was not counted with the vocabulary it is named after is never `exact`, sums with it are not
either, and in print it carries `~`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import regex

from . import vocabulary

if TYPE_CHECKING:
    import tiktoken

# A text is counted in pieces, so that memory stays bounded.
_PIECE = 1024 * 1024
# Signs of one pre-token that one token covers on average in program output, roughly.
_SIGNS_PER_TOKEN = 5
# The parts of a text that tokens do not cross, as `CL100K_PATTERN` finds them in ASCII.
_ASCII_PARTS = re.compile(
    r"'(?:[sdmtSDMT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\nA-Za-z0-9]?+[A-Za-z]++|[0-9]{1,3}+| ?[^\sA-Za-z0-9]++[\r\n]*+"
    r"|\s++\Z|\s*[\r\n]|\s+(?!\S)|\s",
    re.ASCII,
)
_PARTS_KNOWN = 50_000  # whose tokens are remembered: some megabytes
_SPLINTR_KNOWS = frozenset({vocabulary.SHIPPED, "o200k_base"})


@dataclass(frozen=True, slots=True)
class TokenCount:
    """A number of tokens. `exact` is false for an estimate, and for every sum that an estimate went into."""

    tokens: int
    exact: bool = True

    def __str__(self) -> str:
        return f"{self.tokens:,}" if self.exact else f"~{self.tokens:,}"

    def __add__(self, other: TokenCount) -> TokenCount:
        return TokenCount(self.tokens + other.tokens, self.exact and other.exact)


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Counts tokens of one vocabulary; `name` is the vocabulary that the counts are of."""

    name: str
    exact: bool
    _count: Callable[[str], int]
    _quick: Callable[[str], int] | None = None  # takes less time in sum, but never lets go of the GIL

    def count(self, text: str) -> TokenCount:
        """Return the tokens of a text of any size and content."""
        return TokenCount(self.tokens(text), self.exact)

    def tokens(self, text: str) -> int:
        """Return the same as a bare number, for decisions; what is shown needs `count`."""
        return _in_pieces(self._quick or self._count, text)

    def count_beside(self, text: str) -> TokenCount:
        """Return the tokens of a text, on a thread that leaves the processor to others where there is only one."""
        return TokenCount(_in_pieces(self._count, text), self.exact)


@cache
def tokenizer(name: str = vocabulary.SHIPPED) -> Tokenizer:
    """Return the tokenizer of a vocabulary.

    splintr counts where it is installed (the extra `fast`): the same tokens several times as fast. A vocabulary that
    neither it nor the package brings, and that does not lie in tiktoken's cache, is estimated with the one that ships.
    """
    if name in _SPLINTR_KNOWS and (fast := _splintr(name)):
        return Tokenizer(name, True, fast)
    try:
        import tiktoken
    except ImportError:  # no wheel for this machine
        return Tokenizer(name, False, estimated)
    if name != vocabulary.SHIPPED and vocabulary.is_cached(name):
        return Tokenizer(name, True, _counter(tiktoken.get_encoding(name)))
    encoding = tiktoken.Encoding(
        vocabulary.SHIPPED,
        pat_str=vocabulary.CL100K_PATTERN,
        mergeable_ranks=vocabulary.shipped(),
        special_tokens={},
    )
    count = _counter(encoding)
    return Tokenizer(name, name == vocabulary.SHIPPED, count, _by_parts(count))


def _splintr(name: str) -> Callable[[str], int] | None:
    try:
        import splintr
    except ImportError:
        return None
    encode = splintr.Tokenizer.from_pretrained(name).encode_ordinary

    def count(text: str) -> int:
        try:
            return len(encode(text))
        except UnicodeEncodeError:  # half a surrogate pair, which tiktoken replaces too
            return len(encode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")))

    return count


def estimated(text: str) -> int:
    """Return about how many tokens a text has, without any vocabulary; on program output mostly within a fifth."""
    return sum(-(-len(word) // _SIGNS_PER_TOKEN) for word in _words().findall(text))


@cache
def _words() -> regex.Pattern[str]:
    return regex.compile(vocabulary.CL100K_PATTERN)


def _counter(encoding: tiktoken.Encoding) -> Callable[[str], int]:
    def count(text: str) -> int:
        return len(encoding.encode_ordinary(text))

    return count


class _Parts(dict[str, int]):
    """The tokens of parts that were counted before: output repeats its words."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count

    def __missing__(self, part: str) -> int:
        tokens = self._count(part)
        if len(self) < _PARTS_KNOWN:
            self[part] = tokens
        return tokens


def _by_parts(count: Callable[[str], int]) -> Callable[[str], int]:
    """Return what counts ASCII part by part, twice as fast as the encoder with its richer patterns."""
    known, parts = _Parts(count).__getitem__, _ASCII_PARTS.findall

    def quick(text: str) -> int:
        return sum(map(known, parts(text))) if text.isascii() else count(text)

    return quick


def _in_pieces(count: Callable[[str], int], text: str) -> int:
    if len(text) <= _PIECE:
        return count(text)
    return sum(count(piece) for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text where no token of any vocabulary can lie across: behind a line end that no white space follows."""
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            end = _boundary(text, start, end) or end  # a megabyte without one: a token more or less
        yield text[start:end]
        start = end


def _boundary(text: str, start: int, end: int) -> int:
    while (at := text.rfind("\n", start, end)) >= 0:
        if not text[at + 1 : at + 2].isspace():
            return at + 1
        end = at
    return 0
