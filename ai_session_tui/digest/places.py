"""Places in files as words: as the tool wrote them, or gathered under their paths where there are many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ai_session_tui.parsers.model import Location


def written(location: Location, lines: Iterable[str]) -> str:
    """Return a place as it stands in the lines that tell of it, else as path:line:column."""
    form = re.compile(re.escape(location.path) + r"(?:\(\d+(?:,\d+)?\)|(?::\d+){1,2}|, line \d+)")
    return next((found[0] for line in lines if (found := form.search(line))), "") or place(location)


def place(location: Location) -> str:
    """Return a place as path:line:column, as far as it is known."""
    return ":".join(str(part) for part in (location.path, location.line, location.column) if part is not None)


def by_path(places: Sequence[Location], *, with_columns: bool) -> str:
    """Return places under the paths they are in.

    With columns, the first of a path is written as usual; without, the folder common to all is left out, and
    neighbouring lines are a range.
    """
    paths: dict[str, list[Location]] = {}
    for location in places:
        paths.setdefault(location.path, []).append(location)
    if with_columns:
        return "; ".join(f"{path}:{_columns(found)}".rstrip(":") for path, found in paths.items())
    common = _common_folder(list(paths))
    return "; ".join(f"{path[common:]} {_line_ranges(found)}".rstrip() for path, found in paths.items())


def _columns(places: list[Location]) -> str:
    words = (":".join(str(part) for part in (spot.line, spot.column) if part is not None) for spot in places)
    return " ".join(dict.fromkeys(words))


def _line_ranges(places: list[Location]) -> str:
    spans: list[list[int]] = []
    for line in sorted({spot.line for spot in places if spot.line is not None}):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return " ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)


def _common_folder(paths: list[str]) -> int:
    """Return how long the folder is that several paths are in."""
    parts = [path.split("/")[:-1] for path in paths]
    if len(parts) < 2:
        return 0
    depth = 0
    while all(len(names) > depth and names[depth] == parts[0][depth] for names in parts):
        depth += 1
    return sum(len(name) + 1 for name in parts[0][:depth])
