"""JSON documents and lists of them, one a line (NDJSON)."""

from __future__ import annotations

from collections.abc import Sequence

from .documents import Json
from .model import Bulk, Parsed
from .output import as_output
from .report import Report


class JsonData:
    """Reads JSON."""

    name = "json"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        return 0.75 if as_output(lines).document is not None else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        found = as_output(lines).document
        bulk = _shape(*found) if found else None
        return Report(self.name).parsed(exit_code, None if exit_code else False, bulk) if bulk else None


def _shape(kind: str, document: Json) -> Bulk | None:
    if isinstance(document, dict):
        return Bulk(kind, rows=len(document), names=tuple(document)[:60])
    if isinstance(document, list):
        return Bulk(kind, rows=len(document), names=_names(document))
    return None


def _names(records: list[Json]) -> tuple[str, ...]:
    """Return the names that records share, in their order."""
    names: dict[str, None] = {}
    for record in records[:1000]:
        if isinstance(record, dict):
            names.update(dict.fromkeys(record))
    return tuple(names)[:60]


PARSERS = (JsonData(),)
