"""Test runners that tell every failure in a block of lines below a heading (or above the line that names it).

One `BlockRunner` is one tool, made of patterns. Invariants: an output that holds none of its signs costs a look-up of
words and nothing more; when the tool counts more failures than blocks were read, the result is inconsistent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .commands import is_reading
from .model import Counts, Location, Parsed
from .output import as_output
from .report import Report, clip, location

_FIRST: Final = 8  # lines of an explanation that are kept at its beginning, and at its end
_LAST: Final = 4
_ASIDES: Final = 5  # skipped tests, warnings and the like that are named


def numbers(**patterns: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return where in a tally each number of `Counts` stands; `total` are all tests."""
    return tuple((name, re.compile(pattern)) for name, pattern in patterns.items())


@dataclass(frozen=True, slots=True)
class BlockRunner:
    """Reads one test runner.

    `head` names a failure (`name`, `path`, `line`, `column`); its block goes on to the next head, a `stop` or a tally,
    or, where a failure is named last (`is_named_last`), begins behind the line before that said anything.
    `failures` and `others` match the headings of sections: where there are such, a `head` counts below `failures`
    only, and what stands below `others` did not fail; `anywhere` is a head that needs no section. `titles` is how many
    lines a head has, `title` matches the last of them. `place` is a place in the block, the first or (`is_place_last`)
    the last one. Lines of a block that are `hidden` explain nothing; from one that matches `lead` to the next blank
    line stands no message. `listed` are lines that tell the failures again (`name`, `path`, `line`), `counts` finds
    numbers in the lines of the `tally`.
    """

    name: str
    signs: tuple[str, ...]
    proof: re.Pattern[str]
    head: re.Pattern[str]
    tally: re.Pattern[str]
    counts: tuple[tuple[str, re.Pattern[str]], ...]
    green: re.Pattern[str]
    stop: re.Pattern[str] | None = None
    failures: re.Pattern[str] | None = None
    others: re.Pattern[str] | None = None
    anywhere: re.Pattern[str] | None = None
    place: re.Pattern[str] | None = None
    hidden: re.Pattern[str] | None = None
    listed: re.Pattern[str] | None = None
    lead: re.Pattern[str] | None = None
    titles: int = 1
    title: re.Pattern[str] | None = None
    is_place_last: bool = False
    is_named_last: bool = False
    confidence: float = 0.95

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        output = as_output(lines)
        if is_reading(command) or not any(map(output.holds, self.signs)):
            return 0.0
        return self.confidence if self.proof.search(output.text) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        _Reading(self, lines, report).read()
        if not (report.summary or report.failures):
            return None
        report.counts = self._counted([lines[index] for index in report.summary])
        told = (report.counts.failed or 0) + (report.counts.errors or 0)
        report.is_consistent = told <= len(report.failures)
        return report.parsed(exit_code, told > 0 or bool(report.failures))

    def _counted(self, tally: Iterable[str]) -> Counts:
        """Return what the lines of the tally count; who tells all tests and not the passed ones is subtracted for."""
        found: dict[str, int] = {}
        for line in tally:
            for name, pattern in self.counts:
                if number := pattern.search(line):
                    found[name] = found.get(name, 0) + int(next(filter(None, number.groups())))
        total = found.pop("total", None)
        if total is not None and "passed" not in found:
            found["passed"] = max(0, total - sum(found.values()))
        return Counts(**{name: number for name, number in found.items() if number or name == "passed"})


class _Reading:
    """One walk through an output."""

    def __init__(self, runner: BlockRunner, lines: Sequence[str], report: Report) -> None:
        self._runner = runner
        self._lines = lines
        self._report = report
        self._counts_here = runner.failures is None  # whether a head names a failure
        self._is_before = True  # no section has begun
        self._behind = 0  # index behind the last line that said anything
        self._seen: set[str] = set()
        self._asides = 0
        self._listed: dict[str, tuple[int, Location | None]] = {}  # failures told again in a list, by their names

    def read(self) -> None:
        """Fill the report."""
        if (listed := self._runner.listed) is not None:
            for index, line in enumerate(self._lines):
                if found := listed.match(line):
                    self._listed[found["name"]] = (index, _place(found.groupdict()))
        index = 0
        while index < len(self._lines):
            index = self._line(index)

    def _line(self, index: int) -> int:
        """Read a line, or the block that begins with it; return the index behind."""
        runner, line, report = self._runner, self._lines[index], self._report
        if runner.tally.match(line):
            report.summary.append(index)
        elif head := self._head(line):
            stop = index + 1 if runner.is_named_last else self._end(index)
            start = min(self._behind, index) if runner.is_named_last else index
            self._fail(head, index, range(start, stop))
            self._behind = stop
            return stop
        elif self._is_section(line) or (runner.listed is not None and runner.listed.match(line)):
            report.noise.add(index)
        elif not self._counts_here and not self._is_before and (aside := runner.head.match(line)):
            return self._tell_aside(aside["name"], range(index, self._end(index)))
        elif not line or runner.green.match(line):
            report.noise.add(index)
            if not line:
                return index + 1
        else:
            return index + 1
        self._behind = index + 1
        return index + 1

    def _head(self, line: str) -> re.Match[str] | None:
        found = self._runner.head.match(line) if self._counts_here else None
        if found is None and self._runner.anywhere is not None:
            found = self._runner.anywhere.match(line)
        return found

    def _is_section(self, line: str) -> bool:
        runner = self._runner
        if runner.failures is not None and runner.failures.match(line):
            self._counts_here = True
        elif runner.others is not None and runner.others.match(line):
            self._counts_here = False
        else:
            return False
        self._is_before = False
        return True

    def _tell_aside(self, name: str, block: range) -> int:
        """Keep what a test that did not fail is told for, of a few of them; return the index behind."""
        self._report.noise.update(block)
        if name not in self._seen and self._asides < _ASIDES:
            self._asides += 1
            told = [index for index in block if self._lines[index].strip()]
            self._report.keep += told[:2]
        return block.stop

    def _end(self, start: int) -> int:
        """Return the index behind the block that begins at an index."""
        runner, lines = self._runner, self._lines
        ends = [runner.tally, runner.head]
        ends += [one for one in (runner.stop, runner.failures, runner.others, runner.anywhere) if one is not None]
        for index in range(start + runner.titles, len(lines)):
            if lines[index] and any(one.match(lines[index]) for one in ends):
                return index
        return len(lines)

    def _fail(self, head: re.Match[str], title: int, block: range) -> None:
        runner, lines, report = self._runner, self._lines, self._report
        report.noise.update(block)
        titles = [index for index in range(title, title + runner.titles) if index in block]
        values = head.groupdict()
        if runner.title is not None and (found := runner.title.match(lines[titles[-1]])):
            values |= found.groupdict()
        name = values.get("name") or lines[titles[-1]].strip()
        if name in self._seen and runner.is_named_last:
            return  # told again at the end
        self._seen.add(name)
        told, message, at, place = self._explanation(block, titles)
        place = _place(values) or place
        listed, its_place = self._listed.get(name, (None, None))
        first = [index for index in (listed, *reversed(titles)) if index is not None]
        shown = [*first, *clip(told, _FIRST, _LAST), *([] if at is None else [at])]
        report.fail(name, message, dict.fromkeys(shown), its_place or place)

    def _explanation(self, block: range, titles: list[int]) -> tuple[list[int], str, int | None, Location | None]:
        """Return the lines of a block that explain it, its message, and where its place stands."""
        runner, told, message = self._runner, list[int](), ""
        at: int | None = None
        place: Location | None = None
        is_leading = False
        for index in block:
            line = self._lines[index]
            is_leading = bool(line.strip()) and (
                is_leading or (runner.lead is not None and bool(runner.lead.match(line)))
            )
            if index in titles or not line.strip():
                continue
            found = runner.place.search(line) if runner.place is not None else None
            if found is not None and at is None and runner.is_place_last:
                told.append(index)  # where it was raised; the last one is the test
            if found is not None and (at is None or runner.is_place_last):
                at, place = index, _place(found.groupdict()) or place
            if runner.hidden is None or not runner.hidden.match(line):
                told.append(index)
                if not message and found is None and not is_leading:
                    message = line.strip()
        return told, message, at, place


def _place(values: dict[str, str | None]) -> Location | None:
    path = values.get("path")
    return location(path, values.get("line"), values.get("column")) if path else None
