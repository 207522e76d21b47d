"""Linters that print a block for each finding: shellcheck, bandit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, location

_IN: Final = re.compile(r"In (.+) line (\d+):$")
_FINDING: Final = re.compile(r"\s*\^-*\^? (SC\d+)(?: \((error|warning|info|style)\))?: (.*)")
_ISSUE: Final = re.compile(r">> Issue: \[(\w+):(\w+)\] (.*)")
_LEVEL: Final = re.compile(r"\s+Severity: (\w+)")
_WHERE: Final = re.compile(r"\s+Location: (.+?):(\d+):(\d+)$")


class Shellcheck:
    """Reads shellcheck's terminal format."""

    name = "shellcheck"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        return 0.95 if contains(lines, "^-- SC", "^-^ SC", "--^ SC") and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        head, path, number = -1, "", ""
        for index, line in enumerate(lines):
            if place := _IN.match(line):
                head, path, number = index, place[1], place[2]
            elif finding := _FINDING.match(line):
                level = finding[2] or "warning"
                severity = (
                    Severity.ERROR if level == "error" else Severity.WARNING if level == "warning" else Severity.NOTE
                )
                shown = dict.fromkeys([head, head + 1, index])
                report.diagnose(severity, finding[3], shown, finding[1], location(path, number))
                report.keep += shown
            elif not line.strip() or line.startswith(("For more information", "  https://www.shell", "Did you mean")):
                report.noise.add(index)
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=len(report.diagnostics) - errors or None)
        return report.parsed(exit_code, bool(exit_code) or errors > 0) if report.diagnostics else None


class Bandit:
    """Reads bandit's screen format."""

    name = "bandit"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        return (
            0.95
            if contains(lines, ">> Issue: [", "Test results:\n\tNo issues identified") and not is_reading(command)
            else 0.0
        )

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        issue: re.Match[str] | None = None
        head, level, rated = -1, "", -1
        for index, line in enumerate(lines):
            if found := _ISSUE.match(line):
                issue, head = found, index
            elif severity := _LEVEL.match(line):
                level, rated = severity[1], index
            elif (where := _WHERE.match(line)) and issue:
                grave = Severity.ERROR if level == "High" else Severity.WARNING
                place = location(where[1], where[2], where[3])
                report.diagnose(
                    grave,
                    issue[3],
                    (head, index) if level == "Low" else (head, rated, index),
                    f"{issue[1]}:{issue[2]}",
                    place,
                )
                issue = None
            elif re.match(r"\s+(?:CWE|More Info): |\d+\s|-{20,}$|\s*$|\[main\]|Run started|Working\.\.\.", line):
                report.noise.add(index)
            elif re.match(r"\s+(?:Undefined|Low|Medium|High): \d+|\s+No issues identified|\tTotal .*", line):
                report.summary.append(index)
        count = len(report.diagnostics)
        report.counts = Counts(warnings=count or None)
        return report.parsed(exit_code, count > 0) if report.summary or count else None


PARSERS = (Shellcheck(), Bandit())
