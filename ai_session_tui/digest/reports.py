"""Lines that a parser's results call for: its summary, every failure, every diagnostic once and all of its places.

Invariant: no failure and no location is left out; what shrinks when there are many is what is shown of each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ai_session_tui.parsers.model import Diagnostic, Failure, Location, Parsed, Severity, Verdict

from .lines import Lines
from .selection import Rank, Selection
from .templates import template
from .values import telling_values

_FAILURE_LINES: Final = 200  # shared by all failures
_MOST_LINES: Final = 16  # of one failure
_ALIKE: Final = 3  # failures with the same message that are explained; the others are named
_DIAGNOSTIC_LINES: Final = {Severity.ERROR: 6, Severity.WARNING: 3, Severity.NOTE: 1}
_FULL_PLACES: Final = 200  # places of what made a run fail; of more, a path is named once
_FULL_PLACES_BESIDE: Final = 80  # the same of what did not
_MOST_NOTES: Final = 6  # different ones
_KEPT_ALIKE: Final = 16  # lines to be kept that differ in values only
_CROWD: Final = 300  # diagnostics; of more, one of each code is shown, and places are lines
_EXPLAINED: Final = 16  # failures that are explained, and not only named by the tool's own summary
_QUOTED: Final = re.compile(r"[`'\"‘“]([^`'\"’”]{1,60})[`'\"’”]")


def select(parsed: Parsed, lines: Lines, selection: Selection) -> set[int]:
    """Choose lines for what a parser read; return the lines that it makes superfluous."""
    dropped = {index for span in parsed.drop for index in span}
    selection.choose(_within(parsed.summary, lines), Rank.SUMMARY)
    _select_kept(_within(parsed.keep, lines), lines, selection, dropped)
    _select_failures(parsed, lines, selection, dropped)
    _select_diagnostics(parsed, lines, selection, dropped)
    return dropped - selection.chosen.keys()


def _select_kept(kept: list[int], lines: Lines, selection: Selection, dropped: set[int]) -> None:
    """Choose lines to keep; of many that differ in values only, some, and the values of all."""
    kinds: dict[str, list[int]] = {}
    for index in kept:
        kinds.setdefault(template(lines[index]), []).append(index)
    for members in kinds.values():
        if len(members) <= _KEPT_ALIKE:
            selection.choose(members, Rank.KEPT)
            continue
        selection.choose((*members[:2], members[-1]), Rank.KEPT)
        dropped.update(members)
        values = " ".join(telling_values([lines[index] for index in members], most=len(members)))
        selection.note(members[1], f"{len(members)}x this, also: {values}" if values else f"{len(members)}x this")


def _within(indices: Iterable[int], lines: Lines) -> list[int]:
    return [index for index in indices if 0 <= index < len(lines)]


def _select_failures(parsed: Parsed, lines: Lines, selection: Selection, dropped: set[int]) -> None:
    failures = parsed.failures
    if not failures:
        return
    told = "\n".join(lines[index] for index in _within((*parsed.summary, *parsed.keep), lines))
    most = max(2, min(_MOST_LINES, _FAILURE_LINES // len(failures)))
    alike: dict[str, int] = {}
    unexplained: list[Failure] = []
    for place, failure in enumerate(failures):
        kind = template(failure.message)
        alike[kind] = alike.get(kind, 0) + 1
        explained = _within(failure.lines, lines)
        dropped.update(explained)
        is_known = bool(kind) and alike[kind] > _ALIKE
        selection.choose(explained[:1], Rank.TROUBLE)
        if (is_known or place >= _EXPLAINED) and explained and _names(failure, (lines[explained[0]], told)):
            unexplained.append(failure)
            continue
        selection.choose(_most_telling(explained, 2 if is_known else most), Rank.EXPLANATION)
    places = " ".join(dict.fromkeys(_place(failure.location) for failure in unexplained if failure.location))
    if places and selection.chosen:
        selection.note(
            max(selection.chosen), f"{len(unexplained)} of these failures are only named; they are at {places}"
        )


def _names(failure: Failure, texts: Iterable[str]) -> bool:
    return bool(failure.name) and any(failure.name in text for text in texts)


def _most_telling(indices: list[int], most: int) -> list[int]:
    """Return the first indices, and the last, which is the place."""
    return indices if len(indices) <= most else [*indices[: most - 1], indices[-1]]


def _select_diagnostics(parsed: Parsed, lines: Lines, selection: Selection, dropped: set[int]) -> None:
    diagnostics = parsed.diagnostics
    groups: dict[tuple[str, str, str], list[Diagnostic]] = {}
    is_crowd = len(diagnostics) > _CROWD
    for diagnostic in diagnostics:
        is_error = diagnostic.severity is Severity.ERROR
        if is_crowd and diagnostic.code:
            kind = ""
        else:
            kind = diagnostic.message if is_error else template(_QUOTED.sub("#", diagnostic.message))
        groups.setdefault((diagnostic.severity, diagnostic.code or "", kind), []).append(diagnostic)
    places_of = Counter(diagnostic.severity for diagnostic in diagnostics for _ in diagnostic.locations)
    worst = min((diagnostic.severity for diagnostic in diagnostics), key=list(Severity).index, default=Severity.NOTE)
    notes_left = _MOST_NOTES
    for members in groups.values():
        first, *others = members
        if first.severity is Severity.NOTE:
            notes_left -= 1
            if notes_left < 0:
                dropped.update(index for diagnostic in members for index in _within(diagnostic.lines, lines))
                continue
        shown = _within(first.lines, lines)
        selection.choose(shown[:1], Rank.TROUBLE if first.severity is Severity.ERROR else Rank.WARNING)
        selection.choose(shown[: _DIAGNOSTIC_LINES[first.severity]], Rank.EXPLANATION)
        for diagnostic in members:
            dropped.update(_within(diagnostic.lines, lines))
        if others and shown:
            is_reason = first.severity is worst and parsed.verdict is Verdict.FAILURE
            is_crowded = places_of[first.severity] > (_FULL_PLACES if is_reason else _FULL_PLACES_BESIDE)
            places = _short_places(others, with_columns=not is_crowd) if is_crowded else _places(others, lines)
            if not places:
                heads = [lines[found.lines[0]] for found in members if _within(found.lines[:1], lines)]
                places = " ".join(telling_values(heads)) if len(heads) > 1 else ""
            last = max(index for index in shown if index in selection.chosen)
            selection.note(
                last,
                f"{len(members)}x {first.code or 'this'}, also: {places}"
                if places
                else f"{len(members)}x {first.code or 'this'}",
            )


def _places(diagnostics: list[Diagnostic], lines: Lines) -> str:
    """Return where diagnostics are, as the tool wrote it, and the names by which their messages differ."""
    differ = len({diagnostic.message for diagnostic in diagnostics}) > 1
    words = []
    for diagnostic in diagnostics:
        written = [_written(location, diagnostic, lines) for location in diagnostic.locations]
        names = " ".join(found[0] for found in _QUOTED.finditer(diagnostic.message)) if differ else ""
        words.append(" ".join(filter(None, (*written, names))))
    return ", ".join(dict.fromkeys(filter(None, words)))


def _written(location: Location, diagnostic: Diagnostic, lines: Lines) -> str:
    """Return a location as it stands in the output, else as path:line:column."""
    form = re.compile(re.escape(location.path) + r"(?:\(\d+(?:,\d+)?\)|(?::\d+){1,2}|, line \d+)")
    for index in _within(diagnostic.lines, lines):
        if found := form.search(lines[index]):
            return found[0]
    return _place(location)


def _place(location: Location) -> str:
    return ":".join(str(part) for part in (location.path, location.line, location.column) if part is not None)


def _short_places(diagnostics: list[Diagnostic], *, with_columns: bool) -> str:
    places = [location for diagnostic in diagnostics for location in diagnostic.locations]
    return _by_path(places, with_columns=with_columns)


def _by_path(places: Sequence[Location], *, with_columns: bool) -> str:
    """Return places under the paths they are in; without the folder common to all; neighbouring lines are a range."""
    by_path: dict[str, list[Location]] = {}
    for place in places:
        by_path.setdefault(place.path, []).append(place)
    common = _common_folder(list(by_path))
    return "; ".join(
        f"{path[common:]} {_columns(found) if with_columns else _line_ranges(found)}".rstrip()
        for path, found in by_path.items()
    )


def _columns(places: list[Location]) -> str:
    words = (":".join(str(part) for part in (place.line, place.column) if part is not None) for place in places)
    return " ".join(dict.fromkeys(words))


def _line_ranges(places: list[Location]) -> str:
    spans: list[list[int]] = []
    for line in sorted({place.line for place in places if place.line is not None}):
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
