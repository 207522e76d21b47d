"""JUnit's XML, which many test runners write: a result for each test case, failures with their text.

Invariant: a report whose own count of failures is larger than what was found is inconsistent.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .javascript import FRAME
from .model import Counts, Location, Parsed
from .output import contains
from .report import Report, clip, location

_CASE: Final = re.compile(r"\s*<testcase\b.*>\s*$")
_BAD: Final = re.compile(r"\s*<(failure|error)\b(.*)")
_NAME: Final = re.compile(r'\bname="([^"]*)"')
_MESSAGE: Final = re.compile(r'\bmessage="([^"]*)')
_SUITE: Final = re.compile(r"\s*<testsuites?\b.*")
_PLAIN: Final = re.compile(
    r"\s*(?:</?(?:testcase|testsuites?|properties|property|skipped|\?xml)\b.*|</\w+>|\s*)$|<\?xml .*"
)
_WRITTEN: Final = re.compile(r'\bfile="([^"]*)"(?:.*\bline="(\d+)")?')
_MOST: Final = 8  # lines of one failure


class JUnitXml:
    """Reads JUnit's XML as it is printed, a line for each element."""

    name = "junit xml"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, "<testsuite ", "<testsuites"):
            return 0.0
        return 0.94 if contains(lines, "\n<testsuite") and any(map(_CASE.match, lines)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        cases, index, case = 0, 0, -1
        while index < len(lines):
            line = lines[index]
            if _CASE.match(line):
                cases, case = cases + 1, index
                report.noise.add(index)
            elif case >= 0 and (bad := _BAD.match(line)):
                stop = _end(lines, index, bad[1])
                _read(lines, case, range(index, stop), report)
                index = stop
                continue
            elif _SUITE.match(line):
                (report.noise.add if report.summary else report.summary.append)(index)
            elif _PLAIN.match(line):
                report.noise.add(index)
            index += 1
        if not cases:
            return None
        claimed = re.search(r'\bfailures="(\d+)"', lines[report.summary[0]]) if report.summary else None
        report.is_consistent = claimed is None or int(claimed[1]) <= len(report.failures)
        skipped = sum(bool(re.match(r"\s*<skipped\b", line)) for line in lines)
        failed = len({failure.lines[0] for failure in report.failures})
        report.counts = Counts(passed=max(0, cases - failed - skipped), failed=failed or None, skipped=skipped or None)
        return report.parsed(exit_code, failed > 0)


def _end(lines: Sequence[str], start: int, element: str) -> int:
    closing = f"</{element}>"
    for index in range(start, len(lines)):
        if closing in lines[index] or (index == start and lines[index].rstrip().endswith("/>")):
            return index + 1
        if index > start and _CASE.match(lines[index]):
            return index
    return len(lines)


def _read(lines: Sequence[str], case: int, part: range, report: Report) -> None:
    name = _NAME.search(lines[case])
    message = _MESSAGE.search(lines[part.start])
    body = [i for i in part[1:] if re.search(r"\w", lines[i]) and not re.match(r"\s*</", lines[i])]
    place: Location | None = None
    at: list[int] = []
    for index in body:
        if (frame := FRAME.match(lines[index])) and not re.search(r"node_modules|node:", lines[index]):
            place, at = location(frame[1], frame[2], frame[3]), [index]
            break
    if place is None and (written := _WRITTEN.search(lines[case])):
        place = location(written[1], written[2])
    told = [i for i in body if not FRAME.match(lines[i])]
    report.noise.update(part)
    report.fail(
        html.unescape(name[1]) if name else "",
        html.unescape(message[1]) if message else lines[part.start].strip(),
        dict.fromkeys([case, part.start, *clip(told, _MOST - 2, 2), *at]),
        place,
    )


PARSERS = (JUnitXml(),)
