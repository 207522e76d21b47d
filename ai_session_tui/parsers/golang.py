"""Go: `go test` in all its verbosities, `go build` and `go vet`, module errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .commands import is_reading, runs
from .model import Counts, Location, Parsed, Severity
from .output import contains
from .report import Report, clip, location

_INDENTS: Final = ("\t", "        ")
_RUN: Final = re.compile(r"\s*=== (?:RUN|PAUSE|CONT|NAME)\s+(\S+)?")
_SKIPS_TOLD: Final = 5  # skipped tests whose reason is told
_EXAMPLE_LINES: Final = 400  # more than an example's output and what was wanted have
_GOOD_TOLD: Final = 6  # packages that went well, of which each is named
_RESULT: Final = re.compile(r"(\s*)--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)")
_PACKAGE: Final = re.compile(r"(ok|FAIL|\?)(?: *\t|\s{3,})(\S+)\s+(?:([\d.]+s|\(cached\)|\[.*\]).*)$")
_PLACE: Final = re.compile(r"\s+(\S+\.go):(\d+)(?::(\d+))?: (.*)")
_PLACED: Final = re.compile(r"\s+\S+\.go:\d+")
_COMPILE: Final = re.compile(r"(?:vet: )?(\.{0,2}/?[^\s:]+\.go):(\d+)(?::(\d+))?: (.*)")
_HEAD: Final = re.compile(r"# \S+")
_TROUBLE: Final = re.compile(
    r"(?:go: (?!downloading|finding|extracting|found|added|upgraded|creating|to add)|no required module|panic: "
    r"|fatal error: |package \S+ is not in|cannot find package|build constraints exclude)(.*)"
)
_NOISE: Final = re.compile(
    r"go: (?:downloading|finding|extracting|found|added|upgraded|creating|to add).*|PASS$|\s*$"
    r"|coverage: .* of statements.*|exit status \d+"
)


class Go:
    """Reads the go command."""

    name = "go"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        if contains(lines, "\n--- FAIL: ", "\n=== RUN   ", "\nok  \t", "\nFAIL\t", "\n?   \t"):
            return 0.95
        if contains(lines, "\nok      ", "\nFAIL    ", "\n?       ") and any(_PACKAGE.match(line) for line in lines):
            return 0.93
        named = runs(command, "go")
        if named and contains(lines, ".go:", "\ngo: ", "panic: "):
            return 0.93
        if not contains(lines, "\n# ") or not contains(lines, ".go:"):
            return 0.0
        return 0.88 if any(_HEAD.match(line) and _COMPILE.match(next_) for line, next_ in pairwise(lines)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(
            "go test" if contains(lines, "--- FAIL: ", "=== RUN ", "\nok  ", "\nFAIL", "\n?   ") else self.name
        )
        reader = _GoReader(lines, report)
        reader.read()
        if not (report.failures or report.diagnostics or report.summary or report.counts.known()):
            return None
        bad = bool(report.failures) or report.has(Severity.ERROR) or reader.failed_packages > 0
        if reader.failed_packages and not (report.failures or report.diagnostics):
            report.is_consistent = False
        return report.parsed(exit_code, bad)


# What testify says of an assertion twice, and the sides of a difference that the lines above have told.
_REPEATED: Final = re.compile(r"\s+(?:Error Trace:|Test: {3}|Diff:$|--- Expected$|\+\+\+ Actual$|@@ ).*|\s*$")
_ASSERTION: Final = re.compile(r"\s+Error: +\S")


_RACE: Final = "WARNING: DATA RACE"
_ACCESS: Final = re.compile(r"(?:Previous )?(?:[Aa]tomic )?(?:[Ww]rite|[Rr]ead) at .*|Goroutine \d+ .*created at:")
_FOREIGN_PLACE: Final = re.compile(r"/go-?[\d.]*/src/|/libexec/src/|/pkg/mod/|\s_testmain\.go:")


class _GoReader:
    """Fills a report."""

    def __init__(self, lines: Sequence[str], report: Report) -> None:
        self._lines = lines
        self._report = report
        self._passed = self._failed = self._skipped = 0
        self._output: dict[str, list[int]] = {}
        self.failed_packages = 0

    def read(self) -> None:
        """Read all lines."""
        index, running = 0, ""
        while index < len(self._lines):
            line = self._lines[index]
            if run := _RUN.match(line):
                running = run[1] or running
                self._report.noise.add(index)
            elif result := _RESULT.match(line):
                index = self._take_result(index, result)
                running = ""
                continue
            elif package := _PACKAGE.match(line):
                self._take_package(index, package)
            elif line == _RACE:
                index = self._take_race(index)
                continue
            elif running and line.strip() and not _TROUBLE.match(line):
                self._output.setdefault(running, []).append(index)
                self._report.noise.add(index)
            elif compiled := _COMPILE.match(line):
                index = self._take_diagnostic(index, compiled)
                continue
            elif trouble := _TROUBLE.match(line):
                index = self._take_trouble(index, trouble)
                continue
            elif line == "FAIL":
                self.failed_packages += 1
                self._report.noise.add(index)
            elif _HEAD.match(line):
                self._report.keep.append(index)
            elif _NOISE.match(line):
                (self._report.keep.append if line.startswith("coverage") else self._report.noise.add)(index)
            index += 1
        self._tell_counts()

    def _take_result(self, index: int, result: re.Match[str]) -> int:
        indent = len(result[1])
        stop = index + 1
        if result[2] == "FAIL" and result[3].startswith("Example"):  # what it printed stands unindented below
            stop = self._example_end(stop)
        while (
            stop < len(self._lines)
            and self._lines[stop].startswith(" " * (indent + 4))
            and not _RESULT.match(self._lines[stop])
        ):
            stop += 1
        self._report.noise.update(range(index, stop))
        if result[2] == "PASS":
            self._passed += 1
        elif result[2] == "SKIP":
            self._skipped += 1
            if self._skipped <= _SKIPS_TOLD:
                self._report.keep += [*self._output.get(result[3], []), *range(index + 1, stop)][:1]
        else:
            self._failed += 1
            self._fail(result[3], range(index, stop))
        return stop

    def _example_end(self, start: int) -> int:
        """Return the index behind `got:` and `want:` of an example."""
        if start >= len(self._lines) or self._lines[start] not in ("got:", "panic:"):
            return start
        for stop in range(start + 1, min(start + _EXAMPLE_LINES, len(self._lines))):
            line = self._lines[stop]
            if line in ("FAIL", "PASS") or _RUN.match(line) or _RESULT.match(line) or _PACKAGE.match(line):
                return stop
        return start

    def _fail(self, name: str, part: range) -> None:
        body = [*self._output.get(name, []), *part[1:]]
        place: Location | None = None
        message = ""
        for index in body:
            if found := _PLACE.match(self._lines[index]):
                place, message = location(found[1], found[2], found[3]), found[4]
                break
        told = [index for index in body if not _REPEATED.match(self._lines[index])]
        errors = [index for index in told if _ASSERTION.match(self._lines[index])]
        is_parent = (
            not body
            and part.stop < len(self._lines)
            and (inner := _RESULT.match(self._lines[part.stop]))
            and inner[3].startswith(f"{name}/")
        )
        self._report.fail(
            name, message, [part[0]] if is_parent else [part[0], *clip(told, 8, 4), *clip(errors, 6, 4)], place
        )

    def _take_package(self, index: int, package: re.Match[str]) -> None:
        if package[1] == "FAIL":
            self.failed_packages += 1
            self._report.summary.append(index)
            if "[" in package[3]:  # build failed, setup failed
                self._report.fail(package[2], package[3], (index,))
        else:
            self._report.noise.add(index)

    def _take_diagnostic(self, start: int, found: re.Match[str]) -> int:
        stop = start + 1
        while stop < len(self._lines) and self._lines[stop].startswith(_INDENTS):
            stop += 1
        place = location(found[1], found[2], found[3])
        self._report.diagnose(Severity.ERROR, found[4], clip(range(start, stop), 5, 0), None, place)
        self._report.noise.update(range(start, stop))
        return stop

    def _take_race(self, start: int) -> int:
        """Read a race: both accesses, and of who did them the first frame of the user's own code."""
        stop = start + 1
        while stop < len(self._lines) and not self._lines[stop].startswith("====="):
            stop += 1
        heads = [i for i in range(start, stop) if _ACCESS.match(self._lines[i])]
        chosen: list[int] = [start]
        rest: list[int] = []
        for head, end in pairwise([*heads, stop]):
            frames = range(head + 1, end)
            places = [i for i in frames if _PLACED.match(self._lines[i])]
            own = [i for i in places if not _FOREIGN_PLACE.search(self._lines[i])][:1]
            told = [head, *(i for place in own for i in (place - 1, place))]
            (rest if self._lines[head].startswith("Goroutine") else chosen).extend(told)
        self._report.diagnose(Severity.ERROR, _RACE, [*chosen, *rest], "race")
        self._report.noise.update(range(start, stop))
        return stop

    def _take_trouble(self, start: int, found: re.Match[str]) -> int:
        stop = start + 1
        is_crash = self._lines[start].startswith(("panic: ", "fatal error: "))
        while stop < len(self._lines) and self._belongs(stop, is_crash):
            stop += 1
        body = [i for i in range(start, stop) if self._lines[i].strip()]
        own = [
            i for i in body if re.match(r"\s+\S+\.go:\d+", self._lines[i]) and not _FOREIGN_PLACE.search(self._lines[i])
        ]
        chosen = (
            dict.fromkeys([*body[:3], *(i for place in own[:3] for i in (place - 1, place))]) if is_crash else body[:8]
        )
        self._report.diagnose(Severity.ERROR, self._lines[start], chosen)
        self._report.noise.update(range(start, stop))
        return stop

    def _belongs(self, index: int, is_crash: bool) -> bool:
        line = self._lines[index]
        if not is_crash:
            return line.startswith(_INDENTS)
        return (
            not line.strip()
            or line.startswith(
                (*_INDENTS, "goroutine ", "[signal", "created by", "main.", "testing.", "panic(", "runtime.")
            )
            or bool(re.match(r"[\w./*()\[\]-]+\(.*\)$", line))
        )

    def _tell_counts(self) -> None:
        if self._passed or self._failed or self._skipped:
            self._report.counts = Counts(
                passed=self._passed, failed=self._failed or None, skipped=self._skipped or None
            )
        good = [i for i, line in enumerate(self._lines) if line.startswith("ok  ")]
        if good:  # one of them tells that there are good ones
            self._report.summary += good if len(good) <= _GOOD_TOLD else good[-1:]


PARSERS = (Go(),)
