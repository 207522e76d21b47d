"""Parsers made of patterns: for tools whose every line speaks for itself.

A rule says what a line that matches its pattern is. Named groups fill in the rest: `path`, `line`, `column`, `code`,
`message`, `name`, and numbers by the names of `Counts`. The first rule that matches a line decides.
Invariant: what no rule matches is neither kept nor dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .commands import is_reading, runs
from .model import Bulk, Counts, Parsed, Severity
from .output import as_output
from .report import Report, clip, location

_MOST_FOLLOWERS: Final = 12
_FEW: Final = 20  # lines
_COUNTED: Final = tuple(Counts.__dataclass_fields__)


class Role(StrEnum):
    """What a line is."""

    NOISE = "noise"  # progress, what went well
    SUMMARY = "summary"
    KEEP = "keep"  # must survive
    FEW = "few"  # is told where there are no more than `_FEW` such lines, and else is noise
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    FAILURE = "failure"  # a failed test or step; `name` names it


@dataclass(frozen=True, slots=True)
class Rule:
    """What a line is; `block` matches the lines behind it that belong to it, `place` finds a place in one of them."""

    role: Role
    pattern: re.Pattern[str]
    block: re.Pattern[str] | None = None
    place: re.Pattern[str] | None = None


def rule(role: Role, pattern: str, block: str | None = None, place: str | None = None) -> Rule:
    """Return a rule of patterns that match from the beginning of a line."""
    return Rule(role, re.compile(pattern), re.compile(block) if block else None, re.compile(place) if place else None)


_INDENTED: Final = r"\s+\S"


@dataclass(frozen=True, slots=True)
class RuleParser:
    """Reads one tool by rules.

    `signs` are words of which one must occur; `proof` is a pattern that must be found at a line's beginning.
    `is_failed_by_errors` says that an error line means a failed run, `is_failed_by_warnings` that a warning explains a
    non-zero exit.
    """

    name: str
    programs: tuple[str, ...]
    signs: tuple[str, ...]
    rules: tuple[Rule, ...]
    proof: re.Pattern[str] | None = None
    confidence: float = 0.85
    needs_command: bool = False
    is_failed_by_errors: bool = True
    is_failed_by_warnings: bool = False
    bulk: str = ""

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        is_named = runs(command, *self.programs) if command and self.programs else False
        if self.needs_command and not is_named:
            return 0.0
        output = as_output(lines)
        if not any(map(output.holds, self.signs)):
            return 0.0
        if self.proof is not None and not is_named and not self.proof.search(output.text):
            return 0.0
        return min(0.99, self.confidence + (0.1 if is_named else 0.0))

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        reader = _Reader(report)
        reader.read(lines, self.rules)
        if not reader.matched:
            return None
        counted = (report.counts.failed or 0) + (report.counts.errors or 0) > 0
        has_failed = bool(report.failures) or counted or (self.is_failed_by_errors and report.has(Severity.ERROR))
        if exit_code not in (0, None):  # it did fail: what explains it?
            explains = (Severity.ERROR, Severity.WARNING) if self.is_failed_by_warnings else (Severity.ERROR,)
            has_failed = has_failed or any(map(report.has, explains))
        return report.parsed(
            exit_code, has_failed or None if not report.summary else has_failed, _bulk(self.bulk, lines)
        )


def _bulk(kind: str, lines: Sequence[str]) -> Bulk | None:
    return Bulk(kind, rows=len(lines)) if kind else None


class _Reader:
    """Applies rules to lines."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.matched = 0
        self._few: list[int] = []

    def read(self, lines: Sequence[str], rules: tuple[Rule, ...]) -> None:
        """Fill the report."""
        index, size = 0, len(lines)
        tests = [(one, one.pattern.match) for one in rules]
        while index < size:
            line = lines[index]
            for one, match in tests:
                if found := match(line):
                    stop = index + 1
                    if one.block is not None:
                        while stop < size and one.block.match(lines[stop]):
                            stop += 1
                    values = {name: value for name, value in found.groupdict().items() if value}
                    if one.place is not None:
                        places = filter(None, map(one.place.match, lines[index:stop]))
                        values |= next((place.groupdict() for place in places), {})
                    self._take(one.role, found[0], values, range(index, stop), lines)
                    index = stop
                    break
            else:
                index += 1
        if len(self._few) <= _FEW:
            self.report.keep += self._few

    def _take(self, role: Role, line: str, values: dict[str, str], span: range, lines: Sequence[str]) -> None:
        self.matched += 1
        report = self.report
        numbers = {name: int(values[name].replace(",", "")) for name in _COUNTED if name in values}
        if numbers:
            report.counts = report.counts + Counts(**numbers)
        told = [index for index in span if lines[index].strip()]
        if role in (Role.NOISE, Role.FEW):
            report.noise.update(span)
            if role is Role.FEW:
                self._few += told
        elif role is Role.SUMMARY:
            report.summary += told
        elif role is Role.KEEP:
            report.keep += clip(told, _MOST_FOLLOWERS, 4)
            report.noise.update(span)
        else:
            shown = clip(told, _MOST_FOLLOWERS, 4)
            said = (lines[index].strip() for index in shown[1:] if ": " in lines[index])
            self._tell(role, values, next(said, line), shown)
            report.noise.update(span)

    def _tell(self, role: Role, values: dict[str, str], said: str, told: list[int]) -> None:
        """Add what a rule matched; `said` is the message where its pattern has none, as below `ERROR in src/map.ts`."""
        message = values.get("message", said)
        place = location(values["path"], values.get("line"), values.get("column")) if "path" in values else None
        if role is Role.FAILURE:
            self.report.fail(values.get("name", message), message, told, place)
            return
        self.report.diagnose(Severity(role.value), message, told, values.get("code"), *([place] if place else []))
