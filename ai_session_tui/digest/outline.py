"""The shape of a JSON document: its keys and scalars, of long lists and tables of keys the first entries and the count.

Invariant: what is shown is JSON of the document, only shorter; wherever something is left out stands `…` with how much.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from ai_session_tui.parsers.documents import Json

from .records import special

_MOST_SPECIAL: Final = 6  # records of a list that are shown because they differ from the rest
_NAMING: Final = 3  # first scalars of a record, which say what it is

# From generous to tight: keys of one object, entries of one list, depth, signs of one string.
_TIGHTNESS: Final = (
    (60, 4, 7, 160),
    (60, 3, 5, 120),
    (50, 2, 5, 100),
    (50, 2, 4, 80),
    (50, 1, 4, 60),
    (50, 1, 3, 60),
    (40, 1, 2, 60),
    (40, 1, 2, 40),
    (24, 1, 2, 40),
    (16, 1, 1, 40),
)


def outline(document: Json, budget: int, count: Callable[[str], int]) -> str:
    """Return as much of a document as fits into so many tokens."""
    text = ""
    for keys, entries, depth, signs in _TIGHTNESS:
        text = _Outline(keys, entries, depth, signs).top(document)
        if count(text) <= budget:
            break
    return text


class _Outline:
    def __init__(self, keys: int, entries: int, depth: int, signs: int) -> None:
        self._keys, self._entries, self._depth, self._signs = keys, entries, depth, signs

    def top(self, value: Json) -> str:
        """Return the outline with every entry of the document on a line of its own."""
        if isinstance(value, dict) and value:
            return "{\n" + ",\n".join(self._members(value, 1)) + "\n}"
        if isinstance(value, list) and value:
            return "[\n" + ",\n".join(self._items(value, 1)) + "\n]"
        return self._value(value, 1)

    def _special(self, records: list[Json], shown: int) -> list[str]:
        """Return records behind the first that differ from the rest, each with its place and what makes it special."""
        found = [(index, keys) for index, keys in special(records).items() if index >= shown][:_MOST_SPECIAL]
        return [f"…[{index}] {self._reduced(records[index], keys)}" for index, keys in sorted(found)]

    def _reduced(self, record: Json, keys: list[str]) -> str:
        """Return of a record its first scalars, which name it, and the members with these keys."""
        assert isinstance(record, dict)
        named = [key for key, value in record.items() if not isinstance(value, dict | list)][:_NAMING]
        members = [self._member(key, record[key], self._depth - 1) for key in record if key in named or key in keys]
        return "{" + ", ".join([*members, *(["…"] if len(members) < len(record) else [])]) + "}"

    def _value(self, value: Json, depth: int) -> str:
        if isinstance(value, dict):
            if value and depth > self._depth:
                return f"{{…{len(value):,} keys}}"
            return "{" + ", ".join(self._members(value, depth + 1)) + "}"
        if isinstance(value, list):
            if value and depth > self._depth:
                return f"[…{len(value):,}]"
            return "[" + ", ".join(self._items(value, depth + 1)) + "]"
        if isinstance(value, str) and len(value) > self._signs + 20:
            return json.dumps(value[: self._signs], ensure_ascii=False)[:-1] + f'…{len(value) - self._signs:,} signs"'
        return json.dumps(value, ensure_ascii=False)

    def _members(self, value: dict[str, Json], depth: int) -> list[str]:
        keys = [key for key in value if value[key] not in (None, "", [], {})]
        empty = [f"…{len(value) - len(keys):,} empty"] if len(keys) < len(value) else []
        most, is_table = self._keys, len(keys) > 2 and _is_table(value)
        if is_table:  # its keys are data: names, versions, times
            most = max(8, self._entries * 2)
        head, tail = (3, 2) if is_table else (most - most // 3, most // 3)
        is_whole = len(keys) <= most
        shown = keys if is_whole else [*keys[:head], *keys[len(keys) - tail :]]
        # Of many alike the last one, the newest mostly, shows what is in them.
        depths = [depth + (2 if is_table and key != keys[-1] else 0) for key in shown]
        members = [self._member(key, value[key], level) for key, level in zip(shown, depths, strict=True)]
        if not is_whole:
            members.insert(head, f"…{len(keys) - head - tail:,} more keys")
        return members + empty

    def _member(self, key: str, value: Json, depth: int) -> str:
        return f"{json.dumps(key, ensure_ascii=False)}: {self._value(value, depth)}"

    def _items(self, value: list[Json], depth: int) -> list[str]:
        short = all(not isinstance(item, dict | list) and len(str(item)) < 40 for item in value)
        most = self._entries * 3 if short else self._entries
        left_out = [f"…{len(value) - most:,} more of {len(value):,}"] if len(value) > most + 1 else []
        shown = value[:most] if left_out else value
        return [
            *(self._value(item, depth + (0 if place == 0 or short else 2)) for place, item in enumerate(shown)),
            *left_out,
            *(self._special(value, len(shown)) if left_out else ()),
        ]


def _is_table(value: dict[str, Json]) -> bool:
    """Return whether all values have one type and, where they are objects, mostly the same keys."""
    values = list(value.values())
    kinds = {type(item) for item in values}
    if len(kinds) != 1:
        return False
    first = values[0]
    if not isinstance(first, dict):
        return len(values) > 16
    common = set(first)
    shared = sum(isinstance(item, dict) and len(common & set(item)) * 2 >= len(common) for item in values)
    return shared * 4 >= len(values) * 3
