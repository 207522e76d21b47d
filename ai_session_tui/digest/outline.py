"""The shape of a JSON document: its keys and scalars, of long lists and tables of keys the first entries and the count.

Invariant: what is shown is JSON of the document, only shorter; wherever something is left out stands `…` with how much.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

# From generous to tight: keys of one object, entries of one list, depth, signs of one string.
_TIGHTNESS: Final = (
    (40, 4, 6, 160),
    (30, 3, 5, 120),
    (24, 2, 4, 100),
    (24, 2, 3, 80),
    (20, 1, 3, 60),
    (16, 1, 2, 60),
    (12, 1, 1, 40),
)


def parse(lines: Sequence[str]) -> Json | None:
    """Return the document that the lines are, or the list of their documents (NDJSON); None when they are neither."""
    text = "\n".join(lines).strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        document: Json = json.loads(text)
        return document
    except (ValueError, RecursionError):
        pass
    try:
        records: list[Json] = [json.loads(line) for line in lines if line.strip()]
    except (ValueError, RecursionError):
        return None
    return records


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

    def _value(self, value: Json, depth: int) -> str:
        if isinstance(value, dict):
            if value and depth > self._depth:
                return f"{{…{len(value):,} keys}}"
            return "{" + ", ".join(self._members(value, depth + 1)) + "}"
        if isinstance(value, list):
            if value and depth > self._depth:
                return f"[…{len(value):,}]"
            return "[" + ", ".join(self._items(value, depth + 1)) + "]"
        if isinstance(value, str) and len(value) > self._signs:
            return json.dumps(value[: self._signs], ensure_ascii=False)[:-1] + f'…{len(value) - self._signs:,} signs"'
        return json.dumps(value, ensure_ascii=False)

    def _members(self, value: dict[str, Json], depth: int) -> list[str]:
        keys = list(value)
        most = self._keys
        if len(keys) > 8 and _is_table(value):  # its keys are data: names, versions, times
            most = max(3, self._entries * 2)
        if len(keys) <= most:
            return [self._member(key, value[key], depth) for key in keys]
        head, tail = most - most // 3, most // 3
        return [
            *(self._member(key, value[key], depth) for key in keys[:head]),
            f"…{len(keys) - head - tail:,} more keys",
            *(self._member(key, value[key], depth) for key in keys[len(keys) - tail :]),
        ]

    def _member(self, key: str, value: Json, depth: int) -> str:
        return f"{json.dumps(key, ensure_ascii=False)}: {self._value(value, depth)}"

    def _items(self, value: list[Json], depth: int) -> list[str]:
        short = all(not isinstance(item, dict | list) and len(str(item)) < 40 for item in value)
        most = self._entries * 3 if short else self._entries
        if len(value) <= most + 1:
            return [self._value(item, depth) for item in value]
        return [*(self._value(item, depth) for item in value[:most]), f"…{len(value) - most:,} more of {len(value):,}"]


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
