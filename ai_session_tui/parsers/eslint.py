"""Reports that list the problems of a file below its name, as eslint and stylelint do; prettier, black, isort."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading, runs
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, location
from .rules import Role, RuleParser, rule

_PROBLEM: Final = re.compile(r"\s+(\d+):(\d+)\s+(error|warning|✖|⚠|info)\s+(.*?)(?:\s{2,}(@?[\w/.-]+))?$")
_FILE: Final = re.compile(r"(?:/|[A-Za-z]:\\|\.{0,2}/)?[^\s:]\S*\.\w+$|/\S+$")
_SUMMARY: Final = re.compile(
    r"✖ (\d+) problems? \((\d+) errors?, (\d+) warnings?\)|\d+ problems? \(|.*potentially fixable with the .*"
)
_FATAL: Final = re.compile(r"Oops! Something went wrong.*")


class Eslint:
    """Reads eslint and stylelint."""

    name = "eslint"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, " problem", "  error  ", "  warning  "):
            return 0.0
        found = sum(bool(_PROBLEM.match(line)) for line in lines[:400])
        if not found:
            return 0.0
        return 0.95 if contains(lines, "✖ ") or runs(command, "eslint", "stylelint") else 0.7

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report("stylelint" if runs(command, "stylelint") else self.name)
        path, header, told = "", -1, None
        for index, line in enumerate(lines):
            if problem := _PROBLEM.match(line):
                is_error = problem[3] in ("error", "✖")
                place = location(path, problem[1], problem[2])
                report.diagnose(
                    Severity.ERROR if is_error else Severity.WARNING, problem[4], (index,), problem[5], place
                )
                report.noise.add(index)
                if header >= 0:
                    report.keep.append(header)
                    header = -1
            elif summary := _SUMMARY.match(line):
                report.summary.append(index)
                told = (told or 0) + int(summary[2]) + int(summary[3]) if summary[1] else told
            elif _FILE.match(line):
                path, header = line.strip(), index
            elif not line.strip():
                report.noise.add(index)
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=len(report.diagnostics) - errors or None)
        report.is_consistent = told is None or told == len(report.diagnostics)
        return report.parsed(exit_code, errors > 0 or exit_code not in (0, None)) if report.diagnostics else None


_FORMATTERS: Final = (
    RuleParser(
        "prettier",
        ("prettier",),
        ("Code style issues", "All matched files use Prettier", "[error] "),
        (
            rule(
                Role.SUMMARY,
                r"\[warn\] Code style issues.*|All matched files use Prettier.*"
                r"|Checking formatting\.\.\.$",
            ),
            rule(
                Role.ERROR,
                r"\[error\] (?P<path>\S+?): (?P<message>.*) \((?P<line>\d+):(?P<column>\d+)\)",
                r"\[error\] .*",
            ),
            rule(Role.WARNING, r"\[warn\] (?P<message>(?P<path>\S+))$"),
        ),
        confidence=0.9,
        is_failed_by_warnings=True,
    ),
    RuleParser(
        "black",
        ("black", "isort"),
        ("would reformat ", "reformatted ", "left unchanged", "Imports are incorrectly sorted"),
        (
            rule(Role.ERROR, r"error: cannot format (?P<path>[^:]+): (?P<message>.*)"),
            rule(
                Role.SUMMARY,
                r"Oh no! .*|All done! .*|(?:\d+ files? (?:would be |)(?:reformatted"
                r"|left unchanged|failed)(?:, )?)+.*",
            ),
            rule(Role.WARNING, r"(?:would reformat|reformatted) (?P<path>\S+)(?P<message>)"),
            rule(Role.ERROR, r"ERROR: (?P<path>\S+) (?P<message>Imports are incorrectly sorted.*)"),
        ),
        confidence=0.86,
        needs_command=True,
        is_failed_by_warnings=True,
    ),
)

PARSERS = (Eslint(), *_FORMATTERS)
