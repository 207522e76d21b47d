"""Diagnostics for a digest: of each kind the first with what explains it, and the places of all others.

Invariant: no place is left out; where there are many, the paths of the most frequent are named once, and of a crowd
only lines are told of them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from ai_session_tui.parsers.model import Diagnostic, Location, Parsed, Severity, Verdict

from .lines import Lines
from .places import by_path, written
from .selection import Rank, Selection
from .templates import template
from .values import telling_values

_DIAGNOSTIC_LINES: Final = {Severity.ERROR: 6, Severity.WARNING: 4, Severity.NOTE: 1}
_LINES_OF_MANY: Final = 4  # of one error, where there are
_MANY: Final = 12  # different ones
_FEW: Final = 3  # different errors, each of which is explained at length
_LINES_OF_FEW: Final = 12
_FULL_PLACES: Final = 300  # places of what made a run fail; of more, a path is named once
_FULL_PLACES_BESIDE: Final = 120  # the same of what did not
_MOST_PLACES: Final = 700  # up to so many are told in full: all, if the report itself uses many signs for each
_SIGNS_OF_A_PLACE: Final = 200
_CROWD_IN_FULL: Final = 500  # places of a crowd that are told in full
_SIGNS_OF_A_PLACE_BESIDE: Final = 300
_MOST_NOTES: Final = 6  # different ones
_NAMES: Final = 8  # of so many alike it is told what each is about; of more, where they are
_CROWD: Final = 300  # diagnostics; of more, one of each code is shown, and places are lines
_QUOTED: Final = re.compile(r"[`'\"‘“]([^`'\"’”]{1,60})[`'\"’”]")
_NAMED: Final = re.compile(r"\([^()\s]{1,60}\)")  # a word that a message of a crowd is about


def select_diagnostics(parsed: Parsed, lines: Lines, selection: Selection, dropped: set[int], worst: Severity) -> None:
    """Choose lines for what a parser read, and add what becomes superfluous to `dropped`."""
    places_of = Counter(
        severity for severity, _ in {(found.severity, spot) for found in parsed.diagnostics for spot in found.locations}
    )
    notes_left = _MOST_NOTES
    groups = _groups(parsed.diagnostics)
    literal = _literal(groups)
    errors = sum(members[0].severity is Severity.ERROR for members in groups)
    most_of = dict(_DIAGNOSTIC_LINES)
    if errors <= _FEW or errors > _MANY:
        most_of[Severity.ERROR] = _LINES_OF_FEW if errors <= _FEW else _LINES_OF_MANY
    for position, members in enumerate(groups):
        first, *others = members
        for diagnostic in members:
            dropped.update(lines.within(diagnostic.lines))
        shown = lines.within(first.lines)
        is_note = first.severity is Severity.NOTE
        notes_left -= is_note
        if not shown or (is_note and notes_left < 0):
            continue
        selection.choose(shown[:1], Rank.TROUBLE if first.severity is Severity.ERROR else Rank.WARNING)
        selection.choose(shown[: most_of[first.severity]], Rank.EXPLANATION)
        if others:
            is_reason = parsed.verdict is Verdict.FAILURE and (first.severity is worst or parsed.blames_warnings)
            is_crowded = places_of[first.severity] > _most_in_full(lines.signs, is_reason=is_reason)
            full = literal[position] if is_reason and is_crowded else 0 if is_crowded else len(others)
            # All of a crowd, the first one too: what is alike in two folders is told once.
            is_all = is_crowded and not full and len(parsed.diagnostics) > _CROWD
            places = (
                _places(others[:full], lines, is_named=len(members) <= _NAMES and not is_note and _differ(members)),
                _short_places(members if is_all else others[full:], len(parsed.diagnostics)),
            )
            told = ", ".join(filter(None, places)) or _values(members, lines)
            count = f"{len(members)}x {first.code or 'this'}"
            last = max(index for index in shown if index in selection.chosen)
            selection.note(last, f"{count}, {'at' if is_all else 'also'}: {told}" if told else count)


def _most_in_full(signs: int, *, is_reason: bool) -> int:
    """Return how many places are told in full in a report of so many signs."""
    if is_reason:
        return max(_FULL_PLACES, min(_MOST_PLACES, signs // _SIGNS_OF_A_PLACE))
    return max(_FULL_PLACES_BESIDE, min(_MOST_PLACES, signs // _SIGNS_OF_A_PLACE_BESIDE))


def _groups(diagnostics: tuple[Diagnostic, ...]) -> list[list[Diagnostic]]:
    """Return diagnostics by severity, code and message; of a crowd by severity and code."""
    groups: dict[tuple[str, str, str], list[Diagnostic]] = {}
    is_crowd = len(diagnostics) > _CROWD
    often = {code for code, count in Counter(found.code for found in diagnostics).items() if code and count > _NAMES}
    for found in diagnostics:
        if found.code and (is_crowd or (found.severity is Severity.WARNING and found.code in often)):
            kind = ""
        else:
            kind = found.message
            for location in found.locations[:1]:
                kind = kind.replace(location.path, "#")
            if is_crowd:
                kind = _NAMED.sub("#", kind)
            if is_crowd or found.severity is not Severity.ERROR:
                kind = template(_QUOTED.sub("#", kind))
        groups.setdefault((found.severity, found.code or "", kind), []).append(found)
    return list(groups.values())


def _literal(groups: list[list[Diagnostic]]) -> list[int]:
    """Return of how many of each group the places are told in full if there is a crowd: the rare ones first."""
    left, found = _CROWD_IN_FULL, [0] * len(groups)
    for position in sorted(range(len(groups)), key=lambda position: len(groups[position])):
        found[position] = min(left, len(groups[position]))
        left -= found[position]
    return found


def _places(diagnostics: list[Diagnostic], lines: Lines, *, is_named: bool) -> str:
    """Return where diagnostics are, as the tool wrote it, and if wanted the names by which their messages differ."""
    if not is_named and (apart := _told_apart(diagnostics, lines)):
        return by_path(apart, with_columns=True)
    words, separator = [], " "
    for found in diagnostics:
        telling = [lines[index] for index in lines.within(found.lines)]
        names = " ".join(name[0] for name in _QUOTED.finditer(found.message)) if is_named else ""
        separator = ", " if names else separator
        words.append(" ".join(filter(None, (*(written(location, telling) for location in found.locations), names))))
    return separator.join(dict.fromkeys(filter(None, words)))


def _differ(diagnostics: list[Diagnostic]) -> bool:
    return len({diagnostic.message for diagnostic in diagnostics}) > 1


def _told_apart(diagnostics: list[Diagnostic], lines: Lines) -> list[Location]:
    """Return the places if the tool writes a path above the lines and columns in it, and not before each."""
    for found in diagnostics:
        told = [lines[index] for index in lines.within(found.lines)]
        if not told or not found.locations or any(spot.path in line for spot in found.locations for line in told):
            return []
    return [location for found in diagnostics for location in found.locations]


def _short_places(diagnostics: list[Diagnostic], count: int) -> str:
    places = [location for diagnostic in diagnostics for location in diagnostic.locations]
    return by_path(places, with_columns=count <= _CROWD)


def _values(diagnostics: list[Diagnostic], lines: Lines) -> str:
    """Return the words by which the first lines of diagnostics without a place differ."""
    heads = [lines[index] for found in diagnostics for index in lines.within(found.lines[:1])]
    return " ".join(telling_values(heads)) if len(heads) > 1 else ""
