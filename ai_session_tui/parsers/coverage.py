"""Coverage tables: coverage.py, Istanbul (jest, nyc, c8, vitest), cargo-tarpaulin. Full files are noise.

Invariant: the total is kept, and every file that is not covered to the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .model import Counts, Parsed
from .output import contains
from .report import Report

_PYTHON_HEAD: Final = re.compile(r"Name\s+Stmts\s+Miss\s.*Cover")
_PYTHON_ROW: Final = re.compile(r"\S.*?\s+\d+\s+(\d+)\s+(?:\d+\s+\d+\s+)?([\d.]+)%(.*)$")
_JS_HEAD: Final = re.compile(r"File\s+\| % Stmts \| % Branch")
_JS_ROW: Final = re.compile(r"\s*(.+?)\s*\|\s*([\d.]+) \|\s*([\d.]+) \|\s*([\d.]+) \|\s*([\d.]+) \|(.*)$")
_RULE: Final = re.compile(
    r"-{5,}[-|]*$|=+ tests coverage =+$|_+ coverage: .* _+$|-+ coverage: .* -+$"
    r"|\d+ files? skipped due to complete coverage.*|\s*$"
)
_FAILED: Final = re.compile(
    r"FAIL Required test coverage.*|ERROR: Coverage for .*|Coverage failure: .*|Jest: .*coverage threshold.*"
)
_REACHED: Final = re.compile(r"Required test coverage of .* reached.*")


class Coverage:
    """Reads coverage tables."""

    name = "coverage"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        return (
            0.8
            if contains(lines, "Stmts   Miss", "Stmts    Miss", "Stmts     Miss", "| % Stmts | % Branch")
            or contains(lines, " Miss  Cover", "Coverage failure: ")
            else 0.0
        )

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        has_failed: bool | None = None
        in_table = False
        for index, line in enumerate(lines):
            if _PYTHON_HEAD.match(line) or _JS_HEAD.match(line):
                in_table = True
                report.keep.append(index)
                _take_rules(lines, index, report)
            elif _FAILED.match(line):
                report.fail("coverage", line, (index,))
                has_failed = True
            elif _REACHED.match(line):
                report.summary.append(index)
            elif in_table and (row := _PYTHON_ROW.match(line)):
                _take(report, index, is_total=line.startswith("TOTAL"), is_full=row[1] == "0")
            elif in_table and (row := _JS_ROW.match(line)):
                is_full = not row[6].strip() and row[2] == "100"
                _take(report, index, is_total=row[1] == "All files", is_full=is_full)
            elif in_table and _RULE.match(line):
                report.noise.add(index)
            else:
                in_table = False
        if not (report.summary or report.keep or report.failures):
            return None
        report.counts = Counts()
        return report.parsed(exit_code, has_failed)


def _take(report: Report, index: int, *, is_total: bool, is_full: bool) -> None:
    if is_total:
        report.summary.append(index)
    elif is_full:
        report.noise.add(index)
    else:
        report.keep.append(index)


def _take_rules(lines: Sequence[str], index: int, report: Report) -> None:
    for before in range(index - 1, max(-1, index - 4), -1):
        if not _RULE.match(lines[before]):
            break
        report.noise.add(before)


PARSERS = (Coverage(),)
