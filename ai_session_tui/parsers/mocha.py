"""Mocha's spec reporter, and cypress, which prints the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .javascript import explanation
from .model import Counts, Parsed
from .output import contains
from .report import Report

_TALLY: Final = re.compile(r"\s+(\d+) (passing|failing|pending)(?: \(.*\))?$")
_HEAD: Final = re.compile(r"  (\d+)\) (.+)$")
_AFTER: Final = re.compile(r"(?![-+{}\[\]().… ]).|[-+.…]{2,}")
_GREEN: Final = re.compile(r"\s*$|\s+(?:✔|✓|√|-) .*|\s+\d+\) .*|  \S.*|    \s*\S.*|[.!,]+$")


class Mocha:
    """Reads Mocha."""

    name = "mocha"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, " passing (", " failing\n", " passing\n"):
            return 0.0
        return 0.94 if any(_TALLY.match(line) for line in lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        start, told = 0, 0
        tallies = [index for index, line in enumerate(lines) if _TALLY.match(line)]
        groups = _runs(tallies)
        for position, group in enumerate(groups):
            begin = next((i for i in range(start, group[0]) if lines[i][:1] == " " and lines[i].strip()), group[0])
            report.noise.update(i for i in range(begin, group[0]) if _GREEN.match(lines[i]))
            for index in group:
                told += _count(lines, index, report)
            stop = groups[position + 1][0] if position + 1 < len(groups) else len(lines)
            start = _read_failures(lines, range(group[-1] + 1, stop), report)
        if not tallies:
            return None
        report.is_consistent = told <= len(report.failures)
        return report.parsed(exit_code, told > 0)


def _runs(tallies: list[int]) -> list[list[int]]:
    """Group tallies that stand together."""
    groups: list[list[int]] = []
    for index in tallies:
        if groups and index - groups[-1][-1] <= 2:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _count(lines: Sequence[str], index: int, report: Report) -> int:
    found = _TALLY.match(lines[index])
    number, word = (int(found[1]), found[2]) if found else (0, "")
    report.summary.append(index)
    report.counts = report.counts + Counts(
        passed=number if word == "passing" else None,
        failed=number if word == "failing" else None,
        skipped=number if word == "pending" else None,
    )
    return number if word == "failing" else 0


def _read_failures(lines: Sequence[str], part: range, report: Report) -> int:
    """Read the numbered failures; return the index behind them."""
    heads = [index for index in part if _HEAD.match(lines[index])]
    end = part.start
    for position, head in enumerate(heads):
        stop = heads[position + 1] if position + 1 < len(heads) else _stop(lines, head, part.stop)
        titles = [head]
        while titles[-1] + 1 < stop and not lines[titles[-1]].rstrip().endswith(":") and len(titles) < 8:
            titles.append(titles[-1] + 1)
        name = " ".join(lines[i].strip() for i in titles).removesuffix(":")
        chosen, place, message = explanation(lines, range(titles[-1] + 1, stop))
        report.fail(re.sub(r"^\d+\) ", "", name), message, [*titles, *chosen], place)
        report.noise.update(range(head, stop))
        end = stop
    return end


def _stop(lines: Sequence[str], head: int, end: int) -> int:
    """Return where the last failure ends; what differs between two objects may stand at the margin."""
    return next((i for i in range(head + 1, end) if _AFTER.match(lines[i])), end)


PARSERS = (Mocha(),)
