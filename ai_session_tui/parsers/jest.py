"""Jest: suites that fail and suites that do not run at all, console output, the summary of a long run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .javascript import explanation
from .model import Counts, Parsed
from .output import contains
from .report import Report

_SUITE: Final = re.compile(r"\s?(PASS|FAIL)\s+(\S.*)$")
_BULLET: Final = re.compile(r"  ● (.+)$")
_TESTS: Final = re.compile(r"Tests:\s+(.*)")
_SUITES: Final = re.compile(r"Test Suites: (.*)")
_SUMMARY: Final = re.compile(
    r"(?:Test Suites|Tests|Snapshots|Time):\s+\S|No tests found|Ran all test suites|Snapshot Summary"
    r"| › \d+ snapshots? .*"
)
_CONSOLE: Final = re.compile(r"  (?:console\.\w+|stdout|stderr)\b")
_GREEN: Final = re.compile(r"\s+(?:✓|√|○|✎) .*|\s+(?:✕|×) .*|\s*RUNS .*|\s*$|  \S.*")
_ADVICE: Final = re.compile(
    r"\s+(?:•|Jest (?:encountered|failed)|By default|Here's what|You'll find|https://|For information"
    r"|Out of the box)"
)


class Jest:
    """Reads Jest."""

    name = "jest"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        is_part = contains(lines, "\nFAIL ", "\n FAIL ") and contains(lines, "\n  ● ")
        is_jest = is_part or contains(lines, "\nTest Suites: ", "\nNo tests found, exiting")
        return 0.96 if is_jest and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        broken: set[str] = set()
        seen: set[str] = set()
        suite, index, is_started = "", 0, False
        while index < len(lines):
            line = lines[index]
            if found := _SUITE.match(line):
                suite, is_started = found[2].split(" (")[0], True
                (report.keep.append if found[1] == "FAIL" else report.noise.add)(index)
            elif is_started and (bullet := _BULLET.match(line)):
                stop = _end(lines, index)
                _read(lines, range(index, stop), suite, bullet[1], seen, broken, report)
                index = stop
                continue
            elif _SUMMARY.match(line):
                report.summary.append(index)
            elif is_started and _CONSOLE.match(line):
                stop = _end(lines, index)
                report.noise.update(range(index, stop))
                index = stop
                continue
            elif (is_started and _GREEN.match(line)) or line.startswith("Summary of all failing tests"):
                report.noise.add(index)
            index += 1
        return _weigh(lines, report, len(broken), exit_code) if report.summary else report.part(exit_code)


def _end(lines: Sequence[str], start: int) -> int:
    """Return where a block ends: at the next one, the next suite or the summary."""
    for index in range(start + 1, len(lines)):
        line = lines[index]
        if line[:1].strip() or (
            line[:3].strip() and (_BULLET.match(line) or _SUITE.match(line) or _CONSOLE.match(line))
        ):
            return index
        if line.startswith(" › "):
            return index
    return len(lines)


def _read(
    lines: Sequence[str], part: range, suite: str, title: str, seen: set[str], broken: set[str], report: Report
) -> None:
    key = f"{suite} {title}"
    report.noise.update(part)
    if key in seen:  # told again below "Summary of all failing tests"
        return
    seen.add(key)
    if title.startswith(("Console", "Cannot log after")):
        return
    grave: int | None = None
    if title.startswith("Test suite failed to run"):
        broken.add(suite)
        body = [i for i in part[1:] if not _ADVICE.match(lines[i])]
        grave = next((i for i in body if re.search(r"\b\w*Error\b|Cannot find|error TS|Must use", lines[i])), None)
        body = body if grave is None else [i for i in body if i >= grave - 3]
    else:
        body = list(part[1:])
    chosen, place, message = explanation(lines, body)
    if suite in broken and grave is not None:
        message = lines[grave].strip()
    name = suite if suite in broken else f"{suite} › {title}"
    report.fail(name, message, dict.fromkeys([part.start, *chosen]), place)


def _number(text: str, word: str) -> int:
    found = re.search(rf"(\d+) {word}", text)
    return int(found[1]) if found else 0


def _weigh(lines: Sequence[str], report: Report, broken: int, exit_code: int | None) -> Parsed:
    tests = [found[1] for index in report.summary if (found := _TESTS.match(lines[index]))]
    suites = [found[1] for index in report.summary if (found := _SUITES.match(lines[index]))]
    for text in tests:
        report.counts = report.counts + Counts(
            passed=_number(text, "passed"),
            failed=_number(text, "failed") or None,
            skipped=_number(text, "skipped") + _number(text, "todo") or None,
        )
    if broken:
        report.counts = report.counts + Counts(errors=broken)
    failed = sum(_number(text, "failed") for text in tests)
    failed_suites = sum(_number(text, "failed") for text in suites)
    is_whole = bool(tests and suites) or not (tests or suites)  # `| grep` may have left one of the two
    if not is_whole or failed > len(report.failures) - broken or (failed_suites and not report.failures):
        report.is_consistent = False
    told_none = any(lines[index].startswith("No tests found") for index in report.summary)
    return report.parsed(exit_code, failed > 0 or failed_suites > 0 or (told_none and exit_code != 0))


PARSERS = (Jest(),)
