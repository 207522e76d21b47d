"""Linters and type checkers that say one thing a line: a place, a code, a message.

One row of `LINTERS` is one tool. Invariant: of a linter's output only its own lines are read; nothing found is told
as success only when the tool itself says so or exits with zero.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .commands import is_reading, runs
from .model import Counts, Parsed, Severity
from .output import as_output
from .report import Report, clip, location

_PLACE: Final = r"(?P<path>(?:[A-Za-z]:)?[^\s:(][^:(\n]*?)"
_LONGEST_MESSAGE: Final = 60  # lines
_BAD: Final = re.compile(r"\b[1-9]\d* (?:errors?|offenses|issues)\b|FAILED")
_GOOD: Final = re.compile(r"succeeded|Success|no issues|passed|no offenses")
_FRAME: Final = re.compile(r"\s+\S.*|\s*\d*\s*\|.*|\d+\s+\S.*|\s*~+\s*$|\s*\^")


@dataclass(frozen=True, slots=True)
class Linter:
    """Reads one linter.

    A `line` gives path, line, column, code, level and message; `frame` says that code frames follow.
    """

    name: str
    programs: tuple[str, ...]
    line: re.Pattern[str]
    summary: re.Pattern[str] | None = None
    noise: re.Pattern[str] | None = None
    grave: str = ""  # pattern of the codes that are errors where the line has no level; the others are warnings
    frame: bool = False
    closing: re.Pattern[str] | None = None  # how a message ends, which may go on over lines
    needs_command: bool = False
    needs_failure: bool = False  # what exits with 0 may be a search; but a command that is known is none
    is_distinct: bool = False  # no other tool writes such a line: one is proof
    confidence: float = 0.87  # where neither the command nor a summary tells

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        is_named = runs(command, *self.programs)
        is_calm = exit_code is None or (exit_code == 0 and not command)
        if (self.needs_command and not is_named) or (self.needs_failure and is_calm):
            return 0.0
        sample = as_output(lines).sample
        fitting = sum(self._fits(line) for line in sample)
        is_told = self.summary is not None and any(map(self.summary.match, sample))
        if is_named:
            return 0.97 if fitting or is_told else 0.0
        filled = sum(line[0] != " " or self._fits(line) for line in sample)
        if is_told and fitting:
            return 0.9
        return self.confidence if fitting * 2 > filled or (fitting and self.is_distinct) else 0.0

    def _fits(self, line: str) -> bool:
        return ":" in line and self.line.match(line) is not None

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name, blames_warnings=bool(self.grave))
        index = 0
        while index < len(lines):
            line = lines[index]
            if self.summary is not None and self.summary.match(line):
                report.summary.append(index)
            elif found := self.line.match(line):
                index = self._read(lines, index, found, report)
                continue
            elif self.noise is not None and self.noise.match(line):
                report.noise.add(index)
            index += 1
        if not (report.diagnostics or report.summary):
            return None
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        warnings = sum(d.severity is Severity.WARNING for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=warnings or None)
        report.is_consistent = self._agrees(lines, report)
        if not report.diagnostics and not report.is_consistent:
            return None  # the summary of another format
        told_bad = any(_BAD.search(lines[i]) for i in report.summary)
        told_good = any(_GOOD.search(lines[i]) for i in report.summary) and not exit_code
        is_bad = (
            told_bad or (bool(errors) and not told_good) or (exit_code not in (0, None) and bool(report.diagnostics))
        )
        return report.parsed(exit_code, is_bad)

    def _read(self, lines: Sequence[str], start: int, found: re.Match[str], report: Report) -> int:
        values = found.groupdict()
        code, level = values.get("code") or values.get("rule"), (values.get("level") or "").lower()
        stop = start + 1
        while stop < len(lines) and self.frame and not self._begins(lines[stop]) and _continues(lines, stop):
            stop += 1
        told = [start]
        if self.closing is not None and not self.closing.search(lines[start]):
            end = range(start + 1, min(start + _LONGEST_MESSAGE, len(lines)))
            last = next((i for i in end if self._begins(lines[i]) or self.closing.search(lines[i])), None)
            if last is not None and not self._begins(lines[last]):
                told += [*clip(range(start + 1, last), 2, 0), last]
                stop = last + 1
        if (
            self.frame
            and stop > start + 1
            and re.match(r"\s{2,}[A-Z]\S* ", lines[start + 1])
            and "|" not in lines[start + 1]
        ):
            told.append(start + 1)  # the message goes on
        report.noise.update(range(start, stop))
        line, column = values.get("line") or values.get("row"), values.get("column") or values.get("sign")
        place = location(values["path"], line, column)
        report.diagnose(_severity(level, code, self.grave), values["message"], told, code, place)
        return stop

    def _begins(self, line: str) -> bool:
        """Return whether something else is told from a line on."""
        return self.line.match(line) is not None or (self.summary is not None and self.summary.match(line) is not None)

    def _agrees(self, lines: Sequence[str], report: Report) -> bool:
        """Return whether as many were read as the tool says it found."""
        for index in report.summary:
            told = re.match(r"Found (\d+) errors?\b|(\d+) errors? found|Found (\d+) (?:problems|issues)", lines[index])
            if told:
                number = int(next(filter(None, told.groups())))
                return number <= sum(d.severity is not Severity.NOTE for d in report.diagnostics)
        return True


def _continues(lines: Sequence[str], index: int) -> bool:
    if lines[index].strip():
        return _FRAME.match(lines[index]) is not None
    return index + 1 < len(lines) and bool(lines[index + 1].strip()) and _FRAME.match(lines[index + 1]) is not None


def _severity(level: str, code: str | None, grave: str) -> Severity:
    if level:
        if level.startswith(("err", "fatal", "critical")) or level in ("e", "f"):
            return Severity.ERROR
        return (
            Severity.NOTE if level.startswith(("note", "info", "style", "hint")) or level == "i" else Severity.WARNING
        )
    if grave and code and re.match(grave, code):
        return Severity.ERROR
    return Severity.WARNING if grave else Severity.ERROR


def _line(rest: str) -> re.Pattern[str]:
    return re.compile(_PLACE + rest)


_PYTHON_GRAVE: Final = r"E9|F[4-8]|E999|invalid-syntax|S\d|B0|SyntaxError"

LINTERS: Final = (
    Linter(
        "mypy",
        ("mypy", "dmypy"),
        re.compile(
            r"(?P<path>(?:[A-Za-z]:)?[^\s:(][^:(\n]*?\.(?:pyi?|ipynb))"
            r":(?P<line>\d+)(?::(?P<column>\d+))?(?::\d+:\d+)?: (?P<level>error|note"
            r"|warning): (?P<message>.*?)(?:  \[(?P<code>[\w-]+)\])?$"
        ),
        re.compile(r"Found \d+ errors? in \d+ files?.*|Success: no issues found.*|mypy: .*"),
    ),
    Linter(
        "pyright",
        ("pyright", "basedpyright"),
        re.compile(
            r"\s+(?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+) - (?P<level>error|warning"
            r"|information): (?P<message>.*?)(?: \((?P<code>report\w+)\))?$"
        ),
        re.compile(r"\d+ errors?, \d+ warnings?.*"),
        re.compile(
            r"/\S+\.pyi?$|No configuration file found.*|Searching for source files"
            r"|Found \d+ source files?|pyright \d.*"
        ),
        frame=True,
    ),
    Linter(
        "pylint",
        ("pylint",),
        _line(r":(?P<line>\d+):(?P<column>\d+): (?P<code>[CRWEFI]\d{4}): (?P<message>.*)"),
        re.compile(r"Your code has been rated at .*"),
        re.compile(r"\*{10,} Module .*|-{10,}$|\s*$"),
        grave=r"[EF]",
        closing=re.compile(r" \([a-z][a-z-]+\)$"),
    ),
    Linter(
        "ruff",
        ("ruff", "flake8", "pycodestyle", "pyflakes"),
        _line(
            r":(?P<line>\d+):(?P<column>\d+): (?P<code>[A-Z]{1,5}\d{1,4}|invalid-syntax"
            r"|SyntaxError):? (?:\[\*\] )?(?P<message>.*)"
        ),
        re.compile(
            r"Found \d+ errors?.*|All checks passed!|\[\*\] \d+ fixable.*|No fixes available.*"
            r"|\d+\s+[A-Z]\d+ .*"
        ),
        grave=_PYTHON_GRAVE,
    ),
    Linter(
        "tsc",
        ("tsc", "vue-tsc"),
        _line(
            r"[(:](?P<line>\d+)[,:](?P<column>\d+)\)?(?:: | - )(?P<level>error"
            r"|warning) (?P<code>TS\d+): (?P<message>.*)"
        ),
        re.compile(r"Found \d+ errors?.*"),
        re.compile(r"Errors  Files|\s+\d+  \S+:\d+|\s*$|\[.*\] (?:Starting|File change).*"),
        frame=True,
        is_distinct=True,
    ),
    Linter(
        "tsc",
        ("tsc",),
        re.compile(r"(?P<level>error) (?P<code>TS\d+): (?P<message>.*)(?P<path>)(?P<line>)"),
    ),
    Linter(
        "dotnet",
        ("dotnet", "msbuild", "csc", "mcs"),
        _line(
            r"\((?P<line>\d+),(?P<column>\d+)(?:,\d+,\d+)?\): (?P<level>error"
            r"|warning) (?P<code>[A-Z]+\d+): (?P<message>.*?)(?: \[.*\])?$"
        ),
        re.compile(r"\s+\d+ (?:Warning|Error)\(s\)|Build (?:succeeded|FAILED).*|Time Elapsed .*"),
    ),
    Linter(
        "rubocop",
        ("rubocop", "standardrb"),
        _line(
            r":(?P<line>\d+):(?P<column>\d+): (?P<level>[CWEFRI]): (?:\[\w+\] )?(?P<code>\w+/\w+): "
            r"(?P<message>.*)"
        ),
        re.compile(r"\d+ files? inspected, .*"),
        frame=True,
    ),
    Linter(
        "golangci-lint",
        ("golangci-lint", "staticcheck", "revive"),
        _line(r":(?P<line>\d+):(?P<column>\d+): (?P<message>.*) \((?P<code>[\w-]+)\)$"),
        re.compile(r"\d+ issues:?.*|\* \w+: \d+"),
        frame=True,
        grave="typecheck|govet|staticcheck|SA|errcheck",
    ),
    Linter(
        "yamllint",
        ("yamllint",),
        _line(
            r":(?P<line>\d+):(?P<column>\d+): \[(?P<level>error"
            r"|warning)\] (?P<message>.*?)(?: \((?P<code>[\w-]+)\))?$"
        ),
    ),
    Linter(
        "sphinx",
        ("sphinx-build", "make"),
        re.compile(
            r"(?:.*\.\.\. (?:done)?)?(?P<path>[^\s:]+):(?:(?P<line>\d+):)?(?P<column>) (?P<level>WARNING"
            r"|ERROR|CRITICAL): (?P<message>.*?)(?: \[(?P<code>[\w.]+)\])?$"
        ),
        re.compile(r"build (?:succeeded|finished).*"),
        re.compile(
            r"(?:reading sources|writing output|copying|preparing|building|updating|loading|pickling"
            r"|checking|dumping|looking|making|done|highlighting|generating)\b.*|\s*$"
        ),
    ),
    Linter(
        "eslint",
        ("eslint", "stylelint", "oxlint"),
        _line(r":(?P<line>\d+):(?P<column>\d+): (?P<message>.*) \[(?P<level>Error|Warning)/(?P<code>[\w/@-]+)\]$"),
        re.compile(r"\d+ problems?.*"),
    ),
    Linter(
        "hadolint",
        ("hadolint",),
        _line(r":(?P<line>\d+) (?P<code>\w+\d+) (?P<level>error|warning|info|style): (?P<message>.*)"),
    ),
    Linter(
        "luacheck",
        ("luacheck",),
        re.compile(r"\s+(?P<path>\S+):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)"),
        re.compile(r"Total: \d+ .*"),
        re.compile(r"Checking .*"),
        needs_command=True,
    ),
    Linter(
        "flawfinder",
        ("flawfinder",),
        _line(r":(?P<line>\d+):(?P<column>) {1,2}\[(?P<level>[0-5])\] \((?P<code>\w+)\) (?P<message>.*)"),
        re.compile(r"Hits = \d+.*|Hits@level = .*"),
        re.compile(r"Examining .*"),
        frame=True,
    ),
    Linter(
        "perlcritic",
        ("perlcritic",),
        _line(
            r": (?P<message>.*?) at line (?P<line>\d+), column (?P<column>\d+)\.(?:  .*?)?"
            r"(?:  \(Severity: \d\))?(?P<code>)$"
        ),
        grave=r"(?!)",
    ),
)

# Any tool that says one thing a line about a place. It is less sure than all others: a search says so too.
ANY_LINTER: Final = Linter(
    "linter",
    (),
    re.compile(
        r" {0,4}(?P<path>(?:[A-Za-z]:)?(?![\d.]+:)[^\s:(][^:(\n]*?\.\w{1,8})"
        r"(?:[:(](?P<line>\d+)(?:[:,](?P<column>\d+))?\)?|: line (?P<row>\d+), col(?:umn)? (?P<sign>\d+),)"
        r":?\s{0,4}-? ?\[?(?P<level>error|warning|info|note|style|hint|fatal|E|W)?\]?:? ?"
        r"(?P<code>[A-Z]{1,6}\d{1,5}[\w/-]*)?:? ?(?P<message>\S.*?)"
        r"(?: [(\[](?P<rule>[a-z][\w@/.]*(?:-[\w@/.]+)+)[)\]])?$"
    ),
    grave=r"(?!)",
    confidence=0.56,
    needs_failure=True,
)

PARSERS: Final = (*LINTERS, ANY_LINTER)
