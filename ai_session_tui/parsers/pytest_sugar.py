"""pytest with the plugin pytest-sugar: failures as they happen, under headings of long dashes, and a list of counts.

Invariant: as with pytest, a summary that counts more failures than were found makes the result inconsistent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .commands import is_reading
from .model import Counts, Location, Parsed
from .output import contains
from .pytest_evidence import Evidence
from .report import Report

_HEADER: Final = re.compile(r"―+ (.+?) ―+$")
_PROGRESS: Final = re.compile(r" \S+ [✓⨯xXsSpRE ]+\s*\d+% [█▉▊▋▌▍▎▏ ]*$|\s*\d+% [█▉▊▋▌▍▎▏ ]+$")
_TALLY: Final = re.compile(r"\s+(\d+) (passed|failed|error|skipped|xfailed|xpassed|deselected|warning)s?$")
_SHORT: Final = re.compile(r"(?:FAILED|ERROR) (\S.*)")
_RESULTS: Final = re.compile(r"Results \([\d.]+\w+\):")
_WORDS: Final = {
    "error": "errors",
    "xfailed": "expected_failures",
    "xpassed": "unexpected_passes",
    "warning": "warnings",
}


class PytestSugar:
    """Reads pytest as pytest-sugar shows it."""

    name = "pytest"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        is_sugar = contains(lines, "pytest-sugar ") and contains(lines, "\nResults (") and not is_reading(command)
        return 0.98 if is_sugar else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        shorts = {found[1].partition(" - ")[0]: i for i, line in enumerate(lines) if (found := _SHORT.match(line))}
        results = next((i for i, line in enumerate(lines) if _RESULTS.match(line)), len(lines))
        behind = (i for i in range(results + 1, len(lines)) if lines[i].strip() and not lines[i].startswith(" "))
        end = next(behind, len(lines))  # what follows is another program's
        heads = [i for i in range(results) if lines[i].startswith("―") and _HEADER.match(lines[i])]
        numbers = {found[2]: int(found[1]) for line in lines[results:end] if (found := _TALLY.match(line))}
        report.summary += [i for i in range(results, end) if _TALLY.match(lines[i])]
        report.noise.update(i for i in range(results) if _PROGRESS.match(lines[i]) or not lines[i].strip())
        report.noise.update(range(heads[0] if heads else results, end))
        for head, after in pairwise([*heads, results]):
            self._read(lines, head, after, shorts, report)
        for name, index in shorts.items():  # told only in the summary
            report.fail(name, lines[index].partition(" - ")[2], (index,), Location(name.split("::")[0]))
        counted = {_WORDS.get(word, word): number for word, number in numbers.items() if word != "deselected"}
        report.counts = Counts(**counted)
        bad = (report.counts.failed or 0) + (report.counts.errors or 0)
        report.is_consistent = bad <= len(report.failures)
        return report.parsed(exit_code, bad > 0)

    def _read(self, lines: Sequence[str], head: int, after: int, shorts: dict[str, int], report: Report) -> None:
        found = _HEADER.match(lines[head])
        name = found[1] if found else ""
        stop = next((i for i in range(head + 1, after) if _PROGRESS.match(lines[i]) or lines[i][:3] == "==="), after)
        evidence = Evidence(lines, range(head + 1, stop))
        test = re.sub(r"^ERROR at (?:setup|teardown) of ", "", name).replace(".", "::")
        mate = next((full for full in shorts if full.endswith(f"::{test}")), None)
        first = shorts.pop(mate) if mate and test == name.replace(".", "::") else head
        shorts.pop(mate or "", None)
        shown = dict.fromkeys([first, *evidence.chosen()])
        report.fail(mate or name, evidence.message, shown, evidence.place)


PARSERS = (PytestSugar(),)
