"""JSON documents and lists of them, one a line (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from .model import Bulk, Parsed
from .output import as_output
from .report import Report

_MOST: Final = 4_000_000  # characters that are read


class JsonData:
    """Reads JSON."""

    name = "json"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        lines = as_output(lines).whole
        first = next((line.lstrip() for line in lines if line.strip()), "")
        last = next((line.rstrip() for line in reversed(lines) if line.strip()), "")
        return 0.75 if first[:1] in ("{", "[") and last[-1:] in ("}", "]") else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        lines = as_output(lines).whole
        if sum(map(len, lines)) > _MOST:
            return None
        bulk = _document("\n".join(lines)) or _records(lines)
        if bulk is None:
            return None
        return Report(self.name).parsed(exit_code, None if exit_code else False, bulk)


def _document(text: str) -> Bulk | None:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, dict):
        return Bulk("json", rows=len(document), names=tuple(map(str, document))[:60])
    if isinstance(document, list):
        return Bulk("json", rows=len(document), names=_names(document))
    return None


def _records(lines: Sequence[str]) -> Bulk | None:
    filled = [line for line in lines if line.strip()]
    if len(filled) < 2 or not all(line.lstrip()[0] in "{[" for line in filled[:20]):
        return None
    try:
        records: list[object] = [json.loads(line) for line in filled]
    except (ValueError, RecursionError):
        return None
    return Bulk("ndjson", rows=len(records), names=_names(records))


def _names(records: list[object]) -> tuple[str, ...]:
    """Return the names that records share, in their order."""
    names: dict[str, None] = {}
    for record in records[:1000]:
        if isinstance(record, dict):
            names.update(dict.fromkeys(map(str, record)))
    return tuple(names)[:60]


PARSERS = (JsonData(),)
