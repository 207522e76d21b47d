"""JSON documents, and lists of them with one a line (NDJSON), as values.

Invariant: a document of more than `LARGEST` characters is not read: its values would take ten times its memory.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

LARGEST: Final = 8_000_000


def read_document(lines: Sequence[str]) -> tuple[str, Json] | None:
    """Return `json` and the document that the lines are, or `ndjson` and the list of their documents, else None."""
    if not _looks_so(lines) or sum(map(len, lines)) > LARGEST:
        return None
    try:
        return "json", json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        pass
    filled = [line for line in lines if line.strip()]
    if len(filled) < 2 or not all(line.lstrip()[0] in "{[" for line in filled):
        return None
    try:
        return "ndjson", json.loads(f"[{','.join(filled)}]")
    except (ValueError, RecursionError):
        return None


def _looks_so(lines: Sequence[str]) -> bool:
    first = next((line.lstrip() for line in lines if line.strip()), "")
    last = next((line.rstrip() for line in reversed(lines) if line.strip()), "")
    return first[:1] in ("{", "[") and last[-1:] in ("}", "]")
