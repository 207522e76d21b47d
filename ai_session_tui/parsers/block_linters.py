"""Linters that print a block for each finding: shellcheck, bandit, biome; tidy, whose places have no file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, location
from .rules import Role, RuleParser, rule

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
        known: set[tuple[str, str]] = set()
        is_advice = False  # what the line might be instead
        for index, line in enumerate(lines):
            is_advice = bool(line.strip()) and (is_advice or line.startswith("Did you mean"))
            if is_advice:
                report.noise.add(index)
            elif place := _IN.match(line):
                head, path, number = index, place[1], place[2]
            elif finding := _FINDING.match(line):
                level = finding[2] or "warning"
                severity = (
                    Severity.ERROR if level == "error" else Severity.WARNING if level == "warning" else Severity.NOTE
                )
                shown = dict.fromkeys([head, head + 1, index])
                report.diagnose(severity, finding[3], shown, finding[1], location(path, number))
                if (finding[1], finding[3]) not in known:  # the places of the others are told with it
                    known.add((finding[1], finding[3]))
                    report.keep += shown
                report.noise.update(shown)
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


class Biome:
    """Reads biome's blocks: a heading with the place and the rule, a message behind a sign, code frames."""

    name = "biome"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, " ━━━━"):
            return 0.0
        return 0.95 if any("━━━━" in line and _BIOME.match(line) for line in lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        heads = [i for i, line in enumerate(lines) if "━━━" in line and _BIOME.match(line)]
        for head, stop in pairwise([*heads, len(lines)]):
            self._read(lines, head, stop, report)
        report.summary += [i for i, line in enumerate(lines) if _BIOME_TOLD.match(line)]
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=len(report.diagnostics) - errors or None)
        return report.parsed(exit_code, errors > 0 or exit_code not in (0, None)) if report.diagnostics else None

    def _read(self, lines: Sequence[str], head: int, stop: int, report: Report) -> None:
        found = _BIOME.match(lines[head])
        told = next((i for i in range(head + 1, stop) if _BIOME_MESSAGE.match(lines[i])), None)
        indented = (i for i in range(head + 1, stop) if not lines[i][:1].strip())  # frames of code
        report.noise.update((head, *indented))
        if found is None:
            return
        message = _BIOME_MESSAGE.match(lines[told]) if told is not None else None
        level = message["level"] if message else "×"
        severity = Severity.ERROR if level in "✖×" else Severity.WARNING if level in "⚠!" else Severity.NOTE
        place = location(found["path"], found["line"], found["column"])
        shown = (head,) if told is None else (head, told)
        report.diagnose(severity, message["text"] if message else found["rule"], shown, found["rule"], place)


_BIOME: Final = re.compile(
    r"(?P<path>\S+?)(?::(?P<line>\d+):(?P<column>\d+))? (?P<rule>[a-zA-Z]+(?:/\w+)*)(?: +[A-Z]{4,})* +━+$"
)
_BIOME_MESSAGE: Final = re.compile(r"  (?P<level>[✖×⚠!ℹi]) (?P<text>\S.*)")
_BIOME_TOLD: Final = re.compile(
    r"Checked \d+ files?.*|Found \d+ .*|Skipped \d+ .*|The number of diagnostics exceeds.*|Diagnostics not shown: .*"
)

_TIDY_PLACE: Final = r"(?:\S+: )?line \d+ column \d+ - "
TIDY: Final = RuleParser(
    "tidy",
    ("tidy",),
    ("Tidy found ", " column "),
    (
        rule(Role.SUMMARY, r"Tidy found .*|No warnings or errors were found\."),
        rule(Role.ERROR, _TIDY_PLACE + r"(?:Error|Config): (?P<message>.*)"),
        rule(Role.WARNING, _TIDY_PLACE + r"(?:Warning|Access): (?P<message>.*)"),
        rule(Role.NOTE, _TIDY_PLACE + r"Info: (?P<message>.*)"),
    ),
    proof=re.compile(r"\nTidy found \d"),
    is_failed_by_errors=False,
    is_failed_by_warnings=True,
)

PARSERS = (Shellcheck(), Bandit(), Biome(), TIDY)
