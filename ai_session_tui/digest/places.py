"""Places in files as words: as the tool wrote them, or gathered under their paths where there are many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ai_session_tui.parsers.model import Location

_DEEPEST: Final = 30  # folders within folders that are told apart
_WORTH_SHARING: Final = 8  # signs


def written(location: Location, lines: Iterable[str]) -> str:
    """Return a place as it stands in the lines that tell of it, else as path:line:column."""
    form = re.compile(
        re.escape(location.path) + r"(?:\(\d+(?:,\d+)?\)|(?::\d+){1,2}(?:\.\d+(?:-\d+(?:\.\d+)?)?)?|\"?,? line \d+)"
    )
    return next((found[0] for line in lines if (found := form.search(line))), "") or place(location)


def place(location: Location) -> str:
    """Return a place as path:line:column, as far as it is known."""
    return ":".join(str(part) for part in (location.path, location.line, location.column) if part is not None)


def by_path(places: Sequence[Location], *, with_columns: bool) -> str:
    """Return places under the paths they are in.

    With columns, the first of a path is written as usual; without, the folder common to all is left out, and
    neighbouring lines are a range, and files of one folder stand together.
    """
    paths: dict[str, list[Location]] = {}
    for location in places:
        paths.setdefault(location.path, []).append(location)
    if with_columns:
        separator = " " if len(paths) == len(places) else "; "
        return separator.join(f"{path}:{_columns(found)}".rstrip(":") for path, found in paths.items())
    common = _common_folder(list(paths))
    return "; ".join(_by_folder({path[common:]: _line_ranges(found) for path, found in paths.items()}))


def _by_folder(lines_of: dict[str, str], depth: int = 0) -> list[str]:
    """Return files and the lines in them, each folder once: `src/{a.py 3; lib/{b.py 9; c.py 1}}`.

    Folders, or files, that are told alike stand together: `{old,new}/src/a.py 3`.
    """
    folders: dict[str, dict[str, str]] = {}
    told: dict[str, str] = {}  # what is behind a name
    for path, lines in lines_of.items():
        folder, separator, rest = path.partition("/") if depth < _DEEPEST else (path, "", "")
        if separator and (folder or rest):
            folders.setdefault(folder, {})[rest] = lines
            told.setdefault(f"{folder}/", "")
        else:
            told[path] = f" {lines}".rstrip()
    for folder, inside in folders.items():
        entries = _by_folder(inside, depth + 1)
        told[f"{folder}/"] = entries[0] if len(entries) == 1 else f"{{{'; '.join(entries)}}}"
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for name, behind in told.items():
        alone = "" if len(behind) >= _WORTH_SHARING else name
        alike.setdefault((alone, behind, name.endswith("/")), []).append(name)
    return [_shared(names) + told[names[0]] for names in alike.values()]


def _shared(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    slash = "/" if names[0].endswith("/") else ""
    return f"{{{','.join(name.removesuffix('/') for name in names)}}}{slash}"


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
