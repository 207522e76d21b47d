"""Lines that a parser's results call for: its summary, every failure, every diagnostic once and all of its places.

Invariant: no failure and no location is left out; what shrinks when there are many is what is shown of each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ai_session_tui.parsers.model import Failure, Parsed, Severity

from .diagnostics import select_diagnostics
from .difference import trouble
from .lines import Lines
from .places import place
from .selection import Rank, Selection
from .templates import template
from .values import telling_values

_FAILURE_LINES: Final = 120  # shared by all failures
_MOST_LINES: Final = 16  # of one failure
_LEAST_LINES: Final = 3  # of one that is explained at all
_ALIKE: Final = 3  # failures with the same message that are explained; the others are named
_KEPT_ALIKE: Final = 16  # lines to be kept that differ in values only
_VALUED: Final = re.compile(r"\S*#\S*")  # a word with a value in it
_DIFF: Final = "diff"  # kind of data
_MESSAGES: Final = 40  # different messages of failures, beyond which those that are only named have none
_COMPARED: Final = re.compile(r" +(?:expected|received|actual|left|right|got|want)\b[^:]{0,24}:\s*\S", re.IGNORECASE)
_EXPLAINED: Final = 12  # failures that are explained, and not only named by the tool's own summary


def reason(runs: Sequence[Parsed]) -> Severity:
    """Return how bad diagnostics must be to have made a run fail: warnings beside errors or failed tests did not."""
    found = {diagnostic.severity for run in runs for diagnostic in run.diagnostics}
    is_failed_otherwise = any(run.failures for run in runs)
    return Severity.ERROR if is_failed_otherwise or Severity.ERROR in found else Severity.WARNING


def select(
    parsed: Parsed, lines: Lines, selection: Selection, worst: Severity, known: frozenset[str] = frozenset()
) -> set[int]:
    """Choose lines for what a parser read; return the lines that it makes superfluous.

    `worst` is the `reason`, `known` are the troubles of the last run: they are named, and not explained again.
    """
    dropped = {index for span in parsed.drop for index in span}
    selection.choose(lines.within(parsed.summary), Rank.SUMMARY)
    if parsed.bulk and parsed.bulk.kind == _DIFF:  # lines that look alike are different changes
        selection.choose(lines.within(parsed.keep), Rank.KEPT)
    else:
        _select_kept(lines.within(parsed.keep), lines, selection, dropped)
    _select_failures(parsed, lines, selection, dropped, known)
    select_diagnostics(parsed, lines, selection, dropped, worst)
    return dropped - selection.chosen.keys()


def _select_kept(kept: list[int], lines: Lines, selection: Selection, dropped: set[int]) -> None:
    """Choose lines to keep; of many that differ in values only, some, and the values of all."""
    kinds: dict[str, list[int]] = {}
    for index in kept:
        kinds.setdefault(_VALUED.sub("#", template(lines[index])), []).append(index)
    for members in kinds.values():
        if len(members) <= _KEPT_ALIKE:
            selection.choose(members, Rank.KEPT)
            continue
        selection.choose((*members[:2], members[-1]), Rank.KEPT)
        dropped.update(members)
        values = " ".join(telling_values([lines[index] for index in members], most=len(members)))
        selection.note(members[1], f"{len(members)}x this, also: {values}" if values else f"{len(members)}x this")


def _select_failures(
    parsed: Parsed, lines: Lines, selection: Selection, dropped: set[int], known: frozenset[str]
) -> None:
    failures = parsed.failures
    if not failures:
        return
    listed = "\n".join(lines[index] for index in lines.within((*parsed.summary, *parsed.keep)))
    most = max(_LEAST_LINES, min(_MOST_LINES, _FAILURE_LINES // len(failures)))
    alike: Counter[object] = Counter()
    unexplained: list[Failure] = []
    told_messages: set[str] = set()
    for rank, failure in enumerate(failures):
        kinds = _kinds(failure, lines)
        alike.update(kinds)
        explained = lines.within(failure.lines)
        dropped.update(explained)
        is_brief = rank >= _EXPLAINED or any(alike[kind] > _ALIKE for kind in kinds)
        if not (is_brief and failure.name and failure.name in listed):
            selection.choose(explained[:1], Rank.TROUBLE)  # its heading, unless the tool's own list names it
        if trouble(failure) in known and explained:
            selection.choose(explained[-1:], Rank.EXPLANATION)
            continue
        if is_brief:
            _select_compared(explained, lines, selection, told_messages)
        if is_brief and explained and _names(failure, (lines[explained[0]], listed)):
            unexplained.append(failure)
            if failure.message not in told_messages and len(told_messages) < _MESSAGES:
                told = next((index for index in explained if lines[index].strip() == failure.message), explained[0])
                selection.choose((told,), Rank.EXPLANATION)
            told_messages.add(failure.message)
            continue
        told_messages.add(failure.message)
        selection.choose(_most_telling(explained, 2 if is_brief else most), Rank.EXPLANATION)
    places = " ".join(dict.fromkeys(place(failure.location) for failure in unexplained if failure.location))
    if places:
        _note_last(selection, f"{len(unexplained)} of these failures are only named; they are at {places}")
    bare = [failure for failure in failures if not lines.within(failure.lines) and not _names(failure, (listed,))]
    if bare:
        _note_last(selection, "failed: " + "; ".join(f"{failure.name} {failure.message}".strip() for failure in bare))


def _kinds(failure: Failure, lines: Lines) -> list[object]:
    """Return what makes failures alike: their messages, or one test at one place with other parameters.

    The latter only if the line that names the failure tells its message too.
    """
    kinds: list[object] = [kind] if (kind := template(failure.message)) else []
    test, bracket, _ = failure.name.partition("[")
    named = lines.within(failure.lines[:1])
    if bracket and failure.location and named and failure.message and failure.message in lines[named[0]]:
        kinds.append((test, failure.location))
    return kinds


def _select_compared(explained: list[int], lines: Lines, selection: Selection, told: set[str]) -> None:
    """Choose both sides of the assertion of a failure that is not explained, if they are others than before."""
    compared = [index for index in explained if _COMPARED.match(lines[index])][:2]
    values = " ".join(lines[index].strip() for index in compared)
    if values and values not in told and len(told) < _MESSAGES:
        selection.choose((*explained[:1], *compared), Rank.EXPLANATION)
        told.add(values)


def _note_last(selection: Selection, text: str) -> None:
    selection.note(max(selection.chosen, default=-1), text)


def _names(failure: Failure, texts: Iterable[str]) -> bool:
    return bool(failure.name) and any(failure.name in text for text in texts)


def _most_telling(indices: list[int], most: int) -> list[int]:
    """Return the first indices, and the last, which is the place."""
    return indices if len(indices) <= most else [*indices[: most - 1], indices[-1]]
