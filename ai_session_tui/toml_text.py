"""TOML that a person wrote: decoded, and with the line of whatever is wrong in it.

`tomllib` forgets where a value stood; a message about a file of somebody's needs the line, so it is looked up in the
text when it is needed. Imports nothing of ours but the errors.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from ai_session_tui.errors import ConfigError

Path = Sequence[str | int]  # ("pane", 0, "run"): keys, and places in arrays of tables

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")
_LONG_QUOTES = re.compile(r'"""|' + "'''")


@dataclass(frozen=True, slots=True)
class TomlText:
    """A file's text and what it says."""

    name: str  # the file, as messages name it
    text: str
    table: dict[str, object]

    def where(self, path: Path) -> str:
        """Return `FILE:LINE` of a value, or of the nearest thing around it that has a line."""
        return f"{self.name}:{line_of(self.text, path)}"


def read_toml(name: str) -> TomlText | None:
    """Read a file; None when there is none. Raises `ConfigError` that names file and line."""
    try:
        with open(name, "rb") as file:
            raw = file.read()
    except (FileNotFoundError, NotADirectoryError):  # the latter: what is wrong with the folder is not our matter
        return None
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror}") from error
    return decode_toml(name, raw)


def decode_toml(name: str, raw: bytes) -> TomlText:
    """Decode a file's bytes; raise `ConfigError` that names file and line."""
    try:
        text = raw.decode()
        return TomlText(name, text, tomllib.loads(text))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{name}:{line}: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise ConfigError(f"{name}:{line}: not valid TOML: {error}") from None


def line_of(text: str, path: Path) -> int:
    """Return the line (from 1) on which the longest known part of a path stands; 1 when none does."""
    wanted = tuple(path)
    best, line_found = 0, 1
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    quote = ""
    for number, line in enumerate(text.split("\n"), 1):
        was_quoted = bool(quote)
        quote = _after(line, quote)
        if was_quoted:
            continue
        if header := _HEADER.match(line):
            table = _placed(_keys(header[2]), counts, is_new=header[1] == "[[")
            here = table
        elif entry := _ENTRY.match(line):
            here = table + _keys(entry[1])
        else:
            continue
        common = _common(here, wanted)
        if common > best:
            best, line_found = common, number
    return line_found


def keys_of(dotted: str) -> tuple[str, ...]:
    """Return the keys of a dotted one (`prices."my-model".input`); raise `ConfigError` when it is none."""
    if not re.fullmatch(rf"\s*{_DOTTED}\s*", dotted):
        raise ConfigError(f"{dotted!r} is not a key", 'write max_tokens, or prices."my-model".input.')
    return tuple(str(key) for key in _keys(dotted))


def _keys(dotted: str) -> tuple[str | int, ...]:
    return tuple(key[1:-1] if key[0] in "\"'" else key for key in re.findall(_KEY, dotted))


def _placed(
    table: tuple[str | int, ...], counts: dict[tuple[str | int, ...], int], *, is_new: bool
) -> tuple[str | int, ...]:
    """Return a header's path with the places in arrays of tables put in."""
    placed: tuple[str | int, ...] = ()
    for at, key in enumerate(table):
        placed = (*placed, key)
        if is_new and at == len(table) - 1:
            counts[placed] = counts.get(placed, -1) + 1
        if placed in counts:
            placed = (*placed, counts[placed])
    return placed


def _common(here: tuple[str | int, ...], wanted: tuple[str | int, ...]) -> int:
    """Return how many keys two paths share from the beginning."""
    length = 0
    for one, other in zip(here, wanted, strict=False):
        if one != other:
            break
        length += 1
    return length


def _after(line: str, quote: str) -> str:
    """Return the long quotes that are open behind a line."""
    for found in _LONG_QUOTES.findall(line):
        if not quote:
            quote = found
        elif quote == found:
            quote = ""
    return quote
