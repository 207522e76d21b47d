"""ruff's full format: a heading, an arrow to the place, a code frame; and the short list of `--statistics`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, location

_HEAD: Final = re.compile(r"([A-Z]{1,5}\d{1,4}|invalid-syntax)(?::)? (?:\[\*\] )?(\S.*)")
_ARROW: Final = re.compile(r"\s*--> (.+?):(\d+):(\d+)$")
_SUMMARY: Final = re.compile(
    r"Found (\d+) errors?.*|All checks passed!|\[\*\] \d+ fixable.*|No fixes available.*|\d+ fixes? available.*"
    r"|Would (?:fix|reformat).*"
)
_GRAVE: Final = re.compile(r"F[4-8]|E9|invalid-syntax|S\d|B0")


class RuffFull:
    """Reads ruff check with code frames."""

    name = "ruff"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, "\n--> ", "\n --> ", "\n  --> ", "\n   --> "):
            return 0.0
        return 0.95 if any(_is_head(lines, index) for index in range(len(lines) - 1)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name, blames_warnings=True)
        told: int | None = None
        index = 0
        while index < len(lines):
            if summary := _SUMMARY.match(lines[index]):
                report.summary.append(index)
                told = int(summary[1]) if summary[1] else told
            elif _is_head(lines, index):
                index = _read(lines, index, report)
                continue
            index += 1
        if not report.diagnostics:
            return None
        report.counts = Counts(errors=len(report.diagnostics))
        report.is_consistent = told is None or told <= len(report.diagnostics)
        return report.parsed(exit_code, True)


def _is_head(lines: Sequence[str], index: int) -> bool:
    return (
        index + 1 < len(lines)
        and "--> " in lines[index + 1]
        and bool(_ARROW.match(lines[index + 1]) and _HEAD.match(lines[index]))
    )


def _read(lines: Sequence[str], start: int, report: Report) -> int:
    head, arrow = _HEAD.match(lines[start]), _ARROW.match(lines[start + 1])
    stop = start + 2
    while stop < len(lines) and (
        re.match(r"\s*\d*\s*\||(?:help|note|warning|info): |\s+\|", lines[stop])
        or re.match(r"\d+ +[-+|](?: |$)|\s+[-+] |\s*-{2,}>? ", lines[stop])
        or lines[stop].startswith(("   ", "..."))
    ):
        stop += 1
    while stop < len(lines) and not lines[stop].strip():
        stop += 1
    report.noise.update(range(start, stop))
    if head and arrow:
        severity = Severity.ERROR if _GRAVE.match(head[1]) else Severity.WARNING
        report.diagnose(severity, head[2], (start, start + 1), head[1], location(arrow[1], arrow[2], arrow[3]))
    return stop


_UNUSED: Final = ("F401", "F841")  # nothing breaks by them, and there are many
_FILE: Final = re.compile(r"(\S.*\.\w+):$")
_PROBLEM: Final = re.compile(r"\s+(\d+):(\d+)\s+([A-Z]{1,5}\d{1,4}|invalid-syntax|SyntaxError):? (?:\[\*\] )?(\S.*)")


class RuffGrouped:
    """Reads ruff check's problems below the name of their file."""

    name = "ruff"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        heads = (i for i in range(len(lines) - 1) if lines[i].endswith(":") and _FILE.match(lines[i]))
        return 0.9 if any(_PROBLEM.match(lines[i + 1]) for i in heads) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name, blames_warnings=True)
        path, told = "", None
        for index, line in enumerate(lines):
            if path and (problem := _PROBLEM.match(line)):
                is_grave = _GRAVE.match(problem[3]) and problem[3] not in _UNUSED
                severity = Severity.ERROR if is_grave else Severity.WARNING
                place = location(path, problem[1], problem[2])
                report.diagnose(severity, problem[4], (index,), problem[3], place)
            elif summary := _SUMMARY.match(line):
                report.summary.append(index)
                told = int(summary[1]) if summary[1] else told
            elif line.endswith(":") and (file := _FILE.match(line)):
                path = file[1]
                report.keep.append(index)
        if not report.diagnostics:
            return None
        report.counts = Counts(errors=len(report.diagnostics))
        report.is_consistent = told is None or told <= len(report.diagnostics)
        return report.parsed(exit_code, True)


PARSERS = (RuffFull(), RuffGrouped())
