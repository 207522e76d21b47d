"""pytest: sessions of any verbosity, with xdist, captured output, collection errors, warnings and short summaries.

Invariant: a session whose summary counts more failures than were found is inconsistent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .commands import is_reading, runs
from .model import Counts, Location, Parsed, Severity
from .output import contains
from .pytest_evidence import CAPTURED, Evidence
from .report import Report, clip, location

_START: Final = re.compile(r"=+ test session starts .*=+$|=+ test session starts =+")
_BANNER: Final = re.compile(r"([=!])\1{2,} ?(.*?) ?\1{2,}$")
_TALLY: Final = re.compile(
    r"(\d+) (failed|passed|skipped|deselected|xfailed|xpassed|warnings?|errors?|rerun|subtests passed)\b"
)
_FINAL: Final = re.compile(
    r"(?:=+ )?(?:no tests ran|(?:\d+ (?:failed|passed|skipped|deselected|xfailed|xpassed|warnings?|errors?"
    r"|rerun|subtests passed)(?:, )?)+)"
    r" in [\d.]+s(?: \([\d:, days]+\))?(?: =+)?$"
)
_HEADER: Final = re.compile(r"_+ (?![_ ]+$)(.+?) _+$")  # a name too long for the line has one dash on each side
_SHORT: Final = re.compile(
    r"((?:SUB)?FAIL(?:ED)?(?:\([^)]*\))?|ERROR|SKIPPED|XFAIL|XPASS|PASSED|RERUN|SUBPASS\S*) (.*)"
)
_WORKERS: Final = re.compile(r"\d+ workers? \[\d+ items?\]")
_LISTED: Final = re.compile(r"(?:FAILED|ERROR) \S+?\.py(?:::\S| - |$)")  # of the short summary, wherever it stands
_WARNED: Final = re.compile(r"  (\S.*?):(\d+): (\w*Warning): (.*)")
_RAISED: Final = re.compile(r"  (?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt|Group)\b")
_LOADED: Final = re.compile(r"(/\S+\.py):(\d+): (\w+Warning): (.*)")
_LOADING: Final = 80  # lines in which plugins are loaded and workers are started
_LONGEST_TRACE: Final = 200  # lines
_TEST_ID: Final = re.compile(r"\S")
_PROGRESS: Final = re.compile(
    r"(?:\S+\.(?:py|txt|rst|md|ipynb) )?[.FEsxXRpu,-]*(?:\s*\[\s*\d+%\])?$"
    r"|.*(?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN|SUBPASS\w*|SUBFAIL\w*)(?: \(.*\))?\s*(?:\[\s*\d+%\])?$"
    r"|\[gw\d+\].*|.*::.*\s*$|gw\d+ .*|created: .*|scheduling tests.*|initialized: .*|ready: .*"
    r"|(?:platform|rootdir|configfile|plugins|cachedir|testpaths|inifile|asyncio|hypothesis profile|Using --"
    r"|benchmark|django|timeout"
    r"|metadata|baseurl|driver|sensitive|Fake|anyio|collecting|collected).*|bringing up nodes.*|\s*"
)
_LOG_LINE: Final = re.compile(
    r"(?:(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+\S+:\S+:\d+ |[\d:., -]{8,}\s*\[?\s*(?:DEBUG|INFO|WARNING|ERROR"
    r"|CRITICAL))"
)
_ALONE: Final = re.compile(
    r"(?:ImportError while loading conftest|INTERNALERROR>|ERROR: (?:usage|not found|file or directory|found no"
    r"|Wrong|.*conftest).*|E   .*)"
)


@dataclass(slots=True)
class _Section:
    """One test's report: its heading and what stands below it."""

    name: str
    kind: str  # failed or error
    header: int
    body: range


class Pytest:
    """Reads pytest."""

    name = "pytest"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        is_named = runs(command, "pytest", "py.test")
        if contains(lines, " test session starts ", "short test summary info", "= FAILURES =", "= ERRORS ="):
            return 0.97
        if contains(lines, "ImportError while loading conftest", "INTERNALERROR>"):
            return 0.97
        if is_named and contains(
            lines, " passed in ", " failed in ", "no tests ran", " error in", " passed, ", " failed, ", "ERROR: "
        ):
            return 0.97
        if contains(lines, " passed in ", " failed in ", "no tests ran in "):
            return 0.9 if any(" in " in line and _FINAL.match(line) for line in lines[-400:]) else 0.0
        return 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        has_failed: bool | None = None
        found = False
        for session in _sessions(lines):
            found = True
            failed = _Session(lines, session, report).read()
            has_failed = failed if has_failed is None else has_failed or failed
        if not found:
            return None
        _read_loading(lines, report)
        return report.parsed(exit_code, has_failed)


def _read_loading(lines: Sequence[str], report: Report) -> None:
    """Tell what Python warned of while plugins were loaded, by the workers too: each warning once, its first line."""
    seen: set[str] = set()
    index, stop = 0, min(len(lines), _LOADING)
    while index < stop:
        warned = _LOADED.match(lines[index])
        if warned is None:
            index += 1
            continue
        end = next((i for i in range(index + 1, min(index + 12, len(lines))) if lines[i].startswith("  ")), index)
        if warned[0] not in seen:
            report.diagnose(Severity.WARNING, warned[4], (index,), warned[3], location(warned[1], warned[2]))
        seen.add(warned[0])
        report.noise.update(range(index, end + 1))
        index = end + 1


def _sessions(lines: Sequence[str]) -> Iterator[range]:
    """Yield the lines of each session: from its start, or from the end of the one before, to its final tally."""
    start: int | None = None
    first_sign: int | None = None
    for index, line in enumerate(lines):
        if line.startswith("=") and _START.match(line):
            if start is not None:
                yield range(start, index)
            start = first_sign = index
        elif first_sign is None and (_ALONE.match(line) or _is_quiet_sign(line)):
            first_sign = index
        if " in " in line and _FINAL.match(line):
            yield range(first_sign if first_sign is not None else index, index + 1)
            start = first_sign = None
    if start is not None or (
        first_sign is not None and any(_ALONE.match(lines[i]) for i in range(first_sign, len(lines)))
    ):
        yield range(start if start is not None else first_sign or 0, len(lines))


def _is_quiet_sign(line: str) -> bool:
    """Return whether a line begins a session that says no "test session starts": of -q, or of `| tail`."""
    if line.startswith("=") and _BANNER.match(line):
        return True
    if line.startswith(("FAILED ", "ERROR ")):
        return _LISTED.match(line) is not None
    if line.startswith("_"):
        return _HEADER.match(line) is not None
    return bool(line) and line[0] in ".FEsxX" and re.fullmatch(r"[.FEsxX]{2,}\s*(?:\[\s*\d+%\])?", line) is not None


class _Session:
    """Reads one session into a report."""

    def __init__(self, lines: Sequence[str], span: range, report: Report) -> None:
        self._lines = lines
        self._span = span
        self._report = report
        self._sections: list[_Section] = []
        self._short: list[tuple[str, str, int]] = []  # outcome, rest, index
        self._alone: list[int] = []

    def read(self) -> bool | None:
        """Fill the report; return whether something failed, None when the session does not say."""
        title, begin = "", self._span.start
        for index in self._span:
            line = self._lines[index]
            if line[:3] in ("===", "!!!") and (banner := _BANNER.match(line)) and not _FINAL.match(line):
                self._read_part(title, range(begin, index))
                self._report.noise.add(index)
                if line[0] == "!":
                    self._report.keep.append(index)
                    begin = index + 1
                else:
                    title, begin = banner[2], index + 1
        self._read_part(title, range(begin, self._span.stop))
        self._join_failures()
        return self._weigh()

    def _read_part(self, title: str, part: range) -> None:
        if title in ("FAILURES", "ERRORS"):
            self._read_sections(part, "failed" if title == "FAILURES" else "error")
        elif title == "warnings summary" or title.startswith("warnings summary"):
            self._read_warnings(part)
        elif title.startswith("short test summary"):
            self._read_short(part)
        elif title.startswith("slowest"):
            timed = [index for index in part if self._lines[index].strip()]
            self._report.noise.update(timed[3:])
        elif title in ("PASSES", "XFAILURES", "XPASSES") or title.startswith("rerun test summary"):
            self._report.noise.update(part)
        elif "coverage" not in title:
            headers = (index for index in part if _HEADER.match(self._lines[index]))
            first = next(headers, part.stop) if not title else part.stop  # reports whose heading `| tail` cut off
            self._read_progress(range(part.start, first))
            if first < part.stop:
                self._read_sections(range(first, part.stop), "failed")
        self._take_final(part)

    def _take_final(self, part: range) -> None:
        if part and _FINAL.match(self._lines[part[-1]]):
            self._report.summary.append(part[-1])

    def _read_progress(self, part: range) -> None:
        in_log = False
        for index in part:
            line = self._lines[index]
            if CAPTURED.match(line):
                in_log = True
                self._report.noise.add(index)
            elif _WORKERS.match(line):
                self._report.keep.append(index)
            elif _LISTED.match(line):
                self._read_short(range(index, index + 1))
            elif _ALONE.match(line):
                self._alone.append(index)
            elif in_log and _LOG_LINE.match(line):
                self._report.noise.add(index)
            elif _PROGRESS.fullmatch(line):
                in_log = in_log and not line.strip()
                self._report.noise.add(index)

    def _read_sections(self, part: range, kind: str) -> None:
        current: _Section | None = None
        for index in part:
            line = self._lines[index]
            if line.startswith("_") and (header := _HEADER.match(line)):
                if current:
                    current.body = range(current.header + 1, index)
                current = _Section(header[1], kind, index, range(0))
                self._sections.append(current)
        if current:
            current.body = range(current.header + 1, part.stop)
        else:  # one line for each failure (--tb=line)
            self._report.keep += [index for index in part if self._lines[index].strip()]
        self._report.noise.update(part)

    def _read_short(self, part: range) -> None:
        reasons: dict[str, int] = {}
        for index in part:
            line = self._lines[index]
            if short := _SHORT.match(line):
                outcome, rest = short[1], short[2]
                self._report.noise.add(index)
                if outcome.startswith(("FAIL", "SUBFAIL", "ERROR")):
                    self._short.append(("error" if outcome == "ERROR" else "failed", rest, index))
                elif outcome in ("SKIPPED", "XFAIL", "XPASS"):
                    if rest not in reasons and len(reasons) < 12:
                        self._report.keep.append(index)
                    reasons[rest] = index

    def _read_warnings(self, part: range) -> None:
        seen: set[str] = set()
        for index in part:
            line = self._lines[index]
            self._report.noise.add(index)
            if (warned := _WARNED.match(line)) and warned[0] not in seen:
                seen.add(warned[0])
                place = location(warned[1], warned[2])
                raised = self._ignored(index, part.stop) if warned[3].startswith("PytestUn") else []
                self._report.diagnose(Severity.WARNING, warned[4], (index, *raised), warned[3], place)

    def _ignored(self, index: int, stop: int) -> list[int]:
        """Return what was raised where nobody could catch it, and its last frame: a finaliser, a thread."""
        stop = min(stop, index + _LONGEST_TRACE)
        block = range(index + 1, next((i for i in range(index + 1, stop) if _TEST_ID.match(self._lines[i])), stop))
        raised = [i for i in block if _RAISED.match(self._lines[i])][-1:]
        frames = [i for i in block if self._lines[i].startswith('    File "') and raised and i < raised[0]]
        return [*raised, *frames[-1:]]

    def _join_failures(self) -> None:
        """Make one failure of a section and the line of the short summary that names the same test."""
        unused = list(self._short)
        for section in self._sections:
            ident = re.sub(r"^(?:ERROR at (?:setup|teardown) of|ERROR collecting) ", "", section.name)
            test, bracket, parameters = ident.partition("[")
            key = f"{test.replace('.', '::')}{bracket}{parameters}"  # a point in a parameter is a point
            mate = next(
                (s for s in unused if s[0] == section.kind and _names(s[1], ident, key)),
                next((s for s in unused if _names(s[1], ident, key)), None),
            )
            if mate:
                unused.remove(mate)
            self._add_failure(section, mate)
        for _, rest, index in unused:
            name, _, message = rest.partition(" - ")
            path = name.split("::")[0]
            self._report.fail(name, message, (index,), Location(path))

    def _add_failure(self, section: _Section, short: tuple[str, str, int] | None) -> None:
        evidence = Evidence(self._lines, section.body)
        name, _, message = short[1].partition(" - ") if short else (section.name, "", "")
        if short and "[" in name and not name.endswith("]"):  # a " - " within the parameters
            name, message = section.name, ""
        first = [short[2]] if short else [section.header]
        if short and section.name.startswith("ERROR "):  # only the heading tells a setup from a teardown
            first = [section.header, short[2]]
            if section.name.startswith("ERROR collecting "):  # the list's line says as much
                first.reverse()
        found = [*first, *evidence.chosen()]
        self._report.fail(name, evidence.message or message, dict.fromkeys(found), evidence.place)

    def _weigh(self) -> bool | None:
        report = self._report
        tally = _tally(self._lines[self._span[-1]]) if _FINAL.match(self._lines[self._span[-1]]) else None
        if self._alone:
            whole = [
                i for i in range(self._alone[0], min(self._span.stop, self._alone[-1] + 8)) if self._lines[i].strip()
            ]
            report.fail("pytest", self._lines[self._alone[-1]], clip(whole, 8, 8))
        if tally is None:
            if not self._alone:
                report.is_consistent = False  # it ended before its tally
            return True if report.failures else None
        report.counts = report.counts + tally
        claimed = (tally.failed or 0) + (tally.errors or 0)
        if claimed > max(len(self._sections), len(self._short)):
            report.is_consistent = False
        return claimed > 0 or bool(self._alone)


def _names(rest: str, ident: str, key: str) -> bool:
    """Return whether a line of the short summary names a test: `path::Class::test[x] - message`."""
    _, _, test = rest.partition("::")
    if not test:
        return rest.split(" - ")[0] == ident
    return test in (key, ident) or test.startswith((f"{key} ", f"{ident} - "))


def _tally(line: str) -> Counts:
    numbers: dict[str, int] = {}
    for number, word in _TALLY.findall(line):
        numbers[word.rstrip("s") if word in ("errors", "warnings") else word] = int(number)
    return Counts(
        passed=numbers.get("passed"),
        failed=numbers.get("failed"),
        errors=numbers.get("error"),
        skipped=numbers.get("skipped"),
        warnings=numbers.get("warning"),
        expected_failures=numbers.get("xfailed"),
        unexpected_passes=numbers.get("xpassed"),
    )


PARSERS = (Pytest(),)
