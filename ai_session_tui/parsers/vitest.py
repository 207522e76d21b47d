"""Vitest: failed tests, files that do not load, unhandled errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .javascript import explanation
from .model import Counts, Parsed
from .output import contains
from .report import Report

_FAIL: Final = re.compile(r"\s*FAIL\s+(\S.*)$")
_RULE: Final = re.compile(r"⎯{5}")
_UNHANDLED: Final = re.compile(r"⎯{3,} (?:Unhandled \w+|Typecheck Error|Source Errors?) ⎯{3,}")
_SUMMARY: Final = re.compile(
    r"\s*(?:Test Files|Tests|Type Errors|Errors|Snapshots|Duration)\s{2}\S|No test files found|\s*Error: No test"
)
_GREEN: Final = re.compile(
    r"\s*(?:✓|√|↓|❯|×|✗|→|·|⎯|RUN|DEV|PASS|Start at|stdout \||stderr \||Collecting|% Coverage)\s?.*|\s*$"
    r"|.*Vitest caught \d+ unhandled.*"
)


class Vitest:
    """Reads Vitest."""

    name = "vitest"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        signs = (" Test Files  ", "No test files found, exiting", "⎯ Failed Tests ", "⎯ Unhandled Errors ⎯")
        is_part = contains(lines, "\n FAIL  ") and contains(lines, "\n ❯ ")
        return 0.96 if (is_part or contains(lines, *signs)) and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        index, suites = 0, 0
        while index < len(lines):
            line = lines[index]
            found = _FAIL.match(line)
            if found or _UNHANDLED.match(line):
                heads = [index]
                while index + 1 < len(lines) and (more := _FAIL.match(lines[index + 1])):  # several tests, one error
                    index += 1
                    heads.append(index)
                stop = next((i for i in range(index + 1, len(lines)) if _ends(lines[i])), len(lines))
                chosen, place, message = explanation(lines, range(index + 1, stop))
                for head in heads:
                    more = _FAIL.match(lines[head])
                    name = more[1] if more else lines[head].strip("⎯ ")
                    suites += " > " not in name
                    report.fail(name, message, [head, *chosen], place)
                report.noise.update(range(heads[0], stop))
                index = stop
                continue
            if _SUMMARY.match(line):
                report.summary.append(index)
            elif _RULE.match(line) or _GREEN.match(line):
                report.noise.add(index)
            index += 1
        return _weigh(lines, report, suites, exit_code) if report.summary else report.part(exit_code)


def _ends(line: str) -> bool:
    return bool(_RULE.match(line) or _FAIL.match(line) or _SUMMARY.match(line))


def _weigh(lines: Sequence[str], report: Report, suites: int, exit_code: int | None) -> Parsed:
    failed = failed_files = errors = 0
    for index in report.summary:
        line = lines[index].strip()
        numbers = {word: int(number) for number, word in re.findall(r"(\d+) (failed|passed|skipped|todo|error)", line)}
        if line.startswith("Tests "):
            failed += numbers.get("failed", 0)
            skipped = numbers.get("skipped", 0) + numbers.get("todo", 0)
            report.counts = report.counts + Counts(
                passed=numbers.get("passed", 0), failed=numbers.get("failed"), skipped=skipped or None
            )
        elif line.startswith("Test Files "):
            failed_files += numbers.get("failed", 0)
        elif line.startswith(("Errors ", "Type Errors ")):
            errors += numbers.get("error", 0)
    if suites or errors:
        report.counts = report.counts + Counts(errors=suites or errors)
    if failed > len(report.failures) or (failed_files and not report.failures):
        report.is_consistent = False
    is_empty = any("No test" in lines[index] for index in report.summary)
    return report.parsed(exit_code, failed > 0 or failed_files > 0 or errors > 0 or (is_empty and exit_code != 0))


PARSERS = (Vitest(),)
