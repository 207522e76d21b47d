"""Linters that list what they found of a file below its name, each in columns of its own: phpcs, rubocop's simple
format, sqlfluff, djlint.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import as_output
from .report import Report, location

_FILE: Final = re.compile(
    r"(?:FILE: (?P<php>\S.*)|== \[?(?P<name>[^\]]+?)\]? (?:==|FAIL|PASS)|(?P<bare>(?:\./|/)?[\w./-]+\.\w{1,8}):?)$"
)


@dataclass(frozen=True, slots=True)
class SectionLinter:
    """Reads one tool: `row` gives line, column, level, code and message; `goes_on` a line that continues a row."""

    name: str
    sign: str
    row: re.Pattern[str]
    summary: re.Pattern[str]
    noise: re.Pattern[str]
    goes_on: re.Pattern[str] | None = None

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        output = as_output(lines)
        if is_reading(command) or not output.holds(self.sign):
            return 0.0
        return 0.92 if any(map(self.row.match, output.sample)) and any(map(_FILE.match, output.sample)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name, blames_warnings=True)
        path, header = "", -1
        for index, line in enumerate(lines):
            if found := self.row.match(line):
                values = found.groupdict()
                place = location(path, values["line"], values.get("column"))
                level = (values.get("level") or "").lower()
                severity = Severity.ERROR if level.startswith(("e", "f")) else Severity.WARNING
                report.diagnose(severity, values["message"], (index,), values.get("code"), place)
                report.noise.add(index)
                if header >= 0:
                    report.keep.append(header)
                    header = -1
            elif file := _FILE.match(line):
                path, header = next(filter(None, file.groups())), index
            elif self.summary.match(line):
                report.summary.append(index)
            elif not line.strip() or self.noise.match(line) or (self.goes_on is not None and self.goes_on.match(line)):
                report.noise.add(index)
        errors = sum(found.severity is Severity.ERROR for found in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=len(report.diagnostics) - errors or None)
        return report.parsed(exit_code, exit_code != 0) if report.diagnostics else None


PHPCS: Final = SectionLinter(
    "phpcs",
    "\nFILE: ",
    re.compile(r"\s+(?P<line>\d+) \| (?P<level>ERROR|WARNING)\s*\| (?:\[[ x]\] )?(?P<message>.*)"),
    re.compile(r"FOUND \d+ .*|PHPCBF CAN FIX .*|A TOTAL OF .*"),
    re.compile(r"-{20,}$|Time: .*|\s*\d+ / \d+ \(\d+%\)$|[.EWFS]+(?: \d+ / \d+ .*)?$"),
    re.compile(r"\s+\| {2,}\| .*"),
)
RUBOCOP: Final = SectionLinter(
    "rubocop",
    "\n== ",
    re.compile(
        r"(?P<level>[CWEFRI]): *(?P<line>\d+): *(?P<column>\d+): (?:\[\w+\] )?(?P<code>\w+(?:/\w+)+): (?P<message>.*)"
    ),
    re.compile(r"\d+ files? inspected, .*"),
    re.compile(r"(?!)"),
)
SQLFLUFF: Final = SectionLinter(
    "sqlfluff",
    "] FAIL\n",
    re.compile(r"L: +(?P<line>\d+) \| P: +(?P<column>\d+) \| +(?P<code>\w+) \| (?P<message>.*)"),
    re.compile(r"All Finished.*|WARNING: .*"),
    re.compile(r"== \[.*\] PASS$"),
    re.compile(r"\s{10,}\| .*"),
)
DJLINT: Final = SectionLinter(
    "djlint",
    "Linted ",
    re.compile(r"(?P<code>[A-Z]\d{3}) (?P<line>\d+):(?P<column>\d+) (?P<message>.*)"),
    re.compile(r"Linted \d+ files?, .*|\d+ files? would be updated.*"),
    re.compile(r"[─-]{5,}$|(?:Linting|Checking) .*"),
)

PARSERS: Final = (PHPCS, RUBOCOP, SQLFLUFF, DJLINT)
