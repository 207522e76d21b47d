"""Finding by a few letters: how well a text fits what was typed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

_Item = TypeVar("_Item")
_BOUNDARY = frozenset(" -_./:·~#")


def score(sought: str, text: str) -> int | None:
    """Return how well a text fits, more is better; None when its letters are not all there in order.

    Letters that follow each other, that begin a word, and an early start count; case does not.
    """
    if not sought:
        return 0
    where, wanted = text.lower(), sought.lower()
    direct = where.find(wanted)
    if direct >= 0:
        return 1000 - direct - len(where) // 8 + (100 if direct == 0 or where[direct - 1] in _BOUNDARY else 0)
    total, at, last = 0, 0, -2
    for sign in wanted:
        if sign == " ":
            continue
        found = where.find(sign, at)
        if found < 0:
            return None
        total += 8 if found == last + 1 else 4 if found == 0 or where[found - 1] in _BOUNDARY else 1
        last, at = found, found + 1
    return total * 4 - len(where) // 8


def best(sought: str, items: Iterable[_Item], text_of: Callable[[_Item], str], most: int = 100) -> list[_Item]:
    """Return the items that fit, best first; among equals the order is kept."""
    scored = [(found, item) for item in items if (found := score(sought, text_of(item))) is not None]
    scored.sort(key=lambda pair: -pair[0])
    return [item for _, item in scored[:most]]
