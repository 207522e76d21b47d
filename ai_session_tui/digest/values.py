"""What tells lines of one kind apart: the words by which they differ, once each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_LISTED: Final = 24  # values; of more, the number
_NAMED: Final = 8  # lines of which it is told what each names in quotes
_QUOTED: Final = re.compile(r"[`'\"‘“][^`'\"’”\s]{1,60}[`'\"’”]")
_TIME: Final = re.compile(r"\d:\d\d")


def telling_values(lines: Sequence[str], most: int = _LISTED) -> list[str]:
    """Return the different words in the column that tells like lines apart best; times and bare numbers tell little.

    Of more than `most`, the first ones and the number of the others.
    """
    rows = [line[:500].split() for line in lines]
    best: list[str] = []
    for column in range(min(map(len, rows))):
        values = list(dict.fromkeys(row[column] for row in rows))
        if len(values) > max(1, len(best)) and all(map(_tells, values[:_LISTED])):
            best = values
    if len(lines) <= _NAMED:
        names = [" ".join(name[0] for name in _QUOTED.finditer(row)) for row in (line[:500] for line in lines)]
        if all(names) and len(set(names)) > 1:
            columns = best if len(best) == len(names) else [""] * len(names)
            best = [name if value in name else f"{value} {name}" for value, name in zip(columns, names, strict=True)]
            best = list(dict.fromkeys(best))
    return best if len(best) <= most else [*best[:most], f"…{len(best) - most} more"]


def _tells(value: str) -> bool:
    """Return whether a word names something."""
    return not _TIME.search(value) and any(sign.isalpha() for sign in value.strip("Zµumns"))
