"""Records of a JSON document that differ from the rest of their list: by a key that hardly any has, or a rare value.

Invariant: only what nearly all records share is usual, so in a list of different things none is special.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from ai_session_tui.parsers.documents import Json

_FEWEST: Final = 8  # records among which one may be special
_LOOKED_AT: Final = 5_000  # records
_WITHIN: Final = "\0"  # between the keys of a path
_DEPTH: Final = 3  # of a value within a record
_MEMBERS: Final = 60  # values of one record
_ENTRIES: Final = 8  # of a list within a record
_RARE: Final = 0.006  # share of the records; one of a few is rare too
_USUAL: Final = 0.6  # share of the records that have the commonest value of a key, where some are rare
_MOST_RARE: Final = 4  # rare values of a key; where there are more, none is special
_MOST_VALUES: Final = 24  # different values of a key that has usual ones
_NEARLY_ALL: Final = 0.97  # share of the records that have one of the usual values
_SIGNS: Final = 80  # of a value that are compared


def special(records: Sequence[Json]) -> dict[int, list[str]]:
    """Return the indices of special records, the rarest first, with the keys that make them so."""
    rows = [record for record in records[:_LOOKED_AT] if isinstance(record, dict)]
    if len(rows) < _FEWEST or len(rows) < len(records[:_LOOKED_AT]):
        return {}
    most = max(1, int(len(rows) * _RARE))
    holders: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, row in enumerate(rows):
        for path, value in _values(row, "", _DEPTH):
            holders[path][value].append(index)
    found: dict[int, set[str]] = defaultdict(set)
    rarity: Counter[int] = Counter()
    for path, by_value in holders.items():
        for index in _rare(by_value, len(rows), most):
            found[index].add(path.split(_WITHIN)[0])
            rarity[index] += 1
    order = sorted(found, key=lambda index: (-rarity[index], index))
    return {index: sorted(found[index]) for index in order}


def _rare(by_value: dict[str, list[int]], size: int, most: int) -> list[int]:
    """Return the records with a rare value of a key, or with the key itself where that is rare."""
    having = {index for indices in by_value.values() for index in indices}
    if len(having) <= most:
        return sorted(having)
    counts = {value: len(set(indices)) for value, indices in by_value.items()}
    if max(counts.values()) < _USUAL * size:
        # Of many records a value may be rare beside several usual ones: a state, a country.
        usual = sum(count for count in counts.values() if count > most)
        if len(counts) > _MOST_VALUES or usual < _NEARLY_ALL * len(having):
            return []
    rare = [value for value, count in counts.items() if count <= most]
    return [index for value in rare for index in by_value[value]] if 0 < len(rare) <= _MOST_RARE else []


def _values(row: dict[str, Json], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the scalars of a record with their paths; what is empty is as if it were not there."""
    left = _MEMBERS
    for key, value in row.items():
        path = f"{prefix}{key}"
        for item in value[:_ENTRIES] if isinstance(value, list) else (value,):
            left -= 1
            if left < 0:
                return
            if isinstance(item, dict):
                if depth > 1:
                    yield from _values(item, f"{path}{_WITHIN}", depth - 1)
            elif item not in (None, "", []) and not isinstance(item, list | float):
                yield path, str(item)[:_SIGNS]
