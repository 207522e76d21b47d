"""Records that differ from the rest: a value that is rare in a column where few values are usual.

Works on what has columns: comma or tab separated text, tables, access logs. Invariant: only columns of few different
values count, so an identifier never makes a record special.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

FEWEST_RECORDS: Final = 30
MOST_RECORDS: Final = 20_000  # looked at; more would tell little more
_MOST_VALUES: Final = 24  # different values in a column that has usual ones
_MOST_COLUMNS: Final = 24
_SAMPLE: Final = 400  # records that show whether a column holds few different values
_MOST_RARE: Final = 6  # rare values in a column; where there are more, none is special
_RARE: Final = 0.006  # share of the records
_NUMBER: Final = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,9})?")
_FAR: Final = 4  # times the middle half's width from it: far out
_SHORT: Final = 20  # one record of so many may have fewer fields than all have in common


def outliers(lines: Sequence[str]) -> list[int]:
    """Return the indices of records with a rare value, the rarest first."""
    separator = _separator(lines)
    families: dict[int, list[tuple[int, list[str]]]] = defaultdict(list)
    for index, line in enumerate(lines[:MOST_RECORDS]):
        if line:
            fields = line[:1000].split(separator)[:_MOST_COLUMNS]
            if len(fields) > 1:
                families[len(fields)].append((index, fields))
    found: dict[int, int] = {}
    if separator is None:
        families[0] = _leading(families)
    for family in families.values():
        if len(family) >= FEWEST_RECORDS:
            for index, count in _rare(family):
                found[index] = min(count, found.get(index, count))
    return sorted(found, key=lambda index: (found[index], index))


def _leading(families: Mapping[int, list[tuple[int, list[str]]]]) -> list[tuple[int, list[str]]]:
    """Return the first fields of nearly all records, where words follow whose number differs: a message, a command."""
    size = sum(map(len, families.values()))
    if len(families) < 2 or size < FEWEST_RECORDS:
        return []
    short, least = 0, min(families)
    for number in sorted(families):
        if (short := short + len(families[number])) * _SHORT > size:
            break
        least = number + 1
    rows = [(index, fields[:least]) for number in families if number >= least for index, fields in families[number]]
    return sorted(rows)


def _rare(family: list[tuple[int, list[str]]]) -> list[tuple[int, int]]:
    """Return records with a value that is rare in its column, and how often it comes."""
    size = len(family)
    most = max(2, int(size * _RARE))
    found = []
    for values in zip(*(fields for _, fields in family), strict=True):
        odd = _far_out(values)
        if 0 < len(odd) <= min(most, _MOST_RARE):
            found += [(family[row][0], len(odd)) for row in odd]
        if len(set(values[:_SAMPLE])) > _MOST_VALUES:
            continue
        counts = Counter(values)
        if not 2 <= len(counts) <= min(_MOST_VALUES, size // 5) or max(counts.values()) < size // 10:
            continue
        rare = {value: count for value, count in counts.items() if count <= most}
        if 0 < len(rare) <= _MOST_RARE:
            found += [(family[row][0], rare[value]) for row, value in enumerate(values) if value in rare]
    return found


def _far_out(values: Sequence[str]) -> list[int]:
    """Return the rows with a number that is negative where none is, or far from where the others are."""
    numbers = {row: float(value) for row, value in enumerate(values) if _NUMBER.fullmatch(value.strip())}
    if len(numbers) < len(values) - max(1, len(values) // 50):  # a heading, a few that are missing
        return []
    ranked = sorted(numbers.values())
    low, high = ranked[len(ranked) // 4], ranked[len(ranked) * 3 // 4]
    reach = _FAR * (high - low)
    if not reach or len(set(ranked)) <= _MOST_VALUES:
        return []
    negative = [row for row, number in numbers.items() if number < 0]
    if 0 < len(negative) <= _MOST_RARE:
        return negative
    return [row for row, number in numbers.items() if not low - reach <= number <= high + reach]


def _separator(lines: Sequence[str]) -> str | None:
    """Return what separates the fields of most records; None is white space."""
    sample = [line for line in lines[:200] if line]
    for sign in ("\t", ",", ";", "|"):
        counts = Counter(line.count(sign) for line in sample)
        if counts and (usual := counts.most_common(1)[0])[0] >= 2 and usual[1] >= 0.8 * len(sample):
            return sign
    return None
